//! A call that found no slot, and whose parker has let go of it already: the parker's phone rings at once.

use super::{
    Callpark,
    announce::Uninterrupted,
    connect::AfterBridge,
    hold::send_on,
    identity::{self, Parker},
    ringing::Job,
    take_back::TakeBack,
    variables::Borrowed,
    ways_in::{Parking, Place},
};
use crate::fs::{
    channel::Cause,
    log::{Level, log_for},
    originate::{Cancel, Dial, originate_for},
    session::{Session, locate},
};
use callpark_domain::{
    call::Destination, names::UserAt, result::Code, settings::CallSettings, table::Want,
    template::TemplateValues,
};
use std::sync::Arc;

/// Before the caller's name on the parker's display.
const PREFIX: &str = "Not parked: ";
/// How long a transferor's leg may take to pick the caller up again, in milliseconds; the core's own figure for it.
const TAKE_BACK_MILLIS: u32 = 10_000;
/// How often we look whether it still can.
const LOOK_MILLIS: u32 = 250;

/// What counts while a caller is given back.
#[derive(Debug, Default)]
pub struct Meanwhile {
    /// What would have counted for the call in its slot; of no lot: the defaults.
    settings: Arc<CallSettings>,
    music: Option<String>,
}

impl Place {
    /// What counts while a caller is given back that this place has not taken.
    pub fn meanwhile(&self, leg: Session<'_>, parking: &Parking<'_>) -> Meanwhile {
        let settings = self.settings_of(leg, parking);
        let values = self.template_values(parking);
        let music = settings.hold_music.as_ref();
        let music = music.map(|music| music.expand(&values));
        Meanwhile { settings, music }
    }

    fn template_values<'a>(&'a self, parking: &'a Parking<'_>) -> TemplateValues<'a> {
        TemplateValues {
            key: &self.key,
            slot: parking.want.as_str(),
            parker: parking.parker.user.as_ref(),
        }
    }
}

impl Callpark {
    /// Gives a transferred caller back: to the transferor that still waits for the result, else by ringing the parker,
    /// music meanwhile. Returns when neither took the call, or when they have talked.
    pub fn give_back(&self, leg: Session<'_>, parker: &Parker, meanwhile: &Meanwhile, code: Code) {
        let uuid = leg.uuid();
        let transferor = leg.var(c"blind_transfer_uuid").unwrap_or_default();
        if leg.acknowledge_transfer(false) {
            let line = format!("not parked ({}): back to the transferor", code.as_str());
            log_for(&uuid, Level::Notice, &line);
            let party = identity::party(leg);
            if taken_back(leg, &transferor) {
                return self.watch_over(TakeBack {
                    caller: uuid,
                    party,
                    transferor,
                });
            }
        }
        let Some(user) = &parker.user else { return };
        let line = format!("not parked ({}): ringing {user}", code.as_str());
        log_for(&uuid, Level::Notice, &line);
        if let Some(cause) = self.ring_with(leg, user, meanwhile) {
            let line = format!(
                "{user} did not answer ({}): on with the dialplan",
                cause.name()
            );
            log_for(&uuid, Level::Notice, &line);
        }
    }

    /// A leg that was sent to a slot and finds its reservation gone: whoever sent it is rung, as for any refused call.
    pub fn came_too_late(&self, leg: Session<'_>, code: Code) {
        self.tell_refusal(code, None, None, Some(leg));
        // Which lot it was nobody knows any more: what counts is what the lot `default` says.
        let mut parking = Parking {
            parker: Parker::transferor_of(leg),
            ..Parking::by_dialplan(None, Want::Auto)
        };
        let place = self.place(&mut parking, leg).ok();
        let meanwhile = place.as_ref().map(|place| place.meanwhile(leg, &parking));
        let meanwhile = meanwhile.unwrap_or_default();
        self.give_back(leg, &parking.parker, &meanwhile, code);
        // A leg that came by a ticket has no dialplan to go on with.
        let fallback = place.and_then(|place| {
            let values = place.template_values(&parking);
            let context = parking.parker.context.as_deref();
            Destination::fallback(&meanwhile.settings, &values, context)
        });
        let Some(to) = fallback.filter(|_| leg.is_ready()) else {
            return;
        };
        let line = format!("not parked ({}): on to {}", code.as_str(), to.exten);
        log_for(&leg.uuid(), Level::Notice, &line);
        send_on(leg, &to, "a caller who was not parked");
    }

    fn watch_over(&self, legs: TakeBack) {
        let caller = legs.caller.clone();
        if let Err(error) = self.ringing.start(None, Job::TakeBack(Arc::new(legs))) {
            let line = format!("nobody watches whether the transferor gets the caller: {error}");
            log_for(&caller, Level::Warning, &line);
        }
    }

    /// `None` when the parker answered, or the caller is gone.
    fn ring_with(&self, leg: Session<'_>, user: &UserAt, meanwhile: &Meanwhile) -> Option<Cause> {
        let caller = identity::party(leg);
        let name = format!("{PREFIX}{}", caller.name);
        let music = meanwhile.music.clone().or_else(|| leg.hold_music());
        let seconds = meanwhile.settings.ring_timeout;
        let dial = Dial {
            to: &format!("user/{user}"),
            seconds,
            number: &caller.number,
            name: &name,
            variables: &[("ignore_early_media", "true"), ("loopback_bowout", "false")],
        };
        let answered = {
            let _music = music.map(|music| Borrowed::set(leg, c"transfer_ringback", &music));
            // The endpoint `user` takes its limit from the leg that it dials for.
            let _limit = Borrowed::set(leg, c"call_timeout", &seconds.to_string());
            originate_for(leg, &dial, &Cancel::default())
        };
        match answered {
            Ok(parker) => {
                let parker = parker.session();
                let after = AfterBridge::set_aside(leg);
                leg.bridge_with(parker);
                let talked = leg.var(c"signal_bond") == Some(parker.uuid());
                if talked && leg.is_ready() {
                    leg.hang_up(Cause::NORMAL_CLEARING);
                }
                after.put_back(leg);
                (!talked).then_some(Cause::ORIGINATOR_CANCEL)
            }
            Err(cause) => leg.is_ready().then_some(cause),
        }
    }
}

/// Waits until the core has taken the leg away, back to the transferor; `false` when that leg is gone, or does not come.
fn taken_back(leg: Session<'_>, transferor: &str) -> bool {
    for _ in 0..TAKE_BACK_MILLIS / LOOK_MILLIS {
        leg.pause::<Uninterrupted>(LOOK_MILLIS, 0);
        if !leg.is_ready() {
            return true;
        }
        if locate(transferor).is_none() {
            return false;
        }
    }
    false
}
