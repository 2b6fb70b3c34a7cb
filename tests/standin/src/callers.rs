//! What must be true of the callers of a story: each is somewhere, hears what is meant for it there, and is let go by itself
//! only.

use crate::{
    Line,
    faults::NO_SOUND,
    schedule::fail,
    story::Story,
    truths::{calls, list},
};

/// How soon a caller in a slot hears music, in seconds: connecting may take three in vain.
const MUSIC: f64 = 10.0;

/// A caller who is up is in a slot, talks, waits for a phone that rings, or is with the operator.
pub(crate) fn everybody_is_somewhere(story: &Story) {
    let lost = || {
        let in_slots = in_slots(story);
        let at_home = |line: &Line| {
            in_slots.contains(&line.uuid()) || line.is_bridged() || is_with_host(line)
        };
        lines(story).find(|line| line.is_up() && !at_home(line))
    };
    if !story.office.switch.comes_true(60.0, || lost().is_none()) {
        fail(&format!(
            "a caller is up, in no slot, and talks to nobody: {:?} runs {:?}; {}",
            lost().map(|line| line.uuid()),
            lost().and_then(|line| line.runs()),
            list(story)
        ));
    }
}

/// Whether an application of the host's has the leg now: it dials, or the operator has it.
fn is_with_host(line: &Line) -> bool {
    match line.runs().as_deref() {
        Some("bridge") => true,
        Some("playback" | "park") => line.has_heard("operator.wav"),
        _ => false,
    }
}

/// A caller in a slot hears music; silence where the music was made to fail.
pub(crate) fn whoever_waits_hears_music(story: &Story) {
    let switch = &story.office.switch;
    let failed = switch.struck(NO_SOUND) + switch.struck("switch_ivr_play_file") > 0;
    let hears = |line: &Line| {
        let silence = || {
            line.hears()
                .is_some_and(|what| what.starts_with("silence_stream"))
        };
        line.hears_music() || failed && silence()
    };
    let without = || {
        let in_slots = in_slots(story);
        lines(story).find(|line| in_slots.contains(&line.uuid()) && !hears(line))
    };
    if !switch.comes_true(MUSIC, || without().is_none()) {
        fail(&format!(
            "a caller in a slot hears {:?}: {}",
            without().and_then(|line| line.hears()),
            list(story)
        ));
    }
}

fn lines(story: &Story) -> impl Iterator<Item = Line> {
    story.callers.iter().map(|caller| caller.line)
}

/// UUIDs of the legs in slots.
fn in_slots(story: &Story) -> Vec<String> {
    let calls = calls(story);
    let uuids = calls.iter().filter_map(|call| call["uuid"].as_str());
    uuids.map(str::to_owned).collect()
}
