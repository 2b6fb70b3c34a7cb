//! The API's `retrieve`: somebody is brought to the call, and the answer says whether they talk.

use super::{
    Callpark,
    ringback::{self, Missed, Taker},
    table::Claim,
};
use crate::fs::{
    runtime::{self, micros_now},
    session::{Session, locate},
};
use callpark_domain::{
    call::{Call, Outcome, Ticket},
    names::UserAt,
    result::Code,
};

/// How long connecting may take once somebody has answered, in microseconds, and how often that is looked at.
const CONNECT_MICROS: i64 = 10_000_000;
const LOOK_MICROS: i64 = 50_000;
/// How long after a call has left for a leg the two may take until the core shows them bridged, in microseconds.
const BRIDGE_MICROS: i64 = 1_000_000;

/// Why nobody talks with the caller, and more about it.
pub type NotFetched = (Code, String);

impl Callpark {
    /// Dials, and waits until the call is connected with whoever answers. Blocks while it rings.
    pub fn fetch(&self, call: &Call, to: &str, by: Option<&UserAt>) -> Result<(), NotFetched> {
        let taken = || (Code::Empty, String::new());
        let outcome = Outcome::Retrieved;
        let peer = {
            let dialling = self.ringing.enlist(call.ticket).ok_or_else(taken)?;
            // A call that left before could not have ended this dial.
            if self.table.has_left(call.ticket) {
                return Err(taken());
            }
            let cancel = &dialling.cancel;
            let taker = Taker { by, outcome };
            match ringback::dial(self, call, to, &call.caller.name, &taker, cancel) {
                Ok(peer) => peer,
                Err(Missed::NoAnswer(cause)) if !cancel.is_cancelled() => {
                    return Err((Code::Failed, cause.name()));
                }
                Err(_) => return Err(taken()),
            }
        };
        self.await_talk(call, &peer)
    }

    /// Has a channel take the call, and waits until they are connected. The channel runs the application itself, for the
    /// one call that was meant.
    pub fn hand_over(&self, call: &Call, leg: Session<'_>) -> Result<(), NotFetched> {
        let peer = leg.uuid();
        if self.table.lock().ticket_of(&peer).is_some() {
            let why = "that channel is in a slot itself".to_owned();
            return Err((Code::AlreadyParked, why));
        }
        let offer = Offer::make(self, call.ticket).map_err(|code| (code, String::new()))?;
        let destination = format!("callpark_retrieve:ticket={}", offer.secret);
        let sent = leg.transfer(&destination, Some("inline"), None);
        sent.map_err(|error| (Code::Gone, error.to_string()))?;
        let until = micros_now() + CONNECT_MICROS;
        while self.table.await_offer(&offer.secret, LOOK_MICROS) {
            if locate(&peer).is_none() {
                return Err((Code::Gone, "that channel has hung up".to_owned()));
            }
            if micros_now() >= until {
                let why = "that channel does not come for the call".to_owned();
                return Err((Code::Failed, why));
            }
        }
        self.await_talk(call, &peer)
    }

    /// Waits until the claim of `peer` has come to its end, and says whether that is a conversation.
    fn await_talk(&self, call: &Call, peer: &str) -> Result<(), NotFetched> {
        // By the clock: other calls that leave wake us, too.
        let mut until = micros_now() + CONNECT_MICROS;
        while micros_now() < until {
            let claim = self.table.await_claim(call.ticket, peer, LOOK_MICROS);
            match (claim, locate(peer)) {
                (_, None) | (Claim::Undone, _) => break,
                (Claim::Departed, Some(leg)) if leg.session().is_bridged() => return Ok(()),
                // Bridged in this very moment, or the call has left otherwise.
                (Claim::Departed, _) => {
                    until = until.min(micros_now() + BRIDGE_MICROS);
                    self.table.lock().wait(LOOK_MICROS);
                }
                (Claim::Stands, _) => {}
            }
        }
        if self.table.is_in_reach(call.ticket) {
            Err((Code::Failed, "the bridge did not form".to_owned()))
        } else {
            Err((Code::Empty, "somebody was faster".to_owned()))
        }
    }
}

/// A call that one leg may have; anybody's again when this goes.
struct Offer<'a> {
    module: &'a Callpark,
    secret: String,
}

impl<'a> Offer<'a> {
    fn make(module: &'a Callpark, ticket: Ticket) -> Result<Self, Code> {
        let secret = runtime::secret();
        module.table.lock().offer(ticket, secret.clone())?;
        Ok(Self { module, secret })
    }
}

impl Drop for Offer<'_> {
    fn drop(&mut self) {
        self.module.table.lock().withdraw(&self.secret);
    }
}
