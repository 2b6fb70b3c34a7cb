//! The table as plainly as it can be written: a list of calls, searched from end to end.

use crate::steps::{PLANS, Terms};
use callpark_domain::{
    call::{Call, Outcome, PIN_TRIES, State, Ticket},
    names::{LotKey, UserAt},
    result::Code,
    table::{Table, Want, Which},
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Seat {
    pub key: LotKey,
    pub slot: String,
    pub uuid: String,
    pub state: State,
    pub parked_at: i64,
    /// Those that it was parked with, whatever the lot's are now.
    pub terms: Terms,
}

/// Who is where, and who has left how.
#[derive(Debug, Default)]
pub struct Model {
    calls: BTreeMap<Ticket, Seat>,
    left: BTreeMap<Ticket, Outcome>,
    /// Every secret that was given out, and for whose call it is good.
    secrets: BTreeMap<String, Option<Ticket>>,
    wrong_pins: BTreeMap<(Ticket, UserAt), u32>,
    pub draining: bool,
    /// The configuration in force.
    pub variant: usize,
    pub plan: usize,
}

impl Model {
    /// How many tickets were given out.
    pub fn tickets(&self) -> usize {
        self.calls.len() + self.left.len()
    }

    pub fn seat(&self, ticket: Ticket) -> Option<&Seat> {
        self.calls.get(&ticket)
    }

    pub fn state(&self, ticket: Ticket) -> Option<State> {
        self.seat(ticket).map(|seat| seat.state)
    }

    pub fn can_be_taken(&self, ticket: Ticket) -> bool {
        self.seat(ticket).is_some_and(can_be_taken)
    }

    pub fn ticket_of(&self, uuid: &str) -> Option<Ticket> {
        self.calls
            .iter()
            .find(|(_, seat)| seat.uuid == uuid)
            .map(|(ticket, _)| *ticket)
    }

    /// A call that came in, with a ticket that nobody had.
    pub fn enter(&mut self, ticket: Ticket, seat: Seat) {
        assert!(!self.calls.contains_key(&ticket) && !self.left.contains_key(&ticket));
        assert!(!self.is_taken(&seat.key, &seat.slot), "{seat:?}");
        self.calls.insert(ticket, seat);
    }

    pub fn set_state(&mut self, ticket: Ticket, state: State) {
        self.calls.get_mut(&ticket).unwrap().state = state;
        if state == State::Claimed {
            self.forget_secret(ticket);
        }
    }

    /// How many secrets were given out.
    pub fn secrets(&self) -> usize {
        self.secrets.len()
    }

    pub fn add_secret(&mut self, secret: &str, ticket: Ticket) {
        let former = self.secrets.insert(secret.to_owned(), Some(ticket));
        assert_eq!(former, None, "a secret twice");
    }

    pub fn withdraw(&mut self, secret: &str) {
        if let Some(good_for) = self.secrets.get_mut(secret) {
            *good_for = None;
        }
    }

    pub fn ticket_by_secret(&self, secret: &str) -> Option<Ticket> {
        self.secrets.get(secret).copied().flatten()
    }

    pub fn has_secret(&self, ticket: Ticket) -> bool {
        self.secrets.values().any(|other| *other == Some(ticket))
    }

    /// A secret is good for one who comes.
    fn forget_secret(&mut self, ticket: Ticket) {
        for good_for in self.secrets.values_mut() {
            good_for.take_if(|other| *other == ticket);
        }
    }

    /// What somebody is told who gives a PIN: three wrong ones, and no more is asked.
    pub fn try_pin(
        &mut self,
        ticket: Ticket,
        user: &UserAt,
        given: Option<&str>,
    ) -> Result<(), Code> {
        let seat = self.calls.get(&ticket).ok_or(Code::Empty)?;
        let Some(pin) = &seat.terms.pin else {
            return Ok(());
        };
        let wrong = self.wrong_pins.entry((ticket, user.clone())).or_default();
        if *wrong == PIN_TRIES {
            return Err(Code::Forbidden);
        }
        if given == Some(pin) {
            return Ok(());
        }
        *wrong += u32::from(given.is_some());
        Err(Code::BadPin)
    }

    /// The call of a reservation is here. Another leg than the one that reserved comes on the terms of now.
    pub fn settle(&mut self, ticket: Ticket, leg: &str, now: i64) {
        let seat = &self.calls[&ticket];
        let lot = self.lot(&seat.key);
        let terms = lot
            .filter(|_| seat.uuid != leg)
            .map(|lot| self.terms(lot.name));
        let seat = self.calls.get_mut(&ticket).unwrap();
        if let Some(terms) = terms {
            seat.terms = terms;
        }
        leg.clone_into(&mut seat.uuid);
        (seat.state, seat.parked_at) = (State::Parked, now);
        self.forget_secret(ticket);
    }

    /// The call is in another slot: in another lot on the terms of that.
    pub fn move_to(&mut self, ticket: Ticket, key: &LotKey, slot: &str) {
        let terms = self.terms(key.lot.as_str());
        let seat = self.calls.get_mut(&ticket).unwrap();
        if seat.key != *key {
            (seat.key, seat.terms) = (key.clone(), terms);
        }
        slot.clone_into(&mut seat.slot);
    }

    pub fn leave(&mut self, ticket: Ticket, outcome: Outcome) {
        assert!(self.calls.remove(&ticket).is_some());
        self.forget_secret(ticket);
        assert_eq!(self.left.insert(ticket, outcome), None, "a second outcome");
    }

    /// The terms of whoever comes now.
    pub fn terms(&self, lot: &str) -> Terms {
        Terms::of_lot(lot, self.variant)
    }

    /// The slot of a call that comes in, or why it does not.
    pub fn entrance(&self, key: &LotKey, uuid: &str, want: &Want) -> Result<String, Code> {
        if self.draining {
            return Err(Code::Draining);
        }
        if self.ticket_of(uuid).is_some() {
            return Err(Code::AlreadyParked);
        }
        self.choose(key, want, true)
    }

    /// The slot of a call that moves, or why it does not.
    pub fn target(&self, ticket: Ticket, to: &LotKey, want: &Want) -> Result<String, Code> {
        let seat = self.seat(ticket).filter(|seat| can_be_taken(seat));
        let seat = seat.ok_or(Code::Empty)?;
        if seat.key.domain != to.domain {
            return Err(Code::NoSuchLot);
        }
        if seat.key == *to && seat.slot == want.as_str() {
            return Ok(seat.slot.clone());
        }
        self.choose(to, want, seat.key != *to)
    }

    /// The lowest free slot, or the one that was asked for; where that is taken, `sales` goes on from there, and round.
    fn choose(&self, key: &LotKey, want: &Want, newcomer: bool) -> Result<String, Code> {
        let lot = self.lot(key).ok_or(Code::NoSuchLot)?;
        let mut slots = lot.slots.clone();
        if let Want::Slot(slot) = want {
            let place = slots.iter().position(|label| label == slot);
            slots.rotate_left(place.ok_or(Code::NoSuchSlot)?);
            if lot.name == "default" && self.is_taken(key, slot) {
                return Err(Code::SlotBusy);
            }
        }
        let full = newcomer && self.used(key) >= lot.quota;
        let mut free = slots.into_iter().filter(|slot| !self.is_taken(key, slot));
        free.next().filter(|_| !full).ok_or(Code::LotFull)
    }

    /// The call that a retrieve gets. A lot that is no more has its calls still, and a slot that is no more its call.
    pub fn find(&self, key: &LotKey, which: &Which) -> Result<Ticket, Code> {
        let waiting = self
            .calls
            .iter()
            .filter(|(_, seat)| seat.key == *key && can_be_taken(seat));
        let age = |(ticket, seat): &(&Ticket, &Seat)| (seat.parked_at, **ticket);
        let found = match which {
            Which::Oldest => waiting.min_by_key(age),
            Which::Newest => waiting.max_by_key(age),
            Which::Slot(slot) | Which::Call { slot, .. } => {
                waiting.into_iter().find(|(_, seat)| seat.slot == *slot)
            }
        };
        let (slot, lot) = (which.as_str(), self.lot(key));
        let by_slot = !matches!(which, Which::Oldest | Which::Newest);
        match (found, lot) {
            (Some((ticket, _)), _) => Ok(*ticket),
            _ if by_slot && self.is_taken(key, slot) => Err(Code::Empty),
            _ if !by_slot && self.used(key) > 0 => Err(Code::Empty),
            (None, None) => Err(Code::NoSuchLot),
            (None, Some(lot)) if by_slot && !lot.slots.iter().any(|label| label == slot) => {
                Err(Code::NoSuchSlot)
            }
            (None, Some(_)) => Err(Code::Empty),
        }
    }

    fn is_taken(&self, key: &LotKey, slot: &str) -> bool {
        self.calls
            .values()
            .any(|seat| seat.key == *key && seat.slot == slot)
    }

    /// Calls in a lot, also those in slots that are no more.
    fn used(&self, key: &LotKey) -> usize {
        self.calls.values().filter(|seat| seat.key == *key).count()
    }

    /// How many slots of a lot nobody has.
    fn free(&self, key: &LotKey, lot: &Lot) -> usize {
        let free = lot.slots.iter().filter(|slot| !self.is_taken(key, slot));
        free.count()
    }

    /// A lot that is configured.
    fn lot(&self, key: &LotKey) -> Option<Lot> {
        let mut lots = PLANS[self.plan].iter();
        let (name, slots, quota) = lots.find(|(name, ..)| *name == key.lot.as_str())?;
        Some(Lot {
            name,
            slots: slots.split(',').flat_map(labels).collect(),
            quota: if *quota == 0 {
                usize::MAX
            } else {
                *quota as usize
            },
        })
    }

    /// The table holds the same calls, each in a slot of its own, and counts right.
    pub fn check(&self, table: &Table, calls: &[Arc<Call>]) {
        let seats: BTreeMap<_, _> = calls.iter().map(|call| (call.ticket, seat(call))).collect();
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
            assert!(table.settings_of_calls(&seat.key).is_some(), "{seat:?}");
        }
        for (secret, ticket) in &self.secrets {
            assert_eq!(table.ticket_by_secret(secret), *ticket, "{secret}");
        }
        self.check_counts(table);
    }

    fn check_counts(&self, table: &Table) {
        assert_eq!(table.len(), self.calls.len());
        for outcome in Outcome::ALL {
            let count = self.left.values().filter(|left| **left == outcome).count() as u64;
            assert_eq!(table.totals().outcome(outcome), count, "{outcome:?}");
        }
        let mut shown = 0;
        for view in table.lots(None) {
            let Some(domain) = view.domain.clone() else {
                continue;
            };
            let key = LotKey {
                lot: view.lot.clone(),
                domain,
            };
            // A lot that is no more takes none.
            let free = self.lot(&key).map_or(0, |lot| {
                let within = lot.quota.saturating_sub(self.used(&key));
                self.free(&key, &lot).min(within)
            });
            assert_eq!(
                (view.used as usize, view.free as usize),
                (self.used(&key), free),
                "{key}"
            );
            assert_eq!(view.settings.is_some(), self.lot(&key).is_some(), "{key}");
            shown += self.used(&key);
        }
        assert_eq!(shown, self.calls.len(), "calls in lots that are not shown");
    }
}

/// Labels and quota of a lot that is configured.
struct Lot {
    name: &'static str,
    slots: Vec<String>,
    quota: usize,
}

fn labels(range: &str) -> Vec<String> {
    let (first, last) = range.split_once('-').unwrap();
    let numbers = first.parse::<u32>().unwrap()..=last.parse().unwrap();
    numbers.map(|number| number.to_string()).collect()
}

fn can_be_taken(seat: &Seat) -> bool {
    matches!(seat.state, State::Parked | State::Ringing)
}

/// A call of the table.
fn seat(call: &Call) -> Seat {
    Seat {
        key: call.key.clone(),
        slot: call.slot.clone(),
        uuid: call.uuid.clone(),
        state: call.state,
        parked_at: call.parked_at,
        terms: Terms::of_call(&call.settings),
    }
}
