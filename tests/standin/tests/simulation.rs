//! Stories that seeds make up. `make simulate` plays many more of them.

use callpark_standin::simulate;

/// As many as play in half a minute.
const SEEDS: u64 = 600;

#[test]
fn whatever_happens_nobody_is_lost_and_every_call_leaves_its_slot_once() {
    let mut seen = callpark_standin::Told::default();
    for seed in 1..=SEEDS {
        seen.add(&simulate(seed));
    }
    for action in [
        "park",
        "retrieve",
        "return",
        "fallback",
        "abandon",
        "expire",
        "move",
        "drop",
        "transfer",
        "shutdown",
        "ring",
        "ring-failed",
        "refuse",
    ] {
        // With its result behind it, where it has one.
        let happened = |told: &String| told.split(' ').next() == Some(action);
        assert!(
            seen.actions.keys().any(happened),
            "no story has a {action}: {:?}",
            seen.actions
        );
    }
    for kind in [
        "a leg dies",
        "a sound is missing",
        "switch_ivr_play_file",
        "switch_core_perform_new_memory_pool",
        "switch_core_event_hook_add_receive_message",
        "switch_event_create_subclass_detailed",
    ] {
        assert!(
            seen.struck.contains_key(kind),
            "in no story {kind} goes wrong: {:?}",
            seen.struck
        );
    }
}
