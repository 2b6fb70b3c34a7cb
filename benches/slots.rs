//! Taking a slot and freeing one costs in a full lot what it costs in an empty one.

// A bench lives outside the host: its clock is not this one's.
#![allow(clippy::disallowed_methods)]

use callpark_bench::{
    calls::{Busy, SLOTS, scattered},
    figures::{Limits, Times},
};
use callpark_domain::call::{Outcome, Ticket};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

const MOST: Duration = Duration::from_micros(2);
const MOST_TIMES_EMPTY: f64 = 2.0;
/// Both lots take turns, so that both see the same machine.
const TURNS: usize = 100;
const ROUNDS: usize = 1_000;

fn main() -> ExitCode {
    let mut limits = Limits::default();
    for choose in ["first", "next", "random"] {
        println!("choose={choose}, one free slot of {SLOTS}; a call comes and goes");
        let (median, ratio) = compare(choose, come_and_go);
        limits.hold("full lot, median", median, MOST);
        limits.hold("full to empty", ratio, MOST_TIMES_EMPTY);
        // Beside it, without a limit: a call that has waited long is in no processor's cache any more.
        println!("choose={choose}, one free slot of {SLOTS}; a call goes and another comes");
        compare(choose, go_and_come);
    }
    limits.verdict()
}

/// The median in a full lot, and how many times that of an empty one it is.
fn compare(
    choose: &str,
    in_full_lot: fn(&mut Busy, &mut Vec<Ticket>) -> Duration,
) -> (Duration, f64) {
    let (mut empty, mut full) = (Busy::new(choose), Busy::new(choose));
    let mut calls = full.park(SLOTS);
    let any = calls.swap_remove(calls.len() / 3);
    full.table.leave(any, Outcome::Retrieved, full.now());
    let (mut in_empty, mut in_full) = (Times::default(), Times::default());
    for _ in 0..TURNS {
        in_empty.extend((0..ROUNDS).map(|_| come_and_go(&mut empty, &mut Vec::new())));
        in_full.extend((0..ROUNDS).map(|_| in_full_lot(&mut full, &mut calls)));
    }
    let ratio = in_full.median().as_secs_f64() / in_empty.median().as_secs_f64();
    println!("  empty lot: {in_empty}\n  full lot:  {in_full}, {ratio:.2} times");
    (in_full.median(), ratio)
}

/// A call takes the one free slot, and leaves.
fn come_and_go(busy: &mut Busy, _: &mut Vec<Ticket>) -> Duration {
    let (arrival, now) = busy.next_arrival();
    let begin = Instant::now();
    let call = busy.take(arrival, now);
    let departed = busy.table.leave(call.ticket, Outcome::Retrieved, now);
    let took = begin.elapsed();
    busy.publish();
    assert!(departed.is_some());
    took
}

/// Any of the calls leaves, and the next one that comes finds a slot: never the same memory twice.
fn go_and_come(busy: &mut Busy, calls: &mut Vec<Ticket>) -> Duration {
    let (arrival, now) = busy.next_arrival();
    let any = usize::try_from(scattered(arrival.random)).unwrap_or(0) % calls.len();
    let leaver = calls.swap_remove(any);
    let begin = Instant::now();
    let departed = busy.table.leave(leaver, Outcome::Retrieved, now);
    let call = busy.take(arrival, now);
    let took = begin.elapsed();
    busy.publish();
    assert!(departed.is_some());
    calls.push(call.ticket);
    took
}
