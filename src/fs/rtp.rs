//! The RTP session behind a leg's audio, and what listens to it.

use super::{session::Session, sys, text};

use std::{ffi::c_char, ptr::NonNull};

/// Room for a list of what listens to one leg.
const STREAM_BYTES: usize = 4096;

/// A leg whose RTP timer is off, until dropped: reads then do not wait for the timer's next tick.
#[must_use = "the timer is on again when this is dropped"]
pub struct Untimed<'a> {
    leg: Session<'a>,
    had_timer: bool,
    had_own_stamps: bool,
    /// What the leg's RTP clock has shown when the timer was switched off.
    clock: Option<u32>,
}

impl<'a> Session<'a> {
    /// Switches the leg's RTP timer off, where it has one (`SWITCH_RTP_FLAG_USE_TIMER`), and has frames sent with the time
    /// stamps that they bring (`SWITCH_RTP_FLAG_RAW_WRITE`, which is the host's default). The leg's own thread.
    pub fn without_rtp_timer(self) -> Untimed<'a> {
        let untimed = Untimed {
            leg: self,
            had_timer: self.rtp_timer().is_some(),
            had_own_stamps: self.has_rtp_flag(sys::SWITCH_RTP_FLAG_RAW_WRITE),
            clock: self.rtp_clock(),
        };
        if untimed.had_timer {
            self.clear_rtp_flag(sys::SWITCH_RTP_FLAG_USE_TIMER);
        }
        if !untimed.had_own_stamps {
            self.set_rtp_flag(sys::SWITCH_RTP_FLAG_RAW_WRITE);
        }
        untimed
    }

    /// What the leg's RTP clock shows now: the time stamp that the host would write (`switch_core_timer_sync`). `None` for a
    /// leg without a timer. The thread that serves the leg.
    ///
    /// The jitter that the host reports is measured by the same clock, which stands while nobody looks.
    pub fn rtp_clock(self) -> Option<u32> {
        let timer = self.rtp_timer()?;
        // SAFETY: the timer is a part of the leg's RTP, which ends in the leg's own thread, and not now; while it is off, only
        // whoever serves the leg uses it.
        unsafe { sys::switch_core_timer_sync(timer.as_ptr()) };
        // SAFETY: as above.
        Some(unsafe { (*timer.as_ptr()).samplecount })
    }

    /// Has the timer forget the ticks that have passed since its clock showed `since`: in the host's next wait for it they
    /// would be added to a clock that shows them already, and the jitter that the host reports would leap.
    fn take_up_clock(self, since: Option<u32>) {
        let (Some(timer), Some(since), Some(now)) = (self.rtp_timer(), since, self.rtp_clock())
        else {
            return;
        };
        // SAFETY: as in `rtp_clock`; nobody serves the leg any more.
        let tick = unsafe { (*timer.as_ptr()).samples };
        // Of less than two nobody knows whether one is there: the timer would wait for it.
        if now.wrapping_sub(since) >= 2 * tick {
            // SAFETY: as above.
            unsafe { sys::switch_core_timer_next(timer.as_ptr()) };
            self.rtp_clock();
        }
    }

    fn rtp_timer(self) -> Option<NonNull<sys::switch_timer_t>> {
        // SAFETY: the session is alive for 'a.
        let timer = unsafe {
            sys::switch_core_media_get_timer(self.as_ptr(), sys::SWITCH_MEDIA_TYPE_AUDIO)
        };
        NonNull::new(timer)
    }

    /// Has the host throw away what has come from the phone and was not read yet, at its next read
    /// (`SWITCH_RTP_FLAG_FLUSH`). Keys among it are kept. The leg's own thread.
    pub fn forget_unread(self) {
        self.set_rtp_flag(sys::SWITCH_RTP_FLAG_FLUSH);
    }

    /// Whether a jitter buffer stands before the leg's reads (`switch_core_session_get_jb`). The leg's own thread.
    pub fn has_jitter_buffer(self) -> bool {
        // SAFETY: the session is alive for 'a; the pointer is only compared.
        unsafe {
            !sys::switch_core_session_get_jb(self.as_ptr(), sys::SWITCH_MEDIA_TYPE_AUDIO).is_null()
        }
    }

    /// Whether something is bound to keys of the leg: an application, an API command. `bind_digit_action` does it
    /// (`switch_core_session_get_dmachine`), and `bind_meta_app`, of which the host keeps a note on the leg
    /// (`switch_channel_get_private`). The thread that serves the leg.
    pub fn has_bound_keys(self) -> bool {
        // SAFETY: the session is alive for 'a; the pointer is only compared.
        let meta =
            unsafe { sys::switch_channel_get_private(self.channel_ptr(), c"__dtmf_meta".as_ptr()) };
        !meta.is_null() || self.digit_bindings().next().is_some()
    }

    /// Whether digits have come that may be the beginning of what something is bound to
    /// (`switch_ivr_dmachine_is_parsing`). The thread that serves the leg.
    pub fn awaits_digits(self) -> bool {
        self.digit_bindings().any(|machine| {
            // SAFETY: the machine is the live session's, which destroys it in its own thread, and not now.
            unsafe { sys::switch_ivr_dmachine_is_parsing(machine.as_ptr()) != sys::SWITCH_FALSE }
        })
    }

    fn digit_bindings(self) -> impl Iterator<Item = NonNull<sys::switch_ivr_dmachine_t>> {
        let targets = [sys::DIGIT_TARGET_SELF, sys::DIGIT_TARGET_PEER];
        targets.into_iter().filter_map(move |target| {
            // SAFETY: the session is alive for 'a.
            NonNull::new(unsafe { sys::switch_core_session_get_dmachine(self.as_ptr(), target) })
        })
    }

    /// How long the leg's phone may be silent before the host hangs up, in milliseconds: by `media_timeout`, by
    /// `rtp_timeout_sec`, or by its profile (`switch_core_media_get_mparams`). `None` where it may be silent for ever. The
    /// leg's own thread.
    ///
    /// The host may grant more: to a leg that only listens, or whose phone sends RTCP.
    pub fn silence_limit(self) -> Option<u32> {
        let number = |name| self.var(name).and_then(|value| value.parse::<u32>().ok());
        let by_variable = [
            number(c"media_timeout_audio"),
            number(c"media_timeout"),
            number(c"rtp_timeout_sec").map(|seconds| seconds.saturating_mul(1000)),
        ];
        let limits = by_variable.into_iter().flatten();
        limits
            .chain(self.profile_silence_limit())
            .filter(|limit| *limit > 0)
            .min()
    }

    fn profile_silence_limit(self) -> Option<u32> {
        // SAFETY: the session is alive for 'a, and has its media handle as long as it lives.
        let handle = unsafe { sys::switch_core_session_get_media_handle(self.as_ptr()) };
        if handle.is_null() {
            return None;
        }
        // SAFETY: the handle is the live session's.
        let params = unsafe { sys::switch_core_media_get_mparams(handle) };
        // SAFETY: the parameters are the endpoint's, as old as the session.
        let params = unsafe { params.as_ref() }?;
        Some(params.rtp_timeout_sec.saturating_mul(1000))
    }

    /// Whether something listens to the leg's audio, or changes it: a recording, somebody who listens in
    /// (`switch_core_media_bug_enumerate`). Any thread; the host writes a text for it, so not every 20 ms.
    pub fn has_media_bug(self) -> bool {
        let mut listed: [c_char; STREAM_BYTES] = [0; STREAM_BYTES];
        // SAFETY: an all-zero stream is the host's own way to begin one.
        let mut stream: sys::switch_stream_handle = unsafe { std::mem::zeroed() };
        stream.write_function = Some(sys::switch_console_stream_write);
        stream.data = listed.as_mut_ptr().cast();
        stream.end = stream.data;
        stream.data_size = STREAM_BYTES;
        // SAFETY: the session is alive; the host writes within the size given, with a NUL, and keeps nothing.
        unsafe { sys::switch_core_media_bug_enumerate(self.as_ptr(), &mut stream) };
        // SAFETY: the array is alive and ended by a NUL.
        let listed = unsafe { text::from_host(listed.as_ptr()) }.unwrap_or_default();
        listed.contains("<media-bug>")
    }

    fn has_rtp_flag(self, flag: sys::switch_rtp_flag_t) -> bool {
        // SAFETY: the leg's RTP ends in the leg's own thread, which calls; the flag is one of the host's.
        self.rtp()
            .is_some_and(|rtp| unsafe { sys::switch_rtp_test_flag(rtp.as_ptr(), flag) != 0 })
    }

    fn clear_rtp_flag(self, flag: sys::switch_rtp_flag_t) {
        // SAFETY: as in `set_rtp_flag`.
        unsafe {
            sys::switch_core_media_clear_rtp_flag(self.as_ptr(), sys::SWITCH_MEDIA_TYPE_AUDIO, flag)
        };
    }

    fn set_rtp_flag(self, flag: sys::switch_rtp_flag_t) {
        // SAFETY: the session is alive, and the flag is one of the host's.
        unsafe {
            sys::switch_core_media_set_rtp_flag(self.as_ptr(), sys::SWITCH_MEDIA_TYPE_AUDIO, flag)
        };
    }
}

impl Untimed<'_> {
    /// Whether frames are still sent with the time stamps that they bring: the host takes that back for phones that bear no
    /// jump in them (`RTP_BUG_GEN_ONE_GEN_ALL`). The leg's own thread.
    pub fn keeps_stamps(&self) -> bool {
        self.leg.rtp().is_none() || self.leg.has_rtp_flag(sys::SWITCH_RTP_FLAG_RAW_WRITE)
    }
}

impl Drop for Untimed<'_> {
    fn drop(&mut self) {
        self.leg.take_up_clock(self.clock);
        if self.had_timer {
            self.leg.set_rtp_flag(sys::SWITCH_RTP_FLAG_USE_TIMER);
        }
        if !self.had_own_stamps {
            self.leg.clear_rtp_flag(sys::SWITCH_RTP_FLAG_RAW_WRITE);
        }
    }
}
