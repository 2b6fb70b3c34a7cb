//! What a single call says over its lot's settings.

use crate::{
    choices::Direct,
    settings::{CallSettings, LotSettings, SettingError},
};
use std::sync::Arc;

/// Per-call values, checked as the lot's are. The first that says something counts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    /// Parameter and value, each name once.
    values: Vec<(String, String)>,
    /// For a leg that dialled.
    pub direct: Option<Direct>,
    /// A free text about the call.
    pub label: Option<String>,
}

const LONGEST_LABEL: usize = 255;

impl Overrides {
    /// The names after `callpark_` of the variables that are settings.
    pub const NAMES: [&str; 13] = [
        "timeout",
        "ring_timeout",
        "ring_attempts",
        "max_wait",
        "return_to",
        "fallback",
        "hold_music",
        "confirm",
        "page",
        "exit_key",
        "pin",
        "label",
        "direct",
    ];

    /// Sets one, by a name of [`Self::NAMES`]; with the range of the lot's parameter.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
        if name == "label" {
            self.label = Some(
                value
                    .chars()
                    .filter(|character| !character.is_control())
                    .take(LONGEST_LABEL)
                    .collect(),
            );
            return Ok(());
        }
        let param = name.replace('_', "-");
        let mut checked = LotSettings::default();
        checked.set(&param, value)?;
        if name == "direct" {
            self.direct = Some(checked.direct);
        } else {
            self.values.retain(|(given, _)| *given != param);
            self.values.push((param, value.to_owned()));
        }
        Ok(())
    }

    /// These, and `others` where these say nothing.
    pub fn or(mut self, others: Self) -> Self {
        for (name, value) in others.values {
            if !self.values.iter().any(|(given, _)| *given == name) {
                self.values.push((name, value));
            }
        }
        self.direct = self.direct.or(others.direct);
        self.label = self.label.or(others.label);
        self
    }

    /// The lot's settings with these over them; shared where these say nothing.
    pub fn over(&self, lot: &LotSettings) -> Arc<CallSettings> {
        if self.values.is_empty() {
            return Arc::clone(&lot.call);
        }
        let mut own = lot.clone();
        for (name, value) in &self.values {
            let _ = own.set(name, value); // checked by Self::set
        }
        own.call
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_says_something_counts() {
        let mut leg = Overrides::default();
        leg.set("timeout", "5").unwrap();
        let mut parker = Overrides::default();
        parker.set("timeout", "9").unwrap();
        parker.set("ring_timeout", "7").unwrap();
        parker.set("label", "two\nlines").unwrap();
        let both = leg.or(parker);
        let settings = both.over(&LotSettings::default());
        assert_eq!(
            (settings.timeout, settings.ring_timeout, settings.max_wait),
            (5, 7, 1800)
        );
        assert_eq!(both.label.as_deref(), Some("twolines"));
    }

    #[test]
    fn every_name_takes_a_good_value_and_no_bad_one() {
        let good = [
            "1", "5", "1", "0", "none", "op XML x", "silence", "none", "user/1@a", "#", "1", "x",
            "self",
        ];
        for (name, value) in Overrides::NAMES.iter().zip(good) {
            Overrides::default().set(name, value).unwrap();
        }
        assert!(Overrides::default().set("timeout", "x").is_err());
        assert!(Overrides::default().set("slots_of_others", "1").is_err());
    }

    #[test]
    fn a_call_without_any_shares_the_lots_settings() {
        let lot = LotSettings::default();
        assert!(Arc::ptr_eq(&Overrides::default().over(&lot), &lot.call));
    }
}
