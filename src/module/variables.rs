//! The channel variables of the contract: read as per-call settings, written as a call's data; and those of the host's that
//! are set for a time.

use super::identity::LegData;
use crate::fs::{
    log::{Level, log_for},
    session::Session,
};
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
    let value = leg.value("callpark_parker")?;
    let user = UserAt::parse(&value).map_err(|error| error.to_string());
    good(&leg.id(), "callpark_parker", user)
}

/// The value of a variable of the leg's, where it is one that we take. The log has what is wrong with it.
pub fn good<T>(leg: &str, name: &str, value: Result<T, String>) -> Option<T> {
    let warn = |error: &String| {
        let line = format!("variable {name} is left out: {error}");
        log_for(leg, Level::Warning, &line);
    };
    value.inspect_err(warn).ok()
}

/// The per-call settings that a leg carries. A value out of range is left out, and the log says so.
pub fn overrides(leg: &impl LegData) -> Overrides {
    let mut found = Overrides::default();
    for name in Overrides::NAMES {
        let Some(value) = leg.value(&format!("callpark_{name}")) else {
            continue;
        };
        let set = found.set(name, &value).map_err(|error| error.to_string());
        good(&leg.id(), &format!("callpark_{name}"), set);
    }
    found
}

/// A variable of the leg's has a value of ours until this is dropped, and then its own again.
pub struct Borrowed<'a> {
    leg: Session<'a>,
    name: &'static CStr,
    own: Option<String>,
}

impl<'a> Borrowed<'a> {
    /// From now on. The leg's own thread.
    pub fn set(leg: Session<'a>, name: &'static CStr, value: &str) -> Self {
        let own = leg.var(name);
        leg.set_var(name, value);
        Self { leg, name, own }
    }
}

impl Drop for Borrowed<'_> {
    fn drop(&mut self) {
        match &self.own {
            Some(value) => self.leg.set_var(self.name, value),
            None => self.leg.unset_var(self.name),
        }
    }
}

/// What the host shows on a leg's phone stays as it is, until dropped.
///
/// At the beginning of a bridge the host takes the second leg for one that the first has dialled: it would show a retriever
/// his own number, and the caller hers.
pub fn steady_display(leg: Session<'_>) -> Borrowed<'_> {
    Borrowed::set(leg, c"ignore_display_updates", "true")
}
