//! `callpark list json` of many calls: what the API command does, from its line to the text that the host is given. The
//! socket is not in it, nor how the host copies that text into it.

// A bench lives outside the host: its clock is not this one's.
#![allow(clippy::disallowed_methods)]
// A bench that cannot go on ends with the reason.
#![allow(clippy::panic)]

use callpark_bench::{
    calls::Busy,
    figures::{Limits, Times},
};
use callpark_domain::{report, verb::Verb};
use std::{
    hint::black_box,
    process::ExitCode,
    time::{Duration, Instant},
};

/// The module's own file: how a reply becomes a text of the host's.
#[path = "../src/fs/text.rs"]
#[allow(dead_code, unused_imports)] // the rest of it, and its tests, are for others
mod text;

const CALLS: u64 = 10_000;
const MOST: Duration = Duration::from_millis(20);
const ROUNDS: usize = 200;

fn main() -> ExitCode {
    let mut busy = Busy::new("random");
    busy.park(CALLS);
    let now = busy.now();
    let (mut locked, mut handed, mut all) = (Times::default(), Times::default(), Times::default());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let Ok(Verb::List { filter, json: true }) = Verb::parse(black_box("list json")) else {
            panic!("no such verb");
        };
        let before = begin.elapsed();
        let calls = busy.table.calls(&filter);
        locked.add(begin.elapsed() - before);
        // As src/module/api/show.rs.
        let reply = report::calls_json(&calls, now, "node-1") + "\n";
        drop(calls);
        let made = begin.elapsed();
        black_box(text::c_text(&reply));
        drop(reply);
        handed.add(begin.elapsed() - made);
        all.add(begin.elapsed());
    }
    println!("list json of {CALLS} calls\n  all: {all}");
    println!("  of it under the lock: {locked}\n  of it as a text of the host's: {handed}");
    let mut limits = Limits::default();
    limits.hold("all, 99 %", all.at(0.99), MOST);
    limits.verdict()
}
