//! What one company asks by the JSON API, itself or through an operator: it reaches no call of the other.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    kept::Kept,
    office::Office,
    verto::{self, Verto},
};
use serde_json::{Value, json};

/// Of `beta.test`, by an operator. `LEG` is the leg of a call of its own.
const BY_OPERATOR: [(&str, &str); 10] = [
    (r#"{"verb":"list","domain":"beta.test"}"#, "[]"),
    (r#"{"verb":"list","lot":"default@Beta.Test"}"#, "[]"),
    (
        r#"{"verb":"show","domain":"beta.test","slot":"701"}"#,
        "EMPTY",
    ),
    (
        r#"{"verb":"retrieve","domain":"beta.test","slot":"701","to":"LEG"}"#,
        "EMPTY",
    ),
    (
        r#"{"verb":"retrieve","domain":"beta.test","slot":"oldest","to":"LEG"}"#,
        "EMPTY",
    ),
    (
        r#"{"verb":"move","domain":"beta.test","slot":"701","to_slot":"702"}"#,
        "EMPTY",
    ),
    (
        r#"{"verb":"move","domain":"alpha.test","slot":"701","to_lot":"default@beta.test"}"#,
        "NO_SUCH_LOT",
    ),
    (
        r#"{"verb":"return","domain":"beta.test","slot":"701"}"#,
        "EMPTY",
    ),
    (
        r#"{"verb":"transfer","domain":"beta.test","slot":"701","exten":"operator"}"#,
        "EMPTY",
    ),
    (
        r#"{"verb":"drop","domain":"beta.test","slot":"701"}"#,
        "EMPTY",
    ),
];

/// By 1002 of `beta.test` over verto, who names its own domain, none, and the other one.
const BY_CLIENT: [(&str, &str); 17] = [
    (r#"{"verb":"list"}"#, "[]"),
    (r#"{"verb":"show","slot":"701"}"#, "EMPTY"),
    (r#"{"verb":"retrieve","slot":"701"}"#, "EMPTY"),
    (r#"{"verb":"retrieve","slot":"newest"}"#, "EMPTY"),
    (
        r#"{"verb":"move","domain":"beta.test","slot":"701"}"#,
        "EMPTY",
    ),
    (r#"{"verb":"return","slot":"701"}"#, "EMPTY"),
    (
        r#"{"verb":"transfer","slot":"701","exten":"operator"}"#,
        "EMPTY",
    ),
    (r#"{"verb":"drop","slot":"701"}"#, "EMPTY"),
    (r#"{"verb":"lots","domain":"alpha.test"}"#, "FORBIDDEN"),
    (r#"{"verb":"list","domain":"alpha.test"}"#, "FORBIDDEN"),
    (
        r#"{"verb":"show","lot":"default@alpha.test","slot":"701"}"#,
        "FORBIDDEN",
    ),
    (
        r#"{"verb":"retrieve","domain":"ALPHA.test","slot":"701"}"#,
        "FORBIDDEN",
    ),
    (
        r#"{"verb":"move","domain":"alpha.test","slot":"701"}"#,
        "FORBIDDEN",
    ),
    (
        r#"{"verb":"return","domain":"alpha.test","slot":"701"}"#,
        "FORBIDDEN",
    ),
    (
        r#"{"verb":"transfer","domain":"alpha.test","slot":"701","exten":"operator"}"#,
        "FORBIDDEN",
    ),
    (
        r#"{"verb":"drop","domain":"alpha.test","slot":"701"}"#,
        "FORBIDDEN",
    ),
    (r#"{"verb":"park","uuid":"KEPT"}"#, "FORBIDDEN"),
];

/// The code of an answer, or the calls in it.
fn told(answer: &Value) -> String {
    match answer["result"].as_str() {
        Some("OK") => answer["calls"].to_string(),
        code => code.unwrap_or_default().to_owned(),
    }
}

#[test]
fn no_json_request_for_one_company_sees_or_touches_a_call_of_the_other() {
    let (conf, port) = verto::listening(Conf::default());
    let office = Office::open(conf);
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    let kept = Kept::of(switch, "default@alpha.test", &caller);
    let talker = office.phone_of("1002", "beta.test");
    talker.dial("operator");
    talker.await_talk(1);
    let leg = switch.leg_of("1002");
    let mut client = Verto::log_in(port, "1002@beta.test", &json!({}));
    let [id, uuid] = ["id", "uuid"].map(|field| kept.call[field].as_str().unwrap());
    let parsed = |text: &str| -> Value {
        serde_json::from_str(&text.replace("LEG", &leg).replace("KEPT", uuid)).unwrap()
    };
    for (asked, expected) in BY_OPERATOR {
        let request = json!({ "command": "callpark", "data": parsed(asked) });
        let answer = switch.json(&format!("json {request}"))["response"].clone();
        assert_eq!(told(&answer), expected, "{asked}: {answer}");
        assert!(!answer.to_string().contains(id), "{asked}: {answer}");
        kept.check(asked);
    }
    for (asked, expected) in BY_CLIENT {
        let answer = client.ask(&parsed(asked));
        assert_eq!(told(&answer), expected, "{asked}: {answer}");
        assert!(!answer.to_string().contains(id), "{asked}: {answer}");
        kept.check(asked);
    }
    caller.await_tone(MUSIC);
    assert_eq!(talker.count("CALL_CLOSED"), 0);
    caller.hang_up();
    talker.hang_up();
    switch.everything_is_over();
}
