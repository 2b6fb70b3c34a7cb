//! What the switch does to a channel: ready or not, answer, hang up, read locks, messages.

use crate::{
    delivery,
    host::callback,
    leg::{Leg, LegId},
    schedule::{self, current, with},
    sip,
};
use freeswitch_sys as sys;
use std::ffi::c_char;

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
        let found = state.leg_mut(leg);
        found.set_flag(sys::CF_LEG_HOLDING, 0);
        if !found.is_up() || found.cause != sys::SWITCH_CAUSE_NONE {
            return false;
        }
        found.state = sys::CS_HANGUP;
        found.cause = cause;
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
    loop {
        if with(|state| state.leg(leg).flag(flag) == wanted) {
            return Waited::Seen;
        }
        if other.is_some_and(|other| !ready(other)) || down(leg) {
            return Waited::GaveUp;
        }
        if until.is_some_and(|until| with(|state| state.now >= until)) {
            return Waited::TimeIsUp;
        }
        schedule::wait(
            format!("flag {flag} of leg {}", leg.0),
            until,
            move |state| {
                let (found, other) = (state.leg(leg), other.map(|other| state.leg(other)));
                let wakes = |leg: &Leg| leg.thread == me && !leg.signals.is_empty();
                found.flag(flag) == wanted
                    || !found.is_up()
                    || wakes(found)
                    || other
                        .is_some_and(|other| wakes(other) || !other.is_ready(other.thread == me))
            },
        );
    }
}

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
    let (name, number) = (
        crate::host::boundary::text(name),
        crate::host::boundary::text(number),
    );
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

/// The causes that the stand-in knows, by name.
const CAUSES: [(&str, sys::switch_call_cause_t); 27] = [
    ("NONE", sys::SWITCH_CAUSE_NONE),
    ("UNALLOCATED_NUMBER", sys::SWITCH_CAUSE_UNALLOCATED_NUMBER),
    (
        "NO_ROUTE_DESTINATION",
        sys::SWITCH_CAUSE_NO_ROUTE_DESTINATION,
    ),
    ("NORMAL_CLEARING", sys::SWITCH_CAUSE_NORMAL_CLEARING),
    ("USER_BUSY", sys::SWITCH_CAUSE_USER_BUSY),
    ("NO_USER_RESPONSE", sys::SWITCH_CAUSE_NO_USER_RESPONSE),
    ("NO_ANSWER", sys::SWITCH_CAUSE_NO_ANSWER),
    ("SUBSCRIBER_ABSENT", sys::SWITCH_CAUSE_SUBSCRIBER_ABSENT),
    ("CALL_REJECTED", sys::SWITCH_CAUSE_CALL_REJECTED),
    (
        "EXCHANGE_ROUTING_ERROR",
        sys::SWITCH_CAUSE_EXCHANGE_ROUTING_ERROR,
    ),
    (
        "DESTINATION_OUT_OF_ORDER",
        sys::SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER,
    ),
    ("NORMAL_UNSPECIFIED", sys::SWITCH_CAUSE_NORMAL_UNSPECIFIED),
    (
        "NORMAL_TEMPORARY_FAILURE",
        sys::SWITCH_CAUSE_NORMAL_TEMPORARY_FAILURE,
    ),
    (
        "INCOMPATIBLE_DESTINATION",
        sys::SWITCH_CAUSE_INCOMPATIBLE_DESTINATION,
    ),
    (
        "RECOVERY_ON_TIMER_EXPIRE",
        sys::SWITCH_CAUSE_RECOVERY_ON_TIMER_EXPIRE,
    ),
    ("SUCCESS", sys::SWITCH_CAUSE_SUCCESS),
    ("ORIGINATOR_CANCEL", sys::SWITCH_CAUSE_ORIGINATOR_CANCEL),
    ("SYSTEM_SHUTDOWN", sys::SWITCH_CAUSE_SYSTEM_SHUTDOWN),
    ("LOSE_RACE", sys::SWITCH_CAUSE_LOSE_RACE),
    ("MANAGER_REQUEST", sys::SWITCH_CAUSE_MANAGER_REQUEST),
    ("BLIND_TRANSFER", sys::SWITCH_CAUSE_BLIND_TRANSFER),
    ("ATTENDED_TRANSFER", sys::SWITCH_CAUSE_ATTENDED_TRANSFER),
    ("ALLOTTED_TIMEOUT", sys::SWITCH_CAUSE_ALLOTTED_TIMEOUT),
    ("MEDIA_TIMEOUT", sys::SWITCH_CAUSE_MEDIA_TIMEOUT),
    ("PICKED_OFF", sys::SWITCH_CAUSE_PICKED_OFF),
    ("USER_NOT_REGISTERED", sys::SWITCH_CAUSE_USER_NOT_REGISTERED),
    ("PROGRESS_TIMEOUT", sys::SWITCH_CAUSE_PROGRESS_TIMEOUT),
];

/// `switch_channel_cause2str`.
pub(crate) fn cause_name(cause: sys::switch_call_cause_t) -> &'static str {
    CAUSES
        .iter()
        .find(|(_, number)| *number == cause)
        .map_or("UNKNOWN", |(name, _)| name)
}

/// `switch_channel_str2cause`: an unknown name is normal clearing.
pub(crate) fn cause_named(name: &str) -> sys::switch_call_cause_t {
    let found = CAUSES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or(sys::SWITCH_CAUSE_NORMAL_CLEARING, |(_, cause)| *cause)
}
