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

const CALLS: usize = 30;
const ROUNDS: usize = 2;
/// Between a park and its retrieve: while the slot is still being told, and once music plays.
const MOMENTS: [(&str, Duration); 2] = [
    ("told", Duration::from_millis(300)),
    ("held", Duration::from_millis(1000)),
];
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
    let (mut limits, mut rows) = (Limits::default(), Vec::new());
    for (moment, held) in MOMENTS {
        println!("{CALLS} parks, retrieved after {held:?}, {ROUNDS} rounds");
        compare(&switch, moment, held, &mut limits, &mut rows);
    }
    let head = "moment,way,cpu_us_per_park_and_retrieve,first_audio_median_ms,first_audio_99_ms";
    paper::table("connect.csv", head, &rows);
    limits.verdict()
}

fn compare(
    switch: &Switch,
    moment: &str,
    held: Duration,
    limits: &mut Limits,
    rows: &mut Vec<String>,
) {
    let mut all = WAYS.map(|_| (Vec::new(), Times::default()));
    for _ in 0..ROUNDS {
        for (way, (micros, times)) in WAYS.iter().zip(&mut all) {
            let seen = measure(switch, way, held);
            println!(
                "  {:6} {:6.0} µs of CPU each, first audio {}",
                way.name, seen.micros, seen.first_audio
            );
            let millis = |part| seen.first_audio.at(part).as_secs_f64() * 1000.0;
            rows.push(format!(
                "{moment},{},{:.0},{:.1},{:.1}",
                way.name,
                seen.micros,
                millis(0.5),
                millis(0.99)
            ));
            micros.push(seen.micros);
            times.append(seen.first_audio);
        }
    }
    let [valet, thread, shared] =
        all.map(|(mut micros, times)| (median(&mut micros), times.median().as_secs_f64()));
    for (name, (cpu, audio)) in [("thread", thread), ("shared", shared)] {
        limits.hold(&format!("CPU, {name}/valet"), cpu / valet.0, NOISE);
        let what = format!("first audio, median, {name}/valet");
        limits.hold(&what, audio / valet.1, NOISE);
    }
}

fn measure(switch: &Switch, way: &Way, held: Duration) -> Figures {
    let wire = Wire::open(switch.ports().outside);
    let mut first_audio = Times::default();
    let cpu = cpu_seconds(switch.process_id());
    for call in 0..CALLS {
        // One digit: a caller who parks himself is told the slot, and all are to be done with that alike.
        first_audio.add(cycle(&wire, way, 1 + call % 9, held));
    }
    switch.await_no_channels();
    let cpu = cpu_seconds(switch.process_id()) - cpu;
    Figures {
        micros: cpu * 1e6 / CALLS as f64,
        first_audio,
    }
}

/// One caller is parked, taken and hung up; how long it took until the retriever heard the caller.
fn cycle(wire: &Wire, way: &Way, slot: usize, held: Duration) -> Duration {
    let caller = wire.call(&format!("{}{slot}", way.park));
    wire.says(&caller, VOICE);
    sleep(held);
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
