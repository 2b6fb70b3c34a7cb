//! Legs sent elsewhere, dialled, and joined.

use super::{
    boundary::{give, look, some_text, text},
    host, status,
};
use crate::{
    bridge,
    handle::{self, Kind, other_session, own_call, session_call},
    locks::host_call,
    originate::{self, Dial},
    schedule::{fail, with},
    transfer,
};
use freeswitch_sys as sys;
use std::{
    ffi::{c_char, c_void},
    ptr,
};

host! {
    fn switch_ivr_session_transfer(
        session: *mut sys::switch_core_session_t,
        extension: *const c_char,
        dialplan: *const c_char,
        context: *const c_char,
    ) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        let (dialplan, context) = (some_text(dialplan), some_text(context));
        status(transfer::session_transfer(leg, &text(extension), dialplan.as_deref(), context.as_deref()))
    }

    fn switch_ivr_blind_transfer_ack(
        session: *mut sys::switch_core_session_t,
        success: sys::switch_bool_t,
    ) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        status(transfer::acknowledge(leg, success != sys::SWITCH_FALSE))
    }

    fn switch_ivr_multi_threaded_bridge(
        session: *mut sys::switch_core_session_t,
        peer_session: *mut sys::switch_core_session_t,
        dtmf_callback: sys::switch_input_callback_function_t,
        session_data: *mut c_void,
        peer_session_data: *mut c_void,
    ) -> sys::switch_status_t {
        let first = own_call(CALL, session);
        let second = other_session(CALL, peer_session);
        if dtmf_callback.is_some() || !session_data.is_null() || !peer_session_data.is_null() {
            fail("the stand-in bridges without a callback only");
        }
        if !with(|state| state.leg(second).is_answered()) {
            fail("a bridge with a leg that is not answered: the host ends the other one by the cause of it");
        }
        bridge::bridge(first, second)
    }

    fn switch_ivr_bridge_bleg(
        session: *mut sys::switch_core_session_t,
        peer_session: *mut sys::switch_core_session_t,
        max_wait_ms: u32,
    ) -> sys::switch_status_t {
        let leg = own_call(CALL, session);
        let first = other_session(CALL, peer_session);
        bridge::be_second(leg, first, max_wait_ms)
    }

    fn switch_ivr_originate(
        session: *mut sys::switch_core_session_t,
        bleg: *mut *mut sys::switch_core_session_t,
        cause: *mut sys::switch_call_cause_t,
        bridgeto: *const c_char,
        timelimit_sec: u32,
        table: *const sys::switch_state_handler_table_t,
        cid_name_override: *const c_char,
        cid_num_override: *const c_char,
        caller_profile_override: *mut sys::switch_caller_profile_t,
        ovars: *mut sys::switch_event_t,
        flags: sys::switch_originate_flag_t,
        cancel_cause: *mut sys::switch_call_cause_t,
        dh: *mut sys::switch_dial_handle_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        if !table.is_null() || !caller_profile_override.is_null() || !dh.is_null() || flags != sys::SOF_NONE {
            fail("the stand-in dials without handlers, profiles, handles and flags only");
        }
        let on_behalf = (!session.is_null()).then(|| own_call(CALL, session));
        let (to, name, number) = (text(bridgeto), text(cid_name_override), text(cid_num_override));
        let variables = variables(ovars);
        let dial = Dial { to: &to, name: &name, number: &number, seconds: timelimit_sec, variables: &variables, on_behalf };
        let result = originate::originate(&dial, || look(cancel_cause).unwrap_or(sys::SWITCH_CAUSE_NONE));
        match result {
            Ok(leg) => {
                give(cause, sys::SWITCH_CAUSE_SUCCESS);
                give(bleg, handle::of(Kind::Session, leg.0));
                sys::SWITCH_STATUS_SUCCESS
            }
            Err(why) => {
                give(cause, why);
                give(bleg, ptr::null_mut());
                sys::SWITCH_STATUS_FALSE
            }
        }
    }
}

/// The headers of the event that carries a dial's variables; it stays the caller's.
fn variables(event: *const sys::switch_event_t) -> Vec<(String, String)> {
    if event.is_null() {
        return Vec::new();
    }
    let id = handle::id("switch_ivr_originate", Kind::Event, event);
    with(|state| state.events.made(id).map(|event| event.headers().to_vec())).unwrap_or_default()
}
