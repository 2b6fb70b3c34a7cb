//! What a module registers when it loads.

use super::{boundary::text, host, status};
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
    fn switch_loadable_module_create_module_interface(
        pool: *mut sys::switch_memory_pool_t,
        name: *const c_char,
    ) -> *mut sys::switch_loadable_module_interface_t {
        host_call(CALL);
        handle::id(CALL, Kind::Pool, pool);
        if text(name) != "mod_callpark" {
            fail(&format!("the module calls itself {}", text(name)));
        }
        match refused(CALL) {
            true => ptr::null_mut(),
            false => handle::of(Kind::Interface, 0),
        }
    }

    fn switch_loadable_module_create_interface(
        r#mod: *mut sys::switch_loadable_module_interface_t,
        iname: sys::switch_module_interface_name_t,
    ) -> *mut c_void {
        host_call(CALL);
        handle::id(CALL, Kind::Interface, r#mod);
        if refused(CALL) {
            return ptr::null_mut();
        }
        match iname {
            sys::SWITCH_APPLICATION_INTERFACE => with(|state| state.interfaces.add_application().cast()),
            sys::SWITCH_API_INTERFACE => with(|state| state.interfaces.add_command().cast()),
            sys::SWITCH_JSON_API_INTERFACE => with(|state| state.interfaces.add_json_command().cast()),
            other => fail(&format!("the stand-in has no interface of kind {other}")),
        }
    }

    fn switch_console_set_complete(string: *const c_char) -> sys::switch_status_t {
        host_call(CALL);
        if refused(CALL) {
            return sys::SWITCH_STATUS_FALSE;
        }
        let request = text(string);
        with(|state| {
            let lines = &mut state.interfaces.completion_lines;
            match request.split_once(' ') {
                Some(("add", line)) => lines.push(line.to_owned()),
                Some(("del", "*")) => lines.clear(),
                Some(("del", start)) => lines.retain(|line| !line.starts_with(start)),
                _ => return sys::SWITCH_STATUS_FALSE,
            }
            sys::SWITCH_STATUS_SUCCESS
        })
    }

    fn switch_console_add_complete_func(
        name: *const c_char,
        cb: sys::switch_console_complete_callback_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let name = text(name);
        if refused(CALL) || !name.starts_with("::") {
            return sys::SWITCH_STATUS_FALSE;
        }
        let Some(function) = cb else { return sys::SWITCH_STATUS_FALSE };
        with(|state| state.interfaces.completions.insert(name, function));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_console_del_complete_func(name: *const c_char) -> sys::switch_status_t {
        host_call(CALL);
        let name = text(name);
        status(with(|state| state.interfaces.completions.remove(&name).is_some()))
    }

    fn switch_console_push_match(matches: *mut *mut sys::switch_console_callback_match_t, new_val: *const c_char) {
        host_call(CALL);
        let list = super::boundary::look(matches).unwrap_or(ptr::null_mut());
        let list = handle::id(CALL, Kind::Matches, list);
        let value = text(new_val);
        with(|state| state.interfaces.matches.entry(list).or_default().push(value));
    }

    fn switch_loadable_module_exists(module: *const c_char) -> sys::switch_status_t {
        host_call(CALL);
        let name = text(module);
        status(with(|state| state.interfaces.is_listed() && name == "mod_callpark"))
    }
}
