//! Threads, locks, waits and clocks, all over host functions: the stand-in switch of the tests drives them.

use super::{HostError, check, guard::guarded, sys, text};
use std::{
    cell::UnsafeCell,
    ffi::{CStr, c_void},
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
};

const FILE: &CStr = c"mod_callpark";
/// What the host gives its own session threads; ours do no more.
const STACK_BYTES: usize = 240 * 1024;
/// How often [`Guarded::find_until`] looks without being woken, in microseconds.
const LOOK_MICROS: i64 = 50_000;
/// `SWITCH_MUTEX_UNNESTED` of `switch_apr.h`, a macro there.
const UNNESTED: u32 = 2;

/// Whole seconds since 1970 by the host's clock, which no step of the wall clock moves (`switch_epoch_time_now`).
pub fn epoch_now() -> i64 {
    // SAFETY: NULL is allowed: the time is wanted as the result only.
    unsafe { sys::switch_epoch_time_now(ptr::null_mut()) }
}

/// Microseconds by the host's clock, 1 ms grain (`switch_micro_time_now`).
pub fn micros_now() -> i64 {
    // SAFETY: no arguments, no conditions.
    unsafe { sys::switch_micro_time_now() }
}

/// Microseconds by the kernel's clock that only goes forward (`switch_mono_micro_time_now`): for how long something takes.
/// [`micros_now`] stands and leaps with the host's timer thread, by 20 ms and more where the machine lets that wait.
pub fn exact_micros() -> i64 {
    // SAFETY: no arguments, no conditions.
    unsafe { sys::switch_mono_micro_time_now() }
}

/// `SWITCH_UUID_FORMATTED_LENGTH` of `switch_types.h`, a macro there, and the NUL: the host refuses a shorter buffer.
const UUID_BUFFER: usize = 257;

/// A fresh random UUID as text (`switch_uuid_str`).
pub fn new_uuid() -> String {
    let mut buffer = [0; UUID_BUFFER];
    // SAFETY: the buffer has the length that is given, and the host ends what it writes with a NUL.
    unsafe { sys::switch_uuid_str(buffer.as_mut_ptr(), buffer.len()) };
    // SAFETY: ended by a NUL within the buffer.
    unsafe { text::from_host(buffer.as_ptr()) }.unwrap_or_default()
}

/// 32 hexadecimal digits that nobody can guess: a fresh UUID without its dashes.
pub fn secret() -> String {
    new_uuid().replace('-', "")
}

/// 64 random bits, of a fresh UUID's.
pub fn random() -> u64 {
    let digits = secret();
    let low = digits.get(16..).unwrap_or_default();
    let high = digits.get(..16).unwrap_or_default();
    // Both halves hold fixed bits of the UUID's version; folded together they do not show.
    u64::from_str_radix(low, 16).unwrap_or_default()
        ^ u64::from_str_radix(high, 16).unwrap_or_default()
}

/// A memory pool of the host; everything allocated from it ends with it.
pub(super) struct Pool(NonNull<sys::switch_memory_pool_t>);

impl Pool {
    pub(super) fn new() -> Result<Self, HostError> {
        let mut pool = ptr::null_mut();
        // SAFETY: the host writes the new pool into the pointer.
        let status = unsafe {
            sys::switch_core_perform_new_memory_pool(&mut pool, FILE.as_ptr(), FILE.as_ptr(), 0)
        };
        check("switch_core_new_memory_pool", status)?;
        NonNull::new(pool).map(Self).ok_or(HostError {
            call: "switch_core_new_memory_pool",
            status,
        })
    }

    pub(super) fn as_ptr(&self) -> *mut sys::switch_memory_pool_t {
        self.0.as_ptr()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut pool = self.0.as_ptr();
        // SAFETY: the pool is ours and is destroyed this once; whoever owns a `Pool` owns all that lives in it.
        unsafe {
            sys::switch_core_perform_destroy_memory_pool(&mut pool, FILE.as_ptr(), FILE.as_ptr(), 0)
        };
    }
}

// SAFETY: a pool has no tie to a thread. We allocate from it only while we make it, on one thread.
unsafe impl Send for Pool {}
// SAFETY: as above; a shared pool is never allocated from.
unsafe impl Sync for Pool {}

/// A host mutex with its condition.
struct Monitor {
    mutex: NonNull<sys::switch_mutex_t>,
    condition: NonNull<sys::switch_thread_cond_t>,
    /// Owns both; dropped with them.
    _pool: Pool,
}

impl Monitor {
    fn new() -> Result<Self, HostError> {
        let pool = Pool::new()?;
        let mut mutex = ptr::null_mut();
        // SAFETY: the pool lives as long as the mutex, in the same value.
        let status = unsafe { sys::switch_mutex_init(&mut mutex, UNNESTED, pool.as_ptr()) };
        check("switch_mutex_init", status)?;
        let mut condition = ptr::null_mut();
        // SAFETY: as for the mutex.
        let status = unsafe { sys::switch_thread_cond_create(&mut condition, pool.as_ptr()) };
        check("switch_thread_cond_create", status)?;
        match (NonNull::new(mutex), NonNull::new(condition)) {
            (Some(mutex), Some(condition)) => Ok(Self {
                mutex,
                condition,
                _pool: pool,
            }),
            _ => Err(HostError {
                call: "switch_mutex_init",
                status,
            }),
        }
    }
}

// SAFETY: host mutexes and conditions are made for use by many threads.
unsafe impl Send for Monitor {}
// SAFETY: as above.
unsafe impl Sync for Monitor {}

/// A value behind a host mutex. No host call may happen while it is locked; the stand-in switch aborts on one.
pub struct Guarded<T> {
    monitor: Monitor,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached through the mutex only, by one thread at a time.
unsafe impl<T: Send> Sync for Guarded<T> {}

impl<T> Guarded<T> {
    /// A new lock around `value`. Fails when the host has no memory for it.
    pub fn new(value: T) -> Result<Self, HostError> {
        Ok(Self {
            monitor: Monitor::new()?,
            value: UnsafeCell::new(value),
        })
    }

    /// Waits for the lock (`switch_mutex_lock`). Not nested: a thread that holds it must not lock it again.
    pub fn lock(&self) -> Locked<'_, T> {
        // SAFETY: the mutex lives as long as self.
        unsafe { sys::switch_mutex_lock(self.monitor.mutex.as_ptr()) };
        Locked { guarded: self }
    }

    /// What `look` finds in the value, which is looked at until the clock ([`micros_now`]) shows `until`: when woken, and
    /// every 50 ms.
    pub fn find_until<R>(&self, until: i64, look: impl Fn(&T) -> Option<R>) -> Option<R> {
        loop {
            // By the clock: all who wait here are woken for anybody's news.
            let left = until - micros_now();
            let mut value = self.lock();
            if let Some(found) = look(&value) {
                return Some(found);
            }
            if left <= 0 {
                return None;
            }
            value.wait(left.min(LOOK_MICROS));
        }
    }

    /// Wakes every thread in [`Locked::wait`].
    pub fn wake_all(&self) {
        // SAFETY: the condition lives as long as self.
        unsafe { sys::switch_thread_cond_broadcast(self.monitor.condition.as_ptr()) };
    }
}

/// The value while its lock is held.
pub struct Locked<'a, T> {
    guarded: &'a Guarded<T>,
}

impl<T> Locked<'_, T> {
    /// Lets the lock go and waits until woken or `micros` have passed, whichever is first; then holds it again.
    pub fn wait(&mut self, micros: i64) {
        let monitor = &self.guarded.monitor;
        // SAFETY: this thread holds the mutex, and the condition is used with this mutex only.
        unsafe {
            sys::switch_thread_cond_timedwait(
                monitor.condition.as_ptr(),
                monitor.mutex.as_ptr(),
                micros,
            );
        }
    }
}

impl<T> Deref for Locked<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: this thread holds the mutex.
        unsafe { &*self.guarded.value.get() }
    }
}

impl<T> DerefMut for Locked<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this thread holds the mutex, and self is borrowed exclusively.
        unsafe { &mut *self.guarded.value.get() }
    }
}

impl<T> Drop for Locked<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this thread holds the mutex, once.
        unsafe { sys::switch_mutex_unlock(self.guarded.monitor.mutex.as_ptr()) };
    }
}

/// A thread of the host that runs a function with a number.
///
/// It must be joined: the code that it runs is unmapped when the module is.
#[must_use = "a thread that is not joined outlives the module's code"]
pub struct Thread {
    thread: NonNull<sys::switch_thread_t>,
    /// Owns the thread's memory.
    _pool: Pool,
}

// SAFETY: a thread may be joined by any other thread, once.
unsafe impl Send for Thread {}

/// What a [`Thread`] runs: a function and the number of its piece of work. No pointer travels.
pub trait Work {
    /// For the log.
    const NAME: &'static str;
    /// Does the work `number`.
    fn run(number: u64);
}

impl Thread {
    /// Starts `W` with `number` (`switch_thread_create`, stack of 240 KiB).
    pub fn start<W: Work>(number: u64) -> Result<Self, HostError> {
        let pool = Pool::new()?;
        let mut attributes = ptr::null_mut();
        // SAFETY: the pool outlives the attributes, which are used for the next two calls only.
        let status = unsafe { sys::switch_threadattr_create(&mut attributes, pool.as_ptr()) };
        check("switch_threadattr_create", status)?;
        // SAFETY: the host has just made the attributes.
        unsafe { sys::switch_threadattr_stacksize_set(attributes, STACK_BYTES) };
        let mut thread = ptr::null_mut();
        let number = ptr::without_provenance_mut::<c_void>(number as usize);
        // SAFETY: the pool is owned by the result, which is joined before it is dropped; the data is a number.
        let status = unsafe {
            sys::switch_thread_create(
                &mut thread,
                attributes,
                Some(body::<W>),
                number,
                pool.as_ptr(),
            )
        };
        check("switch_thread_create", status)?;
        NonNull::new(thread)
            .map(|thread| Self {
                thread,
                _pool: pool,
            })
            .ok_or(HostError {
                call: "switch_thread_create",
                status,
            })
    }

    /// Waits until it has ended (`switch_thread_join`).
    pub fn join(self) {
        let mut result = 0;
        // SAFETY: the thread was created joinable, and self is consumed: it is joined this once.
        unsafe { sys::switch_thread_join(&mut result, self.thread.as_ptr()) };
    }
}

extern "C" fn body<W: Work>(
    _thread: *mut sys::switch_thread_t,
    number: *mut c_void,
) -> *mut c_void {
    guarded(W::NAME, (), || W::run(number.addr() as u64));
    ptr::null_mut()
}

/// A beat that the host's timers give, in step with all others of the same length. One thread.
pub struct Beat {
    timer: Box<sys::switch_timer>,
    /// Owns what the timer allocates; dropped after it.
    _pool: Pool,
}

impl Beat {
    /// A beat every `millis` (`switch_core_timer_init`, the core's `soft` timer).
    pub fn every(millis: i32) -> Result<Self, HostError> {
        let pool = Pool::new()?;
        // SAFETY: an all-zero timer is the host's own way to begin one.
        let mut timer: Box<sys::switch_timer> = Box::new(unsafe { std::mem::zeroed() });
        // SAFETY: the timer stays where it is and the pool lives until it is destroyed.
        let status = unsafe {
            sys::switch_core_timer_init(&mut *timer, c"soft".as_ptr(), millis, 1, pool.as_ptr())
        };
        check("switch_core_timer_init", status)?;
        Ok(Self { timer, _pool: pool })
    }

    /// Waits for the next beat; one that is just missed counts as it, and of several that were missed the rest are left
    /// out (`switch_core_timer_next`). `false` when the host ends.
    pub fn wait(&mut self) -> bool {
        // SAFETY: the timer was set up by every, and one thread has it.
        unsafe { sys::switch_core_timer_next(&mut *self.timer) == sys::SWITCH_STATUS_SUCCESS }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        // SAFETY: every set the timer up, and it is destroyed this once, before its pool.
        unsafe { sys::switch_core_timer_destroy(&mut *self.timer) };
    }
}

/// The core's domain (`switch_core_get_domain`).
pub fn core_domain() -> Option<String> {
    // SAFETY: without a copy the host answers a text of its own, or NULL.
    let domain = unsafe { sys::switch_core_get_domain(sys::SWITCH_FALSE) };
    // SAFETY: the text is the host's, and the host does not change it while it runs.
    unsafe { text::from_host(domain) }.filter(|domain| !domain.is_empty())
}

/// The switch's own name, shown as the node (`switch_core_get_switchname`).
pub fn node_name() -> String {
    // SAFETY: no arguments; the host answers a text that it keeps.
    let name = unsafe { sys::switch_core_get_switchname() };
    // SAFETY: the text lives as long as the host.
    unsafe { text::from_host(name) }.unwrap_or_default()
}
