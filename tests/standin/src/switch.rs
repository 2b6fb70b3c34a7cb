//! The switch of a scenario: what a test or the demonstration sees of the stand-in.

use crate::{
    channel, delivery,
    directory::Habit,
    faults::Fault,
    image::Image,
    module::{self, Table},
    phone::Phone,
    schedule::{self, SCENARIO, fail, with},
    tasks,
    thread::Thread,
    world::State,
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

    /// Has something go wrong.
    pub fn fault(&self, fault: Fault) {
        with(|state| state.faults.add(fault));
    }

    /// Whether a fault that strikes at a certain call has yet to strike.
    pub fn has_faults_to_come(&self) -> bool {
        with(|state| state.faults.waiting() > 0)
    }

    /// How often a fault of this kind has struck: the name of a host function that has refused, or what has happened.
    pub fn struck(&self, kind: &str) -> u64 {
        with(|state| state.faults.struck.get(kind).copied().unwrap_or(0))
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        with(|state| state.faults.clear());
    }

    /// Milliseconds between two frames of a leg: 20 as in life; more make a long wait cheaper.
    pub fn set_pace(&self, millis: u32) {
        with(|state| state.pace = i64::from(millis) * 1000);
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

    /// Runs something on a thread of its own, as the host runs what comes from fs_cli, and waits for it.
    pub(crate) fn on_console<R: Send + 'static>(
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

    /// Leaves everything where it is, for good: after something that no run can go on from.
    pub fn abandon(mut self) {
        self.over = true;
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
        if !self.comes_true(60.0, || with(|state| state.interfaces.busy().is_none())) {
            fail("all calls are over, and something still runs in the module");
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
                .all(Thread::has_ended)
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
