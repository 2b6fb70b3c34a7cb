//! What must be true of every story: nobody is lost, and every call that was parked left exactly once.

use crate::{Event, story::Story};
use std::collections::BTreeMap;

/// How a call leaves its slot, by the action of the event.
const LEAVING: [&str; 9] = [
    "retrieve", "return", "fallback", "abandon", "transfer", "drop", "expire", "shutdown", "refuse",
];

/// What a run has seen.
#[derive(Debug, Default, Clone)]
pub struct Told {
    /// Events of the module, by action and result.
    pub actions: BTreeMap<String, u64>,
    /// Host calls.
    pub steps: u64,
    /// Seconds that passed in the switch.
    pub seconds: f64,
}

impl Told {
    /// Adds what another run has seen.
    pub fn add(&mut self, other: &Told) {
        for (action, count) in &other.actions {
            *self.actions.entry(action.clone()).or_default() += count;
        }
        self.steps += other.steps;
        self.seconds += other.seconds;
    }
}

/// Plays the story of a seed, and panics with all that is known when something is not as it must be.
pub fn simulate(seed: u64) -> Told {
    let mut story = Story::open(seed);
    story.tell();
    everybody_is_somewhere(&story);
    nobody_was_cut_off(&story);
    everybody_hangs_up(&story);
    let events = story.office.switch.events("callpark::info");
    every_call_left_once(&events);
    let mut told = Told {
        steps: story.office.switch.steps(),
        seconds: story.office.switch.seconds(),
        ..Told::default()
    };
    for event in &events {
        let (action, result) = (
            event.header("Action").unwrap_or_default(),
            event.header("Result").unwrap_or_default(),
        );
        *told
            .actions
            .entry(format!("{action} {result}").trim_end().to_owned())
            .or_default() += 1;
    }
    story.office.switch.end();
    told
}

/// A caller who is up hears somebody or something, and one who did not go is up or had a conversation.
fn everybody_is_somewhere(story: &Story) {
    let switch = &story.office.switch;
    let somewhere = || {
        let list = switch.api("callpark list json");
        let lost = story.callers.iter().find(|caller| {
            let line = &caller.line;
            let in_slot = list.contains(&line.uuid());
            let application = line.variable("current_application").unwrap_or_default();
            let with_host = ["park", "playback", "bridge"].contains(&application.as_str());
            line.is_up() && !in_slot && !line.is_bridged() && !with_host
        });
        lost.is_none()
    };
    assert!(
        switch.comes_true(60.0, somewhere),
        "a caller is up, in no slot, and talks to nobody: {}",
        switch.api("callpark list json")
    );
}

/// Whoever was parked, did not hang up and was not hung up is there, or had a conversation.
fn nobody_was_cut_off(story: &Story) {
    let events = story.office.switch.events("callpark::info");
    for caller in story.callers.iter().filter(|caller| !caller.may_be_gone) {
        let uuid = caller.line.uuid();
        let mine = |event: &&Event| event.header("Unique-ID") == Some(&uuid);
        let gone = |event: &&Event| matches!(event.header("Action"), Some("abandon" | "drop"));
        let lost = events.iter().filter(mine).any(|event| gone(&event));
        assert!(!lost, "{uuid} was cut off: {}", caller.line.cause());
    }
}

fn everybody_hangs_up(story: &Story) {
    let switch = &story.office.switch;
    for caller in story.callers.iter().filter(|caller| caller.line.is_up()) {
        caller.line.hangs_up();
    }
    let empty = || {
        switch.api("callpark list json").trim() == "[]"
            && story.callers.iter().all(|caller| !caller.line.is_up())
    };
    // A reservation whose call never came lives for a minute.
    assert!(
        switch.comes_true(90.0, empty),
        "a slot stays taken: {}",
        switch.api("callpark list json")
    );
    switch.run_for(1.0);
    assert!(
        !story.office.alice.is_ringing(),
        "the parker rings for nobody"
    );
}

/// Of each park id: one `park` at most, and one way out.
fn every_call_left_once(events: &[Event]) {
    let mut by_id: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in events {
        if let Some(id) = event.header("Park-ID") {
            by_id.entry(id).or_default().push(event);
        }
    }
    for (id, events) in by_id {
        let actions: Vec<&str> = events
            .iter()
            .filter_map(|event| event.header("Action"))
            .collect();
        let parks = actions.iter().filter(|action| **action == "park").count();
        let left = actions
            .iter()
            .filter(|action| LEAVING.contains(action))
            .count();
        assert!(parks <= 1, "{id} is parked twice: {actions:?}");
        assert_eq!(left, 1, "{id} leaves {left} times: {actions:?}");
    }
}
