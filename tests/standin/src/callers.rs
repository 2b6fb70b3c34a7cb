//! What must be true of the callers of a story: each is somewhere, hears what is meant for it there, and is let go by itself
//! only.

use crate::{
    Event, Line,
    faults::NO_SOUND,
    reloads::SHORT_WAIT,
    schedule::{fail, with},
    story::Story,
    truths::{action, calls, list},
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
        line.hears_music() || line.is_held() || failed && silence()
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

/// Whoever was in a slot and is down has hung up, was dropped, or had talked to somebody who then ended it.
pub(crate) fn nobody_was_cut_off(story: &Story) {
    let events = story.office.switch.events("callpark::info");
    for line in lines(story).filter(|line| !line.is_up()) {
        let mine = of_leg(&events, &line.uuid());
        let parked = mine.iter().any(|event| action(event) == "park");
        let partner_ended = || {
            let partner = line.talked_to_the_end_with();
            partner.is_some_and(|partner| partner.ended_itself())
        };
        // Who was refused a slot has been told so, and goes on in the dialplan: that hangs up.
        let refused = || mine.last().is_some_and(|event| action(event) == "refuse");
        let dropped = || mine.iter().any(|event| was_dropped(story, event));
        if parked && !line.ended_itself() && !partner_ended() && !refused() && !dropped() {
            let told: Vec<_> = mine.iter().map(|event| action(event)).collect();
            let (uuid, cause) = (line.uuid(), line.cause());
            fail(&format!("{uuid} was cut off: {cause}, after {told:?}"));
        }
    }
}

/// Whoever went to the fallback, or was transferred, and is up has reached the operator: all of that leads there.
pub(crate) fn whoever_was_sent_away_got_there(story: &Story) {
    let on_the_way = || {
        let events = story.office.switch.events("callpark::info");
        let sent_away = |line: &Line| {
            let mine = of_leg(&events, &line.uuid());
            let last = mine.last().map(|event| action(event));
            matches!(last, Some("fallback" | "transfer"))
        };
        lines(story).find(|line| line.is_up() && sent_away(line) && !line.has_heard("operator.wav"))
    };
    if !story
        .office
        .switch
        .comes_true(MUSIC, || on_the_way().is_none())
    {
        let uuid = on_the_way().map(|line| line.uuid());
        fail(&format!(
            "{uuid:?} was sent to the operator, who never got it"
        ));
    }
}

/// A call that was abandoned has hung up; one that was dropped was killed, or somebody said so.
pub(crate) fn the_end_that_is_told_was_one(story: &Story, event: &Event) {
    let uuid = event.header("Unique-ID").unwrap_or_default();
    let ended = with(|state| state.leg_of(uuid)).is_some_and(|leg| Line { leg }.ended_itself());
    let right = match action(event) {
        "abandon" => ended,
        "drop" => ended || was_dropped(story, event),
        _ => true,
    };
    if !right {
        fail(&format!("{uuid} has an {}, and did not end", action(event)));
    }
}

/// Whether the event tells that the call was dropped, and its time was up or an operator did that to this very call.
fn was_dropped(story: &Story, event: &Event) -> bool {
    let header = |name| event.header(name).unwrap_or_default();
    let waited = header("Waited").parse().unwrap_or(0);
    let leg = with(|state| state.leg_of(header("Unique-ID")));
    let timed_out = leg.is_some_and(|leg| Line { leg }.cause() == "ALLOTTED_TIMEOUT");
    if action(event) == "drop" && timed_out && waited >= SHORT_WAIT {
        return true;
    }
    let id = event.header("Park-ID").unwrap_or_default();
    let replies = story.office.switch.replies();
    let mut drops = replies.iter().filter(|(command, reply)| {
        command.starts_with("callpark drop ") && reply.starts_with("+OK")
    });
    action(event) == "drop" && drops.any(|(_, reply)| reply.trim_end().ends_with(id))
}

fn of_leg<'a>(events: &'a [Event], uuid: &str) -> Vec<&'a Event> {
    let mine = |event: &&Event| event.header("Unique-ID") == Some(uuid);
    events.iter().filter(mine).collect()
}

fn lines(story: &Story) -> impl Iterator<Item = Line> {
    story.callers.iter().map(|caller| caller.line)
}

/// UUIDs of the legs in slots; one for which a slot is held may still go elsewhere.
fn in_slots(story: &Story) -> Vec<String> {
    let calls = calls(story);
    let there = calls.iter().filter(|call| call["state"] != "reserved");
    let uuids = there.filter_map(|call| call["uuid"].as_str());
    uuids.map(str::to_owned).collect()
}
