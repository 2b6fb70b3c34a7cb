//! Dialling out: phones of the directory ring, are answered, decline, or do nothing.

use crate::{
    cause::cause_name,
    channel::{self, hang_up, ready},
    directory::{Habit, Ring},
    faults,
    leg::LegId,
    life,
    schedule::{self, current, with},
};
use freeswitch_sys as sys;
use std::collections::BTreeMap;

type Cause = sys::switch_call_cause_t;

/// The host looks at its dials about this often, in microseconds.
const LOOK: i64 = 20_000;
const SECOND: i64 = 1_000_000;

/// What to dial.
pub(crate) struct Dial<'a> {
    pub(crate) to: &'a str,
    pub(crate) name: &'a str,
    pub(crate) number: &'a str,
    pub(crate) seconds: u32,
    pub(crate) variables: &'a [(String, String)],
    pub(crate) on_behalf: Option<LegId>,
}

/// `switch_ivr_originate`: the leg that answered, with its read lock taken; or why none did. `cancelled` is the host's
/// look at the caller's cancel word.
pub(crate) fn originate(dial: &Dial<'_>, cancelled: impl Fn() -> Cause) -> Result<LegId, Cause> {
    let id = dial
        .variables
        .iter()
        .find(|(name, _)| name == "callpark_id");
    let number = id.map(|(_, id)| with(|state| state.directory.begin_dial(id, dial.to)));
    let result = dial_and_wait(dial, cancelled);
    if let Some(number) = number {
        let ended = result
            .as_ref()
            .map_or_else(|cause| cause_name(*cause), |_| "SUCCESS");
        with(|state| state.directory.end_dial(number, ended));
    }
    result
}

fn dial_and_wait(dial: &Dial<'_>, cancelled: impl Fn() -> Cause) -> Result<LegId, Cause> {
    if faults::refused("switch_ivr_originate") {
        return Err(sys::SWITCH_CAUSE_NORMAL_TEMPORARY_FAILURE);
    }
    let mut ringing = Vec::new();
    let mut why = sys::SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER;
    for to in dial.to.split(',') {
        match begin(to, dial) {
            Ok(rings) => ringing.push(rings),
            Err(cause) => why = cause,
        }
    }
    if ringing.is_empty() {
        return Err(why);
    }
    let result = await_answer(dial, &mut ringing, &cancelled);
    for rings in ringing {
        // Phones that ring are told the canceller's cause; the caller of this is only told that it was cancelled.
        rings.end(match (&result, cancelled()) {
            (Ok(_), _) => sys::SWITCH_CAUSE_LOSE_RACE,
            (Err(sys::SWITCH_CAUSE_ORIGINATOR_CANCEL), told) if told != sys::SWITCH_CAUSE_NONE => {
                told
            }
            (Err(cause), _) => *cause,
        });
    }
    result
}

/// A phone that rings.
struct Ringing {
    leg: LegId,
    ring: usize,
    /// When its user does something.
    acts: Option<i64>,
    habit: Habit,
}

impl Ringing {
    fn end(self, cause: Cause) {
        let of_leg = with(|state| state.leg(self.leg).cause);
        let cause = if of_leg == sys::SWITCH_CAUSE_NONE {
            cause
        } else {
            of_leg
        };
        with(|state| state.directory.end_ring(self.ring, cause_name(cause)));
        hang_up(self.leg, cause);
        channel::unlock(self.leg);
    }
}

/// Has one phone ring.
fn begin(to: &str, dial: &Dial<'_>) -> Result<Ringing, Cause> {
    let (phone, habit) = with(|state| state.directory.look_up(to))?;
    if let Some(cause) = habit.refusal() {
        return Err(cause);
    }
    if let Habit::Stuck(seconds) = habit {
        with(|state| state.directory.stuck += 1);
        schedule::sleep("a dial that is stuck", i64::from(seconds) * SECOND);
        with(|state| state.directory.stuck -= 1);
    }
    let ring = Ring {
        name: displayed(dial.name),
        number: dial.number.to_owned(),
        variables: dial.variables.iter().cloned().collect::<BTreeMap<_, _>>(),
        ended: String::new(),
    };
    let ring = with(|state| state.directory.begin_ring(&phone, ring));
    let leg = life::begin(&phone, false, |leg| prepare(leg, &phone, dial));
    let me = current();
    let now = with(|state| {
        state.leg_mut(leg).lock_for_reading(me);
        state.now
    });
    let acts = match habit {
        Habit::Answers(after) | Habit::Declines(after) => Some(now + i64::from(after) * SECOND),
        _ => None,
    };
    Ok(Ringing {
        leg,
        ring,
        acts,
        habit,
    })
}

/// A caller's name as mod_sofia sends it: what stands before an `@`, behind the last `/` or `:`, with `%3A` decoded after
/// that cut.
fn displayed(name: &str) -> String {
    let name = name.split('@').next().unwrap_or_default();
    let name = name.rsplit(['/', ':']).next().unwrap_or_default();
    let mut shown = Vec::new();
    let mut rest = name.as_bytes();
    while let [byte, behind @ ..] = rest {
        let digits = behind.get(..2).filter(|_| *byte == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let decoded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        shown.push(decoded.unwrap_or(*byte));
        rest = if decoded.is_some() {
            &behind[2..]
        } else {
            behind
        };
    }
    String::from_utf8_lossy(&shown).into_owned()
}

fn prepare(leg: &mut crate::leg::Leg, phone: &str, dial: &Dial<'_>) {
    for (name, value) in dial.variables {
        leg.set_variable(name, value);
    }
    let (user, domain) = phone.split_once('@').unwrap_or((phone, ""));
    if dial.to.contains("user/") {
        leg.set_variable("dialed_user", user);
        leg.set_variable("dialed_domain", domain);
        leg.set_variable("presence_id", phone);
    }
    for (name, value) in [
        ("caller_id_name", dial.name),
        ("caller_id_number", dial.number),
        ("callee_id_name", user),
        ("callee_id_number", user),
        ("destination_number", user),
    ] {
        leg.profile.set(name, value);
    }
}

/// Until somebody answers: then that phone is taken out of `ringing`.
fn await_answer(
    dial: &Dial<'_>,
    ringing: &mut Vec<Ringing>,
    cancelled: &impl Fn() -> Cause,
) -> Result<LegId, Cause> {
    let until = with(|state| state.now + i64::from(dial.seconds) * SECOND);
    let mut why = sys::SWITCH_CAUSE_NO_ANSWER;
    loop {
        if dial.on_behalf.is_some_and(|leg| !ready(leg)) {
            return Err(sys::SWITCH_CAUSE_ORIGINATOR_CANCEL);
        }
        if let Some(at) = ringing
            .iter()
            .position(|rings| with(|state| state.leg(rings.leg).is_answered()))
        {
            let answered = ringing.remove(at);
            with(|state| state.directory.end_ring(answered.ring, "SUCCESS"));
            return Ok(answered.leg);
        }
        if cancelled() != sys::SWITCH_CAUSE_NONE {
            return Err(sys::SWITCH_CAUSE_ORIGINATOR_CANCEL);
        }
        while let Some(at) = ringing
            .iter()
            .position(|rings| with(|state| !state.leg(rings.leg).is_up()))
        {
            let gone = ringing.remove(at);
            why = with(|state| state.leg(gone.leg).cause);
            gone.end(why);
        }
        if ringing.is_empty() {
            return Err(why);
        }
        if with(|state| state.now) >= until && !hangs(dial, ringing) {
            return Err(sys::SWITCH_CAUSE_NO_ANSWER);
        }
        schedule::sleep("an answer", LOOK.max(with(|state| state.pace)));
        ringing.iter().for_each(act);
    }
}

/// Whether the dial goes on past its limit. One on behalf of a leg at least ends with that leg: it is spared.
fn hangs(dial: &Dial<'_>, ringing: &[Ringing]) -> bool {
    let silent = |rings: &Ringing| rings.habit == Habit::NeverReports;
    dial.on_behalf.is_none() && ringing.iter().any(silent)
}

/// The phone's user does what is due.
fn act(rings: &Ringing) {
    with(|state| {
        let due = rings.acts.is_some_and(|acts| acts <= state.now);
        let leg = state.leg_mut(rings.leg);
        if !due || !leg.is_up() || leg.running_state != sys::CS_CONSUME_MEDIA {
            return;
        }
        match rings.habit {
            Habit::Answers(_) => leg.set_flag(sys::CF_ANSWERED, 1),
            Habit::Declines(_) => {
                leg.state = sys::CS_HANGUP;
                leg.cause = sys::SWITCH_CAUSE_CALL_REJECTED;
            }
            _ => {}
        }
    });
}

#[cfg(test)]
mod tests {
    use super::displayed;

    #[test]
    fn a_name_is_cut_at_a_colon_and_decoded_behind_it() {
        assert_eq!(displayed("Park 701: Carol"), " Carol");
        assert_eq!(displayed("Park 701%3A Carol %zz@x"), "Park 701: Carol %zz");
    }
}
