//! Calls that find no slot.

use callpark_standin::{Fault, Line, scenes::Office};

/// Fills a lot of one slot, and transfers another caller to it with a phone that waits for the result.
fn second_caller_of_a_full_lot(office: &Office) -> (Line, Line) {
    office.parked_call();
    office.alice.answers_after(1);
    let call = office.switch.outside("15550199", "Dora").calls("1001");
    office
        .switch
        .run_until(|| office.alice.is_in_a_call() && call.talks_to(&office.alice.line()));
    let alice = office.alice.line();
    alice.set_variable("confirm_blind_transfer", "true");
    alice.transfers_to("700", true);
    (call, alice)
}

#[test]
fn a_full_lot_hands_the_caller_back_to_a_phone_that_waits_for_the_result() {
    for seed in 0..60 {
        let office = Office::with(
            seed,
            &[("slots", "701"), ("fallback", "operator XML default")],
        );
        let (call, alice) = second_caller_of_a_full_lot(&office);
        office
            .switch
            .run_until(|| call.variable("callpark_result").as_deref() == Some("LOT_FULL"));
        assert!(
            office.switch.comes_true(8.0, || call.talks_to(&alice)),
            "seed {seed}: the caller is not back"
        );
        assert_eq!(
            alice.variable("standin_transfer_result").as_deref(),
            Some("failure")
        );
    }
}

#[test]
fn the_parker_is_known_though_the_core_is_late_with_its_note_on_the_transfer() {
    let office = Office::open(0);
    let call = office.talking_call();
    office.switch.fault(Fault::LateTransferNote);
    office.alice.line().transfers_to("700", true);
    office.switch.run_until(|| call.hears_music());
    let list = office.switch.api_json("callpark list json");
    assert_eq!(list[0]["parked_by"], "1001@alpha.test");
}
