//! What must be true of every story: nobody is lost, every slot is one call's, every call leaves exactly once, and what
//! the module tells is what happened.

use crate::{
    Event, Line, accounts, callers, lamps,
    schedule::{fail, with},
    story::{SCREEN, Story},
    turns::EVENT,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How a call leaves its slot, by the action of the event, and the outcome that `status` counts.
pub(crate) const LEAVING: [(&str, &str); 8] = [
    ("retrieve", "retrieved"),
    ("return", "returned"),
    ("fallback", "fallback"),
    ("abandon", "abandoned"),
    ("transfer", "transferred"),
    ("drop", "dropped"),
    ("expire", "expired"),
    ("shutdown", "shutdown"),
];

/// While callers still wait or talk.
pub(crate) fn while_it_lasts(story: &Story) {
    callers::everybody_is_somewhere(story);
    callers::whoever_waits_hears_music(story);
    no_call_is_claimed_for_good(story);
    every_slot_is_one_calls(story);
    screens_show_the_list(story);
    the_parker_rings_for_a_call(story);
    if !all_is_told(story) {
        return;
    }
    lamps::every_lamp_is_right(story);
    callers::nobody_was_cut_off(story);
    callers::whoever_was_sent_away_got_there(story);
}

/// After the module has gone, or the core has ended: calls that were in slots then have left by `shutdown`.
pub(crate) fn after_the_module(story: &Story) {
    if !all_is_told(story) {
        return;
    }
    let events = story.office.switch.events("callpark::info");
    for (id, events) in &by_call(&events) {
        let actions: Vec<&str> = events.iter().map(|event| action(event)).collect();
        the_order_is_legal(id, &actions);
    }
    accounts::variables_agree(&events);
}

/// Once all have hung up.
pub(crate) fn at_the_end(story: &Story) {
    every_slot_is_free(story);
    screens_show_the_list(story);
    no_phone_rings(story);
    the_scheduler_is_left(story);
    if !all_is_told(story) {
        return;
    }
    lamps::every_lamp_is_off(story);
    let events = story.office.switch.events("callpark::info");
    callers::nobody_was_cut_off(story);
    for event in &events {
        callers::the_end_that_is_told_was_one(story, event);
    }
    let calls = by_call(&events);
    for (id, events) in &calls {
        accounts::rings_are_dials(story, id, events);
        let actions: Vec<&str> = events.iter().map(|event| action(event)).collect();
        the_order_is_legal(id, &actions);
    }
    accounts::variables_agree(&events);
    accounts::moves_are_those_of_the_commands(story);
    for event in &events {
        whoever_took_it_talked_to_it(event);
    }
    the_totals_are_those_of_the_events(story);
}

/// Whether the host has made every event that was wanted: else what is told has gaps.
fn all_is_told(story: &Story) -> bool {
    story.office.switch.struck(EVENT) == 0
}

/// A claim ends: in a conversation, or with the call back in its slot.
fn no_call_is_claimed_for_good(story: &Story) {
    let claimed = || calls(story).iter().any(|call| call["state"] == "claimed");
    if !story.office.switch.comes_true(30.0, || !claimed()) {
        fail(&format!("a call stays claimed: {}", list(story)));
    }
}

/// No two calls are in one slot, and the lots count as many as there are.
fn every_slot_is_one_calls(story: &Story) {
    let agree = || {
        let calls = calls(story);
        let mut used: BTreeMap<String, u64> = BTreeMap::new();
        let mut places = BTreeSet::new();
        for call in &calls {
            *used.entry(call["lot"].to_string()).or_default() += 1;
            places.insert((call["lot"].to_string(), call["slot"].to_string()));
        }
        let counted = lots(story).iter().all(|lot| {
            lot["used"].as_u64() == Some(used.get(&lot["lot"].to_string()).copied().unwrap_or(0))
        });
        counted && places.len() == calls.len()
    };
    // The two are asked one after the other: a call may leave between them.
    if !story.office.switch.comes_true(5.0, agree) {
        fail(&format!(
            "slots and calls do not agree: {} in {}",
            list(story),
            story.office.switch.api("callpark lots @alpha.test")
        ));
    }
}

/// What screens were sent comes to the same as the list that one asks for; but for the UUID, which no client is told.
fn screens_show_the_list(story: &Story) {
    let fields = [
        "id",
        "slot",
        "lot",
        "state",
        "timeout_at",
        "attempts",
        "parked_by",
    ];
    let shown = |call: &Value| fields.map(|field| call[field].to_string());
    let of = |list: &[Value]| list.iter().map(shown).collect::<BTreeSet<_>>();
    let screen = || story.office.switch.live_array(SCREEN).unwrap_or_default();
    // A change may come between the two.
    if !(story.office.switch).comes_true(5.0, || of(&screen()) == of(&calls(story))) {
        fail(&format!("a screen shows {:?} of {}", screen(), list(story)));
    }
}

/// The parker's phone rings only for a call that rings back.
fn the_parker_rings_for_a_call(story: &Story) {
    let rings_for_one = || calls(story).iter().any(|call| call["state"] == "ringing");
    let right = || !story.office.alice.is_ringing() || rings_for_one();
    if !story.office.switch.comes_true(3.0, right) {
        fail("the parker rings for nobody");
    }
}

fn every_slot_is_free(story: &Story) {
    let switch = &story.office.switch;
    let empty =
        || calls(story).is_empty() && story.callers.iter().all(|caller| !caller.line.is_up());
    // A reservation whose call never came lives for a minute.
    if !switch.comes_true(90.0, empty) {
        fail(&format!("a slot stays taken: {}", list(story)));
    }
    for lot in lots(story) {
        let room = |slots| story.lots.room(size(slots)).into();
        if lot["used"] != 0 || Some(lot["free"].clone()) != lot["slots"].as_str().map(room) {
            fail(&format!("all have left, and a slot is not free: {lot}"));
        }
    }
}

/// How many slots a range has.
fn size(slots: &str) -> u64 {
    let (first, last) = slots.split_once('-').unwrap_or((slots, slots));
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    number(last) + 1 - number(first)
}

fn no_phone_rings(story: &Story) {
    let switch = &story.office.switch;
    // A dial that is stuck rings for a moment before it hears that it is cancelled.
    switch.comes_true(60.0, || with(|state| state.directory.stuck == 0));
    switch.run_for(1.0);
    if !switch.comes_true(1.0, || {
        !story.office.alice.is_ringing() && !story.dave.is_ringing()
    }) {
        fail("the parker rings for nobody");
    }
    // A phone that the API rings for a call that is gone stops with its own time only.
    if !switch.comes_true(40.0, || !story.office.bob.is_ringing()) {
        fail("a phone rings for nobody");
    }
}

/// Without calls there is nothing to look at once a second.
fn the_scheduler_is_left(story: &Story) {
    let switch = &story.office.switch;
    if !switch.comes_true(5.0, || switch.tasks() == 0) {
        fail(&format!("{} tasks, and no call", switch.tasks()));
    }
}

/// The events of each park id, in order.
fn by_call(events: &[Event]) -> BTreeMap<&str, Vec<&Event>> {
    let mut calls: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        if let Some(id) = event.header("Park-ID") {
            calls.entry(id).or_default().push(event);
        }
    }
    calls
}

/// `reserve`, `park`, what happens in the slot, one way out; nothing before, between or after that has no place there.
fn the_order_is_legal(id: &str, actions: &[&str]) {
    let left = actions.iter().filter(|action| leaves(action)).count();
    if left != 1 {
        fail(&format!("{id} leaves {left} times: {actions:?}"));
    }
    let rest = actions.strip_prefix(&["reserve"]).unwrap_or(actions);
    let (parked, rest) = match rest.strip_prefix(&["park"]) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let legal = match rest.split_last() {
        Some((last, inside)) if parked => {
            let in_slot = |action: &&str| ["ring", "ring-failed", "move"].contains(action);
            leaves(last) && *last != "expire" && inside.iter().all(in_slot)
        }
        Some((last, [])) => rest.len() < actions.len() && *last == "expire",
        _ => false,
    };
    if !legal {
        fail(&format!("{id} has events out of order: {actions:?}"));
    }
    let count = |wanted| actions.iter().filter(|action| **action == wanted).count();
    if count("ring-failed") > count("ring") {
        fail(&format!("{id} fails to ring without ringing: {actions:?}"));
    }
}

/// The event names the leg that the caller talked to.
fn whoever_took_it_talked_to_it(event: &Event) {
    if !["retrieve", "return"].contains(&action(event)) {
        return;
    }
    let header = |name| event.header(name).unwrap_or_default().to_owned();
    let (uuid, taker) = (header("Unique-ID"), header("Retriever-UUID"));
    let leg = with(|state| state.leg_of(&uuid));
    if !leg.is_some_and(|leg| Line { leg }.has_talked_to(&taker)) {
        fail(&format!(
            "{} says that {taker} took {uuid}, and they never talked: two have won the call",
            action(event)
        ));
    }
}

/// Each outcome, and each refusal, was counted as often as it was told.
fn the_totals_are_those_of_the_events(story: &Story) {
    let switch = &story.office.switch;
    let agree = || {
        let status = switch.api_json("callpark status json");
        let events = switch.events("callpark::info");
        let told = |wanted: &str| {
            events
                .iter()
                .filter(|event| action(event) == wanted)
                .count()
        };
        let outcomes = LEAVING
            .iter()
            .all(|(action, outcome)| status["outcomes"][outcome] == told(action));
        let refusals = status["refusals"].as_object();
        let refused: u64 = refusals
            .into_iter()
            .flat_map(|codes| codes.values())
            .filter_map(Value::as_u64)
            .sum();
        outcomes && refused == told("refuse") as u64 && status["in_slots"] == 0
    };
    if !switch.comes_true(5.0, agree) {
        let status = switch.api("callpark status json");
        fail(&format!(
            "the totals are not those of the events: {status}, {:?}",
            switch.actions()
        ));
    }
}

pub(crate) fn leaves(action: &str) -> bool {
    LEAVING.iter().any(|(leaving, _)| *leaving == action)
}

pub(crate) fn action(event: &Event) -> &str {
    event.header("Action").unwrap_or_default()
}

pub(crate) fn list(story: &Story) -> String {
    story.office.switch.api("callpark list json")
}

pub(crate) fn calls(story: &Story) -> Vec<Value> {
    rows(story, "callpark list json")
}

fn lots(story: &Story) -> Vec<Value> {
    rows(story, "callpark lots @alpha.test json")
}

fn rows(story: &Story, command: &str) -> Vec<Value> {
    let table = story.office.switch.api_json(command);
    table.as_array().cloned().unwrap_or_default()
}
