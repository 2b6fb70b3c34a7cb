//! What time does, and what must hold at any time.

use crate::walk::{Walk, standing};
use callpark_domain::{
    call::{Call, Outcome, Purpose, State, Ticket},
    deadlines::Due,
    result::Code,
    table::{RingEnd, Which},
    verb::Filter,
};
use std::sync::Arc;

/// How long a reservation lives by default, in seconds.
const RESERVE_TIMEOUT: i64 = 60;
/// How long after its end a ring-back that nobody reported on counts as one.
const RING_GRACE: i64 = 30;

impl Walk {
    pub fn ring_now(&mut self, ticket: Ticket) {
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

    pub fn ring_ended(&mut self, ticket: Ticket, end: RingEnd) {
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

    pub fn time(&mut self, seconds: i64, room: usize) {
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

    pub fn carry_out(&mut self, due: &Due) {
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

    pub fn check(&mut self) {
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
