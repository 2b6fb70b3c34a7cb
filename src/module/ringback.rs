//! The ring-back: the time is up, and the parker's phone rings with the call.

use super::{Callpark, events::Details, ringing::Job};
use crate::fs::{
    channel::Cause,
    log::{Level, log, log_for},
    originate::{Cancel, Dial, originate},
};
use callpark_domain::{
    call::{Call, Outcome, Purpose, Ticket},
    choices::ReturnTo,
    names::UserAt,
    table::RingEnd,
};

impl Callpark {
    /// Starts to ring for a call that the table has just put into `ringing`.
    pub fn ring(&self, call: &Call) {
        self.tell("ring", call, None, &Details::default());
        let Err(error) = self.ringing.start(Some(call.ticket), Job::RingBack) else {
            return;
        };
        let line = format!("{} cannot ring: {error}", call.id);
        log_for(&call.uuid, Level::Error, &line);
        self.ring_failed(call, RingEnd::NoAnswer, &error.to_string());
    }

    /// Gives up a ring-back whose dial does not end by itself.
    pub fn end_ring(&self, call: &Call) {
        let line = format!("{}: its ring-back has not ended in time", call.id);
        log_for(&call.uuid, Level::Warning, &line);
        self.ringing
            .cancel_ring_back(call.ticket, Cause::ORIGINATOR_CANCEL);
        self.ring_failed(call, RingEnd::NoAnswer, "not ended in time");
    }

    /// A ring-back that did not bring the parker: what follows is the table's to say.
    fn ring_failed(&self, call: &Call, end: RingEnd, reason: &str) {
        let details = Details {
            result: Some(reason),
            ..Details::default()
        };
        let now = self.now();
        let waits_on = {
            let mut table = self.table.lock();
            table.ring_ended(call.ticket, end, now);
            table.next_step(call.ticket)
        };
        if let Some(call) = waits_on {
            self.tell("ring-failed", &call, None, &details);
        }
        self.arm();
    }
}

/// Rings, and has the call connected when somebody answers. The body of a thread of [`super::ringing`].
pub fn ring(module: &Callpark, ticket: Ticket, cancel: &Cancel) {
    let call = module.table.lock().get(ticket).cloned();
    let Some(call) = call else { return };
    let Some(to) = target(&call) else {
        module.ring_failed(&call, RingEnd::NotRegistered, "nobody to ring");
        return;
    };
    let name = format!("{}{}", call.return_prefix(), call.caller.name);
    let taker = Taker {
        by: call.parker.as_ref(),
        outcome: Outcome::Returned,
    };
    match dial(module, &call, &to, &name, &taker, cancel) {
        Ok(_) => {}
        Err(Missed::Taken) => {
            // Whoever was faster may still fail: the call then waits on as after any ring that brought nobody.
            let now = module.now();
            module
                .table
                .lock()
                .ring_ended(ticket, RingEnd::NoAnswer, now);
        }
        Err(Missed::NoAnswer(_)) if cancel.is_cancelled() => {}
        Err(Missed::NoAnswer(cause)) => {
            let line = format!(
                "{} slot {}: {to} did not answer: {}",
                call.id,
                call.slot,
                cause.name()
            );
            log(Level::Notice, &line);
            module.ring_failed(&call, end(cause), &cause.name());
        }
    }
}

/// Why a dial did not bring somebody to the call.
pub enum Missed {
    /// Nobody answered.
    NoAnswer(Cause),
    /// The call was taken, or gone, when somebody answered.
    Taken,
}

/// Who gets the call when the dial is answered.
pub struct Taker<'a> {
    /// The user, where it is one.
    pub by: Option<&'a UserAt>,
    /// How the call then leaves.
    pub outcome: Outcome,
}

/// Dials with the caller's number and `name` on the display, and claims the call for the leg that answers; its UUID. Blocks
/// while it rings.
pub fn dial(
    module: &Callpark,
    call: &Call,
    to: &str,
    name: &str,
    taker: &Taker<'_>,
    cancel: &Cancel,
) -> Result<String, Missed> {
    let seconds = call.settings.ring_timeout.to_string();
    let mut variables = vec![
        ("ignore_early_media", "true"),
        // The endpoint `user` dials by itself, and takes its limit from here.
        ("call_timeout", seconds.as_str()),
        ("loopback_bowout", "false"),
        ("callpark_id", call.id.as_str()),
        ("callpark_slot", call.slot.as_str()),
    ];
    if let Some(alert) = call.settings.return_alert_info.as_deref() {
        variables.push(("alert_info", alert));
    }
    let dial = Dial {
        to,
        seconds: call.settings.ring_timeout,
        number: &call.caller.number,
        name,
        variables: &variables,
    };
    let answered = originate(&dial, cancel).map_err(Missed::NoAnswer)?;
    let leg = answered.session();
    let peer = leg.uuid();
    let purpose = Purpose::Connect {
        peer: peer.clone(),
        by: taker.by.cloned(),
        outcome: taker.outcome,
        dialled: true,
    };
    let claimed = module.table.lock().claim(call.ticket, purpose);
    match claimed {
        Ok(claimed) => {
            module.wake(&claimed);
            Ok(peer)
        }
        Err(_) => {
            leg.hang_up(Cause::LOSE_RACE);
            Err(Missed::Taken)
        }
    }
}

/// The dial string of the ring-back: made of checked names and the operator's own text only.
fn target(call: &Call) -> Option<String> {
    match &call.settings.return_to {
        ReturnTo::None => None,
        ReturnTo::Parker => call.parker.as_ref().map(|parker| format!("user/{parker}")),
        ReturnTo::Dial(template) => Some(template.expand(&call.template_values())),
    }
}

fn end(cause: Cause) -> RingEnd {
    if cause == Cause::USER_NOT_REGISTERED || cause == Cause::SUBSCRIBER_ABSENT {
        RingEnd::NotRegistered
    } else {
        RingEnd::NoAnswer
    }
}
