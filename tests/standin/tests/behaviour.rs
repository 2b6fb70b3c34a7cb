//! The stand-in does as the switch does: media, bridges, transfers, dials and tasks, seen through a probe.

// A probe is a few host calls in a row. SAFETY, of each that has no comment of its own: the host is the stand-in, which looks
// up every handle before it uses it, and fails the run for a wrong one. Texts are constants or live until the call is over,
// places for results are locals, and NULL is where the host takes it.
#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]

mod probe;

use callpark_standin::{Fault, Phone, Switch};
use freeswitch_sys as sys;
use probe::{Session, call_probe, micros, mutex, pool, probe, set, variable};
use std::{
    ffi::{CString, c_char, c_uint, c_void},
    ptr,
};

unsafe extern "C" fn breaks_at_5(
    _: Session,
    input: *mut c_void,
    _: c_uint,
    _: *mut c_void,
    _: c_uint,
) -> u32 {
    // SAFETY: the stand-in calls it for keys only, with a key that lives during the call.
    match unsafe { (*input.cast::<sys::switch_dtmf_t>()).digit } as u8 {
        b'5' => sys::SWITCH_STATUS_BREAK,
        _ => sys::SWITCH_STATUS_SUCCESS,
    }
}

/// Plays what the variable `source` says, and writes down how it ended and after how long.
unsafe extern "C" fn plays(session: Session, _: *const c_char) {
    let source = CString::new(variable(session, c"source").unwrap_or_default()).expect("no NUL");
    // SAFETY: pointers, numbers and optional functions, each of which may be zero.
    let mut arguments: sys::switch_input_args_t = unsafe { std::mem::zeroed() };
    arguments.input_callback = Some(breaks_at_5);
    let begun = micros();
    let status = unsafe {
        sys::switch_ivr_play_file(session, ptr::null_mut(), source.as_ptr(), &mut arguments)
    };
    set(
        session,
        c"ended",
        &format!("{status} after {}", (micros() - begun) / 100_000),
    );
    unsafe { sys::switch_ivr_sleep(session, 100_000, 0, ptr::null_mut()) };
}

fn played(
    switch: &Switch,
    phone: &Phone,
    source: &str,
    during: impl FnOnce(&Switch, &callpark_standin::Line),
) -> Option<String> {
    let line = phone.calls("1");
    line.set_variable("source", source);
    switch.run_for(0.5);
    during(switch, &line);
    switch.run_for(3.0);
    line.variable("ended")
}

#[test]
fn a_file_plays_to_its_end_and_a_stream_for_ever() {
    let (switch, alice, _) = probe!(plays);
    assert_eq!(
        played(&switch, &alice, "a.wav", |_, _| {}).as_deref(),
        Some("0 after 20")
    );
    assert_eq!(
        played(&switch, &alice, "local_stream://moh", |_, _| {}),
        None
    );
}

#[test]
fn a_break_ends_what_plays_once() {
    let (switch, alice, _) = probe!(plays);
    let ended = played(&switch, &alice, "local_stream://moh", |switch, line| {
        switch.uuid_break(line)
    });
    assert_eq!(ended.as_deref(), Some("11 after 5"));
}

#[test]
fn keys_go_to_the_callback_one_by_one() {
    let (switch, alice, _) = probe!(plays);
    let ended = played(&switch, &alice, "local_stream://moh", |_, line| {
        line.presses("125")
    });
    assert_eq!(ended.as_deref(), Some("11 after 5"));
}

#[test]
fn a_missing_sound_fails_at_once() {
    let (switch, alice, _) = probe!(plays);
    switch.fault(Fault::MissingSound("a.wav".to_owned()));
    assert_eq!(
        played(&switch, &alice, "a.wav", |_, _| {}).as_deref(),
        Some("14 after 0")
    );
}

#[test]
fn a_call_on_hold_by_a_command_plays_on_afterwards() {
    let (switch, alice, _) = probe!(plays);
    let ended = played(&switch, &alice, "a.wav", |switch, line| {
        switch.uuid_hold(line, true);
        switch.run_for(10.0);
        assert_eq!(line.variable("ended"), None);
        switch.uuid_hold(line, false);
    });
    assert!(ended.is_some_and(|ended| ended.starts_with("0 after 1")));
}

#[test]
fn a_transfer_or_a_hang_up_ends_the_music_and_the_application_returns() {
    let (switch, alice, _) = probe!(plays);
    let line = call_probe(&switch, &alice);
    switch.uuid_transfer(&line, "2");
    switch.run_for(1.0);
    assert_eq!(
        line.variable("current_application").as_deref(),
        Some("park")
    );
    assert!(
        line.variable("transfer_source")
            .is_some_and(|source| source.ends_with("bl_xfer:2/default/XML"))
    );
    line.hangs_up();
    switch.run_for(1.0);
    assert_eq!(
        (
            line.cause().as_str(),
            line.variable("sip_hangup_disposition").as_deref()
        ),
        ("NORMAL_CLEARING", Some("recv_bye"))
    );
}

/// Sleeps on a condition of its own: as deaf as in the real switch.
unsafe extern "C" fn sleeps_deaf(session: Session, _: *const c_char) {
    let pool = pool();
    let mutex = mutex(pool);
    let mut condition = ptr::null_mut();
    unsafe {
        sys::switch_thread_cond_create(&mut condition, pool);
        sys::switch_mutex_lock(mutex);
        let status = sys::switch_thread_cond_timedwait(condition, mutex, 5_000_000);
        sys::switch_mutex_unlock(mutex);
        probe::destroy(pool);
        set(session, c"ended", &status.to_string());
    }
}

#[test]
fn a_leg_whose_thread_sleeps_elsewhere_does_not_hear_the_bye() {
    let (switch, alice, _) = probe!(sleeps_deaf);
    let line = call_probe(&switch, &alice);
    line.hangs_up();
    switch.run_for(2.0);
    assert!(line.is_up());
    switch.run_for(4.0);
    assert!(!line.is_up());
    assert_eq!(
        line.variable("ended").as_deref(),
        Some("2"),
        "the wait ended by time"
    );
}

#[test]
fn two_who_talk_part_when_either_hangs_up() {
    let (switch, alice, bob) = probe!(plays);
    bob.answers_after(3);
    let call = alice.calls("3");
    switch.run_until(|| bob.is_in_a_call() && call.talks_to(&bob.line()));
    let other = bob.line();
    assert!(
        call.is_answered(),
        "the caller is answered when the callee is"
    );
    other.hangs_up();
    switch.run_until(|| !other.is_up() && !call.is_up());
    let call = alice.calls("3");
    switch.run_until(|| call.is_bridged());
    let other = bob.line();
    call.hangs_up();
    switch.run_until(|| !other.is_up() && !call.is_up());
}

#[test]
fn a_phone_that_holds_takes_the_other_down_when_the_bridge_ends() {
    let (switch, alice, bob) = probe!(plays);
    bob.answers_after(1);
    let call = alice.calls("3");
    switch.run_until(|| call.is_bridged());
    let other = bob.line();
    other.holds();
    switch.run_for(1.0);
    other.hangs_up();
    switch.run_until(|| !call.is_up());
    assert_eq!(call.cause(), "NORMAL_CLEARING");
}

#[test]
fn uuid_bridge_joins_two_legs_a_while_later() {
    let (switch, alice, bob) = probe!(plays);
    let (one, other) = (alice.calls("2"), bob.calls("2"));
    switch.run_for(1.0);
    switch.uuid_bridge(&one, &other);
    assert!(!one.is_bridged());
    switch.run_until(|| one.talks_to(&other));
}
