//! What people are told by voice: phrases, spelled slots, and tones where sounds are missing.
//!
//! Parking and retrieving never fail for want of a sound.

use crate::fs::{media::Listener, session::Session};
use callpark_domain::result::Code;
use std::ffi::CStr;

/// Nobody interrupts what plays: phrases to a leg that is in no slot.
pub struct Uninterrupted;

impl Listener for Uninterrupted {
    fn wants_break(_: Session<'_>, _: u64) -> bool {
        false
    }
    fn key(_: u64, _: char) {}
}

/// Two rising tones: a call is parked, though no voice can say where.
const DONE_TONES: &str = "tone_stream://%(150,80,600);%(250,0,900)";
/// Two falling tones: it did not work.
const REFUSED_TONES: &str = "tone_stream://%(200,80,480);%(300,0,350)";

/// Says the slot: the phrase `callpark_slot`, else spelled, else tones. The leg's own thread.
pub fn slot<L: Listener>(leg: Session<'_>, slot: &str, listener: u64) {
    let said = leg
        .phrase::<L>(c"callpark_slot", slot, listener)
        .or_else(|_| leg.spell::<L>(slot, listener));
    if said.is_err() && leg.is_ready() {
        let _ = leg.play::<L>(DONE_TONES, listener); // no tones either: the leg then hears nothing
    }
}

/// Tells a phone that was paged which slot a call waits in: the phrase `callpark_page`, else spelled, else tones. The
/// leg's own thread.
pub fn page(leg: Session<'_>, number: &str) {
    let said = leg.phrase::<Uninterrupted>(c"callpark_page", number, 0);
    if said.is_err() && leg.is_ready() {
        slot::<Uninterrupted>(leg, number, 0);
    }
}

/// Says why a request was refused. The leg's own thread.
pub fn refusal(leg: Session<'_>, code: Code, slot: &str) {
    if let Some(phrase) = phrase_for(code) {
        say(leg, phrase, slot);
    }
}

/// Plays a phrase, or the tones of a refusal where there is no such phrase.
pub fn say(leg: Session<'_>, phrase: &CStr, input: &str) {
    let said = leg.phrase::<Uninterrupted>(phrase, input, 0);
    if said.is_err() && leg.is_ready() {
        let _ = leg.play::<Uninterrupted>(REFUSED_TONES, 0); // as above
    }
}

fn phrase_for(code: Code) -> Option<&'static CStr> {
    match code {
        Code::LotFull => Some(c"callpark_full"),
        Code::SlotBusy => Some(c"callpark_busy"),
        Code::Empty | Code::NoSuchSlot => Some(c"callpark_empty"),
        Code::Forbidden | Code::BadPin => Some(c"callpark_forbidden"),
        _ => None,
    }
}
