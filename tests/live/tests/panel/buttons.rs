//! What the buttons do with the calls of phones, and what they say when they cannot.

use crate::desks::*;
use callpark_live::{
    conf::{Conf, MUSIC, password},
    scenes::OPERATOR,
    wait,
};

#[test]
fn its_buttons_do_what_they_say() {
    let desks = Desks::open(Conf::default());
    let switch = &desks.office.switch;
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let (parker, phone) = (desks.office.phone("1001"), desks.office.phone("1002"));
    let caller = desks.office.parked_by(&parker);

    page.click("button", "Return to parker, 701");
    parker.await_ring(2);
    wait::expect("it rings back", || {
        page.within("row", "701").count("cell", "Rings back now") == 1
    });
    page.click("button", "Pick up on my phone, 701");
    let (name, number) = phone.await_ring(1);
    assert_eq!(
        (name.as_str(), number.as_str()),
        ("Ann Caller", "sip:4930111@alpha.test")
    );
    phone.answer();
    phone.talks_with(&caller);
    await_text(&page, "status", "Waiting", NOBODY);
    assert_eq!(switch.action("retrieve")["Retrieved-By"], "1002@alpha.test");

    // Whom the user's own phone talks to is parked from the page, and the slot is shown large, as long as the call is there.
    page.click("button", "Park my call");
    await_text(&page, "status", "Parked at", "701");
    caller.await_tone(MUSIC);
    assert_eq!(
        switch.await_slot("701", "parked")["parked_by"],
        "1002@alpha.test"
    );
    picture(&page, "panel-parked-at");
    switch.ok("callpark move default@alpha.test 701 707");
    await_text(&page, "status", "Parked at", "707");
    switch.ok("callpark move default@alpha.test 707 701");
    await_text(&page, "status", "Parked at", "701");

    caller.hang_up();
    await_silence(&page, "status", "Parked at");
    await_text(&page, "status", "Waiting", NOBODY);
    no_errors(&page);
    switch.everything_is_over();
}

#[test]
fn what_ends_a_wait_is_asked_for_first_and_a_no_changes_nothing() {
    let desks = Desks::open(Conf::default());
    let switch = &desks.office.switch;
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let parker = desks.office.phone("1001");
    let caller = desks.office.parked_by(&parker);
    page.click("button", "Drop, 701");
    page.await_seen("dialog", "Hang up on Ann Caller, who waits in 701?");
    picture(&page, "panel-question");
    is_accessible(&page);
    page.click("button", "Cancel");
    page.await_gone("dialog", "");
    page.click("button", "Drop, 701");
    page.press("button", "Cancel", "Escape");
    page.await_gone("dialog", "");
    switch.await_slot("701", "parked");

    page.click("button", "Transfer, 701");
    page.fill("textbox", "To which number", "operator");
    page.press("textbox", "To which number", "Enter");
    caller.await_tone(OPERATOR);
    await_text(
        &page,
        "status",
        "News",
        "Ann Caller was transferred to operator.",
    );
    caller.hang_up();

    // From the keyboard alone.
    let caller = desks.office.parked_by(&parker);
    page.await_seen("button", "Drop, 701");
    page.press("button", "Drop, 701", "Enter");
    page.await_seen("dialog", "");
    page.press("button", "Cancel", "Tab");
    page.press("button", "Hang up", "Enter");
    caller.await_end(1);
    assert_eq!(switch.action("drop")["Park-Slot"], "701");
    await_text(&page, "status", "Waiting", NOBODY);
    no_errors(&page);
    switch.everything_is_over();
}

#[test]
fn what_it_cannot_do_it_says_in_words() {
    let desks = Desks::open(Conf::default());
    let switch = &desks.office.switch;
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let news = |text: &str| {
        await_text(&page, "status", "News", text);
        page.click("button", "Dismiss");
        await_silence(&page, "status", "News");
    };
    page.click("button", "Park my call");
    news("You are in no call that could be parked.");
    let (parker, phone) = (desks.office.phone("1001"), desks.office.phone("1002"));
    let caller = desks.office.parked_by(&parker);
    news("Ann Caller is parked at 701.");
    let other = desks.office.second_caller();
    desks.office.talk(&other, &phone);
    switch.ok("callpark drain on");
    page.click("button", "Park my call");
    news("Call park takes no more calls at the moment.");
    page.click("button", "Transfer, 701");
    page.fill("textbox", "To which number", "two words");
    page.press("textbox", "To which number", "Enter");
    news("That is no number to transfer to.");
    // Who is reached nowhere.
    let lonely = desks.panel("1009@alpha.test", DESKTOP);
    lonely.click("button", "Pick up on my phone, 701");
    await_text(&lonely, "status", "News", "Your phone cannot be rung");
    other.hang_up();
    caller.hang_up();
    await_text(&page, "status", "Waiting", NOBODY);
    switch.ok("unload mod_callpark");
    await_text(&page, "alert", "", "Call park is not there");
    page.click("button", "Park my call");
    news("Call park is not there");
    switch.await_no_channels();
}

#[test]
fn a_pin_is_asked_for_and_a_wrong_password_is_told() {
    let desks = Desks::open(Conf::default().lot("pin", "4711"));
    let page = desks.page("stranger", DESKTOP);
    picture(&page, "panel-sign-in");
    is_accessible(&page);
    sign_in_with(&page, "1002@alpha.test", "guessed");
    await_text(&page, "alert", "", "the user or the password is wrong");
    is_accessible(&page);
    page.await_seen("form", "Sign in");
    assert_eq!(page.focused(), "password");
    sign_in(&page, "1002@alpha.test");
    assert_eq!(page.text("alert", ""), "");

    let phone = desks.office.phone("1002");
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    page.click("button", "Pick up on my phone, 701");
    give_pin(&page, "This slot has a PIN", "1234");
    give_pin(&page, "That PIN is wrong", "4711");
    phone.await_ring(1);
    phone.answer();
    phone.talks_with(&caller);
    caller.hang_up();
    // Signed out, it shows nothing and asks nothing.
    page.click("button", "Sign out");
    page.await_seen("form", "Sign in");
    page.await_gone("region", "Waiting callers");
    assert_eq!(page.focused(), "user");
    assert_eq!(
        page.evaluate("localStorage.length + sessionStorage.length"),
        0
    );
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

fn give_pin(page: &callpark_live::browser::Page, title: &str, pin: &str) {
    page.await_seen("dialog", title);
    page.evaluate(&format!(
        "document.querySelector('#question input').value = '{pin}'"
    ));
    page.click("button", "Go on");
}

#[test]
fn a_question_waits_for_the_one_before_it() {
    let desks = Desks::open(Conf::default().lot("pin", "4711"));
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let phone = desks.office.phone("1002");
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    // That a PIN is needed arrives when another question is open.
    page.await_seen("button", "Pick up on my phone, 701");
    page.evaluate("holds = ({ result }) => result?.result === 'BAD_PIN'");
    page.click("button", "Pick up on my phone, 701");
    wait::expect("the answer is on its way", || page.evaluate("kept()") == 1);
    page.click("button", "Drop, 701");
    page.await_seen("dialog", "Hang up on Ann Caller, who waits in 701?");
    page.evaluate("release()");
    page.click("button", "Cancel");
    give_pin(&page, "This slot has a PIN", "4711");
    phone.await_ring(1);
    phone.answer();
    phone.talks_with(&caller);
    caller.hang_up();
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn over_plain_http_everything_works_but_talking_and_the_page_says_so() {
    let desks = Desks::open(Conf::default());
    let page = desks.page_at("http", "pbx.test", "index.html", DESKTOP);
    assert_eq!(page.evaluate("isSecureContext"), false);
    sign_in_with(&page, "1002@alpha.test", &password("1002"));
    await_text(&page, "status", "Connection", "Connected");
    await_text(&page, "status", "My call", "only to pages from https");
    let phone = desks.office.phone("1002");
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    page.await_seen("button", "Drop, 701");
    page.await_gone("button", "Pick up here, 701");
    is_accessible(&page);
    page.click("button", "Pick up on my phone, 701");
    phone.await_ring(1);
    phone.answer();
    phone.talks_with(&caller);
    await_text(&page, "status", "Waiting", NOBODY);
    page.click("button", "Park my call");
    await_text(&page, "status", "Parked at", "701");
    caller.await_tone(MUSIC);
    page.click("button", "Drop, 701");
    page.click("button", "Hang up");
    caller.await_end(1);
    await_text(&page, "status", "Waiting", NOBODY);
    no_errors(&page);
    desks.office.switch.everything_is_over();
}
