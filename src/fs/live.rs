//! Event channels and live arrays: lists that clients of mod_verto see as they change.

use super::{HostError, check, guard::guarded, json::Document, json::printed, sys, text};
use std::{
    ffi::{CStr, c_char, c_void},
    marker::PhantomData,
    ptr::{self, NonNull},
};

/// Who hears what clients send on channels below one: on `x` and on every `x.y`.
pub trait Listener {
    /// The channel, without a dot.
    const CHANNEL: &'static CStr;
    /// A client has sent this document. On the host's one thread for all channels, under their lock: it must not block,
    /// listen or stop to listen, and change no permission.
    fn heard(channel: &str, message: &str);
}

/// Who we are on event channels: what we send ourselves does not come back to us.
#[derive(Debug, Clone, Copy)]
pub struct SenderId(sys::switch_event_channel_id_t);

/// Listens until dropped (`switch_event_channel_bind`).
#[must_use = "it is listened no more when this is dropped"]
pub struct Listening<L: Listener> {
    id: SenderId,
    listener: PhantomData<L>,
}

impl<L: Listener> Listening<L> {
    /// Begins to listen.
    pub fn begin() -> Result<Self, HostError> {
        let mut id = 0;
        // SAFETY: the name is static, there is no user data, and the function stays mapped until drop has removed it; the
        // host writes a number that is nobody else's into `id`.
        let status = unsafe {
            sys::switch_event_channel_bind(
                L::CHANNEL.as_ptr(),
                Some(heard::<L>),
                &mut id,
                ptr::null_mut(),
            )
        };
        check("switch_event_channel_bind", status)?;
        Ok(Self {
            id: SenderId(id),
            listener: PhantomData,
        })
    }

    /// Who we are on this channel.
    pub fn id(&self) -> SenderId {
        self.id
    }
}

impl<L: Listener> Drop for Listening<L> {
    /// Waits for a delivery that runs (`switch_event_channel_unbind`).
    fn drop(&mut self) {
        // SAFETY: the name is static.
        unsafe {
            sys::switch_event_channel_unbind(L::CHANNEL.as_ptr(), Some(heard::<L>), ptr::null_mut())
        };
    }
}

extern "C" fn heard<L: Listener>(
    channel: *const c_char,
    message: *mut sys::cJSON,
    _key: *const c_char,
    _id: sys::switch_event_channel_id_t,
    _user_data: *mut c_void,
) {
    guarded("event channel", (), || {
        // SAFETY: NULL, or a text that the host keeps during the call.
        if let Some(channel) = unsafe { text::from_host(channel) } {
            L::heard(&channel, &printed(message));
        }
    });
}

/// A list that the host keeps and whose changes it sends to whoever has subscribed to its channel; destroyed when dropped.
///
/// The host's own lock of the list is held while a change is queued, never while it is sent. Any thread.
pub struct LiveArray {
    array: NonNull<sys::switch_live_array_t>,
    id: SenderId,
}

// SAFETY: the host guards the list with a lock of its own and ties it to no thread.
unsafe impl Send for LiveArray {}
// SAFETY: as above.
unsafe impl Sync for LiveArray {}

impl LiveArray {
    /// A list on a channel; the host knows it by both texts together (`switch_live_array_create`). No other list may have
    /// them.
    pub fn create(channel: &str, name: &str, id: SenderId) -> Result<Self, HostError> {
        let (channel, name) = (text::c_text(channel), text::c_text(name));
        let mut array = ptr::null_mut();
        // SAFETY: the host copies both texts and writes the list into the pointer.
        let status = unsafe {
            sys::switch_live_array_create(channel.as_ptr(), name.as_ptr(), id.0, &mut array)
        };
        check("switch_live_array_create", status)?;
        NonNull::new(array)
            .map(|array| Self { array, id })
            .ok_or(HostError {
                call: "switch_live_array_create",
                status,
            })
    }

    /// Adds the element `key`, or puts another in its place (`switch_live_array_add`). `element`: a JSON object.
    pub fn set(&self, key: &str, element: &str) -> Result<(), HostError> {
        let key = text::c_text(key);
        let element = Document::parse(element)?;
        let mut copied = element.as_ptr();
        // SAFETY: the list is alive; the host copies the key and, being told to, the element.
        let status = unsafe {
            sys::switch_live_array_add(
                self.array.as_ptr(),
                key.as_ptr(),
                -1,
                &mut copied,
                sys::SWITCH_TRUE,
            )
        };
        check("switch_live_array_add", status)
    }

    /// Takes the element out, if it is there (`switch_live_array_del`, which says the same of both). The host looks at
    /// every element of the list.
    pub fn remove(&self, key: &str) {
        let key = text::c_text(key);
        // SAFETY: the list is alive, and the key outlives the call.
        unsafe { sys::switch_live_array_del(self.array.as_ptr(), key.as_ptr()) };
    }

    /// Sends the whole list to one session of mod_verto (`switch_live_array_bootstrap`). **Nobody asks whether it may have
    /// it.**
    pub fn send_to(&self, session: &str) {
        let session = text::c_text(session);
        // SAFETY: the list is alive, and the host copies the session's id.
        unsafe {
            sys::switch_live_array_bootstrap(self.array.as_ptr(), session.as_ptr(), self.id.0)
        };
    }
}

impl Drop for LiveArray {
    fn drop(&mut self) {
        let mut array = self.array.as_ptr();
        // SAFETY: the list came from create, and is given back this once.
        unsafe { sys::switch_live_array_destroy(&mut array) };
    }
}

/// Lets a session of mod_verto subscribe to a channel (`switch_event_channel_permission_modify`). The host forgets it when
/// the session ends. Any thread but one that listens.
pub fn permit(session: &str, channel: &str) {
    let (session, channel) = (text::c_text(session), text::c_text(channel));
    let (session, channel) = (session.as_ptr(), channel.as_ptr());
    // SAFETY: both texts outlive the call.
    let permitted = unsafe { sys::switch_event_channel_permission_verify(session, channel) };
    // What is said twice the host keeps twice.
    if permitted != sys::SWITCH_TRUE {
        // SAFETY: as above, and the host copies both.
        unsafe { sys::switch_event_channel_permission_modify(session, channel, sys::SWITCH_TRUE) };
    }
}

/// Takes back what a session was permitted, by whomever, as if it had ended (`switch_event_channel_permission_clear`). Any
/// thread but one that listens.
pub fn withdraw(session: &str) {
    let session = text::c_text(session);
    // SAFETY: the text outlives the call.
    unsafe { sys::switch_event_channel_permission_clear(session.as_ptr()) };
}
