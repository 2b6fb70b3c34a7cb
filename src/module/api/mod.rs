//! The API command `callpark`: one verb, one function. Every reply begins with `+OK`, `-ERR <CODE>`, or is a document.

mod act;
mod admin;
mod completion;
mod show;

pub use completion::{COMPLETIONS, LotNames, SlotNames};

use super::{Callpark, identity};
use crate::fs::{
    api::Command,
    log::{Level, log},
    text::one_line,
};
use callpark_domain::{names::LotKey, report, request::LotRef, result::Code, verb::Verb};
use std::ffi::CStr;

/// The API command.
pub struct CallparkCommand;

impl Command for CallparkCommand {
    const NAME: &'static CStr = c"callpark";
    const DESCRIPTION: &'static CStr = c"Call park: list, show and move parked calls";
    const SYNTAX: &'static CStr =
        c"list|show|lots|status|park|retrieve|return|transfer|drop|move|drain|reload|help (callpark help tells all)";
    const FAILURE: &'static str = "-ERR FAILED internal error, see the log\n";

    fn run(arguments: &str) -> String {
        let Some(module) = Callpark::current() else {
            return error(&Refusal::new(
                Code::Failed,
                "the module is loading or going",
            ));
        };
        match Verb::parse(arguments) {
            Ok(verb) => module.answer(verb),
            Err(code) => error(&Refusal::new(code, "see callpark help")),
        }
    }
}

/// A verb that was not carried out, and why.
pub struct Refusal {
    code: Code,
    why: String,
}

impl Refusal {
    fn new(code: Code, why: impl Into<String>) -> Self {
        Self {
            code,
            why: why.into(),
        }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code, "")
    }
}

type Reply = Result<String, Refusal>;

impl Callpark {
    fn answer(&self, verb: Verb) -> String {
        let reply = match verb {
            Verb::Help => Ok(report::usage().to_owned()),
            Verb::List { filter, json } => Ok(self.list(&self.filled(filter), json)),
            Verb::Show { lot, slot, json } => self.show(&lot, &slot, json),
            Verb::Lots { domain, json } => Ok(self.lots(domain.as_ref(), json)),
            Verb::Status { json } => Ok(self.status(json)),
            Verb::Park(park) => self.park_channel(&park),
            Verb::Retrieve { lot, which, target } => self.retrieve_to(&lot, &which, &target),
            Verb::Return { lot, slot } => self.return_now(&lot, &slot),
            Verb::Transfer { lot, slot, to } => self.transfer_away(&lot, &slot, to),
            Verb::Drop { lot, slot } => self.drop_call(&lot, &slot),
            Verb::Move {
                lot,
                slot,
                to,
                want,
            } => self.move_slot(&lot, &slot, to.as_ref(), want),
            Verb::Drain(on) => Ok(self.drain(on)),
            Verb::Reload => self.reload_now(),
            Verb::Metrics => Err(Refusal::new(
                Code::Failed,
                "metrics are not available in this version",
            )),
        };
        reply.unwrap_or_else(|refusal| error(&refusal))
    }

    /// The lot of a request without a call: of the domain it names, else of the core's.
    fn key(&self, lot: &LotRef) -> Result<LotKey, Refusal> {
        let domain = lot.domain.clone().or_else(identity::core_domain);
        let domain = domain
            .ok_or_else(|| Refusal::new(Code::NoSuchLot, "name the domain: the core has none"))?;
        Ok(LotKey {
            lot: lot.lot.clone(),
            domain,
        })
    }
}

fn error(refusal: &Refusal) -> String {
    let Refusal { code, why } = refusal;
    log(Level::Info, &format!("API: {} {why}", code.as_str()));
    if why.is_empty() {
        format!("-ERR {}\n", code.as_str())
    } else {
        format!("-ERR {} {}\n", code.as_str(), one_line(why))
    }
}
