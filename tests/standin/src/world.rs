//! All that is in the switch, behind one lock that the thread with the turn takes for a moment at a time.

use crate::{
    delivery::Deliveries,
    dialplan::Dialplan,
    dice::Dice,
    directory::Directory,
    events::Events,
    faults::Faults,
    leg::{Leg, LegId},
    live::Live,
    locks::Locks,
    module::Interfaces,
    record::Record,
    schedule::{SCENARIO, ThreadId},
    tasks::Tasks,
    thread::Thread,
    xml::Documents,
};
use std::collections::BTreeMap;

/// The moment at which every run begins, in microseconds since 1970: 2026-01-05 09:00:00 UTC.
pub(crate) const EPOCH: i64 = 1_767_603_600_000_000;

/// How many threads and legs a report shows.
const LIVING_SHOWN: usize = 30;

/// What is in the switch.
pub(crate) struct State {
    pub(crate) seed: u64,
    /// The number of this run in the process.
    pub(crate) run: u32,
    /// Microseconds since 1970.
    pub(crate) now: i64,
    pub(crate) threads: Vec<Thread>,
    /// Who has the turn.
    pub(crate) turn: ThreadId,
    /// Why the run is over, with everything that helps to see why.
    pub(crate) failure: Option<String>,
    /// The run is over in good order: the switch's own threads end.
    pub(crate) ending: bool,
    /// Microseconds between two frames of a leg: 20,000 as in life, or more to save time.
    pub(crate) pace: i64,
    /// How often in 64 host calls the turn passes though the caller could go on.
    hand_over: u64,
    /// How often in 1024 host calls the machine takes a thread away for a while.
    slow: u64,
    order: Dice,
    pub(crate) chance: Dice,
    names: Dice,
    pub(crate) record: Record,
    pub(crate) serial: u64,

    pub(crate) legs: Vec<Leg>,
    /// Lists of legs that were handed out and not given back.
    pub(crate) lists: usize,
    pub(crate) locks: Locks,
    pub(crate) events: Events,
    pub(crate) deliveries: Deliveries,
    pub(crate) tasks: Tasks,
    pub(crate) documents: Documents,
    pub(crate) interfaces: Interfaces,
    pub(crate) live: Live,
    pub(crate) directory: Directory,
    pub(crate) dialplan: Dialplan,
    pub(crate) faults: Faults,
    pub(crate) global_variables: BTreeMap<String, String>,
    pub(crate) log: Vec<LogLine>,
    pub(crate) messages: Vec<Message>,
    /// Commands that nobody waited for, and what they have answered.
    pub(crate) replies: Vec<(String, String)>,
}

/// A line of the switch's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The UUID of the leg that it is about.
    pub leg: Option<String>,
    /// `SWITCH_LOG_…`: 3 error, 4 warning, 5 notice, 6 info, 7 debug.
    pub level: i32,
    /// The text, without its line end.
    pub text: String,
}

/// A text message to a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `user@domain`, perhaps with a profile before it.
    pub to: String,
    /// `user@domain`.
    pub from: String,
    /// The text.
    pub body: String,
}

impl State {
    pub(crate) fn new(seed: u64) -> Self {
        let mut order = Dice::new(seed, 1);
        let [hand_over, slow] = temper(seed, &mut order);
        Self {
            seed,
            run: crate::handle::next_run(),
            now: EPOCH,
            threads: vec![Thread::new("the scenario")],
            turn: SCENARIO,
            failure: None,
            ending: false,
            pace: crate::media::FRAME,
            hand_over,
            slow,
            order,
            chance: Dice::new(seed, 2),
            names: Dice::new(seed, 3),
            record: Record::default(),
            serial: 0,
            legs: Vec::new(),
            lists: 0,
            locks: Locks::default(),
            events: Events::default(),
            deliveries: Deliveries::default(),
            tasks: Tasks::default(),
            documents: Documents::default(),
            interfaces: Interfaces::default(),
            live: Live::default(),
            directory: Directory::default(),
            dialplan: Dialplan::default(),
            faults: Faults::default(),
            global_variables: BTreeMap::new(),
            log: Vec::new(),
            messages: Vec::new(),
            replies: Vec::new(),
        }
    }

    /// A number that nothing in this run has had.
    pub(crate) fn fresh(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// A UUID as the seed gives it.
    pub(crate) fn uuid(&mut self) -> String {
        let (high, low) = (self.names.next(), self.names.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    pub(crate) fn leg(&self, id: LegId) -> &Leg {
        &self.legs[id.index()]
    }

    pub(crate) fn leg_mut(&mut self, id: LegId) -> &mut Leg {
        &mut self.legs[id.index()]
    }

    /// The leg with this UUID, if there ever was one.
    pub(crate) fn leg_of(&self, uuid: &str) -> Option<LegId> {
        self.legs
            .iter()
            .find(|leg| leg.uuid == uuid)
            .map(|leg| leg.id)
    }

    pub(crate) fn ready_threads(&self) -> Vec<ThreadId> {
        let numbered = self.threads.iter().enumerate();
        numbered
            .filter(|(_, thread)| thread.can_run(self))
            .map(|(id, _)| id)
            .collect()
    }

    /// One of them, as the seed draws.
    pub(crate) fn draw(&mut self, ready: &[ThreadId]) -> Option<ThreadId> {
        match ready {
            [] => None,
            [only] => Some(*only),
            several => several
                .get(self.order.below(several.len() as u64) as usize)
                .copied(),
        }
    }

    pub(crate) fn order_says_hand_over(&mut self) -> bool {
        self.hand_over > 0 && self.order.happens(self.hand_over, 64)
    }

    /// How long the machine takes the calling thread away, in microseconds: mostly not at all.
    pub(crate) fn draw_delay(&mut self) -> Option<i64> {
        if self.slow == 0 || !self.order.happens(self.slow, 1024) {
            return None;
        }
        let most = if self.order.happens(1, 8) {
            300_000
        } else {
            15_000
        };
        Some(self.order.below(most) as i64)
    }

    /// Whether chance plays a trick here, `of` times in `all`; never with seed 0.
    pub(crate) fn surprises(&mut self, of: u64, all: u64) -> bool {
        self.seed != 0 && self.chance.happens(of, all)
    }

    pub(crate) fn advance_to(&mut self, moment: i64) {
        self.now = self.now.max(moment);
        self.record.steps_at_this_moment = 0;
    }

    /// Notes a host call.
    pub(crate) fn note_call(&mut self, thread: ThreadId, call: &'static str) {
        self.threads[thread].last_call = call;
        self.record.call(self.now, thread, call);
    }

    /// Notes something that happened.
    pub(crate) fn note(&mut self, line: String) {
        self.record.note(self.now, line);
    }

    /// The run is over. Only the first reason counts.
    pub(crate) fn fail(&mut self, reason: &str) {
        if self.failure.is_none() {
            self.failure = Some(self.report(reason));
        }
    }

    /// `reason`, the seed, what every thread does, and the last steps.
    pub(crate) fn report(&self, reason: &str) -> String {
        let mut report = format!(
            "{reason}\nseed {}, at {:.3} s\n",
            self.seed,
            seconds(self.now)
        );
        for thread in self
            .threads
            .iter()
            .filter(|thread| !thread.has_ended())
            .take(LIVING_SHOWN)
        {
            report += &format!("  {}\n", thread.describe());
        }
        for leg in self
            .legs
            .iter()
            .filter(|leg| !leg.destroyed)
            .take(LIVING_SHOWN)
        {
            report += &format!("  {}\n", leg.describe());
        }
        report += &self.record.tell(|thread| self.threads[thread].name.clone());
        report
    }
}

/// How often in 64 host calls the turn passes, and how often in 1024 a thread is slow. Seed 0 is the plain order: the
/// turn passes where a thread waits and nowhere else.
fn temper(seed: u64, order: &mut Dice) -> [u64; 2] {
    let hand_over = [2, 8, 24, 64][order.below(4) as usize];
    let slow = [0, 2, 8, 40][order.below(4) as usize];
    if seed == 0 { [0, 0] } else { [hand_over, slow] }
}

/// Seconds since the run began.
pub(crate) fn seconds(moment: i64) -> f64 {
    (moment - EPOCH) as f64 / 1e6
}
