//! Every call in every slot of every domain: who comes first wins, and each call leaves exactly once.
//!
//! The shell puts one lock around it. Every method is short, does no I/O, and changes nothing when it refuses.

use crate::{
    call::{Call, Epoch, Outcome, Party, State, Ticket},
    config::{Config, ModuleSettings},
    lot::Lot,
    names::{LotKey, UserAt},
    news::Unseen,
    overrides::Overrides,
    planted::{self, Fault},
    result::Code,
    settings::LotSettings,
    timing::Rules,
    totals::Totals,
    verb::Filter,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

pub use crate::{claims::Which, lot::Want, timing::RingEnd};

/// A call that wants into a lot.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The park id.
    pub id: String,
    /// The leg.
    pub uuid: String,
    /// The slot that is asked for.
    pub want: Want,
    /// Who is in the slot.
    pub caller: Party,
    /// Who parks.
    pub parker: Option<UserAt>,
    /// The parker's leg.
    pub parker_leg: Option<String>,
    /// The parker's own context.
    pub parker_context: Option<String>,
    /// Whether the parker's own leg is told the slot while the call goes there.
    pub parker_listens: bool,
    /// What this call says over the lot's settings.
    pub overrides: Overrides,
    /// By what a leg takes up a reservation.
    pub secret: Option<String>,
    /// 64 random bits.
    pub random: u64,
}

/// A call that has left.
#[derive(Debug, Clone, PartialEq)]
pub struct Departed {
    /// As it was.
    pub call: Call,
    /// Seconds in the slot.
    pub waited: i64,
}

/// See the module.
#[derive(Debug)]
pub struct Table {
    pub(crate) config: Arc<Config>,
    pub(crate) lots: HashMap<LotKey, Lot>,
    /// Lots that the configuration has no more, with calls in them when it was put in force.
    pub(crate) former: BTreeSet<LotKey>,
    /// Ordered, since tickets count up: newcomers meet in warm memory, and a list is nearly sorted. Shared, so that a list is
    /// taken without copying calls under the lock.
    pub(crate) calls: BTreeMap<Ticket, Arc<Call>>,
    pub(crate) by_uuid: HashMap<String, Ticket>,
    pub(crate) by_secret: HashMap<String, Ticket>,
    pub(crate) deadlines: BTreeSet<(Epoch, Ticket)>,
    pub(crate) next_ticket: u64,
    pub(crate) draining: bool,
    pub(crate) totals: Totals,
    pub(crate) unseen: Unseen,
}

impl Table {
    /// An empty table.
    pub fn new(config: Arc<Config>) -> Self {
        Self {
            config,
            lots: HashMap::new(),
            former: BTreeSet::new(),
            calls: BTreeMap::new(),
            by_uuid: HashMap::new(),
            by_secret: HashMap::new(),
            deadlines: BTreeSet::new(),
            next_ticket: 1,
            draining: false,
            totals: Totals::default(),
            unseen: Unseen::default(),
        }
    }

    /// The module's settings in force.
    pub fn module_settings(&self) -> &ModuleSettings {
        &self.config.settings
    }

    /// Puts another configuration in force. Calls stay in their slots, with the settings they came with.
    pub fn reconfigure(&mut self, config: Arc<Config>) {
        self.config = config;
        for (key, lot) in &mut self.lots {
            let definition = self.config.definition(&key.lot, &key.domain);
            let told = lot.lamps_tell_the_caller();
            lot.reconfigure(definition.map(|definition| Arc::clone(&definition.settings)));
            if lot.lamps_tell_the_caller() != told {
                for slot in lot.taken() {
                    self.unseen.slot(key, slot);
                }
            }
        }
        if planted::is(Fault::ReloadWipesSlots) {
            self.lots.clear();
        }
        self.lots.retain(|_, lot| lot.used() > 0);
        let former = self.lots.iter().filter(|(_, lot)| lot.settings.is_none());
        self.former = former.map(|(key, _)| key.clone()).collect();
    }

    /// Whether new calls are refused from now on.
    pub fn set_drain(&mut self, on: bool) {
        self.draining = on;
    }

    /// Whether new calls are refused.
    pub fn is_draining(&self) -> bool {
        self.draining
    }

    /// The settings in force of a lot.
    pub fn settings(&self, key: &LotKey) -> Option<Arc<LotSettings>> {
        let definition = self.config.definition(&key.lot, &key.domain)?;
        Some(Arc::clone(&definition.settings))
    }

    /// The settings by which calls may be taken out of a lot: of one that the configuration has no more, the last ones.
    pub fn settings_of_calls(&self, key: &LotKey) -> Option<Arc<LotSettings>> {
        let former = || self.lots.get(key).map(|lot| Arc::clone(&lot.last));
        self.settings(key).or_else(former)
    }

    /// Holds a slot for a call on its way.
    pub fn reserve(&mut self, key: &LotKey, arrival: Arrival, now: Epoch) -> Result<Call, Code> {
        self.enter(key, arrival, State::Reserved, now)
    }

    /// Puts a call into a slot.
    pub fn park(&mut self, key: &LotKey, arrival: Arrival, now: Epoch) -> Result<Call, Code> {
        self.enter(key, arrival, State::Parked, now)
    }

    fn enter(
        &mut self,
        key: &LotKey,
        arrival: Arrival,
        state: State,
        now: Epoch,
    ) -> Result<Call, Code> {
        if self.draining {
            return Err(Code::Draining);
        }
        if self.by_uuid.contains_key(&arrival.uuid) {
            return Err(Code::AlreadyParked);
        }
        let settings = self.settings(key).ok_or(Code::NoSuchLot)?;
        let lot = self
            .lots
            .entry(key.clone())
            .or_insert_with(|| Lot::new(Arc::clone(&settings)));
        let slot = lot.choose(&arrival.want, true, arrival.random)?;
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        lot.take(&slot, ticket);
        self.unseen.slot(key, &slot);
        self.unseen.call(ticket);
        let call = new_call(ticket, key, slot, arrival, &settings, state, now);
        self.by_uuid.insert(call.uuid.clone(), ticket);
        if let Some(secret) = &call.secret {
            self.by_secret.insert(secret.clone(), ticket);
        }
        self.calls.insert(ticket, Arc::new(call));
        let first = match state {
            State::Reserved if planted::is(Fault::ReservationForEver) => None,
            State::Reserved => Some(now + Epoch::from(settings.reserve_timeout)),
            _ => self
                .calls
                .get(&ticket)
                .and_then(|call| call.timing.due_at()),
        };
        self.set_deadline(ticket, first);
        self.get(ticket).cloned().ok_or(Code::Failed)
    }

    /// Somebody else counts as the parker of a reservation: with the context that is this user's own.
    pub fn name_parker(&mut self, ticket: Ticket, parker: UserAt, context: Option<String>) {
        let call = self.calls.get_mut(&ticket).map(Arc::make_mut);
        if let Some(call) = call.filter(|call| call.state == State::Reserved) {
            call.parker = Some(parker);
            call.parker_context = context;
        }
    }

    /// The call of a reservation is here: it is parked from now on. What its leg says counts before what whoever reserved
    /// has said. `GONE` when the reservation is.
    pub fn settle(
        &mut self,
        ticket: Ticket,
        uuid: &str,
        caller: Party,
        own: Overrides,
        now: Epoch,
    ) -> Result<Call, Code> {
        if self.ticket_of(uuid).is_some_and(|other| other != ticket) {
            return Err(Code::AlreadyParked);
        }
        let call = self
            .calls
            .get_mut(&ticket)
            .map(Arc::make_mut)
            .filter(|call| call.state == State::Reserved)
            .ok_or(Code::Gone)?;
        let reserver = std::mem::replace(&mut call.uuid, uuid.to_owned());
        if reserver != uuid {
            call.overrides = own.or(std::mem::take(&mut call.overrides));
            if let Some(lot) = self
                .lots
                .get(&call.key)
                .and_then(|lot| lot.settings.as_deref())
            {
                call.apply(lot);
            }
        }
        call.state = State::Parked;
        call.step += 1;
        call.caller = caller;
        call.parked_at = now;
        call.timing = rules(call).begin(now);
        let (secret, due) = (call.secret.take(), call.timing.due_at());
        let lot = self.lots.get(&call.key);
        if lot.is_some_and(Lot::lamps_tell_the_caller) {
            self.unseen.slot(&call.key, &call.slot);
        }
        self.unseen.call(ticket);
        self.by_uuid.remove(&reserver);
        self.by_uuid.insert(uuid.to_owned(), ticket);
        self.forget_secret(secret);
        self.set_deadline(ticket, due);
        self.get(ticket).cloned().ok_or(Code::Gone)
    }

    /// The call leaves its slot. Once: a ticket that is out of date finds nothing, nor does `Expired` find a reservation
    /// that a call has taken up meanwhile.
    pub fn leave(&mut self, ticket: Ticket, outcome: Outcome, now: Epoch) -> Option<Departed> {
        if outcome == Outcome::Expired && self.get(ticket)?.state != State::Reserved {
            return None;
        }
        let mut call = self.calls.remove(&ticket).map(Arc::unwrap_or_clone)?;
        call.step += 1;
        if let Some(due) = call.timeout_at {
            self.deadlines.remove(&(due, ticket));
        }
        self.by_uuid.remove(&call.uuid);
        self.forget_secret(call.secret.clone());
        self.unseen.left(&call);
        self.vacate(&call);
        let waited = call.waited(now);
        self.totals.count(&call.key.lot, outcome, waited);
        Some(Departed { call, waited })
    }

    /// Frees a slot. A lot that the configuration has no more goes with its last call.
    fn vacate(&mut self, call: &Call) {
        let Some(lot) = self.lots.get_mut(&call.key) else {
            return;
        };
        lot.put(&call.slot);
        if call.rings_back() {
            lot.count_ringing(false);
        }
        if lot.used() == 0 && lot.settings.is_none() {
            self.lots.remove(&call.key);
        }
    }

    /// Moves a parked or ringing call to another slot of its domain, in one step, with the same id and deadlines. What
    /// else another lot has set counts from then on.
    pub fn move_call(
        &mut self,
        ticket: Ticket,
        to: &LotKey,
        want: &Want,
        random: u64,
    ) -> Result<Call, Code> {
        let call = self
            .get(ticket)
            .filter(|call| call.can_be_retrieved())
            .ok_or(Code::Empty)?;
        if call.key.domain != to.domain {
            return Err(Code::NoSuchLot);
        }
        let call = call.clone();
        let within = call.key == *to;
        if within && want.as_str() == call.slot {
            return self.next_step(ticket).ok_or(Code::Empty);
        }
        let settings = self.settings(to).ok_or(Code::NoSuchLot)?;
        let target = self
            .lots
            .entry(to.clone())
            .or_insert_with(|| Lot::new(Arc::clone(&settings)));
        let new = target.choose(want, !within, random)?;
        target.take(&new, ticket);
        if call.rings_back() {
            target.count_ringing(true);
        }
        self.unseen.slot(&call.key, &call.slot);
        self.unseen.slot(to, &new);
        self.unseen.call(ticket);
        self.vacate(&call);
        let call = self.call_mut(ticket).ok_or(Code::Empty)?;
        call.key = to.clone();
        call.slot = new;
        if !within {
            call.apply(&settings);
        }
        self.next_step(ticket).ok_or(Code::Empty)
    }

    /// Something is to be told of the call that changes nothing else; the call as it is then.
    pub fn next_step(&mut self, ticket: Ticket) -> Option<Call> {
        let call = self.call_mut(ticket)?;
        call.step += 1;
        Some(call.clone())
    }

    /// The call that this leg is.
    pub fn ticket_of(&self, uuid: &str) -> Option<Ticket> {
        self.by_uuid.get(uuid).copied()
    }

    /// The reservation, or the offered call, behind a secret.
    pub fn ticket_by_secret(&self, secret: &str) -> Option<Ticket> {
        self.by_secret.get(secret).copied()
    }

    /// A call by its ticket.
    pub fn get(&self, ticket: Ticket) -> Option<&Call> {
        self.calls.get(&ticket).map(Arc::as_ref)
    }

    /// Calls and reservations, oldest first.
    pub fn calls(&self, filter: &Filter) -> Vec<Arc<Call>> {
        let mut calls: Vec<_> = self
            .calls
            .values()
            .filter(|call| filter.admits(&call.key))
            .cloned()
            .collect();
        calls.sort_by_key(|call| (call.parked_at, call.ticket));
        calls
    }

    /// Counted since load.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Calls and reservations now.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether no slot of any lot is taken.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Counts a request that was refused.
    pub fn count_refusal(&mut self, code: Code) {
        self.totals.count_refusal(code);
    }

    pub(crate) fn call_mut(&mut self, ticket: Ticket) -> Option<&mut Call> {
        self.calls.get_mut(&ticket).map(Arc::make_mut)
    }

    pub(crate) fn set_deadline(&mut self, ticket: Ticket, due: Option<Epoch>) {
        let Some(call) = self.calls.get_mut(&ticket).map(Arc::make_mut) else {
            return;
        };
        if call.timeout_at != due {
            self.unseen.call(ticket);
        }
        if let Some(former) = std::mem::replace(&mut call.timeout_at, due) {
            self.deadlines.remove(&(former, ticket));
        }
        if let Some(due) = due {
            self.deadlines.insert((due, ticket));
        }
    }

    pub(crate) fn forget_secret(&mut self, secret: Option<String>) {
        if let Some(secret) = secret {
            self.by_secret.remove(&secret);
        }
    }
}

pub(crate) fn rules(call: &Call) -> Rules<'_> {
    Rules {
        settings: &call.settings,
        parker: call.parker.as_ref(),
        has_fallback: call.fallback().is_some(),
    }
}

fn new_call(
    ticket: Ticket,
    key: &LotKey,
    slot: String,
    arrival: Arrival,
    lot: &LotSettings,
    state: State,
    now: Epoch,
) -> Call {
    let settings = arrival.overrides.over(lot);
    let timing = Rules {
        settings: &settings,
        parker: arrival.parker.as_ref(),
        has_fallback: false, // nothing is due yet
    }
    .begin(now);
    Call {
        ticket,
        id: arrival.id,
        key: key.clone(),
        slot,
        state,
        uuid: arrival.uuid,
        caller: arrival.caller,
        parker: arrival.parker,
        parker_leg: arrival.parker_leg,
        parker_context: arrival.parker_context,
        parker_listens: arrival.parker_listens,
        parked_at: now,
        timeout_at: None,
        attempts: 0,
        step: 1,
        label: arrival.overrides.label.clone(),
        settings,
        purpose: None,
        before: state,
        secret: arrival.secret,
        wrong_pins: HashMap::new(),
        overrides: arrival.overrides,
        timing,
    }
}
