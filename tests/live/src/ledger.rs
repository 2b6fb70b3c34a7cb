//! What became of each call that was in a slot, by the events of the module and of the core: for tests that count.
//!
//! Retrievers dial a number that ends with the slot that they mean (`take7`), so that a leg which was joined to somebody
//! else's call is seen.

use crate::{esl::Event, switch::Switch, wait};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The events of the core that a ledger needs.
const CORE_EVENTS: &str = "CHANNEL_CREATE CHANNEL_BRIDGE";
/// An `Action` of these ends a park.
const LEAVING: [&str; 8] = [
    "retrieve", "return", "fallback", "abandon", "transfer", "drop", "expire", "shutdown",
];

/// All parks since the events were last forgotten.
#[derive(Debug, Default)]
pub struct Ledger {
    /// In the order in which they began.
    pub parks: Vec<Park>,
}

/// One call in a slot, from its event `park` on.
#[derive(Debug, Default)]
pub struct Park {
    /// The park id.
    pub id: String,
    /// The leg in the slot.
    pub leg: String,
    /// Its slots: one, and those that it was moved to.
    pub slots: Vec<String>,
    /// When it began, in microseconds.
    pub at: u64,
    /// The `Action` of each event by which it left.
    pub left: Vec<String>,
    /// What the legs dialled that the core joined it with.
    pub joined: Vec<String>,
}

impl Park {
    /// Whether the core has joined it with a leg that dialled another slot.
    fn met_a_stranger(&self) -> bool {
        self.joined
            .iter()
            .any(|number| !self.slots.iter().any(|slot| slot == slot_in(number)))
    }
}

impl Ledger {
    /// Has the switch tell what a ledger needs.
    pub fn begin(switch: &Switch) {
        switch.subscribe(CORE_EVENTS);
        switch.forget_events();
    }

    /// Reads the events.
    pub fn of(events: &[Event]) -> Self {
        let mut ledger = Self::default();
        let mut dialled = HashMap::new();
        for event in events {
            match text(event, "Event-Name") {
                "CHANNEL_CREATE" => {
                    let number = text(event, "Caller-Destination-Number");
                    dialled.insert(text(event, "Unique-ID"), number);
                }
                "CHANNEL_BRIDGE" => ledger.bridge(event, &dialled),
                _ => ledger.step(event),
            }
        }
        ledger
    }

    fn step(&mut self, event: &Event) {
        let (action, id) = (text(event, "Action"), text(event, "Park-ID"));
        if action == "park" {
            self.parks.push(Park {
                id: id.to_owned(),
                leg: text(event, "Unique-ID").to_owned(),
                slots: vec![text(event, "Park-Slot").to_owned()],
                at: text(event, "Event-Date-Timestamp").parse().unwrap_or(0),
                ..Park::default()
            });
        } else if let Some(park) = self.parks.iter_mut().rfind(|park| park.id == id) {
            if LEAVING.contains(&action) {
                park.left.push(action.to_owned());
            } else if action == "move" {
                park.slots.push(text(event, "Park-Slot").to_owned());
            }
        }
    }

    fn bridge(&mut self, event: &Event, dialled: &HashMap<&str, &str>) {
        let legs = ["Bridge-A-Unique-ID", "Bridge-B-Unique-ID"].map(|leg| text(event, leg));
        for (own, other) in [(legs[0], legs[1]), (legs[1], legs[0])] {
            if let Some(park) = self.parks.iter_mut().rfind(|park| park.leg == own) {
                let number = dialled.get(other).copied().unwrap_or_default();
                park.joined.push(number.to_owned());
            }
        }
    }

    /// Waits until every park that was begun has left; fails the test when one left twice, or met a stranger.
    pub fn await_all_left(switch: &Switch) -> Self {
        let closed = wait::until(wait::PATIENCE, || {
            let ledger = switch.look(Self::of);
            let closed = ledger.parks.iter().all(|park| !park.left.is_empty());
            closed.then_some(ledger)
        });
        let ledger = closed
            .unwrap_or_else(|| panic!("not all calls have left: {:?}", switch.look(Self::of)));
        ledger.check();
        ledger
    }

    /// Fails the test when a park left twice, or met a stranger.
    pub fn check(&self) {
        for park in &self.parks {
            assert!(park.left.len() <= 1, "left twice: {park:?}");
            assert!(!park.met_a_stranger(), "joined to a stranger: {park:?}");
        }
    }

    /// How many calls left by each `Action`.
    pub fn outcomes(&self) -> BTreeMap<String, usize> {
        let mut outcomes = BTreeMap::new();
        for action in self.parks.iter().flat_map(|park| &park.left) {
            *outcomes.entry(action.clone()).or_insert(0) += 1;
        }
        outcomes
    }

    /// The first slots of the calls that left by this `Action`.
    pub fn slots_left_by(&self, action: &str) -> BTreeSet<&str> {
        let parks = self.parks.iter();
        parks
            .filter(|park| park.left == [action])
            .map(|park| park.slots[0].as_str())
            .collect()
    }
}

/// How many requests were refused with this code.
pub fn refusals(switch: &Switch, code: &str) -> usize {
    let is_one =
        |event: &&Event| text(event, "Action") == "refuse" && text(event, "Result") == code;
    switch.look(|events| events.iter().filter(is_one).count())
}

fn text<'a>(event: &'a Event, name: &str) -> &'a str {
    event.get(name).map(String::as_str).unwrap_or_default()
}

/// The slot that a number ends with, be it `take7` or `sip:agent7@host`.
fn slot_in(number: &str) -> &str {
    let user = number.split('@').next().unwrap_or_default();
    user.trim_start_matches(|letter: char| !letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(fields: &[(&str, &str)]) -> Event {
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn joined(number: &str) -> Ledger {
        let step = |action| {
            event(&[
                ("Action", action),
                ("Park-ID", "p"),
                ("Unique-ID", "a"),
                ("Park-Slot", "7"),
            ])
        };
        Ledger::of(&[
            step("park"),
            event(&[
                ("Event-Name", "CHANNEL_CREATE"),
                ("Unique-ID", "b"),
                ("Caller-Destination-Number", number),
            ]),
            event(&[
                ("Event-Name", "CHANNEL_BRIDGE"),
                ("Bridge-A-Unique-ID", "a"),
                ("Bridge-B-Unique-ID", "b"),
            ]),
            step("retrieve"),
        ])
    }

    #[test]
    fn a_call_that_is_joined_to_whoever_dialled_another_slot_has_met_a_stranger() {
        assert_eq!(joined("take7").outcomes()["retrieve"], 1);
        joined("take7").check();
        joined("sip:agent7@127.0.0.1:5").check();
        assert!(joined("take17").parks[0].met_a_stranger());
    }
}
