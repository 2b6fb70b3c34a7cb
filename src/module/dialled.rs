//! As whom the legs were dialled that the switch has made.
//!
//! The host notes the user on the new leg, as `dialed_user` and `dialed_domain`; but it notes them on the leg that dials, too,
//! and a leg that was dialled can come to dial itself: its phone is transferred, or the call goes on to somebody else. So these
//! variables are read once, when the leg begins, and never again.

use super::{Callpark, former::REMEMBERED, identity::LegData};
use crate::fs::{
    HostError,
    event::{Delivered, Kind, Observer, Watch, expand},
    runtime::{Guarded, epoch_now, micros_now},
    session::Session,
};
use callpark_domain::names::UserAt;
use std::collections::HashMap;

/// How long the host's delivery of a leg's beginning may lag behind it, in microseconds.
const LAG_MICROS: i64 = 1_000_000;

/// The legs that the switch has dialled since the module was loaded.
pub struct DialledLegs {
    legs: Guarded<Legs>,
    /// When that was, in microseconds since 1970.
    since: i64,
}

#[derive(Default)]
struct Legs {
    begun: HashMap<String, Leg>,
    /// Epoch second of the last clean-up.
    swept: i64,
}

#[derive(Default)]
struct Leg {
    claim: Claim,
    /// Epoch second.
    ended: Option<i64>,
}

/// What a leg says of the user whom it was dialled for.
#[derive(Debug, Clone, Default)]
struct Claim {
    user: Option<UserAt>,
    page: Option<Page>,
}

/// A client of mod_verto that a leg goes to. It sets what variables it likes on the leg before the leg has begun.
#[derive(Debug, Clone)]
struct Page {
    /// The client's session with mod_verto.
    session: String,
    /// The user that the leg's variables name, written as they are.
    user: String,
}

impl Claim {
    fn of(leg: &impl LegData) -> Self {
        let (Some(user), Some(domain)) = (leg.value("dialed_user"), leg.value("dialed_domain"))
        else {
            return Self::default();
        };
        let called = leg.number_called().unwrap_or_default();
        Self {
            user: UserAt::new(&user, &domain).ok(),
            page: called.strip_prefix("u:").map(|session| Page {
                session: session.to_owned(),
                user: format!("{user}@{domain}"),
            }),
        }
    }

    /// The user, if it is true. May ask mod_verto: not on a thread that delivers events, and never under a lock.
    fn user(self) -> Option<UserAt> {
        let user = self.user?;
        let is_true = self.page.is_none_or(|page| page.is_of_its_user());
        is_true.then_some(user)
    }
}

impl Page {
    /// Whether the user is logged in there, by mod_verto's own word. A name that is a user's has no character that means
    /// something to the host.
    fn is_of_its_user(&self) -> bool {
        let pages = expand(&format!("${{verto_contact({})}}", self.user)).unwrap_or_default();
        let mut sessions = pages
            .split(',')
            .filter_map(|page| page.trim().rsplit_once("/u:"));
        sessions.any(|(_, session)| session == self.session)
    }
}

impl DialledLegs {
    /// None yet.
    pub fn new() -> Result<Self, HostError> {
        Ok(Self {
            legs: Guarded::new(Legs::default())?,
            since: micros_now(),
        })
    }

    /// The user that the leg was dialled as. Waits a little for the news of a leg that has just begun. What is older than
    /// the module says it itself.
    pub fn user(&self, leg: Session<'_>) -> Option<UserAt> {
        let is_news = leg.created_at() >= self.since;
        let until = micros_now() + if is_news { LAG_MICROS } else { 0 };
        let uuid = leg.uuid();
        let claim = self.legs.find_until(until, |legs| legs.claim(&uuid));
        claim.unwrap_or_else(|| Claim::of(&leg)).user()
    }

    /// The user that a leg was dialled as which has ended.
    pub fn user_of_ended(&self, uuid: &str) -> Option<UserAt> {
        let claim = self.legs.lock().claim(uuid);
        claim?.user()
    }

    /// Legs that were dialled as this user, by their word.
    pub fn legs_of(&self, user: &UserAt) -> Vec<String> {
        let legs = self.legs.lock();
        let theirs = |leg: &Leg| leg.ended.is_none() && leg.claim.user.as_ref() == Some(user);
        let begun = legs.begun.iter().filter(|(_, leg)| theirs(leg));
        begun.map(|(uuid, _)| uuid.clone()).collect()
    }

    fn begins(&self, leg: &Delivered<'_>) {
        let (uuid, claim) = (leg.id(), Claim::of(leg));
        self.legs.lock().begun.entry(uuid).or_default().claim = claim;
        self.legs.wake_all();
    }

    /// A leg has hung up.
    pub fn ends(&self, leg: &Delivered<'_>) {
        if leg.inbound() {
            return;
        }
        let (uuid, claim, now) = (leg.id(), Claim::of(leg), epoch_now());
        let mut legs = self.legs.lock();
        legs.sweep(now);
        let of_old = || Leg { claim, ended: None };
        legs.begun.entry(uuid).or_insert_with(of_old).ended = Some(now);
    }
}

impl Legs {
    fn claim(&self, uuid: &str) -> Option<Claim> {
        self.begun.get(uuid).map(|leg| leg.claim.clone())
    }

    fn sweep(&mut self, now: i64) {
        if now - self.swept < REMEMBERED {
            return;
        }
        self.swept = now;
        let lasts = |leg: &Leg| leg.ended.is_none_or(|ended| now - ended < REMEMBERED);
        self.begun.retain(|_, leg| lasts(leg));
    }
}

/// Watches legs begin.
pub type BeginWatch = Watch<Begins>;

/// The observer of it.
pub struct Begins;

impl Observer for Begins {
    const KIND: Kind = Kind::ChannelOriginate;

    fn seen(event: &Delivered<'_>) {
        if let Some(module) = Callpark::current() {
            module.dialled.begins(event);
        }
    }
}
