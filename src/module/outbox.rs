//! Events in the order of the steps that they tell.
//!
//! A call changes under the table's lock, its events are made without any: the thread that moved a call may be ready to
//! tell so before the one that parked it. Such an event waits here, and whoever tells the step before it fires it, too.
//! No thread waits.

use crate::fs::{HostError, event::Event, runtime::Guarded};
use callpark_domain::call::{Call, Ticket};
use std::collections::{BTreeMap, HashMap};

/// The events of all calls in slots.
pub struct Outbox(Guarded<HashMap<Ticket, Pending>>);

/// One call's.
struct Pending {
    /// The step that is to be told next.
    next: u32,
    /// Made before their turn; `None`: the host had no memory for it.
    early: BTreeMap<u32, Option<Event>>,
    /// The number of the step by which the call left.
    last: Option<u32>,
    /// A thread is firing, and looks again when it has done so.
    busy: bool,
}

impl Outbox {
    /// Nothing to tell.
    pub fn new() -> Result<Self, HostError> {
        Guarded::new(HashMap::new()).map(Self)
    }

    /// Fires the event of `call.step` in its turn; `last`: nothing follows. Any thread.
    pub fn send(&self, call: &Call, last: bool, event: Option<Event>) {
        {
            let mut all = self.0.lock();
            let pending = all.entry(call.ticket).or_insert_with(Pending::new);
            pending.early.insert(call.step, event);
            if last {
                pending.last = Some(call.step);
            }
            if std::mem::replace(&mut pending.busy, true) {
                return;
            }
        }
        while let Some(event) = self.take(call.ticket) {
            if let Some(event) = event {
                event.fire();
            }
        }
    }

    /// The event whose turn it is, if it is there; else nobody is firing any more.
    fn take(&self, ticket: Ticket) -> Option<Option<Event>> {
        let mut all = self.0.lock();
        let pending = all.get_mut(&ticket)?;
        let event = pending.early.remove(&pending.next);
        match event {
            Some(_) => pending.next += 1,
            None if pending.last.is_some_and(|last| last < pending.next) => _ = all.remove(&ticket),
            None => pending.busy = false,
        }
        event
    }
}

impl Pending {
    fn new() -> Self {
        Self {
            next: 1,
            early: BTreeMap::new(),
            last: None,
            busy: false,
        }
    }
}
