//! `callpark_slot`: the key that shows the slot's lamp. It parks or retrieves, by the state of the leg and of the slot.

use crate::{
    fs::{api::Application, session::Session},
    module::{
        Callpark,
        held::has_another_call,
        identity::{self, Parker},
        ways_in::{Parking, Place},
    },
};
use callpark_domain::{
    choices::Direct,
    request::{LotRef, SlotRequest, Wanted},
    result::Code,
    table::{Want, Which},
};
use std::ffi::CStr;

/// The application `callpark_slot`.
pub struct Slot;

impl Application for Slot {
    const NAME: &'static CStr = c"callpark_slot";
    const DESCRIPTION: &'static CStr =
        c"Park into a slot or take the call out of it, as the key with its lamp does";
    const SYNTAX: &'static CStr = c"[<lot>[@<domain>]] <slot>";

    fn run(leg: Session<'_>, arguments: &str) {
        super::run(leg, "callpark_slot", |module| {
            let request = SlotRequest::parse(arguments)?;
            module.press_key(leg, request.lot.as_ref(), request.slot)
        });
    }
}

impl Callpark {
    fn press_key(&self, leg: Session<'_>, lot: Option<&LotRef>, slot: String) -> Result<(), Code> {
        let in_a_call = leg.is_bridged() || identity::was_transferred(leg);
        if in_a_call
            || identity::took_anothers_place(leg)
            || self.may_park_from_here(leg, lot, &slot)
        {
            return self.park(leg, Parking::by_dialplan(lot, Want::Slot(slot)));
        }
        self.retrieve(leg, lot, &Wanted::Which(Which::Slot(slot)))
    }

    /// Whether a user who dialled an empty slot has another call that may be meant for it.
    fn may_park_from_here(&self, leg: Session<'_>, lot: Option<&LotRef>, slot: &str) -> bool {
        let Some(key) = identity::lot_key(lot, Some(leg), &Parker::of(&leg)) else {
            return false;
        };
        let settings = {
            let table = self.table.lock();
            let is_free = table.at(&key, slot) == Err(Code::Empty);
            is_free.then(|| table.settings(&key)).flatten()
        };
        settings.is_some_and(|settings| {
            let place = Place { key, settings };
            self.direct(&place, leg) != Direct::OwnLeg && has_another_call(leg)
        })
    }
}
