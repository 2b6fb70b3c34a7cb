//! Random walks through the table, step by step beside a naive model.
//!
//! The model knows only what can be told without the timer rules: who is in which slot, in which state, and who has left.
//! What the timers decide is taken over from the table's answers; that nothing waits without a limit is checked instead.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a walk that cannot go on has found something

mod model;
mod steps;
mod watcher;

use callpark_domain::{
    call::{Call, Outcome, Party, Purpose, State, Ticket},
    deadlines::Due,
    names::{LotKey, UserAt},
    overrides::Overrides,
    result::Code,
    table::{Arrival, RingEnd, Table, Want, Which},
    verb::Filter,
};
use model::{Model, Seat};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc};
use steps::{ENDS, KEYS, PINS, Step, USERS, arrival, config, key, steps, want};
use watcher::Watcher;

/// How long a reservation lives by default, in seconds.
const RESERVE_TIMEOUT: i64 = 60;
/// How long after its end a ring-back that nobody reported on counts as one.
const RING_GRACE: i64 = 30;

struct Walk {
    table: Table,
    model: Model,
    now: i64,
    /// Calls that had, at some time, settings by which they may wait for ever.
    endless: BTreeSet<Ticket>,
    /// What whoever looks at lamps and lists sees, told by news alone.
    watcher: Watcher,
}

impl Walk {
    fn new() -> Self {
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

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Park {
                lot,
                domain,
                want: slot,
                leg,
                parker,
            } => {
                let (key, mut arrival) = (key(lot, domain), arrival(leg, want(lot, slot), parker));
                arrival.id = self.new_id();
                let answer = self.table.park(&key, arrival.clone(), self.now);
                self.entered(&key, &arrival, answer, State::Parked);
            }
            Step::Reserve {
                lot,
                domain,
                want: slot,
                leg,
            } => {
                let (key, mut arrival) = (key(lot, domain), arrival(leg, want(lot, slot), true));
                arrival.id = self.new_id();
                arrival.secret = Some(self.new_secret());
                let answer = self.table.reserve(&key, arrival.clone(), self.now);
                self.entered(&key, &arrival, answer, State::Reserved);
            }
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
            } => {
                let (ticket, user) = (self.ticket(ticket), UserAt::parse(USERS[user]).unwrap());
                for pin in pins {
                    self.try_pin(ticket, &user, PINS[*pin]);
                }
            }
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
            Step::Reload { variant, plan } => {
                self.table.reconfigure(config(variant, plan));
                (self.model.variant, self.model.plan) = (variant, plan);
            }
            Step::Look {
                lot,
                domain,
                want: slot,
            } => self.look(&key(lot, domain), &want(lot, slot)),
            Step::Drain(on) => {
                self.table.set_drain(on);
                self.model.draining = on;
            }
        }
        self.check();
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
    fn put(&mut self, call: &Call) {
        self.model.set_state(call.ticket, call.state);
    }

    fn standing(&self, ticket: Ticket) -> Option<(State, String, Option<i64>, u32)> {
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

    fn leave(&mut self, ticket: Ticket, outcome: Outcome) {
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

    fn ring_now(&mut self, ticket: Ticket) {
        match (
            self.model.state(ticket),
            self.table.ring_now(ticket, self.now),
        ) {
            (Some(State::Parked), Ok(call)) => {
                assert_eq!(call.state, State::Ringing);
                self.put(&call);
            }
            (Some(State::Parked | State::Ringing), answer) => {
                assert_eq!(answer.err(), Some(Code::Failed))
            }
            (_, answer) => assert_eq!(answer.err(), Some(Code::Empty)),
        }
    }

    fn ring_ended(&mut self, ticket: Ticket, end: RingEnd) {
        let before = self.table.get(ticket).cloned();
        self.table.ring_ended(ticket, end, self.now);
        match before {
            Some(call) if call.state == State::Ringing => {
                let call = self.table.get(ticket).unwrap();
                assert_eq!(call.state, State::Parked);
                self.model.set_state(ticket, State::Parked);
            }
            // What a claim goes back to may have changed.
            Some(call) if call.state == State::Claimed => {
                assert_eq!(self.model.state(ticket), Some(State::Claimed));
            }
            Some(call) => assert_eq!(self.standing(ticket), Some(standing(&call))),
            None => assert!(self.table.get(ticket).is_none()),
        }
    }

    fn time(&mut self, seconds: i64, room: usize) {
        self.now += seconds;
        let ringing = self
            .table
            .calls(&Filter::All)
            .iter()
            .filter(|call| call.state == State::Ringing)
            .count();
        let due = self.table.due(self.now, room);
        let rings = due.iter().filter(|due| matches!(due, Due::Ring(_))).count();
        assert!(
            rings <= room,
            "{rings} rings in {room} rooms beside {ringing}"
        );
        for due in &due {
            self.carry_out(due);
        }
        if due.iter().any(|due| matches!(due, Due::Overdue(_))) {
            return self.time(0, room - rings);
        }
        for call in self.table.calls(&Filter::All) {
            self.check_overdue(&call, rings == room);
        }
    }

    /// Whatever is due still is a ring that ends by itself, or one that found no room.
    fn check_overdue(&self, call: &Call, no_room: bool) {
        let late = call.timeout_at.map_or(-1, |at| self.now - at);
        match call.state {
            State::Reserved => assert!(late < 0, "{call:?}"),
            State::Parked => assert!(late < 0 || no_room, "{call:?}"),
            State::Ringing => assert!(late < RING_GRACE, "{call:?}"),
            State::Claimed => {}
        }
    }

    fn carry_out(&mut self, due: &Due) {
        match due {
            Due::Expired(call) => {
                assert_eq!(self.model.state(call.ticket), Some(State::Reserved));
                assert!(
                    self.table
                        .leave(call.ticket, Outcome::Expired, self.now)
                        .is_some()
                );
                self.model.leave(call.ticket, Outcome::Expired);
            }
            Due::Ring(call) => {
                assert_eq!(call.state, State::Ringing);
                self.put(call);
            }
            Due::Overdue(call) => {
                assert_eq!(call.state, State::Ringing);
                self.table
                    .ring_ended(call.ticket, RingEnd::NoAnswer, self.now);
                let waits_on = self.table.get(call.ticket).cloned().unwrap();
                self.put(&waits_on);
            }
            Due::Leave(call) => {
                assert_eq!(call.state, State::Claimed);
                assert!(matches!(
                    call.purpose,
                    Some(Purpose::Transfer { .. } | Purpose::Drop { .. })
                ));
                self.put(call);
            }
        }
    }

    fn check(&mut self) {
        let calls = self.table.calls(&Filter::All);
        let endless = calls
            .iter()
            .filter(|call| call.settings.timeout == 0 && call.settings.max_wait == 0);
        self.endless.extend(endless.map(|call| call.ticket));
        self.model.check(&self.table, &calls);
        assert!(calls.is_sorted_by_key(|call| (call.parked_at, call.ticket)));
        for call in &calls {
            let in_slot = self.table.at(&call.key, &call.slot).map(|call| call.ticket);
            assert_eq!(in_slot, Ok(call.ticket));
            assert_eq!(self.table.ticket_of(&call.uuid), Some(call.ticket));
            let by_slot = self.table.find(&call.key, &Which::Slot(call.slot.clone()));
            assert_eq!(
                by_slot.is_ok(),
                matches!(call.state, State::Parked | State::Ringing)
            );
            self.check_limit(call);
        }
        self.check_next(&calls);
        self.watcher.look(&mut self.table, &calls);
    }

    /// Nothing waits without a deadline of its own, unless its settings say so; what is claimed keeps its own for the case
    /// that it comes back.
    fn check_limit(&self, call: &Call) {
        match call.timeout_at {
            None => assert!(self.endless.contains(&call.ticket), "{call:?}"),
            Some(at) if call.state == State::Reserved => {
                assert_eq!(at, call.parked_at + RESERVE_TIMEOUT);
            }
            Some(_) => {}
        }
    }

    /// The next deadline is that of the call whose turn is next.
    fn check_next(&self, calls: &[Arc<Call>]) {
        let waiting = calls.iter().filter(|call| call.state != State::Claimed);
        let next = waiting.filter_map(|call| call.timeout_at).min();
        assert_eq!(self.table.next_deadline(), next);
    }
}

fn standing(call: &Call) -> (State, String, Option<i64>, u32) {
    (
        call.state,
        call.slot.clone(),
        call.timeout_at,
        call.attempts,
    )
}

/// Lets time pass, with nobody who answers a phone or takes a call, until only those are there who may wait for ever.
fn run_out(walk: &mut Walk) {
    for _ in 0..200 {
        let calls = walk.table.calls(&Filter::All);
        if calls.iter().all(|call| walk.endless.contains(&call.ticket)) {
            break;
        }
        walk.step(&Step::Time {
            seconds: 45,
            room: 9,
        });
        for call in walk.table.calls(&Filter::All) {
            match call.state {
                State::Ringing => walk.ring_ended(call.ticket, RingEnd::NoAnswer),
                State::Claimed => walk.leave(call.ticket, Outcome::Dropped),
                State::Reserved | State::Parked => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_table_does_what_the_model_does(steps in steps()) {
        let mut walk = Walk::new();
        for step in &steps {
            walk.step(step);
        }
        run_out(&mut walk);
        for call in walk.table.calls(&Filter::All) {
            prop_assert!(walk.endless.contains(&call.ticket), "{} is still there", call.id);
        }
    }
}

/// A label that has gone to another lot, with the former lot's call in it still: the lamp is lit while there is a call.
#[test]
fn a_slot_that_two_lots_have_calls_in_is_lit_until_both_have_left() {
    use callpark_domain::news::Lamp;
    let mut table = Table::new(config(0, 0));
    let in_701 = || Want::Slot("701".to_owned());
    let park = |table: &mut Table, lot, leg| {
        let arrival = arrival(leg, in_701(), false);
        table.park(&key(lot, 0), arrival, 1000).unwrap().ticket
    };
    let former = park(&mut table, 0, 1);
    table.reconfigure(config(0, 6));
    park(&mut table, 1, 2);
    table.take_news();
    table.leave(former, Outcome::Abandoned, 1000).unwrap();
    let told = table.take_news().lamps;
    let told = told.iter().find(|view| view.label == "701").unwrap();
    let asked = table.lamp("701", &key(1, 0).domain).unwrap();
    assert_eq!((asked.lamp, told.lamp), (Lamp::On, Lamp::On));
}
