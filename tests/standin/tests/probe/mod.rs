//! A module of a test's own, in this very program: one application, `probe`, that does what the test is about.

// The module's functions are the stand-in's to call, with handles of its own; each block of host calls says below why it is
// sound. Whoever passes a session, a channel or a pool has it from the stand-in, which looks up what it is given.

#![allow(dead_code)] // each test program uses its part

use callpark_standin::{Line, Phone, Switch};
use freeswitch_sys as sys;
use std::{
    ffi::{CStr, CString, c_char},
    ptr,
};

pub type Session = *mut sys::switch_core_session_t;
pub type Table = sys::switch_loadable_module_function_table;
type Application = unsafe extern "C" fn(Session, *const c_char);

pub const FILE: *const c_char = c"probe".as_ptr();

/// A module whose `load` is this.
pub const fn module(
    load: unsafe extern "C" fn(
        *mut *mut sys::switch_loadable_module_interface_t,
        *mut sys::switch_memory_pool_t,
    ) -> u32,
) -> Table {
    Table {
        switch_api_version: sys::SWITCH_API_VERSION as i32,
        load: Some(load),
        shutdown: Some(shutdown),
        runtime: None,
        flags: sys::SMODF_NONE,
    }
}

unsafe extern "C" fn shutdown() -> u32 {
    sys::SWITCH_STATUS_SUCCESS
}

/// Registers `probe`.
pub fn register(
    interface: *mut *mut sys::switch_loadable_module_interface_t,
    pool: *mut sys::switch_memory_pool_t,
    application: Application,
) -> u32 {
    // SAFETY: called from load, with the host's own pool and place. No fault strikes there, so that there is an entry: one of
    // an application, as asked for, which the host keeps until the module is unloaded. The name is a constant.
    unsafe {
        *interface =
            sys::switch_loadable_module_create_module_interface(pool, c"mod_callpark".as_ptr());
        let entry = sys::switch_loadable_module_create_interface(
            *interface,
            sys::SWITCH_APPLICATION_INTERFACE,
        );
        let entry = entry.cast::<sys::switch_application_interface>();
        (*entry).interface_name = c"probe".as_ptr();
        (*entry).application_function = Some(application);
        (*entry).flags = sys::SAF_SUPPORT_NOMEDIA;
    }
    sys::SWITCH_STATUS_SUCCESS
}

/// Makes a static module out of an application.
macro_rules! probe {
    ($application:path) => {{
        unsafe extern "C" fn load(
            interface: *mut *mut freeswitch_sys::switch_loadable_module_interface_t,
            pool: *mut freeswitch_sys::switch_memory_pool_t,
        ) -> u32 {
            $crate::probe::register(interface, pool, $application)
        }
        static TABLE: $crate::probe::Table = $crate::probe::module(load);
        $crate::probe::with_probe(&TABLE, 0)
    }};
}
pub(crate) use probe;

/// A switch with the module in it, where 1 is the probe and 2 the host's own park.
pub fn with_probe(table: &'static Table, seed: u64) -> (Switch, Phone, Phone) {
    let mut switch = Switch::boot(seed);
    switch.load_table(table).expect("it loads");
    switch.extension("1", &[("probe", "")]);
    switch.extension("2", &[("answer", ""), ("park", "")]);
    switch.extension("3", &[("bridge", "user/1002@alpha.test")]);
    let phones = (
        switch.phone("1001@alpha.test"),
        switch.phone("1002@alpha.test"),
    );
    (switch, phones.0, phones.1)
}

/// Calls the probe, and waits until it has had its say.
pub fn call_probe(switch: &Switch, phone: &Phone) -> Line {
    let line = phone.calls("1");
    switch.run_for(1.0);
    line
}

pub fn channel(session: Session) -> *mut sys::switch_channel_t {
    // SAFETY: the session that the host runs the probe with.
    unsafe { sys::switch_core_session_get_channel(session) }
}

pub fn variable(session: Session, name: &CStr) -> Option<String> {
    // SAFETY: the host's own channel and a static name; the value is NULL or a copy that the leg keeps.
    unsafe {
        let value = sys::switch_channel_get_variable_dup(
            channel(session),
            name.as_ptr(),
            sys::SWITCH_TRUE,
            -1,
        );
        (!value.is_null()).then(|| CStr::from_ptr(value).to_string_lossy().into_owned())
    }
}

pub fn set(session: Session, name: &CStr, value: &str) {
    let value = CString::new(value).expect("no NUL");
    // SAFETY: the host's own channel; it copies the texts.
    unsafe {
        sys::switch_channel_set_variable_var_check(
            channel(session),
            name.as_ptr(),
            value.as_ptr(),
            sys::SWITCH_FALSE,
        );
    }
}

pub fn pool() -> *mut sys::switch_memory_pool_t {
    let mut pool = ptr::null_mut();
    // SAFETY: the host writes the pool to a local.
    unsafe { sys::switch_core_perform_new_memory_pool(&mut pool, FILE, FILE, 0) };
    pool
}

pub fn destroy(mut pool: *mut sys::switch_memory_pool_t) {
    // SAFETY: the pool is the test's own.
    unsafe { sys::switch_core_perform_destroy_memory_pool(&mut pool, FILE, FILE, 0) };
}

pub fn mutex(pool: *mut sys::switch_memory_pool_t) -> *mut sys::switch_mutex_t {
    let mut mutex = ptr::null_mut();
    // SAFETY: the host writes the mutex, which lives in the pool, to a local.
    unsafe { sys::switch_mutex_init(&mut mutex, 0, pool) };
    mutex
}

pub fn micros() -> i64 {
    // SAFETY: no conditions.
    unsafe { sys::switch_micro_time_now() }
}
