//! The ways a user parks a call, and how the user is told: a key in a call, a call on hold, a consultation, the lamp's key.

// A key has a length: the one place for a sleep.
#![allow(clippy::disallowed_methods)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC, digit_tone},
    office::{Office, parked},
    phone::Phone,
    sip, wait,
};
use std::{thread::sleep, time::Duration};

fn key_in(phone: &Phone, keys: &str) {
    for key in keys.chars() {
        phone.press(key);
        sleep(Duration::from_millis(250)); // a key's length
    }
}

#[test]
fn a_called_user_keys_star_68_and_hears_the_slot_while_the_caller_has_music() {
    let office = Office::open(Conf::default());
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    key_in(&parker, "*68");
    parker.is_told_701();
    caller.await_tone(MUSIC);
    parker.await_end(1);
    office.is_parked_by_1001();
    office.is_retrieved(&caller);
}

#[test]
fn a_calling_user_keys_star_68_and_the_called_party_is_parked() {
    let office = Office::open(Conf::default());
    let parker = office.phone("1001");
    let called = office.phone("1002");
    office.talk(&parker, &called);
    key_in(&parker, "*68");
    parker.is_told_701();
    called.await_tone(MUSIC);
    parker.await_end(1);
    office.is_parked_by_1001();
    office.is_retrieved(&called);
}

#[test]
fn a_caller_from_outside_who_keys_star_68_parks_nobody() {
    let office = Office::open(Conf::default());
    let user = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &user);
    key_in(&caller, "*68");
    caller.talks_with(&user);
    assert!(office.switch.events().is_empty());
    caller.hang_up();
    user.await_end(1);
}

/// 1002 calls 1001, with `*7` bound to the application for either of them; one of the two keys it.
fn parks_by_bind_meta_app(caller_keys: bool) {
    let bound = [
        ("bind_meta_app", "7 a s callpark::default"),
        ("bind_meta_app", "7 b s callpark::default"),
        ("bridge", "user/1001@alpha.test"),
    ];
    let office = Office::open(Conf::default().extension("meta", &bound));
    let (called, calling) = (office.phone("1001"), office.phone("1002"));
    let (parker, other) = if caller_keys {
        (&calling, &called)
    } else {
        (&called, &calling)
    };
    calling.dial("meta");
    called.await_ring(1);
    called.answer();
    calling.talks_with(&called);
    key_in(parker, "*7");
    other.await_tone(MUSIC);
    parker.is_told_701();
    parker.await_end(1);
    let call = office.switch.await_slot("701", "parked");
    let name = format!("{}@alpha.test", parker.user());
    assert_eq!(call["parked_by"], name, "{call}");
    office.is_retrieved(other);
}

#[test]
fn a_key_of_bind_meta_app_parks_for_the_caller() {
    parks_by_bind_meta_app(true);
}

#[test]
fn a_key_of_bind_meta_app_parks_for_the_called() {
    parks_by_bind_meta_app(false);
}

#[test]
fn a_parker_who_hangs_up_while_told_the_slot_leaves_the_caller_parked() {
    let office = Office::open(Conf::default());
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    key_in(&parker, "*68");
    parker.await_tone(digit_tone(7));
    parker.hang_up();
    parker.await_end(1);
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(2)));
    office.is_parked_by_1001();
    office.is_retrieved(&caller);
}

#[test]
fn a_retrieved_call_is_parked_again_by_key() {
    let (office, _parker, other, caller) = parked(Conf::default());
    let switch = &office.switch;
    other.dial("701");
    other.talks_with(&caller);
    key_in(&other, "*68");
    caller.await_tone(MUSIC);
    other.is_told_701();
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1002@alpha.test");
    let history = switch.variable(call["uuid"].as_str().unwrap(), "callpark_history");
    assert!(
        history.contains(":701:1001@alpha.test:retrieved"),
        "{history}"
    );
    office.is_retrieved(&caller);
}

#[test]
fn a_full_lot_leaves_the_call_as_it_is() {
    let office = Office::open(Conf::default().lot("slots", "701"));
    let parker = office.phone("1001");
    let first = office.parked_by(&parker);
    let second = office.second_caller();
    office.talk(&second, &parker);
    key_in(&parker, "*68");
    assert_eq!(office.switch.action("refuse")["Result"], "LOT_FULL");
    parker.talks_with(&second);
    second.hang_up();
    parker.await_end(2);
    first.hang_up();
}

#[test]
fn a_page_is_heard_by_whoever_of_the_group_can_and_a_dead_phone_holds_nothing_up() {
    let office = Office::open(Conf::default().lot("page", "group/all@${domain}"));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let pagers = [office.phone("1002"), office.phone("1003")];
    drop(office.phone("1004")); // registered, and dead
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.blind_transfer("700");
    switch.await_slot("701", "parked");
    for pager in &pagers {
        let (name, address) = pager.await_ring(1);
        assert_eq!(name, "Park 701");
        assert!(address.contains("701"), "{address}");
        let asks = pager.await_message("the phone is to answer by itself", |message| {
            sip::is_request(message, "INVITE") && message.contains("answer-after=0")
        });
        assert!(!asks.is_empty());
        pager.answer();
        pager.await_tone(digit_tone(7));
        pager.await_end(1);
    }
    caller.await_tone(MUSIC);
    office.is_retrieved(&caller);
}

#[test]
fn a_phone_that_is_busy_holds_no_page_up() {
    let page = "user/1002@${domain},user/1004@${domain}";
    let office = Office::open(Conf::default().lot("page", page));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let (busy, other, pager) = (
        office.phone_with("1002", 1),
        office.phone("1003"),
        office.phone("1004"),
    );
    office.talk(&other, &busy);
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.blind_transfer("700");
    switch.await_slot("701", "parked");
    pager.await_ring(1);
    pager.answer();
    pager.await_tone(digit_tone(7));
    busy.await_message("it is busy", |message| {
        sip::is_reply(message, 486, "INVITE")
    });
    busy.talks_with(&other);
    caller.await_tone(MUSIC);
    office.is_retrieved_by(&office.phone("1005"), &caller);
    other.hang_up();
    switch.everything_is_over();
}

/// By what 1001 gets to know of a call that it parks by a key, or by a blind transfer.
fn is_told(confirm: &str, by_key: bool) -> String {
    let office = Office::open(Conf::default().lot("confirm", confirm));
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    if by_key {
        key_in(&parker, "*68");
    } else {
        parker.blind_transfer("700");
    }
    caller.await_tone(MUSIC);
    let heard = wait::until(Duration::from_secs(2), || {
        parker.hears(digit_tone(7)).then_some(())
    });
    parker.await_end(1);
    let got = |wanted: &dyn Fn(&str) -> bool| {
        let seen = || parker.messages().iter().any(|message| wanted(message));
        wait::until(Duration::from_secs(2), || seen().then_some(())).is_some()
    };
    let written = |message: &str| sip::is_request(message, "MESSAGE");
    let shown = |message: &str| !written(message) && message.contains("parked at 701");
    let ways = [
        ("audio", heard.is_some()),
        ("display", got(&shown)),
        ("message", got(&written)),
    ];
    caller.hang_up();
    office.switch.await_no_channels();
    let told: Vec<_> = ways.iter().filter(|(_, told)| *told).collect();
    told.iter()
        .map(|(way, _)| *way)
        .collect::<Vec<_>>()
        .join(",")
}

/// This phone does not take an update of its display during a call: the host sends it none.
#[test]
fn the_parker_is_told_as_confirm_says() {
    let table = [
        ("auto", true, "audio"),
        ("auto", false, "message"),
        ("message", true, "message"),
        ("audio,message", true, "audio,message"),
        ("display", true, ""),
        ("none", true, ""),
        ("none", false, ""),
    ];
    for (confirm, by_key, expected) in table {
        let told = is_told(confirm, by_key);
        assert_eq!(told, expected, "confirm={confirm}, by key: {by_key}");
    }
}
