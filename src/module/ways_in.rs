//! How a call gets into a slot: this leg itself, another leg that is sent here, or a leg that takes up a reservation.

use super::{
    Callpark,
    events::Details,
    identity::{self, Parker},
    table::NamedParker,
    variables,
};
use crate::fs::{
    HostError,
    log::{Level, log_for},
    runtime,
    session::{Session, locate_ending},
};
use callpark_domain::{
    call::Call,
    choices::Direct,
    names::{LotKey, UserAt},
    overrides::Overrides,
    request::{LotRef, inline},
    result::Code,
    settings::{CallSettings, LotSettings},
    table::{Arrival, Want},
};
use std::sync::Arc;

/// Where a call is to go, and on whose word.
pub struct Parking<'a> {
    /// The lot as it was asked for.
    pub lot: Option<&'a LotRef>,
    /// The slot as it was asked for.
    pub want: Want,
    /// Whoever parks, as the legs say.
    pub parker: Parker,
    /// Whoever parks, as the request says: that counts.
    pub named_parker: Option<UserAt>,
    /// Whether the parker's own leg is told the slot while the call goes there.
    pub parker_listens: bool,
    /// Settings of the request itself; they count first.
    pub overrides: Overrides,
}

impl<'a> Parking<'a> {
    /// What a dialplan asks for.
    pub fn by_dialplan(lot: Option<&'a LotRef>, want: Want) -> Self {
        Self {
            lot,
            want,
            parker: Parker::default(),
            named_parker: None,
            parker_listens: false,
            overrides: Overrides::default(),
        }
    }

    /// The lot that is meant for this leg, whether there is one or not.
    pub fn lot_meant(&self, leg: Session<'_>) -> Option<LotKey> {
        identity::lot_key(self.lot, Some(leg), &self.parker)
    }
}

/// A lot that was found, with what counts for one call in it.
pub struct Place {
    /// Whose.
    pub key: LotKey,
    /// Its settings in force.
    pub settings: Arc<LotSettings>,
}

impl Place {
    /// Whether the lot takes the leg as it is: answered, or to be answered by us. A phone that still rings cannot be answered
    /// for its user.
    pub fn takes(&self, leg: Session<'_>) -> Result<(), Code> {
        if leg.is_answered() || self.settings.answer && leg.is_answerable() {
            Ok(())
        } else {
            Err(Code::NotAnswered)
        }
    }

    /// What would count for a call there.
    pub fn settings_of(&self, leg: Session<'_>, parking: &Parking<'_>) -> Arc<CallSettings> {
        let said = variables::overrides(&leg).or(parking.parker.overrides.clone());
        said.over(&self.settings)
    }
}

impl Callpark {
    /// Finds the lot that a request means for this leg, and whether this parker may use it.
    pub fn place(&self, parking: &mut Parking<'_>, leg: Session<'_>) -> Result<Place, Code> {
        // First who parks: whose lot it is can follow from that.
        let named = parking.named_parker.take();
        let named = named.or_else(|| variables::parker(&leg));
        parking.parker = std::mem::take(&mut parking.parker).or_named(named);
        let key = parking.lot_meant(leg).ok_or(Code::NoSuchLot)?;
        let settings = self.table.lock().settings(&key).ok_or(Code::NoSuchLot)?;
        parking.parker = std::mem::take(&mut parking.parker).believe_referred_by(&key.domain);
        if !settings
            .park_allow
            .admits_parker(parking.parker.user.as_ref())
        {
            return Err(Code::Forbidden);
        }
        Ok(Place { key, settings })
    }

    /// What `direct` says for a leg that dialled here.
    pub fn direct(&self, place: &Place, leg: Session<'_>) -> Direct {
        let direct = variables::overrides(&leg)
            .direct
            .unwrap_or(place.settings.direct);
        match direct {
            Direct::Auto if identity::directory_user(&leg).is_some() => Direct::Consult,
            Direct::Auto => Direct::OwnLeg,
            other => other,
        }
    }

    /// Parks this leg and holds it; returns when its call has left the slot. The leg's own thread.
    pub fn park_leg(
        &self,
        leg: Session<'_>,
        place: &Place,
        parking: &Parking<'_>,
        say_slot: bool,
    ) -> Result<(), Code> {
        place.takes(leg)?;
        let arrival = arrival(leg, parking);
        let now = self.now();
        let call = self.table.lock().park(&place.key, arrival, now)?;
        self.settle_in(leg, &call, &parking.parker, say_slot);
        Ok(())
    }

    /// A leg that takes up the reservation behind `secret`. The leg's own thread.
    pub fn take_up(&self, leg: Session<'_>, secret: &str) -> Result<(), Code> {
        let (party, own) = (identity::party(leg), variables::overrides(&leg));
        // What the caller's own leg says of the parker counts before what whoever reserved has said.
        let named = variables::parker(&leg).map(|user| NamedParker {
            context: identity::user_context(&user),
            user,
        });
        let (uuid, now) = (leg.uuid(), self.now());
        let taken = self.table.take_up(secret, &uuid, party, own, named, now);
        let call = taken.inspect_err(|code| self.came_too_late(leg, *code))?;
        identity::forget_referral(leg);
        let parker = call
            .parker_leg
            .as_deref()
            .map(Parker::of_leg)
            .unwrap_or_default()
            .or_named(call.parker.clone());
        self.settle_in(leg, &call, &parker, false);
        Ok(())
    }

    /// Takes a slot for a leg that will come by a string with only a secret in it; the call and that string.
    /// Nothing but the secret goes into it: no name, number or file that a caller controls.
    pub fn reserve(
        &self,
        leg: Session<'_>,
        place: &Place,
        parking: &Parking<'_>,
    ) -> Result<(Call, String), Code> {
        let secret = runtime::secret();
        let destination = inline::park(&secret);
        let arrival = Arrival {
            secret: Some(secret),
            ..arrival(leg, parking)
        };
        let now = self.now();
        let call = self.table.lock().reserve(&place.key, arrival, now)?;
        Ok((call, destination))
    }

    /// Reserves a slot for `target` and sends that leg to it. Any thread.
    pub fn send_to_slot(
        &self,
        target: Session<'_>,
        place: &Place,
        parking: &Parking<'_>,
    ) -> Result<Call, Code> {
        if target.is_down() {
            return Err(Code::Gone);
        }
        place.takes(target)?;
        let (call, destination) = self.reserve(target, place, parking)?;
        self.tell("reserve", &call, Some(target), &Details::default());
        self.arm();
        let sent = target.transfer_inline(&destination);
        if let Err(error) = &sent {
            let line = format!("{} does not reach its slot: {error}", call.id);
            log_for(&call.uuid, Level::Error, &line);
        }
        // A leg that hung up before its reservation was made will not be seen to end; the host transfers it all the same.
        if sent.is_err() || target.is_down() {
            self.expire(&call);
            return Err(Code::Gone);
        }
        Ok(call)
    }

    /// Everything between the slot taken and the music: each step may fail without costing the slot or the caller.
    fn settle_in(&self, leg: Session<'_>, call: &Call, parker: &Parker, say_slot: bool) {
        let _frees = FreesOnPanic {
            module: self,
            leg,
            call,
        };
        leg.set_var(variables::RESULT, Code::Ok.as_str());
        mark(leg, call);
        let parker_leg = parker.uuid.as_deref().filter(|uuid| *uuid != call.uuid);
        if let Some(parker_leg) = parker_leg.and_then(locate_ending) {
            mark_parker(parker_leg.session(), call);
        }
        leg.acknowledge_transfer(true);
        if let Err(error) = ready_for_music(leg) {
            log_for(
                &call.uuid,
                Level::Warning,
                &format!("{} slot {}: {error}", call.id, call.slot),
            );
        }
        leg.track_for_recovery();
        self.tell("park", call, Some(leg), &Details::default());
        let line = format!(
            "{} slot {} of {}: {} parked by {}",
            call.id,
            call.slot,
            call.key,
            call.caller.number,
            call.parker
                .as_ref()
                .map_or_else(|| "unknown".to_owned(), UserAt::to_string),
        );
        log_for(&call.uuid, Level::Notice, &line);
        self.arm();
        self.confirm(call, parker, say_slot || call.parker_listens);
        self.page(call);
        self.hold(leg, call, say_slot);
    }
}

/// Frees the slot of a call that never comes to be held: until then nobody else sees to it.
struct FreesOnPanic<'a> {
    module: &'a Callpark,
    leg: Session<'a>,
    call: &'a Call,
}

impl Drop for FreesOnPanic<'_> {
    /// A call that was held has left by now: this changes nothing then.
    fn drop(&mut self) {
        let outcome = self.module.outcome_of(self.leg);
        self.module.depart(self.leg, self.call.ticket, outcome);
    }
}

fn arrival(leg: Session<'_>, parking: &Parking<'_>) -> Arrival {
    let own = variables::overrides(&leg);
    Arrival {
        id: runtime::new_uuid(),
        uuid: leg.uuid(),
        want: parking.want.clone(),
        caller: identity::party(leg),
        parker: parking.parker.user.clone(),
        parker_leg: parking.parker.uuid.clone(),
        parker_context: parking.parker.context.clone(),
        parker_listens: parking.parker_listens,
        overrides: parking
            .overrides
            .clone()
            .or(own)
            .or(parking.parker.overrides.clone()),
        secret: None,
        random: runtime::random(),
    }
}

fn ready_for_music(leg: Session<'_>) -> Result<(), HostError> {
    if leg.is_bypassing_media() {
        leg.bring_media()?;
    }
    leg.answer()
}

/// The call's data on the leg in the slot, and so in its CDR.
fn mark(leg: Session<'_>, call: &Call) {
    leg.unset_var(variables::OUTCOME);
    leg.unset_var(variables::RETRIEVED_BY);
    leg.unset_var(variables::WAIT);
    // Else a recovery after a crash would look for the former partner instead of the slot.
    leg.unset_var(c"signal_bond");
    leg.unset_var(c"originate_signal_bond");
    leg.set_var(variables::ID, &call.id);
    mark_place(leg, call);
    leg.set_var(variables::PARKED_AT, &call.parked_at.to_string());
    match &call.parker {
        Some(parker) => leg.set_var(variables::PARKED_BY, &parker.to_string()),
        None => leg.unset_var(variables::PARKED_BY),
    }
}

/// Lot and slot, which a move changes.
pub fn mark_place(leg: Session<'_>, call: &Call) {
    leg.set_var(variables::LOT, &call.key.to_string());
    leg.set_var(variables::SLOT, &call.slot);
}

/// The call's data on a leg of whoever parked it.
pub fn mark_parker(leg: Session<'_>, call: &Call) {
    leg.set_var(variables::ID, &call.id);
    leg.set_var(variables::SLOT, &call.slot);
}
