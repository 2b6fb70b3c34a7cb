//! Plays the story of a seed, and counts what was seen.

use crate::{story::Story, truths};
use std::collections::BTreeMap;

/// What a run has seen.
#[derive(Debug, Default, Clone)]
pub struct Told {
    /// Events of the module, by action and result.
    pub actions: BTreeMap<String, u64>,
    /// Host calls.
    pub steps: u64,
    /// Seconds that passed in the switch.
    pub seconds: f64,
}

impl Told {
    /// Adds what another run has seen.
    pub fn add(&mut self, other: &Told) {
        for (action, count) in &other.actions {
            *self.actions.entry(action.clone()).or_default() += count;
        }
        self.steps += other.steps;
        self.seconds += other.seconds;
    }
}

/// Plays the story of a seed, and panics with all that is known when something is not as it must be.
pub fn simulate(seed: u64) -> Told {
    let mut story = Story::open(seed);
    story.tell();
    truths::while_it_lasts(&story);
    everybody_hangs_up(&story);
    truths::at_the_end(&story);
    let mut told = Told {
        steps: story.office.switch.steps(),
        seconds: story.office.switch.seconds(),
        ..Told::default()
    };
    for event in story.office.switch.events("callpark::info") {
        let (action, result) = (
            event.header("Action").unwrap_or_default(),
            event.header("Result").unwrap_or_default(),
        );
        *told
            .actions
            .entry(format!("{action} {result}").trim_end().to_owned())
            .or_default() += 1;
    }
    story.office.switch.end();
    told
}

/// Who has dialled and still waits for something, too: a consultation that has just begun would take a slot after all others
/// have left.
fn everybody_hangs_up(story: &Story) {
    let callers = story.callers.iter().map(|caller| &caller.line);
    let others = story.partings.iter().map(|(_, line)| line);
    for line in callers.chain(others).filter(|line| line.is_up()) {
        line.hangs_up();
    }
}
