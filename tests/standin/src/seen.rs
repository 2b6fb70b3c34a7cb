//! What the switch shows of a run: events, messages, the log, the time.

use crate::{Event, LogLine, Message, Switch, schedule::with, world::EPOCH};

impl Switch {
    /// The custom events of a subclass so far.
    pub fn events(&self, subclass: &str) -> Vec<Event> {
        with(|state| {
            state
                .events
                .fired
                .iter()
                .filter(|event| event.subclass == subclass)
                .cloned()
                .collect()
        })
    }

    /// The actions of the module's events so far.
    pub fn actions(&self) -> Vec<String> {
        let events = self.events("callpark::info");
        events
            .iter()
            .filter_map(|event| event.header("Action").map(str::to_owned))
            .collect()
    }

    /// How often the module has told this action so far.
    pub fn count_of(&self, action: &str) -> usize {
        let actions = self.actions();
        actions.iter().filter(|told| *told == action).count()
    }

    /// What the module has told of its lamps so far.
    pub(crate) fn lamp_events(&self) -> Vec<Event> {
        with(|state| {
            let fired = state.events.fired.iter();
            let lamps = fired.filter(|event| event.header("Park-Lamp").is_some());
            lamps.cloned().collect()
        })
    }

    /// How many tasks the scheduler has, of whatever group: nobody but the module adds any here.
    pub fn tasks(&self) -> usize {
        with(|state| state.tasks.count())
    }

    /// All text messages so far.
    pub fn messages(&self) -> Vec<Message> {
        with(|state| state.messages.clone())
    }

    /// The log so far.
    pub fn log(&self) -> Vec<LogLine> {
        with(|state| state.log.clone())
    }

    /// Seconds since the run began.
    pub fn seconds(&self) -> f64 {
        with(|state| (state.now - EPOCH) as f64 / 1e6)
    }

    /// A number for all that has happened, and in which order: the same for every run of the same seed.
    pub fn fingerprint(&self) -> u64 {
        with(|state| state.record.fingerprint(state.now))
    }

    /// Host calls so far.
    pub fn steps(&self) -> u64 {
        with(|state| state.record.steps)
    }
}
