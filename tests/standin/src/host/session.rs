//! Sessions: found, locked, told.

use super::{
    boundary::{give, text},
    host, status,
};
use crate::{
    channel,
    faults::refused,
    handle::{self, Kind, session_call},
    leg::LegId,
    locks::host_call,
    message,
    schedule::with,
};
use freeswitch_sys as sys;
use std::{
    ffi::{c_char, c_int},
    ptr,
};

host! {
    fn switch_core_session_perform_locate(
        uuid_str: *const c_char,
        file: *const c_char,
        func: *const c_char,
        line: c_int,
    ) -> *mut sys::switch_core_session_t {
        host_call(CALL);
        let _ = (file, func, line);
        pointer(channel::locate(&text(uuid_str)))
    }

    fn switch_core_session_perform_force_locate(
        uuid_str: *const c_char,
        file: *const c_char,
        func: *const c_char,
        line: c_int,
    ) -> *mut sys::switch_core_session_t {
        host_call(CALL);
        let _ = (file, func, line);
        pointer(channel::locate_ending(&text(uuid_str)))
    }

    fn switch_core_session_perform_get_partner(
        session: *mut sys::switch_core_session_t,
        partner: *mut *mut sys::switch_core_session_t,
        file: *const c_char,
        func: *const c_char,
        line: c_int,
    ) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        let _ = (file, func, line);
        let uuid = with(|state| state.leg(leg).variable("bridge_to"));
        let found = uuid.and_then(|uuid| channel::locate(&uuid));
        give(partner, pointer(found));
        status(found.is_some())
    }

    fn switch_core_session_perform_receive_message(
        session: *mut sys::switch_core_session_t,
        message: *mut sys::switch_core_session_message_t,
        file: *const c_char,
        func: *const c_char,
        line: c_int,
    ) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        let _ = (file, func, line);
        // SAFETY: the module passes a message of its own that lives during the call.
        let message = unsafe { message.as_mut() };
        status(message.is_some_and(|message| message::receive(leg, message)))
    }

    fn switch_core_session_rwunlock(session: *mut sys::switch_core_session_t) {
        let leg = session_call(CALL, session);
        channel::unlock(leg);
    }

    fn switch_core_session_get_uuid(session: *mut sys::switch_core_session_t) -> *mut c_char {
        let leg = session_call(CALL, session);
        with(|state| {
            let found = state.leg_mut(leg);
            let uuid = found.uuid.clone();
            found.keep(&uuid).cast_mut()
        })
    }

    fn switch_core_session_get_channel(session: *mut sys::switch_core_session_t) -> *mut sys::switch_channel_t {
        let leg = session_call(CALL, session);
        handle::of(Kind::Channel, leg.0)
    }

    fn switch_core_event_hook_add_receive_message(
        session: *mut sys::switch_core_session_t,
        receive_message: sys::switch_receive_message_hook_t,
    ) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        let (Some(hook), false) = (receive_message, refused(CALL)) else { return sys::SWITCH_STATUS_MEMERR };
        with(|state| state.leg_mut(leg).hooks.push(hook));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_core_event_hook_remove_receive_message(
        session: *mut sys::switch_core_session_t,
        receive_message: sys::switch_receive_message_hook_t,
    ) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        let Some(hook) = receive_message else { return sys::SWITCH_STATUS_FALSE };
        with(|state| {
            let hooks = &mut state.leg_mut(leg).hooks;
            let place = hooks.iter().position(|found| ptr::fn_addr_eq(*found, hook));
            place.map(|place| hooks.remove(place));
            status(place.is_some())
        })
    }

    fn switch_core_recovery_track(session: *mut sys::switch_core_session_t) {
        session_call(CALL, session);
    }
}

fn pointer(leg: Option<LegId>) -> *mut sys::switch_core_session_t {
    leg.map_or(ptr::null_mut(), |leg| handle::of(Kind::Session, leg.0))
}
