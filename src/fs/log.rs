//! The host's log. Any thread may write; user text never is a format.

use super::{sys, text};
use std::ffi::CStr;

/// How loud a line is, as the host names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something is broken: a call may be affected.
    Error,
    /// An operator should look at it.
    Warning,
    /// The life of a call: parked, retrieved, gone.
    Notice,
    /// Worth knowing when one looks for something.
    Info,
    /// For developers.
    Debug,
}

impl Level {
    fn raw(self) -> sys::switch_log_level_t {
        match self {
            Level::Error => sys::SWITCH_LOG_ERROR,
            Level::Warning => sys::SWITCH_LOG_WARNING,
            Level::Notice => sys::SWITCH_LOG_NOTICE,
            Level::Info => sys::SWITCH_LOG_INFO,
            Level::Debug => sys::SWITCH_LOG_DEBUG,
        }
    }
}

const FILE: &CStr = c"mod_callpark";
const FUNCTION: &CStr = c"callpark";

/// Writes one line (`switch_log_printf`).
pub fn log(level: Level, line: &str) {
    write(None, level, line);
}

/// Writes one line that the host tags with the leg `uuid`.
pub fn log_for(uuid: &str, level: Level, line: &str) {
    write(Some(uuid), level, line);
}

fn write(uuid: Option<&str>, level: Level, line: &str) {
    let uuid = uuid.map(text::c_text);
    let line = text::c_text(&text::one_line(line));
    // SAFETY: this channel takes a UUID, or NULL, as its data; the format is a constant with one %s, and every text outlives the call, which copies it.
    unsafe {
        sys::switch_log_printf(
            sys::SWITCH_CHANNEL_ID_LOG,
            FILE.as_ptr(),
            FUNCTION.as_ptr(),
            0,
            text::or_null(uuid.as_ref()),
            level.raw(),
            c"%s\n".as_ptr(),
            line.as_ptr(),
        );
    }
}
