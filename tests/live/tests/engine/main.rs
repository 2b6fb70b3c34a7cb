//! Calls held by the shared engine: what is on the wire, and all that a held call must still do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod keys;
mod life;
mod phones;
mod signalling;
mod sources;
mod stalls;
mod stream;

use callpark_live::{
    conf::Conf,
    crowd::{LOT, busy_office},
    office::Office,
    switch::Switch,
    wait,
    wire::{Packet, Wire, WireCall},
};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};

/// A frame.
const SAMPLES: u32 = 160;

/// How soon SIP is answered, as a rule: a busy machine may take some of it, and more for once.
const PROMPT: Duration = Duration::from_millis(250);

fn shared() -> Conf {
    Conf::default().held_by("shared")
}

/// A switch with the shared engine, and phones at its outside port.
fn open(conf: Conf) -> (Office, Wire) {
    let office = busy_office(conf.held_by("shared").lot("slots", "1-400"));
    let wire = Wire::open(office.switch.ports().outside);
    (office, wire)
}

fn show(switch: &Switch, slot: &str) -> Value {
    switch.json(&format!("callpark show {LOT} {slot} json"))
}

/// The UUID of the caller in this slot.
fn leg(switch: &Switch, slot: &str) -> String {
    let call = switch.await_slot(slot, "parked");
    call["uuid"].as_str().unwrap().to_owned()
}

/// Where [`record`] writes.
fn recording(switch: &Switch) -> PathBuf {
    switch.folder().join("recordings/slot.wav")
}

/// Starts or stops a recording of the caller in this slot.
fn record(switch: &Switch, slot: &str, what: &str) {
    let (uuid, file) = (leg(switch, slot), recording(switch));
    switch.api(&format!("uuid_record {uuid} {what} {}", file.display()));
}

/// Waits until the call in this slot is held so.
fn held(switch: &Switch, slot: &str, way: &str) {
    wait::expect(&format!("slot {slot} is held by {way}"), || {
        show(switch, slot)["hold"] == way
    });
}

/// Answers come within this time: the middle one does, whatever the machine did to one of them.
fn prompt(mut took: Vec<Duration>, most: Duration) {
    took.sort();
    assert!(took[took.len() / 2] < most, "{took:?}");
}

/// A caller in slot 1, served by the engine.
fn parked(office: &Office, wire: &Wire) -> WireCall {
    let call = wire.call("enter1");
    office.switch.await_slot("1", "parked");
    held(&office.switch, "1", "shared");
    call
}

/// The numbers go on by one each time, the time stamps by one frame; a jump is marked as one. A busy machine may cause a few.
fn assert_unbroken(packets: &[Packet]) {
    let mut jumps = 0;
    for pair in packets.windows(2) {
        let [one, two] = pair else { continue };
        assert_eq!(two.sequence, one.sequence.wrapping_add(1), "{pair:?}");
        let step = two.stamp.wrapping_sub(one.stamp);
        let is_jump = step != SAMPLES;
        assert_eq!(step % SAMPLES, 0, "{pair:?}");
        assert!(step < 8000, "{pair:?}");
        assert_eq!(two.marker, is_jump, "{pair:?}");
        jumps += usize::from(is_jump);
    }
    assert!(
        jumps <= 1 + packets.len() / 20,
        "{jumps} of {}",
        packets.len()
    );
    for packet in packets {
        assert_eq!((packet.kind, packet.length), (0, SAMPLES as usize));
    }
}

/// By how many milliseconds packets come later than their time stamps say, counted from this one; the middle one does.
fn lateness(packets: &[Packet], from: &Packet) -> i64 {
    let late = |packet: &Packet| {
        let said = i64::from(packet.stamp.wrapping_sub(from.stamp) / 8);
        packet.at.duration_since(from.at).as_millis() as i64 - said
    };
    let mut late: Vec<i64> = packets.iter().map(late).collect();
    late.sort_unstable();
    late[late.len() / 2]
}

fn gaps(packets: &[Packet]) -> Vec<Duration> {
    let gap = |pair: &[Packet]| pair[1].at.duration_since(pair[0].at);
    packets.windows(2).map(gap).collect()
}

/// The threads of the engine end with the module.
fn assert_threads_gone(switch: &Switch) {
    wait::expect("it can be unloaded", || {
        switch.api("unload mod_callpark").starts_with("+OK")
    });
}
