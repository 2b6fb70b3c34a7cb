//! A call that found no slot, and whose parker has let go of it already: the parker's phone rings at once.

use super::{
    Callpark, announce::Uninterrupted, connect::AfterBridge, identity::Parker, ways_in::Parking,
};
use crate::fs::{
    channel::Cause,
    log::{Level, log_for},
    originate::{Cancel, Dial, originate_for},
    session::{Session, locate},
};
use callpark_domain::{names::UserAt, result::Code, table::Want};

/// Before the caller's name on the parker's display.
const PREFIX: &str = "Not parked: ";
/// The contract's default of `ring-timeout`: there is no lot whose own one would count.
const RING_SECONDS: u32 = 30;
/// How long a transferor's leg may take to pick the caller up again, in milliseconds; the core's own figure for it.
const TAKE_BACK_MILLIS: u32 = 10_000;
/// How often we look whether it still can.
const LOOK_MILLIS: u32 = 250;

impl Callpark {
    /// Gives a transferred caller back: to the transferor that still waits for the result, else by ringing the parker,
    /// music meanwhile. Returns when neither took the call, or when they have talked.
    pub fn give_back(&self, leg: Session<'_>, parker: &Parker, music: Option<String>, code: Code) {
        let uuid = leg.uuid();
        let transferor = leg.var(c"blind_transfer_uuid").unwrap_or_default();
        if leg.acknowledge_transfer(false) {
            let line = format!("not parked ({}): back to the transferor", code.as_str());
            log_for(&uuid, Level::Notice, &line);
            if taken_back(leg, &transferor) {
                return;
            }
        }
        let Some(user) = &parker.user else { return };
        let line = format!("not parked ({}): ringing {user}", code.as_str());
        log_for(&uuid, Level::Notice, &line);
        if let Some(cause) = self.ring_with(leg, user, music) {
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
        // Which lot it was nobody knows any more: the music is that of the lot `default`.
        let mut parking = Parking {
            parker: Parker::transferor_of(leg),
            ..Parking::by_dialplan(None, Want::Auto)
        };
        let place = self.place(&mut parking, leg).ok();
        let music = place.and_then(|place| place.hold_music(leg, &parking));
        self.give_back(leg, &parking.parker, music, code);
    }

    /// `None` when the parker answered, or the caller is gone.
    fn ring_with(&self, leg: Session<'_>, user: &UserAt, music: Option<String>) -> Option<Cause> {
        let caller = super::identity::party(leg);
        let name = format!("{PREFIX}{}", caller.name);
        let music = music.or_else(|| leg.hold_music());
        if let Some(music) = &music {
            leg.set_var(c"transfer_ringback", music);
        }
        let dial = Dial {
            to: &format!("user/{user}"),
            seconds: RING_SECONDS,
            number: &caller.number,
            name: &name,
            variables: &[
                ("ignore_early_media", "true"),
                ("loopback_bowout", "false"),
                ("call_timeout", &RING_SECONDS.to_string()),
            ],
        };
        let answered = originate_for(leg, &dial, &Cancel::default());
        if music.is_some() {
            leg.unset_var(c"transfer_ringback");
        }
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
