//! Callers who found no slot: back to whoever let them go, or on with the dialplan; never lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    office::{CALLER_NUMBER, Office},
    phone::Phone,
    ports,
    scenes::OPERATOR,
    sipp::Sipp,
    wait,
};
use std::time::Duration;

fn one_slot() -> Conf {
    Conf::default().lot("slots", "701")
}

/// 1001 has a caller in 701, and sends a second one to this number; its phone, rung twice so far, and the two callers.
fn second_is_sent_to(office: &Office, number: &str) -> (Phone, Phone, Phone) {
    let parker = office.phone("1001");
    let first = office.parked_by(&parker);
    let second = office.second_caller();
    office.talk(&second, &parker);
    parker.blind_transfer(number);
    (parker, first, second)
}

#[test]
fn a_call_that_is_not_parked_rings_whoever_has_let_it_go() {
    let office = Office::open(one_slot());
    let switch = &office.switch;
    let (parker, first, second) = second_is_sent_to(&office, "700");
    let (name, _) = parker.await_ring(3);
    assert_eq!(name, "Not parked: Bob Second");
    second.await_tone(MUSIC);
    assert_eq!(switch.action("refuse")["Result"], "LOT_FULL");
    parker.answer();
    parker.talks_with(&second);
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["caller_id_number"], CALLER_NUMBER);
    parker.hang_up();
    second.await_end(1);
    first.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_transferor_who_hangs_up_when_told_that_the_lot_is_full_is_rung() {
    let office = Office::open(one_slot().profile_param("confirm-blind-transfer", "true"));
    let switch = &office.switch;
    let (parker, first, second) = second_is_sent_to(&office, "700");
    // This phone hangs up by itself then.
    parker.await_event("TRANSFER_FAILED", 1);
    assert_eq!(switch.action("refuse")["Result"], "LOT_FULL");
    let (name, _) = parker.await_ring(3);
    assert_eq!(name, "Not parked: Bob Second");
    parker.answer();
    parker.talks_with(&second);
    second.hang_up();
    first.hang_up();
    switch.everything_is_over();
}

/// A phone that stays in its call when a transfer fails: it is called, transfers to `target`, is told 403, and hangs up
/// 5 s later.
fn gets_its_caller_back(conf: Conf, target: &str, code: &str) {
    let office = Office::open(conf.profile_param("confirm-blind-transfer", "true"));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let first = office.parked_by(&parker);
    let port = ports::free();
    let phone = Sipp::answer_as(
        "patient_transferor",
        &[("TARGET", target)],
        port,
        switch.ports().outside,
    );
    let caller = "0f0e0d0c-1111-2222-3333-777788889999";
    switch.api(&format!(
        "bgapi originate {{origination_uuid={caller},callpark_domain=alpha.test,force_transfer_context=default}}null/x &bridge({{absolute_codec_string=PCMU}}sofia/external/agent@127.0.0.1:{port})"
    ));
    assert_eq!(switch.action("refuse")["Result"], code);
    wait::expect("they are connected again", || {
        let dump = switch.api(&format!("uuid_dump {caller}"));
        dump.contains("Channel-State: CS_EXCHANGE_MEDIA")
    });
    phone.finish();
    assert!(first.keeps_hearing(MUSIC, Duration::from_secs(1)));
    first.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_transferor_who_waits_for_the_result_gets_its_caller_back() {
    gets_its_caller_back(one_slot(), "700", "LOT_FULL");
}

#[test]
fn a_transferor_to_a_slot_that_is_taken_who_waits_for_the_result_gets_its_caller_back() {
    gets_its_caller_back(Conf::default(), "701", "SLOT_BUSY");
}

#[test]
fn a_key_whose_slot_is_taken_gives_the_caller_back() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (parker, first, second) = second_is_sent_to(&office, "701");
    assert_eq!(switch.action("refuse")["Result"], "SLOT_BUSY");
    let (name, _) = parker.await_ring(3);
    assert_eq!(name, "Not parked: Bob Second");
    parker.answer();
    parker.talks_with(&second);
    parker.hang_up();
    second.await_end(1);
    assert!(first.keeps_hearing(MUSIC, Duration::from_secs(1)));
    first.hang_up();
}

#[test]
fn a_refused_caller_whom_the_parker_does_not_answer_goes_on_after_the_lots_ring_timeout() {
    let office = Office::open(one_slot().lot("ring-timeout", "5"));
    let switch = &office.switch;
    let (parker, first, second) = second_is_sent_to(&office, "701");
    let refused = switch.action("refuse");
    assert_eq!(refused["Result"], "SLOT_BUSY");
    let place = ["Park-Lot", "Park-Domain", "Park-Slot"].map(|field| refused[field].as_str());
    assert_eq!(place, ["default", "alpha.test", "701"]);
    parker.await_ring(3);
    // With the 30 s of any lot this would come too late.
    second.await_tone(OPERATOR);
    second.hang_up();
    first.hang_up();
    switch.everything_is_over();
}
