//! A leg's life in its own thread: the host's states, one after the other, until nobody needs the leg any more.

use crate::{
    apps, bridge,
    channel::{hang_up, ready},
    delivery,
    leg::{Leg, LegId},
    media, schedule,
    schedule::with,
    sip, transfer, uuid_bridge,
    world::State,
};
use freeswitch_sys as sys;

/// Makes a leg and starts its thread.
pub(crate) fn begin(phone: &str, inbound: bool, prepare: impl FnOnce(&mut Leg)) -> LegId {
    let leg = with(|state| {
        let id = LegId(state.legs.len() as u64);
        let (uuid, profile) = (state.uuid(), state.uuid());
        let jitter = state.chance.below(media::FRAME as u64) as i64;
        let mut leg = Leg::new(id, uuid, phone, inbound);
        leg.next_frame = state.now + jitter;
        leg.times.created = state.now;
        leg.profile.uuid = profile;
        leg.profile.set("context", "default");
        if inbound {
            leg.profile.set("source", "mod_sofia");
        }
        leg.set_variable("sip_call_id", &leg.uuid.clone());
        prepare(&mut leg);
        state.note(format!("leg {} is {} ({phone})", id.0, leg.uuid));
        state.legs.push(leg);
        id
    });
    let thread = schedule::spawn(&format!("leg {} ({phone})", leg.0), move || live(leg));
    with(|state| state.leg_mut(leg).thread = thread);
    leg
}

/// From the first state to the last.
fn live(leg: LegId) {
    loop {
        sip::handle(leg);
        let state = with(|state| enter(state, leg));
        match state {
            Some(sys::CS_HANGUP) => break,
            Some(state) => act(leg, state),
            None => {
                schedule::wait(
                    format!("something for leg {} to do", leg.0),
                    None,
                    move |state| {
                        let found = state.leg(leg);
                        found.state != found.running_state || !found.signals.is_empty()
                    },
                );
            }
        }
    }
    end(leg);
}

/// Hung up: reports, and waits until nobody needs the leg any more.
fn end(leg: LegId) {
    with(|state| {
        let found = state.leg_mut(leg);
        found.running_state = sys::CS_HANGUP;
        found.hooks.clear();
        found.heard.iter_mut().for_each(|heard| heard.now = false);
        if found.variable("sip_hangup_disposition").is_none() {
            found.set_variable("sip_hangup_disposition", "send_bye");
        }
    });
    schedule::step("(a leg ends)");
    with(|state| state.leg_mut(leg).go_to(sys::CS_REPORTING));
    schedule::step("(a leg ends)");
    with(|state| state.leg_mut(leg).go_to(sys::CS_DESTROY));
    let what = format!("the read locks on leg {} to be given back", leg.0);
    schedule::wait(what, None, move |state| {
        state.leg(leg).read_locks.is_empty()
    });
    delivery::fire(sys::SWITCH_EVENT_CHANNEL_DESTROY, leg, &[]);
    with(|state| {
        state.leg_mut(leg).destroyed = true;
        state.note(format!("leg {} is destroyed", leg.0));
    });
}

/// The state that the leg has newly come to, if any: flags of a transfer are cleared on the way in.
fn enter(state: &mut State, leg: LegId) -> Option<sys::switch_channel_state_t> {
    let found = state.leg_mut(leg);
    if found.state == found.running_state {
        return None;
    }
    found.running_state = found.state;
    found.set_flag(sys::CF_TRANSFER, 0);
    found.set_flag(sys::CF_REDIRECT, 0);
    Some(found.state.min(sys::CS_HANGUP))
}

fn act(leg: LegId, state: sys::switch_channel_state_t) {
    if uuid_bridge::on_the_way(leg) {
        return;
    }
    match state {
        sys::CS_INIT => init(leg),
        sys::CS_ROUTING => route(leg),
        sys::CS_EXECUTE => execute(leg),
        sys::CS_EXCHANGE_MEDIA => second_in_bridge(leg),
        sys::CS_PARK => park(leg),
        _ => {}
    }
}

fn init(leg: LegId) {
    if with(|state| !state.leg(leg).inbound) {
        delivery::fire(sys::SWITCH_EVENT_CHANNEL_ORIGINATE, leg, &[]);
    }
    with(|state| state.leg_mut(leg).go_to(sys::CS_ROUTING));
}

/// Finds what the leg is to run. A leg that was dialled and has nothing to run waits to be bridged.
fn route(leg: LegId) {
    let found = with(|state| {
        let found = state.leg(leg);
        let (dialplan, number) = (
            found.profile.field("dialplan"),
            found.profile.field("destination_number"),
        );
        if dialplan.is_empty() && !found.inbound {
            state.leg_mut(leg).go_to(sys::CS_CONSUME_MEDIA);
            return None;
        }
        Some(state.dialplan.hunt(dialplan, number))
    });
    match found {
        None => {}
        Some(Some(actions)) => with(|state| {
            let found = state.leg_mut(leg);
            found.extension = actions.into();
            found.go_to(sys::CS_EXECUTE);
        }),
        Some(None) if transfer::acknowledge(leg, false) => {}
        Some(None) => hang_up(leg, sys::SWITCH_CAUSE_NO_ROUTE_DESTINATION),
    }
}

/// Runs the applications of the extension, and hangs up behind the last one.
fn execute(leg: LegId) {
    while with(|state| state.leg(leg).state == sys::CS_EXECUTE) {
        sip::handle(leg);
        let Some((name, data)) = with(|state| state.leg_mut(leg).extension.pop_front()) else {
            break;
        };
        apps::execute(leg, &name, &data);
    }
    if ready(leg) && with(|state| state.leg(leg).state == sys::CS_EXECUTE) {
        if transfer::acknowledge(leg, false) {
            with(|state| state.leg_mut(leg).go_to(sys::CS_PARK));
        } else {
            hang_up(leg, sys::SWITCH_CAUSE_NORMAL_CLEARING);
        }
    }
}

fn second_in_bridge(leg: LegId) {
    bridge::second_side(leg);
    with(|state| {
        let found = state.leg_mut(leg);
        if found.state == sys::CS_EXCHANGE_MEDIA {
            found.go_to(sys::CS_PARK);
        }
    });
}

/// The host's own park: reads and sends nothing until something else is wanted of the leg.
pub(crate) fn park(leg: LegId) {
    while ready(leg) {
        apps::run_queued(leg);
        if !media::frame(leg) {
            return;
        }
    }
}
