//! The arguments of the applications.

use crate::{
    lot::Want,
    names::{DomainName, LotKey, LotName},
    result::Code,
    table::Which,
    words::{Words, slot, which},
};

/// `lot` or `lot@domain`.
#[derive(Default, Debug, Clone, PartialEq, Eq)]
pub struct LotRef {
    /// The lot.
    pub lot: LotName,
    /// The domain, where it was named.
    pub domain: Option<DomainName>,
}

/// The call goes by a secret that we gave out ourselves.
const TICKET: &str = "ticket=";
/// The leg is only told a slot.
const SAY: &str = "say=";
/// The leg is only told that a call is parked in a slot.
const PAGE: &str = "page=";

/// Where our own legs are sent, as the dialplan `inline` has it: an application and its argument, which is read below.
pub mod inline {
    use super::{PAGE, SAY, TICKET};

    /// Into the slot that is reserved behind this secret.
    pub fn park(secret: &str) -> String {
        format!("callpark:{TICKET}{secret}")
    }

    /// To the call that is offered behind this secret.
    pub fn retrieve(secret: &str) -> String {
        format!("callpark_retrieve:{TICKET}{secret}")
    }

    /// To hear in which slot its partner is parked.
    pub fn say(slot: &str) -> String {
        format!("callpark:{SAY}{slot}")
    }

    /// To hear that a call is parked in this slot.
    pub fn page(slot: &str) -> String {
        format!("callpark:{PAGE}{slot}")
    }
}

impl LotRef {
    /// Reads it.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let (lot, domain) = match text.split_once('@') {
            None => (text, None),
            Some((lot, domain)) => (lot, Some(domain)),
        };
        Ok(Self {
            lot: LotName::parse(lot).map_err(|_| Code::Usage)?,
            domain: domain
                .map(DomainName::parse)
                .transpose()
                .map_err(|_| Code::Usage)?,
        })
    }

    /// The lot that is meant where a call of another one is at hand: without a domain, of the same.
    pub fn beside(&self, other: &LotKey) -> LotKey {
        let domain = self.domain.as_ref().unwrap_or(&other.domain);
        LotKey {
            lot: self.lot.clone(),
            domain: domain.clone(),
        }
    }
}

/// Argument of `callpark`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParkRequest {
    /// Into a slot of a lot.
    Slot {
        /// The lot; `None`: `default`.
        lot: Option<LotRef>,
        /// The slot.
        want: Want,
    },
    /// Into the slot that is reserved behind this secret.
    Ticket(String),
    /// Not at all: a leg whose partner was parked hears where, and is let go.
    Say(String),
    /// Not at all: a leg that was paged hears what is parked where, and is let go.
    Page(String),
}

impl ParkRequest {
    /// `[<lot>[@<domain>]] [auto|<slot>]`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let mut words = Words::of(text);
        if let Some(secret) = words.only().and_then(|word| word.strip_prefix(TICKET)) {
            return Ok(Self::Ticket(secret.to_owned()));
        }
        if let Some(said) = words.only().and_then(|word| word.strip_prefix(SAY)) {
            return Ok(Self::Say(slot(said)?));
        }
        if let Some(paged) = words.only().and_then(|word| word.strip_prefix(PAGE)) {
            return Ok(Self::Page(slot(paged)?));
        }
        let (lot, want) = words.lot_and_want()?;
        words.end()?;
        Ok(Self::Slot { lot, want })
    }
}

/// Which call `callpark_retrieve` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Named by the request.
    Which(Which),
    /// Keyed in by the caller.
    Ask,
}

/// Argument of `callpark_retrieve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetrieveRequest {
    /// Out of a slot of a lot.
    Slot {
        /// The lot; `None`: `default`.
        lot: Option<LotRef>,
        /// The call.
        wanted: Wanted,
    },
    /// The call that is offered behind this secret.
    Ticket(String),
}

impl RetrieveRequest {
    /// `[<lot>[@<domain>]] <slot>|oldest|newest|ask`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let mut words = Words::of(text);
        if let Some(secret) = words.only().and_then(|word| word.strip_prefix(TICKET)) {
            return Ok(Self::Ticket(secret.to_owned()));
        }
        let sole = words.only().is_some();
        let lot = if sole { None } else { Some(words.lot()?) };
        let word = words.next()?;
        words.end()?;
        let wanted = if word == "ask" {
            Wanted::Ask
        } else {
            Wanted::Which(which(word)?)
        };
        Ok(Self::Slot { lot, wanted })
    }
}

/// Argument of `callpark_slot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRequest {
    /// The lot; `None`: `default`.
    pub lot: Option<LotRef>,
    /// The slot.
    pub slot: String,
}

impl SlotRequest {
    /// `[<lot>[@<domain>]] <slot>`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let mut words = Words::of(text);
        let lot = if words.only().is_some() {
            None
        } else {
            Some(words.lot()?)
        };
        let slot = slot(words.next()?)?;
        words.end()?;
        Ok(Self { lot, slot })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lot(text: &str) -> Option<LotRef> {
        Some(LotRef::parse(text).unwrap())
    }

    fn number(slot: &str) -> Want {
        Want::Slot(slot.to_owned())
    }

    #[test]
    fn a_sole_argument_that_looks_like_a_slot_is_one_of_the_default_lot() {
        let park = |text| ParkRequest::parse(text);
        let slot = |lot, want| Ok(ParkRequest::Slot { lot, want });
        assert_eq!(park(""), slot(None, Want::Auto));
        assert_eq!(park("auto"), slot(None, Want::Auto));
        assert_eq!(park("*5901"), slot(None, number("*5901")));
        assert_eq!(park("park+701"), slot(None, number("701")));
        assert_eq!(park("sales"), slot(lot("sales"), Want::Auto));
        assert_eq!(
            park("sales@a.test 801"),
            slot(lot("sales@a.test"), number("801"))
        );
        assert_eq!(park(" sales  auto "), slot(lot("sales"), Want::Auto));
        assert_eq!(
            park("ticket=abc"),
            Ok(ParkRequest::Ticket("abc".to_owned()))
        );
    }

    #[test]
    fn garbage_is_usage_and_never_a_panic() {
        let long = "9".repeat(10_000);
        for text in [
            "a b c",
            "701 702",
            "sales@",
            "@a",
            "sales 7;1",
            "${x}",
            "%n%s",
            "'",
            &long,
            "sa\u{0}les 7",
        ] {
            assert_eq!(ParkRequest::parse(text), Err(Code::Usage), "{text:.40}");
        }
        assert_eq!(RetrieveRequest::parse(""), Err(Code::Usage));
        assert_eq!(SlotRequest::parse(""), Err(Code::Usage));
    }

    #[test]
    fn a_retrieve_names_a_slot_or_asks() {
        let wanted = |text| match RetrieveRequest::parse(text) {
            Ok(RetrieveRequest::Slot { wanted, .. }) => wanted,
            other => panic!("{other:?}"),
        };
        assert_eq!(wanted("701"), Wanted::Which(Which::Slot("701".to_owned())));
        assert_eq!(wanted("default oldest"), Wanted::Which(Which::Oldest));
        assert_eq!(wanted("newest"), Wanted::Which(Which::Newest));
        assert_eq!(wanted("default@a.test ask"), Wanted::Ask);
    }
}
