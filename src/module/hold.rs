//! A call in its slot: music until it leaves, whatever the way. Runs on the parked leg's own thread.

use super::{Callpark, announce, connect::Connection, engine::Holder, table::Asked};
use crate::fs::{
    channel::Cause,
    log::{Level, log_for},
    media::Listener,
    runtime::micros_now,
    session::Session,
};
use callpark_domain::call::{Call, Destination, Outcome, Purpose, Ticket};

/// The keys and the wake-ups of a leg in a slot, found by ticket.
pub struct InSlot;

impl Listener for InSlot {
    fn wants_break(leg: Session<'_>, ticket: u64) -> bool {
        Callpark::current().is_none_or(|module| {
            let engine = module.engine();
            module.table.asked(Ticket(ticket)) != Asked::Nothing
                || engine.is_some_and(|engine| engine.could_take_back(ticket, leg))
        })
    }

    fn key(ticket: u64, key: char) {
        if let Some(module) = Callpark::current() {
            module.table.exit_by_key(Ticket(ticket), key);
        }
    }
}

/// How long the music may take to fail before it counts as broken, in microseconds.
const BROKEN_MICROS: i64 = 1_000_000;
/// A source that has ended so soon, in microseconds, had nothing to play: no frame is as short.
const EMPTY_MICROS: i64 = 15_000;
/// A second of silence at a time where nothing can play.
const PAUSE_MILLIS: u32 = 1000;
const SILENCE: &str = "silence_stream://-1";

impl Callpark {
    /// Holds the leg until its call has left the slot; returns exactly once, with the slot free.
    pub fn hold(&self, leg: Session<'_>, call: &Call, say_slot: bool) {
        let _leaves = Leaves {
            module: self,
            leg,
            ticket: call.ticket,
        };
        if say_slot {
            announce::slot::<InSlot>(leg, &call.slot, call.ticket.0);
        }
        let mut music = Music::of(leg, call);
        let mut holder = Holder::new(self, leg, call);
        while leg.is_ready() {
            match self.table.asked(call.ticket) {
                Asked::Nothing => holder.hold(&mut music),
                Asked::ToLeave => return,
                Asked::For(purpose) => {
                    leg.clear_wake();
                    if self.obey(leg, call, &purpose) {
                        return;
                    }
                }
            }
        }
    }

    /// Does what was asked of the call; `false`: it stays in its slot.
    fn obey(&self, leg: Session<'_>, call: &Call, purpose: &Purpose) -> bool {
        match purpose {
            Purpose::Connect { peer, dialled, .. } => {
                self.connect(leg, call, peer, *dialled) == Connection::Ended
            }
            Purpose::Transfer { to, outcome } => {
                self.depart(leg, call.ticket, *outcome);
                send_on(leg, to, &call.id);
                true
            }
            Purpose::Drop { cause } => {
                self.depart(leg, call.ticket, Outcome::Dropped);
                leg.hang_up(Cause::named(cause));
                true
            }
        }
    }
}

/// Sends the leg to where it goes on; the log calls it `name` when it cannot.
pub fn send_on(leg: Session<'_>, to: &Destination, name: &str) {
    let (dialplan, context) = (to.dialplan.as_deref(), to.context.as_deref());
    if let Err(error) = leg.transfer(&to.exten, dialplan, context) {
        let line = format!("{name} cannot go to {}: {error}", to.exten);
        log_for(&leg.uuid(), Level::Error, &line);
    }
}

/// Sees to it that the slot is free when the leg's thread leaves our application, a panic included.
struct Leaves<'a> {
    module: &'a Callpark,
    leg: Session<'a>,
    ticket: Ticket,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.module
            .depart(self.leg, self.ticket, self.module.outcome_of(self.leg));
    }
}

impl Callpark {
    /// How a call left that nobody of ours has sent away: seen from the leg's state.
    pub fn outcome_of(&self, leg: Session<'_>) -> Outcome {
        if !leg.is_down() {
            return Outcome::Transferred;
        }
        match leg.cause() {
            Some(Cause::SYSTEM_SHUTDOWN) => Outcome::Shutdown,
            Some(Cause::MANAGER_REQUEST) if self.going.has_begun() => Outcome::Shutdown,
            Some(Cause::MEDIA_TIMEOUT) => Outcome::Abandoned,
            _ if was_killed(leg) => Outcome::Dropped,
            _ => Outcome::Abandoned,
        }
    }
}

/// Whether the switch has hung up: mod_sofia and mod_verto note it on the leg when the phone did.
fn was_killed(leg: Session<'_>) -> bool {
    let notes = [
        (c"sip_call_id", c"sip_hangup_disposition"),
        (c"verto_user", c"verto_hangup_disposition"),
    ];
    notes.into_iter().any(|(own, how)| {
        leg.var(own).is_some() && !leg.var(how).is_some_and(|how| how.starts_with("recv_"))
    })
}

/// What the caller hears, and what instead when that fails.
pub struct Music {
    /// A file or stream.
    pub wanted: String,
    broken: bool,
    /// How often in a row it has ended as it began.
    empty: u32,
}

impl Music {
    fn of(leg: Session<'_>, call: &Call) -> Self {
        let wanted = call
            .hold_music()
            .or_else(|| leg.hold_music())
            .unwrap_or_else(|| SILENCE.to_owned());
        let wanted = match wanted.as_str() {
            "silence" | "indicate_hold" => SILENCE.to_owned(),
            _ => wanted,
        };
        Self {
            wanted,
            broken: false,
            empty: 0,
        }
    }

    /// Plays until woken, or to the end of the source.
    pub fn play(&mut self, leg: Session<'_>, ticket: Ticket) {
        if !self.broken {
            let began = micros_now();
            let played = leg.play::<InSlot>(&self.wanted, ticket.0);
            let took = micros_now() - began;
            if !leg.is_ready() {
                return;
            }
            match played {
                Ok(()) if took < EMPTY_MICROS && !InSlot::wants_break(leg, ticket.0) => {
                    return self.ended_at_once(leg, ticket);
                }
                Err(error) if took < BROKEN_MICROS => {
                    self.broken = true;
                    let line =
                        format!("hold music {} fails, silence instead: {error}", self.wanted);
                    log_for(&leg.uuid(), Level::Error, &line);
                }
                _ => {
                    self.empty = 0;
                    return;
                }
            }
        }
        if leg.play::<InSlot>(SILENCE, ticket.0).is_err() && leg.is_ready() {
            leg.pause::<InSlot>(PAUSE_MILLIS, ticket.0);
        }
    }

    /// The source had nothing to play; or somebody has ended it as it began, but not twice.
    fn ended_at_once(&mut self, leg: Session<'_>, ticket: Ticket) {
        self.empty = self.empty.saturating_add(1);
        if self.empty == 2 {
            let line = format!("hold music {} is empty", self.wanted);
            log_for(&leg.uuid(), Level::Error, &line);
        }
        if self.empty > 1 {
            leg.pause::<InSlot>(PAUSE_MILLIS, ticket.0);
        }
    }
}
