//! One engine thread and the calls that it serves.

use super::{BEAT_MICROS, BEAT_MILLIS, Engine, LOOK_MICROS, member::Member, tuner::Tuner};
use crate::{
    fs::{
        HostError,
        log::{Level, log},
        peek::Peek,
        runtime::{Beat, Guarded, Thread, Work, micros_now},
    },
    module::Callpark,
};
use callpark_domain::call::Ticket;
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};

/// How long a thread without calls sleeps before it looks after the others, in microseconds.
const IDLE_MICROS: i64 = 500_000;
/// Another thread that has not moved for so many beats of our own hangs. A machine that stands still does not count: then our
/// beats stand still, too.
const HANG_BEATS: u32 = 50;
/// A sleep counts as so many beats, at most: the machine may have stood still in it.
const MOST_SLEPT_BEATS: u32 = HANG_BEATS / 2;

/// Of so many calls one may be slow by its own fault. When it is more of them, the machine has too much to do: threads of
/// their own would make that worse.
const FEW: usize = 4;

/// The calls of one thread.
pub struct Row {
    number: u64,
    /// Changes with each beat.
    beats: AtomicU64,
    /// The call that it visits, by ticket.
    visits: AtomicU64,
    /// Another thread saw that it hangs; until its next beat.
    hangs: AtomicBool,
    /// How many calls it serves.
    len: AtomicUsize,
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

/// A call's place with an engine thread, until dropped.
pub struct Seat<'a> {
    row: &'a Row,
    member: &'a Arc<Member>,
}

impl Seat<'_> {
    /// Whether nobody serves it: the thread hangs in another call's visit, has ended, or could not begin.
    pub fn is_lost(&self) -> bool {
        let state = self.row.state.lock();
        self.row.hangs() || state.ended || !state.started
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.member.leave();
        self.row.unseat(self.member);
    }
}

impl Row {
    /// Nobody yet, and no thread.
    pub fn new(number: u64) -> Result<Self, HostError> {
        Ok(Self {
            number,
            beats: AtomicU64::new(0),
            visits: AtomicU64::new(0),
            hangs: AtomicBool::new(false),
            len: AtomicUsize::new(0),
            state: Guarded::new(State::default())?,
        })
    }

    /// How many calls it serves.
    pub fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    /// Whether its thread was seen to hang, and has not moved since.
    pub fn hangs(&self) -> bool {
        self.hangs.load(Ordering::Acquire)
    }

    /// Starts its thread unless that runs; `false` when it cannot, or has ended.
    pub fn begin(&self) -> bool {
        {
            let mut state = self.state.lock();
            let runs = !state.closed && !state.ended;
            if !runs || std::mem::replace(&mut state.started, true) {
                return runs;
            }
        }
        let started = Thread::start::<EngineThread>(self.number);
        let is_started = started.is_ok();
        let failed = {
            let mut state = self.state.lock();
            state.started = is_started;
            started.map(|thread| state.thread = Some(thread))
        };
        self.wake();
        if let Err(error) = &failed {
            let line = format!("no thread for the hold engine: {error}");
            log(Level::Error, &line);
            // Calls may have sat down here meanwhile.
            self.let_go();
        }
        is_started
    }

    /// Has its thread look at what it has now.
    fn wake(&self) {
        // Between its look and its sleep it has the lock: it misses nothing.
        drop(self.state.lock());
        self.state.wake_all();
    }

    /// One more call; `None` when all ends.
    pub fn seat<'a>(&'a self, member: &'a Arc<Member>) -> Option<Seat<'a>> {
        let mut state = self.state.lock();
        if state.closed {
            return None;
        }
        state.members.push(Arc::clone(member));
        let seated = state.members.len();
        self.len.store(seated, Ordering::Relaxed);
        drop(state);
        if seated == 1 {
            self.state.wake_all();
        }
        Some(Seat { row: self, member })
    }

    fn unseat(&self, member: &Arc<Member>) {
        // The others keep their order, and so their moment in the beat.
        let mut state = self.state.lock();
        state.members.retain(|seated| !Arc::ptr_eq(seated, member));
        self.len.store(state.members.len(), Ordering::Relaxed);
    }

    /// Has its thread end; it takes no call any more.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.wake();
    }

    /// Waits for the end of its thread once it is closed, at most `until`; `false` when it still runs.
    pub fn join(&self, until: i64) -> bool {
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
    fn run(&self, engine: &Engine) {
        let _ends = Ends(self);
        let tools = Beat::every(BEAT_MILLIS).and_then(|beat| Ok((beat, Peek::new()?)));
        match tools {
            Ok((beat, peek)) => self.serve(engine, beat, peek),
            Err(error) => log(Level::Error, &format!("a hold engine cannot work: {error}")),
        }
    }

    fn serve(&self, engine: &Engine, mut beat: Beat, mut peek: Peek) {
        let mut tuner = Tuner::default();
        let mut slow = Vec::new();
        let mut watch = Watch::default();
        let mut seated = Vec::new();
        while let Some(passed) = self.await_calls(&mut seated) {
            if !beat.wait() {
                return;
            }
            self.beats.fetch_add(1, Ordering::Relaxed);
            self.hangs.store(false, Ordering::Release);
            watch.look(self, engine, passed);
            if seated.is_empty() {
                // Who hears nothing keeps no source playing.
                tuner = Tuner::default();
            }
            tuner.next_beat();
            for member in &seated {
                self.visits.store(member.ticket.0, Ordering::Relaxed);
                let took = member.serve(&mut tuner, &mut peek);
                slow.extend(took.map(|micros| (Arc::clone(member), micros)));
            }
            let few = (seated.len() / FEW).max(1);
            if slow.len() <= few {
                slow.iter()
                    .for_each(|(member, micros)| member.blame(*micros));
            }
            slow.clear();
            seated.clear();
        }
    }

    /// Who is to be served in the next beat; sleeps for a time before it while there is nobody. How many beats of the
    /// thread's own have passed then; `None` at the end.
    fn await_calls(&self, seated: &mut Vec<Arc<Member>>) -> Option<u32> {
        let mut state = self.state.lock();
        let mut passed = 1;
        if !state.closed && state.members.is_empty() {
            let began = micros_now();
            state.wait(IDLE_MICROS);
            let slept = (micros_now() - began) / i64::from(BEAT_MICROS);
            passed += u32::try_from(slept).map_or(0, |beats| beats.min(MOST_SLEPT_BEATS));
        }
        seated.extend(state.members.iter().cloned());
        (!state.closed).then_some(passed)
    }

    /// It hangs: its calls go to other threads.
    fn empty(&self) {
        if self.hangs.swap(true, Ordering::AcqRel) {
            return;
        }
        let visited = Ticket(self.visits.load(Ordering::Relaxed));
        let members = self.state.lock().members.clone();
        let known = members.iter().find(|member| member.ticket == visited);
        let line = format!(
            "hold engine: thread {} hangs in the call of {}; its other calls go to other threads",
            self.number,
            known.map_or("a leg that has gone", |member| &member.uuid)
        );
        log(Level::Error, &line);
        self.let_go();
    }

    /// Has the threads of its calls look whether they are served.
    fn let_go(&self) {
        let members = self.state.lock().members.clone();
        members.iter().for_each(|member| member.loan.wake());
    }
}

/// The thread has ended, whatever the way: its calls go to other threads.
struct Ends<'a>(&'a Row);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.state.lock().ended = true;
        self.0.wake();
        self.0.let_go();
    }
}

/// How an engine thread looks after the others.
#[derive(Default)]
struct Watch {
    /// Of each thread: its beats as last seen, and since how many of ours.
    seen: Vec<(u64, u32)>,
}

impl Watch {
    /// After so many beats of our own.
    fn look(&mut self, own: &Row, engine: &Engine, passed: u32) {
        self.seen.resize(engine.rows.len(), (0, 0));
        for (row, (beats, since)) in engine.rows.iter().zip(&mut self.seen) {
            let now = row.beats.load(Ordering::Relaxed);
            if now != *beats || row.len() == 0 || row.number == own.number {
                (*beats, *since) = (now, 0);
                continue;
            }
            *since += passed;
            if *since >= HANG_BEATS {
                row.empty();
                *since = 0;
            }
        }
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
            row.run(&engine);
        }
    }
}
