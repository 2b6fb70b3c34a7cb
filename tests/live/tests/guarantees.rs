//! What must hold however the moments fall: many real calls, counted.
//!
//! `make test` plays a part of each; `make guarantees` all of it, and prints what was counted.

// Races are tried at every moment, so this file waits for moments.
#![allow(clippy::disallowed_methods)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::Conf,
    crowd::{
        LONG, assert_all_different, await_parked, busy_office, count, dial, nothing_left, numbers,
    },
    ledger::{Ledger, refusals},
    sipp::Dialled,
    switch::Switch,
    wait,
};
use std::time::{Duration, Instant};

/// Pairs that race for one call each, at the same time.
const SIDE_BY_SIDE: usize = 40;

#[test]
fn of_two_retrievers_at_once_exactly_one_has_the_call() {
    let pairs = count("CALLPARK_PAIRS", 80);
    let office = busy_office(Conf::default().lot("slots", "1-99"));
    let (began, mut played, mut later_won) = (Instant::now(), 0, 0);
    while played < pairs {
        let round = SIDE_BY_SIDE.min(pairs - played);
        later_won += race(&office.switch, round);
        played += round;
    }
    println!(
        "{pairs} pairs of retrievers, {SIDE_BY_SIDE} side by side: each call had one; the later INVITE won {later_won} times; {:?}",
        began.elapsed()
    );
}

/// One round; how often the retriever that dialled second had the call.
fn race(switch: &Switch, pairs: usize) -> usize {
    switch.forget_events();
    let callers = dial(switch, &numbers("enter", pairs), 5, LONG);
    callers.await_told(pairs);
    await_parked(switch, pairs);
    let twice = |number: String| [number.clone(), number];
    let takers: Vec<_> = numbers("take", pairs).into_iter().flat_map(twice).collect();
    let told = dial(switch, &takers, 1, Duration::from_millis(300)).finish();
    callers.finish();
    assert_eq!(told.len(), takers.len(), "not every retriever was told");
    let (won, lost): (Vec<_>, Vec<_>) = told.iter().partition(|dialled| dialled.refusal.is_none());
    for lost in lost {
        assert_eq!(lost.refusal.as_deref(), Some("480 EMPTY"), "{lost:?}");
    }
    assert_all_different(&won.iter().map(|won| won.number.clone()).collect::<Vec<_>>());
    assert_eq!(won.len(), pairs);
    let ledger = Ledger::await_all_left(switch);
    assert_eq!(ledger.slots_left_by("retrieve").len(), pairs, "{ledger:?}");
    wait::expect("each refusal has its event", || {
        refusals(switch, "EMPTY") == pairs
    });
    for park in &ledger.parks {
        assert_eq!(park.joined.len(), 1, "{park:?}");
    }
    nothing_left(switch);
    won.iter().filter(|won| won.place % 2 == 1).count()
}

/// Callers who dial `enter` within a second; how it went for each.
fn crowd(switch: &Switch, callers: usize, parked: usize) -> (Vec<Dialled>, Ledger) {
    let crowd = dial(switch, &vec!["enter".to_owned(); callers], 4, LONG);
    crowd.await_told(callers);
    await_parked(switch, parked);
    wait::expect("the others are refused", || {
        refusals(switch, "LOT_FULL") == callers - parked
    });
    let slots: Vec<_> = switch
        .parked("default@alpha.test")
        .iter()
        .map(|call| call["slot"].as_str().unwrap().to_owned())
        .collect();
    assert_all_different(&slots);
    for slot in &slots {
        let reply = switch.api(&format!("callpark drop default@alpha.test {slot}"));
        assert!(reply.starts_with("+OK"), "{reply}");
    }
    let told = crowd.finish();
    let ledger = Ledger::await_all_left(switch);
    assert_eq!(ledger.slots_left_by("drop").len(), parked);
    nothing_left(switch);
    (told, ledger)
}

/// From the first call that was parked to the last one.
fn span(ledger: &Ledger) -> Duration {
    let times = || ledger.parks.iter().map(|park| park.at);
    Duration::from_micros(times().max().unwrap_or(0) - times().min().unwrap_or(0))
}

#[test]
fn two_hundred_calls_within_a_second_have_two_hundred_slots() {
    let office = busy_office(Conf::default().lot("slots", "1-220"));
    let (told, ledger) = crowd(&office.switch, 200, 200);
    assert!(told.iter().all(|call| call.refusal.is_none()), "{told:?}");
    println!("200 calls in 200 slots within {:?}", span(&ledger));
}

#[test]
fn of_two_hundred_calls_a_lot_of_150_takes_150_and_tells_the_others_that_it_is_full() {
    let office = busy_office(Conf::default().lot("slots", "1-150"));
    let (told, ledger) = crowd(&office.switch, 200, 150);
    let refused: Vec<_> = told
        .iter()
        .filter_map(|call| call.refusal.as_deref())
        .collect();
    assert_eq!(refused, ["486 LOT_FULL"; 50]);
    println!(
        "of 200 calls a lot of 150 took 150 within {:?} and told 50 LOT_FULL, who went on with their dialplan",
        span(&ledger)
    );
}
