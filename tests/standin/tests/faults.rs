//! What goes wrong: legs that die inside any host call, sounds that are missing, functions that refuse.

use std::collections::BTreeMap;

use callpark_standin::{Fault, Line, Switch, scenes::Office};

/// Nothing is left of the call: no slot, no leg, and one event that says how it left.
fn gone_in_good_order(office: &Office, call: &Line, place: &str) {
    assert!(!call.is_up(), "{place}");
    office.switch.run_for(2.0);
    assert_eq!(office.parked(), 0, "{place}");
    let actions = office.switch.actions();
    assert!(actions.len() <= 3, "{place}: {actions:?}");
    each_call_leaves_once(office, place);
    assert!(
        actions
            .first()
            .is_none_or(|first| first == "park" || first == "refuse"),
        "{place}: {actions:?}"
    );
}

/// Each park id has one action by which it leaves.
fn each_call_leaves_once(office: &Office, place: &str) {
    const LEAVING: [&str; 8] = [
        "retrieve", "return", "fallback", "abandon", "transfer", "drop", "expire", "shutdown",
    ];
    let mut left = BTreeMap::new();
    for event in office.switch.events("callpark::info") {
        let Some(id) = event.header("Park-ID") else {
            continue;
        };
        let leaves = LEAVING.contains(&event.header("Action").unwrap_or_default());
        *left.entry(id.to_owned()).or_insert(0) += usize::from(leaves);
    }
    assert!(left.values().all(|times| *times == 1), "{place}: {left:?}");
}

#[test]
fn a_caller_who_dies_at_any_host_call_of_a_park_leaves_a_free_slot() {
    let mut died = 0;
    for nth in 1..300 {
        let office = Office::open(0);
        let call = office.talking_call();
        office.switch.fault(Fault::LegDies {
            phone: "15550100".to_owned(),
            call: "",
            nth,
        });
        office.alice.line().transfers_to("700", true);
        office.switch.run_for(3.0);
        if office.switch.has_faults_to_come() {
            break;
        }
        died += 1;
        gone_in_good_order(&office, &call, &format!("host call {nth}"));
        office.switch.end();
    }
    assert!(died > 30, "the caller died in {died} places");
}

#[test]
fn a_retriever_who_dies_at_any_host_call_leaves_the_call_in_its_slot() {
    let (mut died, mut stayed) = (0, 0);
    for nth in 1..300 {
        let office = Office::open(nth.into());
        let call = office.parked_call();
        office.switch.fault(Fault::LegDies {
            phone: "1002@alpha.test".to_owned(),
            call: "",
            nth,
        });
        let bob = office.bob.calls("701");
        office.switch.run_for(8.0);
        if office.switch.has_faults_to_come() {
            break;
        }
        died += 1;
        assert!(!bob.is_up());
        // Once they talked, the retriever's end is the call's end; before that the caller must not notice.
        if office.switch.actions() == ["park"] {
            stayed += 1;
            assert!(call.hears_music(), "host call {nth}: the caller is lost");
            assert_eq!(office.parked(), 1, "host call {nth}");
        } else {
            assert_eq!(
                office.switch.actions(),
                ["park", "retrieve"],
                "host call {nth}"
            );
        }
        office.switch.end();
    }
    assert!(
        died > 20 && stayed > 10,
        "died in {died} places, the call stayed {stayed} times"
    );
}

#[test]
fn a_caller_who_dies_at_any_host_call_of_a_retrieve_ends_the_retriever_too() {
    let mut died = 0;
    for nth in 1..400 {
        let office = Office::open(nth.into());
        let call = office.parked_call();
        office.switch.fault(Fault::LegDies {
            phone: "15550100".to_owned(),
            call: "",
            nth,
        });
        let bob = office.bob.calls("701");
        office.switch.run_for(10.0);
        if office.switch.has_faults_to_come() {
            break;
        }
        died += 1;
        gone_in_good_order(&office, &call, &format!("host call {nth}"));
        assert!(!bob.is_up() || !bob.is_bridged(), "host call {nth}");
        office.switch.end();
    }
    assert!(died > 30, "the caller died in {died} places");
}

#[test]
fn a_parker_who_dies_at_any_host_call_of_a_return_leaves_the_call_waiting() {
    let mut died = 0;
    for nth in 1..200 {
        let office = Office::open(nth.into());
        let call = office.parked_call();
        office.alice.answers_after(3);
        office.switch.run_until(|| office.alice.is_ringing());
        office.switch.fault(Fault::LegDies {
            phone: "1001@alpha.test".to_owned(),
            call: "",
            nth,
        });
        office.switch.run_for(9.0);
        if office.switch.has_faults_to_come() {
            break;
        }
        died += 1;
        let actions = office.switch.actions();
        if actions.contains(&"return".to_owned()) {
            assert!(!call.is_up(), "host call {nth}: they talked");
        } else {
            // Not lost: it waits in its slot, or is with the operator.
            assert!(call.is_up(), "host call {nth}: {actions:?}");
            let waits = office.parked() == 1 && call.hears_music();
            assert!(
                waits || call.has_heard("operator.wav"),
                "host call {nth}: {actions:?}"
            );
        }
        office.switch.end();
    }
    assert!(died > 10, "the parker died in {died} places");
}

#[test]
fn a_park_without_any_sound_still_is_a_park() {
    let office = Office::open(0);
    for sound in ["local_stream", "tone_stream", "ivr/"] {
        office.switch.fault(Fault::MissingSound(sound.to_owned()));
    }
    office
        .switch
        .fault(Fault::MissingPhrase("callpark_slot".to_owned()));
    office.switch.fault(Fault::CannotSay);
    let call = office.talking_call();
    office.alice.line().transfers_to("700", true);
    office.switch.run_for(30.0);
    assert_eq!(office.parked(), 1);
    assert!(call.is_up());
    assert!(
        office.switch.steps() < 100_000,
        "silence must not spin: {} host calls",
        office.switch.steps()
    );
}

#[test]
fn a_ring_back_that_cannot_start_is_tried_again_or_falls_back() {
    for call_that_refuses in [
        "switch_thread_create",
        "switch_ivr_originate",
        "switch_core_perform_new_memory_pool",
    ] {
        let office = Office::open(0);
        let call = office.parked_call();
        office.switch.fault(Fault::Refuses {
            call: call_that_refuses,
            nth: 1,
        });
        office.switch.run_for(400.0);
        assert!(call.is_up(), "{call_that_refuses}: the caller is lost");
        let waits = office.parked() == 1 && call.hears_music();
        assert!(
            waits || call.has_heard("operator.wav"),
            "{call_that_refuses}: {:?}",
            office.switch.actions()
        );
    }
}

#[test]
fn a_hook_that_cannot_be_set_leaves_the_call_in_its_slot() {
    let office = Office::open(0);
    let call = office.parked_call();
    office.switch.fault(Fault::Refuses {
        call: "switch_core_event_hook_add_receive_message",
        nth: 1,
    });
    let bob = office.bob.calls("701");
    office.switch.run_until(|| !bob.is_up());
    assert!(call.hears_music());
    let bob = office.bob.calls("701");
    office.switch.run_until(|| bob.talks_to(&call));
}

#[test]
fn an_event_that_cannot_be_made_changes_nothing_else() {
    for nth in 1..6 {
        let switch = Switch::new(0);
        let office = Office::in_front_of(switch);
        office.switch.fault(Fault::Refuses {
            call: "switch_event_create_subclass_detailed",
            nth,
        });
        let call = office.parked_call();
        let bob = office.bob.calls("701");
        office.switch.run_until(|| bob.talks_to(&call));
        bob.hangs_up();
        office.switch.run_until(|| !call.is_up());
    }
}
