//! What the list shows.

use crate::desks::*;
use callpark_live::{
    conf::{Conf, MUSIC},
    office::SECOND_NUMBER,
    wait,
};
use serde_json::json;

#[test]
fn it_shows_who_waits_where_since_when_and_whom_to_thank() {
    let desks = Desks::open(Conf::default().lot("timeout", "100"));
    let page = desks.panel("1002@alpha.test", DESKTOP);
    await_text(&page, "status", "Waiting", NOBODY);
    page.await_gone("table", "");
    is_accessible(&page);
    picture(&page, "panel-empty");
    let parker = desks.office.phone("1001");
    let first = desks.office.parked_by(&parker);
    await_text(&page, "status", "Waiting", ONE);
    await_text(&page, "status", "News", "Ann Caller is parked at 701.");
    let row = page.within("row", "701");
    assert_eq!(row.count("cell", "Ann Caller 4930111"), 1);
    assert_eq!(row.count("cell", "1001"), 1);
    wait::expect("its clock runs", || {
        (2..9).any(|seconds| row.count("cell", &format!("0:{seconds:02}")) == 1)
    });
    wait::expect("the ring-back's clock runs", || {
        (85..100).any(|left| row.count("cell", &format!("Rings back in 1:{:02}", left - 60)) == 1)
    });
    let second = desks.another(&parker, "4930222", "Bob Second", "702");
    await_text(&page, "status", "News", "Bob Second is parked at 702.");
    picture(&page, "panel-desktop");
    desks
        .office
        .switch
        .ok("callpark return default@alpha.test 702");
    parker.await_ring(3);
    let ringing = page.within("row", "702");
    wait::expect("it rings back", || {
        ringing.count("cell", "Rings back now") == 1
    });
    picture(&page, "panel-ring-back");
    page.dark(true);
    picture(&page, "panel-dark");
    is_accessible(&page);
    desks
        .office
        .switch
        .ok("callpark move default@alpha.test 701 709");
    wait::expect("the row moves with its call", || {
        page.count("button", "Drop, 709") == 1 && page.count("button", "Drop, 701") == 0
    });
    first.hang_up();
    second.hang_up();
    await_text(&page, "status", "Waiting", NOBODY);
    page.await_gone("table", "");
    // That somebody was parked there is no news any more.
    await_silence(&page, "status", "News");
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn in_the_hand_each_caller_is_a_card_and_the_rarer_buttons_are_behind_one() {
    let desks = Desks::open(Conf::default().lot("timeout", "100"));
    let page = desks.panel("1002@alpha.test", HANDHELD);
    let parker = desks.office.phone("1001");
    let first = desks.office.parked_by(&parker);
    let second = desks.another(&parker, "4930222", "Bob Second", "702");
    page.await_seen("button", "Pick up here, 702");
    // What there is no room for is behind a button.
    page.await_gone("button", "Return to parker, 702");
    page.click("button", "More for 702");
    page.click("button", "Return to parker, 702");
    parker.await_ring(3);
    is_accessible(&page);
    page.press("button", "Drop, 702", "Escape");
    page.await_gone("button", "Drop, 702");
    assert_eq!(page.focused(), "More for 702");
    wait::expect("it rings back", || {
        page.within("row", "702").count("cell", "Rings back now") == 1
    });
    picture(&page, "panel-phone");
    is_accessible(&page);
    // Each is as large as a finger.
    let small = "[...document.querySelectorAll('button')].filter((button) => button.offsetHeight > 0
        && (button.offsetHeight < 44 || button.offsetWidth < 44)).map(({ textContent }) => textContent)";
    assert_eq!(page.evaluate(small), json!([]));
    first.hang_up();
    second.hang_up();
    await_text(&page, "status", "Waiting", NOBODY);
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn a_display_on_the_wall_shows_one_large_line_a_caller_and_nothing_to_press() {
    let desks = Desks::open(Conf::default().lot("timeout", "100"));
    let parker = desks.office.phone("1001");
    let first = desks.office.parked_by(&parker);
    let second = desks.another(&parker, "4930222", "Bob Second", "702");
    let wall = desks.page_at("wall", "127.0.0.1", "index.html?wall", WALL);
    sign_in(&wall, "callpark_screen@alpha.test");
    wall.await_seen("row", "");
    wait::expect("both rows", || wall.count("row", "") == 3);
    assert_eq!(wall.count("button", ""), 0);
    let large = "parseFloat(getComputedStyle(document.querySelector('td.SLOT')).fontSize) / 16";
    for part in ["slot b", "waiting"] {
        let size = wall
            .evaluate(&large.replace("SLOT", part))
            .as_f64()
            .unwrap();
        assert!((3.0..7.0).contains(&size), "{part}: {size}");
    }
    desks
        .office
        .switch
        .ok("callpark return default@alpha.test 702");
    wait::expect("it rings back", || {
        wall.within("row", "702").count("cell", "Rings back now") == 1
    });
    picture(&wall, "panel-wall");
    is_accessible(&wall);
    // It stays signed in.
    wall.reload();
    await_text(&wall, "status", "Connection", "Connected");
    first.hang_up();
    second.hang_up();
    await_text(&wall, "status", "Waiting", NOBODY);
    no_errors(&wall);
    desks.office.switch.everything_is_over();
}

#[test]
fn a_slot_that_is_held_for_a_call_is_nobody_who_waits_and_its_caller_is_told_when_there() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let (parker, caller) = (desks.office.phone("1001"), desks.office.caller());
    desks.office.talk(&caller, &parker);
    parker.hold();
    parker.dial("700");
    let row = page.within("row", "701");
    wait::expect("the slot is shown as held", || {
        row.count("cell", "Reserved by 1001") == 1 && row.count("cell", "Being parked") == 1
    });
    assert_eq!(page.text("status", "Waiting"), NOBODY);
    assert_eq!(
        why_not(&page, "Pick up here, 701"),
        "This call is still being parked."
    );
    is_accessible(&page);
    parker.await_tone(callpark_live::conf::digit_tone(1));
    parker.attended_transfer();
    await_text(&page, "status", "News", "Ann Caller is parked at 701.");
    assert_eq!(page.text("status", "Waiting"), ONE);
    assert_eq!(why_not(&page, "Pick up here, 701"), "");
    caller.hang_up();
    await_text(&page, "status", "Waiting", NOBODY);
    desks.office.switch.everything_is_over();
}

#[test]
fn what_is_not_known_of_the_next_step_is_not_claimed_and_lots_and_labels_are_told() {
    let sales = r#"<lot name="sales" domain="*"><param name="slots" value="801-809"/></lot>"#;
    let desks = Desks::open(Conf::default().more_lots(sales).lot("timeout", "100"));
    let switch = &desks.office.switch;
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    let row = page.within("row", "701");
    wait::expect("the row", || row.count("cell", "701") == 1);
    // An outside caller who has come by itself has no parker.
    let other = desks.office.second_caller();
    other.dial("operator");
    let leg = switch.leg_of(SECOND_NUMBER);
    switch.ok(&format!("uuid_setvar {leg} callpark_label oak"));
    switch.ok(&format!("callpark park {leg} sales@alpha.test 801"));
    let row = page.within("row", "801");
    wait::expect("lot and label", || {
        row.count("cell", "801 sales") == 1 && row.count("cell", "Bob Second 4930222 oak") == 1
    });
    assert_eq!(page.within("row", "701").count("cell", "701 default"), 1);
    let next = "document.querySelectorAll('td.due')[1].textContent";
    wait::expect("a next step", || {
        let next = page.evaluate(next);
        next.as_str().unwrap().starts_with("Next step in 1:")
    });
    assert_eq!(
        why_not(&page, "Return to parker, 801"),
        "Nobody knows who parked this call."
    );
    caller.hang_up();
    other.hang_up();
    await_text(&page, "status", "Waiting", NOBODY);
    no_errors(&page);
    switch.everything_is_over();
}

#[test]
fn the_panels_of_two_companies_show_each_its_own() {
    let desks = Desks::open(Conf::default());
    let (office, switch) = (&desks.office, &desks.office.switch);
    let (alpha, beta) = (
        desks.panel("1002@alpha.test", DESKTOP),
        desks.panel("1002@beta.test", DESKTOP),
    );
    let caller = office.parked_by(&office.phone("1001"));
    alpha.await_seen("button", "Drop, 701");
    let theirs = ["1001", "1003"].map(|user| office.phone_of(user, "beta.test"));
    office.talk(&theirs[1], &theirs[0]);
    let leg = switch.leg_of("1003");
    switch.ok(&format!(
        "callpark park {leg} default@beta.test 705 parker=1001@beta.test"
    ));
    beta.await_seen("button", "Drop, 705");
    for (page, own, other) in [(&alpha, "701", "705"), (&beta, "705", "701")] {
        await_text(page, "status", "Waiting", ONE);
        assert_eq!(page.count("button", &format!("Drop, {own}")), 1);
        assert_eq!(page.count("button", &format!("Drop, {other}")), 0);
    }
    picture(&alpha, "panel-alpha");
    picture(&beta, "panel-beta");
    beta.click("button", "Pick up here, 705");
    theirs[1].await_tone(VOICE);
    await_text(&beta, "status", "Waiting", NOBODY);
    await_text(&alpha, "status", "Waiting", ONE);
    caller.await_tone(MUSIC);
    theirs[1].hang_up();
    caller.hang_up();
    for page in [&alpha, &beta] {
        await_text(page, "status", "Waiting", NOBODY);
        no_errors(page);
    }
    switch.everything_is_over();
}

#[test]
fn urgency_is_seen_without_colours() {
    let desks = Desks::open(Conf::default().lot("timeout", "16"));
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let parker = desks.office.phone("1001");
    let caller = desks.office.parked_by(&parker);
    let weight = "Number(getComputedStyle(document.querySelector('td.due')).fontWeight)";
    let row = page.within("row", "701");
    wait::expect("the ring-back is near", || {
        (1..=15).any(|left| row.count("cell", &format!("Rings back in 0:{left:02}")) == 1)
            && page.evaluate(weight) == json!(700)
    });
    is_accessible(&page);
    parker.await_ring(2);
    wait::expect("it rings", || {
        row.count("cell", "Rings back now") == 1 && page.evaluate(weight) == json!(700)
    });
    caller.hang_up();
    await_text(&page, "status", "Waiting", NOBODY);
    desks.office.switch.everything_is_over();
}
