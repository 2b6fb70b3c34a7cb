//! A thread of a run, and what it waits for.

use crate::world::{State, seconds};
use std::sync::{Arc, Condvar};

/// One thread of a run.
pub(crate) struct Thread {
    pub(crate) name: String,
    pub(crate) standing: Standing,
    /// The host call that it made last.
    pub(crate) last_call: &'static str,
    /// The mutexes that it holds.
    pub(crate) held: Vec<u64>,
    /// What it is in, if that must not block: the whole switch would wait.
    pub(crate) must_not_block: Option<&'static str>,
    pub(crate) wake: Arc<Condvar>,
}

/// Whether a thread can run.
pub(crate) enum Standing {
    /// It can, or it does.
    Ready,
    Waiting(Wait),
    Ended,
}

/// What a thread waits for: a moment, a condition, or whichever comes first.
pub(crate) struct Wait {
    pub(crate) what: String,
    pub(crate) until: Option<i64>,
    pub(crate) met: Box<dyn Fn(&State) -> bool + Send>,
}

impl Thread {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            standing: Standing::Ready,
            last_call: "",
            held: Vec::new(),
            must_not_block: None,
            wake: Arc::new(Condvar::new()),
        }
    }

    /// For a report: what the thread does.
    pub(crate) fn describe(&self) -> String {
        let Self {
            name, last_call, ..
        } = self;
        let does = match &self.standing {
            Standing::Ready => "could run".to_owned(),
            Standing::Ended => "has ended".to_owned(),
            Standing::Waiting(Wait {
                what, until: None, ..
            }) => format!("waits for {what}"),
            Standing::Waiting(Wait {
                what,
                until: Some(until),
                ..
            }) => {
                format!("waits for {what} until {:.3} s", seconds(*until))
            }
        };
        match last_call.is_empty() {
            true => format!("{name}: {does}"),
            false => format!("{name}: {does}, last in {last_call}"),
        }
    }

    /// The mutex that the thread waits for.
    pub(crate) fn waits_for_mutex(&self) -> Option<u64> {
        match &self.standing {
            Standing::Waiting(Wait { what, .. }) => what.strip_prefix("mutex ")?.parse().ok(),
            Standing::Ready | Standing::Ended => None,
        }
    }

    pub(crate) fn waits_until(&self) -> Option<i64> {
        match &self.standing {
            Standing::Waiting(wait) => wait.until,
            Standing::Ready | Standing::Ended => None,
        }
    }

    /// Whether the thread could have the turn now.
    pub(crate) fn can_run(&self, state: &State) -> bool {
        match &self.standing {
            Standing::Ready => true,
            Standing::Ended => false,
            Standing::Waiting(wait) => {
                wait.until.is_some_and(|until| until <= state.now) || (wait.met)(state)
            }
        }
    }

    pub(crate) fn is_forbidden_to_block(&self) -> bool {
        self.must_not_block.is_some()
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.standing, Standing::Ended)
    }
}
