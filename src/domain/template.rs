//! `${domain}`, `${lot}`, `${slot}`, `${parker}` and `${parker_user}` in an operator's settings.

use crate::names::{LotKey, UserAt};

/// A setting with places to fill in. Other `${…}` are the host's and stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template(String);

/// What is filled in: checked names only, nothing that a caller controls.
#[derive(Debug, Clone, Copy)]
pub struct TemplateValues<'a> {
    /// Lot and domain.
    pub key: &'a LotKey,
    /// The slot.
    pub slot: &'a str,
    /// The parker; unknown fills in nothing.
    pub parker: Option<&'a UserAt>,
}

impl Template {
    /// Any text.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text with its places filled in, each once: what is filled in is not searched again.
    pub fn expand(&self, values: &TemplateValues<'_>) -> String {
        let mut out = String::with_capacity(self.0.len());
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            match after
                .split_once('}')
                .map(|(name, tail)| (values.get(name), tail))
            {
                Some((Some(value), tail)) => {
                    out.push_str(&value);
                    rest = tail;
                }
                _ => {
                    out.push_str("${");
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }
}

impl TemplateValues<'_> {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "domain" => Some(self.key.domain.to_string()),
            "lot" => Some(self.key.lot.to_string()),
            "slot" => Some(self.slot.to_owned()),
            "parker" => Some(self.parker.map(UserAt::to_string).unwrap_or_default()),
            "parker_user" => Some(
                self.parker
                    .map(|parker| parker.user.clone())
                    .unwrap_or_default(),
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{DomainName, LotName};

    fn expand(text: &str, parker: Option<&str>) -> String {
        let key = LotKey {
            lot: LotName::default(),
            domain: DomainName::parse("a.test").unwrap(),
        };
        let parker = parker.map(|name| UserAt::parse(name).unwrap());
        Template::new(text).expand(&TemplateValues {
            key: &key,
            slot: "701",
            parker: parker.as_ref(),
        })
    }

    #[test]
    fn places_are_filled_and_the_hosts_own_stay() {
        assert_eq!(
            expand("operator XML ${domain}", None),
            "operator XML a.test"
        );
        assert_eq!(
            expand("${lot}/${slot}/${parker}/${parker_user}", Some("7@b.test")),
            "default/701/7@b.test/7"
        );
        assert_eq!(
            expand("local_stream://${music} ${slot", None),
            "local_stream://${music} ${slot"
        );
        assert_eq!(expand("${a${slot}", None), "${a701");
    }

    #[test]
    fn an_unknown_parker_fills_in_nothing() {
        assert_eq!(expand("x${parker}${parker_user}y", None), "xy");
    }
}
