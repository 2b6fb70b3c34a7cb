//! Calls that are slow, and calls that hang: they hold up nobody.

use super::{assert_threads_gone, assert_unbroken, gaps, held, open, show};
use callpark_live::{
    conf::Conf,
    crowd,
    hang::Hang,
    office::Office,
    wait,
    wire::{Offer, Packet, Wire, WireCall},
};
use std::time::Duration;

/// A switch whose network may hang, and ten calls in the engine.
fn ten_calls(hang: &Hang) -> (Office, Wire, Vec<WireCall>) {
    let (office, wire) = open(Conf::default().environment(hang.variables()));
    let numbers = (1..=10).map(|slot| format!("enter{slot}"));
    let calls: Vec<WireCall> = numbers.map(|number| wire.call(&number)).collect();
    for slot in 1..=10 {
        held(&office.switch, &slot.to_string(), "shared");
    }
    (office, wire, calls)
}

fn longest_gap(packets: &[Packet]) -> Duration {
    gaps(packets).into_iter().max().unwrap_or(Duration::MAX)
}

#[test]
fn a_call_whose_packets_are_slow_goes_to_its_own_thread_and_holds_up_nobody() {
    let hang = Hang::prepare();
    let (office, wire, calls) = ten_calls(&hang);
    let (slow, others) = calls.split_first().unwrap();
    hang.begin(wire.port(slow), Duration::from_millis(15));
    held(&office.switch, "1", "thread (its visits take long)");
    others.iter().for_each(|call| wire.forget(call));
    wait::pass(Duration::from_secs(2));
    for (call, slot) in others.iter().zip(2..) {
        held(&office.switch, &slot.to_string(), "shared");
        let packets = wire.heard(call);
        assert!(packets.len() > 95, "slot {slot}: {}", packets.len());
        assert_unbroken(&packets);
    }
    assert!(wire.listen(slow, Duration::from_secs(1)).len() > 40);
    hang.end();
    for call in &calls {
        wire.hang_up(call);
    }
    crowd::nothing_left(&office.switch);
}

#[test]
fn when_all_are_slow_nobody_goes_to_a_thread_of_its_own() {
    let hang = Hang::prepare();
    let (office, wire, calls) = ten_calls(&hang);
    hang.begin_all(Duration::from_millis(7));
    wait::pass(Duration::from_secs(3));
    for slot in 1..=10 {
        held(&office.switch, &slot.to_string(), "shared");
    }
    hang.end();
    wait::pass(Duration::from_millis(500));
    let heard = wire.listen(&calls[0], Duration::from_secs(1));
    assert_unbroken(&heard);
    assert!(heard.len() > 45, "{}", heard.len());
    assert!(!office.switch.log().contains("its visits take long"));
    for call in &calls {
        wire.hang_up(call);
    }
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_call_that_hangs_the_engine_is_left_by_all_others_within_two_seconds() {
    const HANGS: Duration = Duration::from_secs(6);
    let hang = Hang::prepare();
    let (office, wire, calls) = ten_calls(&hang);
    let (stuck, others) = calls.split_first().unwrap();
    others.iter().for_each(|call| wire.forget(call));
    hang.begin(wire.port(stuck), HANGS);
    wait::expect("the engine's other thread notices", || {
        office.switch.log().contains("hangs in the call of")
    });
    hang.end();
    wait::pass(HANGS);
    for (call, slot) in others.iter().zip(2..) {
        held(&office.switch, &slot.to_string(), "shared");
        let packets = wire.heard(call);
        let longest = longest_gap(&packets);
        assert!(longest < Duration::from_secs(2), "slot {slot}: {longest:?}");
        assert!(packets.len() > 200, "slot {slot}: {}", packets.len());
    }
    held(&office.switch, "1", "thread (its visits take long)");
    assert!(wire.listen(stuck, Duration::from_secs(1)).len() > 40);
    // The thread that hung serves again.
    let again = wire.call("enter11");
    held(&office.switch, "11", "shared");
    assert_unbroken(&wire.listen(&again, Duration::from_secs(1)));
    wire.hang_up(&again);
    for call in &calls {
        wire.hang_up(call);
    }
    crowd::nothing_left(&office.switch);
    assert_threads_gone(&office.switch);
}

/// But for one in ten, which a busy machine may cause, packets come as they should.
fn assert_in_time(packets: &[Packet], slot: u32) {
    const LATE: Duration = Duration::from_millis(30);
    let gaps = gaps(packets);
    let late = gaps.iter().filter(|gap| **gap > LATE).count();
    assert!(
        late * 10 < gaps.len(),
        "slot {slot}: {late} of {}",
        gaps.len()
    );
}

#[test]
fn phones_that_waver_between_codecs_hold_up_nobody() {
    const WAVERS: &str = "thread (its phone sends another codec)";
    let conf = Conf::default().profile_param("inbound-codec-prefs", "PCMU,PCMA");
    let (office, wire) = open(conf);
    // Each of the engine's threads has two of them.
    let [others, wavering] = [(1..=8, false), (9..=12, true)].map(|(slots, wavers)| {
        let offer = Offer {
            wavers,
            ..Offer::default()
        };
        slots
            .map(|slot| (slot, wire.call_with(&format!("enter{slot}"), offer)))
            .collect::<Vec<_>>()
    });
    for (slot, _) in &wavering {
        held(&office.switch, &slot.to_string(), WAVERS);
    }
    let all = || others.iter().chain(&wavering);
    all().for_each(|(_, call)| wire.forget(call));
    wait::pass(Duration::from_secs(5));
    for (slot, call) in &others {
        assert_in_time(&wire.heard(call), *slot);
        held(&office.switch, &slot.to_string(), "shared");
    }
    for (slot, call) in &wavering {
        let heard = wire.heard(call).len();
        assert!(heard > 150, "slot {slot}: {heard}");
        held(&office.switch, &slot.to_string(), WAVERS);
    }
    for (_, call) in all() {
        wire.hang_up(call);
    }
    crowd::nothing_left(&office.switch);
}

#[test]
fn packets_that_are_no_rtp_hold_up_nobody() {
    // A STUN request, the empty lines that keep a path open, half an RTP header, and nothing.
    let stun = [&[0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42][..], &[7; 12]].concat();
    let strays: [&[u8]; 4] = [&stun, b"\r\n\r\n", &[0x80, 0, 1], &[]];
    let (office, wire) = open(Conf::default());
    let calls: Vec<WireCall> = (1..=10)
        .map(|slot| wire.call(&format!("enter{slot}")))
        .collect();
    for slot in 1..=10 {
        held(&office.switch, &slot.to_string(), "shared");
    }
    // Nothing better comes from it, for which the host would wait.
    wire.falls_silent(&calls[0]);
    calls.iter().for_each(|call| wire.forget(call));
    for _ in 0..100 {
        strays.iter().for_each(|stray| wire.sends(&calls[0], stray));
        wait::pass(Duration::from_millis(50));
    }
    for (call, slot) in calls.iter().zip(1..) {
        assert_in_time(&wire.heard(call), slot);
        held(&office.switch, &slot.to_string(), "shared");
    }
    // What is no more than a flood of them is for its own thread.
    wait::expect("the flooded call goes to its own thread", || {
        (0..100).for_each(|_| wire.sends(&calls[0], &stun));
        show(&office.switch, "1")["hold"] == "thread (too many packets that are no RTP)"
    });
    wait::expect("its music goes on", || {
        wire.listen(&calls[0], Duration::from_millis(500)).len() > 20
    });
    for call in &calls {
        wire.hang_up(call);
    }
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_call_that_is_slow_by_itself_goes_to_its_own_thread() {
    let hang = Hang::prepare();
    let (office, wire) = open(Conf::default().environment(hang.variables()));
    let call = wire.call("enter1");
    held(&office.switch, "1", "shared");
    hang.begin(wire.port(&call), Duration::from_millis(15));
    held(&office.switch, "1", "thread (its visits take long)");
    hang.end();
    assert!(wire.listen(&call, Duration::from_secs(1)).len() > 30);
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}
