//! The verbs of the API command.

use crate::{
    call::Destination,
    lot::Want,
    names::{DomainName, LotKey, UserAt},
    request::LotRef,
    result::Code,
    table::Which,
    words::{Words, which},
};

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
            return UserAt::parse(text).map(Self::User).map_err(|_| Code::Usage);
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
        which: Which,
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
        which: Which,
        to: Option<LotRef>,
        want: Want,
    },
    Return {
        lot: LotRef,
        which: Which,
    },
    Transfer {
        lot: LotRef,
        which: Which,
        to: Destination,
    },
    Drop {
        lot: LotRef,
        which: Which,
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
                which: words.which_slot()?,
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
                which: words.which_slot()?,
            },
            "transfer" => Self::Transfer {
                lot: words.lot()?,
                which: words.which_slot()?,
                to: words.destination()?,
            },
            "drop" => Self::Drop {
                lot: words.lot()?,
                which: words.which_slot()?,
            },
            "drain" => Self::Drain(words.on_or_off()?),
            "reload" => Self::Reload,
            _ => return Err(Code::Usage),
        };
        words.end()?;
        Ok(verb)
    }

    /// Which call it is about, and in which lot, where it is about one.
    pub fn place(&mut self) -> Option<(&LotRef, &mut Which)> {
        match self {
            Self::Show { lot, which, .. }
            | Self::Retrieve { lot, which, .. }
            | Self::Move { lot, which, .. }
            | Self::Return { lot, which }
            | Self::Transfer { lot, which, .. }
            | Self::Drop { lot, which } => Some((lot, which)),
            _ => None,
        }
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
        let (lot, which) = (words.lot()?, words.which_slot()?);
        let (to, want) = words.lot_and_want()?;
        Ok(Self::Move {
            lot,
            which,
            to,
            want,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(slot: &str) -> Want {
        Want::Slot(slot.to_owned())
    }

    #[test]
    fn a_line_that_cannot_be_read_is_usage() {
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
