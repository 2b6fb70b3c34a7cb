//! One call in the engine, as its engine thread sees it.

use super::{BEAT_MICROS, stations::Track, tuner::Tuner};
use crate::fs::{frame::WritesWith, lend::Loan, runtime::exact_micros, session::Session};
use callpark_domain::call::{Call, Ticket};
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

/// A visit is slow from here on, in microseconds.
const SLOW_MICROS: i64 = 5_000;
/// So many slow visits in a row, among quick ones of others, are the leg's fault, and not the machine's.
const SLOW_VISITS: u32 = 3;
/// A visit of this length, in microseconds, was one too many.
const HANG_MICROS: i64 = 500_000;
/// Frames read in one beat, at most: what a phone has sent in a burst is gone in a few beats.
const MOST_READS: u32 = 8;
/// How often, in beats, it is looked whether more comes than is read.
const PROBE_BEATS: u32 = 8;
/// How often, in beats, a read is one with all that the core does. It gives the thread's turn away, so that a machine that
/// is busy would take it from all who come after: once a second is enough, and each call has its own beat for it.
const FULL_BEATS: u32 = 50;

/// How often, in beats, it is looked for a recording that begins.
const LISTENER_BEATS: u32 = 10;

const SLOW: &str = "its visits take long";

/// Spreads what is done now and then over the beats.
static JOINED: AtomicU32 = AtomicU32::new(0);

/// A call that is served: its leg on loan, and what it hears.
pub struct Member {
    /// The call.
    pub ticket: Ticket,
    /// Its leg's UUID.
    pub uuid: String,
    /// Its leg.
    pub loan: Arc<Loan>,
    /// What it hears.
    pub track: Arc<Track>,
    writes_with: WritesWith,
    /// Frames to read each beat, so that few reads find nothing.
    reads: AtomicU32,
    beats: AtomicU32,
    /// Slow visits in a row.
    slow: AtomicU32,
    /// Beats in a row without anything from the phone, and so many at most.
    silent: AtomicU32,
    most_silent: u32,
    /// Why the engine cannot keep it.
    unfit: OnceLock<&'static str>,
    /// Its thread has left: a visit that was under way to others may still have it on its list.
    left: AtomicBool,
}

impl Member {
    /// A call that joins.
    pub fn new(call: &Call, loan: &Arc<Loan>, track: Arc<Track>, writes_with: WritesWith) -> Self {
        Self {
            ticket: call.ticket,
            uuid: call.uuid.clone(),
            loan: Arc::clone(loan),
            track,
            writes_with,
            reads: AtomicU32::new(MOST_READS),
            beats: AtomicU32::new(JOINED.fetch_add(1, Ordering::Relaxed)),
            slow: AtomicU32::new(0),
            silent: AtomicU32::new(0),
            most_silent: u32::MAX,
            unfit: OnceLock::new(),
            left: AtomicBool::new(false),
        }
    }

    /// A phone that has been silent for half as long as the host allows, in milliseconds, is left to the host: it counts
    /// only in reads that wait, which are those of the call's own thread, and knows of exceptions that we do not.
    pub fn with_silence_limit(mut self, millis: Option<u32>) -> Self {
        if let Some(millis) = millis {
            self.most_silent = (millis / 2 / (BEAT_MICROS / 1000)).max(1);
        }
        self
    }

    /// It is served no more, not even by a visit that comes late. The leg's own thread, which has its leg back.
    pub fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    /// Why it must be held by its own thread from now on, if it must.
    pub fn unfit(&self) -> Option<&'static str> {
        self.unfit.get().copied()
    }

    /// Whether the leg is still what it was when the call joined.
    pub fn fits(&self, leg: Session<'_>) -> bool {
        leg.has_live_audio() && leg.writes_with() == Some(self.writes_with)
    }

    /// One visit: reads what has come, sends a frame, and wakes the call's own thread for all that is not audio. Whether it
    /// was slow.
    pub fn serve(&self, tuner: &mut Tuner) -> bool {
        let began = exact_micros();
        let beat = self.beats.fetch_add(1, Ordering::Relaxed);
        let served = self.loan.visit(|leg| {
            // The loan may have been taken up again, for another thread of the engine.
            if self.left.load(Ordering::Relaxed) {
                return true;
            }
            let is_heard = beat.is_multiple_of(LISTENER_BEATS) && leg.has_media_bug();
            if is_heard || !leg.is_ready() || !self.fits(leg) {
                return false;
            }
            self.read(leg, beat);
            if let Some(frame) = tuner.frame(&self.track) {
                leg.send_frame(&self.track.form, &frame);
            }
            !leg.has_key()
        });
        if served == Some(false) {
            self.loan.wake();
        }
        served.is_some() && self.is_slow(exact_micros() - began)
    }

    /// Reading stops at the first empty read.
    fn read(&self, leg: Session<'_>, beat: u32) {
        let usual = self.reads.load(Ordering::Relaxed);
        let most = match beat % PROBE_BEATS {
            0 => MOST_READS,
            _ => usual,
        };
        let mut came = 0;
        if beat.is_multiple_of(FULL_BEATS) {
            if !leg.take_frame_fully() {
                return self.count_silence(true);
            }
            came = 1;
        }
        came += (came..most).take_while(|_| leg.take_frame()).count() as u32;
        if came < most {
            self.reads.store(came.max(1), Ordering::Relaxed);
        }
        self.count_silence(came == 0);
    }

    fn count_silence(&self, is_silent: bool) {
        if !is_silent {
            self.silent.store(0, Ordering::Relaxed);
        } else if self.silent.fetch_add(1, Ordering::Relaxed) + 1 >= self.most_silent {
            self.leave_to_own_thread("its phone is silent");
        }
    }

    fn is_slow(&self, micros: i64) -> bool {
        if micros >= HANG_MICROS {
            self.leave_to_own_thread(SLOW);
        } else if micros <= SLOW_MICROS {
            self.slow.store(0, Ordering::Relaxed);
        }
        micros > SLOW_MICROS
    }

    /// A slow visit was its own fault.
    pub fn blame(&self) {
        if self.slow.fetch_add(1, Ordering::Relaxed) + 1 >= SLOW_VISITS {
            self.leave_to_own_thread(SLOW);
        }
    }

    fn leave_to_own_thread(&self, why: &'static str) {
        if self.unfit.set(why).is_ok() {
            self.loan.wake();
        }
    }
}
