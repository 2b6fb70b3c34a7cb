//! A phone's key with a lamp: a subscription to dialogs (RFC 4235), by sipp.

use crate::{conf::password, sipp::Sipp, switch::Switch, wait};
use std::time::Duration;

/// Longer than any test.
const LENGTH: Duration = Duration::from_secs(120);

/// A key; it is dark for good when this value goes.
pub struct Key {
    watched: String,
    phone: Sipp,
}

impl Key {
    /// A user's phone subscribes to a number of its domain, and is told how things stand.
    pub fn subscribe(switch: &Switch, user: &str, domain: &str, watched: &str) -> Self {
        let password = password(user);
        let words = [
            ("WATCHED", watched),
            ("DOMAIN", domain),
            ("PASSWORD", &password),
            ("USER", user),
        ];
        let key = Self {
            watched: watched.to_owned(),
            phone: Sipp::keep("key", &words, LENGTH, switch.ports().inside),
        };
        wait::expect("the key is told how things stand", || {
            !key.told().is_empty()
        });
        key
    }

    /// The bodies of all NOTIFYs so far.
    pub fn told(&self) -> Vec<String> {
        let messages = self.phone.messages();
        let notifies = messages.split("NOTIFY sip:").skip(1);
        notifies
            .filter_map(|notify| {
                let begin = notify.find("<dialog-info")?;
                let end = notify.find("</dialog-info>")?;
                notify.get(begin..end).map(str::to_owned)
            })
            .collect()
    }

    /// The states that its lamp has had, oldest first, each as long as it lasted: `terminated`, `confirmed`, `early`.
    pub fn states(&self) -> Vec<String> {
        let mut states: Vec<String> = self.told().iter().map(|body| state(body)).collect();
        states.dedup();
        states
    }

    /// Waits until the lamp shows this.
    pub fn await_state(&self, wanted: &str) {
        let is = || self.states().last().is_some_and(|state| state == wanted);
        wait::expect(&format!("{} is {wanted}", self.watched), is);
    }

    /// The last body.
    pub fn last(&self) -> String {
        self.told().last().cloned().unwrap_or_default()
    }
}

/// No dialog is a terminated one.
fn state(body: &str) -> String {
    let state = body
        .split_once("<state>")
        .and_then(|(_, rest)| rest.split_once('<'));
    state.map_or("terminated", |(state, _)| state).to_owned()
}
