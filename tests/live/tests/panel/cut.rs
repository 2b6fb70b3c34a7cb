//! A connection that is lost during a call.

use crate::desks::*;
use callpark_live::conf::Conf;

const CUT: &str = "Cut off from Ann Caller (4930111).";

#[test]
fn a_call_outlives_a_connection_that_is_lost_and_comes_back() {
    let desks = Desks::open(Conf::default());
    let switch = &desks.office.switch;
    let (page, caller) = desks.picked_up();
    // Twice: what has come back once can be lost again.
    for _ in 0..2 {
        unplug(&page);
        await_text(&page, "status", "My call", CUT);
        await_text(&page, "status", "Waiting", "Who is waiting is not known.");
        caller.hears_no_more(VOICE);
        is_accessible(&page);
        picture(&page, "panel-cut-off");
        plug(&page);
        await_text(&page, "status", "My call", TALKING);
        caller.await_tone(VOICE);
        await_sound(&page, caller.tone());
    }
    page.click("button", "Park my call");
    await_text(&page, "status", "Parked at", "701");
    switch.await_slot("701", "parked");
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_call_outlives_a_connection_of_which_the_switch_does_not_know_that_it_is_lost() {
    let desks = Desks::open(Conf::default());
    let (page, caller) = desks.picked_up();
    for _ in 0..3 {
        lose(&page);
        await_text(&page, "status", "My call", CUT);
        plug(&page);
        await_text(&page, "status", "My call", TALKING);
        caller.await_tone(VOICE);
        await_sound(&page, caller.tone());
        assert!(caller.keeps_hearing(VOICE, std::time::Duration::from_secs(2)));
    }
    page.click("button", "Hang up");
    caller.await_end(1);
    desks.office.switch.everything_is_over();
}

#[test]
fn who_hangs_up_while_the_connection_is_lost_leaves_nobody_in_silence() {
    let desks = Desks::open(Conf::default());
    let (page, caller) = desks.picked_up();
    unplug(&page);
    page.click("button", "Hang up");
    await_text(&page, "status", "My call", "No call on this page.");
    plug(&page);
    caller.await_end(1);
    desks.office.switch.everything_is_over();
}

#[test]
fn a_call_that_ends_while_the_connection_is_lost_has_ended_on_the_page_too() {
    let desks = Desks::open(Conf::default());
    let (page, caller) = desks.picked_up();
    unplug(&page);
    await_text(&page, "status", "My call", CUT);
    caller.hang_up();
    desks.office.switch.everything_is_over();
    plug(&page);
    await_text(
        &page,
        "status",
        "My call",
        "The call has ended: the connection was lost.",
    );
}
