//! `callpark list json` of many calls: what the API does, without the socket.

// A bench lives outside the host: its clock is not this one's.
#![allow(clippy::disallowed_methods)]

use callpark_bench::{
    calls::Busy,
    figures::{Limits, Times},
};
use callpark_domain::{report, verb::Filter};
use std::{
    hint::black_box,
    process::ExitCode,
    time::{Duration, Instant},
};

const CALLS: u64 = 10_000;
const MOST: Duration = Duration::from_millis(20);
const ROUNDS: usize = 200;

fn main() -> ExitCode {
    let mut busy = Busy::new("random");
    busy.park(CALLS);
    let now = busy.now();
    let (mut locked, mut all) = (Times::default(), Times::default());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let calls = busy.table.calls(&Filter::All);
        locked.add(begin.elapsed());
        black_box(report::calls_json(&calls, now, "node-1"));
        drop(calls);
        all.add(begin.elapsed());
    }
    println!("list json of {CALLS} calls\n  all: {all}\n  of it under the lock: {locked}");
    let mut limits = Limits::default();
    limits.hold("all, 99 %", all.at(0.99), MOST);
    limits.verdict()
}
