//! What a leg hears and keys: the loops of the host's media functions, a frame every 20 ms.

use crate::{
    apps,
    channel::{bring_media, ready},
    host::callback::Listener,
    leg::{Heard, LegId},
    schedule::{self, with},
    world::seconds,
};
use freeswitch_sys as sys;

/// A frame's length in microseconds.
pub(crate) const FRAME: i64 = 20_000;
const MILLI: i64 = 1000;
type Status = sys::switch_status_t;

/// Waits for the leg's next frame, as a read does; `false` when there is none any more.
pub(crate) fn frame(leg: LegId) -> bool {
    let until = with(|state| {
        let pace = state.pace;
        let now = state.now;
        let found = state.leg_mut(leg);
        found.next_frame = (found.next_frame + pace).max(now + 1);
        found.next_frame
    });
    schedule::wait(format!("a frame of leg {}", leg.0), Some(until), |_| false);
    with(|state| state.leg(leg).is_up())
}

/// `switch_ivr_play_file`.
pub(crate) fn play(leg: LegId, source: &str, listener: Option<Listener>) -> Status {
    if !bring_media(leg) {
        return sys::SWITCH_STATUS_FALSE;
    }
    let Some(length) = length(source) else {
        with(|state| state.note(format!("leg {}: {source} cannot be played", leg.0)));
        return sys::SWITCH_STATUS_NOTFOUND;
    };
    begin_to_hear(leg, source);
    let status = run(leg, length, listener);
    with(|state| {
        state
            .leg_mut(leg)
            .heard
            .iter_mut()
            .for_each(|heard| heard.now = false)
    });
    status
}

/// `switch_ivr_sleep`.
pub(crate) fn pause(leg: LegId, millis: u32, listener: Option<Listener>) -> Status {
    run(leg, Length::Of(i64::from(millis) * MILLI), listener)
}

/// `switch_ivr_phrase_macro`: known are the names that the sample configuration has, in English.
pub(crate) fn phrase(
    leg: LegId,
    name: &str,
    input: &str,
    language: &str,
    listener: Option<Listener>,
) -> Status {
    let known = with(|state| !state.faults.lacks_phrase(name) && ["", "en"].contains(&language));
    if !known {
        return sys::SWITCH_STATUS_FALSE;
    }
    play(leg, format!("phrase:{name} {input}").trim_end(), listener)
}

/// `switch_ivr_say`.
pub(crate) fn say(leg: LegId, text: &str, listener: Option<Listener>) -> Status {
    if with(|state| state.faults.cannot_say()) {
        return sys::SWITCH_STATUS_FALSE;
    }
    play(leg, &format!("say:{text}"), listener)
}

/// `switch_ivr_read`: up to `most` keys, ended by `end` or by `millis` without one.
pub(crate) fn read(
    leg: LegId,
    prompt: &str,
    most: usize,
    end: &str,
    millis: u32,
) -> (Status, String) {
    if !prompt.is_empty() && prompt != "silence" {
        match play(leg, prompt, Some(Listener::ends_at_a_key())) {
            sys::SWITCH_STATUS_SUCCESS | sys::SWITCH_STATUS_BREAK => {}
            status => return (status, String::new()),
        }
    }
    let mut keys = String::new();
    let mut last = with(|state| state.now);
    loop {
        if !ready(leg) {
            return (sys::SWITCH_STATUS_FALSE, keys);
        }
        if let Some(key) = with(|state| state.leg_mut(leg).keys.pop_front()) {
            if end.contains(key) {
                return (sys::SWITCH_STATUS_SUCCESS, keys);
            }
            keys.push(key);
            last = with(|state| state.now);
            if keys.len() >= most {
                return (sys::SWITCH_STATUS_SUCCESS, keys);
            }
        }
        if with(|state| state.now) - last > i64::from(millis) * MILLI {
            return match keys.is_empty() {
                true => (sys::SWITCH_STATUS_TIMEOUT, keys),
                false => (sys::SWITCH_STATUS_SUCCESS, keys),
            };
        }
        frame(leg);
    }
}

/// How long something plays.
#[derive(Clone, Copy)]
enum Length {
    /// Microseconds.
    Of(i64),
    Endless,
}

/// How long a source plays; `None`: it can't be opened.
fn length(source: &str) -> Option<Length> {
    if with(|state| state.faults.lacks_sound(source)) {
        return None;
    }
    if source.starts_with("local_stream://") || source == "silence_stream://-1" {
        return Some(Length::Endless);
    }
    let millis = match source.split_once(':') {
        Some(("silence_stream", rest)) => rest
            .trim_start_matches("//")
            .split(',')
            .next()?
            .parse()
            .ok()?,
        Some(("phrase", _)) => 1200,
        Some(("say", text)) => 300 * text.len() as i64,
        Some(("tone_stream", _)) => 1000,
        _ => 2000,
    };
    Some(Length::Of(millis * MILLI))
}

fn begin_to_hear(leg: LegId, source: &str) {
    with(|state| {
        let at = seconds(state.now);
        let heard = Heard {
            what: source.to_owned(),
            at,
            now: true,
        };
        let found = state.leg_mut(leg);
        found.heard.iter_mut().for_each(|heard| heard.now = false);
        found.heard.push(heard);
        state.note(format!("leg {} hears {source}", leg.0));
    });
}

/// The loop of every media function: until the end, a break, a key that ends it, or a leg that isn't ready any more.
fn run(leg: LegId, length: Length, listener: Option<Listener>) -> Status {
    let begun = with(|state| state.now);
    loop {
        if !ready(leg) {
            return sys::SWITCH_STATUS_FALSE;
        }
        if taken_break(leg) {
            return sys::SWITCH_STATUS_BREAK;
        }
        apps::run_queued(leg);
        let status = listener.map_or(sys::SWITCH_STATUS_SUCCESS, |listener| {
            hand_over_key(leg, listener)
        });
        if status != sys::SWITCH_STATUS_SUCCESS {
            return status;
        }
        if let Length::Of(micros) = length
            && with(|state| state.now) - begun >= micros
        {
            return sys::SWITCH_STATUS_SUCCESS;
        }
        wait_while_held(leg);
        if !frame(leg) {
            return sys::SWITCH_STATUS_FALSE;
        }
        let status = listener.map_or(sys::SWITCH_STATUS_SUCCESS, |listener| listener.frame(leg));
        if status != sys::SWITCH_STATUS_SUCCESS {
            return status;
        }
    }
}

/// A key for the listener. Where it takes none, a key ends what plays, and is there for whoever reads keys next.
fn hand_over_key(leg: LegId, listener: Listener) -> Status {
    if !listener.takes_keys() {
        let pressed = with(|state| !state.leg(leg).keys.is_empty());
        return if pressed {
            sys::SWITCH_STATUS_BREAK
        } else {
            sys::SWITCH_STATUS_SUCCESS
        };
    }
    match with(|state| state.leg_mut(leg).keys.pop_front()) {
        Some(key) => listener.key(leg, key),
        None => sys::SWITCH_STATUS_SUCCESS,
    }
}

/// `CF_BREAK`, seen once.
fn taken_break(leg: LegId) -> bool {
    with(|state| {
        let found = state.leg_mut(leg);
        let set = found.flag(sys::CF_BREAK);
        found.set_flag(sys::CF_BREAK, 0);
        set
    })
}

/// A leg that a command holds plays nothing, until it is taken off hold.
fn wait_while_held(leg: LegId) {
    while with(|state| state.leg(leg).flag(sys::CF_HOLD)) && ready(leg) {
        schedule::sleep("the end of a hold", 10 * MILLI);
    }
}
