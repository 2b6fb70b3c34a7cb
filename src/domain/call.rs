//! A call in a slot.

use crate::{
    names::{LotKey, UserAt},
    overrides::Overrides,
    planted::{self, Fault},
    settings::{CallSettings, LotSettings},
    template::TemplateValues,
    timing::Timing,
};
use std::{collections::HashMap, sync::Arc};

/// Whole seconds since 1970.
pub type Epoch = i64;

/// Names one stay in the table; never used again. One that is out of date finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// Who is in the slot, for lists and displays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// The number.
    pub number: String,
    /// The name.
    pub name: String,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The slot is held for a call on its way.
    Reserved,
    /// The caller hears music.
    Parked,
    /// The parker's phone rings, and the caller hears music still.
    Ringing,
    /// Somebody is being connected, or the call is being sent away.
    Claimed,
}

impl State {
    /// As in JSON and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Parked => "parked",
            Self::Ringing => "ringing",
            Self::Claimed => "claimed",
        }
    }
}

/// How a call left its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Somebody took it.
    Retrieved,
    /// The parker answered the ring-back.
    Returned,
    /// It went to the lot's fallback.
    Fallback,
    /// The caller hung up.
    Abandoned,
    /// It was sent elsewhere.
    Transferred,
    /// It was hung up.
    Dropped,
    /// No call ever took the reservation up.
    Expired,
    /// The module, or the core, ended.
    Shutdown,
}

impl Outcome {
    /// All of them, in the order of `status`.
    pub const ALL: [Self; 8] = [
        Self::Retrieved,
        Self::Returned,
        Self::Fallback,
        Self::Abandoned,
        Self::Transferred,
        Self::Dropped,
        Self::Expired,
        Self::Shutdown,
    ];

    /// As in variables, events and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retrieved => "retrieved",
            Self::Returned => "returned",
            Self::Fallback => "fallback",
            Self::Abandoned => "abandoned",
            Self::Transferred => "transferred",
            Self::Dropped => "dropped",
            Self::Expired => "expired",
            Self::Shutdown => "shutdown",
        }
    }
}

/// An extension with its dialplan and context, where they are not the leg's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The extension.
    pub exten: String,
    /// The dialplan.
    pub dialplan: Option<String>,
    /// The context.
    pub context: Option<String>,
}

impl Destination {
    /// The fallback of these settings; the context left out is `context`. `None` as well when the extension comes out
    /// empty, such as that of an unknown parker: it would lead nowhere.
    pub fn fallback(
        settings: &CallSettings,
        values: &TemplateValues<'_>,
        context: Option<&str>,
    ) -> Option<Self> {
        let filled = |word: String| Some(word).filter(|word| !word.is_empty());
        let (exten, dialplan, own) = settings.fallback.as_ref()?.words(values);
        Some(Self {
            exten: filled(exten)?,
            dialplan: dialplan.and_then(filled),
            context: own.and_then(filled).or(context.map(str::to_owned)),
        })
    }
}

/// What a claimed call's own thread is to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Join it with another leg.
    Connect {
        /// UUID of that leg.
        peer: String,
        /// The user behind it.
        by: Option<UserAt>,
        /// [`Outcome::Retrieved`] or [`Outcome::Returned`].
        outcome: Outcome,
        /// Whether we dialled that leg; otherwise it dialled, and waits in our application.
        dialled: bool,
    },
    /// Send it to an extension.
    Transfer {
        /// Where.
        to: Destination,
        /// [`Outcome::Transferred`] or [`Outcome::Fallback`].
        outcome: Outcome,
    },
    /// Hang it up.
    Drop {
        /// The host's name of the cause.
        cause: &'static str,
    },
}

/// How many wrong PINs somebody may give for a call.
pub const PIN_TRIES: u32 = 3;

/// A call in a slot, or a slot held for one.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Names this stay.
    pub ticket: Ticket,
    /// The park id.
    pub id: String,
    /// Lot and domain.
    pub key: LotKey,
    /// The slot.
    pub slot: String,
    /// Where it stands.
    pub state: State,
    /// The leg in the slot; of a reservation, the leg that holds it.
    pub uuid: String,
    /// Who is in the slot.
    pub caller: Party,
    /// Who parked it.
    pub parker: Option<UserAt>,
    /// The parker's leg, which may be gone.
    pub parker_leg: Option<String>,
    /// The parker's own context.
    pub parker_context: Option<String>,
    /// Whether the parker's own leg is told the slot while the call goes there.
    pub parker_listens: bool,
    /// When it was parked, or reserved.
    pub parked_at: Epoch,
    /// When the next step is due; `None`: never.
    pub timeout_at: Option<Epoch>,
    /// Ring-backs so far.
    pub attempts: u32,
    /// Counts what is told of the call: events go out in this order, whichever threads tell them.
    pub step: u32,
    /// A free text.
    pub label: Option<String>,
    /// What counts for this call.
    pub settings: Arc<CallSettings>,
    /// Why it is claimed.
    pub purpose: Option<Purpose>,
    /// What a claim that fails goes back to.
    pub(crate) before: State,
    /// The secret by which a leg takes up the reservation, or the call.
    pub(crate) secret: Option<String>,
    /// Wrong PINs by user, of those who ask by the API.
    pub(crate) wrong_pins: HashMap<UserAt, u32>,
    /// What this call says over a lot's settings.
    pub(crate) overrides: Overrides,
    pub(crate) timing: Timing,
}

impl Call {
    /// Seconds since it was parked.
    pub fn waited(&self, now: Epoch) -> i64 {
        (now - self.parked_at).max(0)
    }

    /// What templates fill in.
    pub fn template_values(&self) -> TemplateValues<'_> {
        TemplateValues {
            key: &self.key,
            slot: &self.slot,
            parker: self.parker.as_ref(),
        }
    }

    /// Where the call goes in the end; the context left out is the parker's.
    pub fn fallback(&self) -> Option<Destination> {
        let context = self.parker_context.as_deref();
        Destination::fallback(&self.settings, &self.template_values(), context)
    }

    /// What the caller is to hear; `None`: the channel's own music.
    pub fn hold_music(&self) -> Option<String> {
        self.settings
            .hold_music
            .as_ref()
            .map(|music| music.expand(&self.template_values()))
    }

    /// What stands before the caller's name on the parker's display.
    pub fn return_prefix(&self) -> String {
        self.settings.return_prefix.expand(&self.template_values())
    }

    /// A lot's settings count from now on, with this call's own over them.
    pub(crate) fn apply(&mut self, lot: &LotSettings) {
        self.settings = self.overrides.over(lot);
        self.label.clone_from(&self.overrides.label);
    }

    /// Whether the claim in force is this leg's.
    pub fn is_claimed_by(&self, uuid: &str) -> bool {
        matches!(&self.purpose, Some(Purpose::Connect { peer, .. }) if peer == uuid)
    }

    /// Whether its lamp blinks: it rings, or did when it was claimed.
    pub fn rings_back(&self) -> bool {
        self.state == State::Ringing
            || self.state == State::Claimed && self.before == State::Ringing
    }

    /// Whether it is anybody's who comes for it.
    pub fn can_be_retrieved(&self) -> bool {
        matches!(self.state, State::Parked | State::Ringing)
            || planted::is(Fault::SecondClaimWins) && self.state == State::Claimed
    }
}
