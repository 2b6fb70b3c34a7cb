//! What is said of a single call over its lot's settings, and whose word comes first: the API argument, the leg to be parked,
//! the parker's leg, the lot.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC, digit_tone},
    office::{CALLER_NUMBER, Office},
    phone::Phone,
    scenes::OPERATOR,
    switch::Switch,
};
use serde_json::Value;

/// What an outside caller reaches who falls back in its own context instead of the parker's, in hertz.
const WRONG: f64 = 2300.0;

/// The caller talks with 1001; the caller's leg, and 1001's.
fn talking(office: &Office, parker: &Phone, caller: &Phone) -> [String; 2] {
    office.talk(caller, parker);
    [CALLER_NUMBER, "1001"].map(|user| office.switch.leg_of(user))
}

fn set(switch: &Switch, leg: &str, settings: &[(&str, &str)]) {
    for (name, value) in settings {
        switch.api(&format!("uuid_setvar {leg} callpark_{name} {value}"));
    }
}

/// A caller with these settings on its leg, parked in 701 by 1001.
fn parked_with(office: &Office, settings: &[(&str, &str)]) -> Phone {
    let parker = office.phone("1001");
    let caller = office.caller();
    let [own, _] = talking(office, &parker, &caller);
    set(&office.switch, &own, settings);
    parker.blind_transfer("700");
    office.switch.action("park");
    caller
}

/// What `show` tells of the settings that count for a call.
fn told(call: &Value) -> (i64, String, String) {
    let text = |field: &str| call[field].as_str().unwrap_or_default().to_owned();
    let due = call["timeout_at"].as_i64().unwrap() - call["parked_at"].as_i64().unwrap();
    (due, text("label"), text("parked_by"))
}

#[test]
fn the_argument_comes_before_the_callers_leg_that_before_the_parkers_and_that_before_the_lot() {
    let office = Office::open(Conf::default().lot("timeout", "400"));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let own = [
        ("timeout", "200"),
        ("label", "own"),
        ("parker", "1003@alpha.test"),
    ];
    let parkers = [
        ("timeout", "300"),
        ("label", "parkers"),
        ("parker", "1004@alpha.test"),
    ];
    let argument = "parker=1005@alpha.test timeout=100";
    for (times, argument, own, parkers, expected) in [
        (1, argument, &own[..], &parkers[..], (100, "own", "1005")),
        (2, "", &own[..], &parkers[..], (200, "own", "1003")),
        (3, "", &[][..], &parkers[..], (300, "parkers", "1004")),
        (4, "", &[][..], &[][..], (400, "", "1001")),
    ] {
        let caller = office.caller();
        let [leg, parkers_leg] = talking(&office, &parker, &caller);
        set(switch, &leg, own);
        set(switch, &parkers_leg, parkers);
        if argument.is_empty() {
            parker.blind_transfer("700");
        } else {
            switch.ok(&format!("callpark park {leg} {argument}"));
        }
        let call = switch.await_slot("701", "parked");
        let (due, label, user) = expected;
        let expected = (due, label.to_owned(), format!("{user}@alpha.test"));
        assert_eq!(told(&call), expected, "{times}: {call}");
        caller.await_tone(MUSIC);
        caller.hang_up();
        parker.await_end(times);
        switch.await_no_channels();
    }
    switch.everything_is_over();
}

#[test]
fn a_call_is_in_the_company_of_the_parker_who_is_named() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let caller = office.caller();
    caller.dial("operator");
    caller.await_tone(OPERATOR);
    let leg = switch.leg_of(CALLER_NUMBER);
    switch.api(&format!("uuid_setvar {leg} domain_name alpha.test"));
    switch.ok(&format!(
        "callpark park {leg} parker=1003@beta.test timeout=60"
    ));
    let call = switch.await_call("default@beta.test", "701", "parked");
    assert_eq!(call["parked_by"], "1003@beta.test", "{call}");
    assert!(switch.parked("@alpha.test").is_empty());
    caller.hang_up();
    switch.everything_is_over();
    // A user without a company is none.
    let caller = office.caller();
    caller.dial("operator");
    caller.await_tone(OPERATOR);
    let leg = switch.leg_of(CALLER_NUMBER);
    let reply = switch.api(&format!("callpark park {leg} parker=1003"));
    assert!(reply.starts_with("-ERR USAGE"), "{reply}");
    caller.hang_up();
}

#[test]
fn a_named_parkers_call_falls_back_in_that_users_own_context() {
    let tone = format!("tone_stream://%(1000,0,{WRONG});loops=-1");
    let wrong = [("answer", ""), ("playback", tone.as_str())];
    let waits = [("answer", ""), ("playback", "local_stream://moh")];
    let conf = Conf::default()
        .outside_extension("operator", &wrong)
        .outside_extension("waits", &waits)
        .lot("timeout", "1")
        .lot("return-to", "none")
        .lot("fallback", "operator");
    let office = Office::open(conf);
    let caller = office.caller();
    caller.dial("waits");
    caller.await_tone(MUSIC);
    let leg = office.switch.leg_of(CALLER_NUMBER);
    office
        .switch
        .ok(&format!("callpark park {leg} parker=1003@alpha.test"));
    office.switch.action("fallback");
    caller.await_tone(OPERATOR);
    caller.hang_up();
    office.switch.everything_is_over();
}

#[test]
fn a_single_call_may_ring_elsewhere_and_how_often_and_fall_back_elsewhere() {
    let office = Office::open(Conf::default().lot("retry-after", "1"));
    let switch = &office.switch;
    let other = office.phone("1003");
    let settings = [
        ("timeout", "1"),
        ("return_to", "user/1003@alpha.test"),
        ("ring_timeout", "5"),
        ("ring_attempts", "2"),
        ("fallback", "operator XML default"),
    ];
    let caller = parked_with(&office, &settings);
    other.await_ring(2);
    caller.await_tone(OPERATOR);
    assert_eq!(other.count("CALL_INCOMING"), 2);
    switch.action("fallback");
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_single_call_may_wait_no_longer_and_leave_by_a_key() {
    for (settings, key) in [
        ([("timeout", "0"), ("max_wait", "2")], None),
        ([("timeout", "0"), ("exit_key", "5")], Some('5')),
    ] {
        let office = Office::open(Conf::default().lot("fallback", "operator XML default"));
        let caller = parked_with(&office, &settings);
        caller.await_tone(if key.is_some() { MUSIC } else { OPERATOR });
        if let Some(key) = key {
            caller.press(key);
        }
        caller.await_tone(OPERATOR);
        office.switch.action("fallback");
        caller.hang_up();
        office.switch.everything_is_over();
    }
}

#[test]
fn a_single_call_may_have_a_pin_a_page_and_a_confirmation_of_its_own() {
    let office = Office::open(Conf::default());
    let pager = office.phone("1004");
    let settings = [
        ("pin", "4711"),
        ("page", "user/1004@alpha.test"),
        ("confirm", "none"),
    ];
    let caller = parked_with(&office, &settings);
    let (name, _) = pager.await_ring(1);
    assert_eq!(name, "Park 701");
    pager.answer();
    pager.await_tone(digit_tone(7));
    pager.await_end(1);
    office.pin_opens_701(&caller, "1", "4711");
}

#[test]
fn a_caller_in_early_media_is_answered_before_it_is_in_the_slot() {
    let early = [
        ("pre_answer", ""),
        ("set", "callpark_direct=self"),
        ("set", "callpark_domain=alpha.test"),
        ("callpark", ""),
    ];
    let office = Office::open(Conf::default().extension("early", &early));
    let caller = office.caller();
    caller.dial("early");
    caller.await_talk(1);
    caller.await_tone(MUSIC);
    let call = office.switch.await_slot("701", "parked");
    let dump = format!("uuid_dump {}", call["uuid"].as_str().unwrap());
    assert!(office.switch.api(&dump).contains("Answer-State: answered"));
    caller.hang_up();
    office.switch.everything_is_over();
}
