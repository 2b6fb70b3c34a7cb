//! Who runs: every session and every thread of the module is a real thread, but only one has the turn.
//!
//! The turn passes inside host calls alone: where a thread waits, and where the seed says so. The clock stands still
//! while anybody can run, and then jumps to the next moment that somebody waits for. So a seed fixes the whole order.

use crate::{
    thread::{Standing, Thread, Wait},
    world::State,
};
use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A thread's number in its run; 0 is the scenario, which calls nothing of the module's.
pub(crate) type ThreadId = usize;

/// The thread of the scenario itself.
pub(crate) const SCENARIO: ThreadId = 0;
/// What the host gives its session threads.
const STACK_BYTES: usize = 240 * 1024;
/// So many host calls while the clock stands still are a loop without a wait.
const LIVELOCK_STEPS: u64 = 1_000_000;
/// Whoever must not block may wait for a lock, or for a thread that is about to end; not longer than this.
const BLOCKING: i64 = 1_000_000;
/// A thread that makes no host call for so long is stuck on something that is not the host's.
const STUCK: Duration = Duration::from_secs(20);

/// One run of the switch.
pub(crate) struct Run {
    state: Mutex<State>,
}

#[derive(Clone)]
struct Here {
    run: Arc<Run>,
    thread: ThreadId,
}

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

impl Run {
    /// Starts a run; the calling thread is its scenario from here to [`leave`].
    pub(crate) fn enter(state: State) -> Arc<Self> {
        let run = Arc::new(Self {
            state: Mutex::new(state),
        });
        let here = Here {
            run: Arc::clone(&run),
            thread: SCENARIO,
        };
        HERE.with(|slot| {
            assert!(
                slot.replace(Some(here)).is_none(),
                "one switch at a time in a thread"
            )
        });
        run
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The scenario's thread is done with its run.
pub(crate) fn leave() {
    HERE.with(|slot| slot.replace(None));
}

/// A test has failed by itself: shows the seed, and all that is known.
pub(crate) fn report_panic() {
    let here = here();
    let state = here.run.lock();
    if state.failure.is_none() {
        eprintln!("{}", state.report("the scenario has failed"));
    }
}

fn here() -> Here {
    HERE.with(|slot| slot.borrow().clone()).unwrap_or_else(|| {
        // Nothing can be unwound here: below are frames of C.
        eprintln!("stand-in: a host call from a thread that the stand-in did not start");
        std::process::abort();
    })
}

/// The calling thread.
pub(crate) fn current() -> ThreadId {
    here().thread
}

/// Looks at the state, or changes it, without losing the turn.
pub(crate) fn with<R>(look: impl FnOnce(&mut State) -> R) -> R {
    let here = here();
    let mut state = here.run.lock();
    let result = look(&mut state);
    if state.failure.is_some() {
        stop(&here, state);
    }
    result
}

/// Ends the run: the scenario panics with `message` and all that is known, and nobody else ever runs again.
pub(crate) fn fail(message: &str) -> ! {
    let here = here();
    let mut state = here.run.lock();
    state.fail(message);
    stop(&here, state)
}

fn stop(here: &Here, state: MutexGuard<'_, State>) -> ! {
    let report = state.failure.clone().unwrap_or_default();
    state.threads[SCENARIO].wake.notify_all();
    drop(state);
    if here.thread == SCENARIO && !std::thread::panicking() {
        panic!("{report}");
    }
    // Below may be frames of the module's that nothing can unwind: the thread stays where it is for good.
    loop {
        std::thread::park();
    }
}

/// A place where the turn may pass, as the seed says: every host call begins with one.
pub(crate) fn step(call: &'static str) {
    let here = here();
    let mut state = here.run.lock();
    state.note_call(here.thread, call);
    if state.record.steps_at_this_moment > LIVELOCK_STEPS {
        let message = format!(
            "{} loops without a wait, in {call}",
            state.threads[here.thread].name
        );
        state.fail(&message);
    }
    if state.failure.is_some() {
        stop(&here, state);
    }
    if state.order_says_hand_over() {
        drop(pass_turn(&here, state));
    }
}

/// A place where the machine may take the thread away for a while, so that what comes from outside can come between.
pub(crate) fn dawdle() {
    let here = here();
    let mut state = here.run.lock();
    if let Some(delay) = state.draw_delay() {
        let until = state.now + delay;
        state.threads[here.thread].standing = Standing::Waiting(Wait {
            what: "its turn on a busy machine".to_owned(),
            until: Some(until),
            met: Box::new(|_| false),
        });
        let mut state = pass_turn(&here, state);
        state.threads[here.thread].standing = Standing::Ready;
    }
}

/// From now on this thread is in `what`, which must not block; or in nothing of that kind any more.
pub(crate) fn forbid_to_block(what: Option<&'static str>) {
    let thread = current();
    with(|state| state.threads[thread].must_not_block = what);
}

/// Waits until `met`, or until the moment `until`; `false` when that moment came first.
pub(crate) fn wait(
    what: impl Into<String>,
    until: Option<i64>,
    met: impl Fn(&State) -> bool + Send + 'static,
) -> bool {
    let here = here();
    let mut state = here.run.lock();
    let what = what.into();
    state.threads[here.thread].standing = Standing::Waiting(Wait {
        what,
        until,
        met: Box::new(met),
    });
    let begun = state.now;
    let mut state = pass_turn(&here, state);
    if let (Some(place), true) = (
        state.threads[here.thread].must_not_block,
        state.now - begun > BLOCKING,
    ) {
        let (millis, does) = (
            (state.now - begun) / 1000,
            state.threads[here.thread].describe(),
        );
        state.fail(&format!("{place} blocks for {millis} ms: {does}"));
        stop(&here, state);
    }
    let waited = std::mem::replace(&mut state.threads[here.thread].standing, Standing::Ready);
    match waited {
        Standing::Waiting(Wait { met, .. }) => met(&state),
        Standing::Ready | Standing::Ended => true,
    }
}

/// Lets `micros` pass.
pub(crate) fn sleep(what: &str, micros: i64) {
    let until = with(|state| state.now + micros.max(0));
    wait(what, Some(until), |_| false);
}

/// Starts a thread that runs `body` when it gets its turn.
pub(crate) fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> ThreadId {
    let Here { run, .. } = here();
    let thread = with(|state| {
        state.threads.push(Thread::new(name));
        state.threads.len() - 1
    });
    let here = Here { run, thread };
    let builder = std::thread::Builder::new()
        .name(name.to_owned())
        .stack_size(STACK_BYTES);
    let started = builder.spawn(move || live(here, body));
    if let Err(error) = started {
        fail(&format!("the machine has no thread for {name}: {error}"));
    }
    thread
}

/// The whole life of a thread of the run.
fn live(here: Here, body: impl FnOnce()) {
    HERE.with(|slot| slot.replace(Some(here.clone())));
    drop(await_turn(&here, here.run.lock()));
    if catch_unwind(AssertUnwindSafe(body)).is_err() {
        fail("the stand-in itself has a bug: see the panic above");
    }
    let mut state = here.run.lock();
    state.threads[here.thread].standing = Standing::Ended;
    choose_next(&mut state);
    if state.failure.is_some() {
        stop(&here, state);
    }
}

/// Gives the turn to whoever the seed draws, and comes back with it.
fn pass_turn<'a>(here: &'a Here, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    choose_next(&mut state);
    await_turn(here, state)
}

fn await_turn<'a>(here: &'a Here, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    let wake = Arc::clone(&state.threads[here.thread].wake);
    while state.turn != here.thread && state.failure.is_none() {
        if here.thread == SCENARIO {
            state = await_as_scenario(state, &wake);
        } else {
            state = wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
    if state.failure.is_some() {
        stop(here, state);
    }
    state
}

/// The scenario also watches whether the others still make host calls.
fn await_as_scenario<'a>(state: MutexGuard<'a, State>, wake: &Condvar) -> MutexGuard<'a, State> {
    let steps = state.record.steps;
    let (mut state, timing) = wake
        .wait_timeout(state, STUCK)
        .unwrap_or_else(PoisonError::into_inner);
    if timing.timed_out() && state.record.steps == steps && state.turn != SCENARIO {
        let stuck = &state.threads[state.turn];
        let message = format!(
            "{} is stuck outside of the host, last in {}",
            stuck.name, stuck.last_call
        );
        state.fail(&message);
    }
    state
}

fn choose_next(state: &mut State) {
    loop {
        let ready = state.ready_threads();
        if let Some(next) = state.draw(&ready) {
            state.turn = next;
            state.threads[next].wake.notify_all();
            return;
        }
        let next_moment = state.threads.iter().filter_map(Thread::waits_until).min();
        match next_moment {
            Some(moment) => state.advance_to(moment),
            None => return state.fail("deadlock: nobody can run, and nobody waits for a moment"),
        }
    }
}
