//! Events on their way to who watches: one thread of the host delivers them, in order, a while after they were fired.
//! While one is delivered nothing may be bound or unbound, and whoever is told must not block.

use crate::{
    events::Event,
    handle::{self, Kind},
    host::callback::{EventFunction, deliver},
    leg::LegId,
    message,
    schedule::{self, current, fail, with},
};
use std::collections::{BTreeMap, VecDeque};

/// Who watches what, and what is on its way.
#[derive(Default)]
pub(crate) struct Deliveries {
    bindings: BTreeMap<u64, (u32, EventFunction)>,
    on_the_way: VecDeque<Event>,
    /// The event that is being delivered, by its handle's number.
    now: Option<(u64, Event)>,
}

impl Deliveries {
    pub(crate) fn bind(&mut self, id: u64, kind: u32, function: EventFunction) {
        self.bindings.insert(id, (kind, function));
    }

    pub(crate) fn is_delivering(&self) -> bool {
        self.now.is_some()
    }

    /// `false`: there is no such binding.
    pub(crate) fn unbind(&mut self, id: u64) -> bool {
        self.bindings.remove(&id).is_some()
    }

    /// A fired event, if anybody watches for its kind.
    pub(crate) fn send(&mut self, event: &Event) {
        if self.bindings.values().any(|(kind, _)| *kind == event.kind) {
            self.on_the_way.push_back(event.clone());
        }
    }

    /// A header of the event that is being delivered.
    pub(crate) fn header(&self, id: u64, name: &str) -> Option<String> {
        let (now, event) = self.now.as_ref()?;
        (*now == id)
            .then(|| event.header(name).map(str::to_owned))
            .flatten()
    }

    pub(crate) fn leftovers(&self) -> Option<String> {
        let count = self.bindings.len();
        (count > 0).then(|| format!("{count} event bindings"))
    }
}

/// The thread that delivers: for as long as the run lasts.
pub(crate) fn run() {
    while !with(|state| state.ending) {
        schedule::wait("an event to deliver", None, |state| {
            state.ending || !state.deliveries.on_the_way.is_empty()
        });
        while let Some(event) = with(|state| state.deliveries.on_the_way.pop_front()) {
            deliver_to_all(event);
        }
    }
}

fn deliver_to_all(event: Event) {
    let kind = event.kind;
    let (id, functions) = with(|state| {
        let id = state.fresh();
        state.deliveries.now = Some((id, event));
        let bindings = state.deliveries.bindings.values();
        let functions: Vec<EventFunction> = bindings
            .filter(|(bound, _)| *bound == kind)
            .map(|(_, call)| *call)
            .collect();
        (id, functions)
    });
    schedule::forbid_to_block(Some("an event callback"));
    for function in functions {
        deliver(function, handle::of(Kind::Event, id));
    }
    schedule::forbid_to_block(None);
    with(|state| state.deliveries.now = None);
}

/// Waits until nothing is being delivered, as the host's lock makes whoever binds or unbinds wait.
pub(crate) fn await_quiet(call: &'static str) {
    if with(|state| state.threads[current()].is_forbidden_to_block()) {
        fail(&format!("{call} from inside a callback of the host's"));
    }
    if with(|state| state.deliveries.is_delivering()) {
        schedule::wait("the end of an event's delivery", None, |state| {
            !state.deliveries.is_delivering()
        });
    }
}

/// Fires an event of the switch's own about a leg.
pub(crate) fn fire(kind: u32, leg: LegId, headers: &[(&str, &str)]) {
    with(|state| {
        let mut event = Event::of_kind(kind);
        for (name, value) in headers {
            event.add(name, value);
        }
        for (name, value) in message::event_data(state.leg(leg)) {
            event.add(&name, &value);
        }
        state.deliveries.send(&event);
    });
}
