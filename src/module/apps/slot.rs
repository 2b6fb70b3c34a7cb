//! `callpark_slot`: the key that shows the slot's lamp. It parks or retrieves, by the state of the leg and of the slot.

use crate::{
    fs::{api::Application, session::Session},
    module::{
        Callpark,
        identity::{self, Parker},
        ways_in::Parking,
    },
};
use callpark_domain::{
    overrides::Overrides,
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
        let parks = leg.is_bridged() || identity::was_transferred(leg);
        if !parks {
            return self.retrieve(leg, lot, &Wanted::Which(Which::Slot(slot)));
        }
        let parking = Parking {
            lot,
            want: Want::Slot(slot),
            parker: Parker::default(),
            named_parker: None,
            overrides: Overrides::default(),
        };
        self.park(leg, parking)
    }
}
