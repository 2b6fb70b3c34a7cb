//! What dials for parked calls: bounded, cancellable, and over before the module goes.

use super::{
    Callpark,
    page::{self, Page},
    ringback,
};
use crate::fs::{
    HostError,
    channel::Cause,
    originate::Cancel,
    runtime::{Guarded, Thread, Work, micros_now},
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

/// What a dial is for.
#[derive(Debug, Clone)]
pub enum Job {
    /// The parker, or whoever the lot says, is to have the call back. In a thread of ours.
    RingBack,
    /// A phone is to hear the slot. In a thread of ours.
    Page(Arc<Page>),
    /// An operator fetches somebody for the call, in the operator's own thread.
    Fetch,
}

struct Dialling {
    ticket: Ticket,
    job: Job,
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

    /// How many more ring-backs may start.
    pub fn room(&self) -> usize {
        self.join_ended();
        let running = self.dials.lock().count(|job| matches!(job, Job::RingBack));
        self.rooms.load(Ordering::Relaxed).saturating_sub(running)
    }

    /// How many phones are being paged.
    pub fn paged(&self) -> usize {
        self.join_ended();
        self.dials.lock().count(|job| matches!(job, Job::Page(_)))
    }

    /// Starts a thread that dials for the call; `false` when the module ends.
    pub fn start(&self, ticket: Ticket, job: Job) -> Result<bool, HostError> {
        let Some((number, _)) = self.dials.lock().add(ticket, job) else {
            return Ok(false);
        };
        match Thread::start::<DialThread>(number) {
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

    /// A dial for the call begins in the calling thread, and ends when what is given back does; `None` when the module ends.
    pub fn enlist(&self, ticket: Ticket) -> Option<Enlisted<'_>> {
        let (number, cancel) = self.dials.lock().add(ticket, Job::Fetch)?;
        Some(Enlisted {
            ringing: self,
            number,
            cancel,
        })
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
        let until = micros_now() + CLOSE_MICROS;
        loop {
            self.join_ended();
            let left = until - micros_now();
            let mut dials = self.dials.lock();
            if dials.running.is_empty() {
                return true;
            }
            if left <= 0 {
                return false;
            }
            dials.wait(left.min(LOOK_MICROS));
        }
    }

    fn dial(&self, number: u64) -> Option<(Ticket, Job, Arc<Cancel>)> {
        let dials = self.dials.lock();
        let dialling = dials.running.get(&number)?;
        let cancel = Arc::clone(&dialling.cancel);
        Some((dialling.ticket, dialling.job.clone(), cancel))
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

impl Dials {
    fn add(&mut self, ticket: Ticket, job: Job) -> Option<(u64, Arc<Cancel>)> {
        if self.closed {
            return None;
        }
        let (number, cancel) = (self.next, Arc::<Cancel>::default());
        self.next += 1;
        let dialling = Dialling {
            ticket,
            job,
            cancel: Arc::clone(&cancel),
            thread: None,
            ended: false,
        };
        self.running.insert(number, dialling);
        Some((number, cancel))
    }

    fn count(&self, wanted: impl Fn(&Job) -> bool) -> usize {
        let running = self.running.values();
        running.filter(|dialling| wanted(&dialling.job)).count()
    }
}

/// A dial in somebody else's thread.
pub struct Enlisted<'a> {
    ringing: &'a Ringing,
    number: u64,
    /// Ends it.
    pub cancel: Arc<Cancel>,
}

impl Drop for Enlisted<'_> {
    fn drop(&mut self) {
        self.ringing.dials.lock().running.remove(&self.number);
        self.ringing.dials.wake_all();
    }
}

/// One dial's thread. It holds the module by its own reference: shutdown waits for it by [`Ringing::close`].
struct DialThread;

impl Work for DialThread {
    const NAME: &'static str = "dial";

    fn run(number: u64) {
        // Shutdown keeps the module in place until the last of these threads has ended.
        let Some(module) = Callpark::current() else {
            return;
        };
        match module.ringing.dial(number) {
            Some((ticket, Job::RingBack, cancel)) => ringback::ring(&module, ticket, &cancel),
            Some((_, Job::Page(page), cancel)) => page::call(&page, &cancel),
            Some((_, Job::Fetch, _)) | None => {}
        }
        module.ringing.ended(number);
    }
}
