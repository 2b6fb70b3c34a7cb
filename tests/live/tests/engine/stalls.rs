//! Calls that are slow, and calls that hang: they hold up nobody.

use super::{assert_threads_gone, assert_unbroken, gaps, held, open};
use callpark_live::{
    conf::Conf,
    crowd,
    hang::Hang,
    office::Office,
    wait,
    wire::{Packet, Wire, WireCall},
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
