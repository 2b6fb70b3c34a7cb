//! Hang-up causes by name.

use freeswitch_sys as sys;

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
