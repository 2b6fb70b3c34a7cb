//! Events and text messages.

use super::{
    boundary::{c_text, give, look, some_text, text},
    host, status,
};
use crate::{
    delivery,
    faults::refused,
    handle::{self, Kind, channel_call},
    locks::host_call,
    message,
    schedule::{fail, with},
    world::Message,
};
use freeswitch_sys as sys;
use std::{
    ffi::{c_char, c_int, c_void},
    ptr,
};

host! {
    fn switch_event_create_subclass_detailed(
        file: *const c_char,
        func: *const c_char,
        line: c_int,
        event: *mut *mut sys::switch_event_t,
        event_id: sys::switch_event_types_t,
        subclass_name: *const c_char,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (file, func, line);
        if refused(CALL) {
            return sys::SWITCH_STATUS_MEMERR;
        }
        let subclass = text(subclass_name);
        let id = with(|state| {
            let id = state.fresh();
            state.events.make(id, event_id, &subclass);
            id
        });
        give(event, handle::of(Kind::Event, id));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_event_add_header_string(
        event: *mut sys::switch_event_t,
        stack: sys::switch_stack_t,
        header_name: *const c_char,
        data: *const c_char,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = stack;
        let (name, value) = (text(header_name), text(data));
        change(CALL, event, |found| found.add(&name, &value));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_event_fire_detailed(
        file: *const c_char,
        func: *const c_char,
        line: c_int,
        event: *mut *mut sys::switch_event_t,
        user_data: *mut c_void,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (file, func, line, user_data);
        let fired = take(CALL, event);
        with(|state| {
            state.note(format!("event {} {:?}", fired.subclass, fired.header("Action")));
            state.deliveries.send(&fired);
            state.events.fired.push(fired);
        });
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_event_destroy(event: *mut *mut sys::switch_event_t) {
        host_call(CALL);
        take(CALL, event);
    }

    fn switch_event_get_header_idx(event: *mut sys::switch_event_t, header_name: *const c_char, idx: c_int) -> *mut c_char {
        host_call(CALL);
        let id = handle::id(CALL, Kind::Event, event);
        let name = text(header_name);
        if idx != -1 {
            fail("switch_event_get_header_idx for one element");
        }
        let value = with(|state| {
            let made = state.events.made(id).and_then(|event| event.header(&name).map(str::to_owned));
            made.or_else(|| state.deliveries.header(id, &name))
        });
        value.map_or(ptr::null_mut(), |value| with(|state| state.interfaces.keep(c_text(&value)).cast_mut()))
    }

    fn switch_event_expand_headers_check(
        event: *mut sys::switch_event_t,
        text: *const c_char,
        var_list: *mut sys::switch_event_t,
        api_list: *mut sys::switch_event_t,
        recur: u32,
    ) -> *mut c_char {
        host_call(CALL);
        let _ = (handle::id(CALL, Kind::Event, event), var_list, api_list, recur);
        // The host gives back the very text where there is nothing to fill in: here there never is.
        text.cast_mut()
    }

    fn switch_event_bind_removable(
        id: *const c_char,
        event: sys::switch_event_types_t,
        subclass_name: *const c_char,
        callback: sys::switch_event_callback_t,
        user_data: *mut c_void,
        node: *mut *mut sys::switch_event_node_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = id;
        if !subclass_name.is_null() || !user_data.is_null() || node.is_null() {
            fail("the stand-in binds without a subclass and without data, and gives a node");
        }
        delivery::await_quiet(CALL);
        let (Some(function), false) = (callback, refused(CALL)) else { return sys::SWITCH_STATUS_MEMERR };
        let binding = with(|state| {
            let binding = state.fresh();
            state.deliveries.bind(binding, event, function);
            binding
        });
        give(node, handle::of(Kind::Binding, binding));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_event_unbind(node: *mut *mut sys::switch_event_node_t) -> sys::switch_status_t {
        host_call(CALL);
        let binding = handle::id(CALL, Kind::Binding, look(node).unwrap_or(ptr::null_mut()));
        delivery::await_quiet(CALL);
        give(node, ptr::null_mut());
        if !with(|state| state.deliveries.unbind(binding)) {
            fail(&format!("event binding {binding} is given back twice"));
        }
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_event_reserve_subclass_detailed(
        owner: *const c_char,
        subclass_name: *const c_char,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = owner;
        if refused(CALL) {
            return sys::SWITCH_STATUS_INUSE;
        }
        let subclass = text(subclass_name);
        match with(|state| state.events.reserve(&subclass)) {
            true => sys::SWITCH_STATUS_SUCCESS,
            false => sys::SWITCH_STATUS_INUSE,
        }
    }

    fn switch_event_free_subclass_detailed(
        owner: *const c_char,
        subclass_name: *const c_char,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = owner;
        let subclass = text(subclass_name);
        status(with(|state| state.events.release(&subclass)))
    }

    fn switch_channel_event_set_data(channel: *mut sys::switch_channel_t, event: *mut sys::switch_event_t) {
        let leg = channel_call(CALL, channel);
        let data = with(|state| message::event_data(state.leg(leg)));
        change(CALL, event, |found| data.iter().for_each(|(name, value)| found.add(name, value)));
    }

    fn switch_core_chat_send_args(
        dest_proto: *const c_char,
        proto: *const c_char,
        from: *const c_char,
        to: *const c_char,
        subject: *const c_char,
        body: *const c_char,
        r#type: *const c_char,
        hint: *const c_char,
        blocking: sys::switch_bool_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (proto, subject, r#type, hint, blocking);
        if refused(CALL) || some_text(dest_proto).as_deref() != Some("sip") {
            return sys::SWITCH_STATUS_NOTFOUND;
        }
        let message = Message { to: text(to), from: text(from), body: text(body) };
        with(|state| state.messages.push(message));
        sys::SWITCH_STATUS_SUCCESS
    }
}

fn change(
    call: &'static str,
    event: *const sys::switch_event_t,
    change: impl FnOnce(&mut crate::events::Event),
) {
    let id = handle::id(call, Kind::Event, event);
    let known = with(|state| state.events.made(id).map(change).is_some());
    if !known {
        fail(&format!(
            "{call} with event {id}, which is fired or destroyed"
        ));
    }
}

/// Takes the event, and leaves NULL behind, as the host does.
fn take(call: &'static str, place: *mut *mut sys::switch_event_t) -> crate::events::Event {
    let id = handle::id(call, Kind::Event, look(place).unwrap_or(ptr::null_mut()));
    give(place, ptr::null_mut());
    match with(|state| state.events.take(id)) {
        Some(event) => event,
        None => fail(&format!(
            "{call} with event {id}, which is fired or destroyed"
        )),
    }
}
