//! The API's `retrieve`: somebody is brought to the call, and the answer says whether they talk.

use super::{
    Callpark,
    ringback::{self, Missed, Taker},
    ringing::{Begun, Job},
    table::Claim,
};
use crate::fs::{
    HostError,
    originate::Cancel,
    runtime::{self, Guarded, micros_now},
    session::locate,
};
use callpark_domain::{
    call::{Call, Outcome, Ticket},
    names::UserAt,
    request::inline,
    result::Code,
};
use std::sync::Arc;

/// How long connecting may take once somebody has answered, in microseconds, and how often that is looked at.
const CONNECT_MICROS: i64 = 10_000_000;
const LOOK_MICROS: i64 = 50_000;
/// How long after a call has left for a leg the two may take until the core shows them bridged, in microseconds.
const BRIDGE_MICROS: i64 = 1_000_000;

/// How long a client is kept waiting while its phone rings, in microseconds: long enough to tell that there is no phone.
const CLIENT_MICROS: i64 = 1_000_000;

/// Why nobody talks with the caller, and more about it.
pub type NotFetched = (Code, String);

/// How far it has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// The two talk.
    Talking,
    /// The phone still rings.
    Ringing,
}

/// Somebody is rung, and connected with the call on answering.
pub struct Fetch {
    to: String,
    by: Option<UserAt>,
    /// A client of the JSON API asks for itself.
    for_client: bool,
    ended: Guarded<Option<Result<(), NotFetched>>>,
}

impl Fetch {
    fn new(to: String, by: Option<UserAt>, for_client: bool) -> Result<Arc<Self>, HostError> {
        let ended = Guarded::new(None)?;
        Ok(Arc::new(Self {
            to,
            by,
            for_client,
            ended,
        }))
    }

    /// The client that asks for itself.
    pub fn client(&self) -> Option<&UserAt> {
        self.by.as_ref().filter(|_| self.for_client)
    }

    /// Rings until somebody answers, and sees to it that they talk. The body of a thread of [`super::ringing`].
    pub fn run(&self, module: &Callpark, ticket: Ticket, cancel: &Cancel) {
        let mut told = Told {
            fetch: self,
            result: Err((Code::Failed, "internal error, see the log".to_owned())),
        };
        told.result = self.bring(module, ticket, cancel);
    }

    fn bring(&self, module: &Callpark, ticket: Ticket, cancel: &Cancel) -> Result<(), NotFetched> {
        let taken = || (Code::Empty, String::new());
        // A call that left before could not have ended this dial.
        let call = module.table.lock().get(ticket).cloned().ok_or_else(taken)?;
        let taker = Taker {
            by: self.by.as_ref(),
            outcome: Outcome::Retrieved,
        };
        match ringback::dial(module, &call, &self.to, &call.caller.name, &taker, cancel) {
            Ok(peer) => module.await_talk(&call, &peer),
            Err(Missed::NoAnswer(cause)) if !cancel.is_cancelled() => {
                Err((Code::Failed, cause.name()))
            }
            Err(_) => Err(taken()),
        }
    }

    /// Waits until it has ended, `micros` at the most where there is a limit.
    fn wait(&self, micros: Option<i64>) -> Result<Fetched, NotFetched> {
        let until = micros.map(|micros| micros_now() + micros);
        loop {
            let now = micros_now();
            let mut ended = self.ended.lock();
            if let Some(result) = &*ended {
                return result.clone().map(|()| Fetched::Talking);
            }
            if until.is_some_and(|until| now >= until) {
                return Ok(Fetched::Ringing);
            }
            ended.wait(LOOK_MICROS);
        }
    }
}

/// Tells whoever waits how it ended, however the thread ends.
struct Told<'a> {
    fetch: &'a Fetch,
    result: Result<(), NotFetched>,
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        *self.fetch.ended.lock() = Some(self.result.clone());
        self.fetch.ended.wake_all();
    }
}

impl Callpark {
    /// Dials, and waits until the call is connected with whoever answers. Blocks while it rings.
    pub fn fetch(&self, call: &Call, to: &str, by: Option<&UserAt>) -> Result<(), NotFetched> {
        let fetch = Fetch::new(to.to_owned(), by.cloned(), false).map_err(broken)?;
        self.begin(call, &fetch)?;
        fetch.wait(None).map(|_| ())
    }

    /// Has the phone of a client ring for the call. mod_verto serves a client in one thread: while that waits here, nothing
    /// else reaches the client, not even the call itself where its phone is a web page. So it waits for a moment only.
    pub fn fetch_client(&self, call: &Call, client: &UserAt) -> Result<Fetched, NotFetched> {
        let to = format!("user/{client}");
        let fetch = Fetch::new(to, Some(client.clone()), true).map_err(broken)?;
        match self.begin(call, &fetch)? {
            Begun::Yes => fetch.wait(Some(CLIENT_MICROS)),
            Begun::Already(ticket) if ticket == Some(call.ticket) => Ok(Fetched::Ringing),
            Begun::Already(_) => {
                let why = "your phone rings for another parked call".to_owned();
                Err((Code::Failed, why))
            }
        }
    }

    fn begin(&self, call: &Call, fetch: &Arc<Fetch>) -> Result<Begun, NotFetched> {
        let job = Job::Fetch(Arc::clone(fetch));
        let begun = self.ringing.start(Some(call.ticket), job);
        begun.map_err(|error| (Code::Failed, error.to_string()))
    }

    /// Has a channel take the call, and waits until they are connected. The channel runs the application itself, for the
    /// one call that was meant.
    pub fn hand_over(&self, call: &Call, peer: &str) -> Result<(), NotFetched> {
        if self.table.lock().ticket_of(peer).is_some() {
            let why = "that channel is in a slot itself".to_owned();
            return Err((Code::AlreadyParked, why));
        }
        let offer = Offer::make(self, call.ticket).map_err(|code| (code, String::new()))?;
        let destination = inline::retrieve(&offer.secret);
        // The leg is let go of before anything is waited for.
        let leg = locate(peer).ok_or_else(gone)?;
        if !leg.session().is_answerable() {
            let why = "that channel still rings";
            return Err((Code::NotAnswered, why.to_owned()));
        }
        let sent = leg.session().transfer_inline(&destination);
        drop(leg);
        sent.map_err(|error| (Code::Gone, error.to_string()))?;
        let until = micros_now() + CONNECT_MICROS;
        while self.table.await_offer(&offer.secret, LOOK_MICROS) {
            if locate(peer).is_none() {
                return Err(gone());
            }
            if micros_now() >= until {
                let why = "that channel does not come for the call".to_owned();
                return Err((Code::Failed, why));
            }
        }
        self.await_talk(call, peer)
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

fn gone() -> NotFetched {
    let why = "no such channel, or it is hanging up";
    (Code::Gone, why.to_owned())
}

fn broken(error: HostError) -> NotFetched {
    (Code::Failed, error.to_string())
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
