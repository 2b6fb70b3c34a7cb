//! Pointers of the host that the module only passes around: numbers that no memory is behind.
//!
//! Each names its kind and its run, so that a wrong or an old one is found out, and looking into one is a crash.

use crate::{
    leg::LegId,
    locks,
    schedule::{current, fail, with},
};
use freeswitch_sys as sys;
use std::{
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

/// What a handle is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Session = 0x21,
    Channel,
    Pool,
    Mutex,
    Condition,
    Attributes,
    Thread,
    Event,
    Binding,
    Interface,
    Matches,
    Frame,
    Document,
    List,
}

/// The number of the next run in this process.
pub(crate) fn next_run() -> u32 {
    static RUNS: AtomicU32 = AtomicU32::new(1);
    RUNS.fetch_add(1, Ordering::Relaxed) & 0x00ff_ffff
}

fn prefix(kind: Kind) -> u64 {
    let run = with(|state| state.run);
    ((kind as u64) << 56) | (u64::from(run) << 32)
}

/// The handle of thing number `id`.
pub(crate) fn of<T>(kind: Kind, id: u64) -> *mut T {
    ptr::without_provenance_mut((prefix(kind) | (id + 1)) as usize)
}

/// The number behind a handle; the run fails when it is none of this kind.
pub(crate) fn id<T>(call: &'static str, kind: Kind, pointer: *const T) -> u64 {
    let address = pointer.addr() as u64;
    match address.checked_sub(prefix(kind)) {
        Some(id) if (1..=0xffff_ffff).contains(&id) => id - 1,
        _ => fail(&format!(
            "{call} got {address:#x}, which is no {kind:?} of this run"
        )),
    }
}

/// A host call about a leg begins: the turn may pass, a fault may strike, and the leg must be this thread's to use.
fn leg_call(call: &'static str, leg: LegId) -> LegId {
    locks::host_call(call);
    usable(call, leg);
    crate::faults::strike(call, leg);
    leg
}

/// The run fails unless this thread is the leg's own, or holds its read lock.
fn usable(call: &'static str, leg: LegId) {
    let me = current();
    let wrong = with(|state| {
        let name = state.threads[me].name.clone();
        let Some(leg) = state.legs.get(leg.index()) else {
            return Some(format!("{name} calls {call} on a leg that never was"));
        };
        if leg.destroyed {
            return Some(format!(
                "{name} calls {call} on leg {}, which is destroyed",
                leg.id.0
            ));
        }
        let own = leg.thread == me || leg.read_locks.contains_key(&me);
        (!own).then(|| {
            format!(
                "{name} calls {call} on leg {} without its read lock",
                leg.id.0
            )
        })
    });
    if let Some(wrong) = wrong {
        fail(&wrong);
    }
}

/// A host call with a session.
pub(crate) fn session_call(
    call: &'static str,
    session: *const sys::switch_core_session_t,
) -> LegId {
    leg_call(call, LegId(id(call, Kind::Session, session)))
}

/// A host call with a session that belongs to the leg's own thread: media, and what joins legs.
pub(crate) fn own_call(call: &'static str, session: *const sys::switch_core_session_t) -> LegId {
    let leg = session_call(call, session);
    let me = current();
    if with(|state| state.leg(leg).thread) != me {
        fail(&format!(
            "{call} on leg {} from another thread than its own",
            leg.0
        ));
    }
    leg
}

/// A host call with a channel.
pub(crate) fn channel_call(call: &'static str, channel: *const sys::switch_channel_t) -> LegId {
    leg_call(call, LegId(id(call, Kind::Channel, channel)))
}

/// A second leg of a host call, perhaps NULL.
pub(crate) fn other_channel(
    call: &'static str,
    channel: *const sys::switch_channel_t,
) -> Option<LegId> {
    if channel.is_null() {
        return None;
    }
    let leg = LegId(id(call, Kind::Channel, channel));
    usable(call, leg);
    Some(leg)
}

/// A second leg of a host call.
pub(crate) fn other_session(
    call: &'static str,
    session: *const sys::switch_core_session_t,
) -> LegId {
    let leg = LegId(id(call, Kind::Session, session));
    usable(call, leg);
    leg
}
