//! Lists of legs: the one thing that the host hands out for the module to walk through and give back.

use super::{boundary::text, host};
use crate::{
    locks::host_call,
    schedule::{fail, with},
};
use freeswitch_sys as sys;
use std::{
    ffi::{CString, c_char},
    ptr,
};

host! {
    fn switch_core_session_findall_matching_var(
        var_name: *const c_char,
        var_val: *const c_char,
    ) -> *mut sys::switch_console_callback_match_t {
        host_call(CALL);
        let (name, value) = (text(var_name), text(var_val));
        let found = with(|state| {
            let legs = state.legs.iter().filter(|leg| leg.is_up() && !leg.destroyed);
            let found: Vec<String> = legs
                .filter(|leg| leg.variable(&name).as_deref() == Some(&value))
                .map(|leg| leg.uuid.clone())
                .collect();
            state.lists += usize::from(!found.is_empty());
            found
        });
        hand_out(found)
    }

    fn switch_console_free_matches(matches: *mut *mut sys::switch_console_callback_match_t) {
        host_call(CALL);
        let list = super::boundary::look(matches).unwrap_or(ptr::null_mut());
        if list.is_null() || with(|state| state.lists == 0) {
            fail("switch_console_free_matches got no list that was handed out");
        }
        with(|state| state.lists -= 1);
        take_back(list);
    }
}

fn hand_out(values: Vec<String>) -> *mut sys::switch_console_callback_match_t {
    let mut head = ptr::null_mut();
    let count = values.len() as i32;
    for value in values.into_iter().rev() {
        let val = CString::new(value).unwrap_or_default().into_raw();
        head = Box::into_raw(Box::new(sys::switch_console_callback_match_node {
            val,
            next: head,
        }));
    }
    if head.is_null() {
        return ptr::null_mut();
    }
    // The module reads from the head on; the end is for whoever adds to a list.
    Box::into_raw(Box::new(sys::switch_console_callback_match {
        head,
        end: ptr::null_mut(),
        count,
        dynamic: 0,
    }))
}

fn take_back(list: *mut sys::switch_console_callback_match_t) {
    // SAFETY: handed out by us, and counted: given back once.
    let list = unsafe { Box::from_raw(list) };
    let mut next = list.head;
    while !next.is_null() {
        // SAFETY: a node of that list, made by hand_out.
        let node = unsafe { Box::from_raw(next) };
        // SAFETY: its text, likewise.
        drop(unsafe { CString::from_raw(node.val) });
        next = node.next;
    }
}
