//! A caller whom the core takes back for a transferor that was told of the failure.
//!
//! The core arranges a bridge of the two. When the transferor's phone hangs up before that forms, nobody tells the caller's leg,
//! which would wait for the other one for good, in silence.

use super::{Callpark, identity};
use crate::fs::{
    log::{Level, log_for},
    originate::Cancel,
    runtime::micros_now,
    session::locate,
};
use callpark_domain::{call::Party, request::inline};

/// How long the two may take to be together, in microseconds; and how often that is looked at.
const WATCH_MICROS: i64 = 15_000_000;
const LOOK_MICROS: i64 = 100_000;
/// How long the caller may wait for a leg that is gone, in microseconds: the core itself may still notice.
const ALONE_MICROS: i64 = 1_000_000;
/// The secret of no reservation: who comes for it is given back to the parker, whose phone is rung, or goes to the fallback.
const NOTHING: &str = "none";

/// The two legs.
pub struct TakeBack {
    /// UUID of the caller's leg.
    pub caller: String,
    /// Who the caller is.
    pub party: Party,
    /// UUID of the transferor's leg.
    pub transferor: String,
}

#[derive(PartialEq)]
enum Caller {
    /// With the transferor, or gone.
    Settled,
    /// On the way.
    Coming,
    /// Waits for a leg that is gone.
    Alone,
}

impl TakeBack {
    /// Watches until the two are together; a caller who stays alone comes back to us. The body of a thread of
    /// [`super::ringing`].
    pub fn watch(&self, module: &Callpark, cancel: &Cancel) {
        let until = micros_now() + WATCH_MICROS;
        let mut alone_since = None;
        while micros_now() < until && !cancel.is_cancelled() {
            match self.caller() {
                Caller::Settled => return,
                Caller::Coming => alone_since = None,
                Caller::Alone => {
                    let since = *alone_since.get_or_insert_with(micros_now);
                    if micros_now() - since >= ALONE_MICROS {
                        return self.fetch();
                    }
                }
            }
            module.table.lock().wait(LOOK_MICROS);
        }
    }

    fn caller(&self) -> Caller {
        let Some(caller) = locate(&self.caller) else {
            return Caller::Settled;
        };
        if caller.session().is_bridged() {
            Caller::Settled
        } else if caller.session().awaits_other_leg() && locate(&self.transferor).is_none() {
            Caller::Alone
        } else {
            Caller::Coming
        }
    }

    fn fetch(&self) {
        let Some(caller) = locate(&self.caller) else {
            return;
        };
        let line = "the transferor hung up while the caller was taken back";
        log_for(&self.caller, Level::Notice, line);
        identity::set_party(caller.session(), &self.party);
        if let Err(error) = caller.session().transfer_inline(&inline::park(NOTHING)) {
            log_for(&self.caller, Level::Error, &format!("{line}: {error}"));
        }
    }
}
