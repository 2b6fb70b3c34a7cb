//! A held call's own thread: it sleeps while the engine serves its leg, and wakes for what only it may do.

use super::{
    Engine,
    choose::{Nature, Way, Why, fit},
    member::Member,
};
use crate::{
    fs::{
        hook::{SignalHook, Signalled},
        lend::Loan,
        log::{Level, log_for},
        media::Listener,
        session::Session,
    },
    module::{
        Callpark,
        hold::{InSlot, Music},
        table::Asked,
    },
};
use callpark_domain::{call::Call, config::HoldEngine};
use std::sync::Arc;

/// How long a leg that cannot be served for now is left to its own thread, in milliseconds.
const NOT_NOW_MILLIS: u32 = 200;
/// How often a sleeping thread looks by itself, in microseconds. It is woken for everything: this is for what nobody knew of.
/// The engine misses a call whose thread looks at that very moment, so it is not often.
const LOOK_MICROS: i64 = 5_000_000;

/// How one call is held, from its slot to the way out. On its leg's own thread.
pub struct Holder<'a> {
    module: &'a Callpark,
    leg: Session<'a>,
    call: &'a Call,
    /// The engine, a loan for the leg, and what the leg is, where the configuration wants it.
    engine: Option<(Arc<Engine>, Arc<Loan>, Nature)>,
    /// Wakes the leg's thread for all that waits for it; from the first time that the engine has the leg.
    hook: Option<SignalHook<'a, Signal>>,
    /// Why the call stays with its own thread: for good, or for now.
    refused: Option<Why>,
}

impl<'a> Holder<'a> {
    /// Nothing is held yet.
    pub fn new(module: &'a Callpark, leg: Session<'a>, call: &'a Call) -> Self {
        let engine = module.engine().filter(|_| {
            let wanted = module.table.lock().module_settings().hold_engine;
            wanted == HoldEngine::Shared
        });
        let engine =
            engine.and_then(|engine| Some((engine, Arc::new(Loan::new().ok()?), Nature::of(leg))));
        Self {
            module,
            leg,
            call,
            engine,
            hook: None,
            refused: None,
        }
    }

    /// Holds the call until there may be something to do for it.
    pub fn hold(&mut self, music: &mut Music) {
        let Some((engine, loan, nature)) = self.engine.clone() else {
            return music.play(self.leg, self.call.ticket);
        };
        let place = match self.refused.clone() {
            Some(why) => Err(why),
            None => engine.place(self.leg, nature, self.call, &music.wanted, &loan),
        };
        match place {
            Ok(member) => {
                self.note(&engine, &Way::Shared);
                self.refused = self.share(&engine, &member).err();
            }
            Err(Why::NotNow) => {
                self.note(&engine, &Way::ThreadFor(Why::NotNow));
                self.leg.pause::<InSlot>(NOT_NOW_MILLIS, self.call.ticket.0);
            }
            Err(why) => {
                self.note(&engine, &Way::ThreadFor(why));
                music.play(self.leg, self.call.ticket);
                self.refused.take_if(|why| matches!(why, Why::While(_)));
            }
        }
    }

    fn note(&self, engine: &Engine, way: &Way) {
        if engine.note_way(self.call.ticket.0, way) {
            let (id, slot) = (&self.call.id, &self.call.slot);
            let level = match self.refused {
                Some(Why::Has(_)) => Level::Warning,
                _ => Level::Info,
            };
            log_for(
                &self.call.uuid,
                level,
                &format!("{id} slot {slot}: hold {way}"),
            );
        }
    }

    /// Sleeps while the engine serves the leg; for its SIP and its keys it takes the leg back for a moment. The error says
    /// why the engine cannot have it again.
    fn share(&mut self, engine: &Engine, member: &Arc<Member>) -> Result<(), Why> {
        let _known = Known::make(engine, &self.call.uuid, &member.loan);
        self.hear_signals()?;
        let seat = engine.seat(member);
        let seat = seat.ok_or(Why::Has("the engine has no thread for it"))?;
        while self.attend() && !seat.is_lost() && self.stays(engine, member) {
            let untimed = self.leg.without_rtp_timer();
            self.leg.lend(&member.loan, LOOK_MICROS);
            if !untimed.keeps_stamps() {
                return Err(Why::Has("the host sets its time stamps"));
            }
        }
        self.leg.forget_unread();
        match member.unfit() {
            Some(why) => Err(why.clone()),
            None if member.track.is_broken() => Err(Why::Has("its music is not encoded any more")),
            None => Ok(()),
        }
    }

    /// A hook takes of the session's memory, each time that it is set: it stays.
    fn hear_signals(&mut self) -> Result<(), Why> {
        if self.hook.is_none() {
            let hook = SignalHook::set(self.leg);
            self.hook = Some(hook.map_err(|_| Why::Has("the host takes no hook for it"))?);
        }
        Ok(())
    }

    /// Handles what waits for the leg's thread; `false` when the leg is not ours any more.
    fn attend(&self) -> bool {
        self.leg.attend();
        // Nothing of the host's plays here that a break could end.
        self.leg.clear_wake();
        while let Some(key) = self.leg.next_key() {
            InSlot::key(self.call.ticket.0, key);
        }
        self.leg.is_ready()
    }

    /// Whether the call may go on as it is.
    fn stays(&self, engine: &Engine, member: &Member) -> bool {
        member.fits(self.leg)
            && fit(self.leg).is_ok()
            && member.unfit().is_none()
            && member.has_bound_keys() == self.leg.has_bound_keys()
            && !engine.is_closed()
            && self.module.table.asked(self.call.ticket) == Asked::Nothing
    }
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        if let Some((engine, ..)) = &self.engine {
            engine.forget_way(self.call.ticket.0);
        }
    }
}

/// The leg can be woken by its UUID, until dropped.
struct Known<'a> {
    engine: &'a Engine,
    uuid: &'a str,
}

impl<'a> Known<'a> {
    fn make(engine: &'a Engine, uuid: &'a str, loan: &Arc<Loan>) -> Self {
        let loan = Arc::clone(loan);
        engine.held.lock().loans.insert(uuid.to_owned(), loan);
        Self { engine, uuid }
    }
}

impl Drop for Known<'_> {
    fn drop(&mut self) {
        let _loan = self.engine.held.lock().loans.remove(self.uuid);
    }
}

/// The host has something for a held leg's thread.
struct Signal;

impl Signalled for Signal {
    fn signalled(leg: Session<'_>) {
        if let Some(module) = Callpark::current() {
            module.wake_held(&leg.uuid());
        }
    }
}
