//! SIP and commands: what only the own thread of a held call may do.

use super::{PROMPT, assert_unbroken, held, open, parked, prompt};
use callpark_live::{conf::Conf, crowd, wait, wire::Offer};
use std::time::Duration;

/// The host itself pauses for so long when a phone holds its call.
const HOLD_PAUSE: Duration = Duration::from_millis(250);

#[test]
fn a_caller_who_hangs_up_is_answered_at_once() {
    let (office, wire) = open(Conf::default());
    let took = (0..5).map(|_| {
        let call = parked(&office, &wire);
        let took = wire.hang_up(&call);
        office.switch.await_no_call_in_slots();
        took
    });
    prompt(took.collect(), PROMPT);
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_caller_who_holds_and_resumes_has_its_music_back() {
    let (office, wire) = open(Conf::default());
    let call = parked(&office, &wire);
    let mut took = Vec::new();
    for _ in 0..3 {
        took.push(wire.reinvite(&call, "sendonly"));
        held(&office.switch, "1", "thread (on hold, or without audio)");
        wait::expect("nothing is sent to a phone that holds", || {
            wire.listen(&call, Duration::from_millis(500)).is_empty()
        });
        took.push(wire.reinvite(&call, "sendrecv"));
        held(&office.switch, "1", "shared");
        wait::expect("music is sent again", || {
            wire.listen(&call, Duration::from_millis(500)).len() > 20
        });
    }
    prompt(took, HOLD_PAUSE + PROMPT);
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_re_invite_that_changes_nothing_costs_no_more_than_a_moment_of_music() {
    let (office, wire) = open(Conf::default());
    let call = parked(&office, &wire);
    wire.forget(&call);
    let took = (0..5).map(|_| wire.reinvite(&call, "sendrecv"));
    prompt(took.collect(), PROMPT);
    wait::pass(Duration::from_secs(1));
    let heard = wire.heard(&call);
    assert!(heard.len() > 40, "{}", heard.len());
    held(&office.switch, "1", "shared");
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_session_timer_is_refreshed_while_the_call_is_held() {
    // The least that the standard allows; the refresh comes after half of it.
    const EXPIRES: u32 = 90;
    let conf = Conf::default()
        .profile_param("session-timeout", "90")
        .profile_param("minimum-session-expires", "90");
    let (office, wire) = open(conf);
    let offer = Offer {
        session_expires: Some(EXPIRES),
        ..Offer::default()
    };
    let call = wire.call_with("enter1", offer);
    held(&office.switch, "1", "shared");
    let patience = Duration::from_secs(u64::from(EXPIRES) * 2 / 3);
    let refreshed = wait::until(patience, || {
        let asked = wire.asked(&call);
        let refresh = |method: &String| method == "INVITE" || method == "UPDATE";
        asked.iter().any(refresh).then_some(())
    });
    assert!(refreshed.is_some(), "{:?}", wire.asked(&call));
    wait::pass(Duration::from_secs(1));
    held(&office.switch, "1", "shared");
    assert_unbroken(&wire.listen(&call, Duration::from_secs(2)));
    assert!(!wire.is_over(&call));
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn the_core_s_commands_act_on_a_call_in_the_engine() {
    let (office, wire) = open(Conf::default());
    let switch = &office.switch;
    let leg = |slot: &str| {
        let call = switch.await_slot(slot, "parked");
        call["uuid"].as_str().unwrap().to_owned()
    };
    let call = parked(&office, &wire);
    assert!(
        switch
            .api(&format!("uuid_break {}", leg("1")))
            .contains("+OK")
    );
    assert!(wire.listen(&call, Duration::from_secs(1)).len() > 40);
    held(switch, "1", "shared");
    switch.api(&format!("uuid_kill {}", leg("1")));
    wait::expect("the caller is told", || wire.is_over(&call));
    switch.await_no_call_in_slots();
    let call = parked(&office, &wire);
    switch.api(&format!("uuid_transfer {} operator XML default", leg("1")));
    switch.await_no_call_in_slots();
    assert!(!wire.is_over(&call));
    wire.hang_up(&call);
    crowd::nothing_left(switch);
}
