//! Load and shutdown.

use super::{
    Callpark,
    api::{COMPLETIONS, CallparkCommand, CallparkJson, LotNames, SlotNames},
    apps::{Park, Retrieve, Slot},
    configuration::{self, LoadError},
    dialled::BeginWatch,
    events,
    former::EndWatch,
    lamps::LampWatch,
    live::JoinWatch,
    timers,
};
use crate::fs::{
    HostError,
    entry::Module,
    log::{Level, log},
    registration::{CompletionLines, CompletionSource, Interface, Subclass},
};
use callpark_domain::{
    call::{Outcome, State},
    verb::Filter,
};
use std::{
    ffi::CStr,
    sync::{Arc, PoisonError, RwLock},
};

/// How long the end waits for what still runs, in microseconds, as the core itself does; and how often it looks.
const END_MICROS: i64 = 10_000_000;
const LOOK_MICROS: i64 = 50_000;

/// The module as the host sees it.
pub struct Entry;

/// What has to be undone at the end, in this order.
struct Registrations {
    _lines: CompletionLines,
    _lots: CompletionSource<LotNames>,
    _slots: CompletionSource<SlotNames>,
    _events: Subclass,
    _begins: BeginWatch,
    _ends: EndWatch,
    _lamps: LampWatch,
    joins: JoinWatch,
}

/// What a shutdown has left to those who still ran.
static STAYING: RwLock<Option<Arc<Callpark>>> = RwLock::new(None);

static REGISTRATIONS: RwLock<Option<Registrations>> = RwLock::new(None);

/// Why the module does not load.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// The configuration is missing or wrong.
    #[error(transparent)]
    Configuration(#[from] LoadError),
    /// The host refused a registration.
    #[error(transparent)]
    Host(#[from] HostError),
}

impl Module for Entry {
    const NAME: &'static CStr = c"mod_callpark";
    type Error = EntryError;

    fn load(interface: &mut Interface) -> Result<(), EntryError> {
        let config = configuration::read()?;
        let registrations = Registrations {
            _events: Subclass::reserve(events::SUBCLASS)?,
            _slots: CompletionSource::register()?,
            _lots: CompletionSource::register()?,
            _lines: CompletionLines::add("callpark", COMPLETIONS)?,
            _begins: BeginWatch::begin()?,
            _ends: EndWatch::begin()?,
            _lamps: LampWatch::begin()?,
            joins: JoinWatch::begin()?,
        };
        interface.add_application::<Park>()?;
        interface.add_application::<Retrieve>()?;
        interface.add_application::<Slot>()?;
        interface.add_command::<CallparkCommand>()?;
        interface.add_json_command::<CallparkJson>()?;
        let module = Callpark::new(Arc::new(config), registrations.joins.id())?;
        keep(Some(registrations));
        Callpark::replace_current(Some(Arc::new(module)));
        log(
            Level::Notice,
            &format!("call park {} is ready", env!("CARGO_PKG_VERSION")),
        );
        Ok(())
    }

    fn shutdown() -> bool {
        // Once more, where somebody still ran at the first one.
        let Some(module) = Callpark::current().or_else(|| replace_staying(None)) else {
            return true;
        };
        timers::stop();
        keep(None);
        let rings_ended = module.ringing.close();
        let engine_ended = module.engine().is_none_or(|engine| engine.close());
        // Whatever a forced unload or the core's end finds in slots leaves them now.
        let calls = module.table.lock().calls(&Filter::All);
        for call in calls {
            let outcome = match call.state {
                // No call was in the slot: as where the reservation's own leg is quicker than we are.
                State::Reserved => Outcome::Expired,
                _ => Outcome::Shutdown,
            };
            module.close_slot(&call, outcome);
        }
        module.going.close();
        Callpark::replace_current(None);
        let all_ended = rings_ended && engine_ended && is_last(&module);
        if !all_ended {
            // The code stays mapped for whoever still runs, and what it uses stays, too: a thread that let go of it last would
            // take its own ground away.
            replace_staying(Some(module));
        }
        all_ended
    }
}

/// Waits until no application, command, tick or thread of ours runs any more; `false` when one does after 10 s.
fn is_last(module: &Arc<Callpark>) -> bool {
    for _ in 0..END_MICROS / LOOK_MICROS {
        if Arc::strong_count(module) == 1 {
            return true;
        }
        module.table.lock().wait(LOOK_MICROS);
    }
    false
}

fn replace_staying(module: Option<Arc<Callpark>>) -> Option<Arc<Callpark>> {
    let mut staying = STAYING.write().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *staying, module)
}

fn keep(registrations: Option<Registrations>) {
    *REGISTRATIONS
        .write()
        .unwrap_or_else(PoisonError::into_inner) = registrations;
}
