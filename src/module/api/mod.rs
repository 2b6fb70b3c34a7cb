//! The API command `callpark`: one verb, one function. Every reply begins with `+OK`, `-ERR <CODE>`, or is a document.

mod act;
mod admin;
mod completion;
mod json;
mod show;

pub use completion::{COMPLETIONS, LotNames, SlotNames};
pub use json::CallparkJson;

use super::{Callpark, identity};
use crate::fs::{
    api::Command,
    log::{Level, log},
    text::one_line,
};
use callpark_domain::{
    call::Call, names::LotKey, report, request::LotRef, result::Code, verb::Verb,
};
use std::ffi::CStr;

/// The API command.
pub struct CallparkCommand;

impl Command for CallparkCommand {
    const NAME: &'static CStr = c"callpark";
    const DESCRIPTION: &'static CStr = c"Call park: list, show and move parked calls";
    const SYNTAX: &'static CStr =
        c"list|show|lots|status|park|retrieve|return|transfer|drop|move|drain|reload|metrics|help (callpark help tells all)";
    const FAILURE: &'static str = "-ERR FAILED internal error, see the log\n";

    fn run(arguments: &str) -> String {
        let Some(module) = Callpark::current() else {
            return error(&Refusal::not_loaded());
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

    fn not_loaded() -> Self {
        Self::new(Code::Failed, "the module is loading or going")
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self::new(code, "")
    }
}

impl Refusal {
    fn log(&self, whose: &str) {
        let Self { code, why } = self;
        log(Level::Info, &format!("{whose}: {} {why}", code.as_str()));
    }
}

type Reply = Result<String, Refusal>;

/// What a verb has done.
enum Done {
    /// Something to this call, as it is now.
    Call(Box<Call>),
    /// Something else; in words, with `+OK` or as a table.
    Said(String),
}

impl Callpark {
    fn answer(&self, verb: Verb) -> String {
        match self.perform(verb) {
            Ok(Done::Call(call)) => format!("+OK {} {}\n", call.slot, call.id),
            Ok(Done::Said(text)) => text,
            Err(refusal) => error(&refusal),
        }
    }

    fn perform(&self, verb: Verb) -> Result<Done, Refusal> {
        let said = match verb {
            Verb::Help => report::usage().to_owned(),
            Verb::List { filter, json } => self.list(&self.filled(filter), json),
            Verb::Show { lot, which, json } => self.show(&lot, &which, json)?,
            Verb::Lots { domain, json } => self.lots(domain.as_ref(), json),
            Verb::Status { json } => self.status(json),
            Verb::Drain(on) => self.drain(on),
            Verb::Reload => self.reload_now()?,
            Verb::Metrics => self.metrics(),
            act => return self.act(act).map(|call| Done::Call(Box::new(call))),
        };
        Ok(Done::Said(said))
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
    refusal.log("API");
    if why.is_empty() {
        format!("-ERR {}\n", code.as_str())
    } else {
        format!("-ERR {} {}\n", code.as_str(), one_line(why))
    }
}
