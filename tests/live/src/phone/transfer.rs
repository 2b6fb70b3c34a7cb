//! Transfers, as desk phones do them.

use super::Phone;
use crate::{sip, wait};

/// A call on hold, and another whose party is to have it.
pub struct Consultation {
    held: String,
    refer_to: String,
}

impl Phone {
    /// Sends the other party to a number, without asking there first (REFER).
    pub fn blind_transfer(&self, number: &str) {
        self.program.tell("transfer", &self.address(number));
    }

    /// Sends the other party of its first call to the party of its second (REFER with Replaces), and lets both go.
    pub fn attended_transfer(&self) {
        self.complete(&self.consultation());
    }

    /// The call that it holds, and who is asked: what an attended transfer is made of.
    pub fn consultation(&self) -> Consultation {
        let (held, asked) = self.both_calls();
        let answer = self.await_message("the second call's answer", |message| {
            sip::is_reply(message, 200, "INVITE")
                && sip::header(message, "Call-ID") == Some(asked.as_str())
        });
        let tag = |name| sip::tag(&answer, name).unwrap_or_default();
        let replaces = format!(
            "{asked}%3Bto-tag%3D{}%3Bfrom-tag%3D{}",
            tag("To"),
            tag("From")
        );
        let refer_to = format!("<{}?Replaces={replaces}>", self.address("transfer"));
        Consultation { held, refer_to }
    }

    /// Completes an attended transfer, whatever has become of the consultation meanwhile.
    pub fn complete(&self, consultation: &Consultation) {
        self.program.tell("callfind", &consultation.held);
        self.program.tell("transfer", &consultation.refer_to);
    }

    /// Waits until it has two calls that are up; their Call-IDs, the older first.
    fn both_calls(&self) -> (String, String) {
        let both = wait::until(wait::PATIENCE, || {
            <[String; 2]>::try_from(self.calls_up()).ok()
        });
        let [held, asked] =
            both.unwrap_or_else(|| panic!("{} has not two calls: {}", self.user, self.story()));
        (held, asked)
    }

    fn calls_up(&self) -> Vec<String> {
        let mut calls: Vec<String> = Vec::new();
        for event in self.program.events() {
            let id = event["id"].as_str().unwrap_or_default().to_owned();
            match event["type"].as_str() {
                Some("CALL_ESTABLISHED") => calls.push(id),
                Some("CALL_CLOSED") => calls.retain(|call| *call != id),
                _ => {}
            }
        }
        calls
    }
}
