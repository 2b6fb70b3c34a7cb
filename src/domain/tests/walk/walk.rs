//! What happens to calls, in the table and in the model alike.

use crate::{
    model::{Model, Seat},
    steps::{ENDS, KEYS, PINS, Step, USERS, arrival, config, key, want},
    watcher::Watcher,
};
use callpark_domain::{
    call::{Call, Outcome, Party, Purpose, State, Ticket},
    names::{LotKey, UserAt},
    overrides::Overrides,
    result::Code,
    table::{Arrival, Table, Want, Which},
};
use std::collections::BTreeSet;

/// A table, the model of it, and the time.
pub struct Walk {
    pub table: Table,
    pub model: Model,
    pub now: i64,
    /// Calls that had, at some time, settings by which they may wait for ever.
    pub endless: BTreeSet<Ticket>,
    /// What whoever looks at lamps and lists sees, told by news alone.
    pub watcher: Watcher,
}

impl Walk {
    pub fn new() -> Self {
        Self {
            table: Table::new(config(0, 0)),
            model: Model::default(),
            now: 1000,
            endless: BTreeSet::new(),
            watcher: Watcher::default(),
        }
    }

    /// A ticket that was given out at some time: of a call that is there, or has left.
    fn ticket(&self, number: usize) -> Ticket {
        Ticket(1 + number as u64 % (self.model.tickets() as u64 + 1))
    }

    /// A secret that was given out at some time, or one that nobody has.
    fn secret(&self, number: usize) -> String {
        format!("secret-{}", number % (self.model.secrets() + 1))
    }

    fn new_secret(&self) -> String {
        format!("secret-{}", self.model.secrets())
    }

    fn new_id(&self) -> String {
        format!("id-{}", self.model.tickets())
    }

    pub fn step(&mut self, step: &Step) {
        match *step {
            Step::Park {
                lot,
                domain,
                want: slot,
                leg,
                parker,
            } => self.park(&key(lot, domain), arrival(leg, want(lot, slot), parker)),
            Step::Reserve {
                lot,
                domain,
                want: slot,
                leg,
            } => self.reserve(&key(lot, domain), arrival(leg, want(lot, slot), true)),
            Step::Settle { ticket, leg } => self.settle(self.ticket(ticket), &format!("leg-{leg}")),
            Step::TakeUp { secret, leg } => {
                self.take_up(&self.secret(secret), &format!("leg-{leg}"))
            }
            Step::Offer { ticket } => self.offer(self.ticket(ticket)),
            Step::Withdraw { secret, again } => self.withdraw(&self.secret(secret), again),
            Step::ClaimOffered { secret } => self.claim_offered(&self.secret(secret)),
            Step::Pins {
                ticket,
                user,
                ref pins,
            } => self.try_pins(self.ticket(ticket), USERS[user], pins),
            Step::Press { ticket, key } => self.press(self.ticket(ticket), KEYS[key]),
            Step::Claim { ticket, returned } => self.claim(self.ticket(ticket), returned),
            Step::Unclaim { ticket } => self.unclaim(self.ticket(ticket)),
            Step::Leave { ticket, outcome } => {
                self.leave(self.ticket(ticket), Outcome::ALL[outcome])
            }
            Step::Move {
                ticket,
                lot,
                domain,
                want: slot,
            } => {
                self.move_call(self.ticket(ticket), &key(lot, domain), want(lot, slot));
            }
            Step::RingNow { ticket } => self.ring_now(self.ticket(ticket)),
            Step::RingEnded { ticket, end } => self.ring_ended(self.ticket(ticket), ENDS[end]),
            Step::Time { seconds, room } => self.time(seconds, room),
            Step::Reload { variant, plan } => self.reload(variant, plan),
            Step::Look {
                lot,
                domain,
                want: slot,
            } => self.look(&key(lot, domain), &want(lot, slot)),
            Step::Drain(on) => self.drain(on),
        }
        self.check();
    }

    fn park(&mut self, key: &LotKey, mut arrival: Arrival) {
        arrival.id = self.new_id();
        let answer = self.table.park(key, arrival.clone(), self.now);
        self.entered(key, &arrival, answer, State::Parked);
    }

    fn reserve(&mut self, key: &LotKey, mut arrival: Arrival) {
        arrival.id = self.new_id();
        arrival.secret = Some(self.new_secret());
        let answer = self.table.reserve(key, arrival.clone(), self.now);
        self.entered(key, &arrival, answer, State::Reserved);
    }

    fn reload(&mut self, variant: usize, plan: usize) {
        self.table.reconfigure(config(variant, plan));
        (self.model.variant, self.model.plan) = (variant, plan);
    }

    fn drain(&mut self, on: bool) {
        self.table.set_drain(on);
        self.model.draining = on;
    }

    fn entered(
        &mut self,
        key: &LotKey,
        arrival: &Arrival,
        answer: Result<Call, Code>,
        state: State,
    ) {
        let expected = self.model.entrance(key, &arrival.uuid, &arrival.want);
        let slot = answer.clone().map(|call| call.slot);
        assert_eq!(slot, expected, "{arrival:?}");
        let Ok(call) = answer else { return };
        let seat = Seat {
            key: key.clone(),
            slot: call.slot,
            uuid: arrival.uuid.clone(),
            state,
            parked_at: self.now,
            terms: self.model.terms(key.lot.as_str()),
        };
        self.model.enter(call.ticket, seat);
        if let Some(secret) = &arrival.secret {
            self.model.add_secret(secret, call.ticket);
        }
    }

    fn settle(&mut self, ticket: Ticket, leg: &str) {
        let answer = self.table.settle(
            ticket,
            leg,
            Party::default(),
            Overrides::default(),
            self.now,
        );
        let elsewhere = self
            .model
            .ticket_of(leg)
            .is_some_and(|other| other != ticket);
        match self.model.state(ticket) {
            _ if elsewhere => assert_eq!(answer.err(), Some(Code::AlreadyParked)),
            Some(State::Reserved) => {
                assert_eq!(answer.unwrap().state, State::Parked);
                self.model.settle(ticket, leg, self.now);
            }
            _ => assert_eq!(answer.err(), Some(Code::Gone)),
        }
    }

    /// A leg comes for a reservation.
    fn take_up(&mut self, secret: &str, leg: &str) {
        let ticket = self.table.ticket_by_secret(secret);
        assert_eq!(ticket, self.model.ticket_by_secret(secret));
        if let Some(ticket) = ticket {
            self.settle(ticket, leg);
        }
    }

    fn offer(&mut self, ticket: Ticket) {
        let secret = self.new_secret();
        let offered = self.table.offer(ticket, secret.clone());
        if self.model.can_be_taken(ticket) && !self.model.has_secret(ticket) {
            assert_eq!(offered, Ok(()));
            self.model.add_secret(&secret, ticket);
        } else {
            assert_eq!(offered, Err(Code::Empty));
        }
    }

    /// A leg comes for a call that was offered; for one that has no secret any more it finds nothing.
    fn claim_offered(&mut self, secret: &str) {
        let ticket = self.table.ticket_by_secret(secret);
        assert_eq!(ticket, self.model.ticket_by_secret(secret));
        if let Some(ticket) = ticket {
            self.claim(ticket, false);
        }
    }

    fn withdraw(&mut self, secret: &str, again: bool) {
        let ticket = self.model.ticket_by_secret(secret);
        self.table.withdraw(secret);
        self.model.withdraw(secret);
        if let Some(ticket) = ticket.filter(|_| again) {
            self.offer(ticket);
        }
    }

    fn try_pins(&mut self, ticket: Ticket, user: &str, pins: &[usize]) {
        let user = UserAt::parse(user).unwrap();
        for pin in pins {
            self.try_pin(ticket, &user, PINS[*pin]);
        }
    }

    fn try_pin(&mut self, ticket: Ticket, user: &UserAt, given: Option<&str>) {
        let answer = self.table.try_pin(ticket, user, given);
        assert_eq!(answer, self.model.try_pin(ticket, user, given));
    }

    /// The caller presses a key: by the one that the call was parked with it goes to its fallback, if there is one.
    fn press(&mut self, ticket: Ticket, key: char) {
        let call = self.table.get(ticket);
        let exit = call.filter(|call| call.settings.exit_key == Some(key));
        let to = exit.and_then(Call::fallback);
        let seat = self.model.seat(ticket);
        let leads = |seat: &Seat| seat.terms.fallback && seat.terms.exit_key == Some(key);
        assert_eq!(to.is_some(), seat.is_some_and(leads));
        let Some(to) = to else { return };
        let outcome = Outcome::Fallback;
        let claimed = self.table.claim(ticket, Purpose::Transfer { to, outcome });
        if self.model.can_be_taken(ticket) {
            self.put(&claimed.unwrap());
        } else {
            assert_eq!(claimed.err(), Some(Code::Empty));
        }
    }

    fn claim(&mut self, ticket: Ticket, returned: bool) {
        let outcome = if returned {
            Outcome::Returned
        } else {
            Outcome::Retrieved
        };
        let purpose = Purpose::Connect {
            peer: "peer".to_owned(),
            by: None,
            outcome,
            dialled: true,
        };
        let before = self.table.get(ticket).cloned();
        let answer = self.table.claim(ticket, purpose);
        if !self.model.can_be_taken(ticket) {
            assert_eq!(answer.err(), Some(Code::Empty));
            return;
        }
        self.put(&answer.unwrap());
        // A claim that is given back at once leaves the call as it was, unless it was the answer to a ring-back.
        let rang = before
            .as_ref()
            .is_some_and(|call| call.state == State::Ringing);
        if !(returned && rang)
            && before
                .as_ref()
                .and_then(|call| call.timeout_at)
                .is_some_and(|at| at > self.now)
        {
            let back = self.table.unclaim(ticket, self.now);
            assert_eq!(back.as_ref().map(standing), before.as_ref().map(standing));
            let purpose = Purpose::Drop {
                cause: "NORMAL_CLEARING",
            };
            let claimed = self.table.claim(ticket, purpose).unwrap();
            self.put(&claimed);
        }
    }

    /// What has become of a call.
    pub fn put(&mut self, call: &Call) {
        self.model.set_state(call.ticket, call.state);
    }

    pub fn standing(&self, ticket: Ticket) -> Option<(State, String, Option<i64>, u32)> {
        self.table.get(ticket).map(standing)
    }

    fn unclaim(&mut self, ticket: Ticket) {
        let claimed = self.model.state(ticket) == Some(State::Claimed);
        let back = self.table.unclaim(ticket, self.now);
        assert_eq!(back.is_some(), claimed);
        if let Some(call) = back {
            assert_ne!(call.state, State::Claimed);
            self.put(&call);
        }
    }

    pub fn leave(&mut self, ticket: Ticket, outcome: Outcome) {
        let there = self.model.state(ticket);
        let expected =
            there.is_some() && (outcome != Outcome::Expired || there == Some(State::Reserved));
        let departed = self.table.leave(ticket, outcome, self.now);
        assert_eq!(departed.is_some(), expected);
        if let Some(departed) = departed {
            let seat = self.model.seat(ticket).unwrap();
            assert_eq!(departed.waited, self.now - seat.parked_at);
            self.model.leave(ticket, outcome);
        }
        assert_eq!(
            self.table
                .leave(ticket, Outcome::Abandoned, self.now)
                .is_some(),
            there.is_some() && !expected
        );
        if there.is_some() && !expected {
            self.model.leave(ticket, Outcome::Abandoned);
        }
    }

    fn move_call(&mut self, ticket: Ticket, to: &LotKey, want: Want) {
        let before = self.table.get(ticket).cloned();
        let expected = self.model.target(ticket, to, &want);
        let answer = self.table.move_call(ticket, to, &want, 0);
        assert_eq!(answer.clone().map(|call| call.slot), expected);
        let Ok(call) = answer else { return };
        let before = before.unwrap();
        assert_eq!(
            (&call.id, call.timeout_at, call.parked_at),
            (&before.id, before.timeout_at, before.parked_at)
        );
        self.model.move_to(ticket, to, &call.slot);
    }

    /// Somebody looks for a call in that slot, and for the oldest and the newest of the lot.
    fn look(&self, key: &LotKey, want: &Want) {
        let slot = Which::Slot(want.as_str().to_owned());
        for which in [slot, Which::Oldest, Which::Newest] {
            let found = self.table.find(key, &which).map(|call| call.ticket);
            assert_eq!(found, self.model.find(key, &which), "{which:?} of {key}");
        }
    }
}

pub fn standing(call: &Call) -> (State, String, Option<i64>, u32) {
    (
        call.state,
        call.slot.clone(),
        call.timeout_at,
        call.attempts,
    )
}
