//! Faults on demand: the one place that makes things go wrong which a real switch would not break when asked.

use crate::leg::LegId;
use freeswitch_sys as sys;
use std::collections::BTreeMap;

/// Something that goes wrong. `call` is a host function by name; empty: any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A leg's phone vanishes at the `nth` host call about this leg, counted from 1.
    LegDies {
        /// The phone of the leg.
        phone: String,
        /// The host call in which it dies.
        call: &'static str,
        /// Which of them.
        nth: u32,
    },
    /// The `nth` call of a function that can refuse refuses.
    Refuses {
        /// The function.
        call: &'static str,
        /// Which call of it.
        nth: u32,
    },
    /// No file plays whose name contains this.
    MissingSound(String),
    /// No phrase macro of this name.
    MissingPhrase(String),
    /// `switch_ivr_say` has no module for the language.
    CannotSay,
    /// A transferred leg is in its new extension before the core has written its note on the transfer: the core sends
    /// the leg off first, and mostly is faster with the note.
    LateTransferNote,
}

/// The faults of a run, and how far each has come.
#[derive(Default)]
pub(crate) struct Faults {
    list: Vec<(Fault, u32)>,
    /// How often something has gone wrong, by kind.
    pub(crate) struck: BTreeMap<String, u64>,
}

/// The kind of a leg that dies.
const DEATH: &str = "a leg dies";
/// The kind of a sound that cannot be played.
pub(crate) const NO_SOUND: &str = "a sound is missing";

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.list.push((fault, 0));
    }

    /// How many of those that strike at a certain call have not struck yet.
    pub(crate) fn waiting(&self) -> usize {
        let strike = |(fault, seen): &&(Fault, u32)| match fault {
            Fault::LegDies { nth, .. } | Fault::Refuses { nth, .. } => seen < nth,
            _ => false,
        };
        self.list.iter().filter(strike).count()
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    /// Whether the leg of this phone dies now, in `call`.
    pub(crate) fn kills(&mut self, called: &'static str, leg_phone: &str) -> bool {
        self.strikes(DEATH, |fault| match fault {
            Fault::LegDies { phone, call, nth } if phone == leg_phone && fits(call, called) => {
                Some(*nth)
            }
            _ => None,
        })
    }

    /// Whether this call of a function that can refuse is refused.
    pub(crate) fn refuses(&mut self, called: &'static str) -> bool {
        self.strikes(called, |fault| match fault {
            Fault::Refuses { call, nth } if fits(call, called) => Some(*nth),
            _ => None,
        })
    }

    /// Counts a call against each fault that it is about; whether the turn of one has come.
    fn strikes(&mut self, kind: &str, turn: impl Fn(&Fault) -> Option<u32>) -> bool {
        let mut strikes = false;
        for (fault, seen) in &mut self.list {
            if let Some(nth) = turn(fault) {
                *seen += 1;
                strikes |= *seen == nth;
            }
        }
        if strikes {
            self.note(kind);
        }
        strikes
    }

    fn note(&mut self, kind: &str) {
        *self.struck.entry(kind.to_owned()).or_default() += 1;
    }

    pub(crate) fn lacks_sound(&mut self, file: &str) -> bool {
        let missing = self
            .list
            .iter()
            .any(|(fault, _)| matches!(fault, Fault::MissingSound(part) if file.contains(part)));
        if missing {
            self.note(NO_SOUND);
        }
        missing || file.contains("missing")
    }

    pub(crate) fn lacks_phrase(&self, name: &str) -> bool {
        self.list
            .iter()
            .any(|(fault, _)| matches!(fault, Fault::MissingPhrase(missing) if missing == name))
    }

    pub(crate) fn writes_notes_late(&self) -> bool {
        self.list
            .iter()
            .any(|(fault, _)| *fault == Fault::LateTransferNote)
    }

    pub(crate) fn cannot_say(&self) -> bool {
        self.list
            .iter()
            .any(|(fault, _)| *fault == Fault::CannotSay)
    }
}

fn fits(call: &str, called: &str) -> bool {
    call.is_empty() || call == called
}

/// A host call begins that is about a leg: the place where the leg may die.
pub(crate) fn strike(call: &'static str, leg: LegId) {
    let dies = crate::schedule::with(|state| {
        let phone = state.leg(leg).phone.clone();
        state.leg(leg).is_up() && state.faults.kills(call, &phone)
    });
    if dies {
        crate::schedule::with(|state| state.note(format!("fault: leg {} dies in {call}", leg.0)));
        crate::channel::end_itself(leg, sys::SWITCH_CAUSE_NORMAL_CLEARING);
    }
}

/// Whether a host call that can refuse refuses.
pub(crate) fn refused(call: &'static str) -> bool {
    crate::schedule::with(|state| {
        let refuses = state.faults.refuses(call);
        if refuses {
            state.note(format!("fault: {call} refuses"));
        }
        refuses
    })
}
