//! The module as the host has it: its file, its interfaces, its life from load to unload.

use crate::{
    channel,
    handle::{self, Kind},
    host::{
        boundary::c_text,
        callback::{self, ApplicationFunction, CommandFunction, CompleteFunction, JsonFunction},
    },
    leg::LegId,
    schedule::{self, ThreadId, with},
};
use freeswitch_sys as sys;
use std::{
    collections::BTreeMap,
    ffi::{CString, c_char},
    ptr,
};

/// What `load` is to put its interface into.
pub(crate) type Table = sys::switch_loadable_module_function_table;

/// How long a forced unload waits for calls to leave the module, in microseconds.
const FORCED_PATIENCE: i64 = 10_000_000;

/// What a loaded module has registered, and where its code runs.
#[derive(Default)]
pub(crate) struct Interfaces {
    loaded: bool,
    /// In the host's list of modules: no more from the beginning of an unload on.
    listed: bool,
    pool: u64,
    applications: Vec<Box<sys::switch_application_interface>>,
    commands: Vec<Box<sys::switch_api_interface>>,
    json_commands: Vec<Box<sys::switch_json_api_interface>>,
    pub(crate) documents: BTreeMap<u64, String>,
    pub(crate) completions: BTreeMap<String, CompleteFunction>,
    pub(crate) completion_lines: Vec<String>,
    pub(crate) matches: BTreeMap<u64, Vec<String>>,
    /// Threads that run the module's code now, and what of it.
    pub(crate) inside: Vec<(ThreadId, String)>,
    /// Threads that the module has started.
    pub(crate) threads: Vec<Started>,
    texts: Vec<CString>,
}

/// A thread of the module's.
pub(crate) struct Started {
    pub(crate) id: u64,
    pub(crate) pool: u64,
    pub(crate) thread: ThreadId,
    pub(crate) joined: bool,
}

// SAFETY: the interfaces' pointers lead to static texts and to code of the module, which stays mapped.
unsafe impl Send for Interfaces {}

impl Interfaces {
    /// A text that lives as long as the run.
    pub(crate) fn keep(&mut self, text: CString) -> *const c_char {
        self.texts.push(text);
        self.texts.last().map_or(ptr::null(), |text| text.as_ptr())
    }

    pub(crate) fn is_loaded(&self) -> bool {
        self.loaded
    }

    pub(crate) fn add_application(&mut self) -> *mut sys::switch_application_interface {
        // SAFETY: NULL and 0 are the host's own way to begin an interface.
        self.applications
            .push(Box::new(unsafe { std::mem::zeroed() }));
        self.applications
            .last_mut()
            .map_or(ptr::null_mut(), |added| ptr::from_mut(&mut **added))
    }

    pub(crate) fn add_command(&mut self) -> *mut sys::switch_api_interface {
        // SAFETY: as for an application.
        self.commands.push(Box::new(unsafe { std::mem::zeroed() }));
        self.commands
            .last_mut()
            .map_or(ptr::null_mut(), |added| ptr::from_mut(&mut **added))
    }

    pub(crate) fn add_json_command(&mut self) -> *mut sys::switch_json_api_interface {
        // SAFETY: as for an application.
        self.json_commands
            .push(Box::new(unsafe { std::mem::zeroed() }));
        self.json_commands
            .last_mut()
            .map_or(ptr::null_mut(), |added| ptr::from_mut(&mut **added))
    }

    pub(crate) fn json_command(&self, name: &str) -> Option<JsonFunction> {
        let wanted = c_text(name);
        let mut all = self.json_commands.iter().filter(|_| self.loaded);
        all.find(|command| named(command.interface_name, &wanted))?
            .function
    }

    pub(crate) fn is_listed(&self) -> bool {
        self.listed
    }

    /// An application by name, and whether the host must bring media before it runs.
    pub(crate) fn application(&self, name: &str) -> Option<(ApplicationFunction, bool)> {
        let wanted = c_text(name);
        let mut all = self.applications.iter().filter(|_| self.loaded);
        let found = all.find(|application| named(application.interface_name, &wanted))?;
        Some((
            found.application_function?,
            found.flags & sys::SAF_SUPPORT_NOMEDIA == 0,
        ))
    }

    pub(crate) fn command(&self, name: &str) -> Option<CommandFunction> {
        let wanted = c_text(name);
        let mut all = self.commands.iter().filter(|_| self.loaded);
        all.find(|command| named(command.interface_name, &wanted))?
            .function
    }

    /// Who keeps a plain unload from happening: applications and commands that run.
    pub(crate) fn busy(&self) -> Option<&str> {
        let mut inside = self.inside.iter().map(|(_, what)| what.as_str());
        inside.find(|what| *what == "the API" || self.application(what).is_some())
    }
}

fn named(name: *const c_char, wanted: &CString) -> bool {
    // SAFETY: the module has given its interfaces static names.
    !name.is_null() && unsafe { std::ffi::CStr::from_ptr(name) } == wanted.as_c_str()
}

/// Loads a module by its table. On an error everything must be as before: what is not is in the error.
pub(crate) fn load(table: &Table) -> Result<(), String> {
    if table.switch_api_version != sys::SWITCH_API_VERSION as i32 {
        return Err(format!("out of date: version {}", table.switch_api_version));
    }
    let Some(function) = table.load else {
        return Err("no load function".to_owned());
    };
    let pool = with(|state| {
        let pool = state.fresh();
        state.locks.add_pool(pool, "the host");
        state.interfaces.pool = pool;
        pool
    });
    let mut interface = ptr::null_mut();
    // SAFETY: the module's own load function, with a pool and a place for its interface.
    let status = callback::inside("load", || unsafe {
        function(&mut interface, handle::of(Kind::Pool, pool))
    });
    match status {
        sys::SWITCH_STATUS_SUCCESS if !interface.is_null() => {
            with(|state| {
                state.interfaces.loaded = true;
                state.interfaces.listed = true;
            });
            Ok(())
        }
        _ => {
            let left = unmap();
            Err(format!(
                "load answers {status}{}",
                if left.is_empty() {
                    String::new()
                } else {
                    format!("; LEFT BEHIND: {}", left.join("; "))
                }
            ))
        }
    }
}

/// Unloads; refused while the module is in use, unless by force.
pub(crate) fn unload(table: &Table, force: bool) -> Result<(), String> {
    let busy = with(|state| state.interfaces.busy().map(str::to_owned));
    if let (Some(_), false) = (&busy, force) {
        return Err("Module in use".to_owned());
    }
    with(|state| state.interfaces.listed = false);
    if force {
        turn_out();
    }
    with(|state| state.interfaces.loaded = false);
    shut_down(table).inspect_err(|_| {
        with(|state| (state.interfaces.loaded, state.interfaces.listed) = (true, true));
    })?;
    match unmap() {
        left if left.is_empty() => Ok(()),
        left => Err(format!("LEFT BEHIND: {}", left.join("; "))),
    }
}

/// The core's own end: `shutdown` is called whoever still runs in the module.
pub(crate) fn shut_down(table: &Table) -> Result<(), String> {
    let Some(function) = table.shutdown else {
        return Ok(());
    };
    // SAFETY: the module's own shutdown function.
    match callback::inside("shutdown", || unsafe { function() }) {
        sys::SWITCH_STATUS_SUCCESS => Ok(()),
        status => Err(format!("shutdown answers {status}")),
    }
}

/// Hangs up the calls that run an application of the module, and gives them some time to leave it.
fn turn_out() {
    let legs: Vec<LegId> = with(|state| {
        let of_ours = |leg: &&crate::leg::Leg| {
            let running = leg.variable("current_application").unwrap_or_default();
            !leg.destroyed && state.interfaces.application(&running).is_some()
        };
        state
            .legs
            .iter()
            .filter(of_ours)
            .map(|leg| leg.id)
            .collect()
    });
    for leg in legs {
        channel::hang_up(leg, sys::SWITCH_CAUSE_MANAGER_REQUEST);
    }
    let until = with(|state| state.now + FORCED_PATIENCE);
    schedule::wait("calls to leave the module", Some(until), |state| {
        state.interfaces.busy().is_none()
    });
}

/// Forgets the interfaces; what the module should have taken back itself, and has not.
fn unmap() -> Vec<String> {
    with(|state| {
        let found = &mut state.interfaces;
        found.loaded = false;
        found.applications.clear();
        found.commands.clear();
        found.json_commands.clear();
        let mut left: Vec<String> = found
            .completions
            .keys()
            .map(|name| format!("completion {name}"))
            .collect();
        left.extend(
            found
                .completion_lines
                .iter()
                .map(|line| format!("completion line {line}")),
        );
        let threads = found.threads.iter().filter(|thread| !thread.joined);
        left.extend(threads.map(|thread| format!("thread {} is not joined", thread.id)));
        left.extend(
            found
                .inside
                .iter()
                .map(|(thread, what)| format!("{} still runs {what}", state.threads[*thread].name)),
        );
        left.extend(state.events.leftovers());
        left.extend(state.deliveries.leftovers());
        left.extend(state.tasks.leftovers());
        left.extend(state.documents.leftovers());
        left.extend(state.live.leftovers());
        let documents = state.interfaces.documents.len();
        left.extend((documents > 0).then(|| format!("{documents} JSON documents")));
        let hooks = state.legs.iter().filter(|leg| !leg.hooks.is_empty());
        left.extend(hooks.map(|leg| format!("a hook on leg {}", leg.id.0)));
        left.extend((state.lists > 0).then(|| format!("{} lists of legs", state.lists)));
        let pool = state.interfaces.pool;
        left.extend(state.locks.remove_pool(pool).err());
        let pools = state.locks.pools_of_the_module();
        left.extend((pools > 0).then(|| format!("{pools} memory pools")));
        left
    })
}
