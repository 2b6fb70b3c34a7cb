//! What people and programs ask for: arguments of applications, and the verbs of the API.

use crate::{
    call::Destination,
    lot::Want,
    names::{DomainName, LotKey, LotName, UserAt},
    result::Code,
    table::Which,
};

/// `lot` or `lot@domain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotRef {
    /// The lot.
    pub lot: LotName,
    /// The domain, where it was named.
    pub domain: Option<DomainName>,
}

/// The call goes by a secret that we gave out ourselves.
const TICKET: &str = "ticket=";
/// Lamps' targets are dialled as they are.
const LAMP_PREFIX: &str = "park+";
const LONGEST_SLOT: usize = 32;

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
}

impl ParkRequest {
    /// `[<lot>[@<domain>]] [auto|<slot>]`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let mut words = Words::of(text);
        if let Some(secret) = words.only().and_then(|word| word.strip_prefix(TICKET)) {
            return Ok(Self::Ticket(secret.to_owned()));
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

/// Which calls a list shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Of all domains.
    All,
    /// Of one domain.
    Domain(DomainName),
    /// Of one lot; without a domain: of that name in every domain.
    Lot(LotRef),
}

impl Filter {
    fn parse(word: &str) -> Result<Self, Code> {
        match word.strip_prefix('@') {
            Some(domain) => DomainName::parse(domain)
                .map(Self::Domain)
                .map_err(|_| Code::Usage),
            None => LotRef::parse(word).map(Self::Lot),
        }
    }

    pub(crate) fn admits(&self, key: &LotKey) -> bool {
        match self {
            Self::All => true,
            Self::Domain(domain) => key.domain == *domain,
            Self::Lot(LotRef { lot, domain }) => {
                key.lot == *lot && domain.as_ref().is_none_or(|domain| key.domain == *domain)
            }
        }
    }
}

/// To whom a call is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A channel.
    Uuid(String),
    /// A user, who is rung.
    User(UserAt),
    /// Anything that can be dialled.
    DialString(String),
}

impl Target {
    fn parse(text: &str) -> Result<Self, Code> {
        if text.is_empty() {
            return Err(Code::Usage);
        }
        // Every dial string names an endpoint before a '/', and a channel's id may have any form.
        if text.contains('/') {
            return Ok(Self::DialString(text.to_owned()));
        }
        if text.contains('@') {
            return UserAt::parse(text)
                .map(Self::User)
                .map_err(|_| Code::Usage);
        }
        Ok(Self::Uuid(text.to_owned()))
    }
}

/// `park [-bleg] <uuid> …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkVerb {
    /// The channel's partner is meant.
    pub bleg: bool,
    /// The channel.
    pub uuid: String,
    /// The lot; `None`: `default`.
    pub lot: Option<LotRef>,
    /// The slot.
    pub want: Want,
    /// Who parks.
    pub parker: Option<UserAt>,
    /// Seconds, as given.
    pub timeout: Option<String>,
}

/// One verb of the API with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // the contract's words
pub enum Verb {
    Help,
    List {
        filter: Filter,
        json: bool,
    },
    Show {
        lot: LotRef,
        slot: String,
        json: bool,
    },
    Lots {
        domain: Option<DomainName>,
        json: bool,
    },
    Status {
        json: bool,
    },
    Metrics,
    Park(ParkVerb),
    Retrieve {
        lot: LotRef,
        which: Which,
        target: Target,
    },
    Move {
        lot: LotRef,
        slot: String,
        to: Option<LotRef>,
        want: Want,
    },
    Return {
        lot: LotRef,
        slot: String,
    },
    Transfer {
        lot: LotRef,
        slot: String,
        to: Destination,
    },
    Drop {
        lot: LotRef,
        slot: String,
    },
    Drain(bool),
    Reload,
}

impl Verb {
    /// Reads a command line behind `callpark`; an empty one asks for help.
    pub fn parse(line: &str) -> Result<Self, Code> {
        let mut words = Words::of(line);
        let Ok(verb) = words.next() else {
            return Ok(Self::Help);
        };
        let verb = match verb {
            "help" => Self::Help,
            "list" => Self::list(&mut words)?,
            "show" => Self::Show {
                lot: words.lot()?,
                slot: words.slot()?,
                json: words.json(),
            },
            "lots" => Self::lots(&mut words)?,
            "status" => Self::Status { json: words.json() },
            "metrics" => Self::Metrics,
            "park" => Self::park(&mut words)?,
            "retrieve" => return Self::retrieve(words),
            "move" => Self::r#move(&mut words)?,
            "return" => Self::Return {
                lot: words.lot()?,
                slot: words.slot()?,
            },
            "transfer" => Self::Transfer {
                lot: words.lot()?,
                slot: words.slot()?,
                to: words.destination()?,
            },
            "drop" => Self::Drop {
                lot: words.lot()?,
                slot: words.slot()?,
            },
            "drain" => Self::Drain(words.on_or_off()?),
            "reload" => Self::Reload,
            _ => return Err(Code::Usage),
        };
        words.end()?;
        Ok(verb)
    }

    fn list(words: &mut Words<'_>) -> Result<Self, Code> {
        let filter = match words.peek() {
            None | Some("json") => Filter::All,
            Some(_) => Filter::parse(words.next()?)?,
        };
        Ok(Self::List {
            filter,
            json: words.json(),
        })
    }

    fn lots(words: &mut Words<'_>) -> Result<Self, Code> {
        let domain = match words.peek().and_then(|word| word.strip_prefix('@')) {
            None => None,
            Some(domain) => {
                words.next()?;
                Some(DomainName::parse(domain).map_err(|_| Code::Usage)?)
            }
        };
        Ok(Self::Lots {
            domain,
            json: words.json(),
        })
    }

    fn park(words: &mut Words<'_>) -> Result<Self, Code> {
        let bleg = words.take("-bleg");
        let uuid = words.next()?.to_owned();
        let (parker, timeout) = (words.option("parker="), words.option("timeout="));
        let parker = parker
            .map(UserAt::parse)
            .transpose()
            .map_err(|_| Code::Usage)?;
        let (lot, want) = words.lot_and_want()?;
        let timeout = timeout.map(str::to_owned);
        Ok(Self::Park(ParkVerb {
            bleg,
            uuid,
            lot,
            want,
            parker,
            timeout,
        }))
    }

    /// A dial string may hold spaces: the rest of the line is the target.
    fn retrieve(mut words: Words<'_>) -> Result<Self, Code> {
        let (lot, which) = (words.lot()?, which(words.next()?)?);
        let target = Target::parse(&words.rest())?;
        Ok(Self::Retrieve { lot, which, target })
    }

    fn r#move(words: &mut Words<'_>) -> Result<Self, Code> {
        let (lot, slot) = (words.lot()?, words.slot()?);
        let (to, want) = words.lot_and_want()?;
        Ok(Self::Move {
            lot,
            slot,
            to,
            want,
        })
    }
}

/// The words of a request, taken from the front.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        let mut words: Vec<_> = text.split_whitespace().collect();
        words.reverse();
        Self(words)
    }

    fn peek(&self) -> Option<&'a str> {
        self.0.last().copied()
    }

    fn only(&self) -> Option<&'a str> {
        if self.0.len() == 1 { self.peek() } else { None }
    }

    fn next(&mut self) -> Result<&'a str, Code> {
        self.0.pop().ok_or(Code::Usage)
    }

    fn take(&mut self, word: &str) -> bool {
        let there = self.peek() == Some(word);
        if there {
            self.0.pop();
        }
        there
    }

    /// A `name=value` that may stand anywhere.
    fn option(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|word| word.starts_with(name))?;
        self.0.remove(at).strip_prefix(name)
    }

    fn end(&self) -> Result<(), Code> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Code::Usage)
        }
    }

    fn rest(&self) -> String {
        let words: Vec<_> = self.0.iter().rev().copied().collect();
        words.join(" ")
    }

    fn json(&mut self) -> bool {
        self.take("json")
    }

    fn lot(&mut self) -> Result<LotRef, Code> {
        LotRef::parse(self.next()?)
    }

    fn slot(&mut self) -> Result<String, Code> {
        slot(self.next()?)
    }

    /// `[<lot>[@<domain>]] [auto|<slot>]`: a slot begins with a digit, `*` or `#`, or stands behind a lot.
    fn lot_and_want(&mut self) -> Result<(Option<LotRef>, Want), Code> {
        let lot = match self.peek() {
            Some(word) if word != "auto" && !begins_like_a_slot(word) => Some(self.lot()?),
            _ => None,
        };
        let want = match self.peek() {
            None => Want::Auto,
            Some("auto") => {
                self.next()?;
                Want::Auto
            }
            Some(_) => Want::Slot(self.slot()?),
        };
        Ok((lot, want))
    }

    fn destination(&mut self) -> Result<Destination, Code> {
        Ok(Destination {
            exten: self.next()?.to_owned(),
            dialplan: self.next().ok().map(str::to_owned),
            context: self.next().ok().map(str::to_owned),
        })
    }

    fn on_or_off(&mut self) -> Result<bool, Code> {
        match self.next()? {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(Code::Usage),
        }
    }
}

fn begins_like_a_slot(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit() || first == '*' || first == '#')
        || word.starts_with(LAMP_PREFIX)
}

fn slot(word: &str) -> Result<String, Code> {
    let slot = word.strip_prefix(LAMP_PREFIX).unwrap_or(word);
    let plain = |character: char| character.is_ascii_alphanumeric() || "*#+._".contains(character);
    if slot.is_empty() || slot.len() > LONGEST_SLOT || !slot.chars().all(plain) {
        return Err(Code::Usage);
    }
    Ok(slot.to_owned())
}

fn which(word: &str) -> Result<Which, Code> {
    match word {
        "oldest" => Ok(Which::Oldest),
        "newest" => Ok(Which::Newest),
        other => slot(other).map(Which::Slot),
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
        for line in [
            "lisst",
            "show",
            "show default",
            "drain",
            "drain maybe",
            "list json json",
            "park",
            "retrieve default 701",
            "reload now",
        ] {
            assert_eq!(Verb::parse(line), Err(Code::Usage), "{line}");
        }
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

    #[test]
    fn verbs_take_their_arguments() {
        assert_eq!(Verb::parse("  "), Ok(Verb::Help));
        assert_eq!(
            Verb::parse("list json"),
            Ok(Verb::List {
                filter: Filter::All,
                json: true
            })
        );
        let domain = DomainName::parse("a.test").unwrap();
        assert_eq!(
            Verb::parse("list @a.test"),
            Ok(Verb::List {
                filter: Filter::Domain(domain.clone()),
                json: false
            })
        );
        assert_eq!(
            Verb::parse("lots @a.test json"),
            Ok(Verb::Lots {
                domain: Some(domain),
                json: true
            })
        );
        let Ok(Verb::Park(park)) =
            Verb::parse("park -bleg u-1 sales 801 timeout=5 parker=1001@a.test")
        else {
            panic!("not read");
        };
        assert_eq!(
            (park.bleg, park.uuid.as_str(), park.want),
            (true, "u-1", number("801"))
        );
        assert_eq!(
            (park.parker.unwrap().to_string(), park.timeout),
            ("1001@a.test".to_owned(), Some("5".to_owned()))
        );
        let to = |line| match Verb::parse(line) {
            Ok(Verb::Retrieve { target, .. }) => target,
            other => panic!("{other:?}"),
        };
        assert!(matches!(
            to("retrieve default 701 1002@a.test"),
            Target::User(_)
        ));
        assert!(matches!(
            to("retrieve default oldest 0f0e0d0c-1111-2222-3333-444455556666"),
            Target::Uuid(_)
        ));
        assert_eq!(
            to("retrieve default 701 {a=b c}user/1@x"),
            Target::DialString("{a=b c}user/1@x".to_owned())
        );
    }
}
