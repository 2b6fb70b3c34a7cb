//! Mutexes, conditions and pools of the host, and the rule of the house: whoever holds a lock calls nothing of the host
//! but locks.

use crate::{
    schedule::{self, ThreadId, current, fail, with},
    world::State,
};
use std::collections::BTreeMap;

/// All locks and what they live in.
#[derive(Default)]
pub(crate) struct Locks {
    pools: BTreeMap<u64, Pool>,
    mutexes: BTreeMap<u64, Mutex>,
    conditions: BTreeMap<u64, Condition>,
}

struct Pool {
    made_by: &'static str,
}

struct Mutex {
    pool: u64,
    owner: Option<ThreadId>,
}

struct Condition {
    pool: u64,
    /// Counts the broadcasts.
    rung: u64,
}

impl Locks {
    pub(crate) fn add_pool(&mut self, id: u64, made_by: &'static str) {
        self.pools.insert(id, Pool { made_by });
    }

    pub(crate) fn has_pool(&self, id: u64) -> bool {
        self.pools.contains_key(&id)
    }

    pub(crate) fn add_mutex(&mut self, id: u64, pool: u64) {
        self.mutexes.insert(id, Mutex { pool, owner: None });
    }

    pub(crate) fn add_condition(&mut self, id: u64, pool: u64) {
        self.conditions.insert(id, Condition { pool, rung: 0 });
    }

    /// Ends a pool and all that lives in it; the error says what is still in use.
    pub(crate) fn remove_pool(&mut self, id: u64) -> Result<(), String> {
        let locked = self
            .mutexes
            .iter()
            .find(|(_, mutex)| mutex.pool == id && mutex.owner.is_some());
        if let Some((mutex, _)) = locked {
            return Err(format!(
                "a pool is destroyed while its mutex {mutex} is held"
            ));
        }
        self.pools.remove(&id).ok_or("a pool is destroyed twice")?;
        self.mutexes.retain(|_, mutex| mutex.pool != id);
        self.conditions.retain(|_, condition| condition.pool != id);
        Ok(())
    }

    /// Pools that the module has not given back.
    pub(crate) fn pools_of_the_module(&self) -> usize {
        self.pools
            .values()
            .filter(|pool| pool.made_by == MODULE)
            .count()
    }

    fn owner(&self, mutex: u64) -> Option<ThreadId> {
        self.mutexes.get(&mutex).and_then(|mutex| mutex.owner)
    }
}

/// Who made a pool: the module did.
pub(crate) const MODULE: &str = "the module";

/// Every host call but those on locks begins here: it may pass the turn, and it refuses whoever holds a lock.
pub(crate) fn host_call(call: &'static str) {
    let held = with(|state| {
        let thread = &state.threads[current()];
        (!thread.held.is_empty()).then(|| thread.name.clone())
    });
    if let Some(name) = held {
        fail(&format!("{name} calls {call} while it holds a lock"));
    }
    schedule::step(call);
    schedule::dawdle();
}

/// `switch_mutex_lock`.
pub(crate) fn lock(mutex: u64) {
    let me = current();
    schedule::step("switch_mutex_lock");
    if let Some(reason) = with(|state| refusal(state, me, mutex)) {
        fail(&reason);
    }
    if with(|state| state.locks.owner(mutex).is_some()) {
        schedule::wait(format!("mutex {mutex}"), None, move |state| {
            state.locks.owner(mutex).is_none()
        });
    }
    with(|state| {
        if let Some(lock) = state.locks.mutexes.get_mut(&mutex) {
            lock.owner = Some(me);
        }
        state.threads[me].held.push(mutex);
    });
}

/// Why this thread must not lock this mutex.
fn refusal(state: &State, me: ThreadId, mutex: u64) -> Option<String> {
    let name = &state.threads[me].name;
    if !state.locks.mutexes.contains_key(&mutex) {
        return Some(format!("{name} locks mutex {mutex}, which is gone"));
    }
    // From owner to owner of what that one waits for: a way back here never ends.
    let mut owner = state.locks.owner(mutex);
    let mut way = vec![name.clone()];
    while let Some(thread) = owner {
        way.push(state.threads[thread].name.clone());
        if thread == me {
            return Some(format!(
                "deadlock over mutexes: {}",
                way.join(" waits for ")
            ));
        }
        owner = state.threads[thread]
            .waits_for_mutex()
            .and_then(|next| state.locks.owner(next));
    }
    None
}

/// `switch_mutex_unlock`.
pub(crate) fn unlock(mutex: u64) {
    let me = current();
    let mine = with(|state| {
        let mine = state.locks.owner(mutex) == Some(me);
        if mine && let Some(lock) = state.locks.mutexes.get_mut(&mutex) {
            lock.owner = None;
        }
        state.threads[me].held.retain(|held| *held != mutex);
        mine
    });
    if !mine {
        fail(&format!(
            "mutex {mutex} is unlocked by a thread that does not hold it"
        ));
    }
    schedule::step("switch_mutex_unlock");
}

/// `switch_thread_cond_broadcast`.
pub(crate) fn ring(condition: u64) {
    schedule::step("switch_thread_cond_broadcast");
    let known = with(|state| {
        state
            .locks
            .conditions
            .get_mut(&condition)
            .map(|found| found.rung += 1)
    });
    if known.is_none() {
        fail(&format!("condition {condition} is rung and does not exist"));
    }
}

/// `switch_thread_cond_timedwait`: lets the mutex go, waits, and holds it again; `false` when the time was up.
pub(crate) fn wait_for(condition: u64, mutex: u64, micros: i64) -> bool {
    let me = current();
    let begun = with(|state| {
        let held = state.threads[me].held.clone();
        let rung = state
            .locks
            .conditions
            .get(&condition)
            .map(|found| found.rung);
        // Real conditions wake for nothing at times.
        let early = state
            .surprises(1, 16)
            .then(|| state.chance.below(micros.max(1) as u64) as i64);
        (
            held,
            rung,
            state.now + micros.max(0),
            early.map(|after| state.now + after),
        )
    });
    let (held, Some(rung), until, early) = begun else {
        fail(&format!("condition {condition} does not exist"));
    };
    if held != [mutex] {
        fail(&format!(
            "a wait for condition {condition} while the mutexes {held:?} are held"
        ));
    }
    unlock(mutex);
    let what = format!("condition {condition}");
    let woken = schedule::wait(what, Some(early.unwrap_or(until)), move |state| {
        state
            .locks
            .conditions
            .get(&condition)
            .is_none_or(|found| found.rung != rung)
    });
    lock(mutex);
    woken || early.is_some()
}
