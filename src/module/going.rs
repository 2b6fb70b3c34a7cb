//! Whether the host takes the module away by force.
//!
//! It then hangs up the legs in our applications first, by a cause that `hupall` has, too, and waits for their threads, while
//! it holds the lock that the question whether we are loaded takes. So a thread of its own asks, and no answer is one.

use super::Callpark;
use crate::fs::{
    HostError,
    registration::is_loaded,
    runtime::{Guarded, Thread, Work, micros_now},
};

/// How long an answer is waited for, in microseconds; and how long it counts, since many legs are hung up at once.
const PATIENCE_MICROS: i64 = 200_000;
const COUNTS_MICROS: i64 = 1_000_000;

/// The question, and its last answer.
pub struct Going(Guarded<Question>);

#[derive(Default)]
struct Question {
    /// Since when it is being asked.
    asked: Option<i64>,
    /// Whether the host has us, and since when that is known.
    loaded: Option<(bool, i64)>,
    /// Who asks, or has asked.
    threads: Vec<Thread>,
    closed: bool,
}

impl Question {
    /// The answer, if it is no older.
    fn answer_since(&self, from: i64) -> Option<bool> {
        let (loaded, since) = self.loaded?;
        (since >= from).then_some(loaded)
    }

    fn answered(&mut self, loaded: bool, now: i64) {
        self.asked = None;
        self.loaded = Some((loaded, now));
    }
}

impl Going {
    /// Nobody asks yet.
    pub fn new() -> Result<Self, HostError> {
        Guarded::new(Question::default()).map(Self)
    }

    /// Whether an unload by force has begun. Waits 0.2 s at most; what takes the host longer counts as one.
    pub fn has_begun(&self) -> bool {
        let now = micros_now();
        let counts_from = now - COUNTS_MICROS;
        let until = self.ask(now, counts_from) + PATIENCE_MICROS;
        let loaded = self
            .0
            .find_until(until, |question| question.answer_since(counts_from));
        !loaded.unwrap_or_default()
    }

    /// Has it asked unless it is, or was just now; since when.
    fn ask(&self, now: i64, counts_from: i64) -> i64 {
        let former = {
            let mut question = self.0.lock();
            if question.closed || question.answer_since(counts_from).is_some() {
                return now;
            }
            if let Some(since) = question.asked {
                return since;
            }
            question.asked = Some(now);
            std::mem::take(&mut question.threads)
        };
        former.into_iter().for_each(Thread::join);
        match Thread::start::<Asking>(0) {
            Ok(thread) => self.0.lock().threads.push(thread),
            // The host has no thread to spare, and takes nothing away.
            Err(_) => self.0.lock().answered(true, now),
        }
        now
    }

    /// Waits for whoever asks; nobody does any more. Not while the host waits for a leg of ours.
    pub fn close(&self) {
        let threads = {
            let mut question = self.0.lock();
            question.closed = true;
            std::mem::take(&mut question.threads)
        };
        threads.into_iter().for_each(Thread::join);
    }
}

struct Asking;

impl Work for Asking {
    const NAME: &'static str = "whether the module goes";

    fn run(_: u64) {
        // Shutdown keeps the module in place until this thread has ended.
        if let Some(module) = Callpark::current() {
            let (loaded, now) = (is_loaded(), micros_now());
            module.going.0.lock().answered(loaded, now);
            module.going.0.wake_all();
        }
    }
}
