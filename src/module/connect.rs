//! Connecting: the parked leg's own thread joins its call with the leg that claimed it.
//!
//! Only this thread bridges, and only when the other leg is ready for it. What fails costs the other leg, never the
//! caller: the call then is back in its slot.

use super::{Callpark, table::Connecting, variables::steady_display};
use crate::fs::{
    channel::Cause,
    hook::{BridgeHook, Bridged},
    log::{Level, log_for},
    session::{Session, locate},
};
use callpark_domain::call::{Call, Ticket};
use std::ffi::CStr;

/// How long a leg that dialled for the call may take until it waits for the bridge, in milliseconds.
const PEER_READY_MILLIS: u32 = 3000;

/// Variables that tell the core what to do with a leg after a bridge. An earlier dialplan has set them for another bridge;
/// in ours a bridge that fails would send the caller away by them.
const AFTER_BRIDGE: [&CStr; 6] = [
    c"hangup_after_bridge",
    c"park_after_bridge",
    c"park_after_early_bridge",
    c"transfer_after_bridge",
    c"transfer_after_early_bridge",
    c"signal_bond",
];

/// The leg's variables of [`AFTER_BRIDGE`], while they must not act.
pub struct AfterBridge(Vec<(&'static CStr, Option<String>)>);

impl AfterBridge {
    /// Takes them off the leg.
    pub fn set_aside(leg: Session<'_>) -> Self {
        let kept = AFTER_BRIDGE.map(|name| (name, leg.var(name)));
        for (name, _) in &kept {
            leg.unset_var(name);
        }
        Self(kept.to_vec())
    }

    /// Puts them back, for the dialplan that set them.
    pub fn put_back(self, leg: Session<'_>) {
        for (name, value) in self.0 {
            if let Some(value) = value {
                leg.set_var(name, &value);
            }
        }
    }
}

/// How connecting went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// It formed, and is over now.
    Ended,
    /// It never formed: the call is in its slot as before.
    Failed,
}

/// Told when the parked leg's bridge has formed.
struct Formed;

impl Bridged for Formed {
    fn formed(leg: Session<'_>) {
        let Some(module) = Callpark::current() else {
            return;
        };
        let Some(Connecting {
            ticket,
            peer,
            outcome,
        }) = module.table.connecting(&leg.uuid())
        else {
            return;
        };
        // The host tells a leg that is hanging up nothing, and counts that as told: such a bridge ends as it begins.
        if !leg.is_down() && locate(&peer).is_some() {
            module.depart(leg, ticket, outcome);
        }
    }
}

impl Callpark {
    /// Joins the leg with `peer` and stays until they part.
    pub fn connect(
        &self,
        leg: Session<'_>,
        call: &Call,
        peer_uuid: &str,
        dialled: bool,
    ) -> Connection {
        let formed = match locate(peer_uuid) {
            None => false,
            Some(peer) => {
                let peer = peer.session();
                let stands = dialled || leg.await_second(peer, PEER_READY_MILLIS);
                // The host would wait for an answer, and end the caller by the cause for which none came.
                let ready = stands && peer.is_answered();
                let _steady = (!dialled).then(|| steady_display(leg));
                ready && leg.is_ready() && self.bridge(leg, peer, call.ticket)
            }
        };
        if formed {
            if leg.is_ready() {
                leg.hang_up(Cause::NORMAL_CLEARING);
            }
            return Connection::Ended;
        }
        self.back_to_slot(leg, call, peer_uuid, dialled);
        Connection::Failed
    }

    /// Whether the bridge formed. It did when the hook has let the call leave its slot.
    fn bridge(&self, leg: Session<'_>, peer: Session<'_>, ticket: Ticket) -> bool {
        leg.unhold();
        let after = AfterBridge::set_aside(leg);
        match BridgeHook::<Formed>::set(leg) {
            Ok(_hook) => leg.bridge_with(peer),
            Err(error) => log_for(
                &leg.uuid(),
                Level::Error,
                &format!("cannot connect: {error}"),
            ),
        }
        let formed = self.table.has_left(ticket);
        if !formed {
            after.put_back(leg);
        }
        formed
    }

    fn back_to_slot(&self, leg: Session<'_>, call: &Call, peer: &str, dialled: bool) {
        let line = format!(
            "{} slot {}: not connected to {peer}, the caller stays",
            call.id, call.slot
        );
        log_for(&call.uuid, Level::Warning, &line);
        if dialled && let Some(peer) = locate(peer) {
            peer.session().hang_up(Cause::ORIGINATOR_CANCEL);
        }
        if !leg.is_ready() {
            return; // the call leaves, with the reason that the leg shows
        }
        let now = self.now();
        self.table.unclaim(call.ticket, now);
        self.publish();
        self.arm();
    }
}
