//! The harness itself, on a switch without mod_callpark: what a test sees of a call is what happens in it.

#![allow(clippy::disallowed_methods, reason = "a program outside the switch")]

use callpark_live::{
    conf::{Conf, MUSIC},
    office::{CALLER_NAME, CALLER_NUMBER, Office},
    process::Process,
    sip,
    sipp::{Load, Sipp},
    wait,
};
use std::{fs, mem::forget, path::Path, thread, time::Duration};

const ANSWER: (&str, &str) = ("answer", "");

fn plain() -> Conf {
    Conf::default()
        .without_the_module()
        .extension("music", &[ANSWER, ("playback", "local_stream://moh")])
        .extension(
            "beep",
            &[
                ANSWER,
                ("playback", "tone_stream://%(1500,0,2000)"),
                ("park", ""),
            ],
        )
}

#[test]
fn a_caller_from_outside_talks_with_a_user_who_transfers_the_call() {
    let office = Office::open(plain());
    let (ann, bob) = (office.phone("1001"), office.phone("1002"));
    let caller = office.caller();

    caller.dial("1001");
    let (name, uri) = ann.await_ring(1);
    assert_eq!(name, CALLER_NAME);
    assert!(uri.contains(CALLER_NUMBER), "{uri}");
    assert!(ann.shown().contains(CALLER_NUMBER), "{}", ann.shown());
    ann.answer();
    caller.await_talk(1);
    caller.talks_with(&ann);
    assert!(!caller.hears(bob.tone()));

    ann.blind_transfer("1002");
    bob.await_ring(1);
    ann.await_message("the transfer is done", |message| {
        sip::is_request(message, "NOTIFY") && sip::body(message).starts_with("SIP/2.0 200")
    });
    ann.await_end(1);
    bob.answer();
    caller.talks_with(&bob);

    bob.hang_up();
    caller.await_end(1);
    office.switch.await_no_channels();
}

#[test]
fn a_transfer_after_asking_joins_the_two_others() {
    let office = Office::open(plain());
    let (ann, bob) = (office.phone("1001"), office.phone("1002"));
    let caller = office.caller();
    office.talk(&caller, &ann);

    ann.hold();
    ann.dial("1002");
    bob.await_ring(1);
    bob.answer();
    ann.await_talk(2);
    ann.talks_with(&bob);
    ann.attended_transfer();

    ann.await_end(2);
    caller.talks_with(&bob);
    caller.hang_up();
    bob.await_end(1);
    office.switch.await_no_channels();
}

#[test]
fn music_is_heard_as_long_as_it_plays_and_no_longer() {
    let office = Office::open(plain());
    let caller = office.caller();
    caller.dial("music");
    caller.await_tone(MUSIC);
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(2)));
    caller.hang_up();
    wait::expect("nothing is heard after the call", || !caller.hears(MUSIC));

    caller.dial("beep");
    caller.await_tone(2000.0);
    wait::expect("nothing is heard when nothing is sent", || {
        !caller.hears(2000.0)
    });
    assert_eq!(
        caller.count("CALL_CLOSED"),
        1,
        "the second call is still up"
    );
}

#[test]
fn a_held_party_hears_music_and_talks_again() {
    let office = Office::open(plain().profile_param("hold-music", "local_stream://moh"));
    let ann = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &ann);
    ann.hold();
    caller.await_tone(MUSIC);
    ann.resume();
    caller.await_tone(ann.tone());
    wait::expect("the music is over", || !caller.hears(MUSIC));
}

#[test]
fn keys_and_texts_arrive() {
    let office = Office::open(plain());
    office.switch.subscribe("DTMF");
    let ann = office.phone("1001");
    ann.dial("music");
    ann.await_tone(MUSIC);
    ann.press('7');
    office.switch.await_event("the key 7", |event| {
        event.get("DTMF-Digit").is_some_and(|digit| digit == "7")
    });
    office
        .switch
        .api("chat sip|operator@alpha.test|internal/1001@alpha.test|the call is at 701");
    assert_eq!(ann.await_text("701"), "the call is at 701");
}

#[test]
fn users_of_two_companies_with_one_number_are_two() {
    let office = Office::open(plain());
    let (alpha, beta) = (
        office.phone_of("1001", "alpha.test"),
        office.phone_of("1001", "beta.test"),
    );
    let caller = office.caller();
    caller.dial("beta-1001");
    beta.await_ring(1);
    assert_eq!(alpha.count("CALL_INCOMING"), 0);
    caller.hang_up();
    beta.await_end(1);
}

#[test]
fn many_callers_stay_and_leave() {
    let office = Office::open(plain());
    let load = Load {
        scenario: "stay",
        number: "music",
        calls: 20,
        rate: 20,
        stay: Duration::from_secs(4),
    };
    let callers = Sipp::start(&load, office.switch.ports().outside);
    wait::expect("all are in", || {
        office.switch.api("show channels count").trim() == "20 total."
    });
    callers.finish();
    office.switch.await_no_channels();
}

#[test]
fn a_switch_leaves_nothing_behind() {
    let office = Office::open(plain());
    let (process, folder) = (
        office.switch.process_id(),
        office.switch.folder().to_owned(),
    );
    drop(office);
    assert!(!Path::new("/proc").join(process.to_string()).exists());
    assert!(!folder.exists());
}

#[test]
fn a_killed_test_leaves_no_process_behind() {
    let folder = tempfile::TempDir::new().unwrap();
    let log = folder.path().join("log");
    let dying = thread::spawn(move || {
        let process = Process::start(Path::new("sleep"), &["1000".to_owned()], &log);
        let id = process.id();
        let running = || {
            fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "sleep")
        };
        wait::expect("it runs", running);
        forget(process);
        id
    });
    let id = dying.join().unwrap();
    wait::expect("it ends with the thread that started it", || {
        let state = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        state.is_empty() || state.contains(") Z ")
    });
}
