//! The stand-in does as the switch does: dials and tasks, seen through a probe.

// A probe is a few host calls in a row. SAFETY, of each that has no comment of its own: the host is the stand-in, which looks
// up every handle before it uses it, and fails the run for a wrong one. Texts are constants or live until the call is over,
// places for results are locals, and NULL is where the host takes it.
#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block
)]

mod probe;

use callpark_standin::Habit;
use freeswitch_sys as sys;
use probe::{FILE, Session, call_probe, channel, probe, set, variable};
use std::{
    ffi::{CString, c_char},
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

/// Rings the phone in the variable `to`.
unsafe extern "C" fn dials(session: Session, _: *const c_char) {
    let to = CString::new(variable(session, c"to").unwrap_or_default()).expect("no NUL");
    let (mut leg, mut cause) = (ptr::null_mut(), 0);
    let name = c"Carol".as_ptr();
    unsafe {
        let status = sys::switch_ivr_originate(
            ptr::null_mut(),
            &mut leg,
            &mut cause,
            to.as_ptr(),
            20,
            ptr::null(),
            name,
            name,
            ptr::null_mut(),
            ptr::null_mut(),
            0,
            ptr::null_mut(),
            ptr::null_mut(),
        );
        set(session, c"ended", &format!("{status} {cause}"));
        // The host has read-locked it for the caller, who gives that back.
        if !leg.is_null() {
            sys::switch_channel_perform_hangup(
                channel(leg),
                FILE,
                FILE,
                0,
                sys::SWITCH_CAUSE_PICKED_OFF,
            );
            sys::switch_core_session_rwunlock(leg);
        }
    }
}

#[test]
fn a_dial_ends_as_the_phone_it_rings_does() {
    let (switch, alice, bob) = probe!(dials);
    let expected = [
        (Habit::Answers(3), "0 142"),
        (Habit::Ignores, "1 19"),
        (Habit::Declines(2), "1 21"),
        (Habit::Busy, "1 17"),
        (Habit::Unregistered, "1 806"),
        (Habit::Stuck(4), "1 19"),
    ];
    for (habit, ended) in expected {
        bob.behaves(habit);
        let line = alice.calls("1");
        line.set_variable("to", "user/1002@alpha.test");
        switch.run_for(25.0);
        assert_eq!(line.variable("ended").as_deref(), Some(ended), "{habit:?}");
    }
    let line = alice.calls("1");
    line.set_variable("to", "user/nobody@alpha.test");
    switch.run_for(1.0);
    assert_eq!(line.variable("ended").as_deref(), Some("1 20"));
}

static RUNS: AtomicU32 = AtomicU32::new(0);

unsafe extern "C" fn counts(_: *mut sys::switch_scheduler_task_t) {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

unsafe extern "C" fn adds_tasks(_: Session, _: *const c_char) {
    // SAFETY: as above; the function of the tasks is there as long as this program.
    unsafe {
        let now = sys::switch_epoch_time_now(ptr::null_mut());
        sys::switch_scheduler_add_task(
            now + 2,
            Some(counts),
            FILE,
            c"mine".as_ptr(),
            0,
            ptr::null_mut(),
            0,
        );
        sys::switch_scheduler_add_task(
            now - 1,
            Some(counts),
            FILE,
            c"mine".as_ptr(),
            0,
            ptr::null_mut(),
            0,
        );
    }
}

#[test]
fn a_task_in_the_past_is_lost_for_decades() {
    let (switch, alice, _) = probe!(adds_tasks);
    call_probe(&switch, &alice);
    switch.run_for(100.0);
    assert_eq!(
        RUNS.load(Ordering::Relaxed),
        1,
        "the one in the future has run, the other waits half a century"
    );
    let mut switch = switch;
    let error = switch.unload().expect_err("a task is left");
    assert!(error.contains("task 2 of group mine"), "{error}");
}
