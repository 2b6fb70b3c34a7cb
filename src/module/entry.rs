//! Load and shutdown.

use super::{
    Callpark,
    api::{COMPLETIONS, CallparkCommand, LotNames, SlotNames},
    apps::{Park, Retrieve, Slot},
    configuration::{self, LoadError},
    events,
    former::EndWatch,
    timers,
};
use crate::fs::{
    HostError,
    entry::Module,
    log::{Level, log},
    registration::{CompletionLines, CompletionSource, Interface, Subclass},
};
use callpark_domain::call::Outcome;
use std::{
    ffi::CStr,
    sync::{Arc, PoisonError, RwLock},
};

/// The module as the host sees it.
pub struct Entry;

/// What has to be undone at the end, in this order.
struct Registrations {
    _lines: CompletionLines,
    _lots: CompletionSource<LotNames>,
    _slots: CompletionSource<SlotNames>,
    _events: Subclass,
    _ends: EndWatch,
}

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
            _ends: EndWatch::begin()?,
        };
        interface.add_application::<Park>()?;
        interface.add_application::<Retrieve>()?;
        interface.add_application::<Slot>()?;
        interface.add_command::<CallparkCommand>()?;
        let module = Callpark::new(Arc::new(config))?;
        keep(Some(registrations));
        Callpark::replace_current(Some(Arc::new(module)));
        log(
            Level::Notice,
            &format!("call park {} is ready", env!("CARGO_PKG_VERSION")),
        );
        Ok(())
    }

    fn shutdown() -> bool {
        let Some(module) = Callpark::replace_current(None) else {
            return true;
        };
        timers::stop();
        let ended = module.ringing.close();
        // Whatever a forced unload or the core's end finds in slots: its leg's thread is gone or will find no slot.
        let calls = module
            .table
            .lock()
            .calls(&callpark_domain::verb::Filter::All);
        for call in calls {
            module.close_slot(&call, Outcome::Shutdown);
        }
        keep(None);
        ended
    }
}

fn keep(registrations: Option<Registrations>) {
    *REGISTRATIONS
        .write()
        .unwrap_or_else(PoisonError::into_inner) = registrations;
}
