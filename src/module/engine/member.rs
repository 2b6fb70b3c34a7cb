//! One call in the engine, as its engine thread sees it.

use super::{
    BEAT_MICROS,
    choose::{BOUND_KEYS, Why, obstacle},
    stamp::Stamp,
    stations::Track,
    tuner::Tuner,
};
use crate::fs::{
    frame::{Taken, WritesWith},
    lend::Loan,
    peek::{Peek, Waiting},
    runtime::exact_micros,
    session::Session,
};
use callpark_domain::call::{Call, Ticket};
use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering},
};

/// A visit is slow from here on, in microseconds.
const SLOW_MICROS: i64 = 5_000;
/// So much slowness of its own, in microseconds, and the call goes to its own thread: three slow visits that follow each
/// other, or more of them that do not. A second of quick ones makes up for all of it.
const MOST_SLOWNESS: i64 = 40_000;
const FORGIVEN_EACH_BEAT: i64 = MOST_SLOWNESS / 50;
/// More than this of one visit is not counted: once is no habit, and a machine that stands still does it to anybody.
const COUNTED_OF_A_VISIT: i64 = BEAT_MICROS as i64;
/// A visit of this length, in microseconds, was one too many.
const HANG_MICROS: i64 = 500_000;
/// Packets read in one beat, at most, and strays thrown away: what a phone has sent in a burst is gone in a few beats.
const MOST_PACKETS: u32 = 8;
/// How often, in beats, a read is one with all that the core does. It gives the thread's turn away, so that a machine that
/// is busy would take it from all who come after: once a second is enough, and each call has its own beat for it.
const FULL_BEATS: u32 = 50;

/// How often, in beats, it is looked whether more waits than the one packet that a beat brings. Each look is a system call.
const MORE_BEATS: u32 = 4;
/// How often, in beats, it is looked for what begins to stand in the way, such as a recording.
const OBSTACLE_BEATS: u32 = 10;

const SLOW: Why = Why::Has("its visits take long");
const STRAYS: Why = Why::Has("too many packets that are no RTP");
const SILENT: Why = Why::Has("its phone is silent");
const KEYS: Why = Why::While(BOUND_KEYS);
/// The host changes a leg's codec in a read, and sleeps for a frame in it.
const OTHER_CODEC: Why = Why::While("its phone sends another codec");
/// The host paces digits by the timer that is off in the engine.
const DIGITS: Why = Why::While("it is sent digits");

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
    stamp: Stamp,
    beats: AtomicU32,
    /// How slow its visits were of late, in microseconds.
    slowness: AtomicI64,
    /// Beats in a row without anything from the phone, and so many at most.
    silent: AtomicU32,
    most_silent: u32,
    has_bound_keys: bool,
    /// More than one packet waited when it was last looked.
    more: AtomicBool,
    /// Why the engine cannot keep it.
    unfit: OnceLock<Why>,
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
            stamp: Stamp::default(),
            beats: AtomicU32::new(JOINED.fetch_add(1, Ordering::Relaxed)),
            slowness: AtomicI64::new(0),
            silent: AtomicU32::new(0),
            most_silent: u32::MAX,
            has_bound_keys: false,
            more: AtomicBool::new(true),
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

    /// Its keys are left to its own thread.
    pub fn with_bound_keys(mut self, has_bound_keys: bool) -> Self {
        self.has_bound_keys = has_bound_keys;
        self
    }

    /// Whether its keys are left to its own thread.
    pub fn has_bound_keys(&self) -> bool {
        self.has_bound_keys
    }

    /// It is served no more, not even by a visit that comes late. The leg's own thread, which has its leg back.
    pub fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    /// Why it must be held by its own thread from now on, if it must.
    pub fn unfit(&self) -> Option<&Why> {
        self.unfit.get()
    }

    /// Whether the leg is still what it was when the call joined.
    pub fn fits(&self, leg: Session<'_>) -> bool {
        leg.has_live_audio()
            && leg.writes_with() == Some(self.writes_with)
            && !self.track.is_broken()
    }

    /// One visit: reads what has come, sends a frame, and wakes the call's own thread for all that is not audio. How long
    /// it took, in microseconds, where it was slow.
    pub fn serve(&self, tuner: &mut Tuner, peek: &mut Peek) -> Option<i64> {
        let began = exact_micros();
        let beat = self.beats.fetch_add(1, Ordering::Relaxed);
        let served = self.loan.visit(|leg| {
            // The loan may have been taken up again, for another thread of the engine.
            if self.left.load(Ordering::Relaxed) {
                return true;
            }
            let is_hindered = beat.is_multiple_of(OBSTACLE_BEATS) && obstacle(leg).is_some();
            if is_hindered || !leg.is_ready() || !self.fits(leg) {
                return false;
            }
            // Before the read, which measures jitter by it.
            let clock = leg.rtp_clock();
            self.read(leg, peek, beat);
            // A read may have changed the codec.
            if !self.fits(leg) {
                return false;
            }
            let form = &self.track.form;
            let stamp = self.stamp.next(clock, form.stamp_samples());
            leg.send_frame(form, &tuner.frame(&self.track), stamp);
            !leg.has_key()
        });
        if served == Some(false) {
            self.loan.wake();
        }
        let took = served.map_or(0, |_| exact_micros() - began);
        if took >= HANG_MICROS {
            self.leave_to_own_thread(SLOW);
        }
        let slowness = self.slowness.load(Ordering::Relaxed) - FORGIVEN_EACH_BEAT;
        self.slowness.store(slowness.max(0), Ordering::Relaxed);
        (took > SLOW_MICROS).then_some(took)
    }

    /// Reads what waits: once at least, since RTCP and the media time-outs go with it.
    fn read(&self, leg: Session<'_>, peek: &mut Peek, beat: u32) {
        let mut came = 0;
        let mut waiting = self.next(leg, peek);
        while waiting != Waiting::Stray && came < MOST_PACKETS {
            if self.has_bound_keys && waiting.may_be_key() {
                return self.leave_to_own_thread(KEYS);
            }
            if waiting.is_audio_but_of(self.writes_with.kind) {
                return self.leave_to_own_thread(OTHER_CODEC);
            }
            let taken = match came == 0 && beat.is_multiple_of(FULL_BEATS) {
                true => leg.take_frame_fully(),
                false => leg.take_frame(),
            };
            if taken == Taken::Nothing {
                break;
            }
            came += 1;
            let looks = taken == Taken::Silence
                || self.more.load(Ordering::Relaxed)
                || beat.is_multiple_of(MORE_BEATS);
            if !looks {
                break;
            }
            let next = self.next(leg, peek);
            if taken == Taken::Silence && next == waiting {
                // It came without a packet.
                return self.leave_to_own_thread(DIGITS);
            }
            let more = next != Waiting::Nothing;
            self.more.store(more, Ordering::Relaxed);
            if !more {
                break;
            }
            waiting = next;
        }
        self.count_silence(came == 0);
    }

    /// What waits for a read, behind what a read had better not see.
    fn next(&self, leg: Session<'_>, peek: &mut Peek) -> Waiting {
        for _ in 0..MOST_PACKETS {
            match peek.at(leg) {
                Waiting::Stray => peek.discard(leg),
                waiting => return waiting,
            }
        }
        self.leave_to_own_thread(STRAYS);
        Waiting::Stray
    }

    fn count_silence(&self, is_silent: bool) {
        if !is_silent {
            self.silent.store(0, Ordering::Relaxed);
        } else if self.silent.fetch_add(1, Ordering::Relaxed) + 1 >= self.most_silent {
            self.leave_to_own_thread(SILENT);
        }
    }

    /// A slow visit was its own fault.
    pub fn blame(&self, micros: i64) {
        let counted = micros.min(COUNTED_OF_A_VISIT);
        if self.slowness.fetch_add(counted, Ordering::Relaxed) + counted > MOST_SLOWNESS {
            self.leave_to_own_thread(SLOW);
        }
    }

    fn leave_to_own_thread(&self, why: Why) {
        if self.unfit.set(why).is_ok() {
            self.loan.wake();
        }
    }
}
