//! Custom events of subclass `callpark::info`: one for each step of a call.

use super::Callpark;
use crate::fs::{
    event::Event,
    log::{Level, log},
    session::{Session, locate_ending},
};
use callpark_domain::{
    call::{Call, Outcome},
    names::{LotKey, UserAt},
    result::Code,
};
use std::ffi::CStr;

/// The subclass of every event of ours.
pub const SUBCLASS: &CStr = c"callpark::info";

/// What an event tells beside the call itself.
#[derive(Debug, Clone, Default)]
pub struct Details<'a> {
    /// Who takes the call.
    pub retrieved_by: Option<&'a UserAt>,
    /// The leg of whoever takes it.
    pub retriever_uuid: Option<&'a str>,
    /// A code, or a hang-up cause.
    pub result: Option<&'a str>,
}

/// The `Action` of the event that tells an outcome.
pub fn action(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Retrieved => "retrieve",
        Outcome::Returned => "return",
        Outcome::Fallback => "fallback",
        Outcome::Abandoned => "abandon",
        Outcome::Transferred => "transfer",
        Outcome::Dropped => "drop",
        Outcome::Expired => "expire",
        Outcome::Shutdown => "shutdown",
    }
}

/// Whether an action is one by which a call leaves: nothing is told of it afterwards.
fn is_last(step: &str) -> bool {
    Outcome::ALL.iter().any(|outcome| action(*outcome) == step)
}

impl Callpark {
    /// Fires the event of one step of a call, after those of its earlier steps. `leg` is the leg in the slot when the caller has it at hand.
    pub fn tell(&self, step: &str, call: &Call, leg: Option<Session<'_>>, details: &Details<'_>) {
        let event = self.step_event(step, call, leg, details);
        self.outbox.send(call, is_last(step), event);
        self.publish();
    }

    fn step_event(
        &self,
        step: &str,
        call: &Call,
        leg: Option<Session<'_>>,
        details: &Details<'_>,
    ) -> Option<Event> {
        let mut event = custom()?;
        add_call(&mut event, step, call, self.now());
        add(&mut event, "Node", Some(&self.node));
        add(
            &mut event,
            "Retrieved-By",
            details.retrieved_by.map(UserAt::to_string).as_deref(),
        );
        add(&mut event, "Retriever-UUID", details.retriever_uuid);
        add(&mut event, "Result", details.result);
        match leg {
            Some(leg) => event.add_channel(leg),
            None => {
                if let Some(leg) = locate_ending(&call.uuid) {
                    event.add_channel(leg.session());
                }
            }
        }
        Some(event)
    }

    /// Fires `refuse`: a request that got no call in or out of a lot.
    pub fn tell_refusal(
        &self,
        code: Code,
        lot: Option<&LotKey>,
        slot: Option<&str>,
        leg: Option<Session<'_>>,
    ) {
        self.table.lock().count_refusal(code);
        let Some(mut event) = custom() else { return };
        event.add("Action", "refuse");
        add(&mut event, "Park-Lot", lot.map(|key| key.lot.as_str()));
        add(
            &mut event,
            "Park-Domain",
            lot.map(|key| key.domain.as_str()),
        );
        add(&mut event, "Park-Slot", slot);
        event.add("Result", code.as_str());
        add(&mut event, "Node", Some(&self.node));
        if let Some(leg) = leg {
            event.add_channel(leg);
        }
        event.fire();
    }
}

fn custom() -> Option<Event> {
    Event::custom(SUBCLASS)
        .map_err(|error| log(Level::Error, &format!("an event is lost: {error}")))
        .ok()
}

fn add_call(event: &mut Event, step: &str, call: &Call, now: i64) {
    event.add("Action", step);
    event.add("Park-ID", &call.id);
    event.add("Park-Lot", call.key.lot.as_str());
    event.add("Park-Domain", call.key.domain.as_str());
    event.add("Park-Slot", &call.slot);
    event.add("Park-State", call.state.as_str());
    add(
        event,
        "Parked-By",
        call.parker.as_ref().map(UserAt::to_string).as_deref(),
    );
    event.add("Parked-At", &call.parked_at.to_string());
    event.add("Waited", &call.waited(now).to_string());
    add(
        event,
        "Timeout-At",
        call.timeout_at.map(|at| at.to_string()).as_deref(),
    );
}

/// A header, absent when there is no value.
fn add(event: &mut Event, name: &str, value: Option<&str>) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        event.add(name, value);
    }
}
