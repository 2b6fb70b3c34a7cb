//! What has happened so far: for reports, and for the fingerprint by which two runs are compared.

use crate::{schedule::ThreadId, world::seconds};
use std::collections::VecDeque;

/// How many host calls a report shows, and how many things that happened.
const CALLS_SHOWN: usize = 40;
const NOTES_SHOWN: usize = 80;

/// The record of a run.
pub(crate) struct Record {
    /// When, who, what, and how often in a row.
    calls: VecDeque<(i64, ThreadId, &'static str, u32)>,
    notes: VecDeque<(i64, String)>,
    fingerprint: u64,
    /// Host calls so far.
    pub(crate) steps: u64,
    /// Host calls since the clock moved.
    pub(crate) steps_at_this_moment: u64,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            calls: VecDeque::new(),
            notes: VecDeque::new(),
            fingerprint: 0xcbf2_9ce4_8422_2325,
            steps: 0,
            steps_at_this_moment: 0,
        }
    }
}

impl Record {
    pub(crate) fn call(&mut self, now: i64, thread: ThreadId, call: &'static str) {
        self.steps += 1;
        self.steps_at_this_moment += 1;
        for byte in call.bytes().chain([thread as u8]) {
            self.fingerprint = (self.fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        match self.calls.back_mut() {
            Some((_, before, last, times)) if (*before, *last) == (thread, call) => *times += 1,
            _ => push(&mut self.calls, (now, thread, call, 1), CALLS_SHOWN),
        }
    }

    pub(crate) fn note(&mut self, now: i64, line: String) {
        push(&mut self.notes, (now, line), NOTES_SHOWN);
    }

    /// A number for all calls so far, their order, and the moment.
    pub(crate) fn fingerprint(&self, now: i64) -> u64 {
        self.fingerprint ^ now as u64 ^ self.steps.rotate_left(32)
    }

    /// The last of both, a line each; `name` knows the threads.
    pub(crate) fn tell(&self, name: impl Fn(ThreadId) -> String) -> String {
        let mut told = "what happened:\n".to_owned();
        for (at, line) in &self.notes {
            told += &format!("  {:10.3} {line}\n", seconds(*at));
        }
        told += "the last host calls:\n";
        for (at, thread, call, times) in &self.calls {
            told += &format!(
                "  {:10.3} {}: {call} x{times}\n",
                seconds(*at),
                name(*thread)
            );
        }
        told
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T, most: usize) {
    if list.len() == most {
        list.pop_front();
    }
    list.push_back(item);
}
