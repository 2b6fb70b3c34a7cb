//! Events of the host: made, filled, fired, collected.

use std::collections::{BTreeMap, BTreeSet};

/// An event, made or fired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// `switch_event_types_t`; 0 is a custom event.
    pub kind: u32,
    /// The subclass of a custom event.
    pub subclass: String,
    headers: Vec<(String, String)>,
}

impl Event {
    /// The value of a header, by name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self
            .headers
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    /// All headers, in the order in which they were added.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    pub(crate) fn of_kind(kind: u32) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

/// All events.
#[derive(Default)]
pub(crate) struct Events {
    made: BTreeMap<u64, Event>,
    pub(crate) fired: Vec<Event>,
    reserved: BTreeSet<String>,
}

impl Events {
    pub(crate) fn make(&mut self, id: u64, kind: u32, subclass: &str) {
        let event = Event {
            kind,
            subclass: subclass.to_owned(),
            headers: Vec::new(),
        };
        self.made.insert(id, event);
    }

    pub(crate) fn made(&mut self, id: u64) -> Option<&mut Event> {
        self.made.get_mut(&id)
    }

    /// Takes one out; `None` when it is gone already.
    pub(crate) fn take(&mut self, id: u64) -> Option<Event> {
        self.made.remove(&id)
    }

    /// `false`: somebody has it.
    pub(crate) fn reserve(&mut self, subclass: &str) -> bool {
        self.reserved.insert(subclass.to_owned())
    }

    pub(crate) fn release(&mut self, subclass: &str) -> bool {
        self.reserved.remove(subclass)
    }

    /// What the module has not given back.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let reserved = self
            .reserved
            .iter()
            .map(|name| format!("the subclass {name} is still reserved"));
        let made = (!self.made.is_empty())
            .then(|| format!("{} events are neither fired nor destroyed", self.made.len()));
        reserved.chain(made).collect()
    }
}
