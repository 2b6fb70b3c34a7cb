//! Events of the host: made, filled and fired.

use super::{HostError, check, session::Session, sys, text};
use std::{
    ffi::CStr,
    ptr::{self, NonNull},
};

const FILE: &CStr = c"mod_callpark";

/// An event that is ours until it is fired.
pub struct Event(NonNull<sys::switch_event_t>);

impl Event {
    /// A custom event of a subclass (`switch_event_create_subclass`).
    pub fn custom(subclass: &CStr) -> Result<Self, HostError> {
        Self::create(sys::SWITCH_EVENT_CUSTOM, Some(subclass))
    }

    /// An event that only carries `headers`, never to be fired: the host's form of a list of variables.
    pub(crate) fn plain(headers: &[(&str, &str)]) -> Result<Self, HostError> {
        let mut event = Self::create(sys::SWITCH_EVENT_CLONE, None)?;
        for (name, value) in headers {
            event.add(name, value);
        }
        Ok(event)
    }

    fn create(kind: sys::switch_event_types_t, subclass: Option<&CStr>) -> Result<Self, HostError> {
        let mut event = ptr::null_mut();
        let subclass = subclass.map_or(ptr::null(), CStr::as_ptr);
        // SAFETY: the subclass outlives the call, which copies it; the host writes the event into the pointer.
        let status = unsafe {
            sys::switch_event_create_subclass_detailed(FILE.as_ptr(), FILE.as_ptr(), 0, &mut event, kind, subclass)
        };
        check("switch_event_create", status)?;
        NonNull::new(event).map(Self).ok_or(HostError {
            call: "switch_event_create",
            status,
        })
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::switch_event_t {
        self.0.as_ptr()
    }

    /// Adds a header (`switch_event_add_header_string`).
    pub fn add(&mut self, name: &str, value: &str) {
        let name = text::c_text(name);
        let value = text::c_text(value);
        // SAFETY: the event is ours, and the host copies both texts.
        unsafe {
            sys::switch_event_add_header_string(
                self.as_ptr(),
                sys::SWITCH_STACK_BOTTOM,
                name.as_ptr(),
                value.as_ptr(),
            )
        };
    }

    /// Adds the leg's data, as on every event about a channel (`switch_channel_event_set_data`).
    pub fn add_channel(&mut self, leg: Session<'_>) {
        // SAFETY: both are alive; the host locks the channel while it reads.
        unsafe { sys::switch_channel_event_set_data(leg.channel_ptr(), self.as_ptr()) };
    }

    /// Fires it; the host delivers it on threads of its own (`switch_event_fire`). Any thread.
    pub fn fire(self) {
        let mut event = self.as_ptr();
        std::mem::forget(self);
        // SAFETY: the event is ours, and ownership goes to the host here; drop does not run.
        unsafe {
            sys::switch_event_fire_detailed(FILE.as_ptr(), FILE.as_ptr(), 0, &mut event, ptr::null_mut());
        }
    }
}

impl Drop for Event {
    fn drop(&mut self) {
        let mut event = self.as_ptr();
        // SAFETY: the event is ours and was not fired.
        unsafe { sys::switch_event_destroy(&mut event) };
    }
}
