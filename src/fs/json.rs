//! JSON API commands as the host calls them: `json {…}` of an operator, `jsapi` of a verto client.

use super::{guard::guarded, sys, text};
use std::{ffi::CStr, ptr};

/// A JSON API command.
pub trait JsonCommand {
    /// As requests name it.
    const NAME: &'static CStr;
    /// For `show`.
    const DESCRIPTION: &'static CStr;
    /// For `show`.
    const SYNTAX: &'static CStr;
    /// Runs on the thread of whoever asks; gets the whole request as text and answers a JSON document.
    fn run(request: &str) -> String;
    /// The answer when [`JsonCommand::run`] panicked.
    const FAILURE: &'static str;
}

pub(crate) extern "C" fn json_command<C: JsonCommand>(
    request: *const sys::cJSON,
    _session: *mut sys::switch_core_session_t,
    reply: *mut *mut sys::cJSON,
) -> sys::switch_status_t {
    guarded("JSON API", sys::SWITCH_STATUS_FALSE, || {
        let request = printed(request);
        let answer = guarded("JSON API", C::FAILURE.to_owned(), || C::run(&request));
        let answer = text::c_text(&answer);
        // SAFETY: the text outlives the call, which copies what it needs.
        let document = unsafe { sys::cJSON_Parse(answer.as_ptr()) };
        if document.is_null() || reply.is_null() {
            return sys::SWITCH_STATUS_FALSE;
        }
        // SAFETY: the host gives a place for the document, which is the host's from now on.
        unsafe { ptr::write(reply, document) };
        sys::SWITCH_STATUS_SUCCESS
    })
}

/// The request as text (`cJSON_PrintUnformatted`): members of one name all stay, in their order.
fn printed(request: *const sys::cJSON) -> String {
    // SAFETY: NULL, or a document that the host keeps during the call.
    let printed = unsafe { sys::cJSON_PrintUnformatted(request) };
    // SAFETY: NULL, or a text that is ours.
    let copy = unsafe { text::from_host(printed) }.unwrap_or_default();
    if !printed.is_null() {
        // SAFETY: the text came from the call above and is freed this once.
        unsafe { sys::cJSON_free(printed.cast()) };
    }
    copy
}
