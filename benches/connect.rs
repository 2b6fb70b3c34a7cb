//! What a park and a retrieve cost, and how soon the retriever hears the caller: mod_valet_parking's, a call held by its own
//! thread, and one held by the shared engine, in turn on the same switch.

// A bench lives outside the host: its clock and its pauses are not the host's.
#![allow(clippy::disallowed_methods)]

use callpark_bench::{
    figures::{Limits, Times, median},
    holders::{self, WAYS, Way},
    paper,
    process::cpu_time,
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
/// Until the sessions of both legs are gone as well: to ask the switch would cost it time.
const END: Duration = Duration::from_millis(100);
/// What a caller says, in every byte of its packets.
const VOICE: u8 = 0x55;
/// How much more than mod_valet_parking's a figure may be: what two runs of the same differ by on a machine with other work.
const NOISE: f64 = 1.1;

/// What one round of one way showed.
struct Figures {
    /// CPU time of the switch from the caller's INVITE until the call is wanted, for each, in microseconds.
    park: f64,
    /// From the retriever's INVITE to the end of both legs.
    retrieve: f64,
    /// From the retriever's INVITE to the first packet with the caller's voice.
    first_audio: Times,
}

impl Figures {
    fn both(&self) -> f64 {
        self.park + self.retrieve
    }
}

fn main() -> ExitCode {
    let switch = holders::switch();
    let (mut limits, mut rows) = (Limits::default(), Vec::new());
    for (moment, held) in MOMENTS {
        println!("{CALLS} parks, retrieved after {held:?}, {ROUNDS} rounds");
        compare(&switch, moment, held, &mut limits, &mut rows);
    }
    let head =
        "moment,way,cpu_us_per_park,cpu_us_per_retrieve,first_audio_median_ms,first_audio_99_ms";
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
                "  {:6} CPU of a park {:6.0} µs, of its retrieve {:6.0} µs, first audio {}",
                way.name, seen.park, seen.retrieve, seen.first_audio
            );
            let millis = |part| seen.first_audio.at(part).as_secs_f64() * 1000.0;
            rows.push(format!(
                "{moment},{},{:.0},{:.0},{:.1},{:.1}",
                way.name,
                seen.park,
                seen.retrieve,
                millis(0.5),
                millis(0.99)
            ));
            micros.push(seen.both());
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
    let (mut park, mut retrieve) = (Duration::ZERO, Duration::ZERO);
    for call in 0..CALLS {
        // One digit: a caller who parks himself is told the slot, and all are to be done with that alike.
        let slot = 1 + call % 9;
        let mut cpu = Cpu::of(switch);
        let caller = wire.call(&format!("{}{slot}", way.park));
        wire.says(&caller, VOICE);
        sleep(held);
        park += cpu.used();
        let dialled = Instant::now();
        let retriever = wire.dial(&format!("{}{slot}", way.retrieve));
        first_audio.add(first(&wire, &retriever).duration_since(dialled));
        wire.hang_up(&retriever);
        wait::expect("the caller's call is over", || wire.is_over(&caller));
        sleep(END);
        retrieve += cpu.used();
    }
    switch.await_no_channels();
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / CALLS as f64;
    Figures {
        park: each(park),
        retrieve: each(retrieve),
        first_audio,
    }
}

/// CPU time of the switch, from one look to the next.
struct Cpu {
    process: u32,
    seen: Duration,
}

impl Cpu {
    fn of(switch: &Switch) -> Self {
        let process = switch.process_id();
        Self {
            process,
            seen: cpu_time(process),
        }
    }

    fn used(&mut self) -> Duration {
        let before = std::mem::replace(&mut self.seen, cpu_time(self.process));
        self.seen.saturating_sub(before)
    }
}

/// When the first packet with the caller's voice came.
fn first(wire: &Wire, retriever: &WireCall) -> Instant {
    wire.await_byte(retriever, VOICE);
    let heard = wire.heard(retriever);
    let voice = heard.iter().find(|packet| packet.middle == VOICE);
    voice.map_or_else(Instant::now, |packet| packet.at)
}
