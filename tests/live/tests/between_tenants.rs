//! Calls between two companies on one switch: whose lot a call lands in, and what a liar can change about it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC, password},
    kept::Kept,
    office::Office,
    phone::Phone,
    ports,
    sipp::Sipp,
    switch::Switch,
    wait,
};
use serde_json::Value;
use std::time::Duration;

const ALPHA: &str = "alpha.test";
const BETA: &str = "beta.test";

/// How a user parks whom it talks with.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// A blind transfer to this number.
    Blind(&'static str),
    /// Hold, dial this number, complete the transfer.
    Attended(&'static str),
    /// Hold, dial, hang up.
    Held,
}

const WAYS: [Way; 4] = [
    Way::Blind("park+701"),
    Way::Attended("700"),
    Way::Attended("701"),
    Way::Held,
];

impl Way {
    fn park(self, switch: &Switch, parker: &Phone, domain: &str) {
        match self {
            Self::Blind(number) => parker.blind_transfer(number),
            Self::Held => {
                parker.hold();
                parker.dial("held");
            }
            Self::Attended(number) => {
                let talks = parker.count("CALL_ESTABLISHED");
                parker.hold();
                parker.dial(number);
                parker.await_talk(talks + 1);
                switch.await_call(&format!("default@{domain}"), "701", "reserved");
                parker.attended_transfer();
            }
        }
    }
}

/// 1001 of `alpha.test` calls 1002 of `beta.test`, and one of them parks the other.
fn parked_between(caller_parks: bool, way: Way) {
    let held = [("set", "callpark_direct=held"), ("callpark", "")];
    let office = Office::open(Conf::default().extension("held", &held));
    let switch = &office.switch;
    let alpha = office.phone_of("1001", ALPHA);
    let beta = office.phone_of("1002", BETA);
    alpha.dial("beta-1002");
    beta.await_ring(1);
    beta.answer();
    alpha.talks_with(&beta);
    let (parker, own, parked, other) = if caller_parks {
        (&alpha, ALPHA, &beta, BETA)
    } else {
        (&beta, BETA, &alpha, ALPHA)
    };
    way.park(switch, parker, own);
    parked.await_tone(MUSIC);
    let kept = Kept::of(switch, &format!("default@{own}"), parked);
    let parked_by = format!("{}@{own}", parker.user());
    assert_eq!(kept.call["parked_by"], parked_by, "{way:?}");
    assert_eq!(switch.parked(&format!("@{other}")), [] as [Value; 0]);
    // The other company cannot take it, though one of its own people is in the slot.
    let stranger = office.phone_of("1003", other);
    for (times, number) in (1..).zip(["701", "*85701", "*86"]) {
        let before = switch.refusals();
        stranger.dial(number);
        assert_eq!(switch.await_refusal_after(before), "EMPTY", "{number}");
        stranger.await_end(times);
        kept.check(number);
    }
    let colleague = office.phone_of("1004", own);
    colleague.dial("701");
    colleague.talks_with(parked);
    colleague.hang_up();
    parked.await_end(1);
    switch.api("hupall"); // a parker who still hears the slot
    switch.everything_is_over();
}

#[test]
fn a_user_who_called_another_company_parks_its_user_at_home_in_every_way() {
    WAYS.iter().for_each(|way| parked_between(true, *way));
}

#[test]
fn a_user_who_was_called_by_another_company_parks_its_user_at_home_in_every_way() {
    WAYS.iter().for_each(|way| parked_between(false, *way));
}

/// Whom a liar names: the caller, others of both companies, and nobody.
const REFERRERS: [&str; 5] = [
    "<sip:1001@alpha.test>",
    "<sip:1003@alpha.test>",
    "<sip:1003@beta.test>",
    "\"Ann\" <sip:1001@alpha.test;x=y>;z=1",
    "nonsense",
];

/// A phone at the SIP port `at` is called by 1001 of `alpha.test`, who dials `number`, and transfers it to 700.
fn transferred_by_a_liar(
    office: &Office,
    number: &str,
    referrer: &str,
    [at, from]: [u16; 2],
) -> Value {
    let switch = &office.switch;
    let words = [("REFERRER", referrer)];
    let liar = Sipp::answer_as("refers", &words, at, from);
    let caller = office.phone("1001");
    caller.dial(number);
    wait::expect("the call is in a slot", || {
        let calls = switch.parked("");
        calls.len() == 1 && calls[0]["state"] == "parked"
    });
    caller.await_tone(MUSIC);
    let call = switch.parked("").remove(0);
    caller.hang_up();
    switch.everything_is_over();
    drop(liar);
    call
}

#[test]
fn a_forged_referred_by_of_a_registered_user_changes_neither_company_nor_parker() {
    let office = Office::open(Conf::default());
    let (at, from) = (ports::free(), office.switch.ports().inside);
    let (port, secret) = (at.to_string(), password("1002"));
    let words = [
        ("PASSWORD", secret.as_str()),
        ("DOMAIN", BETA),
        ("USER", "1002"),
        ("CONTACT_PORT", &port),
    ];
    Sipp::keep("registers", &words, Duration::from_secs(10), from).finish();
    for referrer in REFERRERS {
        let call = transferred_by_a_liar(&office, "beta-1002", referrer, [at, from]);
        assert_eq!(call["domain"], BETA, "{referrer}: {call}");
        assert_eq!(call["parked_by"], "1002@beta.test", "{referrer}: {call}");
    }
}

#[test]
fn a_dialplan_that_names_the_company_makes_nobody_a_user_of_it() {
    let chosen = [("set", "callpark_domain=beta.test"), ("callpark", "")];
    let taken = [
        ("set", "callpark_domain=Beta.Test"),
        ("callpark_retrieve", "701"),
    ];
    let conf = Conf::default().extension("chosen", &chosen);
    let office = Office::open(conf.extension("chosentake", &taken));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.blind_transfer("chosen");
    let kept = Kept::of(switch, "default@beta.test", &caller);
    let stranger = office.phone("1002");
    for (times, (number, code)) in (1..).zip([("chosentake", "FORBIDDEN"), ("701", "EMPTY")]) {
        let before = switch.refusals();
        stranger.dial(number);
        assert_eq!(switch.await_refusal_after(before), code, "{number}");
        stranger.await_end(times);
        kept.check(number);
    }
    let owner = office.phone_of("1003", BETA);
    owner.dial("chosentake");
    owner.talks_with(&caller);
    caller.hang_up();
    owner.await_end(1);
    switch.everything_is_over();
}

#[test]
fn a_forged_referred_by_of_an_outside_phone_changes_neither_company_nor_parker() {
    let at = ports::free();
    let bridge = format!("{{absolute_codec_string=PCMU}}sofia/external/agent@127.0.0.1:{at}");
    let office = Office::open(Conf::default().extension("outside", &[("bridge", &bridge)]));
    let from = office.switch.ports().outside;
    for referrer in REFERRERS {
        let call = transferred_by_a_liar(&office, "outside", referrer, [at, from]);
        // Nobody parked it: it is in the lot of the leg's own company.
        assert_eq!(call["domain"], ALPHA, "{referrer}: {call}");
        assert_eq!(call["parked_by"], Value::Null, "{referrer}: {call}");
    }
}
