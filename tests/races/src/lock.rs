//! The table's lock, of shuttle's parts.

use crate::table::TableLock;
use callpark_domain::{
    call::{Call, Purpose, State, Ticket},
    table::Table,
    verb::Filter,
};
use shuttle::sync::{Condvar, Mutex, MutexGuard};
use std::collections::{BTreeMap, BTreeSet};

/// Checks the table each time that it is locked: whatever a thread leaves behind, the next one finds.
pub struct ShuttleLock {
    table: Mutex<Table>,
    woken: Condvar,
    /// The claims when the table was last locked. Not of shuttle: it is no place where threads meet.
    claims: std::sync::Mutex<Claims>,
}

type Claims = BTreeMap<Ticket, Purpose>;

impl ShuttleLock {
    pub fn new(table: Table) -> Self {
        Self {
            table: Mutex::new(table),
            woken: Condvar::new(),
            claims: std::sync::Mutex::default(),
        }
    }

    /// One step ends a claim, and another makes one: nobody loses a call that is claimed to somebody else.
    fn check_claims(&self, table: &Table) {
        let calls = table.calls(&Filter::All).into_iter();
        let now: Claims = calls
            .filter_map(|call| Some((call.ticket, call.purpose.clone()?)))
            .collect();
        let mut before = self.claims.lock().unwrap();
        for (ticket, purpose) in &*before {
            let taken_away = now.get(ticket).is_some_and(|other| other != purpose);
            assert!(!taken_away, "claimed twice: {before:?}, {now:?}");
        }
        *before = now;
    }
}

impl TableLock for ShuttleLock {
    type Held<'a> = MutexGuard<'a, Table>;

    fn lock(&self) -> MutexGuard<'_, Table> {
        let table = self.table.lock().unwrap();
        check(&table);
        self.check_claims(&table);
        table
    }

    /// For ever, if nobody wakes it: what the time would heal is found, too.
    fn wait<'a>(&'a self, held: MutexGuard<'a, Table>, _micros: i64) -> MutexGuard<'a, Table> {
        self.woken.wait(held).unwrap()
    }

    fn wake_all(&self) {
        self.woken.notify_all();
    }
}

/// What holds at all times.
fn check(table: &Table) {
    let calls = table.calls(&Filter::All);
    for call in &calls {
        check_call(table, call);
    }
    let slots: BTreeSet<_> = calls
        .iter()
        .map(|call| (call.key.to_string(), &call.slot))
        .collect();
    assert_eq!(slots.len(), calls.len(), "a slot has two calls: {calls:?}");
}

fn check_call(table: &Table, call: &Call) {
    let there = table.at(&call.key, &call.slot).map(|there| there.ticket);
    assert_eq!(there, Ok(call.ticket), "the slot of {call:?}");
    let leg = table.ticket_of(&call.uuid);
    assert_eq!(leg, Some(call.ticket), "the leg of {call:?}");
    let claimed = call.state == State::Claimed;
    assert_eq!(claimed, call.purpose.is_some(), "the claim of {call:?}");
}
