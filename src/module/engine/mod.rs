//! The shared hold engine: a few threads serve all held calls that can be served so.
//!
//! A held call's own thread sleeps and lends its leg (`fs::lend`); an engine thread visits every leg that it has, every
//! 20 ms: it reads what has come and sends one frame of music, which was encoded once for all calls that hear it
//! (`stations`). No lock of ours is held while the host is called. A visit is short: whoever is woken has its leg back
//! within one beat. A call whose visits are not short is left to its own thread, and an engine thread that hangs in one is
//! left by all its other calls (`row`).

mod choose;
mod member;
mod player;
mod row;
mod shared;
mod stamp;
mod stations;
mod tuner;

pub use choose::Way;
pub use shared::Holder;

use crate::fs::{
    HostError,
    lend::Loan,
    runtime::{Guarded, micros_now},
    session::Session,
};
use choose::{Why, obstacle};
use member::Member;
use row::{Row, Seat};
use stations::Stations;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Length of a beat, and of the frames that are served.
const BEAT_MILLIS: i32 = 20;
const BEAT_MICROS: u32 = 20_000;
/// How long shutdown waits for the threads, in microseconds; and how often it looks.
const CLOSE_MICROS: i64 = 10_000_000;
const LOOK_MICROS: i64 = 50_000;
/// How often it is looked whether what stood in the way of the engine has gone, in microseconds.
const AGAIN_MICROS: i64 = 2_000_000;

/// The threads, who is served by which, and what they are sent.
pub struct Engine {
    rows: Vec<Row>,
    stations: Stations,
    /// How each held call is held, by ticket; and who is woken by which UUID.
    held: Guarded<Held>,
    closed: AtomicBool,
}

#[derive(Default)]
struct Held {
    ways: HashMap<u64, Noted>,
    loans: HashMap<String, Arc<Loan>>,
}

/// How a call is held, and when to look whether that can change.
struct Noted {
    way: Way,
    look: i64,
}

impl Noted {
    fn is_to_be_looked_at(&mut self, now: i64) -> bool {
        let is_time = matches!(self.way, Way::ThreadFor(Why::While(_))) && now >= self.look;
        if is_time {
            self.look = now + AGAIN_MICROS;
        }
        is_time
    }
}

impl Engine {
    /// One row for each core, two at least: they look after each other. Threads start with the first call.
    pub fn new() -> Result<Self, HostError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let rows = (0..cores.max(2)).map(|number| Row::new(number as u64));
        Ok(Self {
            rows: rows.collect::<Result<_, _>>()?,
            stations: Stations::new()?,
            held: Guarded::new(Held::default())?,
            closed: AtomicBool::new(false),
        })
    }

    /// Has the thread of a held leg look at what is asked of it. Any thread; waits for nothing.
    pub fn wake(&self, uuid: &str) {
        let loan = self.held.lock().loans.get(uuid).cloned();
        if let Some(loan) = loan {
            loan.wake();
        }
    }

    /// How a call is held now.
    pub fn way(&self, ticket: u64) -> Option<Way> {
        let held = self.held.lock();
        held.ways.get(&ticket).map(|noted| noted.way.clone())
    }

    /// Notes how a call is held; whether that is new.
    pub fn note_way(&self, ticket: u64, way: &Way) -> bool {
        let noted = Noted {
            way: way.clone(),
            look: micros_now() + AGAIN_MICROS,
        };
        let before = self.held.lock().ways.insert(ticket, noted);
        before.is_none_or(|before| before.way != *way)
    }

    /// Whether a call that its own thread holds for now can come back: looked at now and then, however often that is asked.
    /// The leg's own thread.
    pub fn could_take_back(&self, ticket: u64, leg: Session<'_>) -> bool {
        let now = micros_now();
        let is_time = {
            let mut held = self.held.lock();
            let noted = held.ways.get_mut(&ticket);
            noted.is_some_and(|noted| noted.is_to_be_looked_at(now))
        };
        is_time && obstacle(leg).is_none()
    }

    /// The call is held no more.
    pub fn forget_way(&self, ticket: u64) {
        self.held.lock().ways.remove(&ticket);
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Seats a call with the thread that has the fewest; `None` when there is none that could serve it.
    fn seat<'a>(&'a self, member: &'a Arc<Member>) -> Option<Seat<'a>> {
        if self.is_closed() {
            return None;
        }
        let running = self.rows.iter().filter(|row| row.begin() && !row.hangs());
        running.min_by_key(|row| row.len())?.seat(member)
    }

    /// Ends the threads and waits for them; `false` when one has not ended in 10 s. Nothing starts any more.
    pub fn close(&self) -> bool {
        self.closed.store(true, Ordering::Release);
        let sleepers: Vec<Arc<Loan>> = self.held.lock().loans.values().cloned().collect();
        for loan in sleepers {
            loan.wake();
        }
        let until = micros_now() + CLOSE_MICROS;
        self.rows.iter().for_each(Row::close);
        let joined = self.rows.iter().filter(|row| row.join(until)).count();
        let rows_ended = joined == self.rows.len();
        self.stations.close(until) && rows_ended
    }
}
