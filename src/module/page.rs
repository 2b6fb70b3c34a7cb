//! Paging: the phones of a group are rung with auto-answer and hear the slot. Each by itself, so that one that is busy or
//! dead holds nothing up.

use super::{Callpark, ringing::Job};
use crate::fs::{
    channel::Cause,
    event::expand,
    log::{Level, log_for},
    originate::{Cancel, Dial, originate},
};
use callpark_domain::{call::Call, request::inline};
use std::sync::Arc;

/// How long a phone may take to answer by itself, in seconds.
const RING_SECONDS: u32 = 10;
/// Phones that are paged at once, for all calls together.
const MOST: usize = 200;
/// An element of the dial string that stands for all phones of a group of the directory.
const GROUP: &str = "group/";

/// A phone that is to hear a slot.
#[derive(Debug)]
pub struct Page {
    to: String,
    slot: String,
    id: String,
    uuid: String,
}

impl Callpark {
    /// Pages the lot's group for a call that went into its slot. The parked leg's own thread; waits for no phone.
    pub fn page(&self, call: &Call) {
        let Some(template) = &call.settings.page else {
            return;
        };
        let to = template.expand(&call.template_values());
        for to in phones(&to) {
            if let Err(reason) = self.page_phone(call, &to) {
                let line = format!(
                    "{} slot {}: {to} is not paged: {reason}",
                    call.id, call.slot
                );
                log_for(&call.uuid, Level::Warning, &line);
            }
        }
    }

    fn page_phone(&self, call: &Call, to: &str) -> Result<(), String> {
        if self.ringing.paged() >= MOST {
            return Err(format!("{MOST} phones are being paged already"));
        }
        let page = Page {
            to: to.to_owned(),
            slot: call.slot.clone(),
            id: call.id.clone(),
            uuid: call.uuid.clone(),
        };
        let job = Job::Page(Arc::new(page));
        let begun = self.ringing.start(Some(call.ticket), job);
        begun.map(|_| ()).map_err(|error| error.to_string())
    }
}

/// Dials one phone, which then hears the slot in a thread of its own. The body of a thread of [`super::ringing`].
pub fn call(page: &Page, cancel: &Cancel) {
    let seconds = RING_SECONDS.to_string();
    let dial = Dial {
        to: &page.to,
        seconds: RING_SECONDS,
        number: &page.slot,
        name: &format!("Park {}", page.slot),
        variables: &[
            ("sip_auto_answer", "true"),
            ("ignore_early_media", "true"),
            ("call_timeout", &seconds),
            ("callpark_id", &page.id),
            ("callpark_slot", &page.slot),
        ],
    };
    let told = originate(&dial, cancel).map(|leg| {
        let told = inline::page(&page.slot);
        if leg.session().transfer_inline(&told).is_err() {
            leg.session().hang_up(Cause::NORMAL_CLEARING);
        }
    });
    if let Err(cause) = told {
        let line = format!(
            "page of slot {}: {} did not answer: {}",
            page.slot,
            page.to,
            cause.name()
        );
        log_for(&page.uuid, Level::Notice, &line);
    }
}

/// The dial strings of the phones, one each: the host would take the first that answers, and let the others go.
/// The host is asked for a group on no leg's behalf: it would note the last member on that leg, as the user dialled.
fn phones(to: &str) -> Vec<String> {
    let mut all = Vec::new();
    for element in elements(to) {
        match element.strip_prefix(GROUP) {
            None => all.push(element),
            Some(group) => {
                let members = expand(&format!("${{group_call({group})}}")).unwrap_or_default();
                let members = elements(&members);
                all.extend(
                    members
                        .into_iter()
                        .filter(|member| !member.contains("error/")),
                );
            }
        }
    }
    all
}

/// The parts between commas, but for commas inside of `[]`, `{}`, `<>` and `()`.
fn elements(text: &str) -> Vec<String> {
    let mut depth = 0_u32;
    let parts = text.split(|character: char| {
        match character {
            '[' | '{' | '<' | '(' => depth += 1,
            ']' | '}' | '>' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dial_string_is_parted_at_the_commas_between_phones() {
        assert_eq!(
            elements("[a=1,b=2]user/1@x, {c='3,4'}sofia/p/2,,group/all@x"),
            ["[a=1,b=2]user/1@x", "{c='3,4'}sofia/p/2", "group/all@x"]
        );
        assert!(elements(" , ").is_empty());
    }
}
