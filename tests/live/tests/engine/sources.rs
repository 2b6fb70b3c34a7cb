//! What is played: files and streams, once for all who hear them.

use super::{assert_unbroken, held, open, parked, shared};
use callpark_live::{
    conf::{Conf, STEREO},
    crowd::{self, LOT, busy_office},
    office::Office,
    sound,
    switch::Switch,
    wait,
    wire::{Offer, Wire, WireCall},
};
use std::{collections::BTreeSet, fs::File, process::Command, time::Duration};

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
fn a_source_of_two_channels_is_heard_and_writes_nowhere_else() {
    // Each piece of memory that is written beyond its end is found when it is freed, and ends the switch.
    let watched = ["LD_PRELOAD=libc_malloc_debug.so.0", "MALLOC_CHECK_=3"];
    let file = "${sounds_dir}/stereo/hold.wav";
    let sources = [
        file.to_owned(),
        format!("file_string://{file}!{file}"),
        "local_stream://stereo".to_owned(),
    ];
    let mut conf = shared().environment(watched.map(str::to_owned).to_vec());
    for (number, source) in sources.iter().enumerate() {
        let music = format!("callpark_hold_music={source}");
        let park = format!("{LOT} {number}");
        let actions = [("set", music.as_str()), ("callpark", park.as_str())];
        conf = conf.extension(&format!("stereo{number}"), &actions);
    }
    let office = busy_office(conf.lot("slots", "0-9"));
    for number in 0..sources.len() {
        let caller = office.caller();
        caller.dial(&format!("stereo{number}"));
        held(&office.switch, &number.to_string(), "shared");
        caller.await_tone(STEREO);
        assert!(caller.keeps_hearing(STEREO, Duration::from_secs(2)));
        caller.hang_up();
        crowd::nothing_left(&office.switch);
    }
    // The sources are closed some seconds after their last listener.
    wait::expect("it is unloaded unharmed", || {
        office.switch.api("unload mod_callpark").starts_with("+OK")
    });
    assert!(office.switch.api("status").contains("UP"));
}

/// Callers of `file1`, `file2` and so on hear this file of the switch's sounds.
fn open_with_file(name: &str) -> (Office, Wire) {
    let music = format!("callpark_hold_music=${{sounds_dir}}/{name}");
    let park = format!("{LOT} $1");
    let conf = Conf::default()
        .profile_param("inbound-codec-prefs", "PCMU,PCMA")
        .extension(r"file(\d+)", &[("set", &music), ("callpark", &park)]);
    open(conf)
}

#[test]
fn a_source_is_heard_in_two_codecs_at_once() {
    let (office, wire) = open_with_file("two.wav");
    sound::write_tone(&office.switch.folder().join("sounds/two.wav"), 880.0, 30.0);
    let pcma = Offer {
        pcma: true,
        ..Offer::default()
    };
    let calls = [wire.call("file1"), wire.call_with("file2", pcma)];
    for (call, kind) in calls.iter().zip([0, 8]) {
        let heard = wire.listen(call, Duration::from_secs(1));
        assert!(heard.len() > 45, "{}", heard.len());
        assert!(heard.iter().all(|packet| packet.kind == kind), "{heard:?}");
        let different: BTreeSet<u8> = heard.iter().map(|packet| packet.middle).collect();
        assert!(different.len() > 3, "{different:?}");
    }
    for slot in ["1", "2"] {
        held(&office.switch, slot, "shared");
    }
    for call in &calls {
        wire.hang_up(call);
    }
    crowd::nothing_left(&office.switch);
}

#[test]
fn a_source_that_hangs_is_silence_until_it_plays_and_holds_up_nobody() {
    let (office, wire) = open_with_file("slow.wav");
    let file = office.switch.folder().join("sounds/slow.wav");
    // Whoever opens it waits until somebody else writes into it.
    let made = Command::new("mkfifo").arg(&file).status();
    assert!(made.is_ok_and(|status| status.success()));
    let other = parked(&office, &wire);
    let call = wire.call("file2");
    held(&office.switch, "2", "shared");
    for _ in 0..2 {
        let heard = wire.listen(&call, Duration::from_secs(1));
        assert!(heard.len() > 45, "{}", heard.len());
        assert_unbroken(&heard);
        assert!(heard.iter().all(|packet| packet.middle == 0xFF));
    }
    let heard = wire.listen(&other, Duration::from_secs(1));
    assert!(heard.iter().any(|packet| packet.middle != 0xFF));
    // Then it is empty, which is a failure, and tried again.
    drop(File::options().write(true).open(&file).unwrap());
    wait::expect("it fails", || {
        office.switch.log().contains("silence instead")
    });
    std::fs::remove_file(&file).unwrap();
    sound::write_tone(&file, 880.0, 30.0);
    wait::expect("it plays", || office.switch.log().contains("plays again"));
    wait::expect("it is heard", || {
        let heard = wire.listen(&call, Duration::from_millis(500));
        heard.iter().any(|packet| packet.middle != 0xFF)
    });
    held(&office.switch, "2", "shared");
    wire.hang_up(&other);
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn the_module_is_unloaded_only_when_a_source_that_hangs_has_ended() {
    let (office, wire) = open_with_file("slow.wav");
    let file = office.switch.folder().join("sounds/slow.wav");
    let made = Command::new("mkfifo").arg(&file).status();
    assert!(made.is_ok_and(|status| status.success()));
    let call = wire.call("file1");
    held(&office.switch, "1", "shared");
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
    let begun = Command::new("sh")
        .args(["-c", "sleep 3; : > \"$0\""])
        .arg(&file)
        .spawn();
    let took = wait::timed(|| {
        let reply = office.switch.api("unload mod_callpark");
        assert!(reply.starts_with("+OK"), "{reply}");
    });
    assert!(took > Duration::from_secs(2), "{took:?}");
    assert!(begun.unwrap().wait().unwrap().success());
    assert!(office.switch.api("status").contains("UP"));
}
