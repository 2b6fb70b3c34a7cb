//! What has changed since somebody looked: lamps and live lists are made of it, in the order of the table, whichever
//! threads changed it.

use crate::{
    call::{Call, Party, State, Ticket},
    names::{DomainName, LotKey, LotName},
    table::Table,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A lamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lamp {
    /// Free.
    Off,
    /// Taken.
    On,
    /// A call rings back.
    Blinking,
}

/// What a phone's key shows of a slot, or of a lot as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LampView {
    /// The slot, or the lot's name.
    pub label: String,
    /// The tenant.
    pub domain: DomainName,
    /// As it is.
    pub lamp: Lamp,
    /// Who is in the slot, where the lot lets lamps tell it.
    pub caller: Option<Party>,
}

/// A call that is not as it was.
#[derive(Debug, Clone, PartialEq)]
pub enum CallNews {
    /// It came, or is another now.
    Is(Arc<Call>),
    /// It has left.
    Left {
        /// The tenant.
        domain: DomainName,
        /// The park id.
        id: String,
    },
}

impl CallNews {
    /// The tenant.
    pub fn domain(&self) -> &DomainName {
        match self {
            Self::Is(call) => &call.key.domain,
            Self::Left { domain, .. } => domain,
        }
    }
}

/// What has changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct News {
    /// Slots, and then their lots.
    pub lamps: Vec<LampView>,
    /// Calls, by age.
    pub calls: Vec<CallNews>,
}

impl News {
    /// Whether nothing has.
    pub fn is_empty(&self) -> bool {
        self.lamps.is_empty() && self.calls.is_empty()
    }
}

/// What nobody has looked at yet.
#[derive(Debug, Default)]
pub(crate) struct Unseen {
    slots: BTreeSet<(LotKey, String)>,
    /// Of a call that has left: whose it was, and its id.
    calls: BTreeMap<Ticket, Option<(DomainName, String)>>,
}

impl Unseen {
    pub fn slot(&mut self, key: &LotKey, slot: &str) {
        self.slots.insert((key.clone(), slot.to_owned()));
    }

    pub fn call(&mut self, ticket: Ticket) {
        self.calls.entry(ticket).or_default();
    }

    pub fn left(&mut self, call: &Call) {
        self.slot(&call.key, &call.slot);
        let left = (call.key.domain.clone(), call.id.clone());
        self.calls.insert(call.ticket, Some(left));
    }
}

impl Table {
    /// What has changed since the last time.
    pub fn take_news(&mut self) -> News {
        let Unseen { slots, calls } = std::mem::take(&mut self.unseen);
        let lots: BTreeSet<&LotKey> = slots.iter().map(|(key, _)| key).collect();
        let of_slots = slots
            .iter()
            .map(|(key, slot)| self.slot_lamp(slot, &key.domain));
        let of_lots = lots.into_iter().map(|key| self.lot_lamp(key));
        let lamps = of_slots.chain(of_lots).collect();
        let news = |(ticket, left)| match left {
            Some((domain, id)) => Some(CallNews::Left { domain, id }),
            None => self.calls.get(&ticket).cloned().map(CallNews::Is),
        };
        let calls = calls.into_iter().filter_map(news).collect();
        News { lamps, calls }
    }

    /// The lamp with this label in a domain: a slot's, or a lot's. `None`: neither.
    pub fn lamp(&self, label: &str, domain: &DomainName) -> Option<LampView> {
        let lot = LotName::parse(label).ok().map(|lot| LotKey {
            lot,
            domain: domain.clone(),
        });
        let known = |key: &LotKey| self.settings(key).is_some() || self.lots.contains_key(key);
        if let Some(lot) = lot.filter(known) {
            return Some(self.lot_lamp(&lot));
        }
        let applying = self.config.applying(Some(domain));
        let mut plans = applying.iter().map(|lot| &lot.settings.slots);
        let is_planned = plans.any(|slots| slots.index(label).is_some());
        let lamp = self.slot_lamp(label, domain);
        (is_planned || lamp.lamp != Lamp::Off).then_some(lamp)
    }

    /// A key shows a slot by its name alone, and after a reload two lots can have a call in slots of one name: the lamp is
    /// that of the call that rings back, else of the one that is there longest.
    fn slot_lamp(&self, slot: &str, domain: &DomainName) -> LampView {
        let applying = self.config.applying(Some(domain));
        let applying = applying.iter().map(|lot| LotKey {
            lot: lot.name.clone(),
            domain: domain.clone(),
        });
        let former = self.former.iter().filter(|key| key.domain == *domain);
        let lots = applying
            .chain(former.cloned())
            .filter_map(|key| self.lots.get(&key));
        let taken = lots
            .filter_map(|lot| Some((lot, self.get(lot.at(slot)?)?)))
            .min_by_key(|(_, call)| (!call.rings_back(), call.ticket));
        LampView {
            label: slot.to_owned(),
            domain: domain.clone(),
            lamp: taken.map_or(Lamp::Off, |(_, call)| match call.rings_back() {
                true => Lamp::Blinking,
                false => Lamp::On,
            }),
            // The leg of a reservation is not the caller's.
            caller: taken
                .filter(|(lot, call)| call.state != State::Reserved && lot.lamps_tell_the_caller())
                .map(|(_, call)| call.caller.clone()),
        }
    }

    fn lot_lamp(&self, key: &LotKey) -> LampView {
        let lot = self.lots.get(key);
        LampView {
            label: key.lot.as_str().to_owned(),
            domain: key.domain.clone(),
            lamp: match lot {
                Some(lot) if lot.ringing > 0 => Lamp::Blinking,
                Some(lot) if lot.used() > 0 => Lamp::On,
                _ => Lamp::Off,
            },
            caller: None,
        }
    }

    /// A call begins to ring back, or does so no more.
    pub(crate) fn rings(&mut self, ticket: Ticket, begins: bool) {
        let Some(call) = self.calls.get(&ticket) else {
            return;
        };
        if let Some(lot) = self.lots.get_mut(&call.key) {
            lot.count_ringing(begins);
        }
        self.unseen.slot(&call.key, &call.slot);
        self.unseen.call(ticket);
    }
}
