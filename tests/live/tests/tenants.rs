//! Two companies with the same numbers, lots and slots on one switch: neither sees, takes or moves a call of the other.

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
    phone::Phone,
    ports,
    sipp::Sipp,
    wait,
};
use serde_json::Value;
use std::time::Duration;

/// What the other company's users may dial: each application, with and without the name of the domain.
const NUMBERS: [(&str, &str, &str); 9] = [
    ("take", "callpark_retrieve", "701"),
    ("takeoldest", "callpark_retrieve", "default oldest"),
    ("takenewest", "callpark_retrieve", "default newest"),
    ("key", "callpark_slot", "701"),
    ("alphatake", "callpark_retrieve", "default@alpha.test 701"),
    (
        "alphaoldest",
        "callpark_retrieve",
        "default@alpha.test oldest",
    ),
    (
        "alphanewest",
        "callpark_retrieve",
        "default@alpha.test newest",
    ),
    ("alphakey", "callpark_slot", "default@alpha.test 701"),
    ("alphapark", "callpark", "default@alpha.test 701"),
];

fn with_numbers(conf: Conf) -> Conf {
    NUMBERS
        .iter()
        .fold(conf, |conf, (number, application, data)| {
            conf.extension(number, &[(application, data)])
        })
}

/// The lot in which the call is that the other company is after.
const KEPT: &str = "default@alpha.test";

/// What reaches after it for the other company, and how it ends. `KEPT` stands for the call's leg, `LEG` for the other's own.
const VERBS: [(&str, &str); 11] = [
    ("show default@beta.test 701 json", "EMPTY"),
    ("retrieve default@beta.test 701 LEG", "EMPTY"),
    ("retrieve default@beta.test oldest LEG", "EMPTY"),
    ("retrieve default@beta.test newest 1002@beta.test", "EMPTY"),
    ("move default@beta.test 701 auto", "EMPTY"),
    (
        "move default@alpha.test 701 default@beta.test auto",
        "NO_SUCH_LOT",
    ),
    ("return default@beta.test 701", "EMPTY"),
    ("transfer default@beta.test 701 operator", "EMPTY"),
    ("drop default@beta.test 701", "EMPTY"),
    ("park KEPT default@beta.test 701", "ALREADY_PARKED"),
    (
        "park KEPT default@beta.test auto parker=1002@beta.test",
        "ALREADY_PARKED",
    ),
];

#[test]
fn no_verb_for_one_company_sees_or_touches_a_call_of_the_other() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    let kept = Kept::of(switch, KEPT, &caller);
    let spy = office.phone_of("1002", "beta.test");
    spy.dial("operator");
    spy.await_talk(1);
    let leg = switch.leg_of("1002");

    for list in ["default@beta.test", "@beta.test"] {
        assert_eq!(switch.parked(list), [] as [Value; 0], "{list}");
    }
    let lots = switch.json("callpark lots @beta.test json");
    let used: Vec<_> = lots
        .as_array()
        .unwrap()
        .iter()
        .map(|lot| &lot["used"])
        .collect();
    assert_eq!(used, [0]);
    for (verb, expected) in VERBS {
        let line = verb.replace("LEG", &leg);
        let line = line.replace("KEPT", kept.call["uuid"].as_str().unwrap());
        assert_eq!(switch.callpark(&line), expected, "{verb}");
        kept.check(verb);
    }
    // It parks beside it, in the same slot of its own lot.
    switch.ok(&format!(
        "callpark park {leg} default@beta.test 701 parker=1001@beta.test"
    ));
    switch.await_call("default@beta.test", "701", "parked");
    kept.check("park");
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    for event in switch.events() {
        let own = event
            .get("Park-Domain")
            .is_some_and(|domain| domain == "alpha.test");
        let (id, theirs) = (event.get("Park-ID"), kept.call["id"].as_str());
        assert_eq!(id.map(String::as_str) == theirs, own, "{event:?}");
    }
    caller.hang_up();
    spy.hang_up();
    switch.everything_is_over();
}

#[test]
fn no_application_takes_a_call_of_another_company() {
    let office = Office::open(with_numbers(Conf::default()));
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    let kept = Kept::of(switch, KEPT, &caller);
    let spy = office.phone_of("1002", "beta.test");
    let dialled = NUMBERS.iter().map(|(number, _, _)| *number);
    let sample = ["701", "park+701", "**701", "*85701", "*86"];
    for (times, number) in (1..).zip(dialled.chain(sample)) {
        let before = switch.refusals();
        spy.dial(number);
        let code = switch.await_refusal_after(before);
        let expected = match number {
            "alphapark" => "SLOT_BUSY",
            _ if number.starts_with("alpha") => "FORBIDDEN",
            _ => "EMPTY",
        };
        assert_eq!(code, expected, "{number}");
        spy.await_end(times);
        kept.check(number);
    }
    // Asked for the slot, it keys in the one that is taken next door.
    let (before, talks) = (switch.refusals(), spy.count("CALL_ESTABLISHED"));
    spy.dial("*85");
    spy.await_talk(talks + 1);
    spy.press_all("701#");
    assert_eq!(switch.await_refusal_after(before), "EMPTY");
    kept.check("ask");
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    caller.hang_up();
    switch.everything_is_over();
}

/// What a dialplan may claim of whoever dials.
const DISGUISE: [(&str, &str); 4] = [
    ("set", "user_name=1001"),
    ("set", "domain_name=alpha.test"),
    ("set", "dialed_user=1001"),
    ("set", "dialed_domain=alpha.test"),
];

fn disguised(conf: Conf, number: &str, application: &str, data: &str) -> Conf {
    let actions = [DISGUISE.as_slice(), &[(application, data)]].concat();
    conf.extension(number, &actions)
}

#[test]
fn a_dialplan_that_names_a_user_makes_no_user_of_an_outside_leg() {
    let takes = NUMBERS
        .iter()
        .filter(|(number, _, _)| *number != "alphapark");
    let conf = takes
        .clone()
        .fold(Conf::default(), |conf, (number, application, data)| {
            disguised(conf, number, application, data)
        });
    let office = Office::open(disguised(conf, "selfpark", "callpark", ""));
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    let kept = Kept::of(switch, KEPT, &caller);
    let stranger = office.caller_named("4930999", "Eve", 900);
    for (times, (number, _, _)) in (1..).zip(takes) {
        let before = switch.refusals();
        stranger.dial(number);
        assert_eq!(switch.await_refusal_after(before), "FORBIDDEN", "{number}");
        stranger.await_end(times);
        kept.check(number);
    }
    // Whoever parks is nobody, too.
    stranger.dial("selfpark");
    let own = switch.await_slot("702", "parked");
    assert_eq!(own["parked_by"], Value::Null, "{own}");
    stranger.hang_up();
    caller.hang_up();
    switch.everything_is_over();
}

/// A user of each company; `alpha`'s calls `beta`'s, and one of them parks the other.
fn parked_between(caller_parks: bool, park: fn(&Phone)) {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let alpha = office.phone_of("1001", "alpha.test");
    let beta = office.phone_of("1002", "beta.test");
    alpha.dial("beta-1002");
    beta.await_ring(1);
    beta.answer();
    alpha.talks_with(&beta);
    let (parker, own, parked, other) = if caller_parks {
        (&alpha, "alpha.test", &beta, "beta.test")
    } else {
        (&beta, "beta.test", &alpha, "alpha.test")
    };
    park(parker);
    let call = switch.await_call(&format!("default@{own}"), "701", "parked");
    assert_eq!(call["parked_by"], format!("{}@{own}", parker.user()));
    assert_eq!(switch.parked(&format!("@{other}")), [] as [Value; 0]);
    parked.await_tone(MUSIC);
    // The other company cannot take it, though one of its own people is in the slot.
    let stranger = office.phone_of("1003", other);
    stranger.dial("701");
    assert_eq!(switch.action("refuse")["Result"], "EMPTY");
    stranger.await_end(1);
    let colleague = office.phone_of("1004", own);
    colleague.dial("701");
    colleague.talks_with(parked);
    colleague.hang_up();
    parked.await_end(1);
    switch.everything_is_over();
}

#[test]
fn a_user_who_called_another_company_and_parks_its_user_does_so_at_home() {
    parked_between(true, |parker| parker.blind_transfer("700"));
}

#[test]
fn a_user_who_was_called_by_another_company_and_parks_its_user_does_so_at_home() {
    parked_between(false, |parker| parker.blind_transfer("700"));
}

#[test]
fn a_user_who_called_another_company_and_keys_star_68_parks_its_user_at_home() {
    parked_between(true, |parker| parker.press_all("*68"));
}

/// A phone that is rung as `dialled` transfers its caller to 700 and says that it is `referrer`.
fn parked_by_a_liar(dialled: &str, referrer: &str) -> (Office, Value) {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let port = ports::free();
    let words = [("REFERRER", referrer)];
    let _phone = Sipp::answer_as("refers", &words, port, switch.ports().outside);
    let caller = "0f0e0d0c-1111-2222-3333-777788889999";
    switch.api(&format!(
        "bgapi originate {{origination_uuid={caller},force_transfer_context=default}}null/x &bridge({{absolute_codec_string=PCMU}}[{dialled}]sofia/external/agent@127.0.0.1:{port})"
    ));
    wait::expect("the call is in a slot", || switch.parked("").len() == 1);
    let call = switch.parked("").remove(0);
    (office, call)
}

#[test]
fn a_forged_referred_by_changes_neither_company_nor_parker() {
    let user = "dialed_user=1001,dialed_domain=alpha.test";
    for referrer in ["<sip:1002@beta.test>", "<sip:1002@alpha.test>", "nonsense"] {
        let (office, call) = parked_by_a_liar(user, referrer);
        assert_eq!(call["domain"], "alpha.test", "{referrer}");
        assert_eq!(call["parked_by"], "1001@alpha.test", "{referrer}");
        assert_eq!(office.switch.parked("@beta.test"), [] as [Value; 0]);
    }
    // Of a phone from outside nothing is believed as long as its leg can be read, or is remembered.
    let (_office, call) = parked_by_a_liar("outside=true", "<sip:1002@beta.test>");
    assert_ne!(call["domain"], "beta.test", "{call}");
    assert_eq!(call["parked_by"], Value::Null, "{call}");
}

#[test]
fn a_forged_referred_by_brings_no_caller_home_to_its_own_company() {
    for referrer in ["1003@alpha.test", "1001@alpha.test", "1009@beta.test"] {
        let port = ports::free();
        let dialled = format!(
            "{{dialed_user=1002,dialed_domain=beta.test}}sofia/external/agent@127.0.0.1:{port}"
        );
        let office = Office::open(Conf::default().extension("forger", &[("bridge", &dialled)]));
        let switch = &office.switch;
        let words = [("REFERRER", format!("<sip:{referrer}>"))];
        let words = words
            .each_ref()
            .map(|(word, value)| (*word, value.as_str()));
        let _phone = Sipp::answer_as("refers", &words, port, switch.ports().outside);
        let caller = office.phone("1003");
        caller.dial("forger");
        let call = switch.await_call("default@beta.test", "701", "parked");
        assert_eq!(call["parked_by"], "1002@beta.test", "{referrer}");
        assert_eq!(switch.parked("").len(), 1, "{referrer}");
        caller.await_tone(MUSIC);
        caller.hang_up();
        switch.everything_is_over();
    }
}

#[test]
fn a_ring_back_rings_the_parker_and_not_the_namesake() {
    let office = Office::open(Conf::default().lot("timeout", "4"));
    let switch = &office.switch;
    let namesake = office.phone_of("1001", "beta.test");
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    parker.await_ring(2);
    switch.await_slot("701", "ringing");
    assert_eq!(namesake.count("CALL_INCOMING"), 0);
    parker.answer();
    parker.talks_with(&caller);
    assert_eq!(namesake.count("CALL_INCOMING"), 0);
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn names_are_the_same_in_upper_and_lower_case() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    let kept = Kept::of(switch, KEPT, &caller);
    for list in ["Default@ALPHA.Test", "@Alpha.TEST", "DEFAULT@alpha.test"] {
        let calls = switch.parked(list);
        assert_eq!(calls.len(), 1, "{list}");
        assert_eq!(calls[0]["id"], kept.call["id"], "{list}");
    }
    let busy = office.phone("1002");
    busy.dial("operator");
    busy.await_talk(1);
    let leg = switch.leg_of("1002");
    let line = format!("park {leg} DEFAULT@Alpha.Test 701");
    assert_eq!(switch.callpark(&line), "SLOT_BUSY");
    busy.hang_up();
    switch.ok("callpark move DEFAULT@alpha.TEST 701 default@Alpha.Test 702");
    switch.ok("callpark drop dEFAULT@ALPHA.test 702");
    caller.await_end(1);
    switch.everything_is_over();
}

#[test]
fn each_company_has_its_own_quota_and_its_own_slots() {
    let office = Office::open(Conf::default().lot("max-parked", "1"));
    let switch = &office.switch;
    let first = office.parked_by(&office.phone("1001"));
    let spy = office.phone_of("1002", "beta.test");
    let other = office.phone_of("1003", "beta.test");
    other.dial("1002");
    spy.await_ring(1);
    spy.answer();
    spy.talks_with(&other);
    spy.blind_transfer("700");
    switch.await_call("default@beta.test", "701", "parked");
    other.await_tone(MUSIC);
    let leg = "0f0e0d0c-1111-2222-3333-777788880000";
    switch.api(&format!("originate {{origination_uuid={leg}}}null/x &park"));
    assert_eq!(
        switch.callpark(&format!("park {leg} default@alpha.test")),
        "LOT_FULL"
    );
    assert!(first.keeps_hearing(MUSIC, Duration::from_secs(1)));
    switch.api("hupall");
    switch.everything_is_over();
}

#[test]
fn a_dialplan_chooses_the_company_by_callpark_domain() {
    let chosen = [("set", "callpark_domain=beta.test"), ("callpark", "")];
    let office = Office::open(Conf::default().extension("chosen", &chosen));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.blind_transfer("chosen");
    let call = switch.await_call("default@beta.test", "701", "parked");
    assert_eq!(call["parked_by"], "1001@alpha.test");
    assert_eq!(switch.parked("@alpha.test"), [] as [Value; 0]);
    caller.hang_up();
    switch.everything_is_over();
}
