//! Channels: variables, flags, state, answer, hang-up.

use super::{boundary::text, host, status};
use crate::{
    apps, cause, channel,
    channel::Waited,
    faults::refused,
    handle::{channel_call, other_channel},
    leg::LegId,
    locks::host_call,
    schedule::{fail, with},
};
use freeswitch_sys as sys;
use std::{
    ffi::{c_char, c_int, c_void},
    ptr,
};

host! {
    fn switch_channel_get_private(
        channel: *mut sys::switch_channel_t,
        key: *const c_char,
    ) -> *mut c_void {
        channel_call(CALL, channel);
        let _ = key;
        // No application of the stand-in keeps anything on a leg.
        ptr::null_mut()
    }

    fn switch_channel_get_variable_dup(
        channel: *mut sys::switch_channel_t,
        varname: *const c_char,
        dup: sys::switch_bool_t,
        idx: c_int,
    ) -> *const c_char {
        let leg = channel_call(CALL, channel);
        if dup == sys::SWITCH_FALSE || idx != -1 {
            fail("switch_channel_get_variable_dup without a copy, or for one element: another thread may free the text");
        }
        let value = apps::variable(leg, &text(varname));
        value.map_or(ptr::null(), |value| with(|state| state.leg_mut(leg).keep(&value)))
    }

    fn switch_channel_set_variable_var_check(
        channel: *mut sys::switch_channel_t,
        varname: *const c_char,
        value: *const c_char,
        var_check: sys::switch_bool_t,
    ) -> sys::switch_status_t {
        let leg = channel_call(CALL, channel);
        let (name, value) = (text(varname), text(value));
        if var_check == sys::SWITCH_FALSE || !value.contains("${") {
            with(|state| state.leg_mut(leg).set_variable(&name, &value));
        }
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_channel_add_variable_var_check(
        channel: *mut sys::switch_channel_t,
        varname: *const c_char,
        value: *const c_char,
        var_check: sys::switch_bool_t,
        stack: sys::switch_stack_t,
    ) -> sys::switch_status_t {
        let leg = channel_call(CALL, channel);
        let _ = (var_check, stack);
        let (name, value) = (text(varname), text(value));
        with(|state| state.leg_mut(leg).push_variable(&name, &value));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_channel_set_profile_var(
        channel: *mut sys::switch_channel_t,
        name: *const c_char,
        val: *const c_char,
    ) -> sys::switch_status_t {
        let leg = channel_call(CALL, channel);
        let (name, value) = (text(name), text(val));
        with(|state| state.leg_mut(leg).profile.set(&name, &value));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_channel_get_caller_profile(channel: *mut sys::switch_channel_t) -> *mut sys::switch_caller_profile_t {
        let leg = channel_call(CALL, channel);
        profile(leg)
    }

    fn switch_channel_get_timetable(channel: *mut sys::switch_channel_t) -> *mut sys::switch_channel_timetable_t {
        let leg = channel_call(CALL, channel);
        with(|state| std::ptr::from_mut(&mut *state.leg_mut(leg).times))
    }

    fn switch_channel_get_hold_music(channel: *mut sys::switch_channel_t) -> *const c_char {
        let leg = channel_call(CALL, channel);
        let music = ["temp_hold_music", "hold_music"].iter().find_map(|name| apps::variable(leg, name));
        music.map_or(ptr::null(), |music| with(|state| state.leg_mut(leg).keep(&music)))
    }

    fn switch_channel_direction(channel: *mut sys::switch_channel_t) -> sys::switch_call_direction_t {
        let leg = channel_call(CALL, channel);
        match with(|state| state.leg(leg).inbound) {
            true => sys::SWITCH_CALL_DIRECTION_INBOUND,
            false => sys::SWITCH_CALL_DIRECTION_OUTBOUND,
        }
    }

    fn switch_channel_get_state(channel: *mut sys::switch_channel_t) -> sys::switch_channel_state_t {
        let leg = channel_call(CALL, channel);
        with(|state| state.leg(leg).state)
    }

    fn switch_channel_get_cause(channel: *mut sys::switch_channel_t) -> sys::switch_call_cause_t {
        let leg = channel_call(CALL, channel);
        with(|state| state.leg(leg).cause)
    }

    fn switch_channel_str2cause(str_: *const c_char) -> sys::switch_call_cause_t {
        host_call(CALL);
        cause::cause_named(&text(str_))
    }

    fn switch_channel_cause2str(cause: sys::switch_call_cause_t) -> *const c_char {
        host_call(CALL);
        let name = super::boundary::c_text(cause::cause_name(cause));
        with(|state| state.interfaces.keep(name))
    }

    fn switch_channel_test_flag(channel: *mut sys::switch_channel_t, flag: sys::switch_channel_flag_t) -> u32 {
        let leg = channel_call(CALL, channel);
        with(|state| state.leg(leg).flag_value(flag))
    }

    fn switch_channel_set_flag_value(
        channel: *mut sys::switch_channel_t,
        flag: sys::switch_channel_flag_t,
        value: u32,
    ) {
        let leg = channel_call(CALL, channel);
        with(|state| state.leg_mut(leg).set_flag(flag, value));
    }

    fn switch_channel_clear_flag(channel: *mut sys::switch_channel_t, flag: sys::switch_channel_flag_t) {
        let leg = channel_call(CALL, channel);
        with(|state| state.leg_mut(leg).set_flag(flag, 0));
    }

    fn switch_channel_test_ready(
        channel: *mut sys::switch_channel_t,
        check_ready: sys::switch_bool_t,
        check_media: sys::switch_bool_t,
    ) -> c_int {
        let leg = channel_call(CALL, channel);
        let ready = channel::ready(leg);
        let media = with(|state| state.leg(leg).is_answered() || state.leg(leg).flag(sys::CF_EARLY_MEDIA));
        let wanted = (check_ready == sys::SWITCH_FALSE || ready) && (check_media == sys::SWITCH_FALSE || media);
        c_int::from(wanted)
    }

    fn switch_channel_wait_for_flag(
        channel: *mut sys::switch_channel_t,
        want_flag: sys::switch_channel_flag_t,
        pres: sys::switch_bool_t,
        to: u32,
        super_channel: *mut sys::switch_channel_t,
    ) -> sys::switch_status_t {
        let leg = channel_call(CALL, channel);
        let other = other_channel(CALL, super_channel);
        match channel::wait_for_flag(leg, want_flag, pres != sys::SWITCH_FALSE, to, other) {
            Waited::Seen => sys::SWITCH_STATUS_SUCCESS,
            Waited::GaveUp => sys::SWITCH_STATUS_FALSE,
            Waited::TimeIsUp => sys::SWITCH_STATUS_TIMEOUT,
        }
    }

    fn switch_channel_perform_answer(
        channel: *mut sys::switch_channel_t,
        file: *const c_char,
        func: *const c_char,
        line: c_int,
    ) -> sys::switch_status_t {
        let leg = channel_call(CALL, channel);
        let _ = (file, func, line);
        if refused(CALL) {
            channel::hang_up(leg, sys::SWITCH_CAUSE_INCOMPATIBLE_DESTINATION);
            return sys::SWITCH_STATUS_FALSE;
        }
        status(channel::answer(leg))
    }

    fn switch_channel_perform_hangup(
        channel: *mut sys::switch_channel_t,
        file: *const c_char,
        func: *const c_char,
        line: c_int,
        hangup_cause: sys::switch_call_cause_t,
    ) -> sys::switch_channel_state_t {
        let leg = channel_call(CALL, channel);
        let _ = (file, func, line);
        channel::hang_up(leg, hangup_cause);
        with(|state| state.leg(leg).state)
    }
}

/// The profile in force as the module reads it: a struct with texts in the leg's memory.
fn profile(leg: LegId) -> *mut sys::switch_caller_profile_t {
    let fields = with(|state| state.leg(leg).profile.clone());
    let keep = |value: &str| with(|state| state.leg_mut(leg).keep(value));
    // SAFETY: NULL and 0 are the host's own way to begin a profile.
    let mut raw: Box<sys::switch_caller_profile> = Box::new(unsafe { std::mem::zeroed() });
    raw.dialplan = keep(fields.field("dialplan"));
    raw.context = keep(fields.field("context"));
    raw.source = keep(fields.field("source"));
    raw.caller_id_name = keep(fields.field("caller_id_name"));
    raw.caller_id_number = keep(fields.field("caller_id_number"));
    raw.callee_id_name = keep(fields.field("callee_id_name"));
    raw.callee_id_number = keep(fields.field("callee_id_number"));
    raw.destination_number = keep(fields.field("destination_number")).cast_mut();
    if let Some(source) = &fields.transfer_source {
        raw.transfer_source = keep(source).cast_mut();
    }
    with(|state| {
        let profiles = &mut state.leg_mut(leg).profiles;
        profiles.push(raw);
        profiles
            .last_mut()
            .map_or(ptr::null_mut(), |raw| ptr::from_mut(&mut **raw))
    })
}
