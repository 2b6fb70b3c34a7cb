//! The table as threads share it: everything that is done to it in more than one step, or that looks first and then acts.
//!
//! The lock is known only by what it does, the time is an argument, and nothing here calls the host. So `tests/races` runs
//! this very file over a lock whose orders of threads it chooses itself.

use callpark_domain::{
    call::{Call, Epoch, Outcome, Party, Purpose, State, Ticket},
    names::{LotKey, UserAt},
    overrides::Overrides,
    result::Code,
    table::{Departed, Table, Which},
};
use std::ops::DerefMut;

/// A lock with the table in it, and a condition to wait for.
pub trait TableLock {
    /// The table while the lock is held; dropping it lets the lock go.
    type Held<'a>: DerefMut<Target = Table>
    where
        Self: 'a;

    /// Waits for the lock.
    fn lock(&self) -> Self::Held<'_>;

    /// Lets the lock go and waits until woken or `micros` have passed, whichever is first; then holds it again.
    fn wait<'a>(&'a self, held: Self::Held<'a>, micros: i64) -> Self::Held<'a>;

    /// Wakes every thread that waits. Not while the lock is held.
    fn wake_all(&self);
}

/// The table behind its lock.
pub struct SharedTable<L>(L);

/// What is asked of a call in a slot.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// To wait.
    Nothing,
    /// What somebody has claimed it for.
    For(Purpose),
    /// The call has left already.
    ToLeave,
}

/// A call that a retriever may have.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It is the retriever's.
    Claimed(Box<Call>),
    /// It is anybody's still: a PIN comes first, and meanwhile others may be faster.
    Locked {
        /// The call.
        ticket: Ticket,
        /// What has to be keyed in.
        pin: String,
    },
}

/// What has become of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The call's own thread is at it.
    Stands,
    /// The call is in its slot again, or somebody else's.
    Undone,
    /// The call has left its slot.
    Departed,
}

/// A call that is being connected.
#[derive(Debug, Clone, PartialEq)]
pub struct Connecting {
    /// The call.
    pub ticket: Ticket,
    /// UUID of the leg that claimed it.
    pub peer: String,
    /// How it leaves when the bridge forms.
    pub outcome: Outcome,
}

/// Whom a leg names as the parker, and that user's own context.
pub struct NamedParker {
    /// The user.
    pub user: UserAt,
    /// For a fallback that names none.
    pub context: Option<String>,
}

impl<L: TableLock> SharedTable<L> {
    /// A table that is shared from now on.
    pub fn new(lock: L) -> Self {
        Self(lock)
    }

    /// The table, for one step that is complete in itself.
    pub fn lock(&self) -> L::Held<'_> {
        self.0.lock()
    }

    /// A leg comes for the reservation behind `secret`. `GONE` when that has expired, or another leg was faster.
    pub fn take_up(
        &self,
        secret: &str,
        uuid: &str,
        caller: Party,
        own: Overrides,
        parker: Option<NamedParker>,
        now: Epoch,
    ) -> Result<Call, Code> {
        let mut table = self.lock();
        let ticket = table.ticket_by_secret(secret).ok_or(Code::Gone)?;
        let by_another = table.get(ticket).is_some_and(|call| call.uuid != uuid);
        if let Some(parker) = parker.filter(|_| by_another) {
            table.name_parker(ticket, parker.user, parker.context);
        }
        table.settle(ticket, uuid, caller, own, now)
    }

    /// Whether nobody has taken the reservation up yet.
    pub fn is_reserved(&self, ticket: Ticket) -> bool {
        let table = self.lock();
        table
            .get(ticket)
            .is_some_and(|call| call.state == State::Reserved)
    }

    /// A reservation ends. One that was taken up meanwhile is somebody's call and stays: `None`.
    pub fn expire(&self, ticket: Ticket, now: Epoch) -> Option<Departed> {
        self.depart(ticket, Outcome::Expired, now)
    }

    /// The leg has hung up: the slot that waited for it, if any, is given back.
    pub fn forsake(&self, uuid: &str, now: Epoch) -> Option<Departed> {
        let ticket = {
            let table = self.lock();
            let call = table.get(table.ticket_of(uuid)?)?;
            // A consultation's own leg ends when its attended transfer is done: its slot waits for the caller.
            let waits_for_it = call.parker_leg.as_deref() != Some(uuid);
            (call.state == State::Reserved && waits_for_it).then_some(call.ticket)?
        };
        self.expire(ticket, now)
    }

    /// What the leg in the slot is to do.
    pub fn asked(&self, ticket: Ticket) -> Asked {
        match self.lock().get(ticket) {
            None => Asked::ToLeave,
            Some(call) => call.purpose.clone().map_or(Asked::Nothing, Asked::For),
        }
    }

    /// Claims the call that is meant, unless it has a PIN: then with [`Table::claim`] once that is right.
    pub fn claim_found(
        &self,
        key: &LotKey,
        which: &Which,
        purpose: Purpose,
    ) -> Result<Found, Code> {
        let mut table = self.lock();
        let call = table.find(key, which)?;
        let ticket = call.ticket;
        match call.settings.pin.clone() {
            Some(pin) => Ok(Found::Locked { ticket, pin }),
            None => Ok(Found::Claimed(Box::new(table.claim(ticket, purpose)?))),
        }
    }

    /// Claims the call that was offered with `secret`: once, as the claim uses the secret up.
    pub fn claim_offered(&self, secret: &str, purpose: Purpose) -> Result<Call, Code> {
        let claimed = {
            let mut table = self.lock();
            let ticket = table.ticket_by_secret(secret).ok_or(Code::Empty)?;
            table.claim(ticket, purpose)?
        };
        self.0.wake_all();
        Ok(claimed)
    }

    /// Waits, `micros` at the most, while nobody has come for the call that was offered with `secret`; whether that is so.
    pub fn await_offer(&self, secret: &str, micros: i64) -> bool {
        let stands = |table: &Table| table.ticket_by_secret(secret).is_some();
        let table = self.lock();
        stands(&table) && stands(&self.0.wait(table, micros))
    }

    /// The caller gives up by `exit-key`; without a fallback the key does nothing, nor when somebody was faster.
    pub fn exit_by_key(&self, ticket: Ticket, key: char) {
        let mut table = self.lock();
        let call = table.get(ticket);
        let exit = call.filter(|call| call.settings.exit_key == Some(key));
        if let Some(to) = exit.and_then(Call::fallback) {
            let outcome = Outcome::Fallback;
            let _ = table.claim(ticket, Purpose::Transfer { to, outcome });
        }
    }

    /// With whom this leg's call is being connected.
    pub fn connecting(&self, uuid: &str) -> Option<Connecting> {
        let table = self.lock();
        let call = table.get(table.ticket_of(uuid)?)?;
        match &call.purpose {
            Some(Purpose::Connect { peer, outcome, .. }) => Some(Connecting {
                ticket: call.ticket,
                peer: peer.clone(),
                outcome: *outcome,
            }),
            _ => None,
        }
    }

    /// Connecting came to nothing: the call is in its slot as before, and whoever waited for it is told.
    pub fn unclaim(&self, ticket: Ticket, now: Epoch) {
        self.lock().unclaim(ticket, now);
        self.0.wake_all();
    }

    /// Waits, `micros` at the most, while the claim of `peer` stands.
    pub fn await_claim(&self, ticket: Ticket, peer: &str, micros: i64) -> Claim {
        let table = self.lock();
        match claim(&table, ticket, peer) {
            Claim::Stands => claim(&self.0.wait(table, micros), ticket, peer),
            ended => ended,
        }
    }

    /// The call leaves its slot, and whoever waited for it is told. Once: whoever comes second gets `None`.
    pub fn depart(&self, ticket: Ticket, outcome: Outcome, now: Epoch) -> Option<Departed> {
        let departed = self.lock().leave(ticket, outcome, now)?;
        self.0.wake_all();
        Some(departed)
    }

    /// Whether anybody may retrieve the call now.
    pub fn is_in_reach(&self, ticket: Ticket) -> bool {
        let table = self.lock();
        table.get(ticket).is_some_and(Call::can_be_retrieved)
    }

    /// Whether the call is in no slot any more.
    pub fn has_left(&self, ticket: Ticket) -> bool {
        self.lock().get(ticket).is_none()
    }
}

fn claim(table: &Table, ticket: Ticket, peer: &str) -> Claim {
    match table.get(ticket) {
        None => Claim::Departed,
        Some(call) if call.is_claimed_by(peer) => Claim::Stands,
        Some(_) => Claim::Undone,
    }
}
