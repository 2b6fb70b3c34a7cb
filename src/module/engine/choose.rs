//! Whether a call can be held by the shared engine, and why not.

use super::{BEAT_MICROS, Engine, member::Member};
use crate::fs::{frame::Form, lend::Loan, session::Session};
use callpark_domain::call::Call;
use std::{ffi::CStr, fmt, path::Path, sync::Arc};

/// Codecs that a call can be sent from an encoder that is not its own: each frame stands for itself (G.711), or the
/// decoder falls in with a new encoder within milliseconds (G.722). An encoder of Opus follows its own leg: what the phone
/// asked for, and how it reports losses.
const ENCODED_ONCE: [&str; 3] = ["PCMU", "PCMA", "G722"];

/// What is bound to keys is done by whoever reads them, and may take long.
pub const BOUND_KEYS: &str = "keys to which something is bound";

/// The host counts a call's heart beats in reads of which the engine does one a second. Billing lives by them.
const HEARTBEAT: Why = Why::Has("heartbeat");

/// Variables whose applications the host executes in a read, in whichever thread reads.
const EXECUTED_IN_READS: [(&CStr, &str); 2] = [
    (c"execute_on_media_timeout", "execute_on_media_timeout"),
    (c"execute_on_audio_change", "execute_on_audio_change"),
];

/// A recording goes on by what is read, and the engine reads nothing from a phone that is silent.
const LISTENED_TO: &str = "recorded or listened to";

/// How a call is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By the engine.
    Shared,
    /// By its own thread: `hold-engine` says so.
    Thread,
    /// By its own thread, since the engine cannot.
    ThreadFor(Why),
}

/// Why the engine cannot hold a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Its phone or a command holds it, or it has no audio: for now.
    NotNow,
    /// It has this, which needs its own thread.
    Has(&'static str),
    /// The same, for now.
    While(&'static str),
    /// Its codec cannot be encoded for several calls.
    Codec(String),
    /// Its frames are of another length, in milliseconds.
    Frames(u32),
}

impl fmt::Display for Way {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Way::Shared => out.write_str("shared"),
            Way::Thread => out.write_str("thread"),
            Way::ThreadFor(why) => write!(out, "thread ({why})"),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::NotNow => out.write_str("on hold, or without audio"),
            Why::Has(what) | Why::While(what) => out.write_str(what),
            Why::Codec(name) => write!(out, "codec {name}"),
            Why::Frames(millis) => write!(out, "frames of {millis} ms"),
        }
    }
}

/// What a leg is, for as long as it lives: read once, since each look at a variable takes of the session's memory.
#[derive(Debug, Clone, Copy)]
pub struct Nature {
    is_sip: bool,
    is_billed: bool,
    silence_limit: Option<u32>,
}

impl Nature {
    /// The leg's own thread.
    pub fn of(leg: Session<'_>) -> Self {
        let name = leg.var(c"channel_name");
        Self {
            is_sip: name.is_some_and(|name| name.starts_with("sofia/")),
            is_billed: leg.var(c"nibble_rate").is_some() || leg.var(c"nibble_account").is_some(),
            silence_limit: leg.silence_limit(),
        }
    }
}

impl Engine {
    /// A place for the leg, or why it cannot have one. The leg's own thread.
    pub(super) fn place(
        &self,
        leg: Session<'_>,
        nature: Nature,
        call: &Call,
        source: &str,
        loan: &Arc<Loan>,
    ) -> Result<Arc<Member>, Why> {
        if !nature.is_sip {
            return Err(Why::Has("no SIP leg"));
        }
        if nature.is_billed {
            return Err(HEARTBEAT);
        }
        if !leg.has_live_audio() {
            return Err(Why::NotNow);
        }
        fit(leg)?;
        if !can_be_opened(source) || leg.has_var(c"playback_delimiter") {
            return Err(Why::Has("source"));
        }
        let (form, writes_with) = leg.form().ok_or(Why::NotNow)?;
        can_be_encoded(&form)?;
        let track = self.stations.track(source, &form)?;
        let member = Member::new(call, loan, track, writes_with)
            .with_silence_limit(nature.silence_limit)
            .with_bound_keys(leg.has_bound_keys());
        Ok(Arc::new(member))
    }
}

/// Whether nothing of the leg needs its own thread, by what may change while it is held. The leg's own thread.
pub fn fit(leg: Session<'_>) -> Result<(), Why> {
    let mut executed = EXECUTED_IN_READS.iter();
    if let Some(what) = obstacle(leg) {
        Err(Why::While(what))
    } else if let Some((_, what)) = executed.find(|(variable, _)| leg.has_var(variable)) {
        Err(Why::Has(what))
    } else if leg.has_var(c"enable_heartbeat_events") {
        Err(HEARTBEAT)
    } else {
        Ok(())
    }
}

/// What stands in the way of the engine now, and may not later. The thread that serves the leg; now and then, not each beat.
pub fn obstacle(leg: Session<'_>) -> Option<&'static str> {
    if leg.has_video() {
        Some("video")
    } else if leg.has_foreign_media() {
        Some("no audio of ours")
    } else if leg.has_ice() {
        // Half of its packets are not RTP.
        Some("ICE or DTLS")
    } else if leg.has_jitter_buffer() {
        Some("jitter buffer")
    } else if leg.awaits_digits() {
        Some(BOUND_KEYS)
    } else if leg.has_media_bug() {
        Some(LISTENED_TO)
    } else if leg.is_in_signalling() {
        // Its own thread has locks of its media then, and sleeps with them.
        Some("its SIP is handled")
    } else {
        None
    }
}

/// Whether the source is the same for every leg: a file by its whole path, a stream, or a row of such. The rest is for the
/// leg to resolve: a file without an ending has that of the leg's own codec, and one without a folder is in the leg's own.
fn can_be_opened(source: &str) -> bool {
    if let Some(row) = source.strip_prefix("file_string://") {
        return row.split('!').all(can_be_opened);
    }
    let is_file = source.starts_with('/') && Path::new(source).extension().is_some();
    is_file || source.contains("://") && !source.starts_with('{')
}

fn can_be_encoded(form: &Form) -> Result<(), Why> {
    let known = ENCODED_ONCE
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&form.codec));
    if !known || form.channels != 1 || form.bytes == 0 {
        return Err(Why::Codec(form.codec.clone()));
    }
    if form.micros != BEAT_MICROS {
        return Err(Why::Frames(form.micros / 1000));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::can_be_opened;

    #[test]
    fn a_source_that_each_leg_resolves_for_itself_is_not_shared() {
        for source in [
            "/music/hold.wav",
            "local_stream://moh",
            "silence_stream://-1",
            "file_string:///music/a.wav!silence_stream://200!/music/b.wav",
        ] {
            assert!(can_be_opened(source), "{source}");
        }
        for source in [
            "/music/hold",
            "/music.d/hold",
            "hold.wav",
            "{loops=2}file://x.wav",
            "say:x",
            "file_string:///music/a.wav!b.wav",
        ] {
            assert!(!can_be_opened(source), "{source}");
        }
    }
}
