//! Whether a call can be held by the shared engine, and why not.

use super::{BEAT_MICROS, Engine, member::Member};
use crate::fs::{frame::Form, lend::Loan, session::Session};
use callpark_domain::call::Call;
use std::{fmt, sync::Arc};

/// Codecs that a call can be sent from an encoder that is not its own: each frame stands for itself (G.711), or the
/// decoder falls in with a new encoder within milliseconds (G.722). An encoder of Opus follows its own leg: what the phone
/// asked for, and how it reports losses.
const ENCODED_ONCE: [&str; 3] = ["PCMU", "PCMA", "G722"];

/// A recording goes on by what is read, and the engine reads nothing from a phone that is silent.
const LISTENED_TO: &str = "recorded or listened to";

/// How a call is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// By the engine.
    Shared,
    /// By its own thread: the lot says so.
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

impl Engine {
    /// A place for the leg, or why it cannot have one. The leg's own thread.
    pub(super) fn place(
        &self,
        leg: Session<'_>,
        call: &Call,
        source: &str,
        loan: &Arc<Loan>,
    ) -> Result<Arc<Member>, Why> {
        if let Some(what) = stands_in_the_way(leg, source) {
            return Err(Why::Has(what));
        }
        if !leg.has_live_audio() {
            return Err(Why::NotNow);
        }
        let (form, writes_with) = leg.form().ok_or(Why::NotNow)?;
        can_be_encoded(&form)?;
        let track = self.stations.track(source, &form);
        let track = track.ok_or(Why::Has("too many different sources"))?;
        if track.is_broken() {
            return Err(Why::Codec(form.codec));
        }
        let member = Member::new(call, loan, track, writes_with);
        Ok(Arc::new(member.with_silence_limit(leg.silence_limit())))
    }
}

fn stands_in_the_way(leg: Session<'_>, source: &str) -> Option<&'static str> {
    let is_sip = leg
        .var(c"channel_name")
        .is_some_and(|name| name.starts_with("sofia/"));
    if !is_sip {
        Some("no SIP leg")
    } else if leg.has_video() {
        Some("video")
    } else if leg.has_foreign_media() {
        Some("no audio of ours")
    } else if leg.has_ice() {
        // Half of its packets are not RTP.
        Some("ICE or DTLS")
    } else if leg.has_jitter_buffer() {
        Some("jitter buffer")
    } else if leg.has_media_bug() {
        Some(LISTENED_TO)
    } else if leg.var(c"execute_on_media_timeout").is_some() {
        // The host would execute it in our thread.
        Some("execute_on_media_timeout")
    } else if leg.var(c"enable_heartbeat_events").is_some() {
        Some("heartbeat")
    } else if !can_be_opened(source) || leg.var(c"playback_delimiter").is_some() {
        Some("source")
    } else {
        None
    }
}

/// Whether the source is the same for every leg: a path from the root, or a stream. The rest is for the leg to resolve.
fn can_be_opened(source: &str) -> bool {
    source.starts_with('/') || source.contains("://") && !source.starts_with('{')
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
