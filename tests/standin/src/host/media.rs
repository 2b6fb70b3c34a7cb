//! What a leg hears and keys.

use super::{
    boundary::{fill, some_text, text},
    callback::Listener,
    host, status,
};
use crate::{
    channel,
    faults::refused,
    handle::{own_call, session_call},
    media,
    schedule::{fail, with},
};
use freeswitch_sys as sys;
use std::ffi::c_char;

host! {
    fn switch_ivr_play_file(
        session: *mut sys::switch_core_session_t,
        fh: *mut sys::switch_file_handle_t,
        file: *const c_char,
        args: *mut sys::switch_input_args_t,
    ) -> sys::switch_status_t {
        let leg = own_call(CALL, session);
        if !fh.is_null() {
            fail("the stand-in plays without a file handle only");
        }
        if refused(CALL) {
            return sys::SWITCH_STATUS_FALSE;
        }
        media::play(leg, &text(file), listener(args))
    }

    fn switch_ivr_sleep(
        session: *mut sys::switch_core_session_t,
        ms: u32,
        sync: sys::switch_bool_t,
        args: *mut sys::switch_input_args_t,
    ) -> sys::switch_status_t {
        let leg = own_call(CALL, session);
        let _ = sync;
        media::pause(leg, ms, listener(args))
    }

    fn switch_ivr_phrase_macro_event(
        session: *mut sys::switch_core_session_t,
        macro_name: *const c_char,
        data: *const c_char,
        event: *mut sys::switch_event_t,
        lang: *const c_char,
        args: *mut sys::switch_input_args_t,
    ) -> sys::switch_status_t {
        let leg = own_call(CALL, session);
        let _ = event;
        let language = some_text(lang).or_else(|| crate::apps::variable(leg, "default_language"));
        media::phrase(leg, &text(macro_name), &text(data), &language.unwrap_or_default(), listener(args))
    }

    fn switch_ivr_say(
        session: *mut sys::switch_core_session_t,
        tosay: *const c_char,
        module_name: *const c_char,
        say_type: *const c_char,
        say_method: *const c_char,
        say_gender: *const c_char,
        args: *mut sys::switch_input_args_t,
    ) -> sys::switch_status_t {
        let leg = own_call(CALL, session);
        let _ = (module_name, say_type, say_method, say_gender);
        media::say(leg, &text(tosay), listener(args))
    }

    fn switch_ivr_read(
        session: *mut sys::switch_core_session_t,
        min_digits: u32,
        max_digits: u32,
        prompt_audio_file: *const c_char,
        var_name: *const c_char,
        digit_buffer: *mut c_char,
        digit_buffer_length: sys::switch_size_t,
        timeout: u32,
        valid_terminators: *const c_char,
        digit_timeout: u32,
    ) -> sys::switch_status_t {
        let leg = own_call(CALL, session);
        let _ = (min_digits, var_name, digit_timeout);
        if digit_buffer_length <= max_digits as usize {
            fail("switch_ivr_read with a buffer that is too small");
        }
        fill(digit_buffer, digit_buffer_length, "");
        let (prompt, end) = (text(prompt_audio_file), text(valid_terminators));
        let (status, keys) = media::read(leg, &prompt, max_digits as usize, &end, timeout);
        fill(digit_buffer, digit_buffer_length, &keys);
        status
    }

    fn switch_ivr_unhold(session: *mut sys::switch_core_session_t) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        with(|state| {
            let found = state.leg_mut(leg);
            // Nothing is done for a leg whose phone was not told of the hold.
            let held = found.flag(sys::CF_LEG_HOLDING);
            if held {
                found.set_flag(sys::CF_HOLD, 0);
                found.set_flag(sys::CF_SUSPEND, 0);
            }
            status(held)
        })
    }

    fn switch_ivr_media(uuid: *const c_char, flags: sys::switch_media_flag_t) -> sys::switch_status_t {
        crate::locks::host_call(CALL);
        let _ = flags;
        let Some(leg) = channel::locate(&text(uuid)) else { return sys::SWITCH_STATUS_GENERR };
        let bypassed = with(|state| {
            let found = state.leg_mut(leg);
            let bypassed = found.flag(sys::CF_PROXY_MODE);
            found.set_flag(sys::CF_PROXY_MODE, 0);
            bypassed
        });
        channel::unlock(leg);
        if bypassed { sys::SWITCH_STATUS_SUCCESS } else { sys::SWITCH_STATUS_GENERR }
    }
}

fn listener(arguments: *const sys::switch_input_args_t) -> Option<Listener> {
    // SAFETY: the module passes NULL, or arguments of its own that live during the call.
    unsafe { Listener::of(arguments) }
}
