//! The table as plainly as it can be written: a list of calls, searched from end to end.

use callpark_domain::{
    call::{Call, Outcome, State, Ticket},
    names::LotKey,
    result::Code,
    table::{Table, Want},
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One call.
#[derive(Debug, Clone, PartialEq)]
struct Seat {
    key: LotKey,
    slot: String,
    uuid: String,
    state: State,
}

/// Who is where, and who has left how.
#[derive(Debug, Default)]
pub struct Model {
    calls: BTreeMap<Ticket, Seat>,
    left: BTreeMap<Ticket, Outcome>,
    pub draining: bool,
}

impl Model {
    /// How many tickets were given out.
    pub fn tickets(&self) -> usize {
        self.calls.len() + self.left.len()
    }

    pub fn state(&self, ticket: Ticket) -> Option<State> {
        self.calls.get(&ticket).map(|seat| seat.state)
    }

    pub fn can_be_taken(&self, ticket: Ticket) -> bool {
        matches!(self.state(ticket), Some(State::Parked | State::Ringing))
    }

    pub fn ticket_of(&self, uuid: &str) -> Option<Ticket> {
        self.calls
            .iter()
            .find(|(_, seat)| seat.uuid == uuid)
            .map(|(ticket, _)| *ticket)
    }

    /// A call that came in, with a ticket that nobody had.
    pub fn enter(&mut self, call: &Call) {
        assert!(!self.calls.contains_key(&call.ticket) && !self.left.contains_key(&call.ticket));
        assert!(!self.is_taken(&call.key, &call.slot), "{call:?}");
        self.put(call);
    }

    /// What has become of a call.
    pub fn put(&mut self, call: &Call) {
        assert!(!self.left.contains_key(&call.ticket), "{call:?} is back");
        let seat = Seat {
            key: call.key.clone(),
            slot: call.slot.clone(),
            uuid: call.uuid.clone(),
            state: call.state,
        };
        self.calls.insert(call.ticket, seat);
    }

    pub fn leave(&mut self, ticket: Ticket, outcome: Outcome) {
        assert!(self.calls.remove(&ticket).is_some());
        assert_eq!(self.left.insert(ticket, outcome), None, "a second outcome");
    }

    /// Why a call does not come in; `None`: it does.
    pub fn refusal(&self, key: &LotKey, uuid: &str, want: &Want) -> Option<Code> {
        if self.draining {
            return Some(Code::Draining);
        }
        if self.ticket_of(uuid).is_some() {
            return Some(Code::AlreadyParked);
        }
        self.slot_refusal(key, want, true)
    }

    /// Why a call does not move; `None`: it does.
    pub fn move_refusal(&self, ticket: Ticket, to: &LotKey, want: &Want) -> Option<Code> {
        let Some(seat) = self
            .calls
            .get(&ticket)
            .filter(|_| self.can_be_taken(ticket))
        else {
            return Some(Code::Empty);
        };
        if seat.key.domain != to.domain {
            return Some(Code::NoSuchLot);
        }
        if seat.key == *to && seat.slot == want.as_str() {
            return None;
        }
        self.slot_refusal(to, want, seat.key != *to)
    }

    fn slot_refusal(&self, key: &LotKey, want: &Want, newcomer: bool) -> Option<Code> {
        let Some((name, slots, quota)) = lot(key) else {
            return Some(Code::NoSuchLot);
        };
        if let Want::Slot(slot) = want
            && !slots.contains(slot)
        {
            return Some(Code::NoSuchSlot);
        }
        if let Want::Slot(slot) = want
            && name == "default"
            && self.is_taken(key, slot)
        {
            return Some(Code::SlotBusy);
        }
        let used = self.calls.values().filter(|seat| seat.key == *key).count();
        let full = used == slots.len() || (newcomer && used >= quota);
        full.then_some(Code::LotFull)
    }

    fn is_taken(&self, key: &LotKey, slot: &str) -> bool {
        self.calls
            .values()
            .any(|seat| seat.key == *key && seat.slot == slot)
    }

    /// The table holds the same calls, each in a slot of its own, and counts right.
    pub fn check(&self, table: &Table, calls: &[Arc<Call>]) {
        let seats: BTreeMap<_, _> = calls
            .iter()
            .map(|call| {
                let (key, slot, uuid) = (call.key.clone(), call.slot.clone(), call.uuid.clone());
                (
                    call.ticket,
                    Seat {
                        key,
                        slot,
                        uuid,
                        state: call.state,
                    },
                )
            })
            .collect();
        assert_eq!(seats, self.calls);
        for (ticket, seat) in &self.calls {
            let same = |other: &&Seat| (&other.key, &other.slot) == (&seat.key, &seat.slot);
            assert_eq!(
                self.calls.values().filter(same).count(),
                1,
                "{ticket:?} shares its slot"
            );
            assert_eq!(
                self.calls
                    .values()
                    .filter(|other| other.uuid == seat.uuid)
                    .count(),
                1,
                "{ticket:?} is twice"
            );
        }
        self.check_counts(table);
    }

    fn check_counts(&self, table: &Table) {
        assert_eq!(table.len(), self.calls.len());
        for outcome in Outcome::ALL {
            let count = self.left.values().filter(|left| **left == outcome).count() as u64;
            assert_eq!(table.totals().outcome(outcome), count, "{outcome:?}");
        }
        for view in table.lots(None) {
            let Some(domain) = view.domain.clone() else {
                continue;
            };
            let key = LotKey {
                lot: view.lot.clone(),
                domain,
            };
            let (_, slots, quota) = lot(&key).unwrap();
            let used = self.calls.values().filter(|seat| seat.key == key).count();
            let free = (slots.len() - used).min(quota.saturating_sub(used));
            assert_eq!(
                (view.used as usize, view.free as usize),
                (used, free),
                "{key}"
            );
        }
    }
}

/// Name, labels and quota of a lot that is configured.
fn lot(key: &LotKey) -> Option<(&'static str, Vec<String>, usize)> {
    let (name, slots, quota) = crate::steps::SLOTS
        .into_iter()
        .find(|(name, ..)| *name == key.lot.as_str())?;
    let (first, last) = slots.split_once('-')?;
    let numbers = first.parse::<u32>().ok()?..=last.parse().ok()?;
    let quota = if quota == 0 {
        usize::MAX
    } else {
        quota as usize
    };
    Some((
        name,
        numbers.map(|number| number.to_string()).collect(),
        quota,
    ))
}
