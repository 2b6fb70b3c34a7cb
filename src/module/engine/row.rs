//! One engine thread and the calls that it serves.

use super::{BEAT_MILLIS, LOOK_MICROS, member::Member, tuner::Tuner};
use crate::{
    fs::{
        HostError,
        log::{Level, log},
        runtime::{Beat, Guarded, Thread, Work, micros_now},
    },
    module::Callpark,
};
use std::sync::Arc;

/// How long a thread without calls sleeps at a time, in microseconds.
const IDLE_MICROS: i64 = 10_000_000;

/// The calls of one thread.
pub struct Row {
    number: u64,
    state: Guarded<State>,
}

#[derive(Default)]
struct State {
    members: Vec<Arc<Member>>,
    started: bool,
    thread: Option<Thread>,
    closed: bool,
    ended: bool,
}

impl Row {
    /// Nobody yet, and no thread.
    pub fn new(number: u64) -> Result<Self, HostError> {
        let state = Guarded::new(State::default())?;
        Ok(Self { number, state })
    }

    /// How many calls it serves.
    pub fn len(&self) -> usize {
        self.state.lock().members.len()
    }

    /// One more call. The first one starts the thread; `false` when that fails, or all ends.
    pub fn seat(&self, member: &Arc<Member>) -> bool {
        let is_first = {
            let mut state = self.state.lock();
            if state.closed {
                return false;
            }
            state.members.push(Arc::clone(member));
            !std::mem::replace(&mut state.started, true)
        };
        self.state.wake_all();
        if !is_first || self.start() {
            return true;
        }
        self.unseat(member);
        false
    }

    /// One call less.
    pub fn unseat(&self, member: &Arc<Member>) {
        // The others keep their order, and so their moment in the beat.
        let mut state = self.state.lock();
        state.members.retain(|seated| !Arc::ptr_eq(seated, member));
    }

    fn start(&self) -> bool {
        match Thread::start::<EngineThread>(self.number) {
            Ok(thread) => {
                self.state.lock().thread = Some(thread);
                self.state.wake_all();
                true
            }
            Err(error) => {
                self.state.lock().started = false;
                log(
                    Level::Error,
                    &format!("no thread for the hold engine: {error}"),
                );
                false
            }
        }
    }

    /// Ends the thread and waits for it, at most `until`; `false` when it still runs.
    pub fn close(&self, until: i64) -> bool {
        self.state.lock().closed = true;
        self.state.wake_all();
        let thread = {
            let mut state = self.state.lock();
            while state.started && !(state.ended && state.thread.is_some()) {
                if micros_now() >= until {
                    return false;
                }
                state.wait(LOOK_MICROS);
            }
            state.started = false;
            state.thread.take()
        };
        if let Some(thread) = thread {
            thread.join();
        }
        true
    }

    /// Serves all, beat by beat, until closed.
    fn run(&self) {
        match Beat::every(BEAT_MILLIS) {
            Ok(beat) => self.serve(beat),
            Err(error) => log(
                Level::Error,
                &format!("the hold engine has no beat: {error}"),
            ),
        }
        self.state.lock().ended = true;
        self.state.wake_all();
    }

    fn serve(&self, mut beat: Beat) {
        let mut tuner = Tuner::default();
        let mut seated = Vec::new();
        while self.await_members(&mut seated) && beat.wait() {
            tuner.next_beat();
            for member in &seated {
                member.serve(&mut tuner);
            }
            seated.clear();
        }
    }

    /// Who is to be served in the next beat; sleeps while nobody is. `false` at the end.
    fn await_members(&self, seated: &mut Vec<Arc<Member>>) -> bool {
        let mut state = self.state.lock();
        while state.members.is_empty() && !state.closed {
            state.wait(IDLE_MICROS);
        }
        seated.extend(state.members.iter().cloned());
        !state.closed
    }
}

struct EngineThread;

impl Work for EngineThread {
    const NAME: &'static str = "hold engine";

    fn run(number: u64) {
        // Shutdown keeps the module in place until these threads have ended.
        let engine = Callpark::current().and_then(|module| module.engine());
        if let Some(engine) = engine
            && let Some(row) = engine.rows.get(number as usize)
        {
            row.run();
        }
    }
}
