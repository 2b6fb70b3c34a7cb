//! Hold, dial, hang up: a user parks the call that its phone has on hold (`direct` = `held`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC, password},
    office::{CALLER_NAME, CALLER_NUMBER, Office, SECOND_NUMBER},
    sipp::Sipp,
    wait,
};
use std::time::Duration;

fn held() -> Conf {
    Conf::default().lot("direct", "held")
}

#[test]
fn a_user_who_holds_and_dials_700_parks_what_was_held() {
    let office = Office::open(held());
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.hold();
    caller.await_tone(MUSIC);
    parker.dial("700");
    parker.await_talk(2);
    parker.is_told_701();
    office.is_parked_by_1001();
    parker.await_end(1);
    parker.hang_up();
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    office.is_retrieved(&caller);
}

#[test]
fn of_two_calls_on_hold_the_one_held_last_is_parked() {
    let office = Office::open(held());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let first = office.caller();
    let second = office.second_caller();
    office.talk(&first, &parker);
    parker.hold();
    office.talk(&second, &parker);
    parker.hold();
    wait::expect("both are held", || {
        [&first, &second].iter().all(|caller| caller.hears(MUSIC))
    });
    parker.dial("700");
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["caller_id_number"], SECOND_NUMBER, "{call}");
    assert_ne!(CALLER_NUMBER, SECOND_NUMBER);
    office.is_retrieved(&second);
    first.hang_up();
}

#[test]
fn a_user_with_nothing_on_hold_who_dials_700_consults() {
    let office = Office::open(held());
    let parker = office.phone("1001");
    parker.dial("700");
    parker.is_told_701();
    office.switch.await_slot("701", "reserved");
    parker.hang_up();
    office.switch.action("expire");
    office.switch.await_no_call_in_slots();
}

#[test]
fn a_user_who_holds_and_dials_star_68_parks_what_was_held() {
    let office = Office::open(Conf::default());
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.hold();
    caller.await_tone(MUSIC);
    parker.dial("*68");
    parker.await_talk(2);
    parker.is_told_701();
    office.is_parked_by_1001();
    parker.await_end(1);
    parker.hang_up();
    office.is_retrieved(&caller);
}

#[test]
fn a_user_who_has_called_holds_and_dials_star_68_parks_whom_it_called() {
    let office = Office::open(Conf::default());
    let parker = office.phone("1001");
    let called = office.phone("1002");
    office.talk(&parker, &called);
    parker.hold();
    called.await_tone(MUSIC);
    parker.dial("*68");
    office.is_parked_by_1001();
    parker.hang_up();
    office.is_retrieved(&called);
}

#[test]
fn the_lamps_key_parks_what_is_held_into_its_slot() {
    let office = Office::open(held());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.hold();
    parker.dial("park+705");
    let call = switch.await_slot("705", "parked");
    assert_eq!(call["caller_id_number"], CALLER_NUMBER, "{call}");
    assert_eq!(call["parked_by"], "1001@alpha.test", "{call}");
    caller.await_tone(MUSIC);
    caller.hang_up();
    parker.hang_up();
    switch.everything_is_over();
}

#[test]
fn who_is_told_the_slot_of_a_held_call_is_let_go_then_and_meets_no_other_action() {
    let actions = [
        ("set", "callpark_direct=held"),
        ("set", "callpark_timeout=333"),
        ("callpark", ""),
        ("playback", "tone_stream://%(1000,0,2000);loops=-1"),
    ];
    let office = Office::open(Conf::default().extension("held", &actions));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.hold();
    parker.dial("held");
    let call = switch.await_slot("701", "parked");
    // What the leg that dialled says of the call counts.
    let due = call["timeout_at"].as_i64().unwrap() - call["parked_at"].as_i64().unwrap();
    assert_eq!(due, 333);
    parker.is_told_701();
    let ended = || (parker.count("CALL_CLOSED") >= 2).then_some(());
    let ended = wait::until(Duration::from_secs(60), ended);
    assert!(ended.is_some(), "it is still in its call");
    office.is_retrieved(&caller);
}

#[test]
fn the_display_that_shows_where_the_held_call_is_is_that_of_the_phone_which_dialled() {
    let office = Office::open(held().lot("confirm", "display"));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.hold();
    caller.await_tone(MUSIC);
    let password = password("1001");
    let words = [
        ("NUMBER", "700"),
        ("USER", "1001"),
        ("DOMAIN", "alpha.test"),
        ("PASSWORD", &password),
    ];
    let length = Duration::from_secs(60);
    let desk = Sipp::keep("shows", &words, length, switch.ports().inside);
    office.is_parked_by_1001();
    wait::expect("its display shows the slot", || {
        desk.messages()
            .contains(&format!("{CALLER_NAME} parked at 701"))
    });
    switch.api("hupall");
    switch.everything_is_over();
}
