//! JSON API commands as the host calls them: `json {…}` of an operator, `jsapi` of a verto client.

use super::{HostError, guard::guarded, sys, text};
use std::{
    ffi::CStr,
    ptr::{self, NonNull},
};

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
        let Ok(document) = Document::parse(&answer) else {
            return sys::SWITCH_STATUS_FALSE;
        };
        if reply.is_null() {
            return sys::SWITCH_STATUS_FALSE;
        }
        // SAFETY: the host gives a place for the document, which is the host's from now on.
        unsafe { ptr::write(reply, document.into_raw()) };
        sys::SWITCH_STATUS_SUCCESS
    })
}

/// A JSON document of the host's that is ours.
pub(crate) struct Document(NonNull<sys::cJSON>);

impl Document {
    /// Reads a text (`cJSON_Parse`). Any thread.
    pub(crate) fn parse(text: &str) -> Result<Self, HostError> {
        let text = text::c_text(text);
        // SAFETY: the text outlives the call, which copies what it needs.
        let document = unsafe { sys::cJSON_Parse(text.as_ptr()) };
        NonNull::new(document).map(Self).ok_or(HostError {
            call: "cJSON_Parse",
            status: sys::SWITCH_STATUS_MEMERR,
        })
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::cJSON {
        self.0.as_ptr()
    }

    /// The document, from now on the host's.
    fn into_raw(self) -> *mut sys::cJSON {
        let document = self.as_ptr();
        std::mem::forget(self);
        document
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        // SAFETY: the document is ours and is freed this once.
        unsafe { sys::cJSON_Delete(self.as_ptr()) };
    }
}

/// A document of the host's as text (`cJSON_PrintUnformatted`): members of one name all stay, in their order.
pub(crate) fn printed(document: *const sys::cJSON) -> String {
    // SAFETY: NULL, or a document that the host keeps during the call.
    let printed = unsafe { sys::cJSON_PrintUnformatted(document) };
    // SAFETY: NULL, or a text that is ours.
    let copy = unsafe { text::from_host(printed) }.unwrap_or_default();
    if !printed.is_null() {
        // SAFETY: the text came from the call above and is freed this once.
        unsafe { sys::cJSON_free(printed.cast()) };
    }
    copy
}
