//! Texts and places across the C boundary.
//!
//! The stand-in trusts the module's pointers as the host does: a wrong one crashes the test, as it would the switch.

use std::ffi::{CStr, CString, c_char};

/// A text of the module's; empty for NULL.
pub(crate) fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: the host's functions are called with C strings that live during the call.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_string_lossy().into_owned()
}

/// A text of the module's; `None` for NULL and for an empty one.
pub(crate) fn some_text(pointer: *const c_char) -> Option<String> {
    Some(text(pointer)).filter(|text| !text.is_empty())
}

/// A text for the module.
pub(crate) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}

/// Writes a result to where the module wants it; to nowhere if that is NULL.
pub(crate) fn give<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: not NULL; the host's functions are called with places that take their result.
        unsafe { place.write(value) };
    }
}

/// Reads what the module has put there; `None` for NULL.
pub(crate) fn look<T: Copy>(place: *const T) -> Option<T> {
    // SAFETY: not NULL, and the host's functions are called with places that hold a value.
    (!place.is_null()).then(|| unsafe { place.read_volatile() })
}

/// Writes `text` with its NUL into a buffer of `length` bytes, cut where it is too long.
pub(crate) fn fill(buffer: *mut c_char, length: usize, text: &str) {
    let Some(room) = length.checked_sub(1) else {
        return;
    };
    let bytes = text.bytes().filter(|byte| *byte != 0).take(room).chain([0]);
    for (at, byte) in bytes.enumerate() {
        // SAFETY: fewer than `length` bytes are written, and the caller's buffer has that many.
        let place = unsafe { buffer.add(at) };
        give(place, byte as c_char);
    }
}
