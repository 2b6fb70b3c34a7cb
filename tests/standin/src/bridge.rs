//! Two legs joined, step by step in the host's order: between any two steps either leg may go.

use crate::{
    channel::{self, Waited, hang_up, ready, wait_for_flag},
    delivery, faults,
    leg::{Leg, LegId},
    message::tell,
    schedule::{self, with},
    talk::talk,
    transfer,
};
use freeswitch_sys as sys;

/// `switch_ivr_multi_threaded_bridge`, in the first leg's own thread: until they part. The status is the host's, who
/// calls an abort a success, too.
pub(crate) fn bridge(first: LegId, second: LegId) -> sys::switch_status_t {
    with(|state| {
        for name in ["callee_id_name", "callee_id_number"] {
            let of_second = state.leg(second).profile.field(name).to_owned();
            state.leg_mut(first).profile.set(name, &of_second);
        }
        let found = state.leg_mut(first);
        found.set_flag(sys::CF_BRIDGE_ORIGINATOR, 1);
        found.clean_exit = false;
        state.leg_mut(second).set_flag(sys::CF_BRIDGE_ORIGINATOR, 0);
        state.leg_mut(second).clean_exit = false;
    });
    if with(|state| state.leg(second).is_answered() && !state.leg(first).is_answered()) {
        channel::answer(first);
    }
    let formed = form(first, second);
    if formed == Formed::Not {
        hang_up(second, sys::SWITCH_CAUSE_NO_ANSWER);
    }
    tell(second, sys::SWITCH_MESSAGE_INDICATE_UNBRIDGE);
    tell(first, sys::SWITCH_MESSAGE_INDICATE_UNBRIDGE);
    after(first, second);
    match formed {
        Formed::Not => sys::SWITCH_STATUS_FALSE,
        Formed::Aborted | Formed::AndOver => sys::SWITCH_STATUS_SUCCESS,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Formed {
    Not,
    Aborted,
    AndOver,
}

fn form(first: LegId, second: LegId) -> Formed {
    let uuids = with(|state| {
        (
            state.leg(first).uuid.clone(),
            state.leg(second).uuid.clone(),
        )
    });
    if !with(|state| state.leg(second).is_answered() || state.leg(second).flag(sys::CF_EARLY_MEDIA))
    {
        return Formed::Not;
    }
    if !ready(first) {
        return abort(first, second);
    }
    with(|state| {
        if !state.leg(second).flag(sys::CF_ARRANGED_BRIDGE) {
            state.leg_mut(second).go_to(sys::CS_CONSUME_MEDIA);
        }
        state.note(format!("bridge of legs {} and {}", first.0, second.0));
    });
    let headers = [
        ("Bridge-A-Unique-ID", uuids.0.as_str()),
        ("Bridge-B-Unique-ID", &uuids.1),
    ];
    delivery::fire(sys::SWITCH_EVENT_CHANNEL_BRIDGE, first, &headers);
    between(first, second);
    if channel::locate(&uuids.1).is_none() {
        return Formed::Not;
    }
    let formed = form_locked(first, second, &uuids);
    channel::unlock(second);
    formed
}

/// With the second leg's read lock held.
fn form_locked(first: LegId, second: LegId, uuids: &(String, String)) -> Formed {
    set_both(first, second, uuids, &["bridge_to", "last_bridge_to"]);
    between(first, second);
    if !ready(first) {
        return abort(first, second);
    }
    for leg in [second, first] {
        between(first, second);
        if !tell(leg, sys::SWITCH_MESSAGE_INDICATE_BRIDGE) {
            abort(first, second);
            return Formed::Not;
        }
    }
    set_both(first, second, uuids, &["bridge_uuid", "signal_bond"]);
    with(|state| {
        let now = state.now;
        for (leg, other) in [(first, &uuids.1), (second, &uuids.0)] {
            let found = state.leg_mut(leg);
            found.talked_to.push(other.clone());
            found.talked_until = now;
        }
    });
    between(first, second);
    with(|state| {
        let found = state.leg_mut(second);
        found.bridge_first = Some(first);
        match found.flag(sys::CF_ARRANGED_BRIDGE) {
            true => found.set_flag(sys::CF_ARRANGED_BRIDGE, 0),
            false => found.go_to(sys::CS_EXCHANGE_MEDIA),
        }
    });
    talk(first, &uuids.1);
    with(|state| state.leg_mut(first).set_flag(sys::CF_BRIDGE_ORIGINATOR, 0));
    while with(|state| state.leg(second).state == sys::CS_EXCHANGE_MEDIA) {
        crate::sip::handle(first);
        schedule::sleep("the other leg to leave the bridge", 1000);
    }
    Formed::AndOver
}

/// Between two steps either leg may die, or another thread may come.
fn between(first: LegId, second: LegId) {
    const STEP: &str = "(a bridge forms)";
    schedule::step(STEP);
    schedule::dawdle();
    faults::strike(STEP, first);
    faults::strike(STEP, second);
}

fn set_both(first: LegId, second: LegId, uuids: &(String, String), names: &[&str]) {
    with(|state| {
        for name in names {
            state.leg_mut(first).set_variable(name, &uuids.1);
            state.leg_mut(second).set_variable(name, &uuids.0);
        }
    });
}

fn abort(first: LegId, second: LegId) -> Formed {
    let cause = match with(|state| state.leg(first).cause) {
        sys::SWITCH_CAUSE_NONE => sys::SWITCH_CAUSE_ORIGINATOR_CANCEL,
        cause => cause,
    };
    hang_up(second, cause);
    Formed::Aborted
}

/// What becomes of the first leg: its variables say, unless something else has taken it already.
fn after(first: LegId, second: LegId) {
    let (cause, fate) = with(|state| {
        let cause = match state.leg(second).cause {
            sys::SWITCH_CAUSE_NONE => sys::SWITCH_CAUSE_NORMAL_CLEARING,
            cause => cause,
        };
        (cause, fate(state.leg(first), state.leg(second)))
    });
    match fate {
        Fate::Stays => {}
        Fate::HangsUp => hang_up(first, cause),
        Fate::Parks => with(|state| state.leg_mut(first).go_to(sys::CS_PARK)),
        Fate::GoesTo(to) => transfer::after_bridge(first, &to),
    }
}

enum Fate {
    Stays,
    HangsUp,
    Parks,
    GoesTo(String),
}

fn fate(first: &Leg, second: &Leg) -> Fate {
    let moved = first.flag(sys::CF_TRANSFER) || first.flag(sys::CF_REDIRECT) || first.clean_exit;
    if moved {
        return Fate::Stays;
    }
    if first.variable("hangup_after_bridge").as_deref() == Some("explicit") {
        return Fate::HangsUp;
    }
    if !second.is_answered() {
        return Fate::Stays;
    }
    match first.variable("transfer_after_bridge") {
        _ if first.says("park_after_bridge") => Fate::Parks,
        Some(to) => Fate::GoesTo(to),
        None if first.says("hangup_after_bridge") => Fate::HangsUp,
        None => Fate::Stays,
    }
}

/// `switch_ivr_bridge_bleg`, in the second leg's own thread: waits to be bridged, and stays to the bridge's end.
pub(crate) fn be_second(leg: LegId, first: LegId, millis: u32) -> sys::switch_status_t {
    with(|state| state.leg_mut(leg).set_flag(sys::CF_ARRANGED_BRIDGE, 1));
    schedule::step("(waits to be bridged)");
    let waited = wait_for_flag(leg, sys::CF_ARRANGED_BRIDGE, false, millis, Some(first));
    if waited == Waited::GaveUp {
        return sys::SWITCH_STATUS_FALSE;
    }
    let still = with(|state| {
        let still = state.leg(leg).flag(sys::CF_ARRANGED_BRIDGE);
        state.leg_mut(leg).set_flag(sys::CF_ARRANGED_BRIDGE, 0);
        still
    });
    if still {
        return sys::SWITCH_STATUS_FALSE;
    }
    if !with(|state| state.leg(leg).flag(sys::CF_TRANSFER)) {
        second_side(leg);
    }
    sys::SWITCH_STATUS_SUCCESS
}

/// The second leg's side of the bridge, and what becomes of the leg.
pub(crate) fn second_side(leg: LegId) {
    let first = with(|state| {
        let first = state.leg_mut(leg).bridge_first.take();
        first.map(|first| state.leg(first).uuid.clone())
    });
    match &first {
        Some(uuid) => talk(leg, uuid),
        None => hang_up(leg, sys::SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER),
    }
    let (stays, park, to, answered) = with(|state| {
        let found = state.leg(leg);
        let moved =
            found.flag(sys::CF_TRANSFER) || found.flag(sys::CF_REDIRECT) || found.clean_exit;
        let stays = first.is_some() && !moved && found.state == sys::CS_EXCHANGE_MEDIA;
        (
            stays,
            found.says("park_after_bridge"),
            found.variable("transfer_after_bridge"),
            found.is_answered(),
        )
    });
    if !stays {
        return;
    }
    match to {
        _ if park => with(|state| state.leg_mut(leg).go_to(sys::CS_PARK)),
        Some(to) => transfer::after_bridge(leg, &to),
        None if answered => hang_up(leg, sys::SWITCH_CAUSE_NORMAL_CLEARING),
        None => hang_up(leg, sys::SWITCH_CAUSE_ORIGINATOR_CANCEL),
    }
}
