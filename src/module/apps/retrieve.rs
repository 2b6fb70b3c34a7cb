//! `callpark_retrieve`: connects the leg to a parked call.

use crate::{
    fs::{
        api::Application,
        channel::Cause,
        log::{Level, log_for},
        session::{Session, locate},
    },
    module::{
        Callpark, announce,
        identity::{self, Parker},
    },
};
use callpark_domain::{
    call::{Call, Outcome, Purpose},
    names::{LotKey, UserAt},
    request::{LotRef, RetrieveRequest, Wanted},
    result::Code,
    table::Which,
};
use std::ffi::CStr;

/// How long the retriever waits for the bridge, in milliseconds: longer than the parked leg waits for the retriever.
const BRIDGE_MILLIS: u32 = 5000;
/// What `ask` reads at the most, and how long it waits for a key in milliseconds.
const ASK_KEYS: u32 = 20;
const KEY_MILLIS: u32 = 5000;
const PIN_TRIES: u32 = 3;
const ASK_PROMPT: &str = "phrase:callpark_ask";
const PIN_PROMPT: &str = "phrase:callpark_pin";

/// The application `callpark_retrieve`.
pub struct Retrieve;

impl Application for Retrieve {
    const NAME: &'static CStr = c"callpark_retrieve";
    const DESCRIPTION: &'static CStr = c"Take a parked call out of its slot";
    const SYNTAX: &'static CStr = c"[<lot>[@<domain>]] <slot>|oldest|newest|ask";

    fn run(leg: Session<'_>, arguments: &str) {
        super::run(
            leg,
            "callpark_retrieve",
            |module| match RetrieveRequest::parse(arguments)? {
                RetrieveRequest::Ticket(secret) => module.retrieve_offered(leg, &secret),
                RetrieveRequest::Slot { lot, wanted } => {
                    module.retrieve(leg, lot.as_ref(), &wanted)
                }
            },
        );
    }
}

impl Callpark {
    /// Connects the leg to the call that is meant and stays until they part. The leg's own thread.
    pub fn retrieve(
        &self,
        leg: Session<'_>,
        lot: Option<&LotRef>,
        wanted: &Wanted,
    ) -> Result<(), Code> {
        let which = match wanted {
            Wanted::Which(which) => which.clone(),
            // Keys reach us on an answered call only.
            Wanted::Ask if !leg.is_answered() && leg.answer().is_err() => return Err(Code::Gone),
            Wanted::Ask => Which::Slot(
                leg.read_keys(ASK_KEYS, ASK_PROMPT, KEY_MILLIS)
                    .ok_or(Code::Empty)?,
            ),
        };
        let key = identity::lot_key(lot, Some(leg), &Parker::of(&leg)).ok_or(Code::NoSuchLot)?;
        let taken = self
            .admit(leg, &key)
            .and_then(|()| self.claim_for(leg, &key, &which));
        match taken {
            Ok(call) => self.join(leg, &call),
            Err(code) => {
                let slot = which.as_str();
                self.tell_refusal(code, Some(&key), Some(slot), Some(leg));
                announce::refusal(leg, code, slot);
                Err(code)
            }
        }
    }

    /// Whether this leg may take calls out of that lot at all.
    fn admit(&self, leg: Session<'_>, key: &LotKey) -> Result<(), Code> {
        let settings = self.table.lock().settings(key).ok_or(Code::NoSuchLot)?;
        let user = identity::directory_user(&leg);
        if !settings
            .retrieve_allow
            .admits_retriever(user.as_ref(), &key.domain)
        {
            return Err(Code::Forbidden);
        }
        Ok(())
    }

    /// The one call that the API has offered to this leg.
    fn retrieve_offered(&self, leg: Session<'_>, secret: &str) -> Result<(), Code> {
        let purpose = taking(leg);
        let call = {
            let mut table = self.table.lock();
            let ticket = table.ticket_by_secret(secret).ok_or(Code::Empty)?;
            table.claim(ticket, purpose)?
        };
        self.join(leg, &call)
    }

    fn claim_for(&self, leg: Session<'_>, key: &LotKey, which: &Which) -> Result<Call, Code> {
        let purpose = taking(leg);
        let (ticket, pin) = {
            let mut table = self.table.lock();
            let call = table.find(key, which)?;
            match &call.settings.pin {
                None => {
                    let ticket = call.ticket;
                    return table.claim(ticket, purpose);
                }
                Some(pin) => (call.ticket, pin.clone()),
            }
        };
        ask_pin(leg, &pin)?;
        self.table.lock().claim(ticket, purpose)
    }

    /// Shows the caller on the retriever's phone, answers it, and waits for the parked leg's thread to bridge.
    fn join(&self, leg: Session<'_>, call: &Call) -> Result<(), Code> {
        let parked = locate(&call.uuid).ok_or(Code::Empty)?;
        let parked = parked.session();
        leg.set_profile_var(c"callee_id_name", &call.caller.name);
        leg.set_profile_var(c"callee_id_number", &call.caller.number);
        if leg.is_answered() {
            leg.send_display(&call.caller.name, &call.caller.number);
        } else if let Err(error) = leg.answer() {
            log_for(
                &leg.uuid(),
                Level::Warning,
                &format!("{}: {error}", call.id),
            );
        }
        parked.wake();
        let bridged = leg.bridge_as_second(parked, BRIDGE_MILLIS);
        if bridged {
            if leg.is_ready() {
                leg.hang_up(Cause::NORMAL_CLEARING);
            }
            return Ok(());
        }
        let by = identity::directory_user(&leg)
            .as_ref()
            .map_or_else(String::new, UserAt::to_string);
        log_for(
            &leg.uuid(),
            Level::Warning,
            &format!("{} slot {}: no bridge with {by}", call.id, call.slot),
        );
        Err(Code::Failed)
    }
}

/// This leg is to be connected with the call that it claims.
fn taking(leg: Session<'_>) -> Purpose {
    Purpose::Connect {
        peer: leg.uuid(),
        by: identity::directory_user(&leg),
        outcome: Outcome::Retrieved,
        dialled: false,
    }
}

fn ask_pin(leg: Session<'_>, pin: &str) -> Result<(), Code> {
    if !leg.is_answered() && leg.answer().is_err() {
        return Err(Code::Gone);
    }
    for _ in 0..PIN_TRIES {
        let keys = leg.read_keys(ASK_KEYS, PIN_PROMPT, KEY_MILLIS);
        if keys.as_deref() == Some(pin) {
            return Ok(());
        }
        if !leg.is_ready() {
            return Err(Code::Gone);
        }
    }
    Err(Code::BadPin)
}
