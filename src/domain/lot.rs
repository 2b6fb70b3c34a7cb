//! One lot of one domain at work: which of its slots are taken.

use crate::{
    call::Ticket,
    choices::{Choose, Occupied},
    free::FreeSlots,
    result::Code,
    settings::LotSettings,
};
use std::{collections::HashMap, sync::Arc};

/// The slot that a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// Any free one.
    Auto,
    /// This one.
    Slot(String),
}

impl Want {
    /// As text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Auto => "auto",
            Self::Slot(slot) => slot,
        }
    }

    /// The slot, where one is named.
    pub fn slot(&self) -> Option<&str> {
        match self {
            Self::Auto => None,
            Self::Slot(slot) => Some(slot),
        }
    }
}

/// The live lot. Its settings may change under it; calls stay in their slots, also in slots that no longer are.
#[derive(Debug)]
pub(crate) struct Lot {
    /// `None`: the configuration has it no more. It finishes its calls and takes none.
    pub settings: Option<Arc<LotSettings>>,
    /// Those that were in force last: who may take the calls that it finishes.
    pub last: Arc<LotSettings>,
    taken: HashMap<String, Ticket>,
    /// How many of its calls ring back.
    pub ringing: u32,
    free: FreeSlots,
    /// Where `next` goes on.
    cursor: u32,
}

impl Lot {
    pub fn new(settings: Arc<LotSettings>) -> Self {
        Self {
            free: FreeSlots::all(settings.slots.len()),
            last: Arc::clone(&settings),
            settings: Some(settings),
            taken: HashMap::new(),
            ringing: 0,
            cursor: 0,
        }
    }

    /// Puts other settings in force, or none.
    pub fn reconfigure(&mut self, settings: Option<Arc<LotSettings>>) {
        let plan = settings.as_ref().map(|settings| &settings.slots);
        let mut free = FreeSlots::all(plan.map_or(0, |plan| plan.len()));
        for index in self.taken.keys().filter_map(|slot| plan?.index(slot)) {
            free.take(index);
        }
        self.free = free;
        self.cursor = 0;
        if let Some(settings) = &settings {
            self.last = Arc::clone(settings);
        }
        self.settings = settings;
    }

    /// Whether a slot's lamp tells who is in it.
    pub fn lamps_tell_the_caller(&self) -> bool {
        self.last.lamp_caller_id
    }

    /// One call more that rings back, or one less.
    pub fn count_ringing(&mut self, more: bool) {
        self.ringing = if more {
            self.ringing + 1
        } else {
            self.ringing.saturating_sub(1)
        };
    }

    pub fn at(&self, slot: &str) -> Option<Ticket> {
        self.taken.get(slot).copied()
    }

    pub fn taken(&self) -> impl Iterator<Item = &str> {
        self.taken.keys().map(String::as_str)
    }

    pub fn tickets(&self) -> impl Iterator<Item = Ticket> {
        self.taken.values().copied()
    }

    pub fn used(&self) -> u32 {
        u32::try_from(self.taken.len()).unwrap_or(u32::MAX)
    }

    /// How many more calls it takes: free slots, within the quota.
    pub fn room(&self) -> u32 {
        let Some(settings) = &self.settings else {
            return 0;
        };
        match settings.max_parked {
            0 => self.free.len(),
            quota => self.free.len().min(quota.saturating_sub(self.used())),
        }
    }

    /// Whether the label is a slot, or still holds a call.
    pub fn knows(&self, slot: &str) -> bool {
        let planned = self
            .settings
            .as_ref()
            .is_some_and(|settings| settings.slots.index(slot).is_some());
        planned || self.taken.contains_key(slot)
    }

    /// The slot that a request gets. Takes nothing yet. `newcomer`: the call counts against the quota.
    pub fn choose(&self, want: &Want, newcomer: bool, random: u64) -> Result<String, Code> {
        let settings = self.settings.as_ref().ok_or(Code::NoSuchLot)?;
        let wanted = match want {
            Want::Auto => None,
            Want::Slot(slot) => Some((slot, settings.slots.index(slot).ok_or(Code::NoSuchSlot)?)),
        };
        let room = if newcomer {
            self.room()
        } else {
            self.free.len()
        };
        let index = match wanted {
            Some((slot, index)) => match self.at(slot) {
                None => Some(index),
                // Told before a full lot: whoever named a slot wants to know about that one.
                Some(_) if settings.occupied == Occupied::Refuse => return Err(Code::SlotBusy),
                Some(_) => self.free.next_from(index),
            },
            None => self.free.next_from(self.start(settings.choose, random)),
        };
        if room == 0 {
            return Err(Code::LotFull);
        }
        index
            .and_then(|index| settings.slots.label(index))
            .ok_or(Code::LotFull)
    }

    fn start(&self, choose: Choose, random: u64) -> u32 {
        match choose {
            Choose::First => 0,
            Choose::Next => self.cursor,
            Choose::Random => {
                let slots = self
                    .settings
                    .as_ref()
                    .map_or(1, |settings| settings.slots.len().max(1));
                u32::try_from(random % u64::from(slots)).unwrap_or(0)
            }
        }
    }

    pub fn take(&mut self, slot: &str, ticket: Ticket) {
        if let Some(index) = self.index(slot) {
            self.free.take(index);
            self.cursor = index + 1;
        }
        self.taken.insert(slot.to_owned(), ticket);
    }

    pub fn put(&mut self, slot: &str) {
        if self.taken.remove(slot).is_some()
            && let Some(index) = self.index(slot)
        {
            self.free.put(index);
        }
    }

    fn index(&self, slot: &str) -> Option<u32> {
        self.settings.as_ref()?.slots.index(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lot(params: &[(&str, &str)]) -> Lot {
        let mut settings = LotSettings::default();
        for (name, value) in params {
            settings.set(name, value).unwrap();
        }
        Lot::new(Arc::new(settings))
    }

    fn take(lot: &mut Lot, want: &Want) -> Result<String, Code> {
        let slot = lot.choose(want, true, 0)?;
        lot.take(&slot, Ticket(1));
        Ok(slot)
    }

    #[test]
    fn first_takes_the_lowest_and_next_goes_round() {
        let mut first = lot(&[("slots", "1-3")]);
        let mut next = lot(&[("slots", "1-3"), ("choose", "next")]);
        for lot in [&mut first, &mut next] {
            take(lot, &Want::Auto).unwrap();
            lot.put("1");
        }
        assert_eq!(take(&mut first, &Want::Auto).unwrap(), "1");
        assert_eq!(take(&mut next, &Want::Auto).unwrap(), "2");
        assert_eq!(take(&mut next, &Want::Auto).unwrap(), "3");
        assert_eq!(take(&mut next, &Want::Auto).unwrap(), "1");
        assert_eq!(take(&mut next, &Want::Auto), Err(Code::LotFull));
    }

    #[test]
    fn a_taken_slot_is_busy_or_the_next_one_by_setting() {
        let want = Want::Slot("2".to_owned());
        let mut refuse = lot(&[("slots", "1-3")]);
        let mut next = lot(&[("slots", "1-3"), ("occupied", "next")]);
        take(&mut refuse, &want).unwrap();
        take(&mut next, &want).unwrap();
        assert_eq!(take(&mut refuse, &want), Err(Code::SlotBusy));
        assert_eq!(take(&mut next, &want).unwrap(), "3");
        assert_eq!(
            take(&mut refuse, &Want::Slot("4".to_owned())),
            Err(Code::NoSuchSlot)
        );
    }

    #[test]
    fn the_quota_counts_before_the_slots() {
        let mut lot = lot(&[("slots", "1-9"), ("max-parked", "2")]);
        take(&mut lot, &Want::Auto).unwrap();
        take(&mut lot, &Want::Auto).unwrap();
        assert_eq!(take(&mut lot, &Want::Auto), Err(Code::LotFull));
        assert_eq!(lot.room(), 0);
    }

    #[test]
    fn other_settings_leave_calls_in_slots_that_are_no_more() {
        let mut lot = lot(&[("slots", "1-3")]);
        take(&mut lot, &Want::Slot("1".to_owned())).unwrap();
        take(&mut lot, &Want::Slot("3".to_owned())).unwrap();
        let mut settings = LotSettings::default();
        settings.set("slots", "3-5").unwrap();
        lot.reconfigure(Some(Arc::new(settings)));
        assert!(lot.knows("1") && lot.at("1").is_some());
        assert_eq!(lot.room(), 2);
        lot.put("1");
        assert!(!lot.knows("1"));
        assert_eq!(take(&mut lot, &Want::Auto).unwrap(), "4");
        lot.reconfigure(None);
        assert_eq!(take(&mut lot, &Want::Auto), Err(Code::NoSuchLot));
    }
}
