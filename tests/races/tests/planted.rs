//! The races can fail: each fault that other systems had, put back into the table, is found by the races that it concerns,
//! and they say what it is. `RingsOn` is a fault of the module's way out, of which `office.rs` has its own.

use std::{path::Path, process::Command};

/// A fault by its name in `src/domain/planted.rs`, the race that finds it, and what that says.
const FAULTS: [(&str, &str, &str); 5] = [
    (
        "SecondClaimWins",
        "of_two_retrievers_one_at_the_most_has_the_call_and_the_other_is_told",
        "claimed twice",
    ),
    (
        "SecondClaimWins",
        "an_offer_is_good_for_one_leg",
        "claimed twice",
    ),
    (
        "ClaimForEver",
        "of_two_retrievers_one_at_the_most_has_the_call_and_the_other_is_told",
        "the claim of Call",
    ),
    (
        "ReservationForEver",
        "the_end_of_a_consultations_own_leg_does_not_cost_the_caller_the_slot",
        "a call in a slot",
    ),
    (
        "ReloadWipesSlots",
        "a_reload_takes_no_slot_from_anyone_and_leaves_none_behind",
        "the slot of Call",
    ),
];

/// Runs races with this fault in the table, as cargo builds it now, in a folder of its own; whether they went well, and
/// what was said.
fn run(fault: &str, races: &[&str]) -> (bool, String) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .args(["test", "--package", "callpark-races"])
        .args(["--profile", "planted", "--features", "planted"])
        .args(["--test", "calls", "--test", "reservations"])
        .args(["--no-fail-fast", "--", "--exact"])
        .args(races)
        .env("CALLPARK_PLANTED", fault)
        .current_dir(root)
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.success(), said)
}

#[test]
fn a_planted_fault_is_found_and_without_one_the_same_races_go_well() {
    let races = FAULTS.map(|(_, race, _)| race);
    let (well, said) = run("none", &races);
    for race in races {
        let passed = format!("test {race} ... ok");
        assert!(well && said.contains(&passed), "{race}: {said}");
    }
    for (fault, race, found) in FAULTS {
        let (well, said) = run(fault, &[race]);
        assert!(!well && said.contains(found), "{fault} by {race}: {said}");
    }
}
