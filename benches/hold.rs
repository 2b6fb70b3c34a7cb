//! What a held call costs: mod_valet_parking's, one held by its own thread, and one held by the shared engine, in turn on
//! the same switch, with phones that send RTP throughout. The packets are counted on the wire.

// A bench lives outside the host: its clock and its pauses are not the host's.
#![allow(clippy::disallowed_methods)]
// A bench that cannot go on ends with the reason.
#![allow(clippy::expect_used)]

use callpark_bench::{
    figures::Limits,
    holders::{self, WAYS, Way},
    process::{cpu_seconds, memory_kib},
};
use callpark_live::{
    switch::Switch,
    wait,
    wire::{Packet, Wire, WireCall},
};
use std::{
    env,
    fmt::Write as _,
    fs,
    path::Path,
    process::ExitCode,
    thread::sleep,
    time::{Duration, Instant},
};

/// The CPU time of a call in the engine, as a share of mod_valet_parking's.
const MOST: f64 = 0.35;
/// From the last call's answer until it is measured.
const SETTLE: Duration = Duration::from_secs(3);
const MEASURED: Duration = Duration::from_secs(15);
/// From one call to the next.
const BETWEEN: Duration = Duration::from_millis(20);
/// A packet is late that comes so long after the one before it.
const LATE: Duration = Duration::from_millis(40);
/// What one round of one way showed.
struct Figures {
    way: &'static str,
    calls: usize,
    /// CPU time of the switch for each call in each second, in microseconds.
    micros: f64,
    /// Packets to each call in each second.
    packets: f64,
    /// Share of packets that were sent and did not come, by their numbers, in per cent.
    lost: f64,
    /// Share of packets that were late, in per cent.
    late: f64,
    /// Resident memory for each call, in KiB, beyond what the switch had before.
    memory: f64,
}

fn main() -> ExitCode {
    let rounds = number("CALLPARK_BENCH_ROUNDS", 3);
    let counts = env::var("CALLPARK_BENCH_CALLS").unwrap_or_else(|_| "100,400".to_owned());
    let counts: Vec<usize> = counts
        .split(',')
        .filter_map(|text| text.parse().ok())
        .collect();
    let switch = holders::switch();
    let mut limits = Limits::default();
    let mut all = Vec::new();
    for calls in counts {
        println!("{calls} calls, {rounds} rounds");
        let mut ratios = Vec::new();
        for _ in 0..rounds {
            let round = WAYS.map(|way| measure(&switch, &way, calls));
            round
                .iter()
                .for_each(|figures| println!("  {}", figures.line()));
            let [valet, thread, shared] = round;
            println!(
                "  thread/valet {:.2}, shared/valet {:.2}",
                thread.micros / valet.micros,
                shared.micros / valet.micros
            );
            ratios.push(shared.micros / valet.micros);
            all.extend([valet, thread, shared]);
        }
        ratios.sort_by(f64::total_cmp);
        let median = ratios.get(ratios.len() / 2).copied().unwrap_or(1.0);
        limits.hold("shared/valet, median", median, MOST);
    }
    keep(&all);
    limits.verdict()
}

fn number(variable: &str, usual: usize) -> usize {
    let given = env::var(variable).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn measure(switch: &Switch, way: &Way, calls: usize) -> Figures {
    let wire = Wire::open(switch.ports().outside);
    let before = memory_kib(switch.process_id()) as f64;
    let held: Vec<WireCall> = (1..=calls)
        .map(|slot| {
            sleep(BETWEEN);
            wire.dial(&format!("{}{slot}", way.park))
        })
        .collect();
    held.iter().for_each(|call| wire.await_answer(call));
    wait::expect("every call is up", || switch.channels() == calls);
    sleep(SETTLE);
    held.iter().for_each(|call| wire.forget(call));
    let (began, cpu) = (Instant::now(), cpu_seconds(switch.process_id()));
    sleep(MEASURED);
    let (took, cpu) = (
        began.elapsed().as_secs_f64(),
        cpu_seconds(switch.process_id()) - cpu,
    );
    let memory = (memory_kib(switch.process_id()) as f64 - before) / calls as f64;
    let heard: Vec<Vec<Packet>> = held.iter().map(|call| wire.heard(call)).collect();
    switch.api("hupall");
    switch.await_no_channels();
    let packets: usize = heard.iter().map(Vec::len).sum();
    let lost: usize = heard.iter().map(|packets| lost(packets)).sum();
    let late: usize = heard.iter().map(|packets| late(packets)).sum();
    Figures {
        way: way.name,
        calls,
        micros: cpu * 1e6 / (calls as f64 * took),
        packets: packets as f64 / (calls as f64 * took),
        lost: 100.0 * lost as f64 / (packets + lost).max(1) as f64,
        late: 100.0 * late as f64 / packets.max(1) as f64,
        memory,
    }
}

fn late(packets: &[Packet]) -> usize {
    let gaps = packets.windows(2).filter_map(|pair| match pair {
        [one, two] => Some(two.at.duration_since(one.at)),
        _ => None,
    });
    gaps.filter(|gap| *gap > LATE).count()
}

fn lost(packets: &[Packet]) -> usize {
    let missing = packets.windows(2).filter_map(|pair| match pair {
        [one, two] => Some(two.sequence.wrapping_sub(one.sequence).saturating_sub(1)),
        _ => None,
    });
    missing.map(usize::from).sum()
}

impl Figures {
    fn line(&self) -> String {
        format!(
            "{:6} {:5.0} µs of CPU per call and second, {:.2} packets, {:.2} % lost, {:.2} % late, {:.0} KiB",
            self.way, self.micros, self.packets, self.lost, self.late, self.memory
        )
    }
}

/// Writes what was measured, a line each.
fn keep(figures: &[Figures]) {
    let mut text =
        "way,calls,cpu_us_per_call_s,packets_per_call_s,lost_percent,late_percent,rss_kib_per_call\n".to_owned();
    for one in figures {
        let _ = writeln!(
            text,
            "{},{},{:.1},{:.3},{:.3},{:.3},{:.1}",
            one.way, one.calls, one.micros, one.packets, one.lost, one.late, one.memory
        );
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hold.csv");
    fs::write(&file, text).expect("the figures are written");
    println!("figures: {}", file.display());
}
