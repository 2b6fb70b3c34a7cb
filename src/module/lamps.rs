//! Lamps: the keys of phones that show a slot or a lot. What is published and what a phone is told that asks are made by
//! one function.

use super::{Callpark, publish::Probe};
use crate::fs::{
    HostError,
    event::{Delivered, Event, Kind, Observer, Watch},
    log::{Level, log},
};
use callpark_domain::{
    names::DomainName,
    news::{Lamp, LampView},
};

/// Phones subscribe to `park+701`; the host takes what is before the `+` for a protocol.
const PROTOCOL: &str = "park";

/// Only events of ours have it.
const MARK: &str = "Park-Lamp";

/// Phones that subscribe are answered, and others who tell of our lamps put right, until this is dropped.
pub struct LampWatch {
    _probes: Watch<Probes>,
    _others: Watch<Others>,
}

impl LampWatch {
    /// Begins to answer.
    pub fn begin() -> Result<Self, HostError> {
        Ok(Self {
            _probes: Watch::begin()?,
            _others: Watch::begin()?,
        })
    }
}

/// Phones that subscribe, such as to `park+701@alpha.example`.
struct Probes;

impl Observer for Probes {
    const KIND: Kind = Kind::PresenceProbe;

    fn seen(event: &Delivered<'_>) {
        tell_again(event, "to", "sub-call-id");
    }
}

/// mod_valet_parking answers every subscription of our protocol, with "empty" for what it does not know.
struct Others;

impl Observer for Others {
    const KIND: Kind = Kind::PresenceIn;

    fn seen(event: &Delivered<'_>) {
        if event.header(MARK).is_none() {
            tell_again(event, "from", "call-id");
        }
    }
}

fn tell_again(event: &Delivered<'_>, address: &str, subscription: &str) {
    if event.header("proto").as_deref() != Some(PROTOCOL) {
        return;
    }
    let address = event.header(address).unwrap_or_default();
    let (Some((label, domain)), Some(module)) = (address.rsplit_once('@'), Callpark::current())
    else {
        return;
    };
    let label = label.rsplit_once('+').map_or(label, |(_, label)| label);
    if let Ok(domain) = DomainName::parse(domain) {
        module.answer_probe(Probe {
            label: label.to_owned(),
            domain,
            subscription: event.header(subscription),
            told: event.header("answer-state"),
        });
    }
}

/// A lamp's state in the host's words.
pub fn answer_state(view: &LampView) -> &'static str {
    match view.lamp {
        Lamp::Off => "terminated",
        Lamp::On => "confirmed",
        Lamp::Blinking => "early",
    }
}

/// Tells the phones that have subscribed to this lamp; or the one subscription that has asked.
pub fn show(view: &LampView, subscription: Option<&str>) {
    match event(view, subscription) {
        Ok(event) => event.fire(),
        Err(error) => log(
            Level::Error,
            &format!("lamp {}@{}: {error}", view.label, view.domain.as_str()),
        ),
    }
}

fn event(view: &LampView, subscription: Option<&str>) -> Result<Event, HostError> {
    let mut event = Event::presence()?;
    let (channel, rpid, status) = match view.lamp {
        Lamp::Off => ("CS_HANGUP", "unknown", "Empty"),
        Lamp::On => ("CS_ROUTING", "active", "Active"),
        Lamp::Blinking => ("CS_ROUTING", "active", "Ringing"),
    };
    event.add(MARK, "true");
    event.add("proto", PROTOCOL);
    event.add("login", &view.label);
    event.add("from", &format!("{}@{}", view.label, view.domain.as_str()));
    // One event for both kinds of subscriptions.
    event.add("event_type", "presence");
    event.add("alt_event_type", "dialog");
    event.add("event_count", "1");
    // The dialog's id. It must not be empty, and no channel's: the label is as good as any, and stays.
    event.add("unique-id", &view.label);
    event.add("channel-state", channel);
    event.add("answer-state", answer_state(view));
    event.add("rpid", rpid);
    event.add("force-status", status);
    event.add("presence-call-direction", "outbound");
    if let Some(caller) = &view.caller {
        // The host writes both into XML as they are.
        event.add("Caller-Caller-ID-Number", &escaped(&caller.number));
        event.add("Caller-Caller-ID-Name", &escaped(&caller.name));
    }
    if let Some(subscription) = subscription {
        event.add("call-id", subscription);
    }
    Ok(event)
}

/// As text in XML, in a line: control characters mean nothing there.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !character.is_control()) {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&apos;",
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_text_in_xml_whatever_is_in_it() {
        assert_eq!(
            escaped("Ann & <b \"c\" d='e'>\n\u{7}"),
            "Ann &amp; &lt;b &quot;c&quot; d=&apos;e&apos;&gt;"
        );
    }
}
