//! What must be true of the events of a story: they tell what was done, as often as it was done.

use crate::{
    Event, Line,
    schedule::{fail, with},
    story::Story,
    truths::{LEAVING, action, leaves},
};

/// Each `move` is an answer to the command, and each such answer a `move`.
pub(crate) fn moves_are_those_of_the_commands(story: &Story) {
    let switch = &story.office.switch;
    let moved = || {
        let replies = switch.replies();
        let done = replies.iter().filter(|(command, reply)| {
            command.starts_with("callpark move ") && reply.starts_with("+OK")
        });
        done.count()
    };
    let told = || {
        switch
            .actions()
            .iter()
            .filter(|step| *step == "move")
            .count()
    };
    if !switch.comes_true(5.0, || moved() == told()) {
        fail(&format!("{} moves are told, and {} done", told(), moved()));
    }
}

/// The reason of a ring-back whose dial has not ended at its limit.
const OVERDUE: &str = "not ended in time";

/// Each ring-back of a call is a dial for its parker, but one that could not begin or came too late; and no other dial is.
pub(crate) fn rings_are_dials(story: &Story, id: &str, events: &[&Event]) {
    let parker = story.office.alice.address();
    let dials = with(|state| state.directory.dials_for(id, parker));
    let count = |wanted| {
        events
            .iter()
            .filter(|event| action(event) == wanted)
            .count()
    };
    let failed = events.iter().filter(|event| action(event) == "ring-failed");
    let reasons: Vec<&str> = failed.filter_map(|event| event.header("Result")).collect();
    // A reason of the module's own is in words; a cause of the host's is not.
    let begun = |reason: &&&str| !reason.contains(' ');
    let never_began = |reason: &&&str| !begun(reason) && **reason != OVERDUE;
    let never_dialled = reasons.iter().filter(never_began).count();
    let rings = count("ring");
    let too_late = rings.saturating_sub(never_dialled + dials.len());
    if dials.len() + never_dialled > rings || too_late > 1 {
        fail(&format!(
            "{id} rings {rings} times, and is dialled for {} times: {reasons:?}",
            dials.len()
        ));
    }
    let mut ended = dials;
    for reason in reasons.iter().filter(begun) {
        match ended.iter().position(|end| end == *reason) {
            Some(at) => _ = ended.remove(at),
            None => fail(&format!(
                "{id} fails to ring by {reason}, and no dial has ended so"
            )),
        }
    }
}

/// What the variables of a leg say of its calls is what the events say: each outcome in order, and the last by itself.
pub(crate) fn variables_agree(events: &[Event]) {
    let mut legs: Vec<&str> = events
        .iter()
        .filter_map(|event| event.header("Unique-ID"))
        .collect();
    legs.sort_unstable();
    legs.dedup();
    for uuid in legs {
        if let Some(leg) = with(|state| state.leg_of(uuid)) {
            let mine = events
                .iter()
                .filter(|event| event.header("Unique-ID") == Some(uuid));
            agree(Line { leg }, &mine.collect::<Vec<_>>());
        }
    }
}

fn agree(line: Line, events: &[&Event]) {
    // A reservation, and what the module's end finds, has no leg at hand.
    let by_leg =
        |event: &&&Event| leaves(action(event)) && !["expire", "shutdown"].contains(&action(event));
    let told: Vec<String> = events
        .iter()
        .filter(by_leg)
        .map(|event| element(event))
        .collect();
    let kept = line.variable("callpark_history").unwrap_or_default();
    let kept = kept.trim_start_matches("ARRAY::").split("|:");
    let kept: Vec<&str> = kept
        .filter(|element| !element.is_empty() && !element.ends_with(":shutdown"))
        .collect();
    let outcome = line.variable("callpark_outcome");
    let last = told.last().and_then(|element| element.rsplit(':').next());
    let in_order =
        outcome.is_none() || outcome.as_deref() == Some("shutdown") || outcome.as_deref() == last;
    let missing = outcome.is_none() && !told.is_empty();
    if kept != told || !in_order || missing {
        fail(&format!(
            "{} keeps {kept:?} and {outcome:?}, and was told {told:?}",
            line.uuid()
        ));
    }
}

/// The element of `callpark_history` that an event makes.
fn element(event: &Event) -> String {
    let header = |name| event.header(name).unwrap_or_default();
    let outcome = LEAVING
        .iter()
        .find(|(leaving, _)| *leaving == action(event));
    format!(
        "{}:{}:{}:{}",
        header("Park-ID"),
        header("Park-Slot"),
        header("Parked-By"),
        outcome.map_or("", |(_, outcome)| outcome)
    )
}
