//! Text messages to a user's phones.

use super::{HostError, check, sys, text};

/// Sends a plain text as a SIP MESSAGE to every phone that `user` has registered at `profile`, from `park+<from>`: what a
/// phone that calls back then dials (`switch_core_chat_send_args`, of mod_sofia). Does not wait for the phones. Any thread.
pub fn send_message(
    profile: Option<&str>,
    from: &str,
    user: &str,
    domain: &str,
    body: &str,
) -> Result<(), HostError> {
    let to = match profile {
        Some(profile) => format!("{profile}/{user}@{domain}"),
        None => format!("{user}@{domain}"),
    };
    let to = text::c_text(&to);
    let from = text::c_text(&format!("{from}@{domain}"));
    let body = text::c_text(body);
    // SAFETY: all texts outlive the call, which copies them.
    let status = unsafe {
        sys::switch_core_chat_send_args(
            c"sip".as_ptr(),
            c"park".as_ptr(),
            from.as_ptr(),
            to.as_ptr(),
            c"".as_ptr(),
            body.as_ptr(),
            c"text/plain".as_ptr(),
            c"".as_ptr(),
            sys::SWITCH_FALSE,
        )
    };
    check("switch_core_chat_send_args", status)
}
