//! Plays the story of a seed, and counts what was seen.

use crate::{
    Line, Switch,
    schedule::{fail, with},
    story::Story,
    truths,
};
use std::collections::BTreeMap;

/// What a run has seen.
#[derive(Debug, Default, Clone)]
pub struct Told {
    /// Events of the module, by action and result.
    pub actions: BTreeMap<String, u64>,
    /// How often something went wrong, by kind.
    pub struck: BTreeMap<String, u64>,
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
        for (kind, count) in &other.struck {
            *self.struck.entry(kind.clone()).or_default() += count;
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
    match story.dice.below(12) {
        0 => the_module_goes(&mut story, Switch::unload_by_force),
        1 => the_module_goes(&mut story, Switch::core_ends),
        _ => {
            everybody_hangs_up(&story);
            truths::at_the_end(&story);
        }
    }
    let mut told = Told {
        steps: story.office.switch.steps(),
        seconds: story.office.switch.seconds(),
        struck: with(|state| state.faults.struck.clone()),
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

/// The module is turned out, or the core ends, while calls are in slots.
fn the_module_goes(story: &mut Story, goes: fn(&mut Switch) -> Result<(), String>) {
    // A dial that hears nothing would keep the code mapped.
    story.office.alice.ignores_calls();
    story.office.bob.ignores_calls();
    let stuck = || with(|state| state.directory.stuck > 0);
    story.office.switch.comes_true(60.0, || !stuck());
    // So would a conversation, which is the module's as long as it lasts; the second time, one that was just coming about.
    for _ in 0..2 {
        let talking = story.callers.iter().map(|caller| &caller.line);
        let talking = talking.filter(|line| line.is_bridged());
        let takers = story.partings.iter().map(|(_, line)| line);
        talking.chain(takers).for_each(Line::hangs_up);
        // And a leg that a command holds stays in what plays to it.
        for caller in &story.callers {
            story.office.switch.uuid_hold(&caller.line, false);
        }
        story.office.switch.run_for(5.0);
    }
    if let Err(error) = goes(&mut story.office.switch) {
        // A phone may have answered in this very moment: then the code stays for the two.
        let mut callers = story.callers.iter();
        if !callers.any(|caller| caller.line.is_bridged()) {
            fail(&format!("the module does not go: {error}"));
        }
    }
    truths::after_the_module(story);
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
