//! The shell: what the host calls, and what happens to legs when a slot's state changes.
//!
//! All rules stand in `callpark_domain`; here they meet sessions, threads and events. The table's lock is a leaf: no host
//! call happens while it is held.

mod announce;
mod api;
mod apps;
mod configuration;
mod confirm;
mod connect;
mod consult;
mod departure;
mod dialled;
mod engine;
mod entry;
mod events;
mod fetch;
mod former;
mod going;
mod held;
mod hold;
mod identity;
mod lamps;
mod live;
mod lock;
mod outbox;
mod page;
mod publish;
mod refused;
mod ringback;
mod ringing;
mod table;
mod take_back;
mod timers;
mod variables;
mod ways_in;

pub use entry::Entry;

use crate::fs::{
    HostError,
    live::SenderId,
    runtime,
    runtime::Guarded,
    session::{locate, locate_ending},
};
use callpark_domain::{
    call::{Call, Outcome},
    config::{Config, HoldEngine},
    deadlines::Due,
    table::Table,
};
use dialled::DialledLegs;
use engine::Engine;
use former::FormerLegs;
use going::Going;
use live::LiveLists;
use outbox::Outbox;
use publish::Publisher;
use ringing::Ringing;
use std::sync::{Arc, PoisonError, RwLock, atomic::AtomicBool};
use table::SharedTable;

/// Everything the loaded module has. One at a time, from load to shutdown.
pub struct Callpark {
    /// All lots of all domains. Locked for moments only.
    table: SharedTable<Guarded<Table>>,
    /// Phones that ring for parked calls, each with its thread.
    ringing: Ringing,
    /// What holds calls, where the configuration wants many held by few threads; it stays when that changes.
    engine: RwLock<Option<Arc<Engine>>>,
    /// Whose the legs are that the switch has dialled.
    dialled: DialledLegs,
    /// Whether the host takes us away.
    going: Going,
    /// Whose the legs were that have just ended.
    former: FormerLegs,
    /// Events that wait for their turn.
    outbox: Outbox,
    /// Who publishes what has changed.
    publisher: Publisher,
    /// What clients of verto see.
    live: LiveLists,
    /// Whether the scheduler has our task.
    armed: AtomicBool,
    /// Epoch seconds of the load.
    started: i64,
    /// The switch's name.
    node: String,
}

/// Lock-free for readers but for a counter; written by load and shutdown only. Reset by load, because the host may keep
/// the file mapped after an unload.
static CURRENT: RwLock<Option<Arc<Callpark>>> = RwLock::new(None);

impl Callpark {
    fn new(config: Arc<Config>, sender: SenderId) -> Result<Self, HostError> {
        let rooms = config.settings.ring_backs;
        let hold_engine = config.settings.hold_engine;
        let module = Self {
            table: SharedTable::new(Guarded::new(Table::new(config))?),
            ringing: Ringing::new(rooms)?,
            engine: RwLock::default(),
            dialled: DialledLegs::new()?,
            former: FormerLegs::new()?,
            going: Going::new()?,
            outbox: Outbox::new()?,
            publisher: Publisher::new()?,
            live: LiveLists::new(sender)?,
            armed: AtomicBool::new(false),
            started: runtime::epoch_now(),
            node: runtime::node_name(),
        };
        module.ready_engine(hold_engine)?;
        Ok(module)
    }

    /// The loaded module; `None` before load has ended and once shutdown has begun.
    fn current() -> Option<Arc<Self>> {
        CURRENT
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn replace_current(module: Option<Arc<Self>>) -> Option<Arc<Self>> {
        std::mem::replace(
            &mut *CURRENT.write().unwrap_or_else(PoisonError::into_inner),
            module,
        )
    }

    /// The shared hold engine, where there is one.
    fn engine(&self) -> Option<Arc<Engine>> {
        self.engine
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Has the shared hold engine ready when it is wanted; calls that are held already stay as they are.
    fn ready_engine(&self, wanted: HoldEngine) -> Result<(), HostError> {
        if wanted == HoldEngine::Shared && self.engine().is_none() {
            let engine = Arc::new(Engine::new()?);
            let mut place = self.engine.write().unwrap_or_else(PoisonError::into_inner);
            place.get_or_insert(engine);
        }
        Ok(())
    }

    /// Wakes the thread of a leg that the engine holds.
    fn wake_held(&self, uuid: &str) {
        if let Some(engine) = self.engine() {
            engine.wake(uuid);
        }
    }

    /// Epoch seconds.
    fn now(&self) -> i64 {
        runtime::epoch_now()
    }

    /// Has the leg in the slot look at what is asked of it.
    fn wake(&self, call: &Call) {
        self.publish();
        if let Some(leg) = locate(&call.uuid) {
            leg.session().wake();
        }
        self.wake_held(&call.uuid);
    }

    /// Carries out what a deadline, or the end of a ring-back, has led to.
    fn carry_out(&self, due: Due) {
        match due {
            Due::Expired(call) => self.expire(&call),
            Due::Ring(call) => self.ring(&call),
            Due::Overdue(call) => self.end_ring(&call),
            // A leg that is gone without a trace cannot be woken: its slot must not stay taken.
            Due::Leave(call) if locate_ending(&call.uuid).is_none() => {
                self.close_slot(&call, Outcome::Abandoned);
            }
            Due::Leave(call) => self.wake(&call),
        }
    }
}
