//! A run is fixed by its seed.

use callpark_standin::{Switch, scenes::Office};

/// A busy minute: five callers parked one after the other, some taken, one given up; what happened, as a number.
fn busy_minute(seed: u64) -> (u64, Vec<String>) {
    let office = Office::in_front_of(Switch::new(seed));
    let switch = &office.switch;
    let mut calls = Vec::new();
    for _ in 0..5 {
        calls.push(office.parked_call());
    }
    let takers = [
        office.bob.calls("701"),
        office.bob.calls("702"),
        office.bob.calls("702"),
    ];
    calls[2].hangs_up();
    switch.run_for(20.0);
    for taker in takers {
        taker.hangs_up();
    }
    switch.run_for(130.0);
    let seen = (switch.fingerprint(), switch.actions());
    office.switch.end();
    seen
}

#[test]
fn the_same_seed_plays_the_same_run_step_by_step() {
    for seed in [0, 1, 2, 3, 17, 99] {
        assert_eq!(busy_minute(seed), busy_minute(seed), "seed {seed}");
    }
}

#[test]
fn another_seed_plays_another_order() {
    let all: std::collections::BTreeSet<u64> = (1..12).map(|seed| busy_minute(seed).0).collect();
    assert!(all.len() > 8, "{} different runs of 11", all.len());
}
