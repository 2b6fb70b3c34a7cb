//! Names that are checked once and then compared without regard to case: lots, domains, users.

use std::fmt;

/// Why a name is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a lot's name.
    #[error(
        "a lot's name begins with a letter and goes on with letters, digits, '-', '_' or '.', 64 at the most"
    )]
    Lot,
    /// Not a domain's name.
    #[error("a domain has letters, digits, '-', '_', '.', ':' or brackets, 255 at the most")]
    Domain,
    /// Not a user.
    #[error(
        "a user is written user@domain, without spaces, quotes or the characters of dial strings"
    )]
    User,
}

const LONGEST_LOT: usize = 64;
const LONGEST_DOMAIN: usize = 255;
const LONGEST_USER: usize = 128;
/// Characters that mean something in dial strings, dialplans or the SIP of a user's address.
const UNSAFE_IN_USER: &str = "@{}[]<>,|'\"$`;()%&\\/:^";

/// A lot's name, in lower case. The one of the contract's `lot` left out is `default`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LotName(String);

impl LotName {
    /// Before every name: none is empty.
    pub(crate) const LEAST: Self = Self(String::new());

    /// Checks and folds a name.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let begins_with_letter = name.starts_with(|first: char| first.is_ascii_alphabetic());
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
        if begins_with_letter && name.len() <= LONGEST_LOT && name.chars().all(allowed) {
            Ok(Self(name.to_ascii_lowercase()))
        } else {
            Err(NameError::Lot)
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LotName {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// A domain, in lower case: the tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainName(String);

impl DomainName {
    /// Checks and folds a name.
    pub fn parse(name: &str) -> Result<Self, NameError> {
        let allowed =
            |character: char| character.is_ascii_alphanumeric() || "-_.:[]".contains(character);
        if !name.is_empty() && name.len() <= LONGEST_DOMAIN && name.chars().all(allowed) {
            Ok(Self(name.to_ascii_lowercase()))
        } else {
            Err(NameError::Domain)
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One lot of one domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LotKey {
    /// The lot.
    pub lot: LotName,
    /// The tenant.
    pub domain: DomainName,
}

/// A directory user. The user part holds nothing that means something in a dial string.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserAt {
    /// The user's id; case matters, as the directory has it.
    pub user: String,
    /// The tenant.
    pub domain: DomainName,
}

impl UserAt {
    /// Checks the two parts.
    pub fn new(user: &str, domain: &str) -> Result<Self, NameError> {
        let allowed = |character: char| {
            !character.is_control()
                && !character.is_whitespace()
                && !UNSAFE_IN_USER.contains(character)
        };
        if user.is_empty() || user.len() > LONGEST_USER || !user.chars().all(allowed) {
            return Err(NameError::User);
        }
        let domain = DomainName::parse(domain).map_err(|_| NameError::User)?;
        Ok(Self {
            user: user.to_owned(),
            domain,
        })
    }

    /// Reads `user@domain`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let (user, domain) = text.split_once('@').ok_or(NameError::User)?;
        Self::new(user, domain)
    }
}

impl fmt::Display for LotName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for DomainName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for LotKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.lot, self.domain)
    }
}

impl fmt::Display for UserAt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}@{}", self.user, self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_regard_to_case() {
        assert_eq!(LotName::parse("Sales"), LotName::parse("sales"));
        assert_eq!(DomainName::parse("A.Test"), DomainName::parse("a.test"));
        assert_eq!(UserAt::parse("1001@A.test"), UserAt::parse("1001@a.test"));
    }

    #[test]
    fn a_lot_begins_with_a_letter_so_that_a_slot_is_never_one() {
        for name in ["", "701", "*5901", "a b", "a@b", "ü", &"a".repeat(65)] {
            assert_eq!(LotName::parse(name), Err(NameError::Lot), "{name}");
        }
    }

    #[test]
    fn a_user_never_carries_what_a_dial_string_would_run() {
        for user in [
            "1001,x",
            "{a=b}1001",
            "a|b",
            "1001 2",
            "a'b",
            "${x}",
            "a/b",
            "",
        ] {
            assert_eq!(UserAt::new(user, "a.test"), Err(NameError::User), "{user}");
        }
        assert!(UserAt::parse("1001").is_err());
        assert!(UserAt::parse("1001@a b").is_err());
        assert!(UserAt::parse("anna.o'x@a").is_err());
        assert!(UserAt::parse("anna.b+2@a.test").is_ok());
    }
}
