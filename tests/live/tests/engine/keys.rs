//! Keys: those that the phone of a held call presses, and digits that it is sent.

use super::{held, leg, open, parked};
use callpark_live::{
    conf::Conf,
    crowd::{self, LOT},
    office::Office,
    wait,
    wire::{Packet, Wire, WireCall},
};
use std::time::Duration;

/// The kind of packets that are keys.
const KEYS: u8 = 101;

#[test]
fn digits_that_a_held_call_is_sent_take_their_time() {
    const DIGITS: &str = "159";
    const LENGTH: Duration = Duration::from_millis(200);
    let (office, wire) = open(Conf::default());
    let call = parked(&office, &wire);
    let uuid = leg(&office.switch, "1");
    wire.forget(&call);
    office.switch.api(&format!(
        "uuid_send_dtmf {uuid} {DIGITS}@{}",
        LENGTH.as_millis()
    ));
    held(&office.switch, "1", "thread (it is sent digits)");
    let is_digit = |packet: &&Packet| packet.kind == KEYS;
    wait::expect("all digits have come", || {
        let heard = wire.heard(&call);
        let begun = heard.iter().filter(is_digit).filter(|packet| packet.marker);
        begun.count() == DIGITS.len()
    });
    held(&office.switch, "1", "shared");
    let heard = wire.heard(&call);
    let digits: Vec<&Packet> = heard.iter().filter(is_digit).collect();
    // A part of the first is under way before the own thread paces them.
    for digit in digits.chunk_by(|one, two| one.stamp == two.stamp).skip(1) {
        let (first, last) = (digit[0], digit[digit.len() - 1]);
        let lasted = last.at.duration_since(first.at);
        assert!(lasted > LENGTH / 2, "{lasted:?}: {digit:?}");
    }
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

/// Something that takes three seconds is bound to the keys `*5` of a call in slot 1 and done, while others are held by each
/// thread of the engine.
fn assert_done_by_own_thread(office: &Office, wire: &Wire, call: WireCall, done: &str) {
    let others = ["2", "3"].map(|slot| {
        let other = wire.call(&format!("enter{slot}"));
        held(&office.switch, slot, "shared");
        other
    });
    wire.press(&call, '*');
    held(
        &office.switch,
        "1",
        "thread (keys to which something is bound)",
    );
    others.iter().for_each(|other| wire.forget(other));
    // As long as it is pressed.
    wait::pass(Duration::from_millis(400));
    wire.press(&call, '5');
    wait::expect("it is done", || office.switch.log().contains(done));
    held(&office.switch, "1", "shared");
    for other in others {
        let gaps = super::gaps(&wire.heard(&other));
        let longest = gaps.iter().max().unwrap();
        assert!(*longest < Duration::from_secs(1), "{longest:?}");
        wire.hang_up(&other);
    }
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

/// Three seconds, bound to `*5`.
const META: &str = "5 a i sleep::3000";

#[test]
fn what_is_bound_to_a_key_is_done_by_the_own_thread_of_the_call() {
    let park = format!("{LOT} 1");
    let conf = Conf::default().extension(
        "bound",
        &[
            ("bind_digit_action", "held,*5,api:msleep,3000,self,self"),
            ("digit_action_set_realm", "held,self"),
            ("callpark", &park),
        ],
    );
    let (office, wire) = open(conf);
    let call = wire.call("bound");
    held(&office.switch, "1", "shared");
    assert_done_by_own_thread(&office, &wire, call, "api executed");
}

#[test]
fn a_meta_application_of_a_held_call_is_run_by_its_own_thread() {
    let park = format!("{LOT} 1");
    let conf = Conf::default().extension("bound", &[("bind_meta_app", META), ("callpark", &park)]);
    let (office, wire) = open(conf);
    let call = wire.call("bound");
    held(&office.switch, "1", "shared");
    assert_done_by_own_thread(&office, &wire, call, "Processing meta digit");
}

#[test]
fn what_is_bound_while_the_engine_has_the_call_is_done_by_its_own_thread() {
    let (office, wire) = open(Conf::default());
    let call = parked(&office, &wire);
    let uuid = leg(&office.switch, "1");
    office.switch.api(&format!(
        "uuid_broadcast {uuid} 'bind_meta_app::{META}' aleg"
    ));
    wait::expect("it is bound", || {
        office.switch.log().contains("Bound A-Leg")
    });
    held(&office.switch, "1", "shared");
    assert_done_by_own_thread(&office, &wire, call, "Processing meta digit");
}

#[test]
fn an_exit_key_is_heard_in_the_engine() {
    let conf = Conf::default()
        .lot("exit-key", "0")
        .lot("fallback", "operator XML default");
    let (office, wire) = open(conf);
    let call = parked(&office, &wire);
    wire.press(&call, '5');
    wait::pass(Duration::from_secs(1));
    held(&office.switch, "1", "shared");
    wire.press(&call, '0');
    office.switch.await_no_call_in_slots();
    let event = office.switch.action("fallback");
    assert_eq!(event["Park-Slot"], "1");
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn an_exit_key_by_sip_info_is_heard_in_the_engine() {
    let conf = Conf::default()
        .lot("exit-key", "0")
        .lot("fallback", "operator XML default");
    let (office, wire) = open(conf.profile_param("dtmf-type", "info"));
    let call = parked(&office, &wire);
    wire.press_by_info(&call, '0');
    office.switch.await_no_call_in_slots();
    assert_eq!(office.switch.action("fallback")["Park-Slot"], "1");
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}
