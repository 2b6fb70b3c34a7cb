//! The switch of a scenario: what a test or the demonstration sees of the stand-in.

use crate::{
    channel, delivery,
    directory::Habit,
    events::Event,
    faults::Fault,
    host::{callback, stream},
    image::Image,
    line::Line,
    module::{self, Table},
    phone::Phone,
    schedule::{self, SCENARIO, fail, with},
    tasks, transfer, uuid_bridge,
    world::{EPOCH, LogLine, Message, State},
};
use freeswitch_sys as sys;
use std::sync::{Arc, Mutex, PoisonError};

/// How long a scenario waits for something, in seconds, unless it says otherwise.
const PATIENCE: i64 = 600;
/// How often it looks, in microseconds.
const LOOK: i64 = 20_000;
const SECOND: i64 = 1_000_000;

/// A switch with the module in it, and with nobody calling yet. The thread that makes it plays the scenario; the others
/// run while it waits. Dropping it hangs up everything, unloads the module, and checks that nothing is left.
pub struct Switch {
    image: Option<Image>,
    table: Option<&'static Table>,
    over: bool,
}

impl Switch {
    /// A switch with the module loaded. All that is left to chance follows from `seed`; with 0 nothing is.
    pub fn new(seed: u64) -> Self {
        let mut switch = Self::boot(seed);
        if let Err(error) = switch.load() {
            fail(&format!("the module does not load: {error}"));
        }
        switch
    }

    /// A switch without the module yet.
    pub fn boot(seed: u64) -> Self {
        schedule::Run::enter(State::new(seed));
        with(|state| {
            state
                .global_variables
                .insert("hold_music".to_owned(), "local_stream://moh".to_owned());
        });
        schedule::spawn("the scheduler", tasks::run);
        schedule::spawn("the event thread", delivery::run);
        Self {
            image: None,
            table: None,
            over: false,
        }
    }

    /// Loads the module from its file.
    pub fn load(&mut self) -> Result<(), String> {
        if self.image.is_none() {
            self.image = Some(Image::take().unwrap_or_else(|error| fail(&error)));
        }
        let table = self.image.as_ref().map(|image| image.table);
        self.load_table(table.unwrap_or_else(|| fail("no image")))
    }

    /// Loads a module that lies in this very program.
    pub fn load_table(&mut self, table: &'static Table) -> Result<(), String> {
        self.on_console("load", move || module::load(table))?;
        self.table = Some(table);
        Ok(())
    }

    /// Unloads the module; refused while it is in use.
    pub fn unload(&mut self) -> Result<(), String> {
        self.unload_with(false)
    }

    /// Unloads the module whoever uses it, as `unload -f` does.
    pub fn unload_by_force(&mut self) -> Result<(), String> {
        self.unload_with(true)
    }

    fn unload_with(&mut self, force: bool) -> Result<(), String> {
        let table = self.table.ok_or("the module is not loaded")?;
        let result = self.on_console("unload", move || module::unload(table, force));
        if !with(|state| state.interfaces.is_loaded()) {
            self.table = None;
        }
        if result.is_err() && self.table.is_none() {
            self.image = None; // something of the module may live on: no other run may have this copy
        }
        result
    }

    /// The end of the core: `shutdown` is called, whoever is in the module.
    pub fn core_ends(&mut self) -> Result<(), String> {
        let table = self.table.ok_or("the module is not loaded")?;
        self.on_console("the end of the core", move || module::shut_down(table))
    }

    /// The phone of a user of the directory; it is registered, and nobody answers it until told to.
    pub fn phone(&self, address: &str) -> Phone {
        with(|state| {
            state.directory.add_user(address);
            state.directory.set_habit(address, Habit::Ignores);
        });
        Phone::of_user(address)
    }

    /// A phone out in the world.
    pub fn outside(&self, number: &str, name: &str) -> Phone {
        Phone::outside(number, name)
    }

    /// Adds an extension: `X` stands for any digit, `*` alone for any number; in the data `$1` stands for what was dialled
    /// in the pattern's parentheses, or for the whole number. The first that fits counts.
    pub fn extension(&self, pattern: &str, actions: &[(&str, &str)]) {
        with(|state| state.dialplan.add(pattern, actions));
    }

    /// Writes the module's configuration file. It counts once the host reads it: before load, or by `callpark reload`.
    pub fn write_configuration(&self, text: &str) {
        with(|state| state.documents.write("callpark.conf", text));
    }

    /// Writes the configuration file, and has the host read it.
    pub fn configure(&self, text: &str) {
        self.write_configuration(text);
        with(|state| _ = state.documents.reload());
    }

    /// There is no configuration file.
    pub fn remove_configuration(&self) {
        with(|state| {
            state.documents.remove("callpark.conf");
            _ = state.documents.reload();
        });
    }

    /// Has something go wrong.
    pub fn fault(&self, fault: Fault) {
        with(|state| state.faults.add(fault));
    }

    /// Whether a fault that strikes at a certain call has yet to strike.
    pub fn has_faults_to_come(&self) -> bool {
        with(|state| state.faults.waiting() > 0)
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        with(|state| state.faults.clear());
    }

    /// Milliseconds between two frames of a leg: 20 as in life; more make a long wait cheaper.
    pub fn set_pace(&self, millis: u32) {
        with(|state| state.pace = i64::from(millis) * 1000);
    }

    /// What fs_cli shows for a command.
    pub fn api(&self, command: &str) -> String {
        let command = command.to_owned();
        self.on_console("the API", move || run_command(&command))
    }

    /// Gives a command without waiting for what it answers: some take as long as a call.
    pub fn begin_api(&self, command: &str) {
        let command = command.to_owned();
        schedule::spawn("the console (the API)", move || drop(run_command(&command)));
    }

    /// What the command answers, as JSON.
    pub fn api_json(&self, command: &str) -> serde_json::Value {
        let reply = self.api(command);
        serde_json::from_str(&reply)
            .unwrap_or_else(|error| fail(&format!("{command} answers {reply:?}: {error}")))
    }

    /// What Tab offers after `line` by the source `name`, which begins with `::`.
    pub fn completions(&self, name: &str, line: &str) -> Vec<String> {
        let (name, line) = (name.to_owned(), line.to_owned());
        self.on_console("a completion", move || {
            let Some(function) = with(|state| state.interfaces.completions.get(&name).copied())
            else {
                return Vec::new();
            };
            let list = with(|state| state.fresh());
            callback::complete(function, &line, list);
            with(|state| state.interfaces.matches.remove(&list)).unwrap_or_default()
        })
    }

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
        with(|state| state.fingerprint())
    }

    /// Host calls so far.
    pub fn steps(&self) -> u64 {
        with(|state| state.steps)
    }

    /// Lets time pass.
    pub fn run_for(&self, seconds: f64) {
        schedule::sleep("the scenario's time to pass", (seconds * 1e6) as i64);
    }

    /// Lets everything run until `what` is so. Fails when that takes more than ten minutes.
    #[track_caller]
    pub fn run_until(&self, what: impl Fn() -> bool) {
        if !self.comes_true(PATIENCE as f64, what) {
            let place = std::panic::Location::caller();
            fail(&format!("it never became true what {place} waits for"));
        }
    }

    /// Lets everything run until `what` is so, or so many seconds have passed; whether it became so.
    pub fn comes_true(&self, seconds: f64, what: impl Fn() -> bool) -> bool {
        let until = with(|state| state.now) + (seconds * 1e6) as i64;
        loop {
            if what() {
                return true;
            }
            if with(|state| state.now >= until) {
                return false;
            }
            schedule::sleep("something to look at", LOOK);
        }
    }

    /// `uuid_kill`.
    pub fn uuid_kill(&self, line: &Line) {
        let leg = line.leg;
        self.on_console("uuid_kill", move || {
            channel::hang_up(leg, sys::SWITCH_CAUSE_NORMAL_CLEARING)
        });
    }

    /// `uuid_transfer`.
    pub fn uuid_transfer(&self, line: &Line, exten: &str) {
        let (uuid, exten) = (line.uuid(), exten.to_owned());
        self.on_console("uuid_transfer", move || {
            if let Some(leg) = channel::locate(&uuid) {
                transfer::session_transfer(leg, &exten, None, None);
                channel::unlock(leg);
            }
        });
    }

    /// `uuid_bridge`: returns before the two are joined.
    pub fn uuid_bridge(&self, one: &Line, other: &Line) {
        let (one, other) = (one.uuid(), other.uuid());
        self.on_console("uuid_bridge", move || {
            uuid_bridge::uuid_bridge(&one, &other)
        });
    }

    /// `uuid_break`.
    pub fn uuid_break(&self, line: &Line) {
        let leg = line.leg;
        with(|state| state.leg_mut(leg).set_flag(sys::CF_BREAK, 1));
    }

    /// `uuid_hold`, or `uuid_hold off`.
    pub fn uuid_hold(&self, line: &Line, on: bool) {
        let leg = line.leg;
        with(|state| state.leg_mut(leg).set_flag(sys::CF_HOLD, u32::from(on)));
    }

    /// `uuid_broadcast` of an application: runs inside whatever the leg does now.
    pub fn uuid_broadcast(&self, line: &Line, application: &str, data: &str) {
        let leg = line.leg;
        let queued = (application.to_owned(), data.to_owned());
        with(|state| state.leg_mut(leg).inside_bridge.push_back(queued));
    }

    /// Runs something on a thread of its own, as the host runs what comes from fs_cli, and waits for it.
    fn on_console<R: Send + 'static>(
        &self,
        name: &str,
        job: impl FnOnce() -> R + Send + 'static,
    ) -> R {
        let result = Arc::new(Mutex::new(None));
        let place = Arc::clone(&result);
        let body = move || *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(job());
        let console = schedule::spawn(&format!("the console ({name})"), body);
        let until = with(|state| state.now) + PATIENCE * SECOND;
        let ended = schedule::wait(format!("{name} to return"), Some(until), move |state| {
            state.threads[console].has_ended()
        });
        let result = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (ended, result) {
            (true, Some(result)) => result,
            _ => fail(&format!("{name} has not returned in {PATIENCE} s")),
        }
    }

    /// Hangs up everything, unloads the module, and fails if anything is left. Dropping the switch does the same.
    pub fn end(mut self) {
        self.finish();
    }

    fn finish(&mut self) {
        self.over = true;
        self.heal();
        self.on_console("the end of all calls", || {
            let legs = with(|state| state.legs.len());
            for leg in (0..legs).map(|leg| crate::leg::LegId(leg as u64)) {
                channel::hang_up(leg, sys::SWITCH_CAUSE_NORMAL_CLEARING);
            }
        });
        if !self.comes_true(60.0, || {
            with(|state| state.legs.iter().all(|leg| leg.destroyed))
        }) {
            fail("a leg has hung up, and something keeps it");
        }
        if self.table.is_some()
            && let Err(error) = self.unload()
        {
            fail(&format!("the module does not unload: {error}"));
        }
        with(|state| state.ending = true);
        let others = |state: &State| {
            state
                .threads
                .iter()
                .skip(SCENARIO + 1)
                .all(schedule::Thread::has_ended)
        };
        let until = with(|state| state.now) + 60 * SECOND;
        if !schedule::wait("all threads to end", Some(until), others) {
            fail("a thread goes on after the module is unloaded");
        }
        if let Some(image) = self.image.take() {
            image.give_back();
        }
    }
}

fn run_command(command: &str) -> String {
    let (name, arguments) = command.split_once(' ').unwrap_or((command, ""));
    let Some(function) = with(|state| state.interfaces.command(name)) else {
        return format!("-ERR {name} Command not found!");
    };
    let (status, written) = stream::reply(function, arguments);
    match status {
        sys::SWITCH_STATUS_SUCCESS => written,
        _ => written + "-ERR COMMAND RETURNED ERROR!",
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            schedule::report_panic();
        } else if !self.over {
            self.finish();
        }
        schedule::leave();
    }
}
