//! One side of a bridge while it lasts.

use crate::{
    apps,
    channel::{self, hang_up, ready, wait_for_flag},
    leg::LegId,
    media,
    schedule::with,
    world::State,
};
use freeswitch_sys as sys;

/// One side of the bridge, in that leg's own thread: audio to and fro until something ends it.
pub(crate) fn talk(leg: LegId, other_uuid: &str) {
    let Some(other) = channel::locate(other_uuid) else {
        return;
    };
    with(|state| state.leg_mut(leg).set_flag(sys::CF_BRIDGED, 1));
    wait_for_flag(other, sys::CF_BRIDGED, true, 10_000, Some(leg));
    let joined = with(|state| state.leg(other).flag(sys::CF_BRIDGED));
    if joined {
        exchange(leg, other);
    } else if with(|state| {
        let found = state.leg(other);
        !found.flag(sys::CF_TRANSFER)
            && !found.flag(sys::CF_REDIRECT)
            && found.state != sys::CS_RESET
    }) {
        hang_up(other, sys::SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER);
    }
    part(leg, other);
    channel::unlock(other);
}

fn exchange(leg: LegId, other: LegId) {
    let mut shown = false;
    while goes_on(leg, other) {
        apps::run_queued(leg);
        with(|state| {
            let keys: String = state.leg_mut(leg).keys.drain(..).collect();
            state.leg_mut(other).keys_heard.push_str(&keys);
            if !shown && state.leg(leg).flag(sys::CF_BRIDGE_ORIGINATOR) {
                shown = true;
                show_each_other(state, leg, other);
            }
        });
        if !media::frame(leg) {
            return;
        }
    }
}

/// Whether this side stays for one more frame. A leg that is sent elsewhere leaves in good order.
fn goes_on(leg: LegId, other: LegId) -> bool {
    let sent_away = with(|state| {
        let theirs = state.leg(other).flag(sys::CF_TRANSFER);
        let found = state.leg_mut(leg);
        found.clean_exit |= found.flag(sys::CF_TRANSFER);
        if found.clean_exit || theirs {
            found.set_flag(sys::CF_HOLD, 0);
        }
        found.clean_exit || theirs
    });
    if sent_away || !with(|state| state.leg(other).flag(sys::CF_BRIDGED)) {
        return false;
    }
    if !ready(leg) {
        with(|state| {
            let found = state.leg_mut(leg);
            found.clean_exit = found.is_up();
        });
        return false;
    }
    with(|state| state.leg(other).is_up())
}

/// Each phone is shown who is at the other end, as `switch_ivr_bridge_display` finds it out.
fn show_each_other(state: &mut State, first: LegId, second: LegId) {
    let (one, two) = (&state.leg(first).profile, &state.leg(second).profile);
    let or = |wanted: &str, else_wanted: &str| {
        if wanted.is_empty() {
            else_wanted.to_owned()
        } else {
            wanted.to_owned()
        }
    };
    let to_second = (
        or(two.field("caller_id_name"), one.field("caller_id_name")),
        or(two.field("caller_id_number"), one.field("caller_id_number")),
    );
    let number = or(
        two.field("callee_id_number"),
        two.field("destination_number"),
    );
    let to_first = (or(two.field("callee_id_name"), &number), number);
    state.leg_mut(second).show(to_second.0, to_second.1);
    state.leg_mut(first).show(to_first.0, to_first.1);
}

/// This side leaves. A phone that holds takes the other leg down with it.
fn part(leg: LegId, other: LegId) {
    with(|state| {
        let now = state.now;
        let found = state.leg_mut(leg);
        found.talked_until = now;
        found.set_variable("bridge_to", "");
        found.set_flag(sys::CF_BRIDGED, 0);
    });
    if with(|state| state.leg(leg).flag(sys::CF_LEG_HOLDING)) {
        let take_down = with(|state| {
            let found = state.leg(other);
            found.is_ready(false) && found.state != sys::CS_PARK && !found.clean_exit
        });
        if take_down {
            hang_up(other, sys::SWITCH_CAUSE_NORMAL_CLEARING);
        }
        with(|state| state.leg_mut(leg).set_flag(sys::CF_LEG_HOLDING, 0));
    }
}
