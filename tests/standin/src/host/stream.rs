//! The log, and the stream that an API command writes its reply to: the ends of the variadic functions in C.

use super::{
    boundary::{some_text, text},
    callback::{self, CommandFunction},
};
use crate::{
    locks::host_call,
    schedule::{fail, with},
    world::LogLine,
};
use freeswitch_sys as sys;
use std::{
    ffi::{c_char, c_int, c_void},
    ptr,
};

unsafe extern "C" {
    fn standin_stream_write(
        stream: *mut sys::switch_stream_handle_t,
        format: *const c_char,
        ...
    ) -> sys::switch_status_t;
}

/// Runs a command, and gives its status and all that it wrote.
pub(crate) fn reply(function: CommandFunction, arguments: &str) -> (u32, String) {
    let mut written = Box::new(String::new());
    // SAFETY: NULL and 0 are the host's own way to begin a stream.
    let mut stream: sys::switch_stream_handle_t = unsafe { std::mem::zeroed() };
    stream.write_function = Some(standin_stream_write);
    stream.data = ptr::from_mut(&mut *written).cast();
    let status = callback::run_command(function, arguments, &mut stream);
    (status, *written)
}

/// `switch_log_printf`, before its formatting.
// SAFETY: a name of the stand-in's own.
#[unsafe(no_mangle)]
extern "C" fn standin_log_begins(format: *const c_char) {
    begins("switch_log_printf", format);
}

/// `switch_log_printf`, behind its formatting.
// SAFETY: a name of the stand-in's own.
#[unsafe(no_mangle)]
extern "C" fn standin_logged(leg: *const c_char, level: c_int, line: *const c_char) {
    let line = LogLine {
        leg: some_text(leg),
        level,
        text: text(line).trim_end().to_owned(),
    };
    with(|state| {
        state.note(format!("log [{level}] {}", line.text));
        state.log.push(line);
    });
}

/// The stream's `write_function`, before its formatting.
// SAFETY: a name of the stand-in's own.
#[unsafe(no_mangle)]
extern "C" fn standin_write_begins(format: *const c_char) {
    begins("write_function", format);
}

/// The stream's `write_function`, behind its formatting.
// SAFETY: a name of the stand-in's own.
#[unsafe(no_mangle)]
extern "C" fn standin_written(stream: *mut c_void, written: *const c_char) -> c_int {
    let written = text(written);
    let stream = stream.cast::<sys::switch_stream_handle_t>();
    // SAFETY: the module passes on the stream that it was called with.
    let data = unsafe { (*stream).data };
    // SAFETY: the data is the string of reply(), which waits for the command to end.
    let reply = unsafe { &mut *data.cast::<String>() };
    reply.push_str(&written);
    sys::SWITCH_STATUS_SUCCESS as c_int
}

/// A host call that formats. A format is a constant with one `%s`: a text of a caller's in its place could read the
/// switch's memory.
fn begins(call: &'static str, format: *const c_char) {
    host_call(call);
    let format = text(format);
    if !["%s", "%s\n"].contains(&format.as_str()) {
        fail(&format!("{call} with the format {format:?}"));
    }
}
