//! The parker is told where the call is.

use super::{Callpark, identity::Parker};
use crate::fs::{
    chat::send_message,
    log::{Level, log_for},
    session::locate,
};
use callpark_domain::call::Call;

impl Callpark {
    /// Tells a parker whose call went into a slot. `on_the_line`: the parker's leg hears its slot by itself.
    pub fn confirm(&self, call: &Call, parker: &Parker, on_the_line: bool) {
        let wanted = call.settings.confirm.ways(on_the_line);
        if wanted.display
            && let Some(leg) = parker.told.as_deref().and_then(locate)
        {
            leg.session().send_display(&text(call), &call.slot);
        }
        if wanted.message {
            self.message(call, parker);
        }
    }

    fn message(&self, call: &Call, parker: &Parker) {
        let Some(user) = &call.parker else { return };
        let profile = parker.profile.as_deref();
        let sent = send_message(
            profile,
            &call.slot,
            &user.user,
            user.domain.as_str(),
            &text(call),
        );
        if let Err(error) = sent {
            let line = format!(
                "{} slot {}: {user} is not told: {error}",
                call.id, call.slot
            );
            log_for(&call.uuid, Level::Warning, &line);
        }
    }
}

fn text(call: &Call) -> String {
    let who = if call.caller.name.is_empty() {
        &call.caller.number
    } else {
        &call.caller.name
    };
    format!("{} parked at {}", crate::fs::text::one_line(who), call.slot)
}
