//! Bad input and bad luck: whatever comes in, the answer is clear, no slot leaks, and the switch goes on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod arguments;
mod names;
mod places;

use callpark_live::{switch::Switch, wait};
use serde_json::Value;

/// A leg that waits at a place of the switch's own, in no slot; its UUID.
fn leg(switch: &Switch, variables: &str) -> String {
    let reply = switch.api(&format!("originate {{x=y{variables}}}null/x &park()"));
    let uuid = reply.trim().strip_prefix("+OK ");
    uuid.unwrap_or_else(|| panic!("no leg: {reply}")).to_owned()
}

/// A leg in a slot of this lot; its UUID and its slot.
fn parked(switch: &Switch, variables: &str, lot: &str) -> (String, String) {
    let uuid = leg(switch, variables);
    let reply = switch.api(&format!("callpark park {uuid} {lot}"));
    let slot = reply.split_whitespace().nth(1).unwrap_or_default();
    assert!(reply.starts_with("+OK "), "{reply}");
    await_call(switch, &uuid, "parked");
    (uuid, slot.to_owned())
}

fn call_of(switch: &Switch, uuid: &str) -> Option<Value> {
    let calls = switch.parked("").into_iter();
    calls.into_iter().find(|call| call["uuid"] == uuid)
}

fn await_call(switch: &Switch, uuid: &str, state: &str) -> Value {
    let found = wait::until(wait::PATIENCE, || {
        call_of(switch, uuid).filter(|call| call["state"] == state)
    });
    found.unwrap_or_else(|| panic!("{uuid} is not {state}: {:?}", switch.parked("")))
}

/// Runs an application on a new leg that nobody has parked; what it left in `callpark_result`.
fn result_of(switch: &Switch, variables: &str, application: &str, argument: &str) -> String {
    let reply = switch.api(&format!(
        "originate {{x=y{variables}}}null/x 'm:^:{application}:{argument}^park:' inline"
    ));
    let uuid = reply.trim().strip_prefix("+OK ").unwrap_or_default();
    let result = wait::until(wait::PATIENCE, || {
        Some(switch.variable(uuid, "callpark_result")).filter(|result| !result.is_empty())
    });
    let shown: String = argument.chars().take(60).collect();
    let result = result.unwrap_or_else(|| panic!("{application} {shown}: no result; {reply}"));
    switch.api(&format!("uuid_kill {uuid}"));
    result
}

fn code(reply: &str) -> &str {
    let mut words = reply.split_whitespace();
    match words.next() {
        Some("-ERR") => words.next().unwrap_or_default(),
        first => first.unwrap_or_default(),
    }
}

/// Everybody goes; the switch is as new.
fn is_as_new(switch: &Switch) {
    switch.api("hupall normal_clearing");
    switch.await_no_channels();
    switch.await_no_call_in_slots();
    assert_eq!(switch.api("callpark list json").trim(), "[]");
    let reply = switch.api("callpark status json");
    assert!(reply.contains("\"in_slots\":0"), "{reply}");
    assert_alive(switch);
    let (_, slot) = parked(switch, "", "default@alpha.test");
    assert_eq!(slot, "701", "the first slot is not free");
    switch.api("hupall normal_clearing");
    switch.await_no_call_in_slots();
    switch.await_no_channels();
}

fn assert_alive(switch: &Switch) {
    let process = format!("/proc/{}/stat", switch.process_id());
    let state = std::fs::read_to_string(process).expect("the switch lives");
    assert!(!state.contains(") Z "), "the switch has ended: {state}");
    assert!(!switch.log().contains("panicked"), "something has panicked");
}
