//! What must be true of the lamps of a story: each shows what the table says.

use crate::{
    Event,
    schedule::fail,
    story::Story,
    truths::{calls, list},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// The lamp of a slot or a lot, by label and domain, and its state in the host's words.
type Lamps = BTreeMap<String, String>;

/// The last that was told of every lamp is what the calls in slots make of it; a lamp of which nothing was told is off.
pub(crate) fn every_lamp_is_right(story: &Story) {
    let switch = &story.office.switch;
    // A change may come between the two.
    let right = || {
        let shown = shown(&switch.lamp_events());
        let wanted = wanted(&calls(story));
        let off = |state: &String| state == "terminated";
        let wrong = |(label, state): (&String, &String)| match wanted.get(label) {
            Some(wanted) => state != wanted,
            None => !off(state),
        };
        !shown.iter().any(wrong) && wanted.keys().all(|label| shown.contains_key(label))
    };
    if !switch.comes_true(5.0, right) {
        fail(&format!(
            "lamps show {:?} of {}",
            shown(&switch.lamp_events()),
            list(story)
        ));
    }
}

/// All have left: every lamp is off.
pub(crate) fn every_lamp_is_off(story: &Story) {
    let shown = || shown(&story.office.switch.lamp_events());
    let off = || shown().values().all(|state| state == "terminated");
    if !story.office.switch.comes_true(5.0, off) {
        fail(&format!("all have left, and lamps show {:?}", shown()));
    }
}

/// The last that was told of each lamp.
fn shown(events: &[Event]) -> Lamps {
    let told = events.iter().filter_map(|event| {
        let (from, state) = (event.header("from")?, event.header("answer-state")?);
        Some((from.to_owned(), state.to_owned()))
    });
    told.collect()
}

/// What the calls in slots make of the lamps.
fn wanted(calls: &[Value]) -> Lamps {
    let mut lamps = Lamps::new();
    for call in calls {
        let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
        let state = if text("state") == "ringing" {
            "early"
        } else {
            "confirmed"
        };
        for label in ["slot", "lot"] {
            let lamp = lamps.entry(format!("{}@{}", text(label), text("domain")));
            let lamp = lamp.or_insert_with(|| state.to_owned());
            if state == "early" {
                state.clone_into(lamp);
            }
        }
    }
    lamps
}
