//! Event channels and live arrays, as clients of mod_verto would see them.

use crate::{Switch, schedule::with};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What modules have bound and made, and who may see it.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) bound: BTreeSet<String>,
    pub(crate) arrays: BTreeMap<u64, Array>,
    /// Sessions and channels.
    pub(crate) permitted: BTreeSet<(String, String)>,
}

/// A live array.
pub(crate) struct Array {
    pub(crate) channel: String,
    /// In the order in which they came.
    pub(crate) elements: Vec<(String, String)>,
}

impl Array {
    /// Adds an element or puts another in its place.
    pub(crate) fn set(&mut self, key: String, element: String) {
        match self.elements.iter_mut().find(|(other, _)| *other == key) {
            Some((_, old)) => *old = element,
            None => self.elements.push((key, element)),
        }
    }
}

impl Live {
    /// What a module should have taken back and has not.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let bound = self.bound.iter();
        let bound = bound.map(|channel| format!("the event channel {channel} is still bound"));
        let arrays = self.arrays.values();
        bound
            .chain(arrays.map(|array| format!("the live array of {}", array.channel)))
            .collect()
    }
}

impl Switch {
    /// The elements of the live array on a channel; `None`: there is none.
    pub fn live_array(&self, channel: &str) -> Option<Vec<Value>> {
        with(|state| {
            let mut arrays = state.live.arrays.values();
            let array = arrays.find(|array| array.channel == channel)?;
            let elements = array.elements.iter();
            elements
                .map(|(_, element)| serde_json::from_str(element).ok())
                .collect()
        })
    }
}
