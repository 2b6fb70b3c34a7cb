//! What many tests ask of a switch: that a command is carried out, that a call is in a slot, that nothing is left.

use crate::{esl::Event, switch::Switch, wait};
use serde_json::Value;

/// The actions with which a call leaves its slot.
const LEAVING: [&str; 8] = [
    "retrieve", "return", "fallback", "abandon", "transfer", "drop", "expire", "shutdown",
];

fn is(event: &Event, action: &str) -> bool {
    event.get("Action").is_some_and(|found| found == action)
}

/// The first word of a reply: `+OK`, or the code of a refusal.
pub fn code(reply: &str) -> &str {
    let mut words = reply.split_whitespace();
    match words.next() {
        Some("-ERR") => words.next().unwrap_or_default(),
        first => first.unwrap_or_default(),
    }
}

impl Switch {
    /// Runs a command that has to succeed; its reply.
    pub fn ok(&self, command: &str) -> String {
        let reply = self.api(command);
        // `load` says first that the XML is read again.
        let went_well = reply.starts_with("+OK") && !reply.contains("-ERR");
        assert!(went_well, "{command}: {reply}");
        reply.trim().to_owned()
    }

    /// Runs `callpark …`; the code of its reply.
    pub fn callpark(&self, line: &str) -> String {
        code(&self.api(&format!("callpark {line}"))).to_owned()
    }

    /// Waits for a call in this slot of this lot, in this state.
    pub fn await_call(&self, lot: &str, slot: &str, state: &str) -> Value {
        let found = wait::until(wait::PATIENCE, || {
            let calls = self.parked(lot).into_iter();
            calls
                .into_iter()
                .find(|call| call["slot"] == slot && call["state"] == state)
        });
        found.unwrap_or_else(|| panic!("no call in {lot} {slot} is {state}: {:?}", self.parked("")))
    }

    /// How many refusals there have been.
    pub fn refusals(&self) -> usize {
        let actions = self.actions();
        actions.iter().filter(|action| *action == "refuse").count()
    }

    /// Waits for one more refusal than there have been; its code.
    pub fn await_refusal_after(&self, before: usize) -> String {
        let found = wait::until(wait::PATIENCE, || {
            let events = self.events().into_iter();
            let mut refusals = events.filter(|event| event["Action"] == "refuse");
            refusals.nth(before)
        });
        let event = found.unwrap_or_else(|| panic!("no refusal; seen: {:?}", self.actions()));
        event["Result"].clone()
    }

    /// Nobody is left, and each park has left its slot once.
    pub fn everything_is_over(&self) {
        self.await_no_call_in_slots();
        self.await_no_channels();
        // The last event may come after the last channel has gone.
        wait::expect("each park has left its slot", || {
            self.departures().iter().all(|(_, count)| *count > 0)
        });
        for (id, count) in self.departures() {
            assert_eq!(count, 1, "{id}: {:?}", self.actions());
        }
    }

    /// How often each park has left its slot.
    fn departures(&self) -> Vec<(String, usize)> {
        let events = self.events();
        let leaves = |event: &&Event| LEAVING.iter().any(|action| is(event, action));
        let left: Vec<_> = events.iter().filter(leaves).collect();
        let parks = events.iter().filter(|event| is(event, "park"));
        let count = |id: &str| left.iter().filter(|event| event["Park-ID"] == id).count();
        parks
            .map(|park| (park["Park-ID"].clone(), count(&park["Park-ID"])))
            .collect()
    }
}
