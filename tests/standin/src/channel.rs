//! What the switch does to a channel: ready or not, answer, hang up, read locks, waits for a flag.

use crate::{
    cause::cause_name,
    delivery,
    leg::{Leg, LegId},
    schedule::{self, current, with},
    sip,
};
use freeswitch_sys as sys;

/// Hangs up a leg as its own user does, or somebody who means just this leg.
pub(crate) fn end_itself(leg: LegId, cause: sys::switch_call_cause_t) {
    with(|state| {
        let found = state.leg_mut(leg);
        found.own_end |= found.is_up();
    });
    hang_up(leg, cause);
}

/// Whether this is the leg's own thread.
pub(crate) fn in_own_thread(leg: LegId) -> bool {
    let me = current();
    with(|state| state.leg(leg).thread == me)
}

/// `switch_channel_ready`: in the leg's own thread it handles what the phone has sent.
pub(crate) fn ready(leg: LegId) -> bool {
    sip::handle(leg);
    let own = in_own_thread(leg);
    with(|state| state.leg(leg).is_ready(own))
}

/// `switch_channel_down`.
pub(crate) fn down(leg: LegId) -> bool {
    sip::handle(leg);
    with(|state| !state.leg(leg).is_up())
}

/// `switch_channel_hangup`: once; any thread.
pub(crate) fn hang_up(leg: LegId, cause: sys::switch_call_cause_t) {
    let first = with(|state| {
        let now = state.now;
        let found = state.leg_mut(leg);
        found.set_flag(sys::CF_LEG_HOLDING, 0);
        if !found.is_up() || found.cause != sys::SWITCH_CAUSE_NONE {
            return false;
        }
        found.state = sys::CS_HANGUP;
        found.cause = cause;
        found.down_since = now;
        let partner = found
            .variable("bridge_to")
            .and_then(|uuid| state.leg_of(&uuid));
        if let Some(partner) = partner {
            state
                .leg_mut(partner)
                .set_variable("last_bridge_hangup_cause", cause_name(cause));
        }
        state.note(format!("leg {} hangs up: {}", leg.0, cause_name(cause)));
        true
    });
    if first {
        delivery::fire(sys::SWITCH_EVENT_CHANNEL_HANGUP, leg, &[]);
    }
}

/// `switch_channel_answer` on an inbound leg; an outbound one answers itself.
pub(crate) fn answer(leg: LegId) -> bool {
    if !with(|state| state.leg(leg).inbound) {
        return true;
    }
    with(|state| {
        let found = state.leg_mut(leg);
        if !found.is_up() {
            return false;
        }
        if !found.is_answered() {
            let (name, number) = (
                found.profile.field("callee_id_name"),
                found.profile.field("callee_id_number"),
            );
            found.answered_with = Some((name.to_owned(), number.to_owned()));
            found.set_flag(sys::CF_ANSWERED, 1);
            found.set_variable("endpoint_disposition", "ANSWER");
            state.note(format!("leg {} is answered", leg.0));
        }
        true
    })
}

/// `switch_channel_pre_answer`, which every media function begins with.
pub(crate) fn bring_media(leg: LegId) -> bool {
    with(|state| {
        let found = state.leg_mut(leg);
        if !found.is_answered() && found.inbound {
            found.set_flag(sys::CF_EARLY_MEDIA, 1);
        }
        found.is_up()
    })
}

/// `switch_core_session_locate`: the leg with its read lock taken; not once it hangs up.
pub(crate) fn locate(uuid: &str) -> Option<LegId> {
    let me = current();
    with(|state| {
        let id = state.leg_of(uuid)?;
        let leg = state.leg_mut(id);
        if leg.destroyed || !leg.is_up() {
            return None;
        }
        leg.lock_for_reading(me);
        Some(id)
    })
}

/// `switch_core_session_force_locate`: also while it hangs up, until it is destroyed.
pub(crate) fn locate_ending(uuid: &str) -> Option<LegId> {
    let me = current();
    with(|state| {
        let id = state.leg_of(uuid)?;
        let leg = state.leg_mut(id);
        if leg.destroyed {
            return None;
        }
        leg.lock_for_reading(me);
        Some(id)
    })
}

/// `switch_core_session_rwunlock`.
pub(crate) fn unlock(leg: LegId) {
    let me = current();
    if !with(|state| state.leg_mut(leg).unlock(me)) {
        schedule::fail(&format!(
            "leg {}'s read lock is given back by a thread that has none",
            leg.0
        ));
    }
}

/// How [`wait_for_flag`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    Seen,
    GaveUp,
    TimeIsUp,
}

/// `switch_channel_wait_for_flag`: until `leg` has the flag or hasn't, `leg` goes down, or `other` is not ready any more.
pub(crate) fn wait_for_flag(
    leg: LegId,
    flag: sys::switch_channel_flag_t,
    wanted: bool,
    millis: u32,
    other: Option<LegId>,
) -> Waited {
    let until = (millis > 0).then(|| with(|state| state.now + i64::from(millis) * 1000));
    let me = current();
    // The host looks at the flag, waits a moment, and looks whether anybody has gone, before it looks at the flag again.
    loop {
        if with(|state| state.leg(leg).flag(flag) == wanted) {
            return Waited::Seen;
        }
        let what = format!("flag {flag} of leg {}", leg.0);
        schedule::wait(what, until, move |state| {
            let (found, other) = (state.leg(leg), other.map(|other| state.leg(other)));
            let wakes = |leg: &Leg| leg.thread == me && !leg.signals.is_empty();
            found.flag(flag) == wanted
                || !found.is_up()
                || wakes(found)
                || other.is_some_and(|other| wakes(other) || !other.is_ready(other.thread == me))
        });
        if other.is_some_and(|other| !ready(other)) || down(leg) {
            return Waited::GaveUp;
        }
        if until.is_some_and(|until| with(|state| state.now >= until)) {
            return Waited::TimeIsUp;
        }
    }
}
