//! The directory: users, their phones, and what happens when one is called.

use freeswitch_sys as sys;
use std::collections::{BTreeMap, BTreeSet};

/// What a phone does when it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Rings, and is answered after so many seconds.
    Answers(u32),
    /// Rings until the caller gives up.
    Ignores,
    /// Rings, and is declined after so many seconds.
    Declines(u32),
    /// Is busy at once.
    Busy,
    /// Is in the directory and not registered.
    Unregistered,
    /// Rings, and the dial does not end at its limit either: only when it is cancelled.
    NeverReports,
    /// Does not ring for so many seconds, in which the dial hears of no cancelling and of no limit; then rings in vain.
    Stuck(u32),
}

impl Habit {
    /// Why a call fails at once, if it does.
    pub(crate) fn refusal(self) -> Option<sys::switch_call_cause_t> {
        match self {
            Self::Busy => Some(sys::SWITCH_CAUSE_USER_BUSY),
            Self::Unregistered => Some(sys::SWITCH_CAUSE_USER_NOT_REGISTERED),
            _ => None,
        }
    }
}

/// One time that a phone was rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// The name on its display.
    pub name: String,
    /// The number on its display.
    pub number: String,
    /// Variables that came with the call.
    pub variables: BTreeMap<String, String>,
    /// How it ended: a cause's name, empty while it rings, `SUCCESS` when it was answered.
    pub ended: String,
}

/// A dial for a parked call.
struct Dialled {
    /// The park id.
    id: String,
    to: String,
    /// How it ended: a cause's name, empty while it goes on, `SUCCESS` when it was answered.
    ended: String,
}

/// All users and phones.
#[derive(Default)]
pub(crate) struct Directory {
    users: BTreeSet<String>,
    habits: BTreeMap<String, Habit>,
    rings: Vec<(String, Ring)>,
    dials: Vec<Dialled>,
    /// How many dials hear nothing now.
    pub(crate) stuck: u32,
    pub(crate) domain: String,
}

impl Directory {
    pub(crate) fn add_user(&mut self, address: &str) {
        self.users.insert(address.to_owned());
        if self.domain.is_empty() {
            self.domain = address
                .split_once('@')
                .map_or("", |(_, domain)| domain)
                .to_owned();
        }
    }

    pub(crate) fn has(&self, user: &str, domain: &str) -> bool {
        self.users.contains(&format!("{user}@{domain}"))
    }

    pub(crate) fn set_habit(&mut self, phone: &str, habit: Habit) {
        self.habits.insert(phone.to_owned(), habit);
    }

    /// Whose phone a dial string rings, or why it rings none.
    pub(crate) fn look_up(
        &self,
        dial_string: &str,
    ) -> Result<(String, Habit), sys::switch_call_cause_t> {
        let phone = match dial_string.strip_prefix("user/") {
            None => dial_string.to_owned(),
            Some(user) if user.contains('@') => user.to_owned(),
            Some(user) => format!("{user}@{}", self.domain),
        };
        if dial_string.starts_with("user/") && !self.users.contains(&phone) {
            return Err(sys::SWITCH_CAUSE_SUBSCRIBER_ABSENT);
        }
        match self.habits.get(&phone) {
            Some(habit) => Ok((phone, *habit)),
            None if dial_string.starts_with("user/") => Ok((phone, Habit::Ignores)),
            None => Err(sys::SWITCH_CAUSE_NO_ROUTE_DESTINATION),
        }
    }

    /// Notes a dial for a parked call; its number.
    pub(crate) fn begin_dial(&mut self, id: &str, to: &str) -> usize {
        self.dials.push(Dialled {
            id: id.to_owned(),
            to: to.to_owned(),
            ended: String::new(),
        });
        self.dials.len() - 1
    }

    pub(crate) fn end_dial(&mut self, number: usize, ended: &str) {
        if let Some(dial) = self.dials.get_mut(number) {
            ended.clone_into(&mut dial.ended);
        }
    }

    /// How the dials ended that were for this parked call and this user.
    pub(crate) fn dials_for(&self, id: &str, user: &str) -> Vec<String> {
        let mine = |dial: &&Dialled| dial.id == id && dial.to == format!("user/{user}");
        let ended = self.dials.iter().filter(mine);
        ended.map(|dial| dial.ended.clone()).collect()
    }

    /// Notes that a phone rings; the number of this ring.
    pub(crate) fn begin_ring(&mut self, phone: &str, ring: Ring) -> usize {
        self.rings.push((phone.to_owned(), ring));
        self.rings.len() - 1
    }

    pub(crate) fn end_ring(&mut self, number: usize, ended: &str) {
        if let Some((_, ring)) = self.rings.get_mut(number)
            && ring.ended.is_empty()
        {
            ended.clone_into(&mut ring.ended);
        }
    }

    pub(crate) fn rings_of(&self, phone: &str) -> Vec<Ring> {
        let of_phone = self.rings.iter().filter(|(rung, _)| rung == phone);
        of_phone.map(|(_, ring)| ring.clone()).collect()
    }
}
