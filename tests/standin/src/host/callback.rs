//! Calls into the module: the only places where its code runs.

use super::boundary::c_text;
use crate::{
    handle::{self, Kind},
    leg::LegId,
    schedule::{current, with},
};
use freeswitch_sys as sys;
use std::{
    ffi::{c_char, c_void},
    ptr,
};

pub(crate) type TaskFunction = unsafe extern "C" fn(*mut sys::switch_scheduler_task_t);
pub(crate) type EventFunction = unsafe extern "C" fn(*mut sys::switch_event_t);
pub(crate) type ThreadFunction =
    unsafe extern "C" fn(*mut sys::switch_thread_t, *mut c_void) -> *mut c_void;
pub(crate) type MessageHook = unsafe extern "C" fn(
    *mut sys::switch_core_session_t,
    *mut sys::switch_core_session_message_t,
) -> sys::switch_status_t;
pub(crate) type SignalHook =
    unsafe extern "C" fn(*mut sys::switch_core_session_t, std::ffi::c_int) -> sys::switch_status_t;
pub(crate) type ApplicationFunction =
    unsafe extern "C" fn(*mut sys::switch_core_session_t, *const c_char);
pub(crate) type CommandFunction = unsafe extern "C" fn(
    *const c_char,
    *mut sys::switch_core_session_t,
    *mut sys::switch_stream_handle_t,
) -> sys::switch_status_t;
pub(crate) type JsonFunction = unsafe extern "C" fn(
    *const sys::cJSON,
    *mut sys::switch_core_session_t,
    *mut *mut sys::cJSON,
) -> sys::switch_status_t;
pub(crate) type CompleteFunction = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *mut *mut sys::switch_console_callback_match_t,
) -> sys::switch_status_t;

/// What a caller of a media function wants to be told, every frame and for every key.
#[derive(Clone, Copy)]
pub(crate) struct Listener {
    input: sys::switch_input_callback_function_t,
    frame: sys::switch_read_frame_callback_function_t,
    input_data: usize,
    input_length: u32,
    frame_data: usize,
}

/// Notes that this thread runs the module's code while `run` runs.
pub(crate) fn inside<R>(what: &str, run: impl FnOnce() -> R) -> R {
    let me = current();
    with(|state| state.interfaces.inside.push((me, what.to_owned())));
    let result = run();
    with(|state| {
        let inside = &mut state.interfaces.inside;
        if let Some(last) = inside.iter().rposition(|(thread, _)| *thread == me) {
            inside.remove(last);
        }
    });
    result
}

/// Runs a task once; answers when it wants to run again, as the module has set it.
pub(crate) fn run_task(
    function: TaskFunction,
    created: i64,
    due: i64,
    number: u32,
    id: u32,
) -> i64 {
    let mut task = sys::switch_scheduler_task {
        created,
        runtime: due,
        cmd_id: number,
        repeat: 0,
        group: ptr::null_mut(),
        cmd_arg: ptr::null_mut(),
        task_id: id,
        hash: 0,
    };
    // SAFETY: the module registered the function and is loaded; the task lives during the call.
    inside("a task", || unsafe { function(&mut task) });
    task.runtime
}

pub(crate) fn deliver(function: EventFunction, event: *mut sys::switch_event_t) {
    // SAFETY: the module bound the function and is loaded; the event is good during the call.
    inside("an event callback", || unsafe { function(event) });
}

pub(crate) fn run_thread(function: ThreadFunction, thread: *mut sys::switch_thread_t, data: usize) {
    // SAFETY: the module started the thread with this function and this data, and is loaded until it is joined.
    inside("a thread", || unsafe {
        function(thread, ptr::without_provenance_mut(data))
    });
}

pub(crate) fn tell(
    hook: MessageHook,
    leg: LegId,
    message: *mut sys::switch_core_session_message_t,
) -> u32 {
    let session = handle::of(Kind::Session, leg.0);
    // SAFETY: the module set the hook on this leg and has not removed it; the message lives during the call.
    inside("a message hook", || unsafe { hook(session, message) })
}

pub(crate) fn run_application(name: &str, function: ApplicationFunction, leg: LegId, data: &str) {
    let session = handle::of(Kind::Session, leg.0);
    let text = c_text(data);
    // The host hands NULL over where the dialplan gives no data at all.
    let data = if data.is_empty() {
        ptr::null()
    } else {
        text.as_ptr()
    };
    // SAFETY: the module registered the function and is loaded; leg and text live during the call.
    inside(name, || unsafe { function(session, data) });
}

/// Runs a JSON API command; `None` where it gave no document.
pub(crate) fn run_json_command(function: JsonFunction, request: &str) -> Option<String> {
    let document = super::json::made(request);
    let mut reply = ptr::null_mut();
    let status = inside("the API", || {
        // SAFETY: the module's own function; the document lives, and the reply is written into the pointer.
        unsafe { function(document, ptr::null_mut(), &mut reply) }
    });
    super::json::text_of(document);
    (status == sys::SWITCH_STATUS_SUCCESS && !reply.is_null()).then(|| super::json::text_of(reply))
}

pub(crate) fn run_command(
    function: CommandFunction,
    arguments: &str,
    stream: *mut sys::switch_stream_handle_t,
) -> u32 {
    let text = c_text(arguments);
    let arguments = if arguments.is_empty() {
        ptr::null()
    } else {
        text.as_ptr()
    };
    // SAFETY: the module registered the function and is loaded; text and stream live during the call.
    inside("the API", || unsafe {
        function(arguments, ptr::null_mut(), stream)
    })
}

pub(crate) fn complete(function: CompleteFunction, line: &str, matches: u64) -> u32 {
    let line = c_text(line);
    let mut list = handle::of(Kind::Matches, matches);
    // SAFETY: the module registered the function and is loaded; the texts live during the call.
    inside("a completion", || unsafe {
        function(line.as_ptr(), line.as_ptr(), &mut list)
    })
}

impl Listener {
    /// # Safety
    /// `arguments` is NULL or points to arguments that live during this call.
    pub(crate) unsafe fn of(arguments: *const sys::switch_input_args_t) -> Option<Self> {
        if arguments.is_null() {
            return None;
        }
        // SAFETY: not NULL, and alive by the caller's word.
        let arguments = unsafe { &*arguments };
        Some(Self {
            input: arguments.input_callback,
            frame: arguments.read_frame_callback,
            input_data: arguments.buf.addr(),
            input_length: arguments.buflen,
            frame_data: arguments.user_data.addr(),
        })
    }

    /// Of a function that ends at the first key.
    pub(crate) fn ends_at_a_key() -> Self {
        Self {
            input: None,
            frame: None,
            input_data: 0,
            input_length: 0,
            frame_data: 0,
        }
    }

    /// Whether it wants keys.
    pub(crate) fn takes_keys(&self) -> bool {
        self.input.is_some()
    }

    /// Hands a key over.
    pub(crate) fn key(&self, leg: LegId, key: char) -> u32 {
        let Some(input) = self.input else {
            return sys::SWITCH_STATUS_SUCCESS;
        };
        let mut digit = sys::switch_dtmf_t {
            digit: key as c_char,
            duration: 2000,
            flags: 0,
            source: sys::SWITCH_DTMF_RTP,
        };
        let digit = ptr::from_mut(&mut digit).cast();
        let data = ptr::without_provenance_mut(self.input_data);
        let (session, kind) = (
            handle::of(Kind::Session, leg.0),
            sys::SWITCH_INPUT_TYPE_DTMF,
        );
        // SAFETY: the module's own callback with its own data; the digit lives during the call.
        inside("an input callback", || unsafe {
            input(session, digit, kind, data, self.input_length)
        })
    }

    /// Tells of a frame; success where nobody wants to know.
    pub(crate) fn frame(&self, leg: LegId) -> u32 {
        let Some(frame) = self.frame else {
            return sys::SWITCH_STATUS_SUCCESS;
        };
        let data = ptr::without_provenance_mut(self.frame_data);
        let session = handle::of(Kind::Session, leg.0);
        let read = handle::of(Kind::Frame, leg.0);
        // SAFETY: the module's own callback with its own data; it does not look into the frame.
        inside("a frame callback", || unsafe { frame(session, read, data) })
    }
}

/// Writes a text into a stream's own buffer, ended by a NUL, if there is room for it.
///
/// # Safety
/// `stream` is NULL, or a stream whose buffer is as long as it says.
pub(crate) unsafe fn keep(
    stream: *mut sys::switch_stream_handle_t,
    text: &str,
) -> sys::switch_status_t {
    // SAFETY: NULL, or a stream that is alive, by the caller's word.
    let Some(stream) = (unsafe { stream.as_mut() }) else {
        return sys::SWITCH_STATUS_FALSE;
    };
    if stream.data_size.saturating_sub(stream.data_len) <= text.len() {
        return sys::SWITCH_STATUS_FALSE;
    }
    let end = stream.data.cast::<u8>().wrapping_add(stream.data_len);
    // SAFETY: from here on the buffer has room for the text and a NUL.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr(), end, text.len()) };
    // SAFETY: as above.
    unsafe { end.wrapping_add(text.len()).write(0) };
    stream.data_len += text.len();
    sys::SWITCH_STATUS_SUCCESS
}
