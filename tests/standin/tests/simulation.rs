//! Stories that seeds make up. `make simulate` plays many more of them.

use callpark_standin::simulate;

/// As many as play in some seconds.
const SEEDS: u64 = 200;

#[test]
fn whatever_happens_nobody_is_lost_and_every_call_leaves_its_slot_once() {
    let mut seen = callpark_standin::Told::default();
    for seed in 1..=SEEDS {
        seen.add(&simulate(seed));
    }
    for action in [
        "park", "retrieve", "return", "fallback", "abandon", "expire", "move", "drop", "transfer",
    ] {
        assert!(
            seen.actions.contains_key(action),
            "no story has a {action}: {:?}",
            seen.actions
        );
    }
}
