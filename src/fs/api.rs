//! API commands and applications as the host calls them: fs_cli, event socket, dialplans.

use super::{guard::guarded, log, session::Session, sys, text};
use std::ffi::{CStr, c_char};

/// A dialplan application.
pub trait Application {
    /// As dialplans write it.
    const NAME: &'static CStr;
    /// For `show application`.
    const DESCRIPTION: &'static CStr;
    /// For `show application`.
    const SYNTAX: &'static CStr;
    /// Runs on the leg's own thread; the leg is alive until this returns. `arguments` have their variables filled in.
    fn run(leg: Session<'_>, arguments: &str);
}

/// An API command.
pub trait Command {
    /// As fs_cli writes it.
    const NAME: &'static CStr;
    /// For `help`.
    const DESCRIPTION: &'static CStr;
    /// For `help`.
    const SYNTAX: &'static CStr;
    /// Runs on the thread of whoever asks; answers the whole reply.
    fn run(arguments: &str) -> String;
    /// The reply when [`Command::run`] panicked.
    const FAILURE: &'static str;
}

/// What Tab offers in fs_cli.
pub trait Completion {
    /// Begins with `::`, as the host wants it.
    const NAME: &'static CStr;
    /// All that fits `line`; the host sorts out what does not begin like the word being typed.
    fn candidates(line: &str) -> Vec<String>;
}

pub(crate) extern "C" fn application<A: Application>(
    session: *mut sys::switch_core_session_t,
    arguments: *const c_char,
) {
    guarded("application", (), || {
        // SAFETY: the host keeps the session alive while its application runs.
        let Some(leg) = (unsafe { Session::from_raw(session) }) else {
            return;
        };
        // SAFETY: NULL, or a text that the host keeps during the call.
        let arguments = unsafe { text::from_host(arguments) }.unwrap_or_default();
        A::run(leg, &arguments);
    });
}

pub(crate) extern "C" fn command<C: Command>(
    arguments: *const c_char,
    _session: *mut sys::switch_core_session_t,
    stream: *mut sys::switch_stream_handle_t,
) -> sys::switch_status_t {
    guarded("API command", sys::SWITCH_STATUS_SUCCESS, || {
        // SAFETY: NULL, or a text that the host keeps during the call.
        let arguments = unsafe { text::from_host(arguments) }.unwrap_or_default();
        let reply = guarded("API command", C::FAILURE.to_owned(), || C::run(&arguments));
        // SAFETY: the host's stream of this call, or NULL.
        unsafe { write(stream, &reply) };
        sys::SWITCH_STATUS_SUCCESS
    })
}

/// # Safety
/// `stream` is NULL or a stream of the host that lives during the call.
unsafe fn write(stream: *mut sys::switch_stream_handle_t, reply: &str) {
    if stream.is_null() {
        return;
    }
    // SAFETY: not NULL, and alive by the caller's word.
    let Some(write) = (unsafe { (*stream).write_function }) else {
        log::log(
            log::Level::Error,
            "the API caller's stream cannot be written to",
        );
        return;
    };
    let reply = text::c_text(reply);
    // SAFETY: the function is the stream's own; the format is constant with one %s, and the text outlives the call.
    unsafe { write(stream, c"%s".as_ptr(), reply.as_ptr()) };
}

pub(crate) extern "C" fn complete<C: Completion>(
    line: *const c_char,
    _cursor: *const c_char,
    matches: *mut *mut sys::switch_console_callback_match_t,
) -> sys::switch_status_t {
    guarded("completion", sys::SWITCH_STATUS_FALSE, || {
        // SAFETY: NULL, or a text that the host keeps during the call.
        let line = unsafe { text::from_host(line) }.unwrap_or_default();
        let candidates = C::candidates(&line);
        if candidates.is_empty() || matches.is_null() {
            return sys::SWITCH_STATUS_FALSE;
        }
        for candidate in candidates {
            let candidate = text::c_text(&candidate);
            // SAFETY: the host's list of this call; it copies the text.
            unsafe { sys::switch_console_push_match(matches, candidate.as_ptr()) };
        }
        sys::SWITCH_STATUS_SUCCESS
    })
}
