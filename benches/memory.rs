//! What a held call takes of memory, against FreeSWITCH's own `park`, which plays nothing. Each way on a switch of its own.

// A bench lives outside the host: its clock and its pauses are not the host's.
#![allow(clippy::disallowed_methods)]

use callpark_bench::{
    figures::{Limits, median, number},
    held::Held,
    holders::{self, BARE, BROUGHT, WAYS, Way},
    paper,
    process::memory_kib,
};
use std::process::ExitCode;

const CALLS: usize = 200;
/// The first calls fill the host's pools and load what is loaded once.
const BEFORE: usize = 50;
/// As a share of bare `park`'s.
const MOST: f64 = 1.03;

fn main() -> ExitCode {
    let rounds = number("CALLPARK_BENCH_ROUNDS", 3);
    let (mut limits, mut rows) = (Limits::default(), Vec::new());
    let [valet, ..] = WAYS;
    let mut all = [BARE, valet, BROUGHT].map(|way| (way, Vec::new()));
    println!("{CALLS} calls, {rounds} rounds");
    for _ in 0..rounds {
        for (way, taken) in &mut all {
            let kib = measure(way);
            println!("  {:6} {kib:.1} KiB each", way.name);
            rows.push(format!("{},{kib:.1}", way.name));
            taken.push(kib);
        }
    }
    let [bare, _, shared] = all.map(|(_, mut taken)| median(&mut taken));
    limits.hold("shared/bare park, median", shared / bare, MOST);
    paper::table("memory.csv", "way,rss_kib_per_call", &rows);
    limits.verdict()
}

/// KiB of resident memory for each call.
fn measure(way: &Way) -> f64 {
    let switch = holders::switch();
    let mut held = Held::none(&switch, way);
    held.add(BEFORE);
    let before = memory_kib(switch.process_id()) as f64;
    held.add(CALLS);
    (memory_kib(switch.process_id()) as f64 - before) / CALLS as f64
}
