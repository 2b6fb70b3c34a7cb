//! Time: one task of the host's scheduler for all deadlines of the module.

use super::Callpark;
use crate::fs::scheduler::{self, Task};
use std::{ffi::CStr, sync::atomic::Ordering};

struct Deadlines;

impl Task for Deadlines {
    const DESCRIPTION: &'static CStr = c"mod_callpark deadlines";
    const GROUP: &'static CStr = c"mod_callpark";

    fn tick() -> Option<i64> {
        let module = Callpark::current()?;
        // The clock is read while we hold the module: an unload waits for that.
        module.tick().then(|| module.now() + 1)
    }
}

impl Callpark {
    /// Sees to it that the scheduler looks at the deadlines, now that there may be one.
    pub fn arm(&self) {
        let wanted = self.table.lock().next_deadline().is_some();
        if wanted && !self.armed.swap(true, Ordering::AcqRel) {
            scheduler::add::<Deadlines>();
        }
    }

    /// Carries out what is due; whether to come again. Waits for nothing: threads do what takes time.
    fn tick(&self) -> bool {
        let room = self.ringing.room();
        let now = self.now();
        let due = self.table.lock().due(now, room);
        for due in due {
            self.carry_out(due);
        }
        self.publish();
        if self.table.lock().next_deadline().is_some() {
            return true;
        }
        self.armed.store(false, Ordering::Release);
        // A call parked just before found the task still armed: it must not be left without one.
        let came = self.table.lock().next_deadline().is_some();
        came && !self.armed.swap(true, Ordering::AcqRel)
    }
}

/// The module ends: no tick finds it any more.
pub fn stop() {
    scheduler::remove::<Deadlines>();
}
