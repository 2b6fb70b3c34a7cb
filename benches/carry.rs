//! How many held calls the machine carries, phones and all: as many as have less than 1 % of their packets late or lost.

// A bench lives outside the host: its clock and its pauses are not the host's.
#![allow(clippy::disallowed_methods)]

use callpark_bench::{
    figures::number,
    held::Held,
    holders::{self, WAYS, Way},
    paper,
};
use callpark_live::switch::Switch;
use std::{process::ExitCode, time::Duration};

const FIRST: usize = 200;
const STEP: usize = 100;
/// The ports that the switch has end here.
const MOST: usize = 1200;
const MEASURED: Duration = Duration::from_secs(6);
/// Per cent.
const TOLERATED: f64 = 1.0;

fn main() -> ExitCode {
    let rounds = number("CALLPARK_BENCH_ROUNDS", 1);
    let mut rows = Vec::new();
    for round in 1..=rounds {
        for way in WAYS {
            // Each begins with a switch that nothing has happened to.
            let switch = holders::switch();
            let (calls, micros) = carried(&switch, &way);
            println!(
                "  {:6} carries {calls} calls, each with {micros:.0} µs of CPU a second",
                way.name
            );
            rows.push(format!("{},{round},{calls},{micros:.1}", way.name));
        }
    }
    paper::table(
        "carried-calls.csv",
        "way,round,calls,cpu_us_per_call_s",
        &rows,
    );
    ExitCode::SUCCESS
}

/// How many, and the CPU time that each of them takes then.
fn carried(switch: &Switch, way: &Way) -> (usize, f64) {
    let mut held = Held::none(switch, way);
    held.add(FIRST - STEP);
    let mut carried = (0, 0.0);
    while held.len() < MOST {
        held.add(STEP);
        let seen = held.measure(MEASURED);
        if seen.late >= TOLERATED || seen.lost >= TOLERATED {
            println!(
                "  {:6} {} calls: {:.2} % late, {:.2} % lost",
                way.name,
                held.len(),
                seen.late,
                seen.lost
            );
            break;
        }
        carried = (held.len(), seen.micros);
    }
    carried
}
