//! `callpark`: parks a call. Which one depends on how the leg got here.

use crate::{
    fs::{api::Application, channel::Cause, session::Session},
    module::{
        Callpark, announce,
        held::held_last,
        identity::{self, Parker},
        ways_in::{Parking, Place},
    },
};
use callpark_domain::{
    call::Call,
    choices::Direct,
    names::LotKey,
    request::{ParkRequest, inline},
    result::Code,
};
use std::ffi::CStr;

/// The application `callpark`.
pub struct Park;

impl Application for Park {
    const NAME: &'static CStr = c"callpark";
    const DESCRIPTION: &'static CStr = c"Park a call in a slot that the whole team can reach";
    const SYNTAX: &'static CStr = c"[<lot>[@<domain>]] [auto|<slot>]";

    fn run(leg: Session<'_>, arguments: &str) {
        super::run(leg, "callpark", |module| {
            match ParkRequest::parse(arguments)? {
                ParkRequest::Ticket(secret) => module.take_up(leg, &secret),
                ParkRequest::Slot { lot, want } => {
                    module.park(leg, Parking::by_dialplan(lot.as_ref(), want))
                }
                ParkRequest::Say(slot) => {
                    announce::slot::<announce::Uninterrupted>(leg, &slot, 0);
                    leg.hang_up(Cause::NORMAL_CLEARING);
                    Ok(())
                }
                ParkRequest::Page(slot) => {
                    announce::page(leg, &slot);
                    leg.hang_up(Cause::NORMAL_CLEARING);
                    Ok(())
                }
            }
        });
    }
}

/// How the leg got to the application, by its own state.
enum Way {
    /// Keyed in a call: the partner is meant.
    InCall,
    /// A transfer brought it: it is meant itself, and the transferor is the parker.
    Transferred,
    /// It dialled.
    Dialled,
}

fn way(leg: Session<'_>) -> Way {
    if leg.is_bridged() {
        Way::InCall
    } else if identity::was_transferred(leg) {
        Way::Transferred
    } else {
        Way::Dialled
    }
}

impl Callpark {
    /// Parks whichever call is meant. The leg's own thread.
    pub fn park(&self, leg: Session<'_>, parking: Parking<'_>) -> Result<(), Code> {
        match way(leg) {
            // Whoever meant to take a call by INVITE with Replaces has ended it thereby: joining is not ours to do.
            Way::Dialled if identity::took_anothers_place(leg) => {
                self.refuse(leg, Code::Gone, parking.lot_meant(leg).as_ref(), &parking)
            }
            Way::InCall => self.park_partner(leg, parking),
            Way::Transferred => self.park_transferred(leg, parking),
            Way::Dialled => self.park_dialled(leg, parking),
        }
    }

    fn park_partner(&self, leg: Session<'_>, mut parking: Parking<'_>) -> Result<(), Code> {
        parking.parker = Parker::of(&leg);
        parking.parker_listens = true;
        let sent = {
            let partner = leg.partner().ok_or(Code::Gone)?;
            let partner = partner.session();
            let sent = self
                .place(&mut parking, partner)
                .and_then(|place| self.send_to_slot(partner, &place, &parking));
            sent.map_err(|code| (code, parking.lot_meant(partner)))
        };
        match sent {
            Ok(call) => {
                self.release(leg, &call);
                Ok(())
            }
            Err((code, lot)) => self.refuse(leg, code, lot.as_ref(), &parking),
        }
    }

    /// The parker hears where the call is and is let go. Not in here, inside of the bridge: the partner's thread would
    /// wait for the end of it, and its party hear nothing meanwhile.
    fn release(&self, leg: Session<'_>, call: &Call) {
        let says = call.settings.confirm.ways(true).audio;
        let said = says && leg.transfer_inline(&inline::say(&call.slot)).is_ok();
        if !said {
            leg.hang_up(Cause::NORMAL_CLEARING);
        }
    }

    fn park_transferred(&self, leg: Session<'_>, mut parking: Parking<'_>) -> Result<(), Code> {
        parking.parker = Parker::transferor_of(leg);
        let place = self.place(&mut parking, leg);
        let parked = match &place {
            Ok(place) => self.park_leg(leg, place, &parking, false),
            Err(code) => Err(*code),
        };
        parked.inspect_err(|code| {
            let lot = parking.lot_meant(leg);
            self.tell_refusal(*code, lot.as_ref(), parking.want.slot(), Some(leg));
            let meanwhile = place.ok().map(|place| place.meanwhile(leg, &parking));
            let meanwhile = meanwhile.unwrap_or_default();
            self.give_back(leg, &parking.parker, &meanwhile, *code);
        })
    }

    fn park_dialled(&self, leg: Session<'_>, mut parking: Parking<'_>) -> Result<(), Code> {
        parking.parker = Parker::of(&leg);
        let parked = self
            .place(&mut parking, leg)
            .and_then(|place| self.park_as_dialled(leg, &place, &mut parking));
        parked.or_else(|code| {
            let lot = parking.lot_meant(leg);
            self.refuse(leg, code, lot.as_ref(), &parking)
        })
    }

    fn park_as_dialled(
        &self,
        leg: Session<'_>,
        place: &Place,
        parking: &mut Parking<'_>,
    ) -> Result<(), Code> {
        let direct = self.direct(place, leg);
        parking.parker_listens = direct != Direct::OwnLeg;
        let held = (direct == Direct::Held).then(|| held_last(leg)).flatten();
        match (direct, held) {
            (Direct::OwnLeg, _) => self.park_leg(leg, place, parking, true),
            (_, Some(held)) => self.park_held(leg, &held, parking),
            (_, None) => self.consult(leg, place, parking),
        }
    }

    /// Tells a leg that is still its caller's own why it did not work.
    fn refuse(
        &self,
        leg: Session<'_>,
        code: Code,
        lot: Option<&LotKey>,
        parking: &Parking<'_>,
    ) -> Result<(), Code> {
        self.tell_refusal(code, lot, parking.want.slot(), Some(leg));
        announce::refusal(leg, code, parking.want.as_str());
        Err(code)
    }
}
