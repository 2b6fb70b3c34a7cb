//! The threads that dial for parked calls: bounded, cancellable, joined.

use super::{Callpark, ringback};
use crate::fs::{
    HostError,
    channel::Cause,
    originate::Cancel,
    runtime::{Guarded, Thread, Work},
};
use callpark_domain::call::Ticket;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// How long shutdown waits for dials to end, in microseconds; the core's own patience for a module.
const CLOSE_MICROS: i64 = 10_000_000;
/// A cancelled dial ends within some 100 ms; this often shutdown looks.
const LOOK_MICROS: i64 = 100_000;

/// All dials that run.
pub struct Ringing {
    dials: Guarded<Dials>,
    rooms: AtomicUsize,
}

#[derive(Default)]
struct Dials {
    running: HashMap<u64, Dialling>,
    next: u64,
    closed: bool,
}

struct Dialling {
    ticket: Ticket,
    cancel: Arc<Cancel>,
    /// Set once the thread has been started; taken to join it.
    thread: Option<Thread>,
    ended: bool,
}

impl Ringing {
    /// At most `rooms` dials at once.
    pub fn new(rooms: usize) -> Result<Self, HostError> {
        Ok(Self {
            dials: Guarded::new(Dials::default())?,
            rooms: AtomicUsize::new(rooms),
        })
    }

    /// Another number of dials at once; those that run go on.
    pub fn resize(&self, rooms: usize) {
        self.rooms.store(rooms, Ordering::Relaxed);
    }

    /// How many more may start.
    pub fn room(&self) -> usize {
        self.join_ended();
        let running = self.dials.lock().running.len();
        self.rooms.load(Ordering::Relaxed).saturating_sub(running)
    }

    /// Starts a thread that rings for the call; `false` when it cannot, or the module ends.
    pub fn start(&self, ticket: Ticket) -> Result<bool, HostError> {
        let number = {
            let mut dials = self.dials.lock();
            if dials.closed {
                return Ok(false);
            }
            let number = dials.next;
            dials.next += 1;
            dials.running.insert(number, Dialling::new(ticket));
            number
        };
        match Thread::start::<RingThread>(number) {
            Ok(thread) => {
                if let Some(dialling) = self.dials.lock().running.get_mut(&number) {
                    dialling.thread = Some(thread);
                }
                Ok(true)
            }
            Err(error) => {
                self.dials.lock().running.remove(&number);
                Err(error)
            }
        }
    }

    /// Stops the phones that ring for the call, telling them `cause`.
    pub fn cancel(&self, ticket: Ticket, cause: Cause) {
        let dials = self.dials.lock();
        for dialling in dials
            .running
            .values()
            .filter(|dialling| dialling.ticket == ticket)
        {
            dialling.cancel.cancel(cause);
        }
    }

    /// Stops everything and waits for it; `false` when something has not ended in 10 s. Nothing starts any more.
    pub fn close(&self) -> bool {
        {
            let mut dials = self.dials.lock();
            dials.closed = true;
            for dialling in dials.running.values() {
                dialling.cancel.cancel(Cause::ORIGINATOR_CANCEL);
            }
        }
        let mut patience = CLOSE_MICROS / LOOK_MICROS;
        loop {
            self.join_ended();
            let mut dials = self.dials.lock();
            if dials.running.is_empty() {
                return true;
            }
            if patience == 0 {
                return false;
            }
            patience -= 1;
            dials.wait(LOOK_MICROS);
        }
    }

    fn dial(&self, number: u64) -> Option<(Ticket, Arc<Cancel>)> {
        let dials = self.dials.lock();
        dials
            .running
            .get(&number)
            .map(|dialling| (dialling.ticket, Arc::clone(&dialling.cancel)))
    }

    fn ended(&self, number: u64) {
        if let Some(dialling) = self.dials.lock().running.get_mut(&number) {
            dialling.ended = true;
        }
        self.dials.wake_all();
    }

    /// Joins the threads that have nothing left to do.
    fn join_ended(&self) {
        let ended: Vec<Thread> = {
            let mut dials = self.dials.lock();
            let threads = dials
                .running
                .extract_if(|_, dialling| dialling.ended && dialling.thread.is_some());
            threads
                .filter_map(|(_, dialling)| dialling.thread)
                .collect()
        };
        for thread in ended {
            thread.join();
        }
    }
}

impl Dialling {
    fn new(ticket: Ticket) -> Self {
        Self {
            ticket,
            cancel: Arc::default(),
            thread: None,
            ended: false,
        }
    }
}

/// One dial's thread. It holds the module by its own reference: shutdown waits for it by [`Ringing::close`].
struct RingThread;

impl Work for RingThread {
    const NAME: &'static str = "ring-back";

    fn run(number: u64) {
        // Shutdown keeps the module in place until the last of these threads has ended.
        let Some(module) = Callpark::current() else {
            return;
        };
        if let Some((ticket, cancel)) = module.ringing.dial(number) {
            ringback::ring(&module, ticket, &cancel);
        }
        module.ringing.ended(number);
    }
}
