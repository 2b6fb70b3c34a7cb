//! The simulation can fail: each fault that other systems had, put back into the module, is found, and says what it is.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// Seeds for each fault.
const SEEDS: &str = "400";

/// A fault by its name in `src/domain/planted.rs`, and what a story says that has found it.
const FAULTS: [(&str, &[&str]); 5] = [
    ("ClaimForEver", &["a call stays claimed"]),
    ("ReservationForEver", &["a slot stays taken"]),
    // When the second claim fails, the call goes back to the state before it, which is the first claim's.
    (
        "SecondClaimWins",
        &["two have won the call", "a call stays claimed"],
    ),
    ("RingsOn", &["the parker rings for nobody"]),
    ("ReloadWipesSlots", &["slots and calls do not agree"]),
];

/// The module with the feature `planted`, as cargo builds it now, in a folder of its own.
fn planted_module() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "mod_callpark"])
        .args(["--profile", "planted", "--features", "planted"])
        .current_dir(root)
        .status();
    assert!(built.expect("cargo runs").success());
    let program = Path::new(env!("CARGO_BIN_EXE_simulate"));
    let target = program.ancestors().nth(2).expect("cargo's target folder");
    target.join("planted/libmod_callpark.so")
}

/// Plays so many seeds from the first on with this fault in the module; whether all went well, and what was said.
fn play(module: &Path, fault: &str, seeds: [&str; 2]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_simulate"))
        .args(seeds)
        .env("CALLPARK_SO", module)
        .env("CALLPARK_PLANTED", fault)
        .output()
        .expect("the simulation runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), said)
}

/// The seed in `FAILED: seed <seed>: …`.
fn seed_of(failure: &str) -> &str {
    let seed = failure.strip_prefix("FAILED: seed ");
    let seed = seed.and_then(|rest| rest.split(':').next());
    seed.expect("a failure names its seed")
}

#[test]
fn a_planted_fault_is_found_and_without_one_the_same_stories_go_well() {
    let module = planted_module();
    for (fault, found) in FAULTS {
        let (well, said) = play(&module, fault, [SEEDS, "1"]);
        let mut failures = said.lines().filter(|line| line.starts_with("FAILED"));
        let failure = failures.find(|line| found.iter().any(|found| line.contains(found)));
        assert!(!well && failure.is_some(), "{fault} is not found: {said}");
        let failure = failure.unwrap_or_default();
        println!("{fault}: {failure}");
        let (_, again) = play(&module, fault, ["1", seed_of(failure)]);
        assert!(
            again.lines().any(|line| line == failure),
            "{fault}: the seed plays something else: {again}"
        );
    }
    let (well, said) = play(&module, "none", [SEEDS, "1"]);
    assert!(well, "{said}");
}
