//! The ways into a slot and out of it that the six scenes leave out, with real phones.

// A key has a length, and a delay is what some tests try: the one place for a sleep.
#![allow(clippy::disallowed_methods)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    esl::Event,
    office::{CALLER_NAME, CALLER_NUMBER, Office, parked},
    phone::Phone,
    scenes::OPERATOR,
    sound,
    switch::Switch,
    wait,
};
use std::{fs, thread::sleep, time::Duration};

/// The tone of a refusal without sounds: its second half, in hertz.
const REFUSED: f64 = 350.0;

/// Every event of a call names it and its place.
fn assert_told(event: &Event, park_id: &str, slot: &str) {
    assert_eq!(event["Park-ID"], park_id, "{event:?}");
    assert_eq!(event["Park-Lot"], "default", "{event:?}");
    assert_eq!(event["Park-Domain"], "alpha.test", "{event:?}");
    assert_eq!(event["Park-Slot"], slot, "{event:?}");
    for field in ["Park-State", "Parked-At", "Waited", "Node", "Unique-ID"] {
        assert!(event.contains_key(field), "{field} is missing: {event:?}");
    }
}

#[test]
fn an_outside_caller_who_dials_700_hears_its_slot_and_waits_there() {
    let office = Office::open(Conf::default().lot("direct", "self"));
    let caller = office.caller();
    // From outside the lot is in the core's domain, unless the dialplan names one.
    office
        .switch
        .api("global_setvar callpark_domain=alpha.test");
    caller.dial("700");
    caller.is_told_701();
    caller.await_tone(MUSIC);
    let call = office.switch.await_slot("701", "parked");
    assert_eq!(call["caller_id_number"], CALLER_NUMBER);
    assert!(call["parked_by"].is_null(), "{call}");
    let event = office.switch.action("park");
    assert!(!event.contains_key("Parked-By"), "{event:?}");
    caller.hang_up();
    office.switch.everything_is_over();
}

#[test]
fn a_blind_transfer_to_a_slot_parks_in_that_slot() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    parker.blind_transfer("705");
    let call = switch.await_slot("705", "parked");
    caller.await_tone(MUSIC);
    let uuid = call["uuid"].as_str().unwrap();
    let park_id = call["id"].as_str().unwrap();
    assert_told(&switch.action("park"), park_id, "705");
    assert_eq!(switch.action("park")["Parked-By"], "1001@alpha.test");
    let value = |name: &str| switch.variable(uuid, name);
    assert_eq!(value("callpark_id"), park_id);
    assert_eq!(value("callpark_lot"), "default@alpha.test");
    assert_eq!(value("callpark_slot"), "705");
    assert_eq!(value("callpark_parked_by"), "1001@alpha.test");
    assert_eq!(value("callpark_parked_at"), call["parked_at"].to_string());
    assert_eq!(value("callpark_outcome"), "");

    let other = office.phone("1002");
    other.dial("*85705");
    other.await_talk(1);
    other.talks_with(&caller);
    assert_told(&switch.action("retrieve"), park_id, "705");
    assert_eq!(value("callpark_outcome"), "retrieved");
    assert_eq!(value("callpark_retrieved_by"), "1002@alpha.test");
    assert!(value("callpark_wait").parse::<u32>().is_ok());
    let history = value("callpark_history");
    let element = format!("{park_id}:705:1001@alpha.test:retrieved");
    assert!(history.contains(&element), "{history}");
    caller.hang_up();
    other.await_end(1);
    switch.everything_is_over();
}

#[test]
fn oldest_and_newest_take_by_the_time_in_the_slot() {
    let conf = Conf::default().extension("\\*87", &[("callpark_retrieve", "default newest")]);
    let office = Office::open(conf);
    let switch = &office.switch;
    switch.api("global_setvar callpark_domain=alpha.test");
    let callers: Vec<_> = [
        ("4930111", 500, "701"),
        ("4930222", 540, "702"),
        ("4930333", 580, "703"),
    ]
    .iter()
    .map(|(number, tone, slot)| {
        let caller = office.caller_named(number, "", *tone);
        caller.dial("700");
        switch.await_slot(slot, "parked");
        caller
    })
    .collect();
    let other = office.phone("1002");
    other.dial("*86");
    other.await_talk(1);
    other.talks_with(&callers[0]);
    callers[0].hang_up();
    other.await_end(1);
    other.dial("*86");
    other.await_talk(2);
    other.talks_with(&callers[1]);
    callers[1].hang_up();
    other.await_end(2);
    callers[1].await_end(1);
    callers[1].dial("700");
    switch.await_slot("701", "parked");
    other.dial("*87");
    other.await_talk(3);
    other.talks_with(&callers[1]);
    other.hang_up();
    switch.await_slot("703", "parked");
    callers[2].hang_up();
    switch.everything_is_over();
}

/// 1002 dials *85, keys in the slot and has the caller.
fn asked_for_the_slot(prepare: impl FnOnce(&Switch)) {
    let office = Office::open(Conf::default());
    prepare(&office.switch);
    let parker = office.phone("1001");
    let other = office.phone("1002");
    let caller = office.parked_by(&parker);
    other.dial("*85");
    other.await_talk(1);
    for key in ['7', '0', '1', '#'] {
        other.press(key);
        sleep(Duration::from_millis(300)); // a key's length
    }
    other.talks_with(&caller);
    assert_eq!(office.switch.action("retrieve")["Park-Slot"], "701");
    other.hang_up();
    caller.await_end(1);
    office.switch.everything_is_over();
}

#[test]
fn who_dials_star_85_is_asked_for_the_slot() {
    asked_for_the_slot(|switch| {
        let prompts = switch.folder().join("sounds/ivr/8000");
        fs::create_dir_all(&prompts).unwrap();
        sound::write_tone(&prompts.join("ivr-enter_ext_pound.wav"), 2400.0, 1.0);
    });
}

#[test]
fn who_is_asked_without_a_sound_can_still_key_in_the_slot() {
    asked_for_the_slot(|_| {});
}

#[test]
fn who_keys_in_no_slot_is_told_that_it_is_empty() {
    let office = Office::open(Conf::default());
    let other = office.phone("1002");
    other.dial("*85");
    other.await_tone(REFUSED);
    assert_eq!(office.switch.action("refuse")["Result"], "EMPTY");
    other.await_end(1);
    office.switch.everything_is_over();
}

#[test]
fn who_dials_an_empty_slot_is_told_so_and_never_parked() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let other = office.phone("1002");
    for (number, times) in [("*85703", 1), ("703", 2)] {
        other.dial(number);
        other.await_tone(REFUSED);
        let event = switch.action_of("refuse", |event| {
            event
                .get("Caller-Destination-Number")
                .is_some_and(|dialled| dialled == number)
        });
        assert_eq!(event["Result"], "EMPTY", "{event:?}");
        assert_eq!(event["Park-Slot"], "703");
        assert_eq!(event["Park-Domain"], "alpha.test");
        assert!(switch.parked("").is_empty());
        other.await_end(times);
    }
    switch.everything_is_over();
}

#[test]
fn an_outside_leg_takes_no_call_unless_the_lot_lets_it() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    switch.api("global_setvar callpark_domain=alpha.test");
    let stranger = office.caller_named("4930999", "Eve", 900);
    stranger.dial("*85701");
    let event = switch.action("refuse");
    assert_eq!(event["Result"], "FORBIDDEN", "{event:?}");
    stranger.await_end(1);
    switch.await_slot("701", "parked");
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn hold_and_resume_after_a_retrieve_end_without_music() {
    let (office, _parker, other, caller) = parked(Conf::default());
    other.dial("701");
    other.await_talk(1);
    other.talks_with(&caller);
    for _ in 0..2 {
        other.hold();
        caller.await_tone(MUSIC);
        other.resume();
        // The one who held is not recorded any more.
        caller.await_tone(other.tone());
        caller.hears_no_more(MUSIC);
    }
    caller.hang_up();
    other.await_end(1);
    office.switch.everything_is_over();
}

#[test]
fn a_retriever_who_hangs_up_at_once_leaves_the_caller_in_the_slot_or_talks() {
    let (office, parker, other, mut caller) = parked(Conf::default());
    let switch = &office.switch;
    let mut kept = 0;
    for (index, millis) in [0, 2, 5, 10, 15, 20, 30, 40, 60, 90]
        .into_iter()
        .enumerate()
    {
        let retrieved = || {
            switch
                .actions()
                .iter()
                .filter(|action| *action == "retrieve")
                .count()
        };
        let before = retrieved();
        other.dial("701");
        sleep(Duration::from_millis(millis)); // the delay is what is tried
        other.hang_up();
        other.await_end(index + 1);
        wait::expect("the retriever's leg is gone", || {
            !switch.api("show channels").contains("/1002@")
        });
        if retrieved() == before {
            switch.await_slot("701", "parked");
            caller.await_tone(MUSIC);
            kept += 1;
        } else {
            // They were connected: whoever hangs up then ends both.
            caller.await_end(1);
            switch.await_no_channels();
            caller = office.parked_by(&parker);
        }
    }
    println!("{kept} of 10 tries left the caller in its slot");
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn the_api_returns_transfers_and_drops_a_call() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let call = switch.await_slot("701", "parked");
    let park_id = call["id"].as_str().unwrap().to_owned();
    assert_eq!(
        switch.ok("callpark return default@alpha.test 701"),
        format!("+OK 701 {park_id}")
    );
    let (name, _) = parker.await_ring(2);
    assert_eq!(name, format!("Park 701: {CALLER_NAME}"));
    assert_eq!(switch.action("ring")["Park-State"], "ringing");
    parker.answer();
    parker.talks_with(&caller);
    let event = switch.action("return");
    assert_told(&event, &park_id, "701");
    assert_eq!(event["Retrieved-By"], "1001@alpha.test");
    assert!(event.contains_key("Retriever-UUID"));
    caller.hang_up();
    parker.await_end(2);
    switch.await_no_channels();

    let caller = office.parked_by(&parker);
    let call = switch.await_slot("701", "parked");
    switch.ok("callpark transfer default@alpha.test 701 operator XML default");
    caller.await_tone(OPERATOR);
    switch.await_no_call_in_slots();
    assert_told(
        &switch.action("transfer"),
        call["id"].as_str().unwrap(),
        "701",
    );
    let uuid = call["uuid"].as_str().unwrap();
    assert_eq!(switch.variable(uuid, "callpark_outcome"), "transferred");
    caller.hang_up();
    switch.await_no_channels();

    let caller = office.parked_by(&parker);
    let call = switch.await_slot("701", "parked");
    switch.ok("callpark drop default@alpha.test 701");
    caller.await_end(1);
    assert_told(&switch.action("drop"), call["id"].as_str().unwrap(), "701");
    switch.everything_is_over();
}

#[test]
fn the_api_rings_a_user_for_a_call_with_the_callers_identity() {
    let (office, _parker, other, caller) = parked(Conf::default());
    let switch = &office.switch;
    switch.api("bgapi callpark retrieve default@alpha.test 701 1002@alpha.test");
    let (name, address) = other.await_ring(1);
    assert_eq!(name, CALLER_NAME);
    assert!(address.contains(CALLER_NUMBER), "{address}");
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    other.answer();
    other.talks_with(&caller);
    let event = switch.action("retrieve");
    assert_eq!(event["Retrieved-By"], "1002@alpha.test");
    assert_eq!(event["Parked-By"], "1001@alpha.test");
    other.hang_up();
    caller.await_end(1);
    switch.everything_is_over();
}

#[test]
fn the_api_gives_a_call_to_a_channel() {
    let (office, _parker, other, caller) = parked(Conf::default());
    let switch = &office.switch;
    other.dial("operator");
    other.await_tone(OPERATOR);
    let uuid = switch.leg_of("1002");
    switch.ok(&format!(
        "callpark retrieve default@alpha.test oldest {uuid}"
    ));
    other.talks_with(&caller);
    assert_eq!(switch.action("retrieve")["Retriever-UUID"], uuid);
    caller.hang_up();
    other.await_end(1);
    switch.everything_is_over();
}

#[test]
fn the_api_gives_no_call_to_a_channel_in_a_slot_or_to_none_at_all() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let second = office.parked_by(&parker);
    let retrieve = |slot: &str, leg: &str| {
        switch.api(&format!(
            "callpark retrieve default@alpha.test {slot} {leg}"
        ))
    };
    let leg = switch.await_slot("701", "parked")["uuid"].clone();
    let leg = leg.as_str().unwrap();
    for slot in ["701", "702"] {
        let reply = retrieve(slot, leg);
        assert!(reply.starts_with("-ERR ALREADY_PARKED"), "{reply}");
    }
    let gone = retrieve("701", "b3f1a1f0-1111-2222-3333-444455556666");
    assert!(gone.starts_with("-ERR GONE"), "{gone}");
    // A refusal uses nothing up.
    let other = office.phone("1002");
    other.dial("operator");
    other.await_tone(OPERATOR);
    let taker = switch.leg_of("1002");
    switch.ok(&format!("callpark retrieve default@alpha.test 701 {taker}"));
    // The answer comes when they are connected, not before.
    assert_eq!(switch.variable(&taker, "signal_bond"), leg);
    other.talks_with(&caller);
    assert!(second.keeps_hearing(MUSIC, Duration::from_secs(1)));
    other.hang_up();
    second.hang_up();
    switch.everything_is_over();
}

#[test]
fn the_api_parks_either_party_of_a_call_and_the_other_is_the_parker() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    let uuid = switch.leg_of(CALLER_NUMBER);
    let reply = switch.ok(&format!("callpark park {uuid} default 706 timeout=300"));
    let call = switch.await_slot("706", "parked");
    assert_eq!(reply, format!("+OK 706 {}", call["id"].as_str().unwrap()));
    assert_eq!(call["parked_by"], "1001@alpha.test");
    let due = call["timeout_at"].as_i64().unwrap() - call["parked_at"].as_i64().unwrap();
    assert_eq!(due, 300);
    caller.await_tone(MUSIC);
    parker.await_end(1);
    caller.hang_up();
    switch.await_no_channels();

    let caller = office.caller();
    office.talk(&caller, &parker);
    let parkers = switch.leg_of("1001");
    switch.ok(&format!("callpark park -bleg {parkers} default"));
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1001@alpha.test");
    assert_eq!(call["caller_id_number"], CALLER_NUMBER);
    caller.await_tone(MUSIC);
    parker.await_end(2);
    caller.hang_up();
    switch.await_no_channels();

    let caller = office.caller();
    office.talk(&caller, &parker);
    let uuid = switch.leg_of(CALLER_NUMBER);
    switch.ok(&format!(
        "callpark park {uuid} default@alpha.test parker=1002@alpha.test timeout=1"
    ));
    let other: Phone = office.phone("1002");
    let (name, _) = other.await_ring(1);
    assert_eq!(name, format!("Park 701: {CALLER_NAME}"));
    other.answer();
    other.talks_with(&caller);
    caller.hang_up();
    other.await_end(1);
    switch.everything_is_over();
}
