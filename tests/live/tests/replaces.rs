//! An INVITE with Replaces against a parked call joins nobody to anybody. The host ends the call that it names before our
//! application hears of it; with `a-leg=true` the call stays.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC, password},
    office::Office,
    phone::Phone,
    sipp::Sipp,
    wait,
};
use std::time::Duration;

const LENGTH: Duration = Duration::from_secs(30);

/// Somebody names the caller's dialog in 701; another call waits in 702.
fn replaced(by_user: bool, with: &str) -> (Office, Phone, Phone) {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let second = office.parked_by(&parker);
    let leg = switch.await_slot("701", "parked")["uuid"].clone();
    let of_leg = |name| switch.variable(leg.as_str().unwrap(), name);
    let replaces = format!(
        "{};to-tag={};from-tag={}{with}",
        of_leg("sip_call_id"),
        of_leg("sip_to_tag"),
        of_leg("sip_from_tag")
    );
    let (user, domain, port) = if by_user {
        ("1003", "alpha.test", switch.ports().inside)
    } else {
        ("4930999", "outside.test", switch.ports().outside)
    };
    let password = password(user);
    let words = [
        ("NUMBER", "701"),
        ("REPLACES", replaces.as_str()),
        ("DOMAIN", domain),
        ("PASSWORD", &password),
        ("USER", user),
    ];
    Sipp::keep("replaces", &words, LENGTH, port).finish();
    (office, caller, second)
}

fn joins_nobody(by_user: bool) {
    let (office, caller, second) = replaced(by_user, "");
    let switch = &office.switch;
    // The host has ended it, and our part is in good order: out of the slot, once.
    caller.await_end(1);
    assert_eq!(switch.action("drop")["Park-Slot"], "701");
    assert_eq!(switch.action("refuse")["Result"], "GONE");
    let slots = switch.parked("");
    assert_eq!(slots.len(), 1, "{slots:?}");
    assert_eq!(slots[0]["slot"], "702");
    assert!(second.keeps_hearing(MUSIC, Duration::from_secs(1)));
    second.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_user_who_replaces_a_parked_call_has_nobody() {
    joins_nobody(true);
}

#[test]
fn somebody_from_outside_who_replaces_a_parked_call_has_nobody() {
    joins_nobody(false);
}

#[test]
fn who_intercepts_a_parked_call_by_replaces_has_nobody_and_the_caller_stays() {
    let (office, caller, second) = replaced(true, ";a-leg=true");
    let switch = &office.switch;
    wait::expect("both wait on", || switch.parked("").len() == 2);
    for waiting in [&caller, &second] {
        assert!(waiting.keeps_hearing(MUSIC, Duration::from_secs(1)));
        waiting.hang_up();
    }
    switch.everything_is_over();
}
