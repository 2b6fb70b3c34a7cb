//! Random walks through the table, step by step beside a naive model.
//!
//! The model knows only what can be told without the timer rules: who is in which slot, in which state, and who has left.
//! What the timers decide is taken over from the table's answers; that nothing waits without a limit is checked instead.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a walk that cannot go on has found something

mod clock;
mod model;
mod steps;
mod walk;
mod watcher;

use callpark_domain::{
    call::{Outcome, State},
    table::{RingEnd, Table, Want},
    verb::Filter,
};
use proptest::prelude::*;
use steps::{Step, arrival, config, key, steps};
use walk::Walk;

/// Lets time pass, with nobody who answers a phone or takes a call, until only those are there who may wait for ever.
fn run_out(walk: &mut Walk) {
    for _ in 0..200 {
        let calls = walk.table.calls(&Filter::All);
        if calls.iter().all(|call| walk.endless.contains(&call.ticket)) {
            break;
        }
        walk.step(&Step::Time {
            seconds: 45,
            room: 9,
        });
        for call in walk.table.calls(&Filter::All) {
            match call.state {
                State::Ringing => walk.ring_ended(call.ticket, RingEnd::NoAnswer),
                State::Claimed => walk.leave(call.ticket, Outcome::Dropped),
                State::Reserved | State::Parked => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_table_does_what_the_model_does(steps in steps()) {
        let mut walk = Walk::new();
        for step in &steps {
            walk.step(step);
        }
        run_out(&mut walk);
        for call in walk.table.calls(&Filter::All) {
            prop_assert!(walk.endless.contains(&call.ticket), "{} is still there", call.id);
        }
    }
}

/// A label that has gone to another lot, with the former lot's call in it still: the lamp is lit while there is a call.
#[test]
fn a_slot_that_two_lots_have_calls_in_is_lit_until_both_have_left() {
    use callpark_domain::news::Lamp;
    let mut table = Table::new(config(0, 0));
    let in_701 = || Want::Slot("701".to_owned());
    let park = |table: &mut Table, lot, leg| {
        let arrival = arrival(leg, in_701(), false);
        table.park(&key(lot, 0), arrival, 1000).unwrap().ticket
    };
    let former = park(&mut table, 0, 1);
    table.reconfigure(config(0, 6));
    park(&mut table, 1, 2);
    table.take_news();
    table.leave(former, Outcome::Abandoned, 1000).unwrap();
    let told = table.take_news().lamps;
    let told = told.iter().find(|view| view.label == "701").unwrap();
    let asked = table.lamp("701", &key(1, 0).domain).unwrap();
    assert_eq!((asked.lamp, told.lamp), (Lamp::On, Lamp::On));
}
