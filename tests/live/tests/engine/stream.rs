//! What is on the wire: numbers, time stamps, and when each packet comes.

use super::{
    assert_threads_gone, assert_unbroken, gaps, held, lateness, open, parked, record, shared, show,
};
use callpark_live::{
    conf::{Conf, MUSIC},
    crowd::{self, LOT},
    office::Office,
    switch::Switch,
    wait,
    wire::{Packet, WireCall},
};
use std::{process::Command, time::Duration};

#[test]
fn a_held_call_hears_music_and_is_retrieved() {
    let office = Office::open(shared());
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    wait::expect("the engine has the call", || {
        show(&office.switch, "701")["hold"] == "shared"
    });
    let text = office.switch.api(&format!("callpark show {LOT} 701"));
    assert!(text.contains("hold: shared\n"), "{text}");
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(5)));
    let other = office.phone("1002");
    other.dial("701");
    other.talks_with(&caller);
    other.hang_up();
    caller.await_end(1);
    crowd::nothing_left(&office.switch);
}

#[test]
fn the_stream_of_a_held_call_is_that_of_a_healthy_phone() {
    let (office, wire) = open(Conf::default());
    let call = parked(&office, &wire);
    wire.says(&call, 0x55);
    let packets = wire.listen(&call, Duration::from_secs(10));
    // A machine that is busy may miss some beats; that none of them was lost is told by their numbers.
    assert!((400..=505).contains(&packets.len()), "{}", packets.len());
    assert_unbroken(&packets);
    let mut gaps = gaps(&packets);
    gaps.sort();
    let median = gaps[gaps.len() / 2];
    assert!(
        (Duration::from_millis(18)..Duration::from_millis(22)).contains(&median),
        "{median:?}"
    );
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

/// Has the whole switch stand still for a time.
fn stand_still(switch: &Switch, time: Duration) {
    let signal = |name: &str| {
        let sent = Command::new("kill")
            .args([name, &switch.process_id().to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "{name}");
    };
    signal("-STOP");
    wait::pass(time);
    signal("-CONT");
}

#[test]
fn a_switch_that_stood_still_sends_no_burst_afterwards() {
    const WINDOW: Duration = Duration::from_millis(200);
    let (office, wire) = open(Conf::default());
    let call = parked(&office, &wire);
    wire.listen(&call, WINDOW);
    stand_still(&office.switch, Duration::from_secs(2));
    wait::pass(Duration::from_secs(3));
    let packets = wire.heard(&call);
    let stall = gaps(&packets)
        .iter()
        .position(|gap| *gap > Duration::from_secs(1));
    let (before, after) = packets.split_at(stall.expect("it stood still") + 1);
    assert_unbroken(before);
    // A beginning of its own, and marked as one. The switch's clock may run after the present for a moment.
    let (last, first) = (before.last().unwrap(), after.first().unwrap());
    assert_eq!(first.sequence, last.sequence.wrapping_add(1));
    assert!(first.marker);
    assert_unbroken(&after[10..]);
    let within = |first: &Packet| {
        let soon = |packet: &&Packet| packet.at >= first.at && packet.at < first.at + WINDOW;
        packets.iter().filter(soon).count()
    };
    // Ten would be right; a stall that ends within the window adds what the timer calls its own beat.
    let most = packets.iter().map(within).max();
    assert!(most <= Some(20), "{most:?} packets in {WINDOW:?}");
    held(&office.switch, "1", "shared");
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn the_sequence_goes_on_from_the_music_into_the_talk() {
    const SPOKEN: u8 = 0x2A;
    const SILENCE: u8 = 0xFF;
    let (office, wire) = open(Conf::default());
    for _ in 0..5 {
        let call = parked(&office, &wire);
        wire.listen(&call, Duration::from_millis(500));
        let retriever = wire.call("take1");
        wire.says(&retriever, SPOKEN);
        wire.await_byte(&call, SPOKEN);
        let packets = wire.heard(&call);
        let talk = packets.iter().position(|packet| packet.middle == SPOKEN);
        let talk = talk.expect("it was heard");
        assert!(talk > 20, "{packets:?}");
        // The retriever's phone is silent until it has been told what to say.
        let music = packets[..talk]
            .iter()
            .rposition(|packet| packet.middle != SILENCE);
        let talk = music.map_or(0, |last| last + 1);
        for (at, pair) in packets.windows(2).enumerate() {
            let step = pair[1].sequence.wrapping_sub(pair[0].sequence);
            assert_eq!(step, 1, "{pair:?}");
            // The switch bridges the retriever's own time stamps through, whoever holds the caller until then.
            let step = pair[1].stamp.wrapping_sub(pair[0].stamp);
            assert!(step == 160 || at + 1 >= talk, "{pair:?}");
        }
        wire.hang_up(&call);
        wait::expect("the retriever is told", || wire.is_over(&retriever));
        office.switch.await_no_call_in_slots();
    }
    crowd::nothing_left(&office.switch);
}

#[test]
fn nothing_that_the_caller_said_in_the_slot_is_heard_by_the_retriever() {
    const IN_SLOT: u8 = 0x55;
    const AFTER: u8 = 0x2A;
    let (office, wire) = open(Conf::default());
    for _ in 0..5 {
        let call = parked(&office, &wire);
        wire.says(&call, IN_SLOT);
        wait::pass(Duration::from_secs(1));
        wire.says(&call, AFTER);
        // As long as a packet may be under way, and one beat.
        wait::pass(Duration::from_millis(60));
        let retriever = wire.call("take1");
        wire.await_byte(&retriever, AFTER);
        let heard = wire.heard(&retriever);
        let late = heard.iter().filter(|packet| packet.middle == IN_SLOT);
        assert_eq!(late.count(), 0, "{heard:?}");
        wire.hang_up(&retriever);
        wait::expect("both ends", || wire.is_over(&call));
        crowd::nothing_left(&office.switch);
    }
}

#[test]
fn many_calls_come_and_go_and_each_has_a_whole_stream() {
    const CALLS: usize = 40;
    let (office, wire) = open(Conf::default());
    let calls: Vec<WireCall> = (1..=CALLS)
        .map(|slot| wire.dial(&format!("enter{slot}")))
        .collect();
    calls.iter().for_each(|call| wire.await_answer(call));
    crowd::await_parked(&office.switch, CALLS);
    for slot in 1..=CALLS {
        held(&office.switch, &slot.to_string(), "shared");
    }
    calls.iter().for_each(|call| wire.forget(call));
    // The odd ones leave, one after the other; the even ones must not notice.
    for call in calls.iter().step_by(2) {
        wire.hang_up(call);
    }
    for call in calls.iter().skip(1).step_by(2) {
        wait::expect("three seconds of music", || wire.heard(call).len() >= 150);
        let packets = wire.heard(call);
        assert_unbroken(&packets);
        wire.hang_up(call);
    }
    crowd::nothing_left(&office.switch);
    assert_threads_gone(&office.switch);
}

#[test]
fn time_stamps_tell_the_time_whatever_was_missed() {
    assert_stamps_tell_the_time(Conf::default());
}

#[test]
fn time_stamps_tell_the_time_where_the_profile_rewrites_them() {
    assert_stamps_tell_the_time(Conf::default().profile_param("rtp-rewrite-timestamps", "true"));
}

fn assert_stamps_tell_the_time(conf: Conf) {
    const MOMENT: Duration = Duration::from_secs(1);
    // As much as one packet may be off, and a machine that is busy.
    const MOST: i64 = 60;
    let (office, wire) = open(conf);
    let call = parked(&office, &wire);
    let begun = wire.listen(&call, MOMENT);
    let base = lateness(&begun, &begun[0]);
    for (stalls, millis) in [(5, 60), (3, 150), (1, 2000)] {
        for _ in 0..stalls {
            stand_still(&office.switch, Duration::from_millis(millis));
            wait::pass(Duration::from_millis(300));
        }
        let late = lateness(&wire.listen(&call, MOMENT), &begun[0]);
        assert!(
            (late - base).abs() <= MOST,
            "{late} ms late after {millis} ms, {base} before"
        );
    }
    // So they do when its own thread, and then another call's, takes over.
    wire.forget(&call);
    record(&office.switch, "1", "start");
    held(&office.switch, "1", "thread (recorded or listened to)");
    record(&office.switch, "1", "stop");
    held(&office.switch, "1", "shared");
    wait::pass(MOMENT);
    let packets = wire.heard(&call);
    for pair in packets.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert!(
            pair[1].stamp.wrapping_sub(pair[0].stamp) < 24_000,
            "{pair:?}"
        );
    }
    let late = lateness(&packets[packets.len() - 40..], &begun[0]);
    assert!(
        (late - base).abs() <= MOST,
        "{late} ms late at the end, {base} before"
    );
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}
