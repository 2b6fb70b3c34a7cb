//! Two legs joined: the parked leg bridges from its own thread, the other one waits for it.

use super::{session::Session, sys};
use std::ptr;

impl Session<'_> {
    /// Waits as the second leg of a bridge that the first leg's thread forms, and stays until that bridge ends
    /// (`switch_ivr_bridge_bleg`). `false` when none formed within `millis`, or the first leg went down.
    /// The leg's own thread.
    pub fn bridge_as_second(self, first: Session<'_>, millis: u32) -> bool {
        // SAFETY: both legs are alive for the call, and the leg's own thread calls.
        let status = unsafe { sys::switch_ivr_bridge_bleg(self.as_ptr(), first.as_ptr(), millis) };
        let bridged = status == sys::SWITCH_STATUS_SUCCESS;
        if !bridged {
            // The host leaves it set when the first leg went down; a later bridge would take this leg for waiting.
            // SAFETY: the channel is alive for the call; the flag is one of the host's.
            unsafe { sys::switch_channel_clear_flag(self.channel_ptr(), sys::CF_ARRANGED_BRIDGE) };
        }
        bridged
    }

    /// Whether `second` stands in [`Session::bridge_as_second`] within `millis` (`CF_ARRANGED_BRIDGE`). Gives up at
    /// once when either leg goes down. Self's own thread.
    pub fn await_second(self, second: Session<'_>, millis: u32) -> bool {
        // SAFETY: both channels are alive for the call; the flag is one of the host's.
        unsafe {
            sys::switch_channel_wait_for_flag(
                second.channel_ptr(),
                sys::CF_ARRANGED_BRIDGE,
                sys::SWITCH_TRUE,
                millis,
                self.channel_ptr(),
            ) == sys::SWITCH_STATUS_SUCCESS
        }
    }

    /// Joins this leg with `second` and stays until they part (`switch_ivr_multi_threaded_bridge`). Its status says
    /// success after an abort, too: a [`super::hook::BridgeHook`] tells whether it formed. The leg's own thread.
    pub fn bridge_with(self, second: Session<'_>) {
        // SAFETY: both legs are alive for the call, and the leg's own thread calls. No callback, no data.
        unsafe {
            sys::switch_ivr_multi_threaded_bridge(
                self.as_ptr(),
                second.as_ptr(),
                None,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
    }
}
