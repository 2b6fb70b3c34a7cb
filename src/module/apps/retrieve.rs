//! `callpark_retrieve`: connects the leg to a parked call.

use crate::{
    fs::{
        api::Application,
        channel::Cause,
        log::{Level, log_for},
        runtime::micros_now,
        session::{Session, locate},
    },
    module::{
        Callpark, announce,
        identity::{self, Parker},
        table::Found,
        variables::steady_display,
    },
};
use callpark_domain::{
    call::{Call, Outcome, PIN_TRIES, Purpose},
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
const ASK_PROMPT: &str = "phrase:callpark_ask";
const PIN_PROMPT: &str = "phrase:callpark_pin";
/// A prompt that is over sooner, without a key, was not heard: waiting for a key alone takes longer. In microseconds.
const PROMPT_MICROS: i64 = 2_000_000;
const ASK_TONE: &str = "tone_stream://%(400,0,500)";

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
        if let Err(code) = can_be_joined(leg) {
            self.tell_refusal(code, None, None, Some(leg));
            return Err(code);
        }
        let which = match wanted {
            Wanted::Which(which) => which.clone(),
            // Keys reach us on an answered call only.
            Wanted::Ask if leg.answer().is_err() => return Err(Code::Gone),
            // Nothing keyed in is no slot: told as any that is empty.
            Wanted::Ask => Which::Slot(ask(leg, ASK_PROMPT).unwrap_or_default()),
        };
        let key = identity::lot_key(lot, Some(leg), &Parker::of(&leg));
        let taken = match &key {
            None => Err(Code::NoSuchLot),
            Some(_) if which.as_str().is_empty() => Err(Code::Empty),
            Some(key) => self.claim_for(leg, key, &which),
        };
        match taken {
            Ok(call) => self.join(leg, &call),
            Err(code) => {
                let slot = which.as_str();
                self.tell_refusal(code, key.as_ref(), Some(slot), Some(leg));
                announce::refusal(leg, code, slot);
                Err(code)
            }
        }
    }

    /// The one call that the API has offered to this leg.
    fn retrieve_offered(&self, leg: Session<'_>, secret: &str) -> Result<(), Code> {
        let call = self.table.claim_offered(secret, taking(leg))?;
        self.join(leg, &call)
    }

    fn claim_for(&self, leg: Session<'_>, key: &LotKey, which: &Which) -> Result<Call, Code> {
        let user = identity::directory_user(&leg);
        self.table.lock().admit_retriever(key, user.as_ref())?;
        let purpose = taking(leg);
        match self.table.claim_found(key, which, purpose.clone())? {
            Found::Claimed(call) => Ok(*call),
            Found::Locked { ticket, pin } => {
                ask_pin(leg, &pin)?;
                self.table.lock().claim(ticket, purpose)
            }
        }
    }

    /// Shows the caller on the retriever's phone, answers it, and waits for the parked leg's thread to bridge.
    fn join(&self, leg: Session<'_>, call: &Call) -> Result<(), Code> {
        let parked = locate(&call.uuid).ok_or(Code::Empty)?;
        let parked = parked.session();
        leg.set_profile_var(c"callee_id_name", &call.caller.name);
        leg.set_profile_var(c"callee_id_number", &call.caller.number);
        let told = leg.var(c"sip_call_id").is_some() && !leg.is_answered();
        if let Err(error) = leg.answer() {
            let line = format!("{}: {error}", call.id);
            log_for(&leg.uuid(), Level::Warning, &line);
        }
        if leg.is_bypassing_media()
            && let Err(error) = leg.bring_media()
        {
            let line = format!("{}: its media stays away: {error}", call.id);
            log_for(&leg.uuid(), Level::Warning, &line);
        }
        // Only a SIP phone is told with the answer.
        if !told {
            leg.send_display(&call.caller.name, &call.caller.number);
        }
        let _steady = steady_display(leg);
        parked.wake();
        self.wake_held(&call.uuid);
        self.publish();
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

/// Whether the leg can be given any call as it is.
fn can_be_joined(leg: Session<'_>) -> Result<(), Code> {
    if leg.is_bridged() {
        // A key in a call: a second bridge inside the first, and the partner would go on talking to this leg.
        Err(Code::Failed)
    } else if !leg.is_answerable() {
        // A dial that went on at early media: a phone that declines then would cost the caller the call.
        Err(Code::NotAnswered)
    } else {
        Ok(())
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

/// Keys that the caller presses while the prompt plays, or a tone where its sounds are missing.
fn ask(leg: Session<'_>, prompt: &str) -> Option<String> {
    let began = micros_now();
    let keys = leg.read_keys(ASK_KEYS, prompt, KEY_MILLIS);
    let unheard = keys.is_none() && micros_now() - began < PROMPT_MICROS;
    if unheard && leg.is_ready() {
        leg.read_keys(ASK_KEYS, ASK_TONE, KEY_MILLIS)
    } else {
        keys
    }
}

fn ask_pin(leg: Session<'_>, pin: &str) -> Result<(), Code> {
    if leg.answer().is_err() {
        return Err(Code::Gone);
    }
    for _ in 0..PIN_TRIES {
        let keys = ask(leg, PIN_PROMPT);
        if keys.as_deref() == Some(pin) {
            return Ok(());
        }
        if !leg.is_ready() {
            return Err(Code::Gone);
        }
    }
    Err(Code::BadPin)
}
