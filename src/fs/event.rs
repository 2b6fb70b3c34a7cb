//! Events of the host: made, filled and fired; and watched.

use super::{HostError, check, guard::guarded, session::Session, sys, text};
use std::{
    ffi::CStr,
    marker::PhantomData,
    ptr::{self, NonNull},
};

const FILE: &CStr = c"mod_callpark";

/// An event that is ours until it is fired.
pub struct Event(NonNull<sys::switch_event_t>);

// SAFETY: until it is fired the event is memory that only its owner knows of; the host ties it to no thread.
unsafe impl Send for Event {}

impl Event {
    /// A custom event of a subclass (`switch_event_create_subclass`).
    pub fn custom(subclass: &CStr) -> Result<Self, HostError> {
        Self::create(sys::SWITCH_EVENT_CUSTOM, Some(subclass))
    }

    /// The presence of something that phones subscribe to.
    pub fn presence() -> Result<Self, HostError> {
        Self::create(sys::SWITCH_EVENT_PRESENCE_IN, None)
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
            sys::switch_event_create_subclass_detailed(
                FILE.as_ptr(),
                FILE.as_ptr(),
                0,
                &mut event,
                kind,
                subclass,
            )
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
            sys::switch_event_fire_detailed(
                FILE.as_ptr(),
                FILE.as_ptr(),
                0,
                &mut event,
                ptr::null_mut(),
            );
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

/// A text with its `${functions()}` filled in, on no leg's behalf: what they write does not end up on a leg
/// (`switch_event_expand_headers`). Any thread. Never for a text with anything of a caller in it.
pub fn expand(text: &str) -> Result<String, HostError> {
    let nothing = Event::plain(&[])?;
    let text = text::c_text(text);
    // SAFETY: the event and the text outlive the call; NULL lists restrict nothing.
    let expanded = unsafe {
        sys::switch_event_expand_headers_check(
            nothing.as_ptr(),
            text.as_ptr(),
            ptr::null_mut(),
            ptr::null_mut(),
            0,
        )
    };
    // SAFETY: NULL, the text that was given, or a new one.
    let value = unsafe { text::from_host(expanded) }.unwrap_or_default();
    if !expanded.is_null() && !ptr::eq(expanded, text.as_ptr()) {
        // SAFETY: a new text is from the C library's allocator, and ours to free this once.
        unsafe { text::free(expanded) };
    }
    Ok(value)
}

/// An event of the host's that is being delivered.
pub struct Delivered<'a>(&'a NonNull<sys::switch_event_t>);

impl Delivered<'_> {
    /// A header's value (`switch_event_get_header`).
    pub fn header(&self, name: &str) -> Option<String> {
        let name = text::c_text(name);
        // SAFETY: the host keeps the event during its delivery, and the name outlives the call.
        let value = unsafe { sys::switch_event_get_header_idx(self.0.as_ptr(), name.as_ptr(), -1) };
        // SAFETY: the value lives in the event.
        unsafe { text::from_host(value) }
    }
}

/// A kind of events that can be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A leg that the switch has dialled begins: `Unique-ID`, `Caller-Destination-Number`, and its variables as
    /// `variable_<name>`.
    ChannelOriginate,
    /// A leg has hung up: `Unique-ID`, `Call-Direction`, and its variables as `variable_<name>`.
    ChannelHangup,
    /// A phone has subscribed to something's presence: `proto`, `to`, `sub-call-id`.
    PresenceProbe,
    /// Somebody tells the presence of something: `proto`, `from`, `answer-state`, and `call-id` where it is for one alone.
    PresenceIn,
}

/// Who watches.
pub trait Observer {
    /// What is watched.
    const KIND: Kind;
    /// One event. On a thread of the host that delivers all events: it must not block, and watch or unwatch nothing.
    fn seen(event: &Delivered<'_>);
}

/// Watches events until dropped (`switch_event_bind_removable`).
#[must_use = "the watch ends when this is dropped"]
pub struct Watch<O: Observer> {
    node: NonNull<sys::switch_event_node_t>,
    observer: PhantomData<O>,
}

// SAFETY: the node is a token of the host's, good on any thread.
unsafe impl<O: Observer> Send for Watch<O> {}
// SAFETY: as above; nothing can be done with it but to drop it.
unsafe impl<O: Observer> Sync for Watch<O> {}

impl<O: Observer> Watch<O> {
    /// Begins to watch.
    pub fn begin() -> Result<Self, HostError> {
        let kind = match O::KIND {
            Kind::ChannelOriginate => sys::SWITCH_EVENT_CHANNEL_ORIGINATE,
            Kind::ChannelHangup => sys::SWITCH_EVENT_CHANNEL_HANGUP,
            Kind::PresenceProbe => sys::SWITCH_EVENT_PRESENCE_PROBE,
            Kind::PresenceIn => sys::SWITCH_EVENT_PRESENCE_IN,
        };
        let mut node = ptr::null_mut();
        // SAFETY: the name is static, there is no subclass and no user data, and the function stays mapped until drop has
        // removed it; the host writes its token into the pointer.
        let status = unsafe {
            sys::switch_event_bind_removable(
                FILE.as_ptr(),
                kind,
                ptr::null(),
                Some(deliver::<O>),
                ptr::null_mut(),
                &mut node,
            )
        };
        check("switch_event_bind_removable", status)?;
        NonNull::new(node)
            .map(|node| Self {
                node,
                observer: PhantomData,
            })
            .ok_or(HostError {
                call: "switch_event_bind_removable",
                status,
            })
    }
}

impl<O: Observer> Drop for Watch<O> {
    /// Waits for a delivery that runs (`switch_event_unbind`).
    fn drop(&mut self) {
        let mut node = self.node.as_ptr();
        // SAFETY: the token came from begin and is given back this once.
        unsafe { sys::switch_event_unbind(&mut node) };
    }
}

extern "C" fn deliver<O: Observer>(event: *mut sys::switch_event_t) {
    guarded("event", (), || {
        if let Some(event) = NonNull::new(event) {
            O::seen(&Delivered(&event));
        }
    });
}
