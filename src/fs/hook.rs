//! What the host tells of a leg: that its bridge has formed, and that something waits for its thread.

use super::{HostError, check, guard::guarded, session::Session, sys};
use std::{ffi::c_int, marker::PhantomData};

/// What is told when a leg's bridge has formed.
pub trait Bridged {
    /// The leg has its partner: the host has told both endpoints. In the leg's own thread, inside the bridge call.
    fn formed(leg: Session<'_>);
}

/// Watches one leg until dropped (`switch_core_event_hook_add_receive_message`).
///
/// The host sends `SWITCH_MESSAGE_INDICATE_BRIDGE` first to the second leg and then to the first; when the first has it,
/// nothing is left that can fail.
#[must_use = "the hook is removed when this is dropped"]
pub struct BridgeHook<'a, B: Bridged> {
    leg: Session<'a>,
    told: PhantomData<B>,
}

impl<'a, B: Bridged> BridgeHook<'a, B> {
    /// Sets the hook. The leg's own thread.
    pub fn set(leg: Session<'a>) -> Result<Self, HostError> {
        // SAFETY: the session is alive for 'a, and the hook is removed before 'a ends.
        let status = unsafe {
            sys::switch_core_event_hook_add_receive_message(leg.as_ptr(), Some(on_message::<B>))
        };
        check("switch_core_event_hook_add_receive_message", status)?;
        Ok(Self {
            leg,
            told: PhantomData,
        })
    }
}

impl<B: Bridged> Drop for BridgeHook<'_, B> {
    fn drop(&mut self) {
        // SAFETY: the session is alive for 'a, and the hook was added to it by set.
        unsafe {
            sys::switch_core_event_hook_remove_receive_message(
                self.leg.as_ptr(),
                Some(on_message::<B>),
            )
        };
    }
}

extern "C" fn on_message<B: Bridged>(
    session: *mut sys::switch_core_session_t,
    message: *mut sys::switch_core_session_message_t,
) -> sys::switch_status_t {
    guarded("bridge hook", sys::SWITCH_STATUS_SUCCESS, || {
        if message.is_null() {
            return sys::SWITCH_STATUS_SUCCESS;
        }
        // SAFETY: not NULL, and the host keeps the message for the call.
        let kind = unsafe { (*message).message_id };
        if kind == sys::SWITCH_MESSAGE_INDICATE_BRIDGE {
            // SAFETY: the host calls with the session that the hook sits on, read-locked for the call.
            if let Some(leg) = unsafe { Session::from_raw(session) } {
                B::formed(leg);
            }
        }
        sys::SWITCH_STATUS_SUCCESS
    })
}

/// What is told when something waits for a leg's own thread.
pub trait Signalled {
    /// A message, a command or a new state waits. In any thread, which may hold locks of the host: nothing may be done here
    /// but to wake the leg's thread.
    fn signalled(leg: Session<'_>);
}

/// Hears of all that waits for one leg's thread, until dropped (`switch_core_event_hook_add_kill_channel`).
///
/// Only endpoints that take the host's signals pass them on: mod_sofia does, mod_verto does not.
#[must_use = "the hook is removed when this is dropped"]
pub struct SignalHook<'a, S: Signalled> {
    leg: Session<'a>,
    told: PhantomData<S>,
}

impl<'a, S: Signalled> SignalHook<'a, S> {
    /// Sets the hook. The leg's own thread.
    pub fn set(leg: Session<'a>) -> Result<Self, HostError> {
        // SAFETY: the session is alive for 'a, and the hook is removed before 'a ends.
        let status = unsafe {
            sys::switch_core_event_hook_add_kill_channel(leg.as_ptr(), Some(on_signal::<S>))
        };
        check("switch_core_event_hook_add_kill_channel", status)?;
        Ok(Self {
            leg,
            told: PhantomData,
        })
    }
}

impl<S: Signalled> Drop for SignalHook<'_, S> {
    fn drop(&mut self) {
        // SAFETY: the session is alive for 'a, and the hook was added to it by set.
        unsafe {
            sys::switch_core_event_hook_remove_kill_channel(self.leg.as_ptr(), Some(on_signal::<S>))
        };
    }
}

extern "C" fn on_signal<S: Signalled>(
    session: *mut sys::switch_core_session_t,
    _signal: c_int,
) -> sys::switch_status_t {
    guarded("signal hook", sys::SWITCH_STATUS_SUCCESS, || {
        // SAFETY: the host calls with the session that the hook sits on, alive for the call.
        if let Some(leg) = unsafe { Session::from_raw(session) } {
            S::signalled(leg);
        }
        sys::SWITCH_STATUS_SUCCESS
    })
}
