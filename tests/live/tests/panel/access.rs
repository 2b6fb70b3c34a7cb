//! The page from the keyboard: everything is reached, and what has the focus does not lose it to nowhere.

use crate::desks::*;
use callpark_live::{
    conf::{Conf, password},
    wait,
};

/// Presses a key so often, and tells what has the focus each time.
fn walk(page: &callpark_live::browser::Page, key: &str, steps: usize) -> Vec<String> {
    let step = |_| {
        page.key(key);
        page.focused()
    };
    (0..steps).map(step).collect()
}

#[test]
fn everything_is_reached_by_the_tab_key_in_the_order_in_which_it_is_seen() {
    let desks = Desks::open(Conf::default());
    let page = desks.page("keyboard", DESKTOP);
    assert_eq!(walk(&page, "Tab", 2), ["user", "password"]);
    page.fill("textbox", "User", "1002@alpha.test");
    type_secretly(&page, "password", &password("1002"));
    assert_eq!(walk(&page, "Tab", 2), ["password", "stay"]);
    assert_eq!(walk(&page, "Tab", 1), ["Sign in"]);
    page.key("Enter");
    // What was pressed is gone; the list is what it has led to.
    wait::expect("the list has the focus", || page.focused() == "list-title");
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    page.await_seen("button", "Drop, 701");
    let seen = [
        "Pick up here, 701",
        "Pick up on my phone, 701",
        "Return to parker, 701",
        "Transfer, 701",
        "Drop, 701",
        "Dismiss",
        "Park my call",
    ];
    assert_eq!(walk(&page, "Tab", seen.len()), seen);
    let back: Vec<_> = seen.iter().rev().skip(1).copied().collect();
    assert_eq!(walk(&page, "Shift+Tab", back.len()), back);
    page.key("Enter");
    await_text(&page, "status", "My call", "Talking to Ann Caller");
    // Its row has left.
    await_text(&page, "status", "Waiting", NOBODY);
    wait::expect("the focus is in the list", || {
        page.focused() == "list-title"
    });
    page.press("button", "Keypad", "Enter");
    assert_eq!(walk(&page, "Tab", 3), ["Hang up", "1", "2"]);
    page.press("button", "Hang up", "Enter");
    caller.await_end(1);
    wait::expect("what is left of the call bar has the focus", || {
        page.focused() == "Park my call"
    });
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn what_leaves_with_the_focus_on_it_passes_it_on_and_never_to_another_callers_button() {
    let desks = Desks::open(Conf::default().rings_pages());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let parker = desks.office.phone("1001");
    let caller = desks.office.parked_by(&parker);
    let other = desks.another(&parker, "4930222", "Bob Second", "702");
    page.await_seen("button", "Drop, 702");
    page.evaluate("document.querySelector('[aria-label=\"Pick up here, 701\"]').focus()");
    caller.hang_up();
    page.await_gone("button", "Drop, 701");
    assert_eq!(page.focused(), "TR");
    assert_eq!(walk(&page, "Tab", 1), ["Pick up here, 702"]);
    // A button that cannot be used for a while keeps it.
    unplug(&page);
    assert_eq!(page.focused(), "Pick up here, 702");
    plug(&page);
    wait::expect("it can be used again", || {
        why_not(&page, "Transfer, 702").is_empty()
    });
    assert_eq!(page.focused(), "Pick up here, 702");
    // A question about somebody who leaves meanwhile.
    page.press("button", "Transfer, 702", "Enter");
    page.await_seen("dialog", "Transfer Bob Second");
    other.hang_up();
    await_text(&page, "status", "Waiting", NOBODY);
    page.key("Escape");
    page.await_gone("dialog", "");
    assert_eq!(page.focused(), "list-title");
    // A call that is answered, and one that the other side ends.
    let caller = desks.office.caller();
    caller.dial("1002");
    page.press("button", "Answer", "Enter");
    caller.await_tone(VOICE);
    await_text(&page, "status", "My call", "Talking to");
    assert_eq!(page.focused(), "Park my call");
    page.press("button", "Hang up", "Shift+Tab");
    assert_eq!(page.focused(), "Keypad");
    caller.hang_up();
    await_text(&page, "status", "My call", "No call");
    assert_eq!(page.focused(), "Park my call");
    desks.office.switch.everything_is_over();
}
