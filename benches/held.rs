//! Calls that are held in one way, with phones that send RTP throughout, and what came on the wire.

use crate::{holders::Way, process::cpu_time};
use callpark_live::{
    switch::Switch,
    wait,
    wire::{Packet, Wire, WireCall},
};
use std::{
    thread::sleep,
    time::{Duration, Instant},
};

/// From one call to the next.
const BETWEEN: Duration = Duration::from_millis(20);
/// From the last call's answer until the switch is measured.
const SETTLE: Duration = Duration::from_secs(3);
/// A packet is late that comes so long after the one before it.
const LATE: Duration = Duration::from_millis(40);

/// The calls, until dropped.
pub struct Held<'a> {
    switch: &'a Switch,
    way: &'a Way,
    wire: Wire,
    calls: Vec<WireCall>,
}

/// What was seen for a time.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// CPU time of the switch for each call in each second, in microseconds.
    pub micros: f64,
    /// Packets to each call in each second.
    pub packets: f64,
    /// Share of packets that were sent and did not come, by their numbers, in per cent.
    pub lost: f64,
    /// Share of packets that were late, in per cent.
    pub late: f64,
    /// How far the gaps between packets are from 20 ms, on the average, in milliseconds.
    pub jitter: f64,
}

impl<'a> Held<'a> {
    /// None yet.
    pub fn none(switch: &'a Switch, way: &'a Way) -> Self {
        let wire = Wire::open(switch.ports().outside);
        Self {
            switch,
            way,
            wire,
            calls: Vec::new(),
        }
    }

    /// So many more; returns when all are held and the switch has settled.
    pub fn add(&mut self, more: usize) {
        let from = self.calls.len();
        for slot in from + 1..=from + more {
            sleep(BETWEEN);
            let call = self.wire.dial(&format!("{}{slot}", self.way.park));
            self.calls.push(call);
        }
        self.calls
            .iter()
            .skip(from)
            .for_each(|call| self.wire.await_answer(call));
        let calls = self.calls.len();
        wait::expect("every call is up", || self.switch.channels() == calls);
        sleep(SETTLE);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Looks on for a time.
    pub fn measure(&self, time: Duration) -> Seen {
        self.calls.iter().for_each(|call| self.wire.forget(call));
        let id = self.switch.process_id();
        let (began, cpu) = (Instant::now(), cpu_time(id));
        sleep(time);
        let took = began.elapsed().as_secs_f64();
        let cpu = cpu_time(id).saturating_sub(cpu).as_secs_f64();
        let heard: Vec<Vec<Packet>> = self
            .calls
            .iter()
            .map(|call| self.wire.heard(call))
            .collect();
        let calls = self.calls.len() as f64;
        let packets = heard.iter().map(Vec::len).sum::<usize>();
        let lost: usize = heard.iter().map(|packets| lost(packets)).sum();
        let gaps: Vec<Duration> = heard.iter().flat_map(|packets| gaps(packets)).collect();
        let late = gaps.iter().filter(|gap| **gap > LATE).count();
        Seen {
            micros: cpu * 1e6 / (calls * took),
            packets: packets as f64 / (calls * took),
            lost: 100.0 * lost as f64 / (packets + lost).max(1) as f64,
            late: 100.0 * late as f64 / packets.max(1) as f64,
            jitter: jitter(&gaps),
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.switch.api("hupall");
        self.switch.await_no_channels();
    }
}

fn gaps(packets: &[Packet]) -> impl Iterator<Item = Duration> {
    packets.windows(2).filter_map(|pair| match pair {
        [one, two] => Some(two.at.duration_since(one.at)),
        _ => None,
    })
}

fn jitter(gaps: &[Duration]) -> f64 {
    let off = |gap: &Duration| (gap.as_secs_f64() * 1000.0 - 20.0).abs();
    gaps.iter().map(off).sum::<f64>() / gaps.len().max(1) as f64
}

fn lost(packets: &[Packet]) -> usize {
    let missing = packets.windows(2).filter_map(|pair| match pair {
        [one, two] => Some(two.sequence.wrapping_sub(one.sequence).saturating_sub(1)),
        _ => None,
    });
    missing.map(usize::from).sum()
}
