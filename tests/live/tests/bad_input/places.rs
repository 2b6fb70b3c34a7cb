//! Lots with no place, configurations that are wrong, music and phones that fail.

use super::*;
use callpark_live::{conf::Conf, office::Office, scenes::OPERATOR};
use std::{fs, time::Duration};

const CONFIGURATION: &str = "conf/freeswitch.xml";

fn odd_lots() -> Conf {
    Conf::default().more_lots(
        r#"<lot name="single" domain="*"><param name="slots" value="801"/></lot>
<lot name="two" domain="*"><param name="slots" value="811-815"/><param name="max-parked" value="2"/></lot>
<lot name="lenient" domain="*"><param name="slots" value="821-823"/><param name="occupied" value="next"/></lot>
<lot name="closed" domain="*"><param name="slots" value="831-835"/><param name="park-allow" value="1001@alpha.test"/></lot>
<lot name="strict" domain="*"><param name="slots" value="841-845"/><param name="answer" value="false"/></lot>"#,
    )
}

fn park(switch: &Switch, uuid: &str, place: &str) -> String {
    switch.callpark(&format!("park {uuid} {place}"))
}

/// Of another leg, which the application is to park there.
fn result_at(switch: &Switch, place: &str) -> String {
    result_of(switch, "", "callpark", place)
}

fn one_slot_takes_one_call_and_once(switch: &Switch) {
    let one = leg(switch, "");
    assert_eq!(park(switch, &one, "single@alpha.test"), "+OK");
    assert_eq!(park(switch, &one, "single@alpha.test"), "ALREADY_PARKED");
    await_call(switch, &one, "parked");
    assert_eq!(park(switch, &one, "default@alpha.test"), "ALREADY_PARKED");
    let other = leg(switch, "");
    assert_eq!(park(switch, &other, "single@alpha.test"), "LOT_FULL");
    assert_eq!(park(switch, &other, "single@alpha.test 801"), "SLOT_BUSY");
    assert_eq!(result_at(switch, "single@alpha.test"), "LOT_FULL");
    assert_eq!(result_at(switch, "single@alpha.test 801"), "SLOT_BUSY");
    assert_eq!(
        park(switch, &other, "single@beta.test"),
        "+OK",
        "another company's lot"
    );
}

fn a_lot_is_full_at_max_parked_and_where_no_slot_is_next(switch: &Switch, late: &str) {
    parked(switch, "", "two@alpha.test");
    parked(switch, "", "two@alpha.test");
    assert_eq!(
        park(switch, late, "two@alpha.test"),
        "LOT_FULL",
        "max-parked"
    );
    for expected in ["822", "823", "821"] {
        let (_, slot) = parked(switch, "", "lenient@alpha.test 822");
        assert_eq!(slot, expected, "the next free one");
    }
    assert_eq!(park(switch, late, "lenient@alpha.test 822"), "LOT_FULL");
}

fn a_closed_lot_is_open_for_one_parker(switch: &Switch, late: &str) {
    let by = |parker: &str| park(switch, late, &format!("closed@alpha.test parker={parker}"));
    assert_eq!(park(switch, late, "closed@alpha.test"), "FORBIDDEN");
    assert_eq!(by("1002@alpha.test"), "FORBIDDEN");
    assert_eq!(by("1001@beta.test"), "FORBIDDEN");
    assert_eq!(result_at(switch, "closed@alpha.test"), "FORBIDDEN");
    switch.action_of("refuse", |event| event["Result"] == "FORBIDDEN");
    assert_eq!(by("1001@ALPHA.test"), "+OK");
}

fn a_module_that_drains_takes_nobody_and_keeps_everybody(switch: &Switch) {
    let before = switch.parked("").len();
    switch.ok("callpark drain on");
    let late = leg(switch, "");
    assert_eq!(park(switch, &late, "default@alpha.test"), "DRAINING");
    assert_eq!(result_at(switch, "default@alpha.test"), "DRAINING");
    assert_eq!(switch.parked("").len(), before, "calls in slots go on");
    switch.ok("callpark drain off");
    assert_eq!(park(switch, &late, "default@alpha.test"), "+OK");
}

#[test]
fn a_call_that_finds_no_place_hears_why_and_nobody_else_is_touched() {
    let office = Office::open(odd_lots());
    let switch = &office.switch;
    one_slot_takes_one_call_and_once(switch);
    let late = leg(switch, "");
    a_lot_is_full_at_max_parked_and_where_no_slot_is_next(switch, &late);
    a_closed_lot_is_open_for_one_parker(switch, &late);
    a_module_that_drains_takes_nobody_and_keeps_everybody(switch);
    is_as_new(switch);
}

#[test]
fn a_lot_that_does_not_answer_refuses_a_call_that_is_not_answered() {
    let conf = odd_lots()
        .extension(
            "strict",
            &[("callpark", "strict@alpha.test"), ("hangup", "")],
        )
        .extension("ringing", &[("ring_ready", ""), ("sleep", "20000")]);
    let office = Office::open(conf);
    let switch = &office.switch;
    switch.api("bgapi originate loopback/strict/default &park()");
    switch.action_of("refuse", |event| event["Result"] == "NOT_ANSWERED");
    let ringing = "0f0e0d0c-1111-2222-3333-555566667777";
    switch.api(&format!(
        "bgapi originate {{origination_uuid={ringing}}}loopback/ringing/default &park()"
    ));
    wait::expect("it rings", || {
        switch.api("show channels").contains(",sleep,20000")
    });
    let reply = switch.api(&format!("callpark park {ringing} strict@alpha.test"));
    assert_eq!(code(&reply), "NOT_ANSWERED", "{reply}");
    is_as_new(switch);
}

/// Puts other text into the switch's configuration file; the former text.
fn change_configuration(switch: &Switch, from: &str, to: &str) -> String {
    let file = switch.folder().join(CONFIGURATION);
    let text = fs::read_to_string(&file).unwrap();
    let changed = text.replacen(from, to, 1);
    assert_ne!(changed, text, "nothing to change");
    fs::write(file, changed).unwrap();
    text
}

/// What the good configuration says, and a bad one says otherwise.
const TIMEOUT: &str = r#"<param name="timeout" value="100"/>"#;

/// What may stand there in its place, and the words by which the refusal names it.
const BAD: [(&str, &[&str]); 13] = [
    (
        r#"<param name="timeout" value="soon"/>"#,
        &["default", "timeout", "soon", "86400"],
    ),
    (
        r#"<param name="timeout" value="90000"/>"#,
        &["default", "timeout", "86400"],
    ),
    (
        r#"<param name="timeout" value="-1"/>"#,
        &["default", "timeout", "86400"],
    ),
    (
        r#"<param name="tiemout" value="100"/>"#,
        &["default", "tiemout"],
    ),
    (
        r#"<param name="slots" value="701-"/>"#,
        &["default", "slots"],
    ),
    (
        r#"<param name="slots" value="799-701"/>"#,
        &["default", "slots"],
    ),
    (
        r#"<param name="slots" value="1-9999999"/>"#,
        &["default", "slots"],
    ),
    (
        r#"<param name="ring-attempts" value="0"/>"#,
        &["default", "ring-attempts", "100"],
    ),
    (
        r#"<param name="exit-key" value="long"/>"#,
        &["default", "exit-key"],
    ),
    (r#"<parm name="timeout" value="10"/>"#, &["parm"]),
    (
        r#"</lot><lot name="twin" domain="*"><param name="slots" value="790-810"/>"#,
        &["twin", "default", "790"],
    ),
    (r#"</lot><lot name="7up" domain="*">"#, &["7up"]),
    (
        r#"</lot><lot name="default" domain="*"><param name="slots" value="1-9"/>"#,
        &["default"],
    ),
];

#[test]
fn a_bad_configuration_changes_nothing_and_is_told_with_lot_parameter_and_range() {
    let office = Office::open(Conf::default().lot("timeout", "100"));
    let switch = &office.switch;
    let (caller, _) = parked(switch, "", "default@alpha.test");
    let lots = switch.api("callpark lots json");
    for (bad, told) in BAD {
        let good = change_configuration(switch, TIMEOUT, bad);
        let reply = switch.api("callpark reload");
        assert_eq!(code(&reply), "FAILED", "{bad}: {reply}");
        assert_eq!(reply.trim_end().lines().count(), 1, "{bad}: {reply}");
        for word in told {
            assert!(reply.contains(word), "{bad}: {word} is not named: {reply}");
        }
        assert_eq!(
            settings(&switch.api("callpark lots json")),
            settings(&lots),
            "{bad}"
        );
        fs::write(switch.folder().join(CONFIGURATION), good).unwrap();
    }
    let good = change_configuration(switch, "</document>", "</docu");
    let reply = switch.api("callpark reload");
    assert!(reply.starts_with("-ERR FAILED"), "no XML at all: {reply}");
    assert_eq!(settings(&switch.api("callpark lots json")), settings(&lots));
    fs::write(switch.folder().join(CONFIGURATION), good).unwrap();
    change_configuration(switch, TIMEOUT, r#"<param name="timeout" value="77"/>"#);
    assert_eq!(switch.api("callpark reload").trim(), "+OK");
    let lot = &switch.json("callpark lots json")[0];
    assert_eq!(lot["timeout"], 77);
    await_call(switch, &caller, "parked");
    is_as_new(switch);
}

/// Lots as JSON, without what changes by itself.
fn settings(lots: &str) -> Value {
    serde_json::from_str(lots).unwrap_or_else(|error| panic!("{error}: {lots}"))
}

#[test]
fn a_caller_without_music_waits_in_silence_and_can_be_retrieved() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let music = "/nosuch/music.wav";
    let (caller, slot) = parked(
        switch,
        &format!(",callpark_hold_music={music}"),
        "default@alpha.test",
    );
    let complaint = || {
        let log = switch.log();
        log.lines()
            .filter(|line| line.contains("silence instead"))
            .count()
    };
    wait::expect("the log says so", || complaint() == 1);
    assert!(
        wait::stays(Duration::from_secs(3), || complaint() == 1),
        "once is enough"
    );
    await_call(switch, &caller, "parked");
    let retriever = leg(switch, "");
    let reply = switch.api(&format!(
        "callpark retrieve default@alpha.test {slot} {retriever}"
    ));
    assert!(reply.starts_with("+OK "), "{reply}");
    let event = switch.action("retrieve");
    assert_eq!(event["Retriever-UUID"], retriever);
    wait::expect("they are bridged", || {
        switch.variable(&caller, "bridge_uuid") == retriever
    });
    is_as_new(switch);
}

#[test]
fn a_ring_back_that_fails_at_once_goes_on_to_the_fallback() {
    let conf = Conf::default()
        .lot("timeout", "1")
        .lot("fallback", "operator XML default")
        .more_lots(
            r#"<lot name="busy" domain="*"><param name="slots" value="811-815"/><param name="timeout" value="1"/>
<param name="return-to" value="error/user_busy"/><param name="fallback" value="operator XML default"/></lot>
<lot name="nowhere" domain="*"><param name="slots" value="821-825"/><param name="timeout" value="1"/>
<param name="return-to" value="nosuch/endpoint"/><param name="fallback" value="operator XML default"/></lot>
<lot name="lost" domain="*"><param name="slots" value="831-835"/><param name="timeout" value="1"/>
<param name="return-to" value="none"/><param name="fallback" value="nosuchexten XML nosuchcontext"/></lot>"#,
        );
    let office = Office::open(conf);
    let switch = &office.switch;
    let cases = [
        "busy@alpha.test",
        "nowhere@alpha.test",
        "default@alpha.test parker=1009@alpha.test",
        "default@alpha.test parker=nobody@alpha.test",
        "default@alpha.test",
    ];
    for place in cases {
        let uuid = leg(switch, "");
        let reply = switch.api(&format!("callpark park {uuid} {place}"));
        assert!(reply.starts_with("+OK "), "{place}: {reply}");
        let event = switch.action_of("fallback", |event| event["Unique-ID"] == uuid);
        assert!(
            event["Waited"].parse::<u32>().unwrap() < 15,
            "{place}: {event:?}"
        );
        assert!(call_of(switch, &uuid).is_none(), "{place}");
        wait::expect("it is at the operator", || {
            switch
                .api("show channels")
                .contains(&format!("%(1000,0,{OPERATOR})"))
        });
        assert_eq!(
            switch.variable(&uuid, "callpark_outcome"),
            "fallback",
            "{place}"
        );
        switch.api(&format!("uuid_kill {uuid}"));
        switch.await_no_channels();
    }
    let (lost, _) = parked(switch, "", "lost@alpha.test");
    switch.action_of("fallback", |event| event["Unique-ID"] == lost);
    switch.await_no_call_in_slots();
    is_as_new(switch);
}

#[test]
fn a_retrieve_that_reaches_nobody_leaves_the_call_in_its_slot() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (caller, slot) = parked(switch, "", "default@alpha.test");
    let before = await_call(switch, &caller, "parked");
    for target in [
        "error/user_busy",
        "error/no_answer",
        "nosuch/endpoint",
        "user/1009@alpha.test",
        "1009@alpha.test",
        "nobody@nowhere.test",
        "{unfinished/brace",
        "[/",
        "/",
        "sofia/nosuchprofile/1@127.0.0.1",
    ] {
        let reply = switch.api(&format!(
            "callpark retrieve default@alpha.test {slot} {target}"
        ));
        assert_eq!(code(&reply), "FAILED", "{target}: {reply}");
        let now = await_call(switch, &caller, "parked");
        assert_eq!(now["id"], before["id"], "{target}");
        assert_eq!(now["timeout_at"], before["timeout_at"], "{target}");
    }
    is_as_new(switch);
}
