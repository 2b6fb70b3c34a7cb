//! The verbs that do something to calls.

use super::Refusal;
use crate::{
    fs::{
        runtime,
        session::{Located, locate},
    },
    module::{
        Callpark,
        events::Details,
        identity::Parker,
        ways_in::{Parking, mark_place},
    },
};
use callpark_domain::{
    call::{Call, Destination, Outcome, Purpose},
    overrides::Overrides,
    request::LotRef,
    result::Code,
    table::{Want, Which},
    verb::{ParkVerb, Target, Verb},
};

/// The call that something was done to, as it is now.
type Acted = Result<Call, Refusal>;

impl Callpark {
    /// Carries out a verb that does something to a call.
    pub(super) fn act(&self, verb: Verb) -> Acted {
        match verb {
            Verb::Park(park) => self.park_channel(&park),
            Verb::Retrieve { lot, which, target } => self.retrieve_to(&lot, &which, &target),
            Verb::Return { lot, which } => self.return_now(&lot, &which),
            Verb::Transfer { lot, which, to } => self.transfer_away(&lot, &which, to),
            Verb::Drop { lot, which } => self.drop_call(&lot, &which),
            Verb::Move {
                lot,
                which,
                to,
                want,
            } => self.move_slot(&lot, &which, to.as_ref(), want),
            _ => Err(Code::Usage.into()),
        }
    }

    fn park_channel(&self, park: &ParkVerb) -> Acted {
        let leg = found(&park.uuid)?;
        let partner = leg.session().partner();
        let (target, parker) = if park.bleg {
            let partner =
                partner.ok_or_else(|| Refusal::new(Code::Gone, "that channel has no partner"))?;
            (partner, Some(leg))
        } else {
            (leg, partner)
        };
        let mut overrides = Overrides::default();
        if let Some(seconds) = &park.timeout {
            let taken = overrides.set("timeout", seconds);
            taken.map_err(|error| Refusal::new(Code::Usage, error.to_string()))?;
        }
        let parker = parker
            .map(|parker| Parker::of(&parker.session()))
            .unwrap_or_default();
        let mut parking = Parking {
            lot: park.lot.as_ref(),
            want: park.want.clone(),
            parker,
            named_parker: park.parker.clone(),
            parker_listens: false,
            overrides,
        };
        let target = target.session();
        let place = self.place(&mut parking, target)?;
        Ok(self.send_to_slot(target, &place, &parking)?)
    }

    fn retrieve_to(&self, lot: &LotRef, which: &Which, target: &Target) -> Acted {
        let call = self.parked_at(lot, which)?;
        let fetched = match target {
            Target::Uuid(uuid) => self.hand_over(&call, uuid),
            Target::User(user) => self.fetch(&call, &format!("user/{user}"), Some(user)),
            Target::DialString(dial) => self.fetch(&call, dial, None),
        };
        fetched.map_err(|(code, why)| Refusal::new(code, why))?;
        Ok(call)
    }

    fn return_now(&self, lot: &LotRef, which: &Which) -> Acted {
        let call = self.parked_at(lot, which)?;
        if self.ringing.room() == 0 {
            let why = "as many phones ring back already as may at once";
            return Err(Refusal::new(Code::Failed, why));
        }
        let now = self.now();
        let call = self.table.lock().ring_now(call.ticket, now)?;
        self.ring(&call);
        self.arm();
        Ok(call)
    }

    fn transfer_away(&self, lot: &LotRef, which: &Which, to: Destination) -> Acted {
        let outcome = Outcome::Transferred;
        self.send_off(lot, which, Purpose::Transfer { to, outcome })
    }

    fn drop_call(&self, lot: &LotRef, which: &Which) -> Acted {
        let cause = "NORMAL_CLEARING";
        self.send_off(lot, which, Purpose::Drop { cause })
    }

    /// Claims the call for what its own thread then does.
    fn send_off(&self, lot: &LotRef, which: &Which, purpose: Purpose) -> Acted {
        let call = self.parked_at(lot, which)?;
        let call = self.table.lock().claim(call.ticket, purpose)?;
        self.wake(&call);
        Ok(call)
    }

    fn move_slot(&self, lot: &LotRef, which: &Which, to: Option<&LotRef>, want: Want) -> Acted {
        let call = self.parked_at(lot, which)?;
        let key = to.map_or_else(|| call.key.clone(), |to| to.beside(&call.key));
        let random = runtime::random();
        let moved = self
            .table
            .lock()
            .move_call(call.ticket, &key, &want, random)?;
        if let Some(leg) = locate(&moved.uuid) {
            mark_place(leg.session(), &moved);
        }
        self.tell("move", &moved, None, &Details::default());
        Ok(moved)
    }
}

fn found(uuid: &str) -> Result<Located, Refusal> {
    locate(uuid).ok_or_else(|| Refusal::new(Code::Gone, "no such channel, or it is hanging up"))
}
