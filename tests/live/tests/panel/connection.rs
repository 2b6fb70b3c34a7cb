//! A connection that is lost, and users who are not let in.

use crate::desks::*;
use callpark_live::{conf::Conf, wait};
use serde_json::json;

const LOST: &str = "There is no connection to the switch.";

#[test]
fn a_connection_that_is_lost_is_told_and_comes_back_by_itself() {
    let desks = Desks::open(Conf::default());
    let switch = &desks.office.switch;
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let parker = desks.office.phone("1001");
    let caller = desks.office.parked_by(&parker);
    page.await_seen("button", "Drop, 701");
    // What is told to who listens: once that it is lost, however often it is tried.
    page.evaluate(
        "(() => { globalThis.told = [];
          const status = document.getElementById('connection');
          new MutationObserver(() => told.push(status.textContent))
            .observe(status, { childList: true, characterData: true, subtree: true }); })()",
    );
    switch.ok("unload mod_verto");
    await_text(&page, "alert", "", LOST);
    assert_eq!(page.text("status", "Connection"), "No connection");
    for button in ["Pick up here, 701", "Drop, 701", "park"] {
        assert_eq!(why_not(&page, button), LOST);
    }
    picture(&page, "panel-no-connection");
    is_accessible(&page);
    let second = desks.another(&parker, "4930222", "Bob Second", "702");
    caller.hang_up();
    switch.ok("load mod_verto");
    await_text(&page, "status", "Connection", "Connected");
    page.await_seen("button", "Drop, 702");
    page.await_gone("button", "Drop, 701");
    assert_eq!(page.evaluate("told"), json!(["No connection", "Connected"]));
    await_silence(&page, "alert", "");
    // It is told again of what changes.
    second.hang_up();
    await_text(&page, "status", "Waiting", NOBODY);
    // The module itself may go and come, too.
    switch.ok("unload mod_callpark");
    wait::expect("the page says that there is no list", || {
        page.text("alert", "")
            .contains("No list. Call park is not there")
    });
    switch.ok("load mod_callpark");
    await_silence(&page, "alert", "");
    let caller = desks.another(&parker, "4930222", "Bob Second", "701");
    page.await_seen("button", "Drop, 701");
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_password_that_was_changed_is_asked_for() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    desks.directory(|xml| xml.replace("secret-1002", "changed-1002"));
    page.evaluate("unplug(undefined)");
    await_text(&page, "alert", "", "the user or the password is wrong");
    page.await_seen("form", "Sign in");
    assert_eq!(
        page.evaluate("document.getElementById('user').value"),
        "1002@alpha.test"
    );
    assert_eq!(page.focused(), "password");
    sign_in_with(&page, "1002@alpha.test", "changed-1002");
    await_text(&page, "status", "Connection", "Connected");
}

#[test]
fn a_screen_that_starts_while_the_directory_is_down_waits_for_it() {
    let desks = Desks::open(Conf::default());
    let wall = desks.page_at("wall", "127.0.0.1", "index.html?wall", WALL);
    sign_in(&wall, "callpark_screen@alpha.test");
    desks.directory(|xml| xml.replace(r#"<domain name="alpha.test">"#, r#"<domain name="x">"#));
    wall.reload();
    let unknown = "The switch does not know callpark_screen@alpha.test at the moment.";
    await_text(&wall, "alert", "", unknown);
    is_accessible(&wall);
    desks.directory(|xml| xml.replace(r#"<domain name="x">"#, r#"<domain name="alpha.test">"#));
    await_text(&wall, "status", "Connection", "Connected");
    await_text(&wall, "status", "Waiting", NOBODY);
}
