//! The settings of a lot and of one call: every parameter with its default and range.

use crate::{
    allow::AllowList,
    choices::{Choose, Confirm, Direct, Occupied, ReturnTo},
    slots::SlotPlan,
    template::{Template, TemplateValues},
};
use std::{ops::RangeInclusive, sync::Arc};

/// A value that is not taken: which parameter, which value, and what it takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}=\"{value}\": takes {takes}")]
pub struct SettingError {
    /// The parameter.
    pub name: String,
    /// What was given.
    pub value: String,
    /// What it takes.
    pub takes: String,
}

/// `<exten> [<dialplan>] [<context>]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FallbackTo(Template);

/// One lot's settings, as configured.
#[derive(Debug, Clone, PartialEq)]
pub struct LotSettings {
    /// The labels.
    pub slots: SlotPlan,
    /// Which free slot `auto` takes.
    pub choose: Choose,
    /// A slot that is taken.
    pub occupied: Occupied,
    /// A leg that dialled.
    pub direct: Direct,
    /// Whether a call that is not answered is answered.
    pub answer: bool,
    /// Who may park.
    pub park_allow: AllowList,
    /// Who may retrieve.
    pub retrieve_allow: AllowList,
    /// Calls at once in each domain; 0: as many as slots.
    pub max_parked: u32,
    /// Seconds that a reservation lives.
    pub reserve_timeout: u32,
    /// Whether lamps tell the caller's number and name.
    pub lamp_caller_id: bool,
    /// What counts for each call, unless the call says otherwise.
    pub call: Arc<CallSettings>,
    /// The values that were set, as text, for `lots`.
    given: Vec<(&'static str, String)>,
}

/// Settings that a call may override.
#[derive(Debug, Clone, PartialEq)]
pub struct CallSettings {
    /// Seconds until the ring-back; 0: never.
    pub timeout: u32,
    /// Who is rung.
    pub return_to: ReturnTo,
    /// Seconds of ringing.
    pub ring_timeout: u32,
    /// Attempts in one round.
    pub ring_attempts: u32,
    /// Seconds between attempts.
    pub retry_after: u32,
    /// Where the call goes in the end.
    pub fallback: Option<FallbackTo>,
    /// Seconds in the slot at the most; 0: no limit.
    pub max_wait: u32,
    /// Before the caller's name on the parker's display.
    pub return_prefix: Template,
    /// Alert-Info of the ring-back.
    pub return_alert_info: Option<String>,
    /// What the caller hears; `None`: the channel's own.
    pub hold_music: Option<Template>,
    /// How the parker is told.
    pub confirm: Confirm,
    /// Who hears the slot by page.
    pub page: Option<Template>,
    /// The key with which the caller gives up.
    pub exit_key: Option<char>,
    /// Digits that the retriever must key in.
    pub pin: Option<String>,
}

/// A parameter of a lot, for documents and error texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// As configured.
    pub name: &'static str,
    /// As text.
    pub default: &'static str,
    /// In words.
    pub takes: &'static str,
}

macro_rules! params {
    ($($name:literal $default:literal $takes:literal)*) => {
        /// Every parameter of a lot.
        pub const PARAMS: &[Param] = &[$(Param { name: $name, default: $default, takes: $takes }),*];
    };
}

params! {
    "slots" "701-799" "ranges such as 701-799,7100-7199 or *5901-*5999, at most 100000 slots"
    "choose" "first" "first, next or random"
    "occupied" "refuse" "refuse or next"
    "direct" "auto" "auto, consult, held or self"
    "answer" "true" "true or false"
    "timeout" "120" "0 to 86400 seconds"
    "return-to" "parker" "parker, none or a dial string"
    "ring-timeout" "30" "5 to 300 seconds"
    "ring-attempts" "1" "1 to 100"
    "retry-after" "30" "1 to 86400 seconds"
    "fallback" "" "<exten> [<dialplan>] [<context>]"
    "max-wait" "1800" "0 to 86400 seconds"
    "return-prefix" "Park ${slot}: " "a text"
    "return-alert-info" "" "a text"
    "hold-music" "" "a file or stream"
    "confirm" "auto" "auto, none, or a list of audio, display, message"
    "page" "" "a dial string"
    "exit-key" "" "one of 0-9, *, #"
    "park-allow" "" "a list of user@domain, *@domain, *"
    "retrieve-allow" "" "a list of user@domain, *@domain, *"
    "pin" "" "1 to 20 digits"
    "max-parked" "0" "0 to 100000"
    "reserve-timeout" "60" "5 to 3600 seconds"
    "lamp-caller-id" "false" "true or false"
}

impl Param {
    /// The parameter of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PARAMS.iter().find(|param| param.name == name)
    }
}

impl Default for LotSettings {
    fn default() -> Self {
        Self {
            slots: SlotPlan::of_701_to_799(),
            choose: Choose::First,
            occupied: Occupied::Refuse,
            direct: Direct::Auto,
            answer: true,
            park_allow: AllowList::default(),
            retrieve_allow: AllowList::default(),
            max_parked: 0,
            reserve_timeout: 60,
            lamp_caller_id: false,
            call: Arc::default(),
            given: Vec::new(),
        }
    }
}

impl Default for CallSettings {
    fn default() -> Self {
        Self {
            timeout: 120,
            return_to: ReturnTo::Parker,
            ring_timeout: 30,
            ring_attempts: 1,
            retry_after: 30,
            fallback: None,
            max_wait: 1800,
            return_prefix: Template::new("Park ${slot}: "),
            return_alert_info: None,
            hold_music: None,
            confirm: Confirm::Auto,
            page: None,
            exit_key: None,
            pin: None,
        }
    }
}

impl LotSettings {
    /// Sets one parameter. An empty value of one whose default is empty means that default.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        let param = Param::named(name).ok_or_else(|| error(name, value, "no such parameter"))?;
        let wrong = || error(name, value, param.takes);
        match name {
            "slots" => {
                self.slots = SlotPlan::parse(value)
                    .map_err(|why| error(name, value, &format!("{}: {why}", param.takes)))?
            }
            "choose" => self.choose = value.parse().map_err(|()| wrong())?,
            "occupied" => self.occupied = value.parse().map_err(|()| wrong())?,
            "direct" => self.direct = value.parse().map_err(|()| wrong())?,
            "answer" => self.answer = truth(value).ok_or_else(wrong)?,
            "park-allow" => self.park_allow = AllowList::parse(value).ok_or_else(wrong)?,
            "retrieve-allow" => self.retrieve_allow = AllowList::parse(value).ok_or_else(wrong)?,
            "max-parked" => {
                self.max_parked = number(value, 0..=crate::slots::MOST_SLOTS).ok_or_else(wrong)?
            }
            "reserve-timeout" => {
                self.reserve_timeout = number(value, 5..=3600).ok_or_else(wrong)?
            }
            "lamp-caller-id" => self.lamp_caller_id = truth(value).ok_or_else(wrong)?,
            _ => Arc::make_mut(&mut self.call)
                .set(name, value)
                .ok_or_else(wrong)?,
        }
        self.given.retain(|(given, _)| *given != name);
        self.given.push((param.name, value.to_owned()));
        Ok(())
    }

    /// How many calls the lot takes when it is empty.
    pub fn room_when_empty(&self) -> u32 {
        match self.max_parked {
            0 => self.slots.len(),
            quota => quota.min(self.slots.len()),
        }
    }

    /// A parameter's value in force, as text.
    pub fn text(&self, param: &Param) -> &str {
        let given = self.given.iter().find(|(name, _)| *name == param.name);
        given.map_or(param.default, |(_, value)| value)
    }
}

impl CallSettings {
    /// Sets one of these; `None` when the value, or the name, is none of them.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        let text = (!value.is_empty()).then(|| value.to_owned());
        let template = text.as_deref().map(Template::new);
        match name {
            "timeout" => self.timeout = number(value, 0..=86_400)?,
            "return-to" => self.return_to = value.parse().ok()?,
            "ring-timeout" => self.ring_timeout = number(value, 5..=300)?,
            "ring-attempts" => self.ring_attempts = number(value, 1..=100)?,
            "retry-after" => self.retry_after = number(value, 1..=86_400)?,
            "fallback" => {
                self.fallback = text.as_deref().map(FallbackTo::parse).transpose().ok()?
            }
            "max-wait" => self.max_wait = number(value, 0..=86_400)?,
            "return-prefix" => self.return_prefix = Template::new(value),
            "return-alert-info" => self.return_alert_info = text.map(printable).transpose().ok()?,
            "hold-music" => self.hold_music = template,
            "confirm" => self.confirm = value.parse().ok()?,
            "page" => self.page = template,
            "exit-key" => self.exit_key = text.map(|key| exit_key(&key)).transpose().ok()?,
            "pin" => self.pin = text.map(|pin| digits(&pin)).transpose().ok()?,
            _ => return None,
        }
        Some(())
    }
}

impl FallbackTo {
    fn parse(text: &str) -> Result<Self, ()> {
        let words = text.split_whitespace().count();
        if (1..=3).contains(&words) {
            Ok(Self(Template::new(text)))
        } else {
            Err(())
        }
    }

    /// The words of it with their places filled in: extension, dialplan, context.
    pub fn words(&self, values: &TemplateValues<'_>) -> (String, Option<String>, Option<String>) {
        // Filled in word by word: a name with a space in it cannot become two words.
        let mut words = self
            .0
            .as_str()
            .split_whitespace()
            .map(|word| Template::new(word).expand(values));
        (words.next().unwrap_or_default(), words.next(), words.next())
    }
}

fn error(name: &str, value: &str, takes: &str) -> SettingError {
    SettingError {
        name: name.to_owned(),
        value: value.to_owned(),
        takes: takes.to_owned(),
    }
}

pub(crate) fn number(text: &str, range: RangeInclusive<u32>) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|number| plain && range.contains(number))
}

pub(crate) fn truth(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn printable(text: String) -> Result<String, ()> {
    if text.chars().any(char::is_control) {
        Err(())
    } else {
        Ok(text)
    }
}

fn exit_key(text: &str) -> Result<char, ()> {
    let mut keys = text.chars();
    match (keys.next(), keys.next()) {
        (Some(key @ ('0'..='9' | '*' | '#')), None) => Ok(key),
        _ => Err(()),
    }
}

fn digits(text: &str) -> Result<String, ()> {
    let fits = (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(text.to_owned()) } else { Err(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_what_an_unset_lot_has() {
        for param in PARAMS {
            let mut set = LotSettings::default();
            if !param.default.is_empty() {
                set.set(param.name, param.default).unwrap();
            }
            set.given.clear();
            assert_eq!(set, LotSettings::default(), "{}", param.name);
            assert_eq!(LotSettings::default().text(param), param.default);
        }
    }

    #[test]
    fn a_value_out_of_range_is_refused_with_what_the_parameter_takes() {
        let refused = [
            ("timeout", "86401"),
            ("timeout", "-1"),
            ("timeout", "+5"),
            ("timeout", ""),
            ("ring-timeout", "4"),
            ("ring-attempts", "0"),
            ("choose", "last"),
            ("answer", "yes"),
            ("exit-key", "A"),
            ("exit-key", "11"),
            ("pin", "12a"),
            ("slots", "701-"),
            ("confirm", "audio,smoke"),
            ("return-to", ""),
            ("fallback", "a b c d"),
            ("park-allow", "1001"),
            ("max-wait", "1e3"),
            ("return-alert-info", "a\nb"),
            ("nonsense", "1"),
        ];
        for (name, value) in refused {
            let error = LotSettings::default().set(name, value).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn what_is_in_force_can_be_read_again() {
        let mut lot = LotSettings::default();
        lot.set("timeout", "5").unwrap();
        lot.set("timeout", "6").unwrap();
        assert_eq!(lot.call.timeout, 6);
        assert_eq!(lot.text(Param::named("timeout").unwrap()), "6");
    }
}
