//! The host's scheduler: whole seconds, one thread for all tasks of the switch.

use super::{guard::guarded, runtime, sys};
use std::{ffi::CStr, ptr};

/// A task that comes again as long as it wants to.
pub trait Task {
    /// Shown in the host's list of tasks.
    const DESCRIPTION: &'static CStr;
    /// Removes all tasks of the module at once.
    const GROUP: &'static CStr;
    /// Runs on the scheduler's one thread: it must not block, for the whole switch waits. When it is to come again, in
    /// epoch seconds, in the future. It must hold what keeps the module loaded to its end: nothing of ours waits for what
    /// runs behind it.
    fn tick() -> Option<i64>;
}

/// Adds the task, to run in one second (`switch_scheduler_add_task`). Any thread.
pub fn add<T: Task>() {
    // A time that is not in the future would be taken as a repeat interval.
    let first = runtime::epoch_now() + 1;
    // SAFETY: the texts are static, and no argument is handed over.
    unsafe {
        sys::switch_scheduler_add_task(
            first,
            Some(run::<T>),
            T::DESCRIPTION.as_ptr(),
            T::GROUP.as_ptr(),
            0,
            ptr::null_mut(),
            sys::SSHF_NONE,
        )
    };
}

/// Removes the task (`switch_scheduler_del_task_group`). Does not wait for one that runs now.
pub fn remove<T: Task>() {
    // SAFETY: the text is static.
    unsafe { sys::switch_scheduler_del_task_group(T::GROUP.as_ptr()) };
}

extern "C" fn run<T: Task>(task: *mut sys::switch_scheduler_task_t) {
    let after_a_panic = || Some(runtime::epoch_now() + 1);
    let next = guarded("scheduler task", None, || Some(T::tick())).unwrap_or_else(after_a_panic);
    if let Some(next) = next
        && !task.is_null()
    {
        // SAFETY: not NULL, and the host keeps the task while its callback runs; a later time arms it again.
        unsafe { (*task).runtime = next };
    }
}
