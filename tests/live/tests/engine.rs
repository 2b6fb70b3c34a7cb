//! Calls held by the shared engine: what is on the wire, and all that a held call must still do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    crowd::{self, LOT, busy_office},
    hang::Hang,
    office::Office,
    phone::Audio,
    sound,
    switch::Switch,
    wait,
    wire::{Offer, Packet, Wire, WireCall},
};
use serde_json::Value;
use std::{collections::BTreeSet, process::Command, time::Duration};

/// A frame.
const SAMPLES: u32 = 160;
/// How soon SIP is answered, as a rule: a busy machine may take some of it, and more for once.
const PROMPT: Duration = Duration::from_millis(250);

/// The host itself pauses for so long when a phone holds its call.
const HOLD_PAUSE: Duration = Duration::from_millis(250);

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

/// The numbers go on by one frame each time.
fn assert_unbroken(packets: &[Packet]) {
    for pair in packets.windows(2) {
        let [one, two] = pair else { continue };
        assert_eq!(two.sequence, one.sequence.wrapping_add(1), "{pair:?}");
        assert_eq!(two.stamp, one.stamp.wrapping_add(SAMPLES), "{pair:?}");
        assert!(!two.marker, "{pair:?}");
    }
    for packet in packets {
        assert_eq!((packet.kind, packet.length), (0, SAMPLES as usize));
    }
}

fn gaps(packets: &[Packet]) -> Vec<Duration> {
    let gap = |pair: &[Packet]| pair[1].at.duration_since(pair[0].at);
    packets.windows(2).map(gap).collect()
}

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
    assert!((495..=505).contains(&packets.len()), "{}", packets.len());
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
    assert_unbroken(after);
    // A beginning of its own, and marked as one.
    let (last, first) = (before.last().unwrap(), after.first().unwrap());
    assert_eq!(first.sequence, last.sequence.wrapping_add(1));
    assert!(first.marker);
    let within = |first: &Packet| {
        let soon = |packet: &&Packet| packet.at >= first.at && packet.at < first.at + WINDOW;
        packets.iter().filter(soon).count()
    };
    // Ten would be right; a stall that ends within the window adds what the timer calls its own beat.
    let most = packets.iter().map(within).max();
    assert!(most <= Some(13), "{most:?} packets in {WINDOW:?}");
    held(&office.switch, "1", "shared");
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn the_sequence_goes_on_from_the_music_into_the_talk() {
    const SPOKEN: u8 = 0x2A;
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
fn a_caller_who_hangs_up_is_answered_at_once() {
    let (office, wire) = open(Conf::default());
    let took = (0..5).map(|_| {
        let call = parked(&office, &wire);
        let took = wire.hang_up(&call);
        office.switch.await_no_call_in_slots();
        took
    });
    prompt(took.collect(), PROMPT);
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_caller_who_holds_and_resumes_has_its_music_back() {
    let (office, wire) = open(Conf::default());
    let call = parked(&office, &wire);
    let mut took = Vec::new();
    for _ in 0..3 {
        took.push(wire.reinvite(&call, "sendonly"));
        held(&office.switch, "1", "thread (on hold, or without audio)");
        wait::expect("nothing is sent to a phone that holds", || {
            wire.listen(&call, Duration::from_millis(500)).is_empty()
        });
        took.push(wire.reinvite(&call, "sendrecv"));
        held(&office.switch, "1", "shared");
        wait::expect("music is sent again", || {
            wire.listen(&call, Duration::from_millis(500)).len() > 20
        });
    }
    prompt(took, HOLD_PAUSE + PROMPT);
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_re_invite_that_changes_nothing_costs_no_more_than_a_moment_of_music() {
    let (office, wire) = open(Conf::default());
    let call = parked(&office, &wire);
    wire.forget(&call);
    let took = (0..5).map(|_| wire.reinvite(&call, "sendrecv"));
    prompt(took.collect(), PROMPT);
    wait::pass(Duration::from_secs(1));
    let heard = wire.heard(&call);
    assert!(heard.len() > 40, "{}", heard.len());
    held(&office.switch, "1", "shared");
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
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
fn a_recording_goes_on_in_the_slot() {
    let office = Office::open(shared());
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let leg = office.switch.await_slot("701", "parked")["uuid"]
        .as_str()
        .unwrap()
        .to_owned();
    let file = office.switch.folder().join("recordings/slot.wav");
    let record = |what: &str| {
        let file = file.display();
        office
            .switch
            .api(&format!("uuid_record {leg} {what} {file}"));
    };
    let lasted = wait::timed(|| {
        record("start");
        assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(5)));
        record("stop");
    });
    let lasted = lasted.as_secs_f64();
    assert!(sound::is_in(&file, MUSIC), "no music in it");
    assert!(sound::is_in(&file, caller.tone()), "no caller in it");
    let length = (std::fs::metadata(&file).unwrap().len() as f64 - 44.0) / 16_000.0;
    assert!(
        (length - lasted).abs() < 0.7,
        "{length} s of {lasted} s are recorded"
    );
    caller.hang_up();
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_source_that_fails_is_silence_with_one_line_in_the_log() {
    let conf = Conf::default().lot("hold-music", "/nowhere/music.wav");
    let conf = conf.held_by("shared");
    let conf = conf.extension("enter1", &[("callpark", &format!("{LOT} 1"))]);
    let switch = Switch::start(&conf.lot("direct", "self").lot("slots", "1-400"));
    let wire = Wire::open(switch.ports().outside);
    let call = wire.call("enter1");
    held(&switch, "1", "shared");
    let packets = wire.listen(&call, Duration::from_secs(7));
    assert!((340..=360).contains(&packets.len()), "{}", packets.len());
    assert_unbroken(&packets);
    let silent = packets
        .iter()
        .filter(|packet| packet.middle == 0xFF)
        .count();
    assert_eq!(silent, packets.len());
    let log = switch.log();
    let lines = log.lines().filter(|line| line.contains("silence instead"));
    assert_eq!(lines.count(), 1);
    wire.hang_up(&call);
    crowd::nothing_left(&switch);
}

#[test]
fn a_source_that_ends_begins_again() {
    let office = Office::open(shared());
    let parker = office.phone("1001");
    let file = office.switch.folder().join("sounds/short.wav");
    sound::write_tone(&file, 880.0, 0.5);
    let caller = office.caller();
    office.talk(&caller, &parker);
    let leg = office.switch.leg_of(caller.user());
    office.switch.api(&format!(
        "uuid_setvar {leg} callpark_hold_music {}",
        file.display()
    ));
    parker.blind_transfer("700");
    caller.await_tone(880.0);
    assert!(caller.keeps_hearing(880.0, Duration::from_secs(4)));
    held(&office.switch, "701", "shared");
    caller.hang_up();
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_source_is_open_once_for_all_who_hear_it() {
    const CALLS: usize = 12;
    let music = "callpark_hold_music=${sounds_dir}/one.wav";
    let park = format!("{LOT} $1");
    let conf = Conf::default().extension(r"file(\d+)", &[("set", music), ("callpark", &park)]);
    let (office, wire) = open(conf);
    let switch = &office.switch;
    let file = switch.folder().join("sounds/one.wav");
    sound::write_tone(&file, 880.0, 30.0);
    let open_files = || {
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", switch.process_id())).unwrap();
        let links = descriptors.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        links.filter(|link| *link == file).count()
    };
    let calls: Vec<WireCall> = (1..=CALLS)
        .map(|slot| wire.call(&format!("file{slot}")))
        .collect();
    for slot in 1..=CALLS {
        held(switch, &slot.to_string(), "shared");
    }
    assert_eq!(open_files(), 1);
    // All of them hear it, and the same.
    let heard: Vec<BTreeSet<u8>> = calls
        .iter()
        .map(|call| {
            let packets = wire.listen(call, Duration::from_millis(500));
            packets.iter().map(|packet| packet.middle).collect()
        })
        .collect();
    assert!(heard.iter().all(|bytes| bytes.len() > 3), "{heard:?}");
    for call in &calls {
        wire.hang_up(call);
    }
    crowd::nothing_left(switch);
    wait::expect("nobody hears it: it is closed", || open_files() == 0);
}

#[test]
fn the_core_s_commands_act_on_a_call_in_the_engine() {
    let (office, wire) = open(Conf::default());
    let switch = &office.switch;
    let leg = |slot: &str| {
        let call = switch.await_slot(slot, "parked");
        call["uuid"].as_str().unwrap().to_owned()
    };
    let call = parked(&office, &wire);
    assert!(
        switch
            .api(&format!("uuid_break {}", leg("1")))
            .contains("+OK")
    );
    assert!(wire.listen(&call, Duration::from_secs(1)).len() > 40);
    held(switch, "1", "shared");
    switch.api(&format!("uuid_kill {}", leg("1")));
    wait::expect("the caller is told", || wire.is_over(&call));
    switch.await_no_call_in_slots();
    let call = parked(&office, &wire);
    switch.api(&format!("uuid_transfer {} operator XML default", leg("1")));
    switch.await_no_call_in_slots();
    assert!(!wire.is_over(&call));
    wire.hang_up(&call);
    crowd::nothing_left(switch);
}

#[test]
fn a_phone_that_sends_nothing_any_more_is_hung_up_by_the_media_time_out() {
    let park = format!("{LOT} 1");
    let conf = Conf::default().extension(
        "quiet",
        &[("set", "media_timeout=2000"), ("callpark", &park)],
    );
    let (office, wire) = open(conf);
    let call = wire.call("quiet");
    office.switch.await_slot("1", "parked");
    held(&office.switch, "1", "shared");
    wire.listen(&call, Duration::from_secs(4));
    assert!(!wire.is_over(&call));
    wire.falls_silent(&call);
    wait::expect("the switch hangs up", || wire.is_over(&call));
    assert_eq!(office.switch.action("abandon")["Park-Slot"], "1");
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_phone_that_sends_nothing_any_more_is_hung_up_by_the_time_out_of_its_profile() {
    let (office, wire) = open(Conf::default().profile_param("rtp-timeout-sec", "4"));
    let call = parked(&office, &wire);
    wire.listen(&call, Duration::from_secs(6));
    assert!(!wire.is_over(&call));
    held(&office.switch, "1", "shared");
    wire.falls_silent(&call);
    held(&office.switch, "1", "thread (its phone is silent)");
    assert!(wire.listen(&call, Duration::from_secs(1)).len() > 40);
    wait::expect("the switch hangs up", || wire.is_over(&call));
    assert_eq!(office.switch.action("abandon")["Park-Slot"], "1");
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_call_is_held_by_its_own_thread_where_it_must_be_and_says_why() {
    let park = format!("{LOT} 1");
    let on_silence = "execute_on_media_timeout=log INFO silent";
    let conf = Conf::default().extension("acts", &[("set", on_silence), ("callpark", &park)]);
    let (office, wire) = open(conf);
    let call = wire.call("acts");
    office.switch.await_slot("1", "parked");
    held(&office.switch, "1", "thread (execute_on_media_timeout)");
    assert!(wire.listen(&call, Duration::from_secs(1)).len() > 40);
    wire.hang_up(&call);
    office.switch.await_no_call_in_slots();
    let call = parked(&office, &wire);
    let leg = office.switch.await_slot("1", "parked")["uuid"]
        .as_str()
        .unwrap()
        .to_owned();
    let file = office.switch.folder().join("recordings/any.wav");
    office
        .switch
        .api(&format!("uuid_record {leg} start {}", file.display()));
    held(&office.switch, "1", "thread (recorded or listened to)");
    assert!(wire.listen(&call, Duration::from_secs(1)).len() > 40);
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
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
    wait::pass(Duration::from_secs(3));
    for call in calls.iter().skip(1).step_by(2) {
        let packets = wire.heard(call);
        assert!(packets.len() > 140, "{}", packets.len());
        assert_unbroken(&packets);
        wire.hang_up(call);
    }
    crowd::nothing_left(&office.switch);
    assert_threads_gone(&office.switch);
}

/// A caller whose audio travels so is held by the engine, hears its music, and talks to whoever takes the call.
fn assert_held_and_taken(office: &Office, audio: Audio) {
    let caller = office.caller_with(audio);
    caller.dial("enter1");
    office.switch.await_slot("1", "parked");
    held(&office.switch, "1", "shared");
    caller.await_tone(MUSIC);
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(3)));
    held(&office.switch, "1", "shared");
    let other = office.phone("1002");
    other.dial("take1");
    other.talks_with(&caller);
    other.hang_up();
    caller.await_end(1);
    crowd::nothing_left(&office.switch);
}

#[test]
fn each_codec_that_is_encoded_once_is_heard() {
    let conf = Conf::default()
        .profile_param("inbound-codec-prefs", "PCMU,PCMA,G722")
        // Where it is built: the core has no G.722 without it.
        .module("spandsp", "");
    let office = busy_office(conf.held_by("shared").lot("slots", "1-9"));
    let mut codecs = vec!["PCMU/8000", "PCMA/8000"];
    if office.switch.api("module_exists mod_spandsp") == "true" {
        codecs.push("G722/16000");
    }
    for codec in codecs {
        let audio = Audio {
            codec,
            ..Audio::default()
        };
        assert_held_and_taken(&office, audio);
    }
}

#[test]
fn an_encrypted_call_stays_so() {
    let office = busy_office(shared().lot("slots", "1-9"));
    let audio = Audio {
        encrypted: true,
        ..Audio::default()
    };
    assert_held_and_taken(&office, audio);
    let log = office.switch.log();
    assert!(
        log.contains("RTP/SAVP") && log.contains("Secure RTP"),
        "no SRTP"
    );
}

#[test]
fn a_held_call_is_told_by_rtcp_what_was_sent() {
    const SENDER_REPORT: u8 = 200;
    let conf = Conf::default().profile_param("rtcp-audio-interval-msec", "1000");
    let (office, wire) = open(conf);
    let offer = Offer {
        rtcp: true,
        ..Offer::default()
    };
    let call = wire.call_with("enter1", offer);
    held(&office.switch, "1", "shared");
    wait::expect("five reports have come", || wire.reports(&call).len() > 5);
    held(&office.switch, "1", "shared");
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    let reports = wire.reports(&call);
    assert!(reports.iter().all(|report| report[1] == SENDER_REPORT));
    // When, by its RTP clock, and how many packets until then.
    let told: Vec<(u32, u32)> = reports
        .iter()
        .map(|report| (number(&report[16..20]), number(&report[20..24])))
        .collect();
    for pair in told.windows(2).skip(1) {
        let [(stamp, packets), (later, more)] = [pair[0], pair[1]];
        let frames = (later - stamp) / SAMPLES;
        assert!(frames.abs_diff(more - packets) <= 5, "{told:?}");
        assert!(more > packets, "{told:?}");
    }
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_session_timer_is_refreshed_while_the_call_is_held() {
    // The least that the standard allows; the refresh comes after half of it.
    const EXPIRES: u32 = 90;
    let conf = Conf::default()
        .profile_param("session-timeout", "90")
        .profile_param("minimum-session-expires", "90");
    let (office, wire) = open(conf);
    let offer = Offer {
        session_expires: Some(EXPIRES),
        ..Offer::default()
    };
    let call = wire.call_with("enter1", offer);
    held(&office.switch, "1", "shared");
    let patience = Duration::from_secs(u64::from(EXPIRES) * 2 / 3);
    let refreshed = wait::until(patience, || {
        let asked = wire.asked(&call);
        let refresh = |method: &String| method == "INVITE" || method == "UPDATE";
        asked.iter().any(refresh).then_some(())
    });
    assert!(refreshed.is_some(), "{:?}", wire.asked(&call));
    wait::pass(Duration::from_secs(1));
    held(&office.switch, "1", "shared");
    assert_unbroken(&wire.listen(&call, Duration::from_secs(2)));
    assert!(!wire.is_over(&call));
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

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

/// The threads of the engine end with the module.
fn assert_threads_gone(switch: &Switch) {
    wait::expect("it can be unloaded", || {
        switch.api("unload mod_callpark").starts_with("+OK")
    });
}

#[test]
fn the_module_is_loaded_and_unloaded_twenty_times_with_its_engine() {
    let (office, wire) = open(Conf::default());
    let switch = &office.switch;
    let threads = || {
        let tasks = format!("/proc/{}/task", switch.process_id());
        std::fs::read_dir(tasks).unwrap().count()
    };
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let call = parked(&office, &wire);
        wire.hang_up(&call);
        crowd::nothing_left(switch);
        assert_threads_gone(switch);
        seen.insert(threads());
        let reply = switch.api("load mod_callpark");
        assert!(reply.contains("+OK"), "{reply}");
    }
    let (least, most) = (seen.first().unwrap(), seen.last().unwrap());
    assert!(most - least <= 8, "threads are left behind: {seen:?}");
}

#[test]
fn with_hold_engine_thread_each_call_plays_its_own_music() {
    let office = Office::open(Conf::default().held_by("thread"));
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    held(&office.switch, "701", "thread");
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(3)));
    let other = office.phone("1002");
    other.dial("701");
    other.talks_with(&caller);
    other.hang_up();
    caller.await_end(1);
    crowd::nothing_left(&office.switch);
}
