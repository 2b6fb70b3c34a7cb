//! Many callers and retrievers at once, by sipp: for tests that count.

use crate::{
    conf::{Conf, MUSIC},
    ledger::Ledger,
    office::Office,
    sipp::{Dials, Sipp},
    switch::Switch,
    wait,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    time::Duration,
};

/// The lot that they use.
pub const LOT: &str = "default@alpha.test";
/// A call that nobody ends ends by itself after this time, so that no test hangs.
pub const LONG: Duration = Duration::from_secs(240);

/// How much of a guarantee to play: what the environment says, else what `make test` has time for.
pub fn count(variable: &str, usual: usize) -> usize {
    let given = env::var(variable).ok();
    given.map_or(usual, |text| text.parse().expect(variable))
}

/// Callers dial `enter7` for slot 7, or `enter` for any; retrievers dial `take7`. The status of a refusal has the code.
pub fn busy_office(conf: Conf) -> Office {
    let lots = [
        ("enter", "callpark", LOT.to_owned(), "486"),
        (r"enter(\d+)", "callpark", format!("{LOT} $1"), "486"),
        (
            r"take(\d+)",
            "callpark_retrieve",
            format!("{LOT} $1"),
            "480",
        ),
        (
            "takeoldest",
            "callpark_retrieve",
            format!("{LOT} oldest"),
            "480",
        ),
    ];
    let conf = conf.lot("direct", "self").lot("retrieve-allow", "*");
    let conf = lots
        .iter()
        .fold(conf, |conf, (number, application, data, status)| {
            let refusal = format!("{status} ${{callpark_result}}");
            conf.extension(number, &[(application, data), ("respond", &refusal)])
        });
    let office = Office::open(conf);
    Ledger::begin(&office.switch);
    office
}

/// Every slot once.
pub fn numbers(word: &str, slots: usize) -> Vec<String> {
    (1..=slots).map(|slot| format!("{word}{slot}")).collect()
}

/// Calls that dial one after the other in this rhythm, and hang up after a time.
pub fn dial(switch: &Switch, numbers: &[String], every: u64, stay: Duration) -> Sipp {
    let dials = Dials {
        numbers,
        every: Duration::from_millis(every),
        ring: LONG,
        stay,
    };
    Sipp::dial(&dials, switch.ports().outside)
}

/// Waits until so many calls of the lot are parked.
pub fn await_parked(switch: &Switch, calls: usize) {
    wait::expect(&format!("{calls} calls are parked"), || {
        let parked = switch.parked(LOT);
        let parked = parked.iter().filter(|call| call["state"] == "parked");
        parked.count() == calls
    });
}

/// Callers in the slots 1, 2 and so on, who hang up after `stay`; these calls, by their slot.
pub fn park_in_order(
    switch: &Switch,
    callers: usize,
    every: u64,
    stay: Duration,
) -> (Sipp, BTreeMap<String, Value>) {
    switch.forget_events();
    let sipp = dial(switch, &numbers("enter", callers), every, stay);
    sipp.await_told(callers);
    await_parked(switch, callers);
    let parked = switch.parked(LOT).into_iter();
    let by_slot = parked.map(|call| (call["slot"].as_str().unwrap().to_owned(), call));
    (sipp, by_slot.collect())
}

/// The call is in a slot as it was before: same deadline, alive, with music.
pub fn assert_undisturbed(switch: &Switch, slot: &str, before: &Value) {
    let now = switch.await_slot(slot, "parked");
    for field in ["id", "uuid", "timeout_at", "attempts", "parked_at"] {
        assert_eq!(now[field], before[field], "{field} of slot {slot}");
    }
    let leg = now["uuid"].as_str().unwrap();
    assert_eq!(switch.api(&format!("uuid_exists {leg}")), "true");
    switch.await_tone_to(leg, MUSIC);
}

/// Nobody is left anywhere.
pub fn nothing_left(switch: &Switch) {
    switch.await_no_call_in_slots();
    switch.await_no_channels();
}

/// Who is in slots that are taken: none twice.
pub fn assert_all_different(slots: &[String]) {
    let different: BTreeSet<_> = slots.iter().collect();
    assert_eq!(
        different.len(),
        slots.len(),
        "a slot was given twice: {slots:?}"
    );
}
