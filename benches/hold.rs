//! What a held call costs: mod_valet_parking's, one held by its own thread, and one held by the shared engine, in turn on
//! the same switch, with phones that send RTP throughout. The packets are counted on the wire.
//!
//! `CALLPARK_BENCH_CALLS` says how many calls, such as `100,400`, and `CALLPARK_BENCH_ROUNDS` how often.

// A bench lives outside the host: its clock and its pauses are not the host's.
#![allow(clippy::disallowed_methods)]

use callpark_bench::{
    figures::{Limits, median, number},
    held::{Held, Seen},
    holders::{self, WAYS},
    paper::{self, Group},
};
use std::{env, process::ExitCode, time::Duration};

/// The CPU time of a call in the engine, as a share of mod_valet_parking's.
const MOST: f64 = 0.35;
/// Milliseconds that a packet to a call in the engine is off its time, on the average.
const MOST_JITTER: f64 = 5.0;
const MEASURED: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    let rounds = number("CALLPARK_BENCH_ROUNDS", 3);
    let counts = env::var("CALLPARK_BENCH_CALLS").unwrap_or_else(|_| "100,400".to_owned());
    let counts: Vec<usize> = counts
        .split(',')
        .filter_map(|text| text.parse().ok())
        .collect();
    let switch = holders::switch();
    let mut limits = Limits::default();
    let (mut rows, mut groups) = (Vec::new(), Vec::new());
    for calls in counts {
        println!("{calls} calls, {rounds} rounds");
        let mut micros = WAYS.map(|_| Vec::new());
        let (mut ratios, mut jitter) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let round = WAYS.map(|way| {
                let mut held = Held::none(&switch, &way);
                held.add(calls);
                let seen = held.measure(MEASURED);
                println!("  {:6} {}", way.name, line(&seen));
                rows.push(row(way.name, calls, &seen));
                seen
            });
            for (all, seen) in micros.iter_mut().zip(&round) {
                all.push(seen.micros);
            }
            let [valet, _, shared] = round;
            ratios.push(shared.micros / valet.micros);
            jitter.push(shared.jitter);
        }
        limits.hold("shared/valet, median", median(&mut ratios), MOST);
        limits.hold("jitter of shared, ms", median(&mut jitter), MOST_JITTER);
        groups.push(Group {
            name: format!("{calls} calls"),
            values: micros.map(|mut all| median(&mut all)).to_vec(),
        });
    }
    let head = "way,calls,cpu_us_per_call_s,packets_per_call_s,lost_percent,late_percent,jitter_ms";
    paper::table("held-calls.csv", head, &rows);
    paper::bars(
        "held-calls.svg",
        "CPU time for each held call and second",
        "microseconds",
        &["mod_valet_parking", "callpark, thread", "callpark, shared"],
        &groups,
    );
    limits.verdict()
}

fn line(seen: &Seen) -> String {
    format!(
        "{:5.0} µs of CPU per call and second, {:.2} packets, {:.2} % lost, {:.2} % late, jitter {:.2} ms",
        seen.micros, seen.packets, seen.lost, seen.late, seen.jitter
    )
}

fn row(way: &str, calls: usize, seen: &Seen) -> String {
    format!(
        "{way},{calls},{:.1},{:.3},{:.3},{:.3},{:.3}",
        seen.micros, seen.packets, seen.lost, seen.late, seen.jitter
    )
}
