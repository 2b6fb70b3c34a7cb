//! The JSON API: an operator's, and that of a verto client that would like to have more than it may.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    office::Office,
    phone::Phone,
    scenes::OPERATOR,
    switch::Switch,
    verto::{self, Verto},
};
use serde_json::{Value, json};
use std::time::Duration;

fn operator(switch: &Switch, data: &Value) -> Value {
    let request = json!({ "command": "callpark", "data": data });
    switch.json(&format!("json {request}"))["response"].clone()
}

#[test]
fn an_operator_parks_lists_moves_and_sends_calls_by_json() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    let leg = switch.leg_of("1001");
    let park = json!({"verb": "park", "uuid": leg, "bleg": true, "domain": "alpha.test", "parker": "1002@alpha.test", "timeout": 300});
    let parked = operator(switch, &park);
    assert_eq!(
        (&parked["result"], &parked["slot"]),
        (&json!("OK"), &json!("701")),
        "{parked}"
    );
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1002@alpha.test");
    assert_eq!(call["id"], parked["id"]);
    caller.await_tone(MUSIC);
    let list = operator(switch, &json!({"verb": "list", "domain": "alpha.test"}));
    assert_eq!(list["calls"][0]["id"], call["id"], "{list}");
    let show = operator(
        switch,
        &json!({"verb": "show", "domain": "alpha.test", "slot": 701}),
    );
    assert_eq!(show["call"]["caller_id_number"], call["caller_id_number"]);
    let lots = operator(switch, &json!({"verb": "lots", "domain": "alpha.test"}));
    assert_eq!(lots["lots"][0]["used"], 1);
    let moved = operator(
        switch,
        &json!({"verb": "move", "domain": "alpha.test", "slot": "701", "to_slot": "705"}),
    );
    assert_eq!(moved["slot"], "705");
    let status = operator(switch, &json!({"verb": "status"}));
    assert_eq!(status["status"]["in_slots"], 1);
    for (data, code) in [
        (
            json!({"verb": "drop", "domain": "alpha.test", "slot": "701"}),
            "EMPTY",
        ),
        (json!({"verb": "drop", "slot": "7 05"}), "USAGE"),
        (json!({"verb": "dance"}), "USAGE"),
        (
            json!({"verb": "park", "uuid": "b3f1a1f0-1111-2222-3333-444455556666"}),
            "GONE",
        ),
    ] {
        assert_eq!(operator(switch, &data)["result"], code, "{data}");
    }
    let sent = json!({"verb": "transfer", "domain": "alpha.test", "slot": "705", "exten": "operator", "context": "default"});
    assert_eq!(operator(switch, &sent)["result"], "OK");
    caller.await_tone(OPERATOR);
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn an_operator_rings_takes_and_drops_calls_and_looks_after_the_module_by_json() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (parker, other) = (office.phone("1001"), office.phone("1002"));
    let done = |data: Value| {
        let reply = operator(switch, &data);
        assert_eq!(reply["result"], "OK", "{data}: {reply}");
        reply
    };
    let caller = office.parked_by(&parker);
    done(json!({"verb": "return", "domain": "alpha.test", "slot": "701"}));
    parker.await_ring(2);
    parker.hang_up();
    assert_eq!(switch.action("ring-failed")["Park-Slot"], "701");
    let retrieve =
        json!({"verb": "retrieve", "domain": "alpha.test", "slot": "701", "to": "1002@alpha.test"});
    let request = json!({ "command": "callpark", "data": retrieve });
    switch.bgapi(&format!("json {request}"));
    other.await_ring(1);
    other.answer();
    other.talks_with(&caller);
    assert_eq!(switch.action("retrieve")["Retrieved-By"], "1002@alpha.test");
    other.hang_up();
    caller.await_end(1);
    let caller = office.parked_by(&parker);
    done(json!({"verb": "drop", "domain": "alpha.test", "slot": "701"}));
    caller.await_end(1);
    for on in [true, false] {
        done(json!({"verb": "drain", "on": on}));
        assert_eq!(done(json!({"verb": "status"}))["status"]["draining"], on);
    }
    done(json!({"verb": "reload"}));
    let metrics = done(json!({"verb": "metrics"}));
    let text = metrics["message"].as_str().unwrap();
    assert!(text.contains("outcome=\"retrieved\"} 1"), "{text}");
    switch.everything_is_over();
}

/// 1001 and 1002 of `alpha.test` with phones; a caller in 701; a client of verto for 1002.
fn with_client(conf: Conf, variables: &Value) -> (Office, Phone, Verto) {
    let (conf, port) = verto::listening(conf);
    let office = Office::open(conf);
    let caller = office.parked_by(&office.phone("1001"));
    let client = Verto::log_in(port, "1002@alpha.test", variables);
    (office, caller, client)
}

#[test]
fn a_client_sees_and_takes_calls_of_its_own_domain_towards_its_own_phone() {
    let (office, caller, mut client) = with_client(Conf::default(), &json!({}));
    let switch = &office.switch;
    let list = client.ask(&json!({"verb": "list"}));
    assert_eq!(list["calls"][0]["slot"], "701", "{list}");
    let phone = office.phone("1002");
    let moved = client.ask(&json!({"verb": "move", "slot": "701", "to_slot": "702"}));
    assert_eq!(moved["result"], "OK", "{moved}");
    let id = &moved["id"];
    assert_eq!(list["calls"][0]["id"], *id, "{list}");
    // mod_verto serves a client in one thread: it must not be kept while the phone rings.
    let retrieve = |slot: &str, id: &Value| json!({"verb": "retrieve", "slot": slot, "id": id});
    for _ in 0..2 {
        let asked = client.ask(&retrieve("702", id));
        assert_eq!(
            (&asked["result"], &asked["ringing"]),
            (&json!("OK"), &json!(true)),
            "{asked}"
        );
        phone.await_ring(1);
    }
    assert_eq!(client.ask(&json!({"verb": "list"}))["result"], "OK");
    let other = client.ask(&retrieve("702", &json!("another-call")));
    assert_eq!(other["result"], "EMPTY", "{other}");
    phone.answer();
    phone.talks_with(&caller);
    assert_eq!(switch.action("retrieve")["Retrieved-By"], "1002@alpha.test");
    // Its own call it can park again; another one it cannot.
    let leg = switch.leg_of("1002");
    let parked = client.ask(&json!({"verb": "park", "uuid": leg, "bleg": true}));
    assert_eq!(parked["result"], "OK", "{parked}");
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1002@alpha.test");
    let sent = client.ask(&json!({"verb": "transfer", "slot": "701", "exten": "operator"}));
    assert_eq!(sent["result"], "OK", "{sent}");
    caller.await_tone(OPERATOR);
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn no_client_is_told_the_uuid_of_a_leg() {
    let (office, _caller, mut client) = with_client(Conf::default(), &json!({}));
    let parked = office.switch.await_slot("701", "parked");
    assert!(parked["uuid"].is_string());
    let list = client.ask(&json!({"verb": "list"}));
    let show = client.ask(&json!({"verb": "show", "slot": "701"}));
    for call in [&list["calls"][0], &show["call"]] {
        assert_eq!((&call["id"], &call["uuid"]), (&parked["id"], &Value::Null));
    }
}

#[test]
fn a_second_login_that_fails_makes_nobody_of_a_client() {
    let made_up = json!({"verto_user": "1001@beta.test"});
    let (office, caller, mut client) = with_client(Conf::default(), &made_up);
    let switch = &office.switch;
    let stranger = office.phone_of("1001", "beta.test");
    let theirs = office.phone_of("1003", "beta.test");
    office.talk(&theirs, &stranger);
    let leg = switch.leg_of("1003");
    switch.ok(&format!(
        "callpark park {leg} default@beta.test 705 parker=1001@beta.test"
    ));
    let call = switch.await_call("default@beta.test", "705", "parked");
    for user in ["1001@beta.test", "1002@alpha.test"] {
        client.fail_to_log_in(user, &made_up);
        for ask in [
            json!({"verb": "list"}),
            json!({"verb": "show", "slot": "705"}),
            json!({"verb": "drop", "slot": "705"}),
            json!({"verb": "transfer", "slot": "705", "exten": "operator"}),
            json!({"verb": "retrieve", "slot": "705"}),
            json!({"verb": "subscribe", "sessid": client.session()}),
        ] {
            let answer = client.ask(&ask);
            assert_eq!(answer["result"], "FORBIDDEN", "{user}: {ask}: {answer}");
        }
        assert!(!client.subscribe("callpark-liveArray.beta.test"));
    }
    assert_eq!(switch.parked("default@beta.test")[0]["id"], call["id"]);
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    switch.api("hupall");
    switch.everything_is_over();
}

/// What no client may ask for: another company's calls, other people's legs, what leads out, and what is the operator's.
fn beyond_a_client(foreign_leg: &str, their_leg: &Value) -> [Value; 20] {
    [
        json!({"verb": "list", "domain": "beta.test"}),
        json!({"verb": "show", "lot": "default@beta.test", "slot": "705"}),
        json!({"verb": "drop", "domain": "beta.test", "slot": "705"}),
        json!({"verb": "move", "domain": "beta.test", "slot": "705"}),
        json!({"verb": "move", "slot": "701", "to_lot": "default@beta.test"}),
        json!({"verb": "return", "domain": "beta.test", "slot": "705"}),
        json!({"verb": "retrieve", "domain": "beta.test", "slot": "705"}),
        json!({"verb": "retrieve", "slot": "701", "to": "1001@alpha.test"}),
        json!({"verb": "retrieve", "slot": "701", "to": "sofia/gateway/carrier/0049900123"}),
        json!({"verb": "retrieve", "slot": "701", "to": "{x=y}user/1001@beta.test"}),
        json!({"verb": "retrieve", "slot": "701", "to": foreign_leg}),
        json!({"verb": "transfer", "slot": "701", "exten": "answer,hangup", "dialplan": "inline"}),
        json!({"verb": "transfer", "slot": "701", "exten": "operator", "context": "secret"}),
        json!({"verb": "park", "uuid": foreign_leg}),
        json!({"verb": "park", "uuid": foreign_leg, "parker": "1004@alpha.test"}),
        json!({"verb": "park", "uuid": their_leg}),
        json!({"verb": "drain", "on": true}),
        json!({"verb": "reload"}),
        json!({"verb": "status"}),
        json!({"verb": "lots"}),
    ]
}

/// It asks, and perhaps says of itself who it is.
fn is_forbidden(client: &mut Verto, ask: &Value, sock_data: Option<&Value>) {
    let mut request = json!({"command": "callpark"});
    if let Some(forged) = sock_data {
        request["sockData"] = forged.clone();
    }
    request["data"] = ask.clone();
    let answer = client.jsapi(request);
    assert_eq!(answer["result"], "FORBIDDEN", "{ask}: {answer}");
}

#[test]
fn a_hostile_client_gets_nothing() {
    let made_up = json!({
        "verto_user": "1001@beta.test",
        "verto_domain": "beta.test",
        "user_context": "secret",
        "user_name": "1001",
        "domain_name": "beta.test",
    });
    let (office, caller, mut client) = with_client(Conf::default(), &made_up);
    let switch = &office.switch;
    let call = switch.await_slot("701", "parked");
    // Another company has a call, too; and two of our own people talk.
    let strangers = ["1001", "1003"].map(|user| office.phone_of(user, "beta.test"));
    office.talk(&strangers[1], &strangers[0]);
    let leg = switch.leg_of("1003");
    switch.ok(&format!(
        "callpark park {leg} default@beta.test 705 parker=1001@beta.test"
    ));
    let theirs = switch.await_call("default@beta.test", "705", "parked");
    let own = [office.phone("1004"), office.phone("1005")];
    office.talk(&own[0], &own[1]);
    let foreign_leg = switch.leg_of("1004");

    let forged = json!({"verto_user": "1001@beta.test", "verto_domain": "beta.test"});
    for ask in beyond_a_client(&foreign_leg, &theirs["uuid"]) {
        for sock_data in [None, Some(&forged)] {
            is_forbidden(&mut client, &ask, sock_data);
        }
    }
    // Its own list stays its own, whatever it says of itself.
    let list =
        client.jsapi(json!({"sockData": forged, "command": "callpark", "data": {"verb": "list"}}));
    assert_eq!(list["calls"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["calls"][0]["id"], call["id"]);
    for (lot, before) in [
        ("default@alpha.test", &call),
        ("default@beta.test", &theirs),
    ] {
        let now = &switch.parked(lot)[0];
        for field in ["id", "uuid", "slot", "state", "timeout_at"] {
            assert_eq!(now[field], before[field], "{field}");
        }
    }
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    own[0].talks_with(&own[1]);
    switch.api("hupall");
    switch.everything_is_over();
}

#[test]
fn the_pin_and_the_lists_count_for_a_client() {
    let conf = Conf::default().lot("pin", "4711");
    let (office, _caller, mut client) = with_client(conf, &json!({}));
    let retrieve = |pin: Value| json!({"verb": "retrieve", "slot": "701", "pin": pin});
    for pin in [Value::Null, json!("1234")] {
        assert_eq!(client.ask(&retrieve(pin))["result"], "BAD_PIN");
    }
    for verb in ["transfer", "move"] {
        let mut asked = json!({"verb": verb, "slot": "701"});
        if verb == "transfer" {
            asked["exten"] = json!("operator");
        }
        assert_eq!(client.ask(&asked)["result"], "BAD_PIN", "{verb}");
    }
    // The right one rings its phone: there is none.
    assert_eq!(client.ask(&retrieve(json!("4711")))["result"], "FAILED");
    // Who guesses is not asked for ever, and has no use of the right one then.
    for pin in ["0000", "0001"] {
        assert_eq!(client.ask(&retrieve(json!(pin)))["result"], "BAD_PIN");
    }
    assert_eq!(client.ask(&retrieve(json!("4711")))["result"], "FORBIDDEN");
    office.switch.await_slot("701", "parked");
    drop(office);

    let conf = Conf::default().lot("park-allow", "1001@alpha.test");
    let (office, _caller, mut client) = with_client(conf, &json!({}));
    let moved = client.ask(&json!({"verb": "move", "slot": "701", "to_slot": "702"}));
    assert_eq!(moved["result"], "FORBIDDEN", "{moved}");
    office.switch.await_slot("701", "parked");
    drop(office);

    let conf = Conf::default().lot("retrieve-allow", "1009@alpha.test");
    let (office, _caller, mut client) = with_client(conf, &json!({}));
    for verb in ["retrieve", "drop", "return", "move"] {
        let answer = client.ask(&json!({"verb": verb, "slot": "701"}));
        assert_eq!(answer["result"], "FORBIDDEN", "{verb}");
    }
    office.switch.await_slot("701", "parked");
}

#[test]
fn a_client_that_makes_up_who_it_is_takes_no_call_by_dialling_either() {
    let made_up = json!({
        "verto_user": "1001@alpha.test",
        "user_name": "1001",
        "sip_call_id": "x",
        "sip_authorized": "true",
    });
    let conf = Conf::default().lot("retrieve-allow", "1001@alpha.test");
    let (office, caller, mut client) = with_client(conf, &made_up);
    client.dial("701");
    assert_eq!(office.switch.action("refuse")["Result"], "FORBIDDEN");
    office.switch.await_slot("701", "parked");
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
}
