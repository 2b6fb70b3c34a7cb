//! Configuration and the directory.

use super::{
    boundary::{give, text},
    host,
};
use crate::{
    faults::refused,
    locks::host_call,
    schedule::{fail, with},
};
use freeswitch_sys as sys;
use std::{ffi::c_char, ptr};

host! {
    fn switch_xml_open_cfg(
        file_path: *const c_char,
        node: *mut sys::switch_xml_t,
        params: *mut sys::switch_event_t,
    ) -> sys::switch_xml_t {
        host_call(CALL);
        let _ = params;
        let name = text(file_path);
        give(node, ptr::null_mut());
        if refused(CALL) {
            return ptr::null_mut();
        }
        let Some((root, configuration)) = with(|state| state.documents.open(&name)) else {
            return ptr::null_mut();
        };
        give(node, configuration);
        root
    }

    fn switch_xml_locate_user_merged(
        key: *const c_char,
        user_name: *const c_char,
        domain_name: *const c_char,
        ip: *const c_char,
        user: *mut sys::switch_xml_t,
        params: *mut sys::switch_event_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (key, ip, params);
        let (name, domain) = (text(user_name), text(domain_name));
        give(user, ptr::null_mut());
        if refused(CALL) || !with(|state| state.directory.has(&name, &domain)) {
            return sys::SWITCH_STATUS_FALSE;
        }
        give(user, with(|state| state.documents.open_empty()));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_xml_reload(err: *mut *const c_char) -> sys::switch_status_t {
        host_call(CALL);
        match with(|state| state.documents.reload()) {
            Ok(()) => {
                give(err, c"Success".as_ptr());
                sys::SWITCH_STATUS_SUCCESS
            }
            Err(error) => {
                give(err, error);
                sys::SWITCH_STATUS_GENERR
            }
        }
    }

    fn switch_xml_free(xml: sys::switch_xml_t) {
        host_call(CALL);
        if !xml.is_null() && !with(|state| state.documents.free(xml)) {
            fail("an XML tree is freed twice, or something else as one");
        }
    }
}
