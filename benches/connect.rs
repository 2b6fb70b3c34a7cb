//! What a park and a retrieve cost, and how soon the retriever hears the caller: mod_valet_parking's, a call held by its own
//! thread, and one held by the shared engine, in turn on the same switch.

// A bench lives outside the host: its clock and its pauses are not the host's.
#![allow(clippy::disallowed_methods)]

use callpark_bench::{
    figures::{Limits, Times, median},
    holders::{self, WAYS, Way},
    paper,
    process::cpu_seconds,
};
use callpark_live::{
    switch::Switch,
    wait,
    wire::{Wire, WireCall},
};
use std::{
    process::ExitCode,
    thread::sleep,
    time::{Duration, Instant},
};

const CALLS: usize = 60;
const ROUNDS: usize = 3;
/// Between a park and its retrieve: nobody is faster.
const HELD: Duration = Duration::from_millis(300);
/// What a caller says, in every byte of its packets.
const VOICE: u8 = 0x55;
/// How much more than mod_valet_parking's a figure may be: what two runs of the same differ by on a machine with other work.
const NOISE: f64 = 1.1;

/// What one round of one way showed.
struct Figures {
    /// CPU time of the switch for a park, its retrieve and the end of both legs.
    micros: f64,
    /// From the retriever's INVITE to the first packet with the caller's voice.
    first_audio: Times,
}

fn main() -> ExitCode {
    let switch = holders::switch();
    let mut all = WAYS.map(|_| (Vec::new(), Times::default()));
    let mut rows = Vec::new();
    println!("{CALLS} parks and retrieves, {ROUNDS} rounds");
    for _ in 0..ROUNDS {
        for (way, (micros, times)) in WAYS.iter().zip(&mut all) {
            let Figures {
                micros: one,
                first_audio,
            } = measure(&switch, way);
            println!(
                "  {:6} {one:6.0} µs of CPU each, first audio {first_audio}",
                way.name
            );
            rows.push(format!(
                "{},{one:.0},{:.1},{:.1}",
                way.name,
                first_audio.median().as_secs_f64() * 1000.0,
                first_audio.at(0.99).as_secs_f64() * 1000.0
            ));
            micros.push(one);
            times.append(first_audio);
        }
    }
    let mut limits = Limits::default();
    let [valet, thread, shared] = all.map(|(mut micros, times)| {
        (
            median(&mut micros),
            times.median().as_secs_f64(),
            times.at(0.99).as_secs_f64(),
        )
    });
    for (name, (cpu, audio, slowest)) in [("thread", thread), ("shared", shared)] {
        limits.hold(&format!("CPU, {name}/valet"), cpu / valet.0, NOISE);
        limits.hold(
            &format!("first audio, median, {name}/valet"),
            audio / valet.1,
            NOISE,
        );
        println!(
            "  first audio, 99 %, {name}/valet: {:.2}",
            slowest / valet.2
        );
    }
    let head = "way,cpu_us_per_park_and_retrieve,first_audio_median_ms,first_audio_99_ms";
    paper::table("connect.csv", head, &rows);
    limits.verdict()
}

fn measure(switch: &Switch, way: &Way) -> Figures {
    let wire = Wire::open(switch.ports().outside);
    let mut first_audio = Times::default();
    let cpu = cpu_seconds(switch.process_id());
    for call in 0..CALLS {
        // One digit: a caller who parks himself is told the slot, and all are to be done with that alike.
        first_audio.add(cycle(&wire, way, 1 + call % 9));
    }
    switch.await_no_channels();
    let cpu = cpu_seconds(switch.process_id()) - cpu;
    Figures {
        micros: cpu * 1e6 / CALLS as f64,
        first_audio,
    }
}

/// One caller is parked, taken and hung up; how long it took until the retriever heard the caller.
fn cycle(wire: &Wire, way: &Way, slot: usize) -> Duration {
    let caller = wire.call(&format!("{}{slot}", way.park));
    wire.says(&caller, VOICE);
    sleep(HELD);
    let dialled = Instant::now();
    let retriever = wire.dial(&format!("{}{slot}", way.retrieve));
    let heard = first(wire, &retriever);
    wire.hang_up(&retriever);
    wait::expect("the caller's call is over", || wire.is_over(&caller));
    heard.duration_since(dialled)
}

/// When the first packet with the caller's voice came.
fn first(wire: &Wire, retriever: &WireCall) -> Instant {
    wire.await_byte(retriever, VOICE);
    let heard = wire.heard(retriever);
    let voice = heard.iter().find(|packet| packet.middle == VOICE);
    voice.map_or_else(Instant::now, |packet| packet.at)
}
