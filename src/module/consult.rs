//! A consultation: a user dialled the park extension, hears a slot, and completes the attended transfer onto it.

use super::{
    Callpark, announce,
    events::Details,
    hold::InSlot,
    ways_in::{Parking, Place},
};
use crate::fs::{channel::Cause, session::Session};
use callpark_domain::{
    call::{Call, Outcome},
    result::Code,
};

/// What mod_sofia runs on the party that the transfer brings, instead of dialling the consultation's number.
const INLINE_DESTINATION: &std::ffi::CStr = c"inline_destination";
/// Between two times that the slot is said.
const AGAIN_MILLIS: u32 = 5000;
/// How long the end of a leg may take whose transfer is completed.
const COMPLETED_MILLIS: u32 = 2000;

impl Callpark {
    /// Reserves a slot and says it until the user transfers, hangs up, or the reservation ends. The leg's own thread.
    pub fn consult(
        &self,
        leg: Session<'_>,
        place: &Place,
        parking: &Parking<'_>,
    ) -> Result<(), Code> {
        place.takes(leg)?;
        let (call, destination) = self.reserve(leg, place, parking)?;
        leg.set_var(INLINE_DESTINATION, &destination);
        self.tell("reserve", &call, Some(leg), &Details::default());
        self.arm();
        if leg.answer().is_err() {
            self.expire(&call);
            return Err(Code::Gone);
        }
        self.say_until_taken(leg, &call);
        leg.unset_var(INLINE_DESTINATION);
        if !leg.is_ready() {
            if leg.cause() != Some(Cause::ATTENDED_TRANSFER) {
                self.expire(&call);
            }
            return Ok(());
        }
        if self.table.has_left(call.ticket) {
            announce::say(leg, c"callpark_expired", &call.slot);
        } else {
            // Taken up just now: whoever completes the transfer hangs this leg up, and says why.
            leg.pause::<announce::Uninterrupted>(COMPLETED_MILLIS, 0);
        }
        // There is nothing left to consult about: a dialplan that went on would do something else with the user.
        leg.hang_up(Cause::NORMAL_CLEARING);
        Ok(())
    }

    fn say_until_taken(&self, leg: Session<'_>, call: &Call) {
        while leg.is_ready() && self.table.is_reserved(call.ticket) {
            announce::slot::<InSlot>(leg, &call.slot, call.ticket.0);
            leg.pause::<InSlot>(AGAIN_MILLIS, call.ticket.0);
        }
    }

    /// The leg for which a slot was reserved, on its way there, has hung up.
    pub fn forsake(&self, uuid: &str) {
        let now = self.now();
        if let Some(departed) = self.table.forsake(uuid, now) {
            self.slot_closed(&departed.call, Outcome::Expired);
        }
    }

    /// A reservation that was taken up meanwhile is somebody's call: only one that is still waiting ends.
    pub fn expire(&self, call: &Call) {
        let now = self.now();
        if let Some(departed) = self.table.expire(call.ticket, now) {
            self.slot_closed(&departed.call, Outcome::Expired);
        }
    }
}
