//! The panic guard: nothing unwinds into the host.

use super::log::{Level, log};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Runs a callback of the host. A panic in it becomes an error line and `fallback`, and the switch goes on.
///
/// `AssertUnwindSafe`: what a callback can leave half done is the slot table, and its lock is released by unwinding;
/// its methods change nothing before they can no longer fail.
pub(crate) fn guarded<T>(name: &str, fallback: T, callback: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(callback)) {
        Ok(value) => value,
        Err(panic) => {
            log(
                Level::Error,
                &format!("{name}: internal error: {}", message(panic.as_ref())),
            );
            fallback
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
