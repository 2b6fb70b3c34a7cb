//! The module's entry table: what the host finds when it opens the file.

use super::{guard::guarded, log, registration::Interface, sys};
use std::{fmt::Display, ptr};

/// A module of the host.
pub trait Module {
    /// The file's stem, which the host wants as the module's name.
    const NAME: &'static std::ffi::CStr;
    /// Why it did not load.
    type Error: Display;

    /// Registers everything, or undoes what it has registered and says why not. The thread of whoever loads.
    fn load(interface: &mut Interface) -> Result<(), Self::Error>;

    /// Undoes everything and waits for every thread of the module's. `false`: something still runs, and the code must
    /// stay mapped.
    fn shutdown() -> bool;
}

/// The host's table, in the form that a `static` takes.
#[repr(transparent)]
pub struct FunctionTable(sys::switch_loadable_module_function_table);

// SAFETY: the table is never written; its pointers are to functions.
unsafe impl Sync for FunctionTable {}

impl FunctionTable {
    /// The table of `M`.
    pub const fn of<M: Module>() -> Self {
        Self(sys::switch_loadable_module_function_table {
            switch_api_version: sys::SWITCH_API_VERSION as i32,
            load: Some(load::<M>),
            shutdown: Some(shutdown::<M>),
            runtime: None,
            flags: sys::SMODF_NONE,
        })
    }
}

extern "C" fn load<M: Module>(
    interface: *mut *mut sys::switch_loadable_module_interface_t,
    pool: *mut sys::switch_memory_pool_t,
) -> sys::switch_status_t {
    guarded("load", sys::SWITCH_STATUS_TERM, || {
        // SAFETY: the host calls its load function with the module's own pool.
        let mut created = match unsafe { Interface::create(pool, M::NAME) } {
            Ok(created) => created,
            Err(error) => return refused(&error),
        };
        if let Err(error) = M::load(&mut created) {
            return refused(&error);
        }
        // SAFETY: the host gives a place for the interface.
        unsafe { ptr::write(interface, created.as_ptr()) };
        sys::SWITCH_STATUS_SUCCESS
    })
}

fn refused(error: &dyn Display) -> sys::switch_status_t {
    for line in error.to_string().lines() {
        log::log(
            log::Level::Error,
            &format!("mod_callpark does not load: {line}"),
        );
    }
    sys::SWITCH_STATUS_TERM
}

extern "C" fn shutdown<M: Module>() -> sys::switch_status_t {
    guarded("shutdown", sys::SWITCH_STATUS_NOUNLOAD, || {
        if M::shutdown() {
            sys::SWITCH_STATUS_SUCCESS
        } else {
            sys::SWITCH_STATUS_NOUNLOAD
        }
    })
}

/// Exports the one symbol that the host looks for: the name of the file with `_module_interface` behind it.
#[macro_export]
macro_rules! export_module {
    ($module:ty) => {
        /// The host's entry to this module.
        // SAFETY: the name is the module's own by the host's rule; nothing else in the process has it.
        #[unsafe(no_mangle)]
        #[allow(non_upper_case_globals)]
        pub static mod_callpark_module_interface: $crate::fs::entry::FunctionTable =
            $crate::fs::entry::FunctionTable::of::<$module>();
    };
}
