//! Bad input and bad luck: whatever comes in, the answer is clear, no slot leaks, and the switch goes on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{conf::Conf, office::Office, scenes::OPERATOR, switch::Switch, wait};
use serde_json::Value;
use std::{fs, time::Duration};

const CONFIGURATION: &str = "conf/freeswitch.xml";

/// What nobody should send, and somebody does.
const GARBAGE: [&str; 12] = [
    "%n%s%x%n",
    "sales@",
    "@",
    "a b c d e",
    "701 702",
    "default@alpha.test 7;1",
    "../../etc/passwd",
    "default@alpha.test -1",
    "<lot>",
    "default@alpha.test $1",
    "default@alpha.test auto auto",
    "žluťoučký 701",
];

/// A leg that waits at a place of the switch's own, in no slot; its UUID.
fn leg(switch: &Switch, variables: &str) -> String {
    let reply = switch.api(&format!("originate {{x=y{variables}}}null/x &park()"));
    let uuid = reply.trim().strip_prefix("+OK ");
    uuid.unwrap_or_else(|| panic!("no leg: {reply}")).to_owned()
}

/// A leg in a slot of this lot; its UUID and its slot.
fn parked(switch: &Switch, variables: &str, lot: &str) -> (String, String) {
    let uuid = leg(switch, variables);
    let reply = switch.api(&format!("callpark park {uuid} {lot}"));
    let slot = reply.split_whitespace().nth(1).unwrap_or_default();
    assert!(reply.starts_with("+OK "), "{reply}");
    await_call(switch, &uuid, "parked");
    (uuid, slot.to_owned())
}

fn call_of(switch: &Switch, uuid: &str) -> Option<Value> {
    let calls = switch.parked("").into_iter();
    calls.into_iter().find(|call| call["uuid"] == uuid)
}

fn await_call(switch: &Switch, uuid: &str, state: &str) -> Value {
    let found = wait::until(wait::PATIENCE, || {
        call_of(switch, uuid).filter(|call| call["state"] == state)
    });
    found.unwrap_or_else(|| panic!("{uuid} is not {state}: {:?}", switch.parked("")))
}

/// Runs an application on a new leg that nobody has parked; what it left in `callpark_result`.
fn result_of(switch: &Switch, variables: &str, application: &str, argument: &str) -> String {
    let reply = switch.api(&format!(
        "originate {{x=y{variables}}}null/x 'm:^:{application}:{argument}^park:' inline"
    ));
    let uuid = reply.trim().strip_prefix("+OK ").unwrap_or_default();
    let result = wait::until(wait::PATIENCE, || {
        Some(switch.variable(uuid, "callpark_result")).filter(|result| !result.is_empty())
    });
    let shown: String = argument.chars().take(60).collect();
    let result = result.unwrap_or_else(|| panic!("{application} {shown}: no result; {reply}"));
    switch.api(&format!("uuid_kill {uuid}"));
    result
}

fn code(reply: &str) -> &str {
    let mut words = reply.split_whitespace();
    match words.next() {
        Some("-ERR") => words.next().unwrap_or_default(),
        first => first.unwrap_or_default(),
    }
}

/// Everybody goes; the switch is as new.
fn is_as_new(switch: &Switch) {
    switch.api("hupall normal_clearing");
    switch.await_no_channels();
    switch.await_no_call_in_slots();
    assert_eq!(switch.api("callpark list json").trim(), "[]");
    let reply = switch.api("callpark status json");
    assert!(reply.contains("\"in_slots\":0"), "{reply}");
    assert_alive(switch);
    let (_, slot) = parked(switch, "", "default@alpha.test");
    assert_eq!(slot, "701", "the first slot is not free");
    switch.api("hupall normal_clearing");
    switch.await_no_call_in_slots();
    switch.await_no_channels();
}

fn assert_alive(switch: &Switch) {
    let process = format!("/proc/{}/stat", switch.process_id());
    let state = fs::read_to_string(process).expect("the switch lives");
    assert!(!state.contains(") Z "), "the switch has ended: {state}");
    assert!(!switch.log().contains("panicked"), "something has panicked");
}

#[test]
fn no_argument_gets_an_application_further_than_its_result() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let user = ",dialed_user=1002,dialed_domain=alpha.test";
    let long = format!("default@alpha.test {}", "9".repeat(10_000));
    let longer = "x".repeat(10_000);
    let applications = ["callpark", "callpark_slot", "callpark_retrieve"];
    for application in applications {
        let result = |argument: &str| result_of(switch, user, application, argument);
        for garbage in GARBAGE.iter().chain([&long.as_str(), &longer.as_str()]) {
            let shown: String = garbage.chars().take(40).collect();
            assert_eq!(result(garbage), "USAGE", "{application} {shown}");
        }
        assert_eq!(
            result("nosuch@alpha.test 701"),
            "NO_SUCH_LOT",
            "{application}"
        );
        let slot = result("default@alpha.test 999");
        let expected = ["NO_SUCH_SLOT", "EMPTY"];
        assert!(expected.contains(&slot.as_str()), "{application}: {slot}");
    }
    assert_eq!(result_of(switch, user, "callpark_slot", ""), "USAGE");
    assert_eq!(result_of(switch, user, "callpark_retrieve", ""), "USAGE");
    assert_eq!(
        result_of(switch, user, "callpark_retrieve", "default@alpha.test 701"),
        "EMPTY"
    );
    assert_eq!(
        result_of(switch, "", "callpark_retrieve", "default@alpha.test 701"),
        "FORBIDDEN"
    );
    assert_eq!(result_of(switch, "", "callpark", "ticket=guessed"), "GONE");
    let guessed = result_of(switch, "", "callpark_retrieve", "ticket=guessed");
    assert_eq!(guessed, "EMPTY");
    is_as_new(switch);
}

#[test]
fn no_line_gets_an_api_verb_further_than_its_refusal() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (uuid, slot) = parked(switch, "", "default@alpha.test");
    let before = call_of(switch, &uuid);
    let long = "9".repeat(10_000);
    let verbs = [
        "list",
        "show",
        "lots",
        "park",
        "retrieve",
        "move",
        "return",
        "transfer",
        "drop",
        "drain",
        "reload",
        "status",
        "help",
        "nosuchverb",
    ];
    for verb in verbs {
        for garbage in GARBAGE
            .iter()
            .chain([&long.as_str(), &"x y z json json", &"json json json"])
        {
            let reply = switch.api(&format!("callpark {verb} {garbage}"));
            let shown: String = garbage.chars().take(40).collect();
            assert!(
                reply.starts_with("-ERR ") || verb == "help",
                "{verb} {shown}: {reply:.200}"
            );
            assert!(
                reply.trim_end().lines().count() == 1 || verb == "help",
                "{verb} {shown}: {reply}"
            );
        }
    }
    for (line, expected) in [
        ("show nosuch@alpha.test 701", "NO_SUCH_LOT"),
        ("show default@alpha.test 999", "NO_SUCH_SLOT"),
        ("show default@alpha.test 702", "EMPTY"),
        ("drop nosuch@alpha.test 701", "NO_SUCH_LOT"),
        ("drop default@alpha.test 999", "NO_SUCH_SLOT"),
        ("drop default@alpha.test 702", "EMPTY"),
        ("return default@alpha.test 702", "EMPTY"),
        ("transfer default@alpha.test 702 operator", "EMPTY"),
        ("move default@alpha.test 702 703", "EMPTY"),
        ("move default@alpha.test 701 999", "NO_SUCH_SLOT"),
        ("move default@alpha.test 701 nosuch 701", "NO_SUCH_LOT"),
        (
            "move default@alpha.test 701 default@beta.test 701",
            "NO_SUCH_LOT",
        ),
        ("retrieve default@alpha.test 702 1002@alpha.test", "EMPTY"),
        (
            "retrieve nosuch@alpha.test oldest 1002@alpha.test",
            "NO_SUCH_LOT",
        ),
        ("drain", "USAGE"),
        ("drop default@alpha.test", "USAGE"),
        ("transfer default@alpha.test 701", "USAGE"),
    ] {
        let reply = switch.api(&format!("callpark {line}"));
        assert_eq!(code(&reply), expected, "callpark {line}: {reply}");
    }
    let after = call_of(switch, &uuid);
    let fixed = |call: &Option<Value>| {
        let call = call.clone().expect("the call is in its slot");
        ["id", "slot", "state", "timeout_at"].map(|field| call[field].clone())
    };
    assert_eq!(
        fixed(&after),
        fixed(&before),
        "the call of {slot} was touched"
    );
    is_as_new(switch);
}

#[test]
fn nothing_at_all_is_a_question_for_help() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let usage = switch.api("callpark help");
    assert!(
        usage.contains("callpark list") && usage.contains("callpark reload"),
        "{usage}"
    );
    assert_eq!(switch.api("callpark"), usage);
    assert_eq!(switch.api("callpark    "), usage);
    assert_eq!(switch.api("expand echo ${callpark()}").trim(), usage.trim());
    assert_eq!(
        switch.api("expand echo ${callpark(list json)}").trim(),
        "[]"
    );
    is_as_new(switch);
}

/// URL-encoded, as the switch is told.
const NAMES: [&str; 11] = [
    "%25n%25s%25x%2525n",
    "Ann%20%22the%22%20Caller",
    "O%5C'Hara%20%5C'%5C'",
    "a|b|c",
    "{x=y}[z=1]<w>^^:",
    "Caller,%20Ann,,",
    "two%0Alines%0D%0Aor%20three",
    "broken%20%FF%FE%C3%20end",
    "%1B[31mred%07",
    "%24%7Bdomain%7D%20%24%24%7Bx%7D",
    "%E2%98%8E%20%D0%90%D0%BD%D0%BD%D0%B0",
];

#[test]
fn a_callers_name_is_data_wherever_it_is_shown() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    for (number, name) in NAMES.iter().enumerate() {
        let uuid = leg(switch, "");
        let set = format!("expand uuid_setvar {uuid} caller_id_name ${{url_decode({name})}}");
        assert!(switch.api(&set).starts_with("+OK"), "{name}");
        let reply = switch.api(&format!("callpark park {uuid} default@alpha.test"));
        assert!(reply.starts_with("+OK "), "{name}: {reply}");
        let call = await_call(switch, &uuid, "parked");
        let event = switch.action_of("park", |event| event["Unique-ID"] == uuid);
        assert_eq!(event["Park-Slot"], call["slot"].as_str().unwrap(), "{name}");
        assert!(
            event.contains_key("Park-ID") && event.contains_key("Node"),
            "{name}: {event:?}"
        );
        let slot = call["slot"].as_str().unwrap();
        let shown = switch.json(&format!("callpark show default@alpha.test {slot} json"));
        assert_eq!(shown["caller_id_name"], call["caller_id_name"]);
        let rows = switch.api("callpark list");
        assert_eq!(rows.lines().count(), number + 3, "{name}: {rows}");
        let fields = switch.api(&format!("callpark show default@alpha.test {slot}"));
        assert_eq!(fields.lines().count(), 16, "{name}: {fields}");
        assert!(
            !fields.contains('\u{1b}') && !rows.contains('\u{1b}'),
            "{name}"
        );
    }
    let name = |number: usize| {
        let calls = switch.parked("");
        calls[number]["caller_id_name"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(name(0), "%n%s%x%25n");
    assert_eq!(name(1), "Ann \"the\" Caller");
    assert_eq!(name(3), "a|b|c");
    assert_eq!(name(5), "Caller, Ann,,");
    assert_eq!(name(10), "☎ Анна");
    let raw = switch.api("expand url_encode ${callpark(list json)}");
    assert!(
        raw.contains("broken") && !raw.contains("%FF"),
        "not UTF-8: {raw}"
    );
    is_as_new(switch);
}

#[test]
fn a_callers_name_reaches_a_phone_as_it_is() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let name = "a,b|c {x=y}[z] %25n%25s ^^:";
    let (uuid, _) = {
        let uuid = leg(switch, "");
        switch.api(&format!(
            "expand uuid_setvar {uuid} caller_id_name ${{url_decode({name})}}"
        ));
        let line =
            format!("callpark park {uuid} default@alpha.test parker=1001@alpha.test timeout=1");
        assert!(switch.api(&line).starts_with("+OK "));
        (uuid, ())
    };
    let (shown, _) = parker.await_ring(1);
    assert_eq!(shown, format!("Park 701: {}", name.replace("%25", "%")));
    parker.answer();
    parker.await_talk(1);
    wait::expect("they are connected", || {
        !switch.variable(&uuid, "callpark_outcome").is_empty()
    });
    assert_eq!(switch.variable(&uuid, "callpark_outcome"), "returned");
    assert_eq!(switch.variable(&uuid, "z"), "");
    is_as_new(switch);
}

#[test]
fn a_channel_that_is_not_there_or_is_hanging_up_is_gone() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (caller, slot) = parked(switch, "", "default@alpha.test");
    let nobody = "0f0e0d0c-1111-2222-3333-444455556666";
    let park = switch.api(&format!("callpark park {nobody} default@alpha.test"));
    assert_eq!(code(&park), "GONE", "{park}");
    let park = switch.api(&format!("callpark park -bleg {caller} default@alpha.test"));
    assert_eq!(code(&park), "GONE", "it has no partner: {park}");
    let retrieve = switch.api(&format!(
        "callpark retrieve default@alpha.test {slot} {nobody}"
    ));
    assert_eq!(code(&retrieve), "GONE", "{retrieve}");
    for _ in 0..20 {
        // The channel is anywhere between up and gone.
        let going = leg(switch, "");
        switch.api(&format!("uuid_kill {going}"));
        let park = switch.api(&format!("callpark park {going} default@alpha.test"));
        assert_eq!(code(&park), "GONE", "{park}");
        let going = leg(switch, "");
        switch.api(&format!("uuid_kill {going}"));
        let retrieve = switch.api(&format!(
            "callpark retrieve default@alpha.test {slot} {going}"
        ));
        assert_eq!(code(&retrieve), "GONE", "{retrieve}");
    }
    await_call(switch, &caller, "parked");
    wait::expect("only the caller is in a slot", || {
        switch.parked("").len() == 1
    });
    is_as_new(switch);
}

fn odd_lots() -> Conf {
    Conf::default().more_lots(
        r#"<lot name="single" domain="*"><param name="slots" value="801"/></lot>
<lot name="two" domain="*"><param name="slots" value="811-815"/><param name="max-parked" value="2"/></lot>
<lot name="lenient" domain="*"><param name="slots" value="821-823"/><param name="occupied" value="next"/></lot>
<lot name="closed" domain="*"><param name="slots" value="831-835"/><param name="park-allow" value="1001@alpha.test"/></lot>
<lot name="strict" domain="*"><param name="slots" value="841-845"/><param name="answer" value="false"/></lot>"#,
    )
}

#[test]
fn a_call_that_finds_no_place_hears_why_and_nobody_else_is_touched() {
    let office = Office::open(odd_lots());
    let switch = &office.switch;
    let park = |uuid: &str, place: &str| {
        let reply = switch.api(&format!("callpark park {uuid} {place}"));
        code(&reply).to_owned()
    };
    let one = leg(switch, "");
    assert_eq!(park(&one, "single@alpha.test"), "+OK");
    assert_eq!(park(&one, "single@alpha.test"), "ALREADY_PARKED");
    await_call(switch, &one, "parked");
    assert_eq!(park(&one, "default@alpha.test"), "ALREADY_PARKED");
    let other = leg(switch, "");
    assert_eq!(park(&other, "single@alpha.test"), "LOT_FULL");
    assert_eq!(park(&other, "single@alpha.test 801"), "SLOT_BUSY");
    assert_eq!(
        result_of(switch, "", "callpark", "single@alpha.test"),
        "LOT_FULL"
    );
    let busy = result_of(switch, "", "callpark", "single@alpha.test 801");
    assert_eq!(busy, "SLOT_BUSY");
    assert_eq!(
        park(&other, "single@beta.test"),
        "+OK",
        "another company's lot"
    );

    parked(switch, "", "two@alpha.test");
    parked(switch, "", "two@alpha.test");
    let third = leg(switch, "");
    assert_eq!(park(&third, "two@alpha.test"), "LOT_FULL", "max-parked");

    for expected in ["822", "823", "821"] {
        let (_, slot) = parked(switch, "", "lenient@alpha.test 822");
        assert_eq!(slot, expected, "the next free one");
    }
    assert_eq!(park(&third, "lenient@alpha.test 822"), "LOT_FULL");

    let third_by = |parker: &str| park(&third, &format!("closed@alpha.test parker={parker}"));
    assert_eq!(park(&third, "closed@alpha.test"), "FORBIDDEN");
    assert_eq!(third_by("1002@alpha.test"), "FORBIDDEN");
    assert_eq!(third_by("1001@beta.test"), "FORBIDDEN");
    assert_eq!(
        result_of(switch, "", "callpark", "closed@alpha.test"),
        "FORBIDDEN"
    );
    assert_eq!(
        switch.action_of("refuse", |event| event["Result"] == "FORBIDDEN")["Result"],
        "FORBIDDEN"
    );
    assert_eq!(third_by("1001@ALPHA.test"), "+OK");

    let before = switch.parked("").len();
    assert!(switch.api("callpark drain on").starts_with("+OK"));
    let fourth = leg(switch, "");
    assert_eq!(park(&fourth, "default@alpha.test"), "DRAINING");
    assert_eq!(
        result_of(switch, "", "callpark", "default@alpha.test"),
        "DRAINING"
    );
    assert_eq!(switch.parked("").len(), before, "calls in slots go on");
    assert!(switch.api("callpark drain off").starts_with("+OK"));
    assert_eq!(park(&fourth, "default@alpha.test"), "+OK");
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

#[test]
fn a_bad_configuration_changes_nothing_and_is_told_with_lot_parameter_and_range() {
    let office = Office::open(Conf::default().lot("timeout", "100"));
    let switch = &office.switch;
    let (caller, _) = parked(switch, "", "default@alpha.test");
    let lots = switch.api("callpark lots json");
    let timeout = r#"<param name="timeout" value="100"/>"#;
    for (bad, told) in [
        (
            r#"<param name="timeout" value="soon"/>"#,
            &["default", "timeout", "soon", "86400"][..],
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
    ] {
        let good = change_configuration(switch, timeout, bad);
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
    change_configuration(switch, timeout, r#"<param name="timeout" value="77"/>"#);
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
