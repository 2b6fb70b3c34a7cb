//! The channel variables of the contract: read as per-call settings, written as a call's data.

use super::identity::LegData;
use crate::fs::log::{Level, log_for};
use callpark_domain::{names::UserAt, overrides::Overrides};
use std::ffi::CStr;

/// What the application did; see the codes of `callpark_domain::result`.
pub const RESULT: &CStr = c"callpark_result";
/// The park id, on the parked leg and on the parker's.
pub const ID: &CStr = c"callpark_id";
/// `lot@domain`.
pub const LOT: &CStr = c"callpark_lot";
/// The slot, on the parked leg and on the parker's.
pub const SLOT: &CStr = c"callpark_slot";
/// `user@domain` of the parker.
pub const PARKED_BY: &CStr = c"callpark_parked_by";
/// Epoch seconds.
pub const PARKED_AT: &CStr = c"callpark_parked_at";
/// How the call left its slot.
pub const OUTCOME: &CStr = c"callpark_outcome";
/// `user@domain` of whoever took the call.
pub const RETRIEVED_BY: &CStr = c"callpark_retrieved_by";
/// Whole seconds in the slot.
pub const WAIT: &CStr = c"callpark_wait";
/// An array of `id:slot:parker:outcome`.
pub const HISTORY: &CStr = c"callpark_history";
/// Names the domain, over what the legs say.
pub const DOMAIN: &CStr = c"callpark_domain";

/// Whom the leg names as the parker, over what the legs say.
pub fn parker(leg: &impl LegData) -> Option<UserAt> {
    UserAt::parse(&leg.value("callpark_parker")?).ok()
}

/// The per-call settings that a leg carries. A value out of range is left out, and the log says so.
pub fn overrides(leg: &impl LegData) -> Overrides {
    let mut found = Overrides::default();
    for name in Overrides::NAMES {
        let Some(value) = leg.value(&format!("callpark_{name}")) else {
            continue;
        };
        if let Err(error) = found.set(name, &value) {
            log_for(
                &leg.id(),
                Level::Warning,
                &format!("variable callpark_{name} is left out: {error}"),
            );
        }
    }
    found
}
