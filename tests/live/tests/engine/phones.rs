//! Phones of all kinds: codecs, keys, RTCP, silence, and what the engine leaves to the own thread of a call.

use super::{SAMPLES, held, leg, open, parked, record, recording, shared};
use callpark_live::{
    conf::{Conf, MUSIC},
    crowd::{self, LOT, busy_office},
    office::Office,
    phone::Audio,
    sound, wait,
    wire::{Offer, Wire},
};
use std::time::Duration;

#[test]
fn a_recording_goes_on_in_the_slot() {
    let office = Office::open(shared());
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let lasted = wait::timed(|| {
        record(&office.switch, "701", "start");
        assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(5)));
        record(&office.switch, "701", "stop");
    });
    let file = recording(&office.switch);
    let lasted = lasted.as_secs_f64();
    assert!(sound::is_in(&file, MUSIC), "no music in it");
    assert!(sound::is_in(&file, caller.tone()), "no caller in it");
    let length = (std::fs::metadata(&file).unwrap().len() as f64 - 44.0) / 16_000.0;
    assert!(
        (length - lasted).abs() < 1.5,
        "{length} s of {lasted} s are recorded"
    );
    caller.hang_up();
    crowd::nothing_left(&office.switch);
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
    let ways = [
        (
            "execute_on_media_timeout=log INFO silent",
            "execute_on_media_timeout",
        ),
        (
            "execute_on_audio_change=log INFO changed",
            "execute_on_audio_change",
        ),
        ("nibble_rate=0.1", "heartbeat"),
        (
            "rtp_manual_rtp_bugs=GEN_ONE_GEN_ALL",
            "the host sets its time stamps",
        ),
    ];
    let mut conf = Conf::default();
    for (number, (variable, _)) in ways.iter().enumerate() {
        let name = format!("acts{number}");
        conf = conf.extension(&name, &[("set", variable), ("callpark", &park)]);
    }
    let (office, wire) = open(conf);
    for (number, (_, why)) in ways.iter().enumerate() {
        let call = wire.call(&format!("acts{number}"));
        office.switch.await_slot("1", "parked");
        held(&office.switch, "1", &format!("thread ({why})"));
        assert!(wire.listen(&call, Duration::from_secs(1)).len() > 40);
        wire.hang_up(&call);
        office.switch.await_no_call_in_slots();
    }
    let call = parked(&office, &wire);
    record(&office.switch, "1", "start");
    held(&office.switch, "1", "thread (recorded or listened to)");
    assert!(wire.listen(&call, Duration::from_secs(1)).len() > 40);
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
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
    // At the best of times: the machine may be busy.
    let least = reports.iter().skip(2).map(|report| jitter(report)).min();
    assert!(least < Some(SAMPLES / 2), "{least:?}");
    // When, by its RTP clock, and how many packets until then.
    let told: Vec<(u32, u32)> = reports
        .iter()
        .map(|report| (number(&report[16..20]), number(&report[20..24])))
        .collect();
    for pair in told.windows(2).skip(1) {
        let [(stamp, packets), (later, more)] = [pair[0], pair[1]];
        let frames = (later - stamp) / SAMPLES;
        // The time goes on where a busy machine leaves packets out.
        assert!(more - packets <= frames + 5, "{told:?}");
        assert!(more > packets, "{told:?}");
    }
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

/// How unevenly the phone's packets come, as a report says, in samples.
fn jitter(report: &[u8]) -> u32 {
    u32::from_be_bytes(report[40..44].try_into().unwrap())
}

#[test]
fn what_the_engine_has_done_does_not_count_as_jitter_when_the_own_thread_measures_again() {
    let (office, wire) = open(Conf::default().profile_param("rtcp-audio-interval-msec", "250"));
    let offer = Offer {
        rtcp: true,
        ..Offer::default()
    };
    let call = wire.call_with("enter1", offer);
    held(&office.switch, "1", "shared");
    wait::pass(Duration::from_secs(10));
    record(&office.switch, "1", "start");
    held(&office.switch, "1", "thread (recorded or listened to)");
    let before = wire.reports(&call).len();
    wait::expect("more reports have come", || {
        wire.reports(&call).len() >= before + 4
    });
    let told: Vec<u32> = wire.reports(&call)[before..]
        .iter()
        .map(|report| jitter(report))
        .collect();
    // A tenth of a second: the machine may be busy.
    assert!(told.iter().all(|jitter| *jitter < 800), "{told:?}");
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_phone_that_checks_paths_as_a_browser_does_is_held_by_its_own_thread() {
    let (office, wire) = open(Conf::default());
    let offer = Offer {
        ice: true,
        ..Offer::default()
    };
    let call = wire.call_with("enter1", offer);
    held(&office.switch, "1", "thread (ICE or DTLS)");
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_phone_that_changes_its_codec_hears_its_music_in_it() {
    let conf = Conf::default().profile_param("inbound-codec-prefs", "PCMU,PCMA");
    let (office, wire) = open(conf);
    let call = parked(&office, &wire);
    for kind in [8, 0] {
        wire.changes_codec(&call);
        wait::expect("music comes in the new codec", || {
            let heard = wire.listen(&call, Duration::from_millis(500));
            heard.len() > 20 && heard.iter().all(|packet| packet.kind == kind)
        });
        held(&office.switch, "1", "shared");
    }
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn who_listens_in_hears_the_music_and_then_the_engine_has_the_call_again() {
    let office = busy_office(shared().lot("slots", "1-9"));
    let wire = Wire::open(office.switch.ports().outside);
    let caller = wire.call("enter1");
    held(&office.switch, "1", "shared");
    let uuid = leg(&office.switch, "1");
    let ear = office.phone("1003");
    let listen = format!("bgapi originate {} &eavesdrop({uuid})", ear.dial_string());
    office.switch.api(&listen);
    ear.await_ring(1);
    ear.answer();
    held(&office.switch, "1", "thread (recorded or listened to)");
    ear.await_tone(MUSIC);
    assert!(wire.listen(&caller, Duration::from_secs(1)).len() > 40);
    ear.hang_up();
    held(&office.switch, "1", "shared");
    assert!(wire.listen(&caller, Duration::from_secs(1)).len() > 40);
    wire.hang_up(&caller);
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_call_that_asks_for_a_fax_in_its_slot_goes_to_its_own_thread() {
    let (office, wire) = open(Conf::default());
    let call = parked(&office, &wire);
    // Refused, as of any leg that has no application for it; but the switch then takes the leg for a fax.
    assert_eq!(wire.faxes(&call), 488);
    held(&office.switch, "1", "thread (no audio of ours)");
    assert!(wire.listen(&call, Duration::from_secs(1)).len() > 40);
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}
