//! What happened since load.

use crate::{call::Outcome, result::Code};
use std::collections::BTreeMap;

/// Counters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    outcomes: BTreeMap<Outcome, u64>,
    refusals: BTreeMap<Code, u64>,
    longest_wait: i64,
}

impl Totals {
    pub(crate) fn count(&mut self, outcome: Outcome, waited: i64) {
        *self.outcomes.entry(outcome).or_default() += 1;
        // A reservation that no call took up has kept nobody waiting.
        if outcome != Outcome::Expired {
            self.longest_wait = self.longest_wait.max(waited);
        }
    }

    pub(crate) fn count_refusal(&mut self, code: Code) {
        *self.refusals.entry(code).or_default() += 1;
    }

    /// Calls that left in this way.
    pub fn outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// Requests refused, by code.
    pub fn refusals(&self) -> impl Iterator<Item = (Code, u64)> {
        self.refusals.iter().map(|(code, count)| (*code, *count))
    }

    /// Seconds that the most patient caller waited.
    pub fn longest_wait(&self) -> i64 {
        self.longest_wait
    }
}
