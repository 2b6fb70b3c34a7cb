//! What happened since load.

use crate::{call::Outcome, names::LotName, result::Code};
use std::collections::BTreeMap;

/// Where the classes of waits end, in seconds; the last one has no end.
pub const WAITS: [i64; 10] = [5, 10, 20, 30, 60, 120, 180, 300, 600, 1800];

/// Counters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    by_lot: BTreeMap<LotName, LotTotals>,
    refusals: BTreeMap<Code, u64>,
    longest_wait: i64,
}

/// Counters of the lots of one name, in all domains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LotTotals {
    outcomes: BTreeMap<Outcome, u64>,
    ring_backs: u64,
    waits: [u64; WAITS.len() + 1],
    waited: i64,
}

impl Totals {
    pub(crate) fn count(&mut self, lot: &LotName, outcome: Outcome, waited: i64) {
        let totals = self.of(lot);
        *totals.outcomes.entry(outcome).or_default() += 1;
        // A reservation that no call took up has kept nobody waiting.
        if outcome != Outcome::Expired {
            totals.waited += waited;
            let class = WAITS.partition_point(|end| *end < waited);
            if let Some(count) = totals.waits.get_mut(class) {
                *count += 1;
            }
            self.longest_wait = self.longest_wait.max(waited);
        }
    }

    pub(crate) fn count_ring_back(&mut self, lot: &LotName) {
        self.of(lot).ring_backs += 1;
    }

    fn of(&mut self, lot: &LotName) -> &mut LotTotals {
        self.by_lot.entry(lot.clone()).or_default()
    }

    pub(crate) fn count_refusal(&mut self, code: Code) {
        *self.refusals.entry(code).or_default() += 1;
    }

    /// The lots that have had calls.
    pub fn by_lot(&self) -> impl Iterator<Item = (&LotName, &LotTotals)> {
        self.by_lot.iter()
    }

    /// Calls that left in this way.
    pub fn outcome(&self, outcome: Outcome) -> u64 {
        self.by_lot.values().map(|lot| lot.outcome(outcome)).sum()
    }

    /// Requests refused, by every code.
    pub fn refusals(&self) -> impl Iterator<Item = (Code, u64)> {
        let refused = |code| self.refusals.get(&code).copied().unwrap_or(0);
        Code::REFUSALS
            .into_iter()
            .map(move |code| (code, refused(code)))
    }

    /// Seconds that the most patient caller waited.
    pub fn longest_wait(&self) -> i64 {
        self.longest_wait
    }
}

impl LotTotals {
    /// Calls that left in this way.
    pub fn outcome(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or(0)
    }

    /// Ring-backs that were begun.
    pub fn ring_backs(&self) -> u64 {
        self.ring_backs
    }

    /// How many waits end in each class of [`WAITS`].
    pub fn waits(&self) -> &[u64] {
        &self.waits
    }

    /// All waits together, in seconds.
    pub fn waited(&self) -> i64 {
        self.waited
    }
}
