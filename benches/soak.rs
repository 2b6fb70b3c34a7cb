//! An hour of parks, five a second, on a real FreeSWITCH: callers who hang up, who are taken, who are rung back and who go to
//! the fallback; and whether memory, threads and descriptors stay flat. `CALLPARK_SOAK_ROUNDS` says how many rounds, and
//! `CALLPARK_SOAK_MINUTES` how long each is.

// A bench lives outside the host: its clock and its pauses are not the host's.
#![allow(clippy::disallowed_methods)]
// A bench that cannot go on ends with the reason.
#![allow(clippy::expect_used)]

use callpark_bench::{
    figures::{Limits, number},
    process,
};
use callpark_live::{
    conf::Conf,
    crowd::{self, LONG, busy_office},
    heap::Heap,
    ledger::Ledger,
    ports,
    sipp::{Load, Sipp},
    switch::Switch,
    wait,
};
use serde_json::Value;
use std::{fmt, process::ExitCode, thread::sleep, time::Duration};

/// Minutes of a round.
const MINUTES: u32 = 10;
const MINUTE: Duration = Duration::from_secs(60);
/// Callers a second who hang up soon, and who stay until something happens to them.
const SHORT: (u32, Duration) = (3, Duration::from_secs(8));
const STAYING: (u32, Duration) = (2, Duration::from_secs(40));
/// From one retriever to the next, in milliseconds, and how long they talk.
const RETRIEVE_EVERY: u64 = 700;
const TALK: Duration = Duration::from_secs(3);
/// From the end of a round's last call until the switch is looked at: more than the 32 s (64 times T1) that SIP keeps a
/// transaction.
const REST: Duration = Duration::from_secs(45);
/// When a call rings back, in seconds.
const TIMEOUT: &str = "12";
/// How much more the switch may have asked for and not given back at the end of the last round than at the end of the first,
/// which fills the host's pools. A table that is at the edge of its size may still double, by chance: the one of the legs that
/// ended within the last minutes is 3 % of all at this load. Resident memory is told, too: it has what the allocator keeps for
/// later, in holes that thousands of calls leave and at hand for each thread.
const MORE_MEMORY: f64 = 0.05;
const MORE_THINGS: i64 = 3;

/// What the switch has while no call is up.
#[derive(Clone, Copy)]
struct AtRest {
    heap_kib: u64,
    resident_kib: u64,
    threads: i64,
    descriptors: i64,
}

fn main() -> ExitCode {
    let [rounds, minutes] = [
        ("CALLPARK_SOAK_ROUNDS", 6),
        ("CALLPARK_SOAK_MINUTES", MINUTES),
    ]
    .map(|(name, usual)| number(name, usual as usize) as u32);
    let (phone_port, mut limits) = (ports::free(), Limits::default());
    let heap = Heap::prepare();
    let office = busy_office(
        Conf::default()
            .environment(heap.variables())
            .held_by("shared")
            .lot("slots", "1-4000")
            .lot("timeout", TIMEOUT)
            .lot("ring-timeout", "5")
            .lot("ring-attempts", "1")
            .lot(
                "return-to",
                &format!("sofia/external/phone@127.0.0.1:{phone_port}"),
            )
            .lot("fallback", "operator XML default"),
    );
    let switch = &office.switch;
    switch.api("fsctl loglevel warning");
    println!(
        "rounds of {minutes} minutes, {} parks a second",
        SHORT.0 + STAYING.0
    );
    let (mut ends, mut odd) = (Vec::new(), 0);
    for number in 1..=rounds {
        play(switch, phone_port, minutes);
        let rest = at_rest(switch, &heap);
        let (parked, not_once) = parks(switch);
        println!(
            "  round {number}: {parked} parks; at rest {rest}; since the load {}",
            outcomes(switch)
        );
        ends.push(rest);
        odd += not_once;
        switch.forget_events();
    }
    if let [first, .., last] = ends.as_slice() {
        let grown = last.heap_kib as f64 / first.heap_kib.max(1) as f64 - 1.0;
        limits.hold("heap grown since the first round", grown, MORE_MEMORY);
        limits.hold("more threads", last.threads - first.threads, MORE_THINGS);
        limits.hold(
            "more descriptors",
            last.descriptors - first.descriptors,
            MORE_THINGS,
        );
    }
    let complaints = complaints(&switch.log());
    limits.hold("errors of ours in the log", complaints.len(), 0);
    complaints
        .iter()
        .take(10)
        .for_each(|line| println!("  {line}"));
    limits.hold("parks without an end, or with two", odd, 0);
    limits.verdict()
}

/// One round: all calls of it begin and end.
fn play(switch: &Switch, phone_port: u16, minutes: u32) {
    let round = MINUTE * minutes;
    let seconds = round.as_secs() as u32;
    let callers = |(rate, stay): (u32, Duration)| {
        let (scenario, number) = ("stay", "enter");
        let calls = rate * seconds;
        let load = Load {
            scenario,
            number,
            calls,
            rate,
            stay,
        };
        Sipp::start(&load, switch.ports().outside)
    };
    let [short, staying] = [SHORT, STAYING].map(callers);
    let takers =
        vec!["takeoldest".to_owned(); (round.as_millis() as u64 / RETRIEVE_EVERY) as usize];
    let takers = crowd::dial(switch, &takers, RETRIEVE_EVERY, TALK);
    // A phone that answers for a minute, and is not there for the next: such calls go to the fallback.
    for minute in 0..minutes {
        let answers = Duration::from_millis(1500);
        let phone = (minute % 2 == 0).then(|| {
            Sipp::answer(
                "answers",
                &[("ANSWER_MS", answers)],
                phone_port,
                switch.ports().outside,
            )
        });
        sleep(MINUTE);
        drop(phone);
    }
    drop(takers.finish());
    wait::until(LONG, || (switch.channels() == 0).then_some(()));
    switch.api("hupall");
    switch.await_no_channels();
    switch.await_no_call_in_slots();
    drop((short, staying));
}

/// Once the host has settled: its session threads wait for work before they end, and its SIP transactions for late packets.
fn at_rest(switch: &Switch, heap: &Heap) -> AtRest {
    sleep(REST);
    let id = switch.process_id();
    AtRest {
        heap_kib: heap.bytes_in_use() / 1024,
        resident_kib: process::memory_kib(id),
        threads: process::threads(id),
        descriptors: process::descriptors(id),
    }
}

impl fmt::Display for AtRest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} KiB of heap, {} KiB resident, {} threads, {} descriptors",
            self.heap_kib, self.resident_kib, self.threads, self.descriptors
        )
    }
}

/// Calls that were parked since the events were last forgotten, and those of them that have not left just once.
fn parks(switch: &Switch) -> (usize, usize) {
    let parks = Ledger::of(&switch.events()).parks;
    let odd = parks.iter().filter(|park| park.left.len() != 1);
    (parks.len(), odd.count())
}

fn outcomes(switch: &Switch) -> String {
    let status = switch.json("callpark status json");
    let outcomes = status.get("outcomes").and_then(Value::as_object);
    let seen = outcomes
        .into_iter()
        .flatten()
        .filter(|(_, count)| **count != 0);
    seen.map(|(name, count)| format!("{name} {count}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn complaints(log: &str) -> Vec<String> {
    let ours = log
        .lines()
        .filter(|line| line.contains("mod_callpark") && line.contains("[ERR"));
    ours.map(str::to_owned).collect()
}
