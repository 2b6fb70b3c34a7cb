//! Whose a leg is that the switch has dialled: whatever is dialled from it later, and whatever its client says of itself.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    office::Office,
    switch::Switch,
    verto::{self, Verto},
    wait,
};
use serde_json::json;

/// A park of 1001's, in its company's lot.
fn is_1001s(switch: &Switch) {
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1001@alpha.test", "{call}");
    assert!(switch.parked("@beta.test").is_empty());
}

#[test]
fn a_called_phone_that_is_sent_on_to_another_company_parks_there_as_itself() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (calling, parker) = (office.phone("1002"), office.phone("1001"));
    let other = office.phone_of("1003", "beta.test");
    office.talk(&calling, &parker);
    // Its leg now dials the other company's user.
    calling.blind_transfer("beta-1003");
    other.await_ring(1);
    other.answer();
    parker.talks_with(&other);
    parker.blind_transfer("700");
    other.await_tone(MUSIC);
    is_1001s(switch);
    parker.await_text("parked at 701");
    other.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_phone_that_was_dialled_for_a_call_to_another_company_parks_there_as_itself() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let other = office.phone_of("1003", "beta.test");
    switch.api("bgapi originate user/1001@alpha.test &bridge(user/1003@beta.test)");
    parker.await_ring(1);
    parker.answer();
    other.await_ring(1);
    other.answer();
    parker.talks_with(&other);
    let leg = switch.leg_of("1003");
    switch.ok(&format!("callpark park {leg}"));
    other.await_tone(MUSIC);
    is_1001s(switch);
    other.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_held_call_is_found_though_the_leg_that_holds_it_has_dialled_since() {
    let held = [("set", "callpark_direct=held"), ("callpark", "")];
    let office = Office::open(Conf::default().extension("held", &held));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let other = office.phone("1003");
    switch.api("bgapi originate user/1001@alpha.test &bridge(user/1003@alpha.test)");
    parker.await_ring(1);
    parker.answer();
    other.await_ring(1);
    other.answer();
    parker.talks_with(&other);
    parker.hold();
    other.await_tone(MUSIC);
    parker.dial("held");
    is_1001s(switch);
    other.hang_up();
    parker.hang_up();
    switch.everything_is_over();
}

#[test]
fn an_outside_party_that_is_sent_to_a_user_stays_outside() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let parked = office.parked_by(&parker);
    let stranger = office.caller_named("4930222", "Eve", 540);
    let dialled = stranger.dial_string();
    switch.api(&format!(
        "bgapi originate {{callpark_domain=alpha.test,force_transfer_context=default}}{dialled} &bridge(user/1002@alpha.test)"
    ));
    let user = office.phone("1002");
    stranger.await_ring(1);
    stranger.answer();
    user.await_ring(1);
    user.answer();
    user.talks_with(&stranger);
    user.blind_transfer("*85701");
    assert_eq!(switch.action("refuse")["Result"], "FORBIDDEN");
    switch.await_slot("701", "parked");
    parked.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_page_of_a_group_leaves_the_parked_leg_as_it_is() {
    let office = Office::open(Conf::default().lot("page", "group/all@${domain}"));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let called = office.phone("1002");
    let pager = office.phone("1003");
    office.talk(&parker, &called);
    parker.blind_transfer("700");
    let call = switch.await_slot("701", "parked");
    pager.await_ring(1);
    let dialled = switch.variable(call["uuid"].as_str().unwrap(), "dialed_user");
    assert_eq!(dialled, "1002");
    switch.ok("callpark drop default@alpha.test 701");
    switch.everything_is_over();
}

#[test]
fn a_page_that_says_it_is_another_user_is_nobody() {
    let (conf, port) = verto::listening(Conf::default().rings_pages());
    let office = Office::open(conf);
    let switch = &office.switch;
    let nothing = json!({});
    let lie = json!({ "dialed_user": "1001", "dialed_domain": "alpha.test", "verto_user": "1001@alpha.test",
        "presence_id": "1001@alpha.test" });
    let mut user = Verto::log_in(port, "1001@alpha.test", &nothing);
    let _liar = Verto::log_in(port, "1005@alpha.test", &lie);
    let parker = office.phone("1002");
    let caller = office.parked_by(&parker);
    let legs = [
        ("1001", "0f0e0d0c-1111-2222-3333-000000001001"),
        ("1005", "0f0e0d0c-1111-2222-3333-000000001005"),
    ];
    for (number, leg) in legs {
        switch.api(&format!(
            "bgapi originate {{origination_uuid={leg}}}user/{number}@alpha.test &park()"
        ));
        wait::expect("the page rings", || {
            switch.api(&format!("uuid_exists {leg}")).trim() == "true"
        });
    }
    let said = switch.variable(legs[1].1, "dialed_user");
    assert_eq!(said, "1001", "the lie is told");
    // A user may have a call brought to a leg of its own.
    let mut take = |leg: &str| {
        user.ask(&json!({ "verb": "retrieve", "lot": "default", "slot": "701", "to": leg }))
    };
    assert_eq!(take(legs[1].1)["result"], "FORBIDDEN");
    assert_ne!(take(legs[0].1)["result"], "FORBIDDEN");
    caller.hang_up();
    switch.api("hupall");
    switch.everything_is_over();
}

/// What a dialplan sets on the leg of anybody whom it takes for 1001, and what that leg may do then.
const AS_1001: [(&str, &str); 3] = [
    ("set", "user_name=1001"),
    ("set", "domain_name=alpha.test"),
    ("callpark_retrieve", "default@alpha.test 701"),
];

#[test]
fn a_trunk_that_an_access_list_lets_in_is_no_users() {
    let conf = Conf::default()
        .profile_param("apply-inbound-acl", "loopback.auto")
        .extension("as1001", &AS_1001);
    let office = Office::open(conf);
    let switch = &office.switch;
    // The list comes before any password.
    let trunk = office.trunk("4930333", 580);
    trunk.dial("as1001");
    assert_eq!(switch.action("refuse")["Result"], "FORBIDDEN");
    trunk.await_end(1);
    // Nor is a key of the sample's bound there.
    let called = office.phone("1002");
    trunk.dial("alpha-1002");
    called.await_ring(1);
    called.answer();
    trunk.talks_with(&called);
    let leg = switch.leg_of("4930333");
    assert_eq!(switch.variable(&leg, "sip_authorized"), "true");
    trunk.press_all("*68");
    trunk.talks_with(&called);
    assert!(switch.parked("").is_empty());
    trunk.hang_up();
    switch.everything_is_over();
}

#[test]
fn a_leg_of_no_phone_is_no_users() {
    let office = Office::open(Conf::default().extension("as1001", &AS_1001));
    let switch = &office.switch;
    switch.api("originate loopback/as1001/default &park()");
    assert_eq!(switch.action("refuse")["Result"], "FORBIDDEN");
    switch.api("hupall");
    switch.everything_is_over();
}
