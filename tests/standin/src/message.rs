//! What a leg is told: by the switch, for its phone's display, and what an event tells of a leg.

use crate::{
    channel::unlock,
    host::{boundary::text, callback},
    leg::{Leg, LegId},
    schedule::{current, with},
};
use freeswitch_sys as sys;
use std::ffi::c_char;

/// `switch_core_session_receive_message` with a message of the switch's own.
pub(crate) fn tell(leg: LegId, kind: sys::switch_core_session_message_types_t) -> bool {
    // SAFETY: NULL and 0 are the host's own way to begin a message.
    let mut message: sys::switch_core_session_message_t = unsafe { std::mem::zeroed() };
    message.message_id = kind;
    receive(leg, &mut message)
}

/// `switch_core_session_receive_message`: the phone first, then the hooks on the leg.
pub(crate) fn receive(leg: LegId, message: &mut sys::switch_core_session_message_t) -> bool {
    let me = current();
    let hooks = with(|state| {
        let found = state.leg_mut(leg);
        if found.destroyed || found.state >= sys::CS_DESTROY {
            return None;
        }
        found.lock_for_reading(me);
        Some(found.hooks.clone())
    });
    let Some(hooks) = hooks else { return false };
    if message.message_id == sys::SWITCH_MESSAGE_INDICATE_DISPLAY {
        let [name, number, ..] = message.string_array_arg;
        show(leg, name, number);
    }
    let fine = hooks
        .iter()
        .all(|hook| callback::tell(*hook, leg, message) == sys::SWITCH_STATUS_SUCCESS);
    unlock(leg);
    fine
}

/// A name and number for the phone's display.
fn show(leg: LegId, name: *const c_char, number: *const c_char) {
    let (name, number) = (text(name), text(number));
    with(|state| state.leg_mut(leg).show(name, number));
}

impl Leg {
    /// A name and number for the phone's display; only a phone that is in the call shows them.
    pub(crate) fn show(&mut self, name: String, number: String) {
        if !name.is_empty() {
            self.set_variable("last_sent_callee_id_name", &name);
        }
        if !number.is_empty() {
            self.set_variable("last_sent_callee_id_number", &number);
        }
        if self.is_up()
            && self.is_answered()
            && self.displays.last() != Some(&(name.clone(), number.clone()))
        {
            self.displays.push((name, number));
        }
    }
}

/// The headers of every event about a channel.
pub(crate) fn event_data(leg: &Leg) -> Vec<(String, String)> {
    let answer = match (leg.is_up(), leg.is_answered()) {
        (false, _) => "hangup",
        (true, true) => "answered",
        (true, false) => "ringing",
    };
    let direction = if leg.inbound { "inbound" } else { "outbound" };
    let fixed = [
        ("Unique-ID", leg.uuid.as_str()),
        ("Call-Direction", direction),
        ("Answer-State", answer),
        ("Caller-Caller-ID-Name", leg.profile.field("caller_id_name")),
        (
            "Caller-Caller-ID-Number",
            leg.profile.field("caller_id_number"),
        ),
        (
            "Caller-Destination-Number",
            leg.profile.field("destination_number"),
        ),
    ];
    let fixed = fixed
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let variables = leg
        .variables()
        .map(|(name, value)| (format!("variable_{name}"), value));
    fixed.chain(variables).collect()
}
