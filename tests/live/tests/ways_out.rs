//! The ways out of a slot that an operator, a lot's settings or many people at once lead to, with real phones.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    crowd::{LONG, await_parked, busy_office, dial, nothing_left, numbers},
    ledger::Ledger,
    office::Office,
    phone::Phone,
    scenes::OPERATOR,
    sip,
    sipp::Sipp,
    switch::Switch,
    wait,
};
use std::{collections::BTreeSet, time::Duration};

const SALES: &str = r#"<lot name="sales" domain="*"><param name="slots" value="801-803"/></lot>"#;
const SECOND: Duration = Duration::from_secs(1);

/// Two callers, in 701 and 702, parked by 1001.
fn two_parked(office: &Office) -> (Phone, Phone) {
    let parker = office.phone("1001");
    let first = office.parked_by(&parker);
    let second = office.second_caller();
    office.talk(&second, &parker);
    parker.blind_transfer("700");
    office.switch.await_slot("702", "parked");
    second.await_tone(MUSIC);
    (first, second)
}

#[test]
fn a_call_is_moved_in_one_step_with_its_id_and_deadline() {
    let conf = Conf::default().more_lots(SALES);
    let office = Office::open(conf.extension("80(\\d)", &[("callpark_retrieve", "sales 80$1")]));
    let switch = &office.switch;
    let (first, second) = two_parked(&office);
    let before = switch.await_slot("701", "parked");
    for (from, to, slot) in [
        ("default@alpha.test 701", "705", "705"),
        ("default@alpha.test 705", "sales@alpha.test 802", "802"),
        ("sales@alpha.test 802", "sales auto", "801"),
    ] {
        switch.ok(&format!("callpark move {from} {to}"));
        let moved = switch.action_of("move", |event| event["Park-Slot"] == slot);
        assert_eq!(moved["Park-ID"], before["id"].as_str().unwrap());
        let now = switch.await_call("@alpha.test", slot, "parked");
        for field in [
            "id",
            "uuid",
            "timeout_at",
            "parked_at",
            "attempts",
            "parked_by",
        ] {
            assert_eq!(now[field], before[field], "{field}");
        }
        assert_eq!(switch.callpark(&format!("show {from}")), "EMPTY");
        assert!(first.keeps_hearing(MUSIC, SECOND));
        let leg = before["uuid"].as_str().unwrap();
        assert_eq!(switch.variable(leg, "callpark_slot"), slot);
    }
    // Onto a call, to no slot, to another company: nothing changes.
    for (to, code) in [
        ("default@alpha.test 702", "SLOT_BUSY"),
        ("default@alpha.test 999", "NO_SUCH_SLOT"),
        ("none@alpha.test auto", "NO_SUCH_LOT"),
        ("default@beta.test 701", "NO_SUCH_LOT"),
    ] {
        assert_eq!(
            switch.callpark(&format!("move sales@alpha.test 801 {to}")),
            code,
            "{to}"
        );
    }
    switch.await_call("@alpha.test", "801", "parked");
    assert!(second.keeps_hearing(MUSIC, SECOND));
    let other = office.phone("1002");
    other.dial("801");
    other.talks_with(&first);
    first.hang_up();
    second.hang_up();
    other.await_end(1);
    switch.everything_is_over();
}

#[test]
fn a_pin_opens_a_slot_and_three_wrong_ones_leave_it_closed() {
    let office = Office::open(Conf::default().lot("pin", "4711"));
    let caller = office.parked_by(&office.phone("1001"));
    office.pin_opens_701(&caller, "1234", "4711");
}

#[test]
fn an_exit_key_leads_to_the_fallback_and_without_one_nowhere() {
    for fallback in ["operator XML default", ""] {
        let conf = Conf::default()
            .lot("exit-key", "0")
            .lot("fallback", fallback);
        let office = Office::open(conf);
        let switch = &office.switch;
        let caller = office.parked_by(&office.phone("1001"));
        caller.press_all("12#*");
        assert!(caller.keeps_hearing(MUSIC, SECOND));
        caller.press('0');
        if fallback.is_empty() {
            assert!(caller.keeps_hearing(MUSIC, 2 * SECOND));
            switch.await_slot("701", "parked");
        } else {
            caller.await_tone(OPERATOR);
            switch.action("fallback");
        }
        caller.hang_up();
        switch.everything_is_over();
    }
}

#[test]
fn only_those_park_and_retrieve_whom_the_lists_name() {
    let conf = Conf::default()
        .lot("park-allow", "1001@alpha.test")
        .lot("retrieve-allow", "1002@alpha.test");
    let office = Office::open(conf);
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    let stranger = office.phone("1003");
    stranger.dial("701");
    assert_eq!(switch.action("refuse")["Result"], "FORBIDDEN");
    stranger.await_end(1);
    // Whom it does not name gets the caller back.
    let second = office.second_caller();
    office.talk(&second, &stranger);
    let before = switch.refusals();
    stranger.blind_transfer("700");
    assert_eq!(switch.await_refusal_after(before), "FORBIDDEN");
    let (name, _) = stranger.await_ring(2);
    assert_eq!(name, "Not parked: Bob Second");
    second.hang_up();
    let other = office.phone("1002");
    other.dial("701");
    other.talks_with(&caller);
    caller.hang_up();
    other.await_end(1);
    switch.everything_is_over();
}

#[test]
fn everybody_retrieves_where_the_list_says_so() {
    let office = Office::open(Conf::default().lot("retrieve-allow", "*"));
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    switch.api("global_setvar callpark_domain=alpha.test");
    let stranger = office.caller_named("4930999", "Eve", 900);
    stranger.dial("*85701");
    stranger.talks_with(&caller);
    stranger.hang_up();
    caller.await_end(1);
    switch.everything_is_over();
}

#[test]
fn a_call_that_may_wait_no_longer_goes_to_the_fallback_though_there_is_no_ring_back() {
    let conf = Conf::default().lot("timeout", "0").lot("max-wait", "4");
    let office = Office::open(conf.lot("fallback", "operator XML default"));
    let caller = office.parked_by(&office.phone("1001"));
    caller.await_tone(OPERATOR);
    office.switch.action("fallback");
    assert_eq!(office.switch.actions(), ["park", "fallback"]);
    caller.hang_up();
    office.switch.everything_is_over();
}

#[test]
fn a_call_that_may_wait_no_longer_rings_a_last_time_and_then_ends() {
    let conf = Conf::default()
        .lot("timeout", "0")
        .lot("max-wait", "4")
        .lot("ring-timeout", "5")
        .lot("return-alert-info", "&lt;urn:alert:source:park&gt;");
    let office = Office::open(conf);
    let switch = &office.switch;
    switch.subscribe("CHANNEL_HANGUP_COMPLETE");
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    parker.await_ring(2);
    let invite = |message: &str| {
        sip::is_request(message, "INVITE")
            && sip::header(message, "Alert-Info") == Some("<urn:alert:source:park>")
    };
    parker.await_message("a ring-back with Alert-Info", invite);
    assert!(caller.keeps_hearing(MUSIC, SECOND));
    caller.await_end(1);
    let id = switch.action("drop")["Unique-ID"].clone();
    let actions: Vec<_> = switch.actions();
    assert_eq!(
        actions.first().map(String::as_str),
        Some("park"),
        "{actions:?}"
    );
    assert_eq!(
        actions.last().map(String::as_str),
        Some("drop"),
        "{actions:?}"
    );
    assert_eq!(actions.iter().filter(|action| *action == "ring").count(), 1);
    let ended = switch.await_event("the caller's end", |event| {
        event["Event-Name"] == "CHANNEL_HANGUP_COMPLETE" && event["Unique-ID"] == id
    });
    assert_eq!(ended["Hangup-Cause"], "ALLOTTED_TIMEOUT");
    switch.everything_is_over();
}

#[test]
fn a_parker_with_five_returns_at_once_who_is_busy_cuts_nobody() {
    let conf = Conf::default()
        .lot("timeout", "300")
        .lot("ring-timeout", "10")
        .lot("fallback", "operator XML default");
    let office = Office::open(conf);
    let switch = &office.switch;
    let parker = office.phone_with("1001", 2);
    let tones = [540, 580, 620, 660, 700];
    let callers: Vec<Phone> = (1..)
        .zip(tones)
        .map(|(number, tone)| {
            let caller = office.caller_named(&format!("493022{number}"), "Caller", tone);
            office.talk(&caller, &parker);
            let ended = parker.count("CALL_CLOSED");
            parker.blind_transfer("700");
            switch.await_slot(&format!("70{number}"), "parked");
            parker.await_end(ended + 1);
            caller
        })
        .collect();
    // The phone answers one, has room for a second one to knock, and is busy for the others.
    switch.ok("callpark return default@alpha.test 701");
    parker.await_ring(6);
    parker.answer();
    parker.talks_with(&callers[0]);
    for number in 2..=5 {
        switch.ok(&format!("callpark return default@alpha.test 70{number}"));
    }
    parker.await_ring(7);
    let busy = || {
        let events = switch.events();
        let failed = events
            .iter()
            .filter(|event| event["Action"] == "ring-failed");
        failed
            .filter(|event| event["Result"] == "USER_BUSY")
            .count()
    };
    wait::expect("the third and the others are busy", || busy() == 3);
    wait::expect("three are with the operator", || {
        callers
            .iter()
            .filter(|caller| caller.hears(OPERATOR))
            .count()
            == 3
    });
    wait::expect("the one who knocks has music", || {
        callers.iter().filter(|caller| caller.hears(MUSIC)).count() == 1
    });
    parker.talks_with(&callers[0]);
    for caller in &callers {
        assert_eq!(caller.count("CALL_CLOSED"), 0, "a caller was cut");
    }
    switch.api("hupall");
    switch.everything_is_over();
}

#[test]
fn many_who_take_the_oldest_at_once_have_a_call_each_while_there_are_any() {
    let office = busy_office(Conf::default().lot("slots", "1-99"));
    let switch = &office.switch;
    let callers = dial(switch, &numbers("enter", 20), 5, LONG);
    callers.await_told(20);
    await_parked(switch, 20);
    let takers = vec!["takeoldest".to_owned(); 25];
    let told = dial(switch, &takers, 1, SECOND).finish();
    callers.finish();
    let won = told.iter().filter(|told| told.refusal.is_none()).count();
    let empty = told
        .iter()
        .filter(|told| told.refusal.as_deref() == Some("480 EMPTY"))
        .count();
    assert_eq!((won, empty), (20, 5), "{told:?}");
    let ledger = switch.look(Ledger::of);
    let taken: BTreeSet<_> = ledger.slots_left_by("retrieve");
    assert_eq!(taken.len(), 20);
    assert!(
        ledger.parks.iter().all(|park| park.joined.len() == 1),
        "{ledger:?}"
    );
    nothing_left(switch);
}

#[test]
fn what_the_api_cannot_do_it_says_and_the_call_stays() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let leg = "0f0e0d0c-1111-2222-3333-777788880000";
    switch.api(&format!("originate {{origination_uuid={leg}}}null/x &park"));
    switch.ok(&format!("callpark park {leg} default@alpha.test 701"));
    switch.await_slot("701", "parked");
    // Nobody is known who could be rung.
    assert_eq!(switch.callpark("return default@alpha.test 701"), "FAILED");
    assert_eq!(
        switch.callpark("retrieve default@alpha.test 701 1009@alpha.test"),
        "FAILED"
    );
    assert_eq!(switch.callpark("retrieve default@alpha.test 701"), "USAGE");
    assert_eq!(switch.callpark("transfer default@alpha.test 701"), "USAGE");
    assert_eq!(switch.callpark("drop default@alpha.test 799"), "EMPTY");
    switch.await_slot("701", "parked");
    switch.ok("callpark drop default@alpha.test 701");
    switch.everything_is_over();
}

/// The one who held is not recorded any more: the other party tells.
fn holds_and_resumes(holder: &Phone, other: &Phone) {
    holder.hold();
    other.await_tone(MUSIC);
    holder.resume();
    other.await_tone(holder.tone());
    other.hears_no_more(MUSIC);
}

fn retrieved(switch: &Switch, office: &Office) -> (Phone, Phone) {
    let caller = office.parked_by(&office.phone("1001"));
    let other = office.phone("1002");
    other.dial("701");
    other.talks_with(&caller);
    switch.await_no_call_in_slots();
    (caller, other)
}

#[test]
fn a_caller_who_was_retrieved_can_hold_and_resume() {
    let music = Conf::default().profile_param("hold-music", "local_stream://moh");
    let office = Office::open(music);
    let (caller, other) = retrieved(&office.switch, &office);
    holds_and_resumes(&caller, &other);
    other.hang_up();
    caller.await_end(1);
    office.switch.everything_is_over();
}

#[test]
fn a_retrieved_call_can_be_transferred_to_a_third_phone() {
    let office = Office::open(Conf::default());
    let (caller, other) = retrieved(&office.switch, &office);
    let third = office.phone("1003");
    other.blind_transfer("alpha-1003");
    third.await_ring(1);
    third.answer();
    third.talks_with(&caller);
    other.await_end(1);
    third.hang_up();
    caller.await_end(1);
    office.switch.everything_is_over();
}

/// Phones that take UPDATE are told by the host of every change; it takes the retriever for somebody whom the caller has
/// called, and would show both their own numbers.
#[test]
fn the_phones_of_a_retrieved_call_are_shown_no_numbers_of_their_own() {
    let office = Office::open(Conf::default().lot("retrieve-allow", "*"));
    let switch = &office.switch;
    let dials = |number: &str| {
        let words = [("[service]", number), ("STAY_MS", "30000")];
        Sipp::keep("stay", &words, 10 * SECOND, switch.ports().outside)
    };
    let caller = dials("operator");
    let leg = switch.leg_of("5551");
    switch.ok(&format!("callpark park {leg} default@alpha.test"));
    switch.await_slot("701", "parked");
    switch.api("global_setvar callpark_domain=alpha.test");
    let retriever = dials("*85701");
    let retrieved = switch.action("retrieve");
    let uuid = &retrieved["Retriever-UUID"];
    // The host tells within the first moments of a bridge, if it does.
    let nobody = wait::until(2 * SECOND, || {
        let told = |phone: &Sipp| phone.messages().contains("\nUPDATE sip:");
        [&caller, &retriever].into_iter().any(told).then_some(())
    });
    assert_eq!(
        nobody,
        None,
        "{}{}",
        caller.messages(),
        retriever.messages()
    );
    for leg in [&leg, uuid] {
        assert_eq!(switch.variable(leg, "ignore_display_updates"), "true");
    }
    // Sent on, both are free to be shown something again.
    switch.api(&format!("uuid_transfer {leg} operator XML default"));
    wait::expect("the variable is gone", || {
        switch.variable(&leg, "ignore_display_updates").is_empty()
    });
    switch.api("hupall");
    switch.everything_is_over();
}

#[test]
fn a_key_in_a_call_that_is_bound_to_a_retrieve_changes_nothing() {
    let bound = [
        ("bind_meta_app", "8 a s callpark_retrieve::default oldest"),
        ("bind_meta_app", "8 b s callpark_retrieve::default oldest"),
        ("bridge", "user/1002@alpha.test"),
    ];
    let office = Office::open(Conf::default().extension("meta", &bound));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let (calling, called) = (office.phone("1003"), office.phone("1002"));
    calling.dial("meta");
    called.await_ring(1);
    called.answer();
    calling.talks_with(&called);
    for (phone, before) in [(&calling, 0), (&called, 1)] {
        phone.press_all("*8");
        assert_eq!(switch.await_refusal_after(before), "FAILED");
        calling.talks_with(&called);
        switch.await_slot("701", "parked");
    }
    assert!(caller.keeps_hearing(MUSIC, SECOND));
    calling.hang_up();
    called.await_end(1);
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_retriever_whose_media_went_past_the_switch_hears_the_caller() {
    let past = [
        ("set", "bypass_media=true"),
        ("set", "hangup_after_bridge=false"),
        ("bridge", "user/1002@alpha.test"),
        ("callpark_retrieve", "701"),
    ];
    let office = Office::open(Conf::default().extension("past", &past));
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let (retriever, called) = (office.phone("1003"), office.phone("1002"));
    retriever.dial("past");
    called.await_ring(1);
    called.answer();
    retriever.talks_with(&called);
    // The dialplan goes on, with a leg whose media is still elsewhere.
    called.hang_up();
    retriever.talks_with(&caller);
    retriever.hang_up();
    caller.await_end(1);
    office.switch.everything_is_over();
}
