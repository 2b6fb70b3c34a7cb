//! Consultations: a user dials the park extension, hears a slot, and completes the attended transfer onto it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC, digit_tone},
    office::{CALLER_NUMBER, Office, SECOND_NUMBER},
    phone::Phone,
    scenes::OPERATOR,
    sip, sound,
    switch::Switch,
};
use std::time::Duration;

/// 1001 has the caller on hold and is told 701, reserved.
fn consulting(office: &Office) -> (Phone, Phone) {
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.hold();
    parker.dial("700");
    office.switch.await_slot("701", "reserved");
    parker.await_tone(digit_tone(1));
    (parker, caller)
}

#[test]
fn an_attended_transfer_brings_the_caller_into_the_very_slot() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (parker, caller) = consulting(&office);
    let reserved = switch.await_slot("701", "reserved");
    // Meanwhile the slot is nobody's.
    let third = office.phone("1002");
    third.dial("701");
    assert_eq!(switch.action("refuse")["Result"], "EMPTY");
    third.await_end(1);
    parker.attended_transfer();
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["id"], reserved["id"]);
    assert_eq!(call["caller_id_number"], CALLER_NUMBER);
    office.is_parked_by_1001();
    caller.await_tone(MUSIC);
    parker.await_end(2);
    office.is_retrieved(&caller);
}

#[test]
fn a_consultation_that_is_hung_up_ends_its_reservation_and_the_caller_is_taken_back() {
    let office = Office::open(Conf::default());
    let (parker, caller) = consulting(&office);
    parker.hang_up();
    assert_eq!(office.switch.action("expire")["Park-Slot"], "701");
    office.switch.await_no_call_in_slots();
    parker.resume();
    caller.await_tone(parker.tone());
    caller.hang_up();
    parker.await_end(2);
}

#[test]
fn a_transfer_that_is_completed_twice_parks_once_and_joins_nobody() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (parker, caller) = consulting(&office);
    let consultation = switch.await_slot("701", "reserved")["uuid"].clone();
    let used = switch.variable(consultation.as_str().unwrap(), "inline_destination");
    assert!(used.starts_with("callpark:ticket="), "{used}");
    parker.attended_transfer();
    office.is_parked_by_1001();
    parker.await_end(2);
    // Another call of the same parker is sent where the first one went.
    let second = office.second_caller();
    let ended = parker.count("CALL_CLOSED");
    office.talk(&second, &parker);
    let leg = switch.leg_of(SECOND_NUMBER);
    switch.api(&format!("uuid_transfer {leg} {used} inline"));
    second.await_tone(MUSIC);
    parker.await_end(ended + 1);
    let (name, _) = parker.await_ring(parker.count("CALL_ESTABLISHED"));
    assert_eq!(name, "Not parked: Bob Second");
    parker.answer();
    parker.talks_with(&second);
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    assert_eq!(switch.actions(), ["reserve", "park", "refuse"]);
    second.hang_up();
    office.is_retrieved(&caller);
}

#[test]
fn the_lamps_key_parks_retrieves_and_consults_by_the_state_of_phone_and_slot() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    // A phone that sends an INVITE from a call holds it and dials: a consultation for that very slot.
    parker.hold();
    parker.dial("park+705");
    switch.await_slot("705", "reserved");
    parker.attended_transfer();
    let call = switch.await_slot("705", "parked");
    assert_eq!(call["parked_by"], "1001@alpha.test");
    parker.await_end(2);
    // Idle: it retrieves.
    parker.dial("park+705");
    parker.await_talk(3);
    caller.await_tone(parker.tone());
    // In a call: a phone that transfers parks there.
    parker.blind_transfer("park+705");
    switch.await_slot("705", "parked");
    caller.await_tone(MUSIC);
    // Idle, and the slot is empty: told so.
    caller.hang_up();
    switch.await_no_call_in_slots();
    parker.dial("park+705");
    assert_eq!(switch.action("refuse")["Result"], "EMPTY");
}

/// The phrase that a consultation hears which has lasted too long, in hertz.
const EXPIRED: f64 = 2600.0;

#[test]
fn a_consultation_that_lasts_too_long_is_told_so_and_ends() {
    let actions = [
        ("callpark", ""),
        ("playback", "tone_stream://%(1000,0,2000);loops=-1"),
    ];
    let conf = Conf::default().lot("reserve-timeout", "5");
    let office = Office::open(conf.extension("consult", &actions));
    let switch = &office.switch;
    let phrases = switch.folder().join("sounds/ivr/8000");
    std::fs::create_dir_all(&phrases).unwrap();
    let phrase = phrases.join("ivr-call_attempt_aborted.wav");
    sound::write_tone(&phrase, EXPIRED, 2.0);
    let parker = office.phone("1001");
    parker.dial("consult");
    switch.await_slot("701", "reserved");
    switch.action("expire");
    parker.await_tone(EXPIRED);
    parker.await_end(1);
    switch.everything_is_over();
}

#[test]
fn a_retrieved_call_is_parked_again_by_an_attended_transfer() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    let other = office.phone("1002");
    other.dial("701");
    other.talks_with(&caller);
    other.hold();
    other.dial("700");
    other.await_talk(2);
    switch.await_slot("701", "reserved");
    other.attended_transfer();
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1002@alpha.test", "{call}");
    assert_eq!(call["caller_id_number"], CALLER_NUMBER, "{call}");
    caller.await_tone(MUSIC);
    office.is_retrieved(&caller);
}

#[test]
fn what_the_callers_own_leg_says_counts_in_the_reserved_slot_too() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (parker, caller) = consulting(&office);
    let leg = switch.leg_of(CALLER_NUMBER);
    for setting in ["callpark_parker 1003@alpha.test", "callpark_timeout 333"] {
        switch.api(&format!("uuid_setvar {leg} {setting}"));
    }
    parker.attended_transfer();
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1003@alpha.test", "{call}");
    let due = call["timeout_at"].as_i64().unwrap() - call["parked_at"].as_i64().unwrap();
    assert_eq!(due, 333);
    // What the transfer has left on the leg would be taken for a later one's.
    for name in ["sip_refer_to", "sip_h_Referred-By"] {
        assert_eq!(switch.variable(&leg, name), "", "{name}");
    }
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_caller_who_comes_too_late_for_its_slot_goes_to_the_fallback_when_nobody_answers() {
    let conf = Conf::default().lot("fallback", "operator XML default");
    let office = Office::open(conf.lot("ring-timeout", "5"));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    let leg = switch.leg_of(CALLER_NUMBER);
    let used = "callpark:ticket=0123456789abcdef0123456789abcdef";
    switch.api(&format!("uuid_transfer {leg} {used} inline"));
    assert_eq!(switch.action("refuse")["Result"], "GONE");
    let (name, _) = parker.await_ring(2);
    assert!(name.starts_with("Not parked: "), "{name}");
    caller.await_tone(OPERATOR);
    caller.hang_up();
    switch.everything_is_over();
}

/// 1001 completes its transfer when nobody is asked any more: its phone is told so, and nobody else gets the caller. (This
/// phone then hangs up by itself, where others go back to the call on hold.)
fn is_told_that_it_is_too_late(end: impl FnOnce(&Switch, &str)) {
    let office = Office::open(Conf::default().lot("reserve-timeout", "10"));
    let switch = &office.switch;
    let (parker, caller) = consulting(&office);
    let asked = switch.await_slot("701", "reserved")["uuid"].clone();
    let consultation = parker.consultation();
    caller.await_tone(MUSIC);
    end(switch, asked.as_str().unwrap());
    switch.action("expire");
    // The phone takes the caller off hold then, or does not.
    parker.await_end(1);
    assert_eq!(caller.count("CALL_CLOSED"), 0);
    parker.complete(&consultation);
    parker.await_message("how the transfer ended", |message| {
        sip::is_request(message, "NOTIFY") && sip::body(message).contains("SIP/2.0 403")
    });
    parker.await_event("TRANSFER_FAILED", 1);
    assert_eq!(switch.actions(), ["reserve", "expire"]);
    caller.await_end(1);
    switch.everything_is_over();
}

#[test]
fn a_transfer_completed_after_the_reservation_has_ended_fails_and_moves_nobody() {
    is_told_that_it_is_too_late(|_, _| {});
}

#[test]
fn a_transfer_completed_after_the_consultation_has_died_fails_and_moves_nobody() {
    is_told_that_it_is_too_late(|switch, leg| {
        switch.api(&format!("uuid_kill {leg}"));
    });
}
