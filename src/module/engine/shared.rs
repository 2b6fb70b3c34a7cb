//! A held call's own thread: it sleeps while the engine serves its leg, and wakes for what only it may do.

use super::{
    choose::{Way, Why},
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
const LOOK_MICROS: i64 = 1_000_000;

/// How one call is held, from its slot to the way out. On its leg's own thread.
pub struct Holder<'a> {
    module: &'a Callpark,
    leg: Session<'a>,
    call: &'a Call,
    loan: Option<Arc<Loan>>,
    /// Once its visits took too long it stays with its own thread.
    was_slow: bool,
}

impl<'a> Holder<'a> {
    /// Nothing is held yet.
    pub fn new(module: &'a Callpark, leg: Session<'a>, call: &'a Call) -> Self {
        let wanted = module.table.lock().module_settings().hold_engine;
        let loan = match wanted {
            HoldEngine::Shared => Loan::new().ok().map(Arc::new),
            HoldEngine::Thread => None,
        };
        Self {
            module,
            leg,
            call,
            loan,
            was_slow: false,
        }
    }

    /// Holds the call until there may be something to do for it.
    pub fn hold(&mut self, music: &mut Music) {
        let Some(loan) = self.loan.clone() else {
            self.note(&Way::Thread);
            return music.play(self.leg, self.call.ticket);
        };
        match self.place(&loan, music) {
            Ok(member) => {
                self.note(&Way::Shared);
                self.share(&member);
            }
            Err(Why::NotNow) => {
                self.note(&Way::ThreadFor(Why::NotNow));
                self.leg.pause::<InSlot>(NOT_NOW_MILLIS, self.call.ticket.0);
            }
            Err(why) => {
                self.note(&Way::ThreadFor(why));
                music.play(self.leg, self.call.ticket);
            }
        }
    }

    fn place(&self, loan: &Arc<Loan>, music: &Music) -> Result<Arc<Member>, Why> {
        if self.was_slow {
            return Err(Why::Has("its reads take long"));
        }
        self.module.engine.place(self.leg, &music.wanted, loan)
    }

    fn note(&self, way: &Way) {
        if self.module.engine.note_way(self.call.ticket.0, way) {
            let (id, slot) = (&self.call.id, &self.call.slot);
            let level = match way {
                Way::ThreadFor(Why::Has(_)) if self.was_slow => Level::Warning,
                _ => Level::Info,
            };
            log_for(
                &self.call.uuid,
                level,
                &format!("{id} slot {slot}: hold {way}"),
            );
        }
    }

    /// Sleeps while the engine serves the leg; for its SIP and its keys it takes the leg back for a moment.
    fn share(&mut self, member: &Arc<Member>) {
        let engine = &self.module.engine;
        let _known = Known::make(self.module, &self.call.uuid, &member.loan);
        let Ok(_hook) = SignalHook::<Signal>::set(self.leg) else {
            return;
        };
        if !engine.seat(member) {
            self.was_slow = true;
            return;
        }
        let _seated = Seated {
            module: self.module,
            member,
        };
        while self.attend() && self.stays(member) && member.fits(self.leg) {
            let _untimed = self.leg.without_rtp_timer();
            self.leg
                .lend(&member.loan, LOOK_MICROS, || self.stays(member));
        }
        self.was_slow = member.is_too_slow();
        self.leg.forget_unread();
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
    fn stays(&self, member: &Member) -> bool {
        self.leg.is_ready()
            && !self.leg.has_media_bug()
            && !member.is_too_slow()
            && !member.track.is_broken()
            && !self.module.engine.is_closed()
            && self.module.table.asked(self.call.ticket) == Asked::Nothing
    }
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        self.module.engine.forget_way(self.call.ticket.0);
    }
}

/// The leg can be woken by its UUID, until dropped.
struct Known<'a> {
    module: &'a Callpark,
    uuid: &'a str,
}

impl<'a> Known<'a> {
    fn make(module: &'a Callpark, uuid: &'a str, loan: &Arc<Loan>) -> Self {
        let loan = Arc::clone(loan);
        module
            .engine
            .held
            .lock()
            .loans
            .insert(uuid.to_owned(), loan);
        Self { module, uuid }
    }
}

impl Drop for Known<'_> {
    fn drop(&mut self) {
        self.module.engine.held.lock().loans.remove(self.uuid);
    }
}

/// The call is in the engine, until dropped.
struct Seated<'a> {
    module: &'a Callpark,
    member: &'a Arc<Member>,
}

impl Drop for Seated<'_> {
    fn drop(&mut self) {
        self.module.engine.unseat(self.member);
    }
}

/// The host has something for a held leg's thread.
struct Signal;

impl Signalled for Signal {
    fn signalled(leg: Session<'_>) {
        if let Some(module) = Callpark::current() {
            module.engine.wake(&leg.uuid());
        }
    }
}
