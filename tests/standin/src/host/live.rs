//! Event channels and live arrays.

use super::{
    boundary::{give, look, text},
    host,
    json::copy_of,
    status,
};
use crate::{
    faults::refused,
    handle::{self, Kind},
    live::Array,
    locks::host_call,
    schedule::{fail, with},
};
use freeswitch_sys as sys;
use std::ffi::{c_char, c_int, c_void};

host! {
    fn switch_event_channel_bind(
        event_channel: *const c_char,
        func: sys::switch_event_channel_func_t,
        id: *mut sys::switch_event_channel_id_t,
        user_data: *mut c_void,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (func, user_data);
        let channel = text(event_channel);
        if refused(CALL) || !with(|state| state.live.bound.insert(channel)) {
            return sys::SWITCH_STATUS_FALSE;
        }
        give(id, 7);
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_event_channel_unbind(
        event_channel: *const c_char,
        func: sys::switch_event_channel_func_t,
        user_data: *mut c_void,
    ) -> u32 {
        host_call(CALL);
        let _ = (func, user_data);
        let channel = text(event_channel);
        u32::from(with(|state| state.live.bound.remove(&channel)))
    }

    fn switch_event_channel_permission_verify(cookie: *const c_char, event_channel: *const c_char) -> sys::switch_bool_t {
        host_call(CALL);
        let pair = (text(cookie), text(event_channel));
        if with(|state| state.live.permitted.contains(&pair)) {
            sys::SWITCH_TRUE
        } else {
            sys::SWITCH_FALSE
        }
    }

    fn switch_event_channel_permission_modify(
        cookie: *const c_char,
        event_channel: *const c_char,
        set: sys::switch_bool_t,
    ) {
        host_call(CALL);
        let pair = (text(cookie), text(event_channel));
        with(|state| match set {
            sys::SWITCH_FALSE => state.live.permitted.remove(&pair),
            _ => state.live.permitted.insert(pair),
        });
    }

    fn switch_event_channel_permission_clear(cookie: *const c_char) {
        host_call(CALL);
        let cookie = text(cookie);
        with(|state| state.live.permitted.retain(|(session, _)| *session != cookie));
    }

    fn switch_live_array_create(
        event_channel: *const c_char,
        name: *const c_char,
        channel_id: sys::switch_event_channel_id_t,
        live_array_p: *mut *mut sys::switch_live_array_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (name, channel_id);
        if refused(CALL) {
            return sys::SWITCH_STATUS_MEMERR;
        }
        let array = Array { channel: text(event_channel), elements: Vec::new() };
        let id = with(|state| {
            let id = state.fresh();
            state.live.arrays.insert(id, array);
            id
        });
        give(live_array_p, handle::of(Kind::List, id));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_live_array_add(
        la: *mut sys::switch_live_array_t,
        name: *const c_char,
        index: c_int,
        obj: *mut *mut sys::cJSON,
        duplicate: sys::switch_bool_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        if index >= 0 || duplicate != sys::SWITCH_TRUE {
            fail("an element of a live array is given away or has a place of its own: not played here");
        }
        let element = copy_of(CALL, look(obj).unwrap_or_default());
        let key = text(name);
        change(CALL, la, |array| array.set(key, element));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_live_array_del(la: *mut sys::switch_live_array_t, name: *const c_char) -> sys::switch_status_t {
        host_call(CALL);
        let key = text(name);
        change(CALL, la, |array| array.elements.retain(|(other, _)| *other != key));
        sys::SWITCH_STATUS_FALSE // whatever it did
    }

    fn switch_live_array_bootstrap(
        la: *mut sys::switch_live_array_t,
        sessid: *const c_char,
        channel_id: sys::switch_event_channel_id_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (sessid, channel_id);
        change(CALL, la, |_| ());
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_live_array_destroy(live_array_p: *mut *mut sys::switch_live_array_t) -> sys::switch_status_t {
        host_call(CALL);
        let id = handle::id(CALL, Kind::List, look(live_array_p).unwrap_or_default());
        status(with(|state| state.live.arrays.remove(&id)).is_some())
    }
}

fn change(
    call: &'static str,
    array: *const sys::switch_live_array_t,
    change: impl FnOnce(&mut Array),
) {
    let id = handle::id(call, Kind::List, array);
    if with(|state| state.live.arrays.get_mut(&id).map(change)).is_none() {
        fail(&format!("{call} got a live array that is destroyed"));
    }
}
