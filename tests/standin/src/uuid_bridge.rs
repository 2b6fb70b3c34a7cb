//! `uuid_bridge`: two legs are taken out of whatever they do and joined, a while later, by the first one's thread.

use crate::{
    bridge,
    channel::{self, hang_up},
    leg::LegId,
    schedule::{self, with},
    transfer,
};
use freeswitch_sys as sys;

/// Looks at the other leg this often, in microseconds.
const LOOK: i64 = 20_000;
/// And so many times in vain.
const LOOKS: u32 = 1000;

/// `switch_ivr_uuid_bridge`: returns at once; what comes of it comes later.
pub(crate) fn uuid_bridge(first: &str, second: &str) -> bool {
    let (one, two) = (channel::locate(first), channel::locate(second));
    let both = one.zip(two);
    if let Some((one, two)) = both {
        redirect(one, two);
    }
    for located in [one, two].into_iter().flatten() {
        channel::unlock(located);
    }
    both.is_some()
}

/// `switch_ivr_intercept_session`, in the taker's own thread: the other leg is parked first, so that its dialplan does
/// not go on.
pub(crate) fn intercept(taker: LegId, uuid: &str) {
    let Some(taken) = channel::locate(uuid) else {
        return;
    };
    channel::answer(taker);
    channel::answer(taken);
    let own = with(|state| {
        state.leg_mut(taken).go_to(sys::CS_PARK);
        state.leg(taker).uuid.clone()
    });
    uuid_bridge(&own, uuid);
    channel::unlock(taken);
}

fn redirect(one: LegId, two: LegId) {
    with(|state| {
        for (leg, other) in [(one, two), (two, one)] {
            let uuid = state.leg(other).uuid.clone();
            let note = format!(
                "{}:{}:uuid_br:{uuid}",
                state.now / 1_000_000,
                state.leg(leg).profile.uuid
            );
            let found = state.leg_mut(leg);
            found.set_variable("signal_bond", &uuid);
            found.set_variable("bridge_uuid", &uuid);
            found.profile.transfer_source = Some(note.clone());
            found.push_variable("transfer_history", &note);
            found.set_variable("transfer_source", &note);
            found.set_flag(sys::CF_REDIRECT, 1);
            found.set_flag(sys::CF_TRANSFER, 1);
            found.uuid_bridge = Some(leg == one);
        }
        let uuid = state.leg(two).uuid.clone();
        state.leg_mut(one).set_variable("uuid_bridge", &uuid);
    });
    schedule::step("(a uuid_bridge goes on)");
    with(|state| {
        for leg in [one, two] {
            state.leg_mut(leg).go_to(sys::CS_HIBERNATE);
        }
    });
}

/// A leg that is to be joined reaches one of the states on the way there; `false`: it is on no such way.
pub(crate) fn on_the_way(leg: LegId) -> bool {
    let Some((first, state)) = with(|state| {
        state
            .leg(leg)
            .uuid_bridge
            .map(|first| (first, state.leg(leg).state))
    }) else {
        return false;
    };
    match state {
        sys::CS_HIBERNATE => with(|state| state.leg_mut(leg).go_to(sys::CS_RESET)),
        sys::CS_RESET if first => with(|state| state.leg_mut(leg).go_to(sys::CS_SOFT_EXECUTE)),
        sys::CS_SOFT_EXECUTE => {
            with(|state| state.leg_mut(leg).uuid_bridge = None);
            if first {
                join(leg);
            }
        }
        _ => {}
    }
    true
}

/// The first leg's thread waits for the other, and bridges.
fn join(leg: LegId) {
    let other = with(|state| {
        let uuid = state.leg(leg).variable("uuid_bridge");
        state.leg_mut(leg).set_variable("uuid_bridge", "");
        uuid
    });
    match other.and_then(|uuid| channel::locate(&uuid)) {
        Some(other) => {
            join_with(leg, other);
            channel::unlock(other);
        }
        None => left_alone(leg),
    }
}

fn join_with(leg: LegId, other: LegId) {
    for _ in 0..LOOKS {
        let (up, state, running) = with(|state| {
            let found = state.leg(other);
            (found.is_up(), found.state, found.running_state)
        });
        if !up || channel::down(leg) || (state == running && running == sys::CS_SOFT_EXECUTE) {
            break;
        }
        if state == running && running == sys::CS_RESET {
            with(|state| state.leg_mut(other).go_to(sys::CS_SOFT_EXECUTE));
        }
        schedule::sleep("the other leg of a uuid_bridge", LOOK);
    }
    let (mine, theirs) = (channel::ready(leg), channel::ready(other));
    if !mine || !theirs {
        hang_up(other, sys::SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER);
        hang_up(leg, sys::SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER);
        return;
    }
    bridge::bridge(leg, other);
    with(|state| {
        let found = state.leg_mut(leg);
        let moved = found.flag(sys::CF_TRANSFER) || found.flag(sys::CF_REDIRECT);
        if !moved && found.state != sys::CS_ROUTING && found.state != sys::CS_PARK {
            found.go_to(sys::CS_EXECUTE);
        }
    });
}

/// The other leg has gone meanwhile.
fn left_alone(leg: LegId) {
    let (park, to) = with(|state| {
        let found = state.leg(leg);
        (
            found.says("park_after_bridge"),
            found.variable("transfer_after_bridge"),
        )
    });
    match to {
        _ if park => with(|state| state.leg_mut(leg).go_to(sys::CS_PARK)),
        Some(to) => transfer::after_bridge(leg, &to),
        None => hang_up(leg, sys::SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER),
    }
}
