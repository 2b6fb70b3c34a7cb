//! Live lists over verto: what a company's screens are sent as calls come and go, and what others are not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::Conf,
    office::Office,
    phone::Phone,
    verto::{self, Verto},
};
use serde_json::{Value, json};

const ALPHA: &str = "callpark-liveArray.alpha.test";
const BETA: &str = "callpark-liveArray.beta.test";

fn office() -> (Office, u16) {
    let (conf, port) = verto::listening(Conf::default());
    (Office::open(conf), port)
}

fn log_in(port: u16, user: &str) -> Verto {
    Verto::log_in(port, user, &json!({}))
}

fn ask_to_watch(client: &mut Verto) -> Value {
    let session = client.session().to_owned();
    client.ask(&json!({"verb": "subscribe", "sessid": session}))
}

fn bootstrap(context: &str, name: &str) -> Value {
    json!({"data": {"liveArray": {"command": "bootstrap", "context": context, "name": name, "obj": {}}}})
}

/// A client that watches its domain's list; the list's name, and what is in it.
fn watch(client: &mut Verto, channel: &str) -> (String, Vec<Value>) {
    let answer = ask_to_watch(client);
    assert_eq!(
        (&answer["result"], &answer["channel"]),
        (&json!("OK"), &json!(channel)),
        "{answer}"
    );
    let name = answer["name"].as_str().unwrap().to_owned();
    assert!(client.subscribe(channel));
    client.broadcast(channel, bootstrap(channel, &name));
    let list = client.await_event("the whole list", |event| {
        event["data"]["action"] == "bootObj"
    });
    assert_eq!(list["data"]["name"], name, "{list}");
    let rows = list["data"]["data"].as_array().unwrap();
    let calls = rows.iter().map(|row| {
        assert_eq!(row[0], row[1]["id"], "the key is the park id");
        row[1].clone()
    });
    (name, calls.collect())
}

/// The next change: its action, and the call.
fn next(client: &mut Verto) -> (String, Value) {
    let event = client.await_event("a change", |event| {
        event["data"]["wireSerno"].as_i64() > Some(0)
    });
    let data = &event["data"];
    assert_eq!(data["hashKey"], data["data"]["id"], "{event}");
    (
        data["action"].as_str().unwrap().to_owned(),
        data["data"].clone(),
    )
}

/// Waits until a call is in this state.
fn until(client: &mut Verto, state: &str) {
    while next(client).1["state"] != state {}
}

/// What a screen is told of a call.
const FIELDS: [&str; 13] = [
    "id",
    "lot",
    "domain",
    "slot",
    "state",
    "caller_id_number",
    "caller_id_name",
    "parked_by",
    "parked_at",
    "timeout_at",
    "attempts",
    "label",
    "node",
];

/// A second call is parked, moved and returned to its parker: the screen is sent each step. The caller, who talks with it.
fn sees_a_call_come_move_and_go(office: &Office, screen: &mut Verto, parker: &Phone) -> Phone {
    let second = office.second_caller();
    office.talk(&second, parker);
    parker.blind_transfer("700");
    let (action, came) = next(screen);
    assert_eq!((action.as_str(), &came["slot"]), ("add", &json!("702")));
    if came["state"] != "parked" {
        until(screen, "parked");
    }
    office.switch.ok("callpark move default@alpha.test 702 710");
    let (action, moved) = next(screen);
    assert_eq!(
        (action.as_str(), &moved["slot"], &moved["id"]),
        ("modify", &json!("710"), &came["id"])
    );
    office.switch.ok("callpark return default@alpha.test 710");
    parker.await_ring(3);
    until(screen, "ringing");
    parker.answer();
    parker.talks_with(&second);
    let gone = loop {
        let (action, call) = next(screen);
        if action == "del" {
            break call;
        }
    };
    assert_eq!(gone["id"], came["id"]);
    second
}

#[test]
fn a_screen_is_sent_each_call_that_comes_changes_and_goes() {
    let (office, port) = office();
    let switch = &office.switch;
    let parker = office.phone("1001");
    let first = office.parked_by(&parker);
    let mut screen = log_in(port, "1002@alpha.test");
    let (name, calls) = watch(&mut screen, ALPHA);
    let call = switch.await_slot("701", "parked");
    assert_eq!(calls.len(), 1);
    for field in FIELDS {
        assert_eq!(calls[0][field], call[field], "{field}");
    }
    assert_eq!(calls[0]["uuid"], Value::Null, "what no client is told");

    let second = sees_a_call_come_move_and_go(&office, &mut screen, &parker);

    // Who joins late gets what is there, and by the same name.
    let mut late = log_in(port, "1003@alpha.test");
    let (same, calls) = watch(&mut late, ALPHA);
    assert_eq!(same, name);
    assert_eq!((calls.len(), &calls[0]["id"]), (1, &call["id"]));
    first.hang_up();
    for client in [&mut screen, &mut late] {
        let (action, gone) = next(client);
        assert_eq!((action.as_str(), &gone["id"]), ("del", &call["id"]));
    }
    second.hang_up();
    switch.everything_is_over();
    // The whole list went to who asked for it, and to nobody else.
    let again = screen.events();
    assert!(again.is_empty(), "{again:?}");
}

#[test]
fn a_screen_of_an_empty_company_is_sent_an_empty_list_and_then_its_calls() {
    let (office, port) = office();
    let mut screen = log_in(port, "1002@alpha.test");
    assert_eq!(watch(&mut screen, ALPHA).1, Vec::<Value>::new());
    let caller = office.parked_by(&office.phone("1001"));
    assert_eq!(next(&mut screen).0, "add");
    office.switch.ok("callpark reload");
    assert_eq!(
        watch(&mut screen, ALPHA).1.len(),
        1,
        "asked again, it comes again"
    );
    caller.hang_up();
    office.switch.everything_is_over();
}

fn is_let_onto_nothing_before_it_has_asked(thief: &mut Verto) {
    for channel in [
        ALPHA,
        BETA,
        "callpark-liveArray",
        "callpark-liveArray.",
        "callpark-liveArray.*",
    ] {
        assert!(!thief.subscribe(channel), "{channel} before it has asked");
    }
}

fn is_let_onto_its_own_channel_whatever_it_says(thief: &mut Verto) {
    let session = thief.session().to_owned();
    for data in [
        json!({"verb": "subscribe", "sessid": session, "domain": "alpha.test"}),
        json!({"verb": "subscribe", "sessid": session, "lot": "default@alpha.test"}),
        json!({"verb": "subscribe", "sessid": "x y"}),
        json!({"verb": "subscribe"}),
    ] {
        assert_eq!(thief.ask(&data)["result"], "USAGE", "{data}");
    }
    let forged = json!({"verto_user": "1002@alpha.test", "verto_domain": "alpha.test"});
    let request = json!({"sockData": forged, "command": "callpark", "data": {"verb": "subscribe", "sessid": session}});
    assert_eq!(thief.jsapi(request)["channel"], BETA);
    assert!(thief.subscribe(BETA));
}

/// On its own channel it asks for the other's list, by the name that it cannot know, and for the victim's session.
fn is_sent_its_own_list_whatever_it_asks_for(thief: &mut Verto, name: &str, victims_session: &str) {
    thief.broadcast(BETA, bootstrap(ALPHA, name));
    let mut message = bootstrap(ALPHA, name);
    message["sessid"] = json!(victims_session);
    thief.broadcast(BETA, message);
    let list = |event: &Value| event["data"]["action"] == "bootObj";
    for _ in 0..2 {
        let sent = thief.await_event("its own list", list);
        assert_eq!(
            (&sent["eventChannel"], &sent["data"]["data"]),
            (&json!(BETA), &json!([])),
            "{sent}"
        );
    }
}

#[test]
fn a_client_is_let_onto_its_own_companys_channel_and_no_other() {
    let (office, port) = office();
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    let mut thief = log_in(port, "1002@beta.test");
    let mut victim = log_in(port, "1002@alpha.test");
    is_let_onto_nothing_before_it_has_asked(&mut thief);
    let (name, calls) = watch(&mut victim, ALPHA);
    assert_eq!(calls.len(), 1);
    is_let_onto_its_own_channel_whatever_it_says(&mut thief);
    for channel in [
        ALPHA,
        "callpark-liveArray",
        "callpark-liveArray.",
        "callpark-liveArray.alpha",
    ] {
        assert!(!thief.subscribe(channel), "{channel}");
        thief.broadcast(channel, bootstrap(ALPHA, &name));
    }
    is_sent_its_own_list_whatever_it_asks_for(&mut thief, &name, victim.session());
    // A change of the one company is not for the other.
    let second = office.second_caller();
    let parker = office.phone("1003");
    office.talk(&second, &parker);
    parker.blind_transfer("700");
    assert_eq!(next(&mut victim).0, "add");
    switch.await_slot("702", "parked");
    caller.hang_up();
    second.hang_up();
    switch.everything_is_over();
    let heard = thief.events();
    assert!(heard.is_empty(), "{heard:?}");
    let heard = victim.events();
    assert!(
        heard.iter().all(|event| event["eventChannel"] == ALPHA),
        "{heard:?}"
    );
    // Nor has the thief's word let the victim onto another channel.
    assert!(!victim.subscribe(BETA));
}

#[test]
fn what_is_allowed_to_a_session_ends_with_it() {
    let (_office, port) = office();
    let mut first = log_in(port, "1002@alpha.test");
    watch(&mut first, ALPHA);
    drop(first);
    let mut second = log_in(port, "1002@alpha.test");
    assert!(!second.subscribe(ALPHA));
}

#[test]
fn lists_end_with_the_module_and_begin_again() {
    let (office, port) = office();
    let switch = &office.switch;
    let mut screen = log_in(port, "1002@alpha.test");
    let (before, _) = watch(&mut screen, ALPHA);
    switch.ok("unload mod_callpark");
    assert!(ask_to_watch(&mut screen).is_null());
    switch.ok("load mod_callpark");
    let (after, calls) = watch(&mut screen, ALPHA);
    assert_eq!(calls, Vec::<Value>::new());
    assert_ne!(before, after);
    let caller = office.parked_by(&office.phone("1001"));
    assert_eq!(next(&mut screen).0, "add");
    caller.hang_up();
    switch.everything_is_over();
}
