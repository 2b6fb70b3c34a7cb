//! The engine as part of the module: chosen, loaded, unloaded.

use super::{assert_threads_gone, held, open, parked};
use callpark_live::{
    conf::{Conf, MUSIC},
    crowd,
    office::Office,
};
use std::{collections::BTreeSet, time::Duration};

#[test]
fn the_module_is_loaded_and_unloaded_twenty_times_with_its_engine() {
    let (office, wire) = open(Conf::default());
    let switch = &office.switch;
    let threads = || {
        let tasks = format!("/proc/{}/task", switch.process_id());
        std::fs::read_dir(tasks).unwrap().count()
    };
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let call = parked(&office, &wire);
        wire.hang_up(&call);
        crowd::nothing_left(switch);
        assert_threads_gone(switch);
        seen.insert(threads());
        let reply = switch.api("load mod_callpark");
        assert!(reply.contains("+OK"), "{reply}");
    }
    let (least, most) = (seen.first().unwrap(), seen.last().unwrap());
    assert!(most - least <= 8, "threads are left behind: {seen:?}");
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
