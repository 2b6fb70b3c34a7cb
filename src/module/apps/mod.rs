//! The dialplan applications. Each sets `callpark_result` on its leg and, when it did not take the call, lets the dialplan
//! go on.

mod park;
mod retrieve;
mod slot;

pub use park::Park;
pub use retrieve::Retrieve;
pub use slot::Slot;

use super::{Callpark, variables};
use crate::fs::{
    log::{Level, log_for},
    session::Session,
};
use callpark_domain::result::Code;

/// Runs one application and leaves its result on the leg.
fn run(leg: Session<'_>, name: &str, body: impl FnOnce(&Callpark) -> Result<(), Code>) {
    let result = match Callpark::current() {
        Some(module) => body(&module),
        None => Err(Code::Failed),
    };
    let code = result.err().unwrap_or(Code::Ok);
    if code != Code::Ok {
        log_for(
            &leg.uuid(),
            Level::Notice,
            &format!("{name}: {}", code.as_str()),
        );
    }
    leg.set_var(variables::RESULT, code.as_str());
}
