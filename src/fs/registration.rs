//! What a module registers with the host, and how it is undone: all or nothing.

use super::{
    HostError,
    api::{Application, Command, Completion, application, command, complete},
    check,
    json::{JsonCommand, json_command},
    sys, text,
};
use std::{
    ffi::{CStr, CString},
    marker::PhantomData,
    ptr::NonNull,
};

const OWNER: &CStr = c"mod_callpark";

/// Whether the host counts the module as loaded (`switch_loadable_module_exists`): not any more once an unload, even a
/// forced one, has begun. Waits while the host takes a module away. Any thread that the host does not wait for then.
pub fn is_loaded() -> bool {
    // SAFETY: the name is static.
    unsafe { sys::switch_loadable_module_exists(OWNER.as_ptr()) == sys::SWITCH_STATUS_SUCCESS }
}

/// The module's interface while it loads. Applications and commands of it are undone by the host itself.
pub struct Interface(NonNull<sys::switch_loadable_module_interface_t>);

impl Interface {
    /// # Safety
    /// Called from the host's load function, with the pool that it gave (`switch_loadable_module_create_module_interface`).
    pub(crate) unsafe fn create(
        pool: *mut sys::switch_memory_pool_t,
        name: &'static CStr,
    ) -> Result<Self, HostError> {
        // SAFETY: the pool is the module's own by the caller's word, and the name is static.
        let raw =
            unsafe { sys::switch_loadable_module_create_module_interface(pool, name.as_ptr()) };
        NonNull::new(raw).map(Self).ok_or(HostError {
            call: "switch_loadable_module_create_module_interface",
            status: sys::SWITCH_STATUS_MEMERR,
        })
    }

    pub(crate) fn as_ptr(&self) -> *mut sys::switch_loadable_module_interface_t {
        self.0.as_ptr()
    }

    fn add<T>(
        &mut self,
        kind: sys::switch_module_interface_name_t,
    ) -> Result<NonNull<T>, HostError> {
        // SAFETY: the interface lives until the module is unloaded.
        let raw = unsafe { sys::switch_loadable_module_create_interface(self.as_ptr(), kind) };
        NonNull::new(raw.cast()).ok_or(HostError {
            call: "switch_loadable_module_create_interface",
            status: sys::SWITCH_STATUS_MEMERR,
        })
    }

    /// Adds a dialplan application. It takes legs without media, so that the host answers nothing by itself.
    pub fn add_application<A: Application>(&mut self) -> Result<(), HostError> {
        let mut entry =
            self.add::<sys::switch_application_interface>(sys::SWITCH_APPLICATION_INTERFACE)?;
        // SAFETY: a fresh entry of this very type, read by the host only after load.
        let entry = unsafe { entry.as_mut() };
        entry.interface_name = A::NAME.as_ptr();
        entry.short_desc = A::DESCRIPTION.as_ptr();
        entry.long_desc = A::DESCRIPTION.as_ptr();
        entry.syntax = A::SYNTAX.as_ptr();
        entry.application_function = Some(application::<A>);
        entry.flags = sys::SAF_SUPPORT_NOMEDIA;
        Ok(())
    }

    /// Adds an API command.
    pub fn add_command<C: Command>(&mut self) -> Result<(), HostError> {
        let mut entry = self.add::<sys::switch_api_interface>(sys::SWITCH_API_INTERFACE)?;
        // SAFETY: a fresh entry of this very type, read by the host only after load.
        let entry = unsafe { entry.as_mut() };
        entry.interface_name = C::NAME.as_ptr();
        entry.desc = C::DESCRIPTION.as_ptr();
        entry.syntax = C::SYNTAX.as_ptr();
        entry.function = Some(command::<C>);
        Ok(())
    }

    /// Adds a JSON API command.
    pub fn add_json_command<C: JsonCommand>(&mut self) -> Result<(), HostError> {
        let mut entry =
            self.add::<sys::switch_json_api_interface>(sys::SWITCH_JSON_API_INTERFACE)?;
        // SAFETY: a fresh entry of this very type, read by the host only after load.
        let entry = unsafe { entry.as_mut() };
        entry.interface_name = C::NAME.as_ptr();
        entry.desc = C::DESCRIPTION.as_ptr();
        entry.syntax = C::SYNTAX.as_ptr();
        entry.function = Some(json_command::<C>);
        Ok(())
    }
}

/// A reserved event subclass, given back when dropped.
pub struct Subclass(&'static CStr);

impl Subclass {
    /// Reserves it for this module (`switch_event_reserve_subclass`).
    pub fn reserve(name: &'static CStr) -> Result<Self, HostError> {
        // SAFETY: both texts are static.
        let status =
            unsafe { sys::switch_event_reserve_subclass_detailed(OWNER.as_ptr(), name.as_ptr()) };
        check("switch_event_reserve_subclass", status)?;
        Ok(Self(name))
    }
}

impl Drop for Subclass {
    fn drop(&mut self) {
        // SAFETY: both texts are static, and the owner is the one who reserved it.
        unsafe { sys::switch_event_free_subclass_detailed(OWNER.as_ptr(), self.0.as_ptr()) };
    }
}

/// A source of completions, removed when dropped.
pub struct CompletionSource<C: Completion>(PhantomData<C>);

impl<C: Completion> CompletionSource<C> {
    /// Registers it (`switch_console_add_complete_func`).
    pub fn register() -> Result<Self, HostError> {
        // SAFETY: the name is static, and the function stays mapped until drop has removed it.
        let status =
            unsafe { sys::switch_console_add_complete_func(C::NAME.as_ptr(), Some(complete::<C>)) };
        check("switch_console_add_complete_func", status)?;
        Ok(Self(PhantomData))
    }
}

impl<C: Completion> Drop for CompletionSource<C> {
    fn drop(&mut self) {
        // SAFETY: the name is static.
        unsafe { sys::switch_console_del_complete_func(C::NAME.as_ptr()) };
    }
}

/// The lines that fs_cli completes for one command, removed when dropped.
pub struct CompletionLines(CString);

impl CompletionLines {
    /// Adds `lines`, each a whole command with `::` sources in it (`switch_console_set_complete`).
    pub fn add(command: &str, lines: &[&str]) -> Result<Self, HostError> {
        let added = Self(text::c_text(&format!("del {command}")));
        for line in lines {
            let line = text::c_text(&format!("add {line}"));
            // SAFETY: the host copies the text.
            let status = unsafe { sys::switch_console_set_complete(line.as_ptr()) };
            check("switch_console_set_complete", status)?;
        }
        Ok(added)
    }
}

impl Drop for CompletionLines {
    fn drop(&mut self) {
        // SAFETY: the text lives during the call.
        unsafe { sys::switch_console_set_complete(self.0.as_ptr()) };
    }
}
