//! The host's scheduler: one thread for all tasks, whole seconds, and its trap: a time in the past repeats for ever.

use crate::{
    host::callback::{TaskFunction, run_task},
    schedule::{self, with},
};

const SECOND: i64 = 1_000_000;
/// The scheduler looks every half second: so late a task can be.
const LOOK: u64 = 500_000;

/// All tasks.
#[derive(Default)]
pub(crate) struct Tasks {
    list: Vec<Task>,
    next_id: u32,
}

pub(crate) struct Task {
    pub(crate) id: u32,
    pub(crate) group: String,
    pub(crate) created: i64,
    pub(crate) due: i64,
    pub(crate) repeat: u32,
    pub(crate) number: u32,
    pub(crate) function: TaskFunction,
    running: bool,
    destroy: bool,
}

impl Tasks {
    /// Adds a task that is due at `due`, in seconds since 1970.
    pub(crate) fn add(
        &mut self,
        now: i64,
        due: i64,
        group: &str,
        number: u32,
        function: TaskFunction,
    ) -> u32 {
        // The host's trap: what is not in the future repeats for ever, first decades from now.
        let in_the_past = due < now;
        self.next_id += 1;
        self.list.push(Task {
            id: self.next_id,
            group: group.to_owned(),
            created: now,
            due: if in_the_past { now + due } else { due },
            repeat: if in_the_past { due as u32 } else { 0 },
            number,
            function,
            running: false,
            destroy: false,
        });
        self.next_id
    }

    /// Marks the tasks of a group; one that runs now runs to its end. How many.
    pub(crate) fn remove_group(&mut self, group: &str) -> u32 {
        let found = self
            .list
            .iter_mut()
            .filter(|task| task.group == group && !task.destroy);
        let count = found.map(|task| task.destroy = true).count();
        self.list.retain(|task| !task.destroy || task.running);
        count as u32
    }

    pub(crate) fn leftovers(&self) -> Vec<String> {
        let tasks = self.list.iter().filter(|task| !task.destroy);
        tasks
            .map(|task| format!("task {} of group {} is still there", task.id, task.group))
            .collect()
    }

    /// How many tasks there are, of whatever group.
    pub(crate) fn count(&self) -> usize {
        self.list.iter().filter(|task| !task.destroy).count()
    }

    /// The second at which the next task is due.
    fn next(&self) -> Option<i64> {
        let waiting = self
            .list
            .iter()
            .filter(|task| !task.destroy && !task.running);
        waiting.map(|task| task.due).min()
    }

    fn due(&self, now: i64) -> Option<u32> {
        let due = self
            .list
            .iter()
            .find(|task| task.due <= now && !task.destroy && !task.running);
        due.map(|task| task.id)
    }

    fn task(&mut self, id: u32) -> Option<&mut Task> {
        self.list.iter_mut().find(|task| task.id == id)
    }

    /// After a run that ended with the task's time at `due`: again then, or gone.
    fn finish(&mut self, id: u32, due: i64, executed: i64, now: i64) {
        let Some(task) = self.task(id) else { return };
        task.running = false;
        task.due = if task.repeat > 0 {
            now + i64::from(task.repeat)
        } else {
            due
        };
        let again = !task.destroy && task.due > executed;
        self.list.retain(|task| task.id != id || again);
    }
}

/// The scheduler's thread: for as long as the run lasts.
pub(crate) fn run() {
    while !with(|state| state.ending) {
        let (next, until) = with(|state| {
            let next = state.tasks.next();
            let late = if state.surprises(1, 2) {
                state.chance.below(LOOK) as i64
            } else {
                0
            };
            (next, next.map(|due| (due * SECOND).max(state.now) + late))
        });
        schedule::wait("a task that is due", until, move |state| {
            state.ending || state.tasks.next() != next
        });
        while let Some(id) = with(|state| state.tasks.due(state.now / SECOND)) {
            execute(id);
        }
    }
}

fn execute(id: u32) {
    let taken = with(|state| {
        let executed = state.now / SECOND;
        state.tasks.task(id).map(|task| {
            task.running = true;
            (task.function, task.created, task.due, task.number, executed)
        })
    });
    let Some((function, created, due, number, executed)) = taken else {
        return;
    };
    schedule::forbid_to_block(Some("a task of the scheduler"));
    let due = run_task(function, created, due, number, id);
    schedule::forbid_to_block(None);
    with(|state| {
        let now = state.now / SECOND;
        state.tasks.finish(id, due, executed, now);
    });
}
