//! The engine as part of the module: chosen, loaded, unloaded.

use super::{assert_threads_gone, held, open, parked};
use callpark_live::{
    conf::{Conf, MUSIC},
    crowd,
    office::Office,
    switch::Switch,
    wait,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::Duration,
};

/// The switch's threads, and how often each has slept so far.
fn sleeps(switch: &Switch) -> BTreeMap<u32, u32> {
    let tasks = fs::read_dir(format!("/proc/{}/task", switch.process_id())).unwrap();
    let sleeps = tasks.flatten().filter_map(|task| {
        let id = task.file_name().to_str()?.parse().ok()?;
        // A thread may end meanwhile.
        let status = fs::read_to_string(task.path().join("status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        Some((id, line.trim().parse().ok()?))
    });
    sleeps.collect()
}

#[test]
fn the_module_is_loaded_and_unloaded_twenty_times_with_its_engine() {
    let (office, wire) = open(Conf::default());
    let switch = &office.switch;
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let call = parked(&office, &wire);
        wire.hang_up(&call);
        crowd::nothing_left(switch);
        assert_threads_gone(switch);
        seen.insert(sleeps(switch).len());
        let reply = switch.api("load mod_callpark");
        assert!(reply.contains("+OK"), "{reply}");
    }
    let (least, most) = (seen.first().unwrap(), seen.last().unwrap());
    assert!(most - least <= 8, "threads are left behind: {seen:?}");
}

#[test]
fn an_engine_thread_without_calls_sleeps() {
    const SECONDS: u32 = 3;
    let (office, wire) = open(Conf::default());
    let before = sleeps(&office.switch);
    let call = parked(&office, &wire);
    let begun = sleeps(&office.switch);
    wait::pass(Duration::from_secs(SECONDS.into()));
    let mut later = sleeps(&office.switch);
    // Threads that have begun with the call: of 50 beats a second, those that keep time do most.
    later.retain(|id, _| !before.contains_key(id) && begun.contains_key(id));
    let keeps_time = |(id, sleeps): (&u32, &u32)| sleeps - begun[id] > SECONDS * 25;
    let busy = later.iter().filter(|thread| keeps_time(*thread)).count();
    assert_eq!(
        busy, 2,
        "one for the call and one for its music: {later:?}, from {begun:?}"
    );
    wire.hang_up(&call);
    crowd::nothing_left(&office.switch);
}

#[test]
fn with_hold_engine_thread_each_call_plays_its_own_music() {
    let office = Office::open(Conf::default().held_by("thread"));
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    held(&office.switch, "701", "thread");
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(3)));
    let other = office.phone("1002");
    other.dial("701");
    other.talks_with(&caller);
    other.hang_up();
    caller.await_end(1);
    crowd::nothing_left(&office.switch);
}
