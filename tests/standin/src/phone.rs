//! The people at the phones, before and between their calls.

use crate::{
    directory::{Habit, Ring},
    leg::Leg,
    life,
    line::Line,
    schedule::{fail, with},
};
use freeswitch_sys as sys;

/// A phone: a user's, or one out in the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    address: String,
    name: String,
    user: bool,
}

impl Phone {
    pub(crate) fn of_user(address: &str) -> Self {
        let name = format!("User {}", address.split('@').next().unwrap_or(address));
        Self {
            address: address.to_owned(),
            name,
            user: true,
        }
    }

    pub(crate) fn outside(number: &str, name: &str) -> Self {
        Self {
            address: number.to_owned(),
            name: name.to_owned(),
            user: false,
        }
    }

    /// `user@domain`, or a number.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Dials, and is connected with whatever the dialplan has for `exten`.
    pub fn calls(&self, exten: &str) -> Line {
        let leg = life::begin(&self.address, true, |leg| {
            let (user, domain) = self.address.split_once('@').unwrap_or((&self.address, ""));
            for (field, value) in [
                ("caller_id_name", self.name.as_str()),
                ("caller_id_number", user),
                ("destination_number", exten),
                ("dialplan", "XML"),
                ("callee_id_number", exten),
            ] {
                leg.profile.set(field, value);
            }
            leg.set_variable("sip_from_user", user);
            if self.user {
                for (name, value) in [
                    ("sip_authorized", "true"),
                    ("user_name", user),
                    ("domain_name", domain),
                    ("presence_id", &self.address),
                    ("user_context", "default"),
                ] {
                    leg.set_variable(name, value);
                }
            }
        });
        with(|state| state.leg_mut(leg).set_flag(sys::CF_OUTBOUND, 0));
        Line { leg }
    }

    /// From now on is answered after so many seconds of ringing.
    pub fn answers_after(&self, seconds: u32) {
        self.behaves(Habit::Answers(seconds));
    }

    /// From now on rings in vain.
    pub fn ignores_calls(&self) {
        self.behaves(Habit::Ignores);
    }

    /// From now on does this when it is called.
    pub fn behaves(&self, habit: Habit) {
        with(|state| state.directory.set_habit(&self.address, habit));
    }

    /// Every time it was rung.
    pub fn rings(&self) -> Vec<Ring> {
        with(|state| state.directory.rings_of(&self.address))
    }

    /// Whether it rings now.
    pub fn is_ringing(&self) -> bool {
        self.rings().iter().any(|ring| ring.ended.is_empty())
    }

    /// The call that rings it.
    pub fn ringing_line(&self) -> Option<Line> {
        self.newest(|leg| !leg.inbound && !leg.is_answered())
    }

    /// The texts that it was sent.
    pub fn messages(&self) -> Vec<String> {
        with(|state| {
            let mine = state
                .messages
                .iter()
                .filter(|message| message.to.ends_with(&self.address));
            mine.map(|message| message.body.clone()).collect()
        })
    }

    /// The call that it is in: the newest one that is up.
    #[track_caller]
    pub fn line(&self) -> Line {
        let place = std::panic::Location::caller();
        self.newest(is_a_call)
            .unwrap_or_else(|| fail(&format!("{} is in no call, at {place}", self.address)))
    }

    /// Whether it is in a call.
    pub fn is_in_a_call(&self) -> bool {
        self.newest(is_a_call).is_some()
    }

    fn newest(&self, is_meant: impl Fn(&Leg) -> bool) -> Option<Line> {
        with(|state| {
            let mut mine = state
                .legs
                .iter()
                .rev()
                .filter(|leg| leg.phone == self.address && leg.is_up());
            mine.find(|leg| is_meant(leg))
                .map(|leg| Line { leg: leg.id })
        })
    }
}

/// It dialled, or has answered.
fn is_a_call(leg: &Leg) -> bool {
    leg.inbound || leg.is_answered()
}
