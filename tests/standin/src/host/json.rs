//! JSON documents: texts that are well formed.

use super::{
    boundary::{c_text, text},
    host,
};
use crate::{
    faults::refused,
    handle::{self, Kind},
    locks::host_call,
    schedule::{fail, with},
};
use freeswitch_sys as sys;
use std::{
    ffi::{c_char, c_void},
    ptr,
};

host! {
    fn cJSON_Parse(value: *const c_char) -> *mut sys::cJSON {
        host_call(CALL);
        let document = text(value);
        let fine = serde_json::from_str::<serde_json::Value>(&document).is_ok();
        if !fine || refused(CALL) {
            return ptr::null_mut();
        }
        made(&document)
    }

    fn cJSON_PrintUnformatted(item: *const sys::cJSON) -> *mut c_char {
        host_call(CALL);
        if refused(CALL) {
            return ptr::null_mut();
        }
        let document = c_text(&copy_of(CALL, item));
        with(|state| state.interfaces.keep(document).cast_mut())
    }

    fn cJSON_free(object: *mut c_void) {
        host_call(CALL);
        let _ = object; // texts live as long as the run
    }

    fn cJSON_Delete(item: *mut sys::cJSON) {
        host_call(CALL);
        let id = handle::id(CALL, Kind::Document, item);
        if with(|state| state.interfaces.documents.remove(&id)).is_none() {
            fail("a JSON document is freed twice");
        }
    }
}

/// A document of the host's.
pub(crate) fn made(text: &str) -> *mut sys::cJSON {
    let id = with(|state| {
        let id = state.fresh();
        state.interfaces.documents.insert(id, text.to_owned());
        id
    });
    handle::of(Kind::Document, id)
}

/// What is in a document.
pub(crate) fn copy_of(call: &'static str, document: *const sys::cJSON) -> String {
    let id = handle::id(call, Kind::Document, document);
    with(|state| state.interfaces.documents.get(&id).cloned()).unwrap_or_default()
}

/// What is in a document that the module has made and given away.
pub(crate) fn text_of(document: *const sys::cJSON) -> String {
    let id = handle::id("the host", Kind::Document, document);
    with(|state| state.interfaces.documents.remove(&id)).unwrap_or_default()
}
