//! Dialling out: one leg, on no other leg's behalf, cancellable from another thread.

use super::{
    channel::Cause,
    event::Event,
    session::{Located, Session},
    sys, text,
};
use std::{
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

/// Stops a dial that runs, from any thread.
#[derive(Debug, Default)]
pub struct Cancel(AtomicU32);

impl Cancel {
    /// Ends the dial within some 100 ms; phones that ring stop, told `cause`. Without effect once it is answered.
    pub fn cancel(&self, cause: Cause) {
        self.0.store(cause.0, Ordering::Release);
    }

    /// Whether [`Cancel::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire) != sys::SWITCH_CAUSE_NONE
    }
}

/// What to dial and what its phone shows.
pub struct Dial<'a> {
    /// The dial string; whoever makes it sees to it that no text of a caller is in it.
    pub to: &'a str,
    /// Seconds to ring.
    pub seconds: u32,
    /// The number that the phone shows.
    pub number: &'a str,
    /// The name that the phone shows.
    pub name: &'a str,
    /// Variables of the new leg; their values are never parsed.
    pub variables: &'a [(&'a str, &'a str)],
}

/// Dials until answered, on no leg's behalf, and answers the new leg (`switch_ivr_originate`). Blocks for up to
/// `dial.seconds` and a little: never in a callback of the scheduler or of an event. The cause says why nobody answered.
pub fn originate(dial: &Dial<'_>, cancel: &Cancel) -> Result<Located, Cause> {
    // SAFETY: the host takes NULL for "on nobody's behalf".
    unsafe { run(ptr::null_mut(), dial, cancel) }
}

/// [`originate`] on behalf of a leg, which hears its `transfer_ringback` meanwhile and ends the dial when it hangs up.
/// The leg's own thread.
pub fn originate_for(leg: Session<'_>, dial: &Dial<'_>, cancel: &Cancel) -> Result<Located, Cause> {
    // SAFETY: the session is alive for the call.
    unsafe { run(leg.as_ptr(), dial, cancel) }
}

/// A name as mod_sofia shows it whole: it cuts a caller's name at '/', ':' and '@', and decodes `%3A` and its like
/// afterwards (`switch_sanitize_number`, `check_decode`).
fn shown_name(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '%' | '/' | ':' | '@' | '"' | '\\' => {
                shown.push_str(&format!("%{:02X}", u32::from(character)))
            }
            control if control.is_control() => shown.push('?'),
            other => shown.push(other),
        }
    }
    shown
}

/// # Safety
/// `session` is NULL, or a session that is alive during the call, on its own thread.
unsafe fn run(
    session: *mut sys::switch_core_session_t,
    dial: &Dial<'_>,
    cancel: &Cancel,
) -> Result<Located, Cause> {
    let variables = Event::plain(dial.variables)
        .map_err(|_| Cause(sys::SWITCH_CAUSE_DESTINATION_OUT_OF_ORDER))?;
    let to = text::c_text(dial.to);
    let name = text::c_text(&shown_name(dial.name));
    let number = text::c_text(dial.number);
    let mut leg = ptr::null_mut();
    let mut cause = sys::SWITCH_CAUSE_NONE;
    // SAFETY: the session is as the caller says; the texts, the event and the cancel word outlive the call; the host
    // writes the leg, with its read lock taken, and the cause. The cancel word is an atomic of the same size: the host
    // only reads it, whole.
    let status = unsafe {
        sys::switch_ivr_originate(
            session,
            &mut leg,
            &mut cause,
            to.as_ptr(),
            dial.seconds,
            ptr::null(),
            name.as_ptr(),
            number.as_ptr(),
            ptr::null_mut(),
            variables.as_ptr(),
            sys::SOF_NONE,
            cancel.0.as_ptr().cast(),
            ptr::null_mut(),
        )
    };
    if status != sys::SWITCH_STATUS_SUCCESS {
        return Err(Cause(cause));
    }
    // SAFETY: on success the leg comes with its read lock taken for us.
    unsafe { Located::from_locked(leg) }.ok_or(Cause(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_colon_and_a_percent_is_no_escape_of_the_callers() {
        assert_eq!(
            shown_name("Park 701: 50%n \"x\"\r\n"),
            "Park 701%3A 50%25n %22x%22??"
        );
    }
}
