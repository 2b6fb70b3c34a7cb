//! A call in a slot that somebody tries to see, take or move who must not.

use crate::{phone::Phone, switch::Switch};
use serde_json::Value;

/// What is the same of a call that nobody has touched.
const FIELDS: [&str; 9] = [
    "id",
    "lot",
    "domain",
    "uuid",
    "slot",
    "state",
    "parked_by",
    "timeout_at",
    "attempts",
];

/// The one call of a lot, in slot 701, as its own people see it.
pub struct Kept<'a> {
    switch: &'a Switch,
    lot: String,
    caller: &'a Phone,
    /// As JSON, when it was looked at first.
    pub call: Value,
}

impl<'a> Kept<'a> {
    /// This caller's call in `lot@domain`.
    pub fn of(switch: &'a Switch, lot: &str, caller: &'a Phone) -> Self {
        let call = switch.await_call(lot, "701", "parked");
        Self {
            switch,
            lot: lot.to_owned(),
            caller,
            call,
        }
    }

    /// Nobody has touched it.
    pub fn check(&self, after: &str) {
        let calls = self.switch.parked(&self.lot);
        assert_eq!(calls.len(), 1, "{after}: {calls:?}");
        for field in FIELDS {
            assert_eq!(calls[0][field], self.call[field], "{field} after {after}");
        }
        assert_eq!(self.caller.count("CALL_CLOSED"), 0, "{after}");
    }
}
