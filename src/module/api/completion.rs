//! What Tab offers in fs_cli: verbs, lots, and slots with a call in them.

use crate::{fs::api::Completion, module::Callpark};
use callpark_domain::{request::LotRef, verb::Filter};
use std::ffi::CStr;

/// Every verb with what follows it. The host fills in the `::` sources.
pub const COMPLETIONS: &[&str] = &[
    "callpark help",
    "callpark list ::callpark::lots",
    "callpark list json",
    "callpark show ::callpark::lots ::callpark::slots",
    "callpark lots",
    "callpark status",
    "callpark metrics",
    "callpark park ::console::list_uuid ::callpark::lots",
    "callpark retrieve ::callpark::lots ::callpark::slots ::console::list_uuid",
    "callpark move ::callpark::lots ::callpark::slots ::callpark::lots",
    "callpark return ::callpark::lots ::callpark::slots",
    "callpark transfer ::callpark::lots ::callpark::slots",
    "callpark drop ::callpark::lots ::callpark::slots",
    "callpark drain on",
    "callpark drain off",
    "callpark reload",
];

/// Lots as `lot@domain`.
pub struct LotNames;

impl Completion for LotNames {
    const NAME: &'static CStr = c"::callpark::lots";

    fn candidates(_line: &str) -> Vec<String> {
        let Some(module) = Callpark::current() else {
            return Vec::new();
        };
        let lots = module.table.lock().lots(None);
        lots.iter()
            .map(|view| match &view.domain {
                Some(domain) => format!("{}@{domain}", view.lot),
                None => view.lot.to_string(),
            })
            .collect()
    }
}

/// Slots with a call in them, of the lot that stands before the cursor.
pub struct SlotNames;

impl Completion for SlotNames {
    const NAME: &'static CStr = c"::callpark::slots";

    fn candidates(line: &str) -> Vec<String> {
        let Some(module) = Callpark::current() else {
            return Vec::new();
        };
        let lot = line
            .split_whitespace()
            .nth(2)
            .and_then(|word| LotRef::parse(word).ok());
        let filter = match lot {
            Some(lot) => module.filled(Filter::Lot(lot)),
            None => Filter::All,
        };
        let calls = module.table.lock().calls(&filter);
        calls.into_iter().map(|call| call.slot.clone()).collect()
    }
}
