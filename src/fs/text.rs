//! Text across the boundary: C strings of the host, and Rust text for it.

use std::{
    ffi::{CStr, CString, c_char},
    ptr,
};

/// A C string of `text` for one host call. A NUL inside would end the text early for the host: it is left out.
pub(crate) fn c_text(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|error| {
        let mut bytes = error.into_vec();
        bytes.retain(|byte| *byte != 0);
        CString::new(bytes).unwrap_or_default()
    })
}

/// The host's text as a Rust string; `None` for NULL. Broken UTF-8 is replaced by `U+FFFD`.
///
/// # Safety
/// `text` is NULL or points to a C string that lives, unchanged, until this returns.
#[allow(clippy::disallowed_methods)] // the one replacement for it
pub(crate) unsafe fn from_host(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not NULL, and the caller vouches for a C string that outlives this call.
    let bytes = unsafe { CStr::from_ptr(text) };
    Some(bytes.to_string_lossy().into_owned())
}

unsafe extern "C" {
    /// The C library's: gives back a text that the host has allocated for its caller.
    #[link_name = "free"]
    fn c_free(text: *mut c_char);
}

/// Gives back a text that the host has allocated for its caller (`switch_safe_free`).
///
/// # Safety
/// `text` is from the C library's allocator, ours, and not used any more.
pub(crate) unsafe fn free(text: *mut c_char) {
    // SAFETY: by the caller's word.
    unsafe { c_free(text) };
}

/// A pointer to the C string, or NULL for `None`: the host's way to leave an argument out.
pub(crate) fn or_null(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}

/// `text` fit for one line of a log or a table: control characters become `?`.
pub fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                '?'
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_inside_never_cuts_the_text() {
        assert_eq!(c_text("a\0b").as_bytes(), b"ab");
    }

    #[test]
    fn broken_utf8_from_the_host_is_replaced_and_null_is_none() {
        // SAFETY: a literal C string.
        let broken = unsafe { from_host(c"a\xffb".as_ptr()) };
        // SAFETY: NULL is allowed.
        let null = unsafe { from_host(ptr::null()) };
        assert_eq!(broken.as_deref(), Some("a\u{fffd}b"));
        assert_eq!(null, None);
    }

    #[test]
    fn a_log_line_stays_one_line() {
        assert_eq!(one_line("a\nb\x1b[31m"), "a?b?[31m");
    }
}
