//! Applications: the module's own, and the few of the host that the scripted dialplan needs.

use crate::{
    bridge, cause, channel,
    channel::{hang_up, ready},
    host::callback,
    leg::LegId,
    life, media, originate,
    schedule::with,
    transfer, uuid_bridge,
};
use freeswitch_sys as sys;

/// `switch_core_session_execute_application`, in the leg's own thread.
pub(crate) fn execute(leg: LegId, name: &str, data: &str) {
    if !with(|state| state.leg(leg).is_up()) {
        return;
    }
    let data = expand(leg, data);
    with(|state| {
        state.note(format!("leg {} executes {name}({data})", leg.0));
        let found = state.leg_mut(leg);
        found.set_variable("current_application", name);
        found.set_variable("current_application_data", &data);
        found.running.push(name.to_owned());
    });
    run(leg, name, &data);
    with(|state| _ = state.leg_mut(leg).running.pop());
}

fn run(leg: LegId, name: &str, data: &str) {
    if built_in(leg, name, data) {
        return;
    }
    match with(|state| state.interfaces.application(name)) {
        Some((function, wants_media)) => {
            if wants_media {
                channel::bring_media(leg);
            }
            callback::run_application(name, function, leg, data);
        }
        None => hang_up(leg, sys::SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER),
    }
}

/// Runs what was queued for the leg: applications that run inside whatever it does now.
pub(crate) fn run_queued(leg: LegId) {
    while let Some((name, data)) = with(|state| state.leg_mut(leg).inside_bridge.pop_front()) {
        execute(leg, &name, &data);
    }
}

fn built_in(leg: LegId, name: &str, data: &str) -> bool {
    match name {
        "answer" => _ = channel::answer(leg),
        "hangup" => hang_up(leg, cause::cause_named(data)),
        "park" => life::park(leg),
        "set" => {
            if let Some((variable, value)) = data.split_once('=') {
                with(|state| state.leg_mut(leg).set_variable(variable, value));
            }
        }
        "sleep" => _ = media::pause(leg, data.parse().unwrap_or(0), None),
        "playback" => _ = media::play(leg, data, None),
        "transfer" => {
            let mut parts = data.split(' ');
            let exten = parts.next().unwrap_or_default();
            transfer::session_transfer(leg, exten, parts.next(), parts.next());
        }
        "bridge" => dial_and_bridge(leg, data),
        "intercept" => uuid_bridge::intercept(leg, data),
        _ => return false,
    }
    true
}

/// The host's application `bridge`.
fn dial_and_bridge(leg: LegId, to: &str) {
    let (name, number, limit) = with(|state| {
        let found = state.leg(leg);
        let (name, number) = (
            found.profile.field("caller_id_name"),
            found.profile.field("caller_id_number"),
        );
        let limit = found
            .variable("call_timeout")
            .and_then(|limit| limit.parse().ok())
            .unwrap_or(60);
        (name.to_owned(), number.to_owned(), limit)
    });
    let dial = originate::Dial {
        to,
        name: &name,
        number: &number,
        seconds: limit,
        variables: &[],
        on_behalf: Some(leg),
    };
    match originate::originate(&dial, || 0) {
        Ok(second) => {
            with(|state| {
                let uuid = state.leg(second).uuid.clone();
                state.leg_mut(leg).set_variable("signal_bond", &uuid);
            });
            bridge::bridge(leg, second);
            channel::unlock(second);
        }
        Err(cause) => nobody_answered(leg, cause),
    }
}

fn nobody_answered(leg: LegId, cause: sys::switch_call_cause_t) {
    let goes_on = with(|state| {
        let found = state.leg_mut(leg);
        found.set_variable("originate_disposition", cause::cause_name(cause));
        found.says("continue_on_fail")
    });
    if !goes_on && ready(leg) {
        hang_up(leg, cause);
    }
}

/// `${name}` in an application's data, from the leg's variables, its profile, or the global ones.
fn expand(leg: LegId, data: &str) -> String {
    let mut expanded = String::new();
    let mut rest = data;
    while let Some((before, behind)) = rest.split_once("${") {
        let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
        expanded += before;
        expanded += &variable(leg, name).unwrap_or_default();
        rest = after;
    }
    expanded + rest
}

/// `switch_channel_get_variable`: the channel's own, else a field of the profile, else a global one.
pub(crate) fn variable(leg: LegId, name: &str) -> Option<String> {
    with(|state| {
        let found = state.leg(leg);
        let own = found.variable(name).or_else(|| {
            found
                .profile
                .get(name)
                .filter(|value| !value.is_empty())
                .cloned()
        });
        own.or_else(|| state.global_variables.get(name).cloned())
    })
}
