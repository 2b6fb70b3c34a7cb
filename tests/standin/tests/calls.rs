//! Calls of the real module in awkward company: other commands, other people, other moments.

use callpark_standin::{Fault, Line, scenes::Office};

fn state(office: &Office, slot: &str) -> Option<String> {
    let list = office.switch.api_json("callpark list json");
    let calls = list.as_array()?;
    let call = calls.iter().find(|call| call["slot"] == slot)?;
    call["state"].as_str().map(str::to_owned)
}

/// The API rings Bob for a parked call.
fn bob_is_rung_for_a_call() -> (Office, Line) {
    let office = Office::open(0);
    let call = office.parked_call();
    office
        .switch
        .begin_api("callpark retrieve default@alpha.test 701 1002@alpha.test");
    office.switch.run_until(|| office.bob.is_ringing());
    (office, call)
}

#[test]
fn a_retriever_who_hangs_up_at_any_moment_costs_the_caller_nothing() {
    let mut stayed = 0;
    for millis in (0..240).step_by(3) {
        let office = Office::open(millis);
        let call = office.parked_call();
        let bob = office.bob.calls("701");
        office.switch.run_for(millis as f64 / 1e3);
        bob.hangs_up();
        office.switch.run_until(|| !bob.is_up());
        office.switch.run_for(5.0);
        if office.switch.actions() == ["park"] {
            stayed += 1;
            assert!(call.hears_music(), "after {millis} ms");
            assert_eq!(
                state(&office, "701").as_deref(),
                Some("parked"),
                "after {millis} ms"
            );
        } else {
            assert_eq!(
                office.switch.actions(),
                ["park", "retrieve"],
                "after {millis} ms"
            );
        }
    }
    assert!(stayed > 0, "nobody hung up in time");
}

#[test]
fn of_two_who_dial_the_slot_at_once_one_gets_the_call_and_the_other_hears_that_it_is_empty() {
    for seed in 0..60 {
        let office = Office::open(seed);
        let call = office.parked_call();
        let dave = office.switch.phone("1003@alpha.test");
        let (bob, dave) = (office.bob.calls("*85701"), dave.calls("*85701"));
        office
            .switch
            .run_until(|| call.is_bridged() && (!bob.is_up() || !dave.is_up()));
        let (winner, loser) = if bob.is_up() {
            (bob, dave)
        } else {
            (dave, bob)
        };
        assert!(call.talks_to(&winner), "seed {seed}");
        assert_eq!(
            loser.variable("callpark_result").as_deref(),
            Some("EMPTY"),
            "seed {seed}"
        );
        assert!(loser.has_heard("callpark_empty"), "seed {seed}");
        assert_eq!(office.switch.count_of("retrieve"), 1);
    }
}

#[test]
fn commands_of_the_core_that_do_not_take_the_call_away_do_not_end_the_park() {
    let office = Office::open(0);
    let call = office.parked_call();
    office.switch.uuid_break(&call);
    office.switch.run_for(1.0);
    office.switch.uuid_broadcast(&call, "playback", "hello.wav");
    office.switch.run_until(|| call.has_heard("hello.wav"));
    office.switch.run_for(3.0);
    office.switch.uuid_hold(&call, true);
    office.switch.run_for(3.0);
    assert_eq!(state(&office, "701").as_deref(), Some("parked"));
    assert_eq!(office.switch.actions(), ["park"]);
}

#[test]
fn a_parked_call_that_a_command_holds_is_retrieved_all_the_same() {
    for seed in 0..20 {
        let office = Office::open(seed);
        let call = office.parked_call();
        office.switch.uuid_hold(&call, true);
        office.switch.run_for(1.0);
        let bob = office.bob.calls("701");
        assert!(
            office.switch.comes_true(5.0, || bob.talks_to(&call)),
            "seed {seed}"
        );
    }
}

#[test]
fn a_leg_that_rings_is_given_no_call() {
    let (office, call) = bob_is_rung_for_a_call();
    let leg = office.bob.ringing_line().expect("it rings").uuid();
    let reply = office
        .switch
        .api(&format!("callpark retrieve default@alpha.test 701 {leg}"));
    assert!(reply.starts_with("-ERR NOT_ANSWERED"), "{reply}");
    assert!(call.hears_music() && office.bob.is_ringing());
}

#[test]
fn a_uuid_bridge_or_a_transfer_from_outside_ends_the_park_in_good_order() {
    for seed in 0..30 {
        let office = Office::open(seed);
        let call = office.parked_call();
        let bob = office.bob.calls("operator");
        office.switch.run_for(1.0);
        office.switch.uuid_bridge(&call, &bob);
        office.switch.run_until(|| call.talks_to(&bob));
        assert_eq!(office.switch.actions(), ["park", "transfer"], "seed {seed}");
        assert_eq!(office.parked(), 0);
    }
}

#[test]
fn a_feature_code_parks_the_partner_who_survives_the_presser() {
    for millis in (0..2400).step_by(80) {
        let office = Office::open(millis);
        let call = office.talking_call();
        let alice = office.alice.line();
        alice.keys_in("callpark", "");
        office.switch.run_for(millis as f64 / 1e3);
        alice.hangs_up();
        office.switch.run_until(|| !alice.is_up());
        office.switch.run_for(3.0);
        let parked =
            office.switch.actions() == ["reserve", "park"] || office.switch.actions() == ["park"];
        assert!(
            parked && call.hears_music() || millis < 100,
            "after {millis} ms: {:?}",
            office.switch.actions()
        );
    }
}

#[test]
fn an_attended_transfer_hands_over_the_very_slot_that_was_spoken() {
    for seed in 0..40 {
        let office = Office::open(seed);
        let call = office.talking_call();
        let alice = office.alice.line();
        alice.holds();
        let consultation = office.alice.calls("700");
        office
            .switch
            .run_until(|| consultation.has_heard("phrase:callpark_slot 701"));
        assert_eq!(state(&office, "701").as_deref(), Some("reserved"));
        alice.completes_transfer_into(&consultation);
        office
            .switch
            .run_until(|| call.hears_music() && !consultation.is_up() && !alice.is_up());
        assert_eq!(
            state(&office, "701").as_deref(),
            Some("parked"),
            "seed {seed}"
        );
        assert_eq!(office.switch.actions(), ["reserve", "park"], "seed {seed}");
    }
}

#[test]
fn a_consultation_that_is_given_up_frees_its_slot() {
    let office = Office::open(0);
    let consultation = office.alice.calls("700");
    office
        .switch
        .run_until(|| consultation.has_heard("callpark_slot"));
    consultation.hangs_up();
    assert!(
        office.switch.comes_true(10.0, || office.parked() == 0),
        "{:?}",
        office.switch.actions()
    );
    assert_eq!(office.switch.actions(), ["reserve", "expire"]);
}

#[test]
fn a_pin_is_asked_for_three_times() {
    for (keys, connected) in [("1111#4711#", true), ("1#2#3#", false)] {
        let office = Office::with(0, &[("pin", "4711"), ("fallback", "operator XML default")]);
        let call = office.parked_call();
        let bob = office.bob.calls("*85701");
        office.switch.run_until(|| bob.has_heard("callpark_pin"));
        bob.presses(keys);
        office.switch.run_until(|| bob.is_bridged() || !bob.is_up());
        assert_eq!(bob.talks_to(&call), connected, "{keys}");
        assert_eq!(call.hears_music(), !connected);
    }
}

#[test]
fn an_exit_key_gives_up_and_other_keys_do_nothing() {
    let office = Office::with(
        0,
        &[("exit-key", "0"), ("fallback", "operator XML default")],
    );
    let call = office.parked_call();
    call.presses("123#");
    office.switch.run_for(2.0);
    assert!(call.hears_music());
    call.presses("0");
    office.switch.run_until(|| call.has_heard("operator.wav"));
    assert_eq!(office.switch.actions(), ["park", "fallback"]);
}

#[test]
fn a_phone_that_the_api_rings_for_a_call_stops_when_the_call_is_gone() {
    let (office, call) = bob_is_rung_for_a_call();
    call.hangs_up();
    assert!(office.switch.comes_true(2.0, || !office.bob.is_ringing()));
}

#[test]
fn a_music_source_that_is_missing_is_silence_and_a_line_in_the_log() {
    let office = Office::with(
        0,
        &[
            ("hold-music", "/nowhere/missing.wav"),
            ("fallback", "operator XML default"),
        ],
    );
    let call = office.talking_call();
    office
        .switch
        .fault(Fault::MissingPhrase("callpark_slot".to_owned()));
    office.alice.line().transfers_to("700", true);
    office.switch.run_for(30.0);
    assert_eq!(call.hears().as_deref(), Some("silence_stream://-1"));
    assert_eq!(
        office
            .switch
            .log()
            .iter()
            .filter(|line| line.level == 3)
            .count(),
        1
    );
}

#[test]
fn a_music_source_that_has_nothing_to_play_is_tried_again_with_pauses_and_one_line_in_the_log() {
    let empty = "silence_stream://0";
    let office = Office::with(0, &[("hold-music", empty)]);
    let call = office.talking_call();
    office.alice.line().transfers_to("700", true);
    office.switch.run_for(30.0);
    let heard = call.heard();
    let tries = heard.iter().filter(|heard| heard.what == empty).count();
    assert!((10..=35).contains(&tries), "{tries}");
    let log = office.switch.log();
    assert_eq!(log.iter().filter(|line| line.level == 3).count(), 1);
    office.bob.calls("701");
    assert!(
        office
            .switch
            .comes_true(3.0, || office.switch.count_of("retrieve") == 1)
    );
}
