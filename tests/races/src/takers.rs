//! Who wants a call: retrievers, phones that ring, and who sends it elsewhere.

use crate::{
    Actor, Office,
    office::secret_of,
    switch::fails,
    table::{Claim, Found},
};
use callpark_domain::{
    call::{Call, Epoch, Outcome, Purpose, Ticket},
    deadlines::Due,
    names::LotKey,
    result::Code,
    table::{RingEnd, Want, Which},
};
use shuttle::sync::Arc;

/// What somebody who wanted a call was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// They have it, or it was done.
    Done,
    /// They came too late, or not right.
    Refused(Code),
    /// They claimed it, and were not connected.
    NotConnected,
}

impl Office {
    /// A leg that dials for the call; where there is a PIN, it keys in the right one.
    pub fn retrieve(self: &Arc<Self>, uuid: &str, lot: &LotKey, which: &Which) -> Told {
        self.switch.up(uuid, false);
        let purpose = connect(uuid, Outcome::Retrieved, false);
        let claimed = match self.table.claim_found(lot, which, purpose.clone()) {
            Ok(Found::Claimed(call)) => Ok(*call),
            Ok(Found::Locked { ticket, .. }) => self.table.lock().claim(ticket, purpose),
            Err(code) => Err(code),
        };
        claimed.map_or_else(Told::Refused, |call| self.join(uuid, &call))
    }

    /// The API sends a leg for the call, by a secret; two come with it.
    pub fn retrieve_offered(self: &Arc<Self>, lot: &LotKey, which: &Which) -> Vec<Told> {
        let found = self.table.lock().find(lot, which).cloned();
        let secret = secret_of("offer");
        let offered = found.and_then(|call| self.table.lock().offer(call.ticket, secret.clone()));
        if let Err(code) = offered {
            return vec![Told::Refused(code)];
        }
        let taker = |uuid: &'static str| {
            let (office, secret) = (Arc::clone(self), secret.clone());
            shuttle::thread::spawn(move || {
                office.switch.up(uuid, false);
                let purpose = connect(uuid, Outcome::Retrieved, false);
                let claimed = office.table.claim_offered(&secret, purpose);
                claimed.map_or_else(Told::Refused, |call| office.join(uuid, &call))
            })
        };
        let takers = [taker("offered-1"), taker("offered-2")];
        takers.map(|taker| taker.join().unwrap()).into()
    }

    fn join(&self, uuid: &str, call: &Call) -> Told {
        self.claimed(call, uuid);
        if !self.switch.is_up(&call.uuid) {
            return Told::Refused(Code::Empty);
        }
        if fails() {
            self.hang_up(uuid);
        }
        self.switch.wake(&call.uuid);
        if self.switch.bridge_as_second(uuid, &call.uuid) {
            Told::Done
        } else {
            Told::NotConnected
        }
    }

    /// The API dials for the call, and waits for what becomes of it.
    pub fn fetch(self: &Arc<Self>, uuid: &str, lot: &LotKey, which: &Which) -> Told {
        let found = self.table.lock().find(lot, which).cloned();
        let call = match found {
            Ok(call) => call,
            Err(code) => return Told::Refused(code),
        };
        self.switch.up(uuid, true);
        let purpose = connect(uuid, Outcome::Retrieved, true);
        if self.answered(&call, uuid, purpose).is_err() {
            return Told::Refused(Code::Empty);
        }
        let claim = loop {
            match self.table.await_claim(call.ticket, uuid, 0) {
                Claim::Stands => {}
                ended => break ended,
            }
        };
        if claim == Claim::Departed && self.switch.await_told(uuid) {
            Told::Done
        } else {
            Told::NotConnected
        }
    }

    /// A phone that we dialled is answered: it gets the call, or is let go.
    fn answered(&self, call: &Call, uuid: &str, purpose: Purpose) -> Result<(), Code> {
        let claimed = self.table.lock().claim(call.ticket, purpose);
        match claimed {
            Ok(claimed) => {
                self.claimed(&claimed, uuid);
                self.switch.wake(&claimed.uuid);
                Ok(())
            }
            Err(code) => {
                self.switch.hang_up(uuid);
                Err(code)
            }
        }
    }

    fn claimed(&self, call: &Call, uuid: &str) {
        let pair = (call.id.clone(), uuid.to_owned());
        self.switch.record(|record| record.claims.push(pair));
    }

    /// The scheduler's task at that time; returns when the phones that it had ring have ended.
    pub fn tick(self: &Arc<Self>, now: Epoch) {
        self.set_time(now);
        let due = self.table.lock().due(now, 1);
        let rings: Vec<Actor> = due
            .into_iter()
            .filter_map(|due| self.carry_out(due))
            .collect();
        for ring in rings {
            ring.join().unwrap();
        }
    }

    fn carry_out(self: &Arc<Self>, due: Due) -> Option<Actor> {
        match due {
            Due::Expired(call) => {
                self.expire(call.ticket);
            }
            Due::Overdue(call) => self.ring_ended(call.ticket),
            Due::Leave(call) => self.switch.wake(&call.uuid),
            Due::Ring(call) => {
                let office = Arc::clone(self);
                return Some(shuttle::thread::spawn(move || office.ring(call.ticket)));
            }
        }
        None
    }

    /// The parker's phone rings, and is answered or not.
    fn ring(&self, ticket: Ticket) {
        let call = self.table.lock().get(ticket).cloned();
        let Some(call) = call else { return };
        if fails() || self.switch.is_cancelled(ticket) {
            if !self.switch.is_cancelled(ticket) {
                self.ring_ended(ticket);
            }
            return;
        }
        let phone = format!("phone of {}, ring {}", call.uuid, call.attempts);
        self.switch.up(&phone, true);
        let purpose = connect(&phone, Outcome::Returned, true);
        if self.answered(&call, &phone, purpose).is_err() {
            self.ring_ended(ticket);
        }
    }

    fn ring_ended(&self, ticket: Ticket) {
        let now = self.now();
        self.table.lock().ring_ended(ticket, RingEnd::NoAnswer, now);
    }

    /// Somebody has the call hung up.
    pub fn drop_call(&self, lot: &LotKey, which: &Which) -> Told {
        let cause = "NORMAL_CLEARING";
        let claimed = self.find_then(lot, which, |office, call| {
            let purpose = Purpose::Drop { cause };
            office.table.lock().claim(call.ticket, purpose)
        });
        claimed.map_or_else(Told::Refused, |call| {
            self.switch.wake(&call.uuid);
            Told::Done
        })
    }

    /// Somebody moves the call to another slot.
    pub fn move_call(&self, lot: &LotKey, which: &Which, to: &LotKey, want: &Want) -> Told {
        let moved = self.find_then(lot, which, |office, call| {
            office.table.lock().move_call(call.ticket, to, want, 0)
        });
        moved.map_or_else(Told::Refused, |_| Told::Done)
    }

    /// The caller presses a key.
    pub fn press(&self, lot: &LotKey, which: &Which, key: char) {
        let pressed = self.find_then(lot, which, |office, call| {
            office.table.exit_by_key(call.ticket, key);
            Ok(call)
        });
        if let Ok(call) = pressed {
            self.switch.wake(&call.uuid);
        }
    }

    /// As the API's verbs: the call is found under one lock, and acted upon under the next.
    fn find_then(
        &self,
        lot: &LotKey,
        which: &Which,
        act: impl FnOnce(&Self, Call) -> Result<Call, Code>,
    ) -> Result<Call, Code> {
        let found = self.table.lock().find(lot, which).cloned();
        found.and_then(|call| act(self, call))
    }
}

fn connect(peer: &str, outcome: Outcome, dialled: bool) -> Purpose {
    Purpose::Connect {
        peer: peer.to_owned(),
        by: None,
        outcome,
        dialled,
    }
}
