//! Sessions: a call's leg, borrowed for a callback or kept alive by the host's read lock.

use super::{sys, text};
use std::{ffi::CStr, marker::PhantomData, ptr, ptr::NonNull};

const FILE: &CStr = c"mod_callpark";

/// A leg, for as long as `'a`: a callback on its own thread, or a [`Located`] that holds its read lock.
///
/// Not `Send`: what may be called from which thread is said at each method.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    raw: NonNull<sys::switch_core_session_t>,
    channel: NonNull<sys::switch_channel_t>,
    life: PhantomData<&'a ()>,
}

impl<'a> Session<'a> {
    /// The leg behind a pointer of the host's; `None` for NULL.
    ///
    /// # Safety
    /// `raw` is NULL or a session that the host keeps alive for `'a`.
    pub(crate) unsafe fn from_raw(raw: *mut sys::switch_core_session_t) -> Option<Self> {
        let raw = NonNull::new(raw)?;
        // SAFETY: the session is alive by the caller's word; it has its channel from birth to end.
        let channel = unsafe { sys::switch_core_session_get_channel(raw.as_ptr()) };
        Some(Self {
            raw,
            channel: NonNull::new(channel)?,
            life: PhantomData,
        })
    }

    pub(crate) fn as_ptr(self) -> *mut sys::switch_core_session_t {
        self.raw.as_ptr()
    }

    pub(crate) fn channel_ptr(self) -> *mut sys::switch_channel_t {
        self.channel.as_ptr()
    }

    /// The leg's UUID, its whole life long the same (`switch_core_session_get_uuid`). Any thread.
    pub fn uuid(self) -> String {
        // SAFETY: the session is alive for 'a.
        let uuid = unsafe { sys::switch_core_session_get_uuid(self.as_ptr()) };
        // SAFETY: the UUID is an array inside the session.
        unsafe { text::from_host(uuid) }.unwrap_or_default()
    }

    /// The leg that this one is bridged with (`switch_core_session_get_partner`). Any thread.
    pub fn partner(self) -> Option<Located> {
        let mut partner = ptr::null_mut();
        // SAFETY: the session is alive; a partner that is found comes with its read lock taken.
        let status = unsafe {
            sys::switch_core_session_perform_get_partner(
                self.as_ptr(),
                &mut partner,
                FILE.as_ptr(),
                FILE.as_ptr(),
                0,
            )
        };
        if status != sys::SWITCH_STATUS_SUCCESS {
            return None;
        }
        // SAFETY: found and read-locked just now.
        unsafe { Located::from_locked(partner) }
    }

    /// Writes the call's state where a crash does not reach it (`switch_core_recovery_track`).
    /// Does nothing unless the profile tracks calls. The leg's own thread.
    pub fn track_for_recovery(self) {
        // SAFETY: the session is alive for 'a.
        unsafe { sys::switch_core_recovery_track(self.as_ptr()) };
    }
}

/// A leg whose read lock we hold: the host does not destroy it before this is dropped.
///
/// Hold it for a few host calls, never over a wait, a dial or an announcement: a leg that ends waits for it.
pub struct Located {
    session: Session<'static>,
}

impl Located {
    /// # Safety
    /// `raw` is NULL or a session whose read lock this thread holds once more than it will otherwise release.
    pub(crate) unsafe fn from_locked(raw: *mut sys::switch_core_session_t) -> Option<Self> {
        // SAFETY: the read lock keeps the session alive until drop, and it is lent out for the borrow of self only.
        unsafe { Session::from_raw(raw) }.map(|session| Self { session })
    }

    /// The leg, for as long as this is borrowed.
    pub fn session(&self) -> Session<'_> {
        self.session
    }
}

impl Drop for Located {
    fn drop(&mut self) {
        // SAFETY: the read lock came with from_locked and is released this once.
        unsafe { sys::switch_core_session_rwunlock(self.session.as_ptr()) };
    }
}

/// Finds a living leg by UUID (`switch_core_session_locate`); `None` once it hangs up. Any thread.
pub fn locate(uuid: &str) -> Option<Located> {
    let uuid = text::c_text(uuid);
    // SAFETY: the text outlives the call.
    let found = unsafe {
        sys::switch_core_session_perform_locate(uuid.as_ptr(), FILE.as_ptr(), FILE.as_ptr(), 0)
    };
    // SAFETY: a session that is found comes with its read lock taken.
    unsafe { Located::from_locked(found) }
}

/// Finds a leg that may be hanging up already (`switch_core_session_force_locate`): only to read from it. Any thread.
pub fn locate_ending(uuid: &str) -> Option<Located> {
    let uuid = text::c_text(uuid);
    // SAFETY: the text outlives the call.
    let found = unsafe {
        sys::switch_core_session_perform_force_locate(
            uuid.as_ptr(),
            FILE.as_ptr(),
            FILE.as_ptr(),
            0,
        )
    };
    // SAFETY: a session that is found comes with its read lock taken.
    unsafe { Located::from_locked(found) }
}

/// The legs whose variable has this value, as UUIDs (`switch_core_session_findall_matching_var`). Any thread. The host
/// looks at every leg of the switch: not for what happens at every call.
pub fn legs_with(name: &CStr, value: &str) -> Vec<String> {
    let value = text::c_text(value);
    // SAFETY: the texts outlive the call; what is found is ours to free.
    let mut found =
        unsafe { sys::switch_core_session_findall_matching_var(name.as_ptr(), value.as_ptr()) };
    let mut legs = Vec::new();
    // SAFETY: the list is NULL or the host's, ours alone until it is freed.
    let mut next = unsafe { found.as_ref() }.map_or(ptr::null_mut(), |list| list.head);
    // SAFETY: as above, of each of its nodes.
    while let Some(node) = unsafe { next.as_ref() } {
        // SAFETY: the node's text lives as long as the list.
        legs.extend(unsafe { text::from_host(node.val) });
        next = node.next;
    }
    if !found.is_null() {
        // SAFETY: the list came from the call above and is freed this once.
        unsafe { sys::switch_console_free_matches(&mut found) };
    }
    legs
}
