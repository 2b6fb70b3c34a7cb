//! Live lists: who may see which, and what clients of verto send about them.

use crate::{
    json::Members,
    names::{DomainName, UserAt},
};
use serde_json::value::RawValue;
use std::collections::{HashMap, VecDeque};

/// The channels of all domains: [`channel`] adds the domain after a dot.
pub const CHANNEL: &str = "callpark-liveArray";

/// How many sessions of a user may watch at once, screens that share a login included. One more, and the one that has asked
/// longest ago watches no more. Sessions are what clients say they are: nobody may crowd out anybody else with made-up ones.
const WATCHERS: usize = 64;

/// The event channel of a domain's list.
pub fn channel(domain: &DomainName) -> String {
    format!("{CHANNEL}.{}", domain.as_str())
}

/// The domain whose list is sent on a channel.
pub fn domain_of(channel: &str) -> Option<DomainName> {
    let domain = channel.strip_prefix(CHANNEL)?.strip_prefix('.')?;
    DomainName::parse(domain).ok()
}

/// The session that asks for the whole list with this message, if it asks for that.
///
/// mod_verto puts the genuine session behind whatever the client has sent under that name. Which list is meant the message
/// says, too, but the client writes that: only the channel that it was let onto counts.
pub fn newcomer(message: &str) -> Option<String> {
    let message: Members<'_> = serde_json::from_str(message).ok()?;
    let data: Members<'_> = serde_json::from_str(message.first("data")?.get()).ok()?;
    let list: Members<'_> = serde_json::from_str(data.first("liveArray")?.get()).ok()?;
    let command = word(list.first("command")?)?;
    let session = word(message.last("sessid")?)?;
    (command.eq_ignore_ascii_case("bootstrap") && is_session(&session)).then_some(session)
}

fn word(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// Whether a text looks like the id of a session: mod_verto takes what the client gives, and browsers give UUIDs.
pub fn is_session(id: &str) -> bool {
    let fits = |character: char| character.is_ascii_alphanumeric() || character == '-';
    (8..=64).contains(&id.len()) && id.chars().all(fits)
}

/// The sessions that watch, by user. mod_verto does not tell when one ends, so the oldest give way.
#[derive(Debug, Default)]
pub struct Watchers(HashMap<UserAt, VecDeque<String>>);

impl Watchers {
    /// A session watches, as if it had come just now; the one that gives way to it, if any.
    pub fn admit(&mut self, user: &UserAt, session: &str) -> Option<String> {
        let sessions = self.0.entry(user.clone()).or_default();
        sessions.retain(|other| other != session);
        sessions.push_back(session.to_owned());
        (sessions.len() > WATCHERS)
            .then(|| sessions.pop_front())
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GENUINE: &str = "0f0e0d0c-aaaa-bbbb-cccc-777788889999";

    #[test]
    fn a_channel_is_a_domains() {
        let domain = DomainName::parse("a.test").unwrap();
        assert_eq!(channel(&domain), "callpark-liveArray.a.test");
        assert_eq!(domain_of("callpark-liveArray.A.Test"), Some(domain));
        for other in [
            "callpark-liveArray",
            "callpark-liveArray.",
            "callpark-liveArrayx.a.test",
        ] {
            assert_eq!(domain_of(other), None, "{other}");
        }
    }

    #[test]
    fn only_who_asks_gets_the_list() {
        let asks = |command: &str, session: &str| {
            let data = format!(
                r#"{{"liveArray":{{"command":"{command}","context":"x.b.test","name":"b.test"}}}}"#
            );
            newcomer(&format!(
                r#"{{"sessid":"11111111-victim","data":{data},"sessid":"{session}"}}"#
            ))
        };
        assert_eq!(asks("bootstrap", GENUINE).as_deref(), Some(GENUINE));
        assert_eq!(asks("clear", GENUINE), None);
        assert_eq!(asks("bootstrap", "a b"), None);
        for message in [
            "",
            "[]",
            r#"{"data":{}}"#,
            r#"{"data":{"liveArray":{"command":"bootstrap"}}}"#,
        ] {
            assert_eq!(newcomer(message), None, "{message}");
        }
    }

    #[test]
    fn the_oldest_watcher_of_a_user_gives_way_and_nobody_elses() {
        let mut watchers = Watchers::default();
        let (a, b) = ["1001@a.test", "1002@a.test"]
            .map(|name| UserAt::parse(name).unwrap())
            .into();
        assert_eq!(watchers.admit(&b, "b-session"), None);
        for number in 0..WATCHERS {
            assert_eq!(watchers.admit(&a, &number.to_string()), None);
        }
        // Asking again is coming again.
        assert_eq!(watchers.admit(&a, "0"), None);
        assert_eq!(watchers.admit(&a, "new").as_deref(), Some("1"));
        assert_eq!(watchers.admit(&a, "newer").as_deref(), Some("2"));
        assert_eq!(watchers.admit(&b, "b-session"), None);
    }
}
