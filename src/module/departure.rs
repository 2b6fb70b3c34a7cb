//! The one place where a call leaves its slot: variables, events and phones that ring for it.

use super::{
    Callpark,
    events::{Details, action},
    variables,
};
use crate::fs::{
    channel::Cause,
    log::{Level, log_for},
    session::{Session, locate},
};
use callpark_domain::{
    call::{Call, Outcome, Purpose, Ticket},
    names::UserAt,
    planted::{self, Fault},
};

impl Callpark {
    /// Frees the slot of the leg's call and tells everyone, once: `false` when the call has left already.
    /// The leg's own thread, before the leg goes on.
    pub fn depart(&self, leg: Session<'_>, ticket: Ticket, outcome: Outcome) -> bool {
        let now = self.now();
        let Some(departed) = self.table.depart(ticket, outcome, now) else {
            return false;
        };
        let call = departed.call;
        self.stop_ringing(&call, outcome);
        mark(leg, &call, outcome, departed.waited);
        // A crash from now on must not find the leg parked.
        leg.track_for_recovery();
        self.tell_departure(&call, outcome, Some(leg));
        true
    }

    /// Frees a slot whose leg is not at hand: a reservation, or the module's end.
    pub fn close_slot(&self, call: &Call, outcome: Outcome) {
        let now = self.now();
        if let Some(departed) = self.table.depart(call.ticket, outcome, now) {
            self.slot_closed(&departed.call, outcome);
        }
    }

    /// Tells everyone of a call that has just left, with no leg at hand.
    pub fn slot_closed(&self, call: &Call, outcome: Outcome) {
        self.stop_ringing(call, outcome);
        self.tell_departure(call, outcome, None);
    }

    fn tell_departure(&self, call: &Call, outcome: Outcome, leg: Option<Session<'_>>) {
        let (peer, by) = taker(call, outcome);
        let details = Details {
            retrieved_by: by,
            retriever_uuid: peer,
            result: None,
        };
        self.tell(action(outcome), call, leg, &details);
        let line = format!(
            "{} slot {} {} of {}: {} after {} s",
            call.id,
            call.slot,
            call.key,
            call.caller.number,
            outcome.as_str(),
            call.waited(self.now()),
        );
        log_for(&call.uuid, Level::Notice, &line);
    }

    /// A phone that rings for the call stops; one that was about to be connected by us is let go.
    fn stop_ringing(&self, call: &Call, outcome: Outcome) {
        let taken = matches!(outcome, Outcome::Retrieved | Outcome::Returned);
        let cause = if taken {
            Cause::LOSE_RACE
        } else {
            Cause::ORIGINATOR_CANCEL
        };
        if !planted::is(Fault::RingsOn) {
            self.ringing.cancel(call.ticket, cause);
        }
        if taken {
            return;
        }
        if let Some(Purpose::Connect {
            peer,
            dialled: true,
            ..
        }) = &call.purpose
            && let Some(peer) = locate(peer)
        {
            peer.session().hang_up(cause);
        }
    }
}

/// Leg and user of whoever takes the call, when it was taken.
fn taker(call: &Call, outcome: Outcome) -> (Option<&str>, Option<&UserAt>) {
    match &call.purpose {
        Some(Purpose::Connect { peer, by, .. })
            if matches!(outcome, Outcome::Retrieved | Outcome::Returned) =>
        {
            (Some(peer), by.as_ref())
        }
        _ => (None, None),
    }
}

/// Writes how the park ended into the leg's variables, and so into its CDR.
fn mark(leg: Session<'_>, call: &Call, outcome: Outcome, waited: i64) {
    leg.set_var(variables::OUTCOME, outcome.as_str());
    leg.set_var(variables::WAIT, &waited.to_string());
    if let (_, Some(by)) = taker(call, outcome) {
        leg.set_var(variables::RETRIEVED_BY, &by.to_string());
    }
    let parker = call
        .parker
        .as_ref()
        .map(UserAt::to_string)
        .unwrap_or_default();
    let element = format!("{}:{}:{parker}:{}", call.id, call.slot, outcome.as_str());
    leg.push_var(variables::HISTORY, &element);
}
