//! Time in the table: what is due, ring-backs that begin and end.

use crate::{
    call::{Call, Epoch, State, Ticket},
    result::Code,
    table::{Table, rules},
    timing::{OUT_OF_TIME, RingEnd, Step, to_fallback},
};

/// How long after its end a ring-back that nobody reported on counts as not answered, in seconds.
const RING_GRACE: Epoch = 30;

/// Something that is due, for the shell to carry out.
#[derive(Debug, Clone, PartialEq)]
pub enum Due {
    /// A reservation that nobody took up: it is to leave as expired.
    Expired(Call),
    /// The call is ringing now: somebody is to be dialled.
    Ring(Call),
    /// Nobody has reported on the ring-back of this call: its dial is to be cancelled, and reported on as not answered.
    Overdue(Call),
    /// The call is claimed now: its thread is to be woken.
    Leave(Call),
}

impl Table {
    /// The ring-back begins now, whatever the time. `FAILED` when it runs already, or there is nobody to ring.
    pub fn ring_now(&mut self, ticket: Ticket, now: Epoch) -> Result<Call, Code> {
        let call = self.get(ticket).ok_or(Code::Empty)?;
        match call.state {
            State::Parked if rules(call).can_ring() => {
                self.begin_ring(ticket, now).ok_or(Code::Empty)
            }
            State::Parked | State::Ringing => Err(Code::Failed),
            _ => Err(Code::Empty),
        }
    }

    fn begin_ring(&mut self, ticket: Ticket, now: Epoch) -> Option<Call> {
        let call = self.call_mut(ticket)?;
        let mut timing = call.timing;
        let over = rules(call).ring_begins(&mut timing, now);
        call.timing = timing;
        call.state = State::Ringing;
        call.attempts += 1;
        call.step += 1;
        self.set_deadline(ticket, Some(over));
        self.rings(ticket, true);
        let call = self.get(ticket).cloned()?;
        self.totals.count_ring_back(&call.key.lot);
        Some(call)
    }

    /// The ring-back connected nobody: the call waits on, and what follows is due when its time comes. Of a call that is
    /// claimed meanwhile it changes what the claim goes back to. A report on a ring that is over changes nothing.
    pub fn ring_ended(&mut self, ticket: Ticket, end: RingEnd, now: Epoch) {
        let Some(call) = self.call_mut(ticket) else {
            return;
        };
        match call.state {
            State::Ringing => call.state = State::Parked,
            State::Claimed if call.before == State::Ringing => call.before = State::Parked,
            _ => return,
        }
        let mut timing = call.timing;
        rules(call).ring_ended(&mut timing, end, now);
        call.timing = timing;
        let due = timing.due_at();
        let claimed = call.state == State::Claimed;
        self.set_deadline(ticket, due);
        self.rings(ticket, false);
        if claimed && let Some(due) = due {
            self.deadlines.remove(&(due, ticket));
        }
    }

    /// What is due. At most `ring_room` ring-backs begin; the others wait in their slots, with music.
    pub fn due(&mut self, now: Epoch, ring_room: usize) -> Vec<Due> {
        let tickets: Vec<_> = self
            .deadlines
            .range(..(now + 1, Ticket(0)))
            .map(|(_, ticket)| *ticket)
            .collect();
        let mut room = ring_room;
        let mut due = Vec::new();
        for ticket in tickets {
            let Some(step) = self.step(ticket, now, room > 0) else {
                continue;
            };
            if matches!(step, Due::Ring(_)) {
                room -= 1;
            }
            due.push(step);
        }
        due
    }

    fn step(&mut self, ticket: Ticket, now: Epoch, may_ring: bool) -> Option<Due> {
        let call = self.call_mut(ticket)?;
        match call.state {
            State::Reserved => return Some(Due::Expired(call.clone())),
            State::Parked => {}
            // The ring ends by its own time limit, and reports. A dial that does not end must not ring for ever.
            State::Ringing => {
                let is_overdue = call.timeout_at.is_some_and(|over| over + RING_GRACE <= now);
                return is_overdue.then(|| Due::Overdue(call.clone()));
            }
            State::Claimed => return None,
        }
        let mut timing = call.timing;
        let step = rules(call).step(&mut timing, now);
        let fallback = call.fallback();
        call.timing = timing;
        match (step, fallback) {
            (Step::Wait, _) => {
                self.set_deadline(ticket, timing.due_at());
                None
            }
            (Step::Ring, _) if may_ring => self.begin_ring(ticket, now).map(Due::Ring),
            (Step::Ring, _) => None,
            (Step::Fallback, Some(to)) => self.claim(ticket, to_fallback(to)).ok().map(Due::Leave),
            (Step::Fallback, None) | (Step::Drop, _) => {
                self.claim(ticket, OUT_OF_TIME).ok().map(Due::Leave)
            }
        }
    }

    /// When something is due next; also in the past, when a ring-back waits for room.
    pub fn next_deadline(&self) -> Option<Epoch> {
        self.deadlines.first().map(|(due, _)| *due)
    }
}
