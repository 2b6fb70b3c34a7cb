//! What the stand-in refuses: each breach of the house's rules fails the run, and says what it was.

// A probe is a few host calls in a row, all of them allowed or the point of the test. SAFETY, of each that has no comment of
// its own: the host is the stand-in. A handle is a number that it looks up, with no memory behind it; what breaks a rule is
// found there, and fails the run. Texts are constants or copies that the leg keeps, places for results are locals, and NULL
// is where the host takes it.
#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]

mod probe;

use freeswitch_sys as sys;
use probe::{FILE, Session, call_probe, channel, mutex, pool, probe};
use std::{ffi::c_char, ptr};

unsafe extern "C" fn logs_under_a_lock(_: Session, _: *const c_char) {
    // SAFETY: as above; the format has one `%s`, and its text follows.
    unsafe {
        sys::switch_mutex_lock(mutex(pool()));
        sys::switch_log_printf(
            0,
            FILE,
            FILE,
            0,
            ptr::null(),
            5,
            c"%s\n".as_ptr(),
            c"hello".as_ptr(),
        );
    }
}

#[test]
#[should_panic(expected = "calls switch_log_printf while it holds a lock")]
fn a_host_call_under_a_lock() {
    let (switch, alice, _) = probe!(logs_under_a_lock);
    call_probe(&switch, &alice);
}

unsafe extern "C" fn locks_twice(_: Session, _: *const c_char) {
    unsafe {
        let mutex = mutex(pool());
        sys::switch_mutex_lock(mutex);
        sys::switch_mutex_lock(mutex);
    }
}

#[test]
#[should_panic(expected = "deadlock over mutexes")]
fn a_lock_that_waits_for_itself() {
    let (switch, alice, _) = probe!(locks_twice);
    call_probe(&switch, &alice);
}

unsafe extern "C" fn waits_with_two_locks(_: Session, _: *const c_char) {
    unsafe {
        let pool = pool();
        let (one, other) = (mutex(pool), mutex(pool));
        let mut condition = ptr::null_mut();
        sys::switch_thread_cond_create(&mut condition, pool);
        sys::switch_mutex_lock(one);
        sys::switch_mutex_lock(other);
        sys::switch_thread_cond_timedwait(condition, other, 1000);
    }
}

#[test]
#[should_panic(expected = "a wait for condition")]
fn a_wait_that_keeps_another_lock() {
    let (switch, alice, _) = probe!(waits_with_two_locks);
    call_probe(&switch, &alice);
}

unsafe extern "C" fn unlocks_what_it_does_not_hold(_: Session, _: *const c_char) {
    unsafe { sys::switch_mutex_unlock(mutex(pool())) };
}

#[test]
#[should_panic(expected = "is unlocked by a thread that does not hold it")]
fn an_unlock_without_a_lock() {
    let (switch, alice, _) = probe!(unlocks_what_it_does_not_hold);
    call_probe(&switch, &alice);
}

unsafe extern "C" fn uses_a_leg_after_unlock(session: Session, _: *const c_char) {
    unsafe {
        let uuid = sys::switch_channel_get_variable_dup(channel(session), c"other".as_ptr(), 1, -1);
        let other = sys::switch_core_session_perform_locate(uuid, FILE, FILE, 0);
        let channel = sys::switch_core_session_get_channel(other);
        sys::switch_core_session_rwunlock(other);
        sys::switch_channel_test_flag(channel, sys::CF_ANSWERED);
    }
}

#[test]
#[should_panic(expected = "without its read lock")]
fn a_leg_that_is_used_after_its_read_lock_was_given_back() {
    let (switch, alice, bob) = probe!(uses_a_leg_after_unlock);
    let other = bob.calls("2");
    switch.run_for(1.0);
    let call = alice.calls("1");
    call.set_variable("other", &other.uuid());
    switch.run_for(1.0);
}

unsafe extern "C" fn keeps_its_partner(session: Session, _: *const c_char) {
    let mut partner = ptr::null_mut();
    unsafe { sys::switch_core_session_perform_get_partner(session, &mut partner, FILE, FILE, 0) };
}

#[test]
#[should_panic(expected = "a leg has hung up, and something keeps it")]
fn a_read_lock_that_is_never_given_back() {
    let (switch, alice, bob) = probe!(keeps_its_partner);
    bob.answers_after(1);
    let call = alice.calls("3");
    switch.run_until(|| call.is_bridged());
    call.keys_in("probe", "");
    switch.run_for(1.0);
    switch.end();
}

unsafe extern "C" fn passes_a_channel_as_a_session(session: Session, _: *const c_char) {
    // SAFETY: a handle of the wrong kind is a wrong number, which is looked up and not followed.
    unsafe { sys::switch_core_session_get_uuid(channel(session).cast()) };
}

#[test]
#[should_panic(expected = "which is no Session of this run")]
fn a_pointer_to_something_else() {
    let (switch, alice, _) = probe!(passes_a_channel_as_a_session);
    call_probe(&switch, &alice);
}

unsafe extern "C" fn logs_a_callers_text(_: Session, _: *const c_char) {
    // SAFETY: the `%n` would write anywhere, but the stand-in judges a format before it is followed.
    unsafe { sys::switch_log_printf(0, FILE, FILE, 0, ptr::null(), 5, c"Carol %n".as_ptr()) };
}

#[test]
#[should_panic(expected = "with the format")]
fn a_format_that_is_no_constant() {
    let (switch, alice, _) = probe!(logs_a_callers_text);
    call_probe(&switch, &alice);
}

unsafe extern "C" fn spins(_: Session, _: *const c_char) {
    loop {
        probe::micros();
    }
}

#[test]
#[should_panic(expected = "loops without a wait")]
fn a_loop_without_a_wait() {
    let (switch, alice, _) = probe!(spins);
    call_probe(&switch, &alice);
}

unsafe extern "C" fn leaves_an_event(_: Session, _: *const c_char) {
    let mut event = ptr::null_mut();
    unsafe {
        sys::switch_event_create_subclass_detailed(FILE, FILE, 0, &mut event, 0, c"x::y".as_ptr())
    };
}

#[test]
#[should_panic(expected = "1 events are neither fired nor destroyed")]
fn an_event_that_is_forgotten() {
    let (switch, alice, _) = probe!(leaves_an_event);
    call_probe(&switch, &alice);
    switch.end();
}

unsafe extern "C" fn leaves_a_pool(_: Session, _: *const c_char) {
    pool();
}

#[test]
#[should_panic(expected = "1 memory pools")]
fn a_pool_that_is_forgotten() {
    let (switch, alice, _) = probe!(leaves_a_pool);
    call_probe(&switch, &alice);
    switch.end();
}

unsafe extern "C" fn leaves_a_hook(session: Session, _: *const c_char) {
    unsafe extern "C" fn hook(_: Session, _: *mut sys::switch_core_session_message_t) -> u32 {
        sys::SWITCH_STATUS_SUCCESS
    }
    // SAFETY: as above; the hook is there as long as this program.
    unsafe { sys::switch_core_event_hook_add_receive_message(session, Some(hook)) };
}

#[test]
#[should_panic(expected = "a hook on leg 0")]
fn a_hook_that_outlives_the_module() {
    let (mut switch, alice, _) = probe!(leaves_a_hook);
    switch.extension("4", &[("probe", ""), ("park", "")]);
    alice.calls("4");
    switch.run_for(1.0);
    let error = switch.unload().expect_err("left behind");
    panic!("{error}");
}

unsafe extern "C" fn plays_on_its_partner(session: Session, _: *const c_char) {
    unsafe {
        let mut partner = ptr::null_mut();
        sys::switch_core_session_perform_get_partner(session, &mut partner, FILE, FILE, 0);
        sys::switch_ivr_play_file(partner, ptr::null_mut(), c"x.wav".as_ptr(), ptr::null_mut());
    }
}

#[test]
#[should_panic(expected = "from another thread than its own")]
fn media_from_a_foreign_thread() {
    let (switch, alice, bob) = probe!(plays_on_its_partner);
    bob.answers_after(1);
    let call = alice.calls("3");
    switch.run_until(|| call.is_bridged());
    call.keys_in("probe", "");
    switch.run_for(1.0);
}

#[test]
#[should_panic(expected = "it never became true what")]
fn a_scenario_that_waits_in_vain_says_where() {
    let (switch, _, _) = probe!(leaves_a_pool);
    switch.run_until(|| false);
}
