//! What a leg hears: files and streams, phrases, spoken digits, and keys read from it.
//!
//! Everything here blocks in the leg's own thread, which handles the leg's SIP meanwhile.

use super::{HostError, check, guard::guarded, session::Session, sys, text};
use std::{
    ffi::{CStr, c_char, c_uint, c_void},
    ptr,
};

/// What looks at a leg while it hears something; called in the leg's own thread, every 20 ms and for every key.
pub trait Listener {
    /// Whether whatever plays on the leg for the listener `number` must end now.
    fn wants_break(leg: Session<'_>, number: u64) -> bool;
    /// A key that the caller pressed. Keys do nothing else while something plays.
    fn key(number: u64, key: char);
}

/// A listener's number as the host's user data: no pointer travels.
fn arguments<L: Listener>(number: u64) -> sys::switch_input_args_t {
    sys::switch_input_args_t {
        input_callback: Some(input::<L>),
        buf: ptr::without_provenance_mut(number as usize),
        buflen: 0,
        read_frame_callback: Some(frame::<L>),
        user_data: ptr::without_provenance_mut(number as usize),
        dmachine: ptr::null_mut(),
        loops: 0,
    }
}

extern "C" fn frame<L: Listener>(
    session: *mut sys::switch_core_session_t,
    _frame: *mut sys::switch_frame_t,
    user_data: *mut c_void,
) -> sys::switch_status_t {
    guarded("read frame", sys::SWITCH_STATUS_SUCCESS, || {
        // SAFETY: the host calls with the session that plays, on its own thread.
        unsafe { go_on::<L>(session, user_data.addr() as u64) }
    })
}

/// # Safety
/// `session` is NULL or a session that is alive during the call.
unsafe fn go_on<L: Listener>(
    session: *mut sys::switch_core_session_t,
    number: u64,
) -> sys::switch_status_t {
    // SAFETY: by the caller's word.
    match unsafe { Session::from_raw(session) } {
        Some(leg) if L::wants_break(leg, number) => sys::SWITCH_STATUS_BREAK,
        _ => sys::SWITCH_STATUS_SUCCESS,
    }
}

extern "C" fn input<L: Listener>(
    session: *mut sys::switch_core_session_t,
    input: *mut c_void,
    kind: sys::switch_input_type_t,
    buffer: *mut c_void,
    _length: c_uint,
) -> sys::switch_status_t {
    guarded("input", sys::SWITCH_STATUS_SUCCESS, || {
        if kind != sys::SWITCH_INPUT_TYPE_DTMF || input.is_null() {
            return sys::SWITCH_STATUS_SUCCESS;
        }
        // SAFETY: for this kind the host hands over a switch_dtmf_t that lives during the call.
        let digit = unsafe { (*input.cast::<sys::switch_dtmf_t>()).digit };
        let number = buffer.addr() as u64;
        L::key(number, char::from(digit as u8));
        // SAFETY: the host calls with the session that plays, on its own thread.
        unsafe { go_on::<L>(session, number) }
    })
}

/// What was broken off on our behalf did not fail.
fn check_played(call: &'static str, status: sys::switch_status_t) -> Result<(), HostError> {
    match status {
        sys::SWITCH_STATUS_BREAK => Ok(()),
        status => check(call, status),
    }
}

impl Session<'_> {
    /// Plays a file or stream to its end, or until the listener wants a break (`switch_ivr_play_file`).
    pub fn play<L: Listener>(self, source: &str, listener: u64) -> Result<(), HostError> {
        let source = text::c_text(source);
        let mut arguments = arguments::<L>(listener);
        // SAFETY: the leg's own thread calls, the texts and arguments outlive the call.
        let status = unsafe {
            sys::switch_ivr_play_file(
                self.as_ptr(),
                ptr::null_mut(),
                source.as_ptr(),
                &mut arguments,
            )
        };
        check_played("switch_ivr_play_file", status)
    }

    /// Waits in silence for `millis`, or until the listener wants a break (`switch_ivr_sleep`).
    pub fn pause<L: Listener>(self, millis: u32, listener: u64) {
        let mut arguments = arguments::<L>(listener);
        // SAFETY: the leg's own thread calls, and the arguments outlive the call.
        unsafe { sys::switch_ivr_sleep(self.as_ptr(), millis, sys::SWITCH_FALSE, &mut arguments) };
    }

    /// Plays a phrase macro in the channel's language (`switch_ivr_phrase_macro`). Fails when there is no such macro or
    /// one of its sounds is missing.
    pub fn phrase<L: Listener>(
        self,
        name: &CStr,
        input: &str,
        listener: u64,
    ) -> Result<(), HostError> {
        self.phrase_in::<L>(None, name, input, listener)
            .or_else(|_| self.phrase_in::<L>(Some(c"en"), name, input, listener))
    }

    fn phrase_in<L: Listener>(
        self,
        language: Option<&CStr>,
        name: &CStr,
        input: &str,
        listener: u64,
    ) -> Result<(), HostError> {
        let input = text::c_text(input);
        let language = language.map_or(ptr::null(), CStr::as_ptr);
        let mut arguments = arguments::<L>(listener);
        // SAFETY: the leg's own thread calls; texts and arguments outlive the call.
        let status = unsafe {
            sys::switch_ivr_phrase_macro_event(
                self.as_ptr(),
                name.as_ptr(),
                input.as_ptr(),
                ptr::null_mut(),
                language,
                &mut arguments,
            )
        };
        check_played("switch_ivr_phrase_macro", status)
    }

    /// Spells a text in English, character by character (`switch_ivr_say`).
    pub fn spell<L: Listener>(self, spelled: &str, listener: u64) -> Result<(), HostError> {
        let spelled = text::c_text(spelled);
        let mut arguments = arguments::<L>(listener);
        // SAFETY: the leg's own thread calls; texts and arguments outlive the call.
        let status = unsafe {
            sys::switch_ivr_say(
                self.as_ptr(),
                spelled.as_ptr(),
                c"en".as_ptr(),
                c"name_spelled".as_ptr(),
                c"pronounced".as_ptr(),
                ptr::null(),
                &mut arguments,
            )
        };
        check_played("switch_ivr_say", status)
    }

    /// Reads up to `most` keys, ended by `#` or by `millis` without one, while `prompt` plays (`switch_ivr_read`).
    pub fn read_keys(self, most: u32, prompt: &str, millis: u32) -> Option<String> {
        let prompt = text::c_text(prompt);
        let mut keys: [c_char; 64] = [0; 64];
        // SAFETY: the leg's own thread calls; the host ends what it writes with a NUL within the length given.
        let status = unsafe {
            sys::switch_ivr_read(
                self.as_ptr(),
                1,
                most.min(62),
                prompt.as_ptr(),
                ptr::null(),
                keys.as_mut_ptr(),
                keys.len(),
                millis,
                c"#".as_ptr(),
                millis,
            )
        };
        if status != sys::SWITCH_STATUS_SUCCESS {
            return None;
        }
        // SAFETY: the array is alive and ended by a NUL.
        unsafe { text::from_host(keys.as_ptr()) }.filter(|keys| !keys.is_empty())
    }
}
