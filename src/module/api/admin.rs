//! The verbs that steer the module itself.

use super::{Refusal, Reply};
use crate::{
    fs::log::{Level, log},
    module::Callpark,
};
use callpark_domain::result::Code;

impl Callpark {
    pub(super) fn drain(&self, on: bool) -> String {
        self.table.lock().set_drain(on);
        let word = if on { "on" } else { "off" };
        log(Level::Notice, &format!("drain {word}"));
        format!("+OK drain {word}\n")
    }

    pub(super) fn reload_now(&self) -> Reply {
        match self.reload() {
            Ok(()) => Ok("+OK\n".to_owned()),
            Err(error) => {
                let why = error.to_string();
                for line in why.lines() {
                    log(
                        Level::Error,
                        &format!("the former configuration stays: {line}"),
                    );
                }
                Err(Refusal::new(Code::Failed, why.replace('\n', "; ")))
            }
        }
    }
}
