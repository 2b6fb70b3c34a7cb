//! The call that a user has on hold: a phone that cannot transfer holds it, dials the park extension, and hangs up.

use super::{
    Callpark, announce,
    identity::{self, Parker},
    ways_in::{Parking, mark_parker},
};
use crate::fs::{
    channel::Cause,
    session::{Located, Session, legs_with, locate},
};
use callpark_domain::{call::Call, names::UserAt, result::Code};
use std::collections::BTreeSet;

/// How often the slot is said, and how long the pause is in between.
const TIMES: u32 = 3;
const AGAIN_MILLIS: u32 = 4000;

impl Callpark {
    /// Parks what the leg `held` has on hold, and tells the leg that dialled where; then that one is done. The leg's own
    /// thread.
    pub fn park_held(
        &self,
        leg: Session<'_>,
        held: &str,
        parking: &mut Parking<'_>,
    ) -> Result<(), Code> {
        let call = {
            let held = locate(held).ok_or(Code::Gone)?;
            let partner = held.session().partner().ok_or(Code::Gone)?;
            let dialled = std::mem::take(&mut parking.parker);
            parking.parker = dialled.with_call_on(Parker::of(&held.session()));
            let place = self.place(parking, partner.session())?;
            // Before the call is in its slot: a phone shows nothing of it sooner.
            leg.answer().map_err(|_| Code::Gone)?;
            let call = self.send_to_slot(partner.session(), &place, parking)?;
            mark_parker(held.session(), &call);
            call
        };
        mark_parker(leg, &call);
        self.say_where(leg, &call);
        leg.hang_up(Cause::NORMAL_CLEARING);
        Ok(())
    }

    fn say_where(&self, leg: Session<'_>, call: &Call) {
        for _ in 0..TIMES {
            announce::slot::<announce::Uninterrupted>(leg, &call.slot, 0);
            leg.pause::<announce::Uninterrupted>(AGAIN_MILLIS, 0);
            if !leg.is_ready() {
                return;
            }
        }
    }
}

/// The leg of the same user whose phone holds a call: held last, if there are several.
pub fn held_last(leg: Session<'_>) -> Option<String> {
    other_calls(leg)
        .filter(|other| other.session().is_holding())
        .max_by_key(|other| other.session().last_hold())
        .map(|other| other.session().uuid())
}

/// Whether the same user talks to somebody on another leg, or has somebody on hold there.
pub fn has_another_call(leg: Session<'_>) -> bool {
    other_calls(leg).next().is_some()
}

/// The user's leg that talks to somebody: of several the one that began to talk last, of those only that none holds.
pub fn current_call(user: &UserAt) -> Option<Located> {
    calls_of(user.clone()).max_by_key(|leg| {
        let leg = leg.session();
        (!leg.is_holding(), leg.answered_at())
    })
}

/// Other calls of this leg's user.
fn other_calls(leg: Session<'_>) -> impl Iterator<Item = Located> {
    let own = leg.uuid();
    identity::directory_user(&leg)
        .into_iter()
        .flat_map(calls_of)
        .filter(move |other| other.session().uuid() != own)
}

/// Legs of a user that are answered and have a partner.
fn calls_of(user: UserAt) -> impl Iterator<Item = Located> {
    // Legs that may be this user's: whoever they are must be looked at.
    let mut legs: BTreeSet<_> = legs_with(c"user_name", &user.user).into_iter().collect();
    legs.extend(legs_with(c"dialed_user", &user.user));
    if let Some(module) = Callpark::current() {
        legs.extend(module.dialled.legs_of(&user));
    }
    legs.into_iter()
        .filter_map(|uuid| locate(&uuid))
        .filter(move |leg| {
            let leg = leg.session();
            leg.is_answered()
                && leg.partner().is_some()
                && identity::directory_user(&leg).as_ref() == Some(&user)
        })
}
