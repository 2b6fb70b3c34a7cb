//! Names, clocks, memory pools, locks, threads and the scheduler.

use super::{
    boundary::{c_text, fill, give, text},
    callback, host, status,
};
use crate::{
    faults::refused,
    handle::{self, Kind},
    locks::{self, Locks, MODULE, host_call},
    schedule::{self, fail, with},
};
use freeswitch_sys as sys;
use std::{
    ffi::{c_char, c_int, c_uint, c_void},
    ptr,
};

host! {
    fn switch_core_get_domain(dup: sys::switch_bool_t) -> *mut c_char {
        host_call(CALL);
        if dup != sys::SWITCH_FALSE {
            fail("switch_core_get_domain with a copy: nobody but the host's allocator could free it");
        }
        with(|state| {
            let domain = c_text(&state.directory.domain);
            state.interfaces.keep(domain).cast_mut()
        })
    }

    fn switch_core_get_switchname() -> *const c_char {
        host_call(CALL);
        c"standin".as_ptr()
    }

    fn switch_uuid_str(buf: *mut c_char, len: sys::switch_size_t) -> *mut c_char {
        host_call(CALL);
        let uuid = with(|state| state.uuid());
        fill(buf, len, &uuid);
        buf
    }

    fn switch_epoch_time_now(t: *mut sys::time_t) -> sys::time_t {
        host_call(CALL);
        let now = with(|state| state.now / 1_000_000);
        give(t, now);
        now
    }

    fn switch_micro_time_now() -> sys::switch_time_t {
        host_call(CALL);
        // The real clock has a grain of a millisecond, too.
        with(|state| state.now / 1000 * 1000)
    }

    fn switch_mono_micro_time_now() -> sys::switch_time_t {
        host_call(CALL);
        with(|state| state.now)
    }

    fn switch_core_perform_new_memory_pool(
        pool: *mut *mut sys::switch_memory_pool_t,
        file: *const c_char,
        func: *const c_char,
        line: c_int,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (file, func, line);
        if refused(CALL) {
            return sys::SWITCH_STATUS_MEMERR;
        }
        let id = with(|state| {
            let id = state.fresh();
            state.locks.add_pool(id, MODULE);
            id
        });
        give(pool, handle::of(Kind::Pool, id));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_core_perform_destroy_memory_pool(
        pool: *mut *mut sys::switch_memory_pool_t,
        file: *const c_char,
        func: *const c_char,
        line: c_int,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (file, func, line);
        let id = pool_of(CALL, super::boundary::look(pool).unwrap_or(ptr::null_mut()));
        let running = with(|state| state.interfaces.threads.iter().find(|thread| thread.pool == id && !thread.joined).map(|thread| thread.id));
        if let Some(thread) = running {
            fail(&format!("a pool is destroyed while its thread {thread} is not joined"));
        }
        if let Err(wrong) = with(|state| state.locks.remove_pool(id)) {
            fail(&wrong);
        }
        give(pool, ptr::null_mut());
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_mutex_init(
        lock: *mut *mut sys::switch_mutex_t,
        flags: c_uint,
        pool: *mut sys::switch_memory_pool_t,
    ) -> sys::switch_status_t {
        let _ = flags;
        made_in_pool(CALL, pool, lock, Kind::Mutex, Locks::add_mutex)
    }

    fn switch_mutex_lock(lock: *mut sys::switch_mutex_t) -> sys::switch_status_t {
        locks::lock(handle::id(CALL, Kind::Mutex, lock));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_mutex_unlock(lock: *mut sys::switch_mutex_t) -> sys::switch_status_t {
        locks::unlock(handle::id(CALL, Kind::Mutex, lock));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_thread_cond_create(
        cond: *mut *mut sys::switch_thread_cond_t,
        pool: *mut sys::switch_memory_pool_t,
    ) -> sys::switch_status_t {
        made_in_pool(CALL, pool, cond, Kind::Condition, Locks::add_condition)
    }

    fn switch_thread_cond_broadcast(cond: *mut sys::switch_thread_cond_t) -> sys::switch_status_t {
        locks::ring(handle::id(CALL, Kind::Condition, cond));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_thread_cond_timedwait(
        cond: *mut sys::switch_thread_cond_t,
        mutex: *mut sys::switch_mutex_t,
        timeout: sys::switch_interval_time_t,
    ) -> sys::switch_status_t {
        let condition = handle::id(CALL, Kind::Condition, cond);
        match locks::wait_for(condition, handle::id(CALL, Kind::Mutex, mutex), timeout) {
            true => sys::SWITCH_STATUS_SUCCESS,
            false => sys::SWITCH_STATUS_TIMEOUT,
        }
    }

    fn switch_threadattr_create(
        new_attr: *mut *mut sys::switch_threadattr_t,
        pool: *mut sys::switch_memory_pool_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        pool_of(CALL, pool);
        if refused(CALL) {
            return sys::SWITCH_STATUS_MEMERR;
        }
        give(new_attr, handle::of(Kind::Attributes, 0));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_threadattr_stacksize_set(
        attr: *mut sys::switch_threadattr_t,
        stacksize: sys::switch_size_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        handle::id(CALL, Kind::Attributes, attr);
        status(stacksize > 0)
    }

    fn switch_thread_create(
        new_thread: *mut *mut sys::switch_thread_t,
        attr: *mut sys::switch_threadattr_t,
        func: sys::switch_thread_start_t,
        data: *mut c_void,
        cont: *mut sys::switch_memory_pool_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        handle::id(CALL, Kind::Attributes, attr);
        let pool = pool_of(CALL, cont);
        if refused(CALL) {
            return sys::SWITCH_STATUS_GENERR;
        }
        let Some(function) = func else { return sys::SWITCH_STATUS_GENERR };
        let (id, data) = (with(|state| state.fresh()), data.addr());
        let body = move || callback::run_thread(function, handle::of(Kind::Thread, id), data);
        let thread = schedule::spawn(&format!("the module's thread {id}"), body);
        with(|state| state.interfaces.threads.push(crate::module::Started { id, pool, thread, joined: false }));
        give(new_thread, handle::of(Kind::Thread, id));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_thread_join(retval: *mut sys::switch_status_t, thd: *mut sys::switch_thread_t) -> sys::switch_status_t {
        host_call(CALL);
        let id = handle::id(CALL, Kind::Thread, thd);
        let started = with(|state| {
            let started = state.interfaces.threads.iter_mut().find(|started| started.id == id)?;
            let twice = std::mem::replace(&mut started.joined, true);
            (!twice).then_some(started.thread)
        });
        let Some(thread) = started else { fail(&format!("thread {id} is joined twice")) };
        schedule::wait(format!("the end of the module's thread {id}"), None, move |state| state.threads[thread].has_ended());
        give(retval, sys::SWITCH_STATUS_SUCCESS);
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_scheduler_add_task(
        task_runtime: sys::time_t,
        func: sys::switch_scheduler_func_t,
        desc: *const c_char,
        group: *const c_char,
        cmd_id: u32,
        cmd_arg: *mut c_void,
        flags: sys::switch_scheduler_flag_t,
    ) -> u32 {
        host_call(CALL);
        let _ = desc;
        if !cmd_arg.is_null() || flags != sys::SSHF_NONE {
            fail("the stand-in's scheduler knows no argument and no flags");
        }
        let Some(function) = func else { fail("a task without a function") };
        let group = text(group);
        with(|state| state.tasks.add(state.now / 1_000_000, task_runtime, &group, cmd_id, function))
    }

    fn switch_scheduler_del_task_group(group: *const c_char) -> u32 {
        host_call(CALL);
        let group = text(group);
        with(|state| state.tasks.remove_group(&group))
    }
}

/// Makes a thing that lives in a pool, and writes its handle to `place`.
fn made_in_pool<T>(
    call: &'static str,
    pool: *const sys::switch_memory_pool_t,
    place: *mut *mut T,
    kind: Kind,
    add: impl FnOnce(&mut Locks, u64, u64),
) -> sys::switch_status_t {
    host_call(call);
    let pool = pool_of(call, pool);
    if refused(call) {
        return sys::SWITCH_STATUS_MEMERR;
    }
    let id = with(|state| {
        let id = state.fresh();
        add(&mut state.locks, id, pool);
        id
    });
    give(place, handle::of(kind, id));
    sys::SWITCH_STATUS_SUCCESS
}

fn pool_of(call: &'static str, pool: *const sys::switch_memory_pool_t) -> u64 {
    let id = handle::id(call, Kind::Pool, pool);
    if !with(|state| state.locks.has_pool(id)) {
        fail(&format!("{call} with pool {id}, which is destroyed"));
    }
    id
}
