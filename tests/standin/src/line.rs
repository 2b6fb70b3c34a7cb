//! One call of a phone: what the person does in it, and what the person hears and sees.

use crate::{
    apps,
    cause::cause_name,
    leg::{Heard, Leg, LegId, Signal},
    schedule::with,
};
use freeswitch_sys as sys;

/// How soon the second leg of a bridge goes down behind the first, in microseconds.
const AT_ONCE: i64 = 2_000_000;

/// A phone's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub(crate) leg: LegId,
}

impl Line {
    /// Hangs up: the switch hears of it when the leg's own thread looks.
    pub fn hangs_up(&self) {
        self.send(Signal::Bye);
    }

    /// Puts the call on hold.
    pub fn holds(&self) {
        self.send(Signal::Hold);
    }

    /// Transfers the other party blindly; `referred_by`: its phone says who it is.
    pub fn transfers_to(&self, exten: &str, referred_by: bool) {
        self.send(Signal::Refer {
            exten: exten.to_owned(),
            referred_by,
        });
    }

    /// Completes an attended transfer: the other party takes the place of this phone in its `consultation`.
    pub fn completes_transfer_into(&self, consultation: &Line) {
        self.send(Signal::ReferTo {
            consultation: consultation.leg,
        });
    }

    /// Keys in a code that runs an application on this leg, inside its bridge.
    pub fn keys_in(&self, application: &str, data: &str) {
        let queued = (application.to_owned(), data.to_owned());
        self.change(|leg| leg.inside_bridge.push_back(queued));
    }

    /// Presses keys.
    pub fn presses(&self, keys: &str) {
        self.change(|leg| leg.keys.extend(keys.chars()));
    }

    fn send(&self, signal: Signal) {
        self.change(|leg| leg.signals.push_back(signal));
    }

    /// Sets a variable of the leg.
    pub fn set_variable(&self, name: &str, value: &str) {
        self.change(|leg| leg.set_variable(name, value));
    }

    /// A variable of the leg, as the dialplan reads it.
    pub fn variable(&self, name: &str) -> Option<String> {
        apps::variable(self.leg, name)
    }

    /// The leg's UUID.
    pub fn uuid(&self) -> String {
        self.look(|leg| leg.uuid.clone())
    }

    /// Whether the call goes on.
    pub fn is_up(&self) -> bool {
        self.look(Leg::is_up)
    }

    /// Whether the switch has answered, or was answered.
    pub fn is_answered(&self) -> bool {
        self.look(Leg::is_answered)
    }

    /// Why the call ended, by name; `NONE` while it goes on.
    pub fn cause(&self) -> String {
        cause_name(self.look(|leg| leg.cause)).to_owned()
    }

    /// The application that runs now, by name.
    pub fn runs(&self) -> Option<String> {
        self.look(|leg| leg.running.last().cloned())
    }

    /// What is heard now.
    pub fn hears(&self) -> Option<String> {
        self.look(|leg| {
            leg.heard
                .iter()
                .rev()
                .find(|heard| heard.now)
                .map(|heard| heard.what.clone())
        })
    }

    /// Whether hold music is heard now.
    pub fn hears_music(&self) -> bool {
        self.hears()
            .is_some_and(|what| what.starts_with("local_stream://"))
    }

    /// Whether a command holds the leg: it then stays in whatever plays.
    pub(crate) fn is_held(&self) -> bool {
        self.look(|leg| leg.flag(sys::CF_HOLD))
    }

    /// All that was heard.
    pub fn heard(&self) -> Vec<Heard> {
        self.look(|leg| leg.heard.clone())
    }

    /// Whether something was heard whose name contains `what`.
    pub fn has_heard(&self, what: &str) -> bool {
        self.look(|leg| leg.heard.iter().any(|heard| heard.what.contains(what)))
    }

    /// Names and numbers that were shown during the call.
    pub fn displays(&self) -> Vec<(String, String)> {
        self.look(|leg| leg.displays.clone())
    }

    /// Name and number that came with the answer.
    pub fn answered_with(&self) -> Option<(String, String)> {
        self.look(|leg| leg.answered_with.clone())
    }

    /// Whether the two talk to each other now.
    pub fn talks_to(&self, other: &Line) -> bool {
        with(|state| {
            let (one, two) = (state.leg(self.leg), state.leg(other.leg));
            let joined = |leg: &Leg| leg.flag(sys::CF_BRIDGED) && leg.is_up();
            joined(one)
                && joined(two)
                && one.variable("bridge_to").as_deref() == Some(two.uuid.as_str())
        })
    }

    /// Whether the two were ever bridged; the other by its UUID.
    pub fn has_talked_to(&self, uuid: &str) -> bool {
        self.look(|leg| leg.talked_to.iter().any(|other| other == uuid))
    }

    /// Whether its own phone ended the call, or a command or a fault that meant just this leg.
    pub(crate) fn ended_itself(&self) -> bool {
        self.look(|leg| leg.own_end)
    }

    /// The partner with whom it talked until it was hung up.
    pub(crate) fn talked_to_the_end_with(&self) -> Option<Line> {
        let partner = self.look(|leg| {
            let at_once = leg.down_since - leg.talked_until <= AT_ONCE;
            leg.talked_to.last().filter(|_| at_once).cloned()
        })?;
        with(|state| state.leg_of(&partner)).map(|leg| Line { leg })
    }

    /// Whether this leg is bridged with anybody.
    pub fn is_bridged(&self) -> bool {
        self.look(|leg| leg.flag(sys::CF_BRIDGED))
    }

    fn look<R>(&self, look: impl FnOnce(&Leg) -> R) -> R {
        with(|state| look(state.leg(self.leg)))
    }

    fn change(&self, change: impl FnOnce(&mut Leg)) {
        with(|state| change(state.leg_mut(self.leg)));
    }
}
