//! What phones send during a call. It waits until the leg's own thread looks, as with mod_sofia.

use crate::{
    channel::{self, end_itself, hang_up, in_own_thread},
    leg::{LegId, Signal},
    schedule::with,
    transfer,
};
use freeswitch_sys as sys;

/// Handles what the leg's phone has sent so far. Does nothing in any other thread than the leg's own.
pub(crate) fn handle(leg: LegId) {
    if !in_own_thread(leg) {
        return;
    }
    while let Some(signal) = with(|state| state.leg_mut(leg).signals.pop_front()) {
        if !with(|state| state.leg(leg).is_up()) {
            return;
        }
        with(|state| state.note(format!("leg {} reads {signal:?}", leg.0)));
        match signal {
            Signal::Bye => said_bye(leg),
            Signal::Hold => with(|state| {
                let now = state.now;
                let found = state.leg_mut(leg);
                found.set_flag(sys::CF_LEG_HOLDING, 1);
                found.times.last_hold = now;
            }),
            Signal::Refer { exten, referred_by } => refer(leg, &exten, referred_by),
            Signal::ReferTo { consultation } => refer_to(leg, consultation),
        }
    }
}

fn said_bye(leg: LegId) {
    let (how, cause) = match with(|state| state.leg(leg).is_answered()) {
        true => ("recv_bye", sys::SWITCH_CAUSE_NORMAL_CLEARING),
        false => ("recv_cancel", sys::SWITCH_CAUSE_ORIGINATOR_CANCEL),
    };
    with(|state| {
        state
            .leg_mut(leg)
            .set_variable("sip_hangup_disposition", how)
    });
    end_itself(leg, cause);
}

/// REFER to an extension: the partner goes there; this leg is left to its phone, which hangs up when it is told so.
fn refer(leg: LegId, exten: &str, referred_by: bool) {
    let partner = with(|state| state.leg(leg).variable("bridge_to"));
    let Some(partner) = partner.and_then(|uuid| channel::locate(&uuid)) else {
        return with(|state| {
            state.note(format!(
                "leg {}: 403, a call with one leg is not transferred",
                leg.0
            ))
        });
    };
    let confirm = with(|state| {
        let (phone, uuid) = (state.leg(leg).phone.clone(), state.leg(leg).uuid.clone());
        let partner_uuid = state.leg(partner).uuid.clone();
        let confirm = state.leg(leg).says("confirm_blind_transfer");
        let moved = state.leg_mut(partner);
        moved.set_variable("sip_refer_to", &format!("<sip:{exten}@standin>"));
        if referred_by {
            moved.set_variable("sip_h_Referred-By", &format!("<sip:{phone}>"));
        }
        if confirm {
            moved.set_flag(sys::CF_CONFIRM_BLIND_TRANSFER, 1);
            moved.set_variable("blind_transfer_uuid", &uuid);
        }
        let mover = state.leg_mut(leg);
        mover.set_variable("endpoint_disposition", "BLIND_TRANSFER");
        mover.set_variable("transfer_to", &format!("blind:{partner_uuid}"));
        if confirm {
            mover.set_variable("blind_transfer_uuid", &partner_uuid);
            mover.go_to(sys::CS_PARK);
        }
        confirm
    });
    transfer::session_transfer(partner, exten, None, None);
    channel::unlock(partner);
    if !confirm {
        // The phone has its 200 OK, and says BYE.
        with(|state| state.leg_mut(leg).signals.push_back(Signal::Bye));
    }
}

/// REFER with Replaces: the partner takes the place of the phone's other call, which talks to nobody.
fn refer_to(leg: LegId, consultation: LegId) {
    let (partner, consultation_uuid) = with(|state| {
        let partner = state.leg(leg).variable("bridge_to");
        (partner, state.leg(consultation).uuid.clone())
    });
    let partner = partner.and_then(|uuid| channel::locate(&uuid));
    let other = channel::locate(&consultation_uuid);
    if let (Some(partner), Some(consultation)) = (partner, other) {
        let (inline, exten, phone) = with(|state| {
            let found = state.leg(consultation);
            let exten = found.profile.field("destination_number").to_owned();
            (
                found.variable("inline_destination"),
                exten,
                found.phone.clone(),
            )
        });
        with(|state| {
            state
                .leg_mut(partner)
                .set_variable("sip_h_Referred-By", &format!("<sip:{phone}>"))
        });
        match inline {
            Some(inline) => transfer::session_transfer(partner, &inline, Some("inline"), None),
            None => transfer::session_transfer(partner, &exten, None, None),
        };
        hang_up(consultation, sys::SWITCH_CAUSE_ATTENDED_TRANSFER);
        with(|state| state.leg_mut(leg).signals.push_back(Signal::Bye));
    }
    for located in [partner, other].into_iter().flatten() {
        channel::unlock(located);
    }
}
