//! Sending a leg elsewhere.

use crate::{
    channel::{self, hang_up},
    leg::{LegId, Signal},
    message,
    schedule::{self, with},
    world::State,
};
use freeswitch_sys as sys;

/// How late a note is, in microseconds, where it is late.
const LATE: i64 = 50_000;

/// `switch_ivr_session_transfer`.
pub(crate) fn session_transfer(
    leg: LegId,
    exten: &str,
    dialplan: Option<&str>,
    context: Option<&str>,
) -> bool {
    if !counts_down(leg) {
        hang_up(leg, sys::SWITCH_CAUSE_EXCHANGE_ROUTING_ERROR);
        return false;
    }
    let partner = with(|state| {
        let found = state.leg_mut(leg);
        found.set_variable("temp_hold_music", "");
        found.set_variable("signal_bond", "");
        found.set_flag(sys::CF_TRANSFER, 1);
        found.variable("bridge_to")
    });
    schedule::step("(a transfer goes on)");
    if let Some(partner) = partner.and_then(|uuid| channel::locate(&uuid)) {
        with(|state| state.leg_mut(partner).set_variable("signal_bond", ""));
        channel::unlock(partner);
    }
    let went_to = with(|state| route(state, leg, exten, dialplan, context));
    if with(|state| state.faults.writes_notes_late()) {
        schedule::sleep("the core's note on a transfer", LATE);
    }
    message::tell(leg, sys::SWITCH_MESSAGE_INDICATE_TRANSFER);
    with(|state| write_note(state, leg, &went_to));
    true
}

/// Each transfer takes one from `max_forwards`; `false` when none is left.
fn counts_down(leg: LegId) -> bool {
    with(|state| {
        let found = state.leg_mut(leg);
        let left = found
            .variable("max_forwards")
            .and_then(|value| value.parse::<i32>().ok());
        let left = left.map_or(70, |left| left - 1);
        found.set_variable("max_forwards", &left.to_string());
        left > 0
    })
}

/// A new profile, and off to the dialplan; where to, as the host notes it, and the profile's number.
fn route(
    state: &mut State,
    leg: LegId,
    exten: &str,
    dialplan: Option<&str>,
    context: Option<&str>,
) -> (String, String) {
    let uuid = state.uuid();
    let found = state.leg_mut(leg);
    let mut profile = found.profile.clone();
    let inline_before = profile.field("dialplan").eq_ignore_ascii_case("inline");
    let dialplan = match dialplan {
        Some(dialplan) => dialplan.to_owned(),
        None if inline_before || profile.field("dialplan").is_empty() => "XML".to_owned(),
        None => profile.field("dialplan").to_owned(),
    };
    let context = context.unwrap_or(profile.field("context")).to_owned();
    let before = profile.field("destination_number").to_owned();
    for (name, value) in [
        ("dialplan", dialplan.as_str()),
        ("context", &context),
        ("destination_number", exten),
        ("rdnis", &before),
    ] {
        profile.set(name, value);
    }
    profile.transfer_source = None;
    profile.uuid.clone_from(&uuid);
    found.profile = profile;
    found.go_to(sys::CS_ROUTING);
    (format!("bl_xfer:{exten}/{context}/{dialplan}"), uuid)
}

/// The host's note on a transfer, on the profile and in the variables.
fn write_note(state: &mut State, leg: LegId, went_to: &(String, String)) {
    let (to, profile) = went_to;
    let note = format!("{}:{profile}:{to}", state.now / 1_000_000);
    let found = state.leg_mut(leg);
    if found.profile.uuid == *profile {
        found.profile.transfer_source = Some(note.clone());
    }
    found.push_variable("transfer_history", &note);
    found.set_variable("transfer_source", &note);
}

/// `transfer_after_bridge`: `exten:dialplan:context`.
pub(crate) fn after_bridge(leg: LegId, to: &str) {
    with(|state| state.leg_mut(leg).set_variable("transfer_after_bridge", ""));
    let mut parts = to.split(':');
    if let Some(exten) = parts.next() {
        session_transfer(leg, exten, parts.next(), parts.next());
    }
}

/// `switch_ivr_blind_transfer_ack`: tells a phone that waits for it how its transfer ended; `false` when none waits.
pub(crate) fn acknowledge(leg: LegId, success: bool) -> bool {
    let waiting = with(|state| {
        let found = state.leg_mut(leg);
        let confirms = found.flag(sys::CF_CONFIRM_BLIND_TRANSFER);
        found.set_flag(sys::CF_CONFIRM_BLIND_TRANSFER, 0);
        confirms
            .then(|| found.variable("blind_transfer_uuid"))
            .flatten()
    });
    let Some(transferor) = waiting.and_then(|uuid| channel::locate(&uuid)) else {
        return false;
    };
    with(|state| {
        let found = state.leg_mut(transferor);
        found.set_variable(
            "standin_transfer_result",
            if success { "success" } else { "failure" },
        );
        if success {
            found.signals.push_back(Signal::Bye);
        }
    });
    if !success {
        // mod_sofia has the transferor's leg take its call back.
        let intercept = with(|state| format!("intercept:{}", state.leg(leg).uuid));
        session_transfer(transferor, &intercept, Some("inline"), None);
    }
    channel::unlock(transferor);
    true
}
