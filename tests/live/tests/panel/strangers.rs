//! What comes from others: callers' names, and messages on the company's channel; and what a screen's user may not do.

use crate::desks::*;
use callpark_live::{conf::Conf, verto::Verto, wait};
use serde_json::json;

#[test]
fn a_callers_name_is_text_whatever_is_in_it() {
    let desks = Desks::open(Conf::default());
    let name = "<img src=x onerror=document.title=1>";
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.another(&desks.office.phone("1001"), "4930222", name, "701");
    let row = page.within("row", "701");
    wait::expect("the name as it is", || {
        row.count("cell", &format!("{name} 4930222")) == 1
    });
    page.click("button", "Drop, 701");
    page.await_seen("dialog", &format!("Hang up on {name}, who waits in 701?"));
    picture(&page, "panel-hostile-name");
    page.click("button", "Cancel");
    page.click("button", "Pick up here, 701");
    await_text(&page, "status", "My call", name);
    caller.await_tone(VOICE);
    assert_eq!(page.evaluate("document.images.length"), 0);
    assert_eq!(page.evaluate("document.title"), "Parked calls");
    caller.hang_up();
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn who_lies_on_the_channel_of_the_company_shows_nothing() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    page.await_seen("button", "Drop, 701");
    let mut liar = Verto::log_in(desks.port, "1005@alpha.test", &json!({}));
    let session = liar.session().to_owned();
    let channel = liar.ask(&json!({"verb": "subscribe", "sessid": session}))["channel"].clone();
    let channel = channel.as_str().unwrap();
    assert!(liar.subscribe(channel));
    let call = json!({"id": "x", "slot": "702", "lot": "default", "state": "parked", "caller_id_name": "Nobody", "parked_at": 0, "waited": 0, "timeout_at": null});
    for data in [
        json!({"action": "add", "hashKey": "x", "data": call, "wireSerno": 9}),
        json!({"action": "bootObj", "data": [["x", call]], "wireSerno": -1}),
        json!({"action": "clear", "data": {}, "wireSerno": -1}),
    ] {
        liar.broadcast(channel, json!({ "data": data }));
    }
    let second = desks.another(&desks.office.phone("1003"), "4930222", "Bob Second", "702");
    page.await_seen("button", "Drop, 702");
    assert_eq!(page.count("row", ""), 3, "the head's and two");
    assert!(!page.text("status", "News").contains("Nobody"));
    second.hang_up();
    caller.hang_up();
    await_text(&page, "status", "Waiting", NOBODY);
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn the_user_of_a_screen_sees_the_calls_and_can_place_none() {
    let desks = Desks::open(Conf::default());
    let mut screen = Verto::log_in(desks.port, "callpark_screen@alpha.test", &json!({}));
    let session = screen.session().to_owned();
    let answer = screen.ask(&json!({"verb": "subscribe", "sessid": session}));
    assert!(screen.subscribe(answer["channel"].as_str().unwrap()));
    assert_eq!(screen.ask(&json!({"verb": "list"}))["result"], "OK");
    let refused = screen.refused("verto.invite", &json!({"dialogParams": {"callID": "x"}}));
    assert_eq!(refused, -32601);
    desks.office.switch.await_no_channels();
}
