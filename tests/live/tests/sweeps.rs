//! Two things happen to one parked call, at every moment of each other: one of them wins, the other is told, and nobody is
//! lost, silent or joined to a stranger.
//!
//! `make test` tries some of the moments; `make guarantees` all of them, and prints what was counted.

// Moments are tried, so this file waits for them.
#![allow(clippy::disallowed_methods)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::Conf,
    crowd::{
        LONG, LOT, assert_undisturbed, busy_office, count, dial, nothing_left, numbers,
        park_in_order,
    },
    ledger::Ledger,
    ports,
    sipp::{Dialled, Dials, Sipp},
    switch::Switch,
    wait,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    thread::sleep,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// From the first moment that is tried to the last one, in milliseconds.
const SPAN: u64 = 300;
/// By so much the first retriever is late where one comes for each of a row of answers; the program that dials needs some of
/// it to start.
const TAKERS_LATE: Duration = Duration::from_millis(130);
/// All moments are tried at this step, in milliseconds.
const FINE: u64 = 5;
/// Retrievers with a patience of their own that are played side by side.
const WAVE: usize = 16;
/// How long a retriever who has the call stays.
const STAY: Duration = Duration::from_millis(1500);

/// From one moment to the next, in milliseconds.
fn step() -> u64 {
    count("CALLPARK_STEP_MS", 25) as u64
}

/// How many moments there are.
fn moments() -> usize {
    (SPAN / step() + 1) as usize
}

/// How the calls of a sweep left, and how many retrievers were told that there is none.
struct Swept {
    ledger: Ledger,
    told: Vec<Dialled>,
    every: u64,
}

/// A retriever for each call, `every` so many milliseconds; when about half of them have dialled in [`SPAN`], `rival` acts on all calls at once.
fn sweep(
    switch: &Switch,
    calls: usize,
    every: u64,
    rival: impl FnOnce(),
    after: impl FnOnce(&Ledger),
) -> Swept {
    let takers = dial(switch, &numbers("take", calls), every, STAY);
    takers.await_told(1);
    sleep(Duration::from_millis(SPAN / 3));
    rival();
    let told = takers.finish();
    assert_eq!(told.len(), calls, "not every retriever was told");
    after(&switch.look(Ledger::of));
    let ledger = Ledger::await_all_left(switch);
    assert_eq!(ledger.parks.len(), calls);
    nothing_left(switch);
    for lost in told.iter().filter_map(|told| told.refusal.as_deref()) {
        assert!(matches!(lost, "480 EMPTY" | "480 FAILED"), "{lost}");
    }
    let answered: BTreeSet<_> = told
        .iter()
        .filter(|told| told.refusal.is_none())
        .map(|told| told.number.trim_start_matches("take").to_owned())
        .collect();
    for slot in ledger.slots_left_by("retrieve") {
        assert!(answered.contains(slot), "{slot} went to nobody");
    }
    Swept {
        ledger,
        told,
        every,
    }
}

impl Swept {
    /// Prints how it went; every call has left in one of these ways, and of all moments each way was seen.
    fn report(&self, name: &str, ways: [&str; 2]) {
        let outcomes = self.ledger.outcomes();
        let empty = self
            .told
            .iter()
            .filter(|told| told.refusal.is_some())
            .count();
        println!(
            "{name}: {} moments {} ms apart: {outcomes:?}; {empty} retrievers were told that there is no call",
            self.told.len(),
            self.every
        );
        let known: usize = ways.iter().filter_map(|way| outcomes.get(*way)).sum();
        assert_eq!(known, self.told.len(), "{outcomes:?}");
        // A few moments may all be early, or all late, on a busy machine; all of them never are.
        for way in ways.iter().filter(|_| step() <= FINE) {
            assert!(
                outcomes.contains_key(*way),
                "no moment was early or late enough: {outcomes:?}"
            );
        }
    }
}

fn each(calls: &BTreeMap<String, Value>, mut act: impl FnMut(&str)) {
    let mut slots: Vec<_> = calls.keys().collect();
    slots.sort_by_key(|slot| slot.parse::<u32>().unwrap());
    for slot in slots {
        act(slot);
    }
}

fn office(conf: Conf) -> callpark_live::office::Office {
    busy_office(conf.lot("slots", "1-199"))
}

#[test]
fn a_drop_and_a_retrieve_at_any_moment_end_a_call_in_one_way() {
    let office = office(Conf::default());
    let switch = &office.switch;
    let (callers, calls) = park_in_order(switch, moments(), 5, LONG);
    let operator = switch.another_operator();
    let rival = || {
        each(&calls, |slot| {
            operator.order(&format!("callpark drop {LOT} {slot}"));
        })
    };
    let swept = sweep(switch, calls.len(), step(), rival, |_| ());
    callers.finish();
    swept.report("drop against retrieve", ["drop", "retrieve"]);
}

#[test]
fn a_move_and_a_retrieve_at_any_moment_leave_a_call_taken_or_moved() {
    let office = office(Conf::default().lot("timeout", "900"));
    let switch = &office.switch;
    let (callers, calls) = park_in_order(switch, moments(), 5, LONG);
    let new = |slot: &str| (slot.parse::<u32>().unwrap() + 100).to_string();
    let operator = switch.another_operator();
    let rival = || {
        each(&calls, |slot| {
            operator.order(&format!("callpark move {LOT} {slot} {LOT} {}", new(slot)));
        });
    };
    let after = |_: &Ledger| {
        for call in switch.parked(LOT) {
            let slot = call["slot"].as_str().unwrap();
            let old = (slot.parse::<u32>().unwrap() - 100).to_string();
            assert_undisturbed(switch, slot, &calls[&old]);
            switch.api(&format!("callpark drop {LOT} {slot}"));
        }
    };
    let swept = sweep(switch, calls.len(), step(), rival, after);
    callers.finish();
    let moved = swept
        .ledger
        .parks
        .iter()
        .filter(|park| park.slots.len() > 1);
    assert!(
        moved.clone().all(|park| park.left == ["drop"]),
        "a moved call was taken"
    );
    swept.report("move against retrieve", ["drop", "retrieve"]);
}

#[test]
fn a_caller_who_hangs_up_while_somebody_takes_the_call_ends_it_in_one_way() {
    let office = office(Conf::default());
    let switch = &office.switch;
    let calls = moments();
    // They hang up one after the other, half as far apart as the retrievers come.
    let stay = Duration::from_secs(4);
    let (callers, _) = park_in_order(switch, calls, step() / 2, stay);
    let began = switch.look(Ledger::of).parks[0].at;
    let until = Duration::from_micros(began) + stay + Duration::from_millis(SPAN / 4);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    sleep(until.saturating_sub(now + Duration::from_millis(SPAN / 2 + 50)));
    let swept = sweep(switch, calls, step(), || (), |_| ());
    callers.finish();
    swept.report(
        "the caller hangs up against retrieve",
        ["abandon", "retrieve"],
    );
}

#[test]
fn a_parker_who_answers_and_a_retriever_at_any_moment_end_a_call_in_one_way() {
    let port = ports::free();
    let answer = Duration::from_millis(1500);
    let back = format!("sofia/external/agent${{slot}}@127.0.0.1:{port}");
    let office = office(Conf::default().lot("return-to", &back));
    let switch = &office.switch;
    let _phones = Sipp::answer(
        "answers",
        &[("ANSWER_MS", answer)],
        port,
        switch.ports().outside,
    );
    let (callers, calls) = park_in_order(switch, moments(), 5, LONG);
    // Twice as far apart as the retrievers, who begin late for the first answers, and are early for the last ones.
    let began = Instant::now();
    each(&calls, |slot| {
        let reply = switch.api(&format!("callpark return {LOT} {slot}"));
        assert!(reply.starts_with("+OK"), "{reply}");
        sleep(Duration::from_millis(2 * step()));
    });
    sleep((answer + TAKERS_LATE).saturating_sub(began.elapsed()));
    // Those whom the parker has are ended by us: neither of the two hangs up.
    let end = |ledger: &Ledger| {
        let returned = ledger.parks.iter().filter(|park| park.left == ["return"]);
        for park in returned {
            switch.api(&format!("uuid_kill {}", park.leg));
        }
    };
    let swept = sweep(switch, calls.len(), step(), || (), end);
    callers.finish();
    swept.report(
        "the parker answers against retrieve",
        ["return", "retrieve"],
    );
}

#[test]
fn a_timeout_and_a_retrieve_at_the_same_moment_end_a_call_in_one_way() {
    let conf = Conf::default()
        .lot("timeout", "6")
        .lot("return-to", "none")
        .lot("fallback", "over XML default")
        .extension("over", &[("sleep", "300"), ("hangup", "")]);
    let office = office(conf);
    let switch = &office.switch;
    let (callers, calls) = park_in_order(switch, moments(), 2, LONG);
    let due = calls
        .values()
        .map(|call| call["timeout_at"].as_u64().unwrap())
        .max()
        .unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // The scheduler looks once in the second after it: half of the retrievers come before that second, and half in it.
    let apart = 4 * step();
    let until = Duration::from_secs(due) - Duration::from_millis(apart * calls.len() as u64 / 2);
    sleep(until.saturating_sub(now));
    let swept = sweep(switch, calls.len(), apart, || (), |_| ());
    callers.finish();
    swept.report("timeout against retrieve", ["fallback", "retrieve"]);
}

#[test]
fn a_retriever_who_hangs_up_at_any_moment_ends_the_call_or_leaves_it_in_its_slot() {
    let office = office(Conf::default().lot("timeout", "900"));
    let times = || (0..moments() as u64).map(|number| Duration::from_millis(number * step()));
    // Until so long after the INVITE, or else after the answer.
    let after_invite = times().map(|time| (time, time));
    let after_answer = times().map(|time| (LONG, time));
    let patience: Vec<_> = after_invite.chain(after_answer).collect();
    let mut counts = BTreeMap::new();
    for wave in patience.chunks(WAVE) {
        for (outcome, calls) in hang_up_after(&office.switch, wave) {
            *counts.entry(outcome).or_insert(0) += calls;
        }
    }
    let undone = office.switch.log().matches("the caller stays").count();
    println!(
        "{} retrievers hung up at a moment each: {counts:?}; {undone} claims were undone",
        patience.len()
    );
    assert_eq!(counts.values().sum::<usize>(), patience.len());
}

/// One retriever for each call, with so much patience for ring and talk.
fn hang_up_after(switch: &Switch, patience: &[(Duration, Duration)]) -> [(&'static str, usize); 2] {
    let (callers, before) = park_in_order(switch, patience.len(), 5, LONG);
    let takers = numbers("take", patience.len());
    let takers: Vec<_> = takers
        .chunks(1)
        .zip(patience)
        .map(|(numbers, (ring, stay))| {
            let dials = Dials {
                numbers,
                every: Duration::from_millis(1),
                ring: *ring,
                stay: *stay,
            };
            Sipp::dial(&dials, switch.ports().outside)
        })
        .collect();
    takers.into_iter().for_each(|taker| _ = taker.finish());
    // The retrievers are gone; so is the caller whom one of them had.
    wait::expect("every call is either ended or in its slot", || {
        let ended = switch.look(|events| Ledger::of(events).slots_left_by("retrieve").len());
        let calls = switch.parked(LOT);
        let parked = calls
            .iter()
            .filter(|call| call["state"] == "parked")
            .count();
        parked == calls.len() && parked + ended == patience.len() && switch.channels() == parked
    });
    let ledger = switch.look(Ledger::of);
    ledger.check();
    let ended = ledger.slots_left_by("retrieve");
    for (slot, call) in before
        .iter()
        .filter(|(slot, _)| !ended.contains(slot.as_str()))
    {
        assert_undisturbed(switch, slot, call);
        switch.api(&format!("callpark drop {LOT} {slot}"));
    }
    let counts = [
        ("connected and ended", ended.len()),
        ("back in the slot", patience.len() - ended.len()),
    ];
    callers.finish();
    Ledger::await_all_left(switch);
    nothing_left(switch);
    counts
}
