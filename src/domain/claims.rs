//! Whose call it is: which one is meant, who may have it, and claims that win or come to nothing.

use crate::{
    call::{Call, Epoch, Outcome, PIN_TRIES, Purpose, State, Ticket},
    lot::Lot,
    names::{LotKey, UserAt},
    planted::{self, Fault},
    result::Code,
    table::Table,
    timing::RingEnd,
};

/// Which call a retrieve means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one in this slot.
    Slot(String),
    /// The one in this slot, provided that it is the one with this park id.
    Call {
        /// The slot.
        slot: String,
        /// The park id.
        id: String,
    },
    /// The one that waits longest.
    Oldest,
    /// The one parked last.
    Newest,
}

impl Which {
    /// As text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Slot(slot) | Self::Call { slot, .. } => slot,
            Self::Oldest => "oldest",
            Self::Newest => "newest",
        }
    }

    /// Whether a call that is where this looks is meant.
    pub fn means(&self, call: &Call) -> bool {
        match self {
            Self::Call { id, .. } => call.id == *id,
            _ => true,
        }
    }
}

impl Table {
    /// Whether this user, or somebody who is none, may take calls out of a lot at all.
    pub fn admit_retriever(&self, key: &LotKey, user: Option<&UserAt>) -> Result<(), Code> {
        let settings = self.settings_of_calls(key).ok_or(Code::NoSuchLot)?;
        if settings.retrieve_allow.admits_retriever(user, &key.domain) {
            Ok(())
        } else {
            Err(Code::Forbidden)
        }
    }

    /// Whether a user may have a call as to its PIN: who has given three wrong ones is asked no more.
    pub fn try_pin(
        &mut self,
        ticket: Ticket,
        user: &UserAt,
        given: Option<&str>,
    ) -> Result<(), Code> {
        let call = self.call_mut(ticket).ok_or(Code::Empty)?;
        let Some(pin) = call.settings.pin.clone() else {
            return Ok(());
        };
        let wrong = call.wrong_pins.entry(user.clone()).or_default();
        match given {
            _ if *wrong >= PIN_TRIES => Err(Code::Forbidden),
            Some(given) if given == pin => Ok(()),
            Some(_) => {
                *wrong += 1;
                Err(Code::BadPin)
            }
            None => Err(Code::BadPin),
        }
    }

    /// Gives a parked call a secret by which one leg may take it.
    pub fn offer(&mut self, ticket: Ticket, secret: String) -> Result<(), Code> {
        let call = self
            .call_mut(ticket)
            .filter(|call| call.can_be_retrieved() && call.secret.is_none())
            .ok_or(Code::Empty)?;
        call.secret = Some(secret.clone());
        self.by_secret.insert(secret, ticket);
        Ok(())
    }

    /// Nobody may come for the call with this secret any more.
    pub fn withdraw(&mut self, secret: &str) {
        let offered = self.by_secret.remove(secret);
        if let Some(call) = offered.and_then(|ticket| self.call_mut(ticket)) {
            call.secret = None;
        }
    }

    /// The call that a retrieve means, parked or ringing; anything else in a slot counts as empty.
    pub fn find(&self, key: &LotKey, which: &Which) -> Result<&Call, Code> {
        match which {
            Which::Slot(slot) | Which::Call { slot, .. } => self
                .at(key, slot)
                .ok()
                .filter(|call| call.can_be_retrieved() && which.means(call))
                .map_or_else(|| Err(self.absent(key, slot)), Ok),
            Which::Oldest => self
                .waiting(key)?
                .min_by_key(|call| (call.parked_at, call.ticket))
                .ok_or(Code::Empty),
            Which::Newest => self
                .waiting(key)?
                .max_by_key(|call| (call.parked_at, call.ticket))
                .ok_or(Code::Empty),
        }
    }

    /// Whatever is in a slot.
    pub fn at(&self, key: &LotKey, slot: &str) -> Result<&Call, Code> {
        let ticket = self.lots.get(key).and_then(|lot| lot.at(slot));
        ticket
            .and_then(|ticket| self.get(ticket))
            .ok_or_else(|| self.absent(key, slot))
    }

    /// Why there is no call: no such lot, no such slot, or nothing in it.
    fn absent(&self, key: &LotKey, slot: &str) -> Code {
        match self.settings(key) {
            _ if self.lots.get(key).is_some_and(|lot| lot.knows(slot)) => Code::Empty,
            None => Code::NoSuchLot,
            Some(settings) if settings.slots.index(slot).is_none() => Code::NoSuchSlot,
            Some(_) => Code::Empty,
        }
    }

    fn waiting(&self, key: &LotKey) -> Result<impl Iterator<Item = &Call>, Code> {
        if self.settings(key).is_none() && !self.lots.contains_key(key) {
            return Err(Code::NoSuchLot);
        }
        let tickets = self.lots.get(key).into_iter().flat_map(Lot::tickets);
        Ok(tickets
            .filter_map(|ticket| self.get(ticket))
            .filter(|call| call.can_be_retrieved()))
    }

    /// Takes a parked or ringing call for a purpose; whoever comes second finds it empty. While it lasts no deadline fires.
    pub fn claim(&mut self, ticket: Ticket, purpose: Purpose) -> Result<Call, Code> {
        let call = self
            .call_mut(ticket)
            .filter(|call| call.can_be_retrieved())
            .ok_or(Code::Empty)?;
        call.before = call.state;
        call.state = State::Claimed;
        call.purpose = Some(purpose);
        let (secret, due) = (call.secret.take(), call.timeout_at);
        self.forget_secret(secret);
        if let Some(due) = due {
            self.deadlines.remove(&(due, ticket));
        }
        self.unseen.call(ticket);
        self.get(ticket).cloned().ok_or(Code::Empty)
    }

    /// The claim came to nothing: back to the state before, with the same deadlines. A parker who answered and was not
    /// connected counts as not having answered.
    pub fn unclaim(&mut self, ticket: Ticket, now: Epoch) -> Option<Call> {
        let call = self
            .call_mut(ticket)
            .filter(|call| call.state == State::Claimed)?;
        if !planted::is(Fault::ClaimForEver) {
            call.state = call.before;
        }
        let purpose = call.purpose.take();
        let due = call.timeout_at;
        self.unseen.call(ticket);
        self.set_deadline(ticket, due);
        if matches!(
            purpose,
            Some(Purpose::Connect {
                outcome: Outcome::Returned,
                ..
            })
        ) {
            self.ring_ended(ticket, RingEnd::NoAnswer, now);
        }
        self.get(ticket).cloned()
    }
}
