//! What dials for parked calls: bounded, cancellable, and over before the module goes.

use super::{
    Callpark,
    fetch::Fetch,
    page::{self, Page},
    ringback,
    take_back::TakeBack,
};
use crate::fs::{
    HostError,
    channel::Cause,
    originate::Cancel,
    runtime::{Guarded, Thread, Work, micros_now},
};
use callpark_domain::{call::Ticket, names::UserAt};
use std::{
    collections::HashMap,
    fmt,
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
#[derive(Clone)]
pub enum Job {
    /// The parker, or whoever the lot says, is to have the call back. In a thread of ours.
    RingBack,
    /// A phone is to hear the slot. In a thread of ours.
    Page(Arc<Page>),
    /// The API fetches somebody for the call. In a thread of ours, for whoever asks may not be able to wait.
    Fetch(Arc<Fetch>),
    /// A caller whom the core takes back for a transferor is watched over: nothing is dialled, but it ends in the same way.
    TakeBack(Arc<TakeBack>),
}

/// What has become of a dial that was to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It is on its way.
    Yes,
    /// The same client's phone rings already, for this call or another one.
    Already(Option<Ticket>),
}

/// Why a dial has not begun.
#[derive(Debug)]
pub enum NotBegun {
    /// The module ends.
    Closed,
    /// It has no thread.
    Host(HostError),
}

impl fmt::Display for NotBegun {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => out.write_str("the module is going"),
            Self::Host(error) => error.fmt(out),
        }
    }
}

impl Job {
    fn client(&self) -> Option<&UserAt> {
        match self {
            Self::Fetch(fetch) => fetch.client(),
            _ => None,
        }
    }
}

struct Dialling {
    /// The call; `None` for one that is in no slot.
    ticket: Option<Ticket>,
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

    /// Starts a thread that dials for the call. A client of the API has one dial at a time.
    pub fn start(&self, ticket: Option<Ticket>, job: Job) -> Result<Begun, NotBegun> {
        let number = {
            let mut dials = self.dials.lock();
            if let Some(other) = dials.of_the_same_client(&job) {
                return Ok(Begun::Already(other));
            }
            if dials.closed {
                return Err(NotBegun::Closed);
            }
            dials.add(ticket, job)
        };
        match Thread::start::<DialThread>(number) {
            Ok(thread) => {
                if let Some(dialling) = self.dials.lock().running.get_mut(&number) {
                    dialling.thread = Some(thread);
                }
                Ok(Begun::Yes)
            }
            Err(error) => {
                let _never_began = self.dials.lock().running.remove(&number);
                Err(NotBegun::Host(error))
            }
        }
    }

    /// Stops the phones that ring for the call, telling them `cause`.
    pub fn cancel(&self, ticket: Ticket, cause: Cause) {
        self.cancel_those(ticket, cause, |_| true);
    }

    /// Stops the call's ring-back, telling the phone `cause`.
    pub fn cancel_ring_back(&self, ticket: Ticket, cause: Cause) {
        self.cancel_those(ticket, cause, |job| matches!(job, Job::RingBack));
    }

    fn cancel_those(&self, ticket: Ticket, cause: Cause, wanted: impl Fn(&Job) -> bool) {
        let dials = self.dials.lock();
        let running = dials.running.values();
        running
            .filter(|dialling| dialling.ticket == Some(ticket) && wanted(&dialling.job))
            .for_each(|dialling| dialling.cancel.cancel(cause));
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

    fn dial(&self, number: u64) -> Option<(Option<Ticket>, Job, Arc<Cancel>)> {
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
        // A job owns things of the host's: it ends after the lock.
        let ended: Vec<Dialling> = {
            let mut dials = self.dials.lock();
            let ended = dials
                .running
                .extract_if(|_, dialling| dialling.ended && dialling.thread.is_some());
            ended.map(|(_, dialling)| dialling).collect()
        };
        for thread in ended.into_iter().filter_map(|dialling| dialling.thread) {
            thread.join();
        }
    }
}

impl Dials {
    fn add(&mut self, ticket: Option<Ticket>, job: Job) -> u64 {
        let number = self.next;
        self.next += 1;
        let dialling = Dialling {
            ticket,
            job,
            cancel: Arc::default(),
            thread: None,
            ended: false,
        };
        self.running.insert(number, dialling);
        number
    }

    /// For which call the phone of this job's client rings already.
    fn of_the_same_client(&self, job: &Job) -> Option<Option<Ticket>> {
        let client = job.client()?;
        let mut running = self.running.values();
        let other =
            running.find(|dialling| !dialling.ended && dialling.job.client() == Some(client))?;
        Some(other.ticket)
    }

    fn count(&self, wanted: impl Fn(&Job) -> bool) -> usize {
        let running = self.running.values();
        running.filter(|dialling| wanted(&dialling.job)).count()
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
        let _ends = Ends {
            module: &module,
            number,
        };
        match module.ringing.dial(number) {
            Some((Some(ticket), Job::RingBack, cancel)) => {
                ringback::ring(&module, ticket, &cancel);
            }
            Some((Some(ticket), Job::Fetch(fetch), cancel)) => fetch.run(&module, ticket, &cancel),
            Some((_, Job::Page(page), cancel)) => page::call(&page, &cancel),
            Some((_, Job::TakeBack(legs), cancel)) => legs.watch(&module, &cancel),
            Some((None, Job::RingBack | Job::Fetch(_), _)) | None => {}
        }
    }
}

/// Its room is free again and it can be joined, a panic included.
struct Ends<'a> {
    module: &'a Callpark,
    number: u64,
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.module.ringing.ended(self.number);
    }
}
