//! Two companies with a call each in the same slot of lots of the same name, and users of the same number: whatever
//! one of them does is done to its own call.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    kept::Kept,
    key::Key,
    office::Office,
    phone::Phone,
    scenes::OPERATOR,
    switch::Switch,
};
use serde_json::Value;
use std::time::Duration;

const ALPHA: &str = "default@alpha.test";
const BETA: &str = "default@beta.test";
/// What the callers of the two companies send, in hertz.
const ALPHA_TONE: u32 = 500;
const BETA_TONE: u32 = 540;

/// A caller talks with a user of `company`.
fn talking(office: &Office, company: &str, user: &Phone, tone: u32) -> Phone {
    let caller = office.caller_named(&format!("4930{tone}"), "Ann Caller", tone);
    let rings = user.count("CALL_INCOMING");
    caller.dial(&format!("{company}-{}", user.user()));
    user.await_ring(rings + 1);
    user.answer();
    caller.talks_with(user);
    caller
}

/// A caller whom a user of `company` has sent to 700, and who is in 701 there.
fn parked(office: &Office, company: &str, parker: &Phone, tone: u32) -> (Phone, Value) {
    let caller = talking(office, company, parker, tone);
    parker.blind_transfer("700");
    let lot = format!("default@{company}.test");
    let call = office.switch.await_call(&lot, "701", "parked");
    caller.await_tone(MUSIC);
    (caller, call)
}

/// Dials, and keys in the slot where the number asks for it.
fn take(phone: &Phone, number: &str) {
    let talks = phone.count("CALL_ESTABLISHED");
    phone.dial(number);
    if number == "*85" {
        phone.await_talk(talks + 1);
        phone.press_all("701#");
    }
}

/// Every event of these calls names its own company, and no event of one carries the leg of another.
fn events_are_apart(switch: &Switch, calls: &[Value]) {
    let events = switch.events();
    for call in calls {
        let of_call = events
            .iter()
            .filter(|event| event.get("Park-ID").map(String::as_str) == call["id"].as_str());
        let mut seen = 0;
        for event in of_call {
            seen += 1;
            assert_eq!(event["Park-Domain"], call["domain"], "{event:?}");
            assert_eq!(event["Park-Lot"], call["lot"], "{event:?}");
            for other in calls.iter().filter(|other| other["id"] != call["id"]) {
                let leg = event.get("Unique-ID").map(String::as_str);
                assert_ne!(leg, other["uuid"].as_str(), "{event:?}");
            }
        }
        assert!(seen >= 2, "{call}: in the slot and out of it, {events:?}");
    }
}

#[test]
fn of_two_calls_in_the_same_slot_each_company_takes_its_own() {
    let newest = [("callpark_retrieve", "default newest")];
    let office = Office::open(Conf::default().extension("takenewest", &newest));
    let switch = &office.switch;
    let (first, call) = parked(&office, "alpha", &office.phone("1001"), ALPHA_TONE);
    let kept = Kept::of(switch, ALPHA, &first);
    let mut calls = vec![call];
    let parker = office.phone_of("1001", "beta.test");
    let colleague = office.phone_of("1004", "beta.test");
    // The call of the other company is the one that has waited longest, in the slot of the same name.
    for (round, number) in (0..).zip(["*86", "701", "park+701", "*85701", "*85"]) {
        let (caller, call) = parked(&office, "beta", &parker, BETA_TONE);
        calls.push(call);
        take(&colleague, number);
        colleague.talks_with(&caller);
        kept.check(number);
        colleague.hang_up();
        caller.await_end(1);
        // Their own slot is empty now, the other company's is not.
        let before = switch.refusals();
        take(&colleague, number);
        assert_eq!(switch.await_refusal_after(before), "EMPTY", "{number}");
        colleague.await_end(2 * round + 2);
        kept.check(number);
    }
    // And the other way round: the call of the other company is the last one that was parked.
    let (last, call) = parked(&office, "beta", &parker, BETA_TONE);
    calls.push(call);
    let theirs = Kept::of(switch, BETA, &last);
    let other = office.phone("1004");
    assert!(first.keeps_hearing(MUSIC, Duration::from_secs(1)));
    take(&other, "takenewest");
    other.talks_with(&first);
    theirs.check("newest");
    other.hang_up();
    first.await_end(1);
    assert!(last.keeps_hearing(MUSIC, Duration::from_secs(1)));
    last.hang_up();
    switch.everything_is_over();
    events_are_apart(switch, &calls);
}

/// What lists of the second company show is its own call, and nothing else.
fn lists_show_only(switch: &Switch, call: &Value) {
    for list in [BETA, "@beta.test"] {
        let calls = switch.parked(list);
        assert_eq!(calls.len(), 1, "{list}: {calls:?}");
        assert_eq!(calls[0]["id"], call["id"], "{list}");
        let table = switch.api(&format!("callpark list {list}"));
        assert!(!table.contains("alpha.test"), "{list}: {table}");
    }
    let shown = switch.json(&format!("callpark show {BETA} 701 json"));
    assert_eq!(shown["id"], call["id"]);
    let lots = switch.json("callpark lots @beta.test json");
    let lots = lots.as_array().unwrap();
    assert_eq!(lots.len(), 1, "{lots:?}");
    assert_eq!(lots[0]["used"], 1, "{lots:?}");
    assert_eq!(lots[0]["domain"], "beta.test", "{lots:?}");
}

/// To another slot and back, and to whoever has parked it; the caller hangs up then.
fn a_verb_moves_and_returns(switch: &Switch, caller: &Phone, parker: &Phone, kept: &Kept<'_>) {
    switch.ok(&format!("callpark move {BETA} 701 705"));
    kept.check("move");
    switch.await_call(BETA, "705", "parked");
    switch.ok(&format!("callpark move {BETA} 705 701"));
    kept.check("move back");
    switch.ok(&format!("callpark return {BETA} 701"));
    parker.await_ring(2);
    kept.check("return");
    parker.answer();
    parker.talks_with(caller);
    caller.hang_up();
}

fn a_verb_transfers(switch: &Switch, caller: &Phone, kept: &Kept<'_>) {
    switch.ok(&format!("callpark transfer {BETA} 701 operator"));
    caller.await_tone(OPERATOR);
    kept.check("transfer");
    caller.hang_up();
}

fn a_verb_retrieves(office: &Office, caller: &Phone, kept: &Kept<'_>) {
    let colleague = office.phone_of("1004", "beta.test");
    let retrieve = format!("callpark retrieve {BETA} oldest 1004@beta.test");
    office.switch.bgapi(&retrieve);
    colleague.await_ring(1);
    colleague.answer();
    colleague.talks_with(caller);
    kept.check("retrieve");
    caller.hang_up();
    colleague.await_end(1);
}

#[test]
fn of_two_calls_in_the_same_slot_a_verb_acts_on_the_one_of_the_company_it_names() {
    // That module tells every new lamp that its slot is empty, before ours puts it right.
    let office = Office::open(Conf::default().without("valet_parking"));
    let switch = &office.switch;
    let namesake = office.phone("1001");
    let (first, call) = parked(&office, "alpha", &namesake, ALPHA_TONE);
    let kept = Kept::of(switch, ALPHA, &first);
    let mut calls = vec![call];
    let lamps =
        ["alpha.test", "beta.test"].map(|of| Key::subscribe(switch, "1005", of, "park+701"));
    let lit = lamps.each_ref().map(Key::states);
    assert_eq!(lit, [["confirmed"], ["terminated"]]);
    let parker = office.phone_of("1001", "beta.test");

    let (caller, call) = parked(&office, "beta", &parker, BETA_TONE);
    lists_show_only(switch, &call);
    calls.push(call);
    a_verb_moves_and_returns(switch, &caller, &parker, &kept);
    assert_eq!(namesake.count("CALL_INCOMING"), 1);

    let (caller, call) = parked(&office, "beta", &parker, BETA_TONE);
    calls.push(call);
    a_verb_transfers(switch, &caller, &kept);

    let (caller, call) = parked(&office, "beta", &parker, BETA_TONE);
    calls.push(call);
    a_verb_retrieves(&office, &caller, &kept);

    let (caller, call) = parked(&office, "beta", &parker, BETA_TONE);
    calls.push(call);
    switch.ok(&format!("callpark drop {BETA} 701"));
    caller.await_end(1);
    kept.check("drop");

    assert!(first.keeps_hearing(MUSIC, Duration::from_secs(1)));
    assert_eq!(namesake.count("CALL_INCOMING"), 1);
    // The one lamp was on all the time; the other has followed its own calls.
    let [own, other] = lamps;
    other.await_state("terminated");
    assert!(other.states().iter().any(|state| state == "confirmed"));
    assert_eq!(own.states(), ["confirmed"]);
    first.hang_up();
    switch.everything_is_over();
    events_are_apart(switch, &calls);
}

#[test]
fn a_key_parks_into_the_slot_of_its_own_company_and_takes_from_there() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (first, _) = parked(&office, "alpha", &office.phone("1001"), ALPHA_TONE);
    let kept = Kept::of(switch, ALPHA, &first);
    let parker = office.phone_of("1001", "beta.test");
    let caller = talking(&office, "beta", &parker, BETA_TONE);
    parker.blind_transfer("701");
    let call = switch.await_call(BETA, "701", "parked");
    assert_eq!(call["parked_by"], "1001@beta.test");
    caller.await_tone(MUSIC);
    kept.check("the key parked");
    let colleague = office.phone_of("1004", "beta.test");
    colleague.dial("701");
    colleague.talks_with(&caller);
    kept.check("the key retrieved");
    caller.hang_up();
    colleague.await_end(1);
    // Of a user in a call, too: the slot is empty, so the key reserves it at home.
    let caller = talking(&office, "beta", &colleague, BETA_TONE);
    colleague.hold();
    caller.await_tone(MUSIC);
    colleague.dial("701");
    switch.await_call(BETA, "701", "reserved");
    kept.check("the key consults");
    colleague.attended_transfer();
    switch.await_call(BETA, "701", "parked");
    caller.await_tone(MUSIC);
    kept.check("the attended transfer");
    caller.hang_up();
    first.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_user_parks_no_call_that_the_namesake_has_on_hold() {
    let office = Office::open(Conf::default().lot("direct", "held"));
    let switch = &office.switch;
    let holder = office.phone("1001");
    let caller = talking(&office, "alpha", &holder, ALPHA_TONE);
    holder.hold();
    caller.await_tone(MUSIC);
    let namesake = office.phone_of("1001", "beta.test");
    // The key of an empty slot, of a user who has no call.
    namesake.dial("701");
    assert_eq!(switch.action("refuse")["Result"], "EMPTY");
    namesake.await_end(1);
    // The park extension, of a user who has nothing on hold: a consultation, at home.
    namesake.dial("700");
    switch.await_call(BETA, "701", "reserved");
    assert_eq!(switch.parked("").len(), 1);
    namesake.hang_up();
    switch.action("expire");
    switch.await_no_call_in_slots();
    assert!(!switch.actions().contains(&"park".to_owned()));
    holder.resume();
    caller.await_tone(holder.tone());
    caller.hang_up();
    switch.everything_is_over();
}
