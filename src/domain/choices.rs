//! The values that settings choose from, each with the word for it.

use crate::template::Template;
use std::str::FromStr;

/// Which free slot `auto` takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choose {
    /// The first of the configuration.
    First,
    /// The next behind the one taken last.
    Next,
    /// Any.
    Random,
}

/// What becomes of a call whose slot is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occupied {
    /// `SLOT_BUSY`.
    Refuse,
    /// The next free one.
    Next,
}

/// What a leg gets that dialled the park extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direct {
    /// Users as `Consult`, outside legs as `OwnLeg`.
    Auto,
    /// A slot for the call that an attended transfer will bring.
    Consult,
    /// The call that the user has on hold.
    Held,
    /// The leg itself is parked (`self`).
    OwnLeg,
}

/// Who is rung when the time is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnTo {
    /// Whoever parked the call.
    Parker,
    /// Nobody: straight to the fallback.
    None,
    /// A dial string of the operator's.
    Dial(Template),
}

/// How the parker is told the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirm {
    /// Voice and display while the parker is on the line, else a message.
    Auto,
    /// Not at all.
    None,
    /// These ways.
    List(ConfirmWays),
}

/// Ways of a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConfirmWays {
    /// By voice.
    pub audio: bool,
    /// On the phone's display.
    pub display: bool,
    /// By SIP MESSAGE.
    pub message: bool,
}

impl Confirm {
    /// The ways that are wanted of a parker who is still on the line, or is not.
    pub fn ways(&self, on_the_line: bool) -> ConfirmWays {
        match self {
            Self::Auto => ConfirmWays {
                audio: on_the_line,
                display: on_the_line,
                message: !on_the_line,
            },
            Self::None => ConfirmWays::default(),
            Self::List(ways) => *ways,
        }
    }
}

impl FromStr for Choose {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "first" => Ok(Self::First),
            "next" => Ok(Self::Next),
            "random" => Ok(Self::Random),
            _ => Err(()),
        }
    }
}

impl FromStr for Occupied {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "refuse" => Ok(Self::Refuse),
            "next" => Ok(Self::Next),
            _ => Err(()),
        }
    }
}

impl FromStr for Direct {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "auto" => Ok(Self::Auto),
            "consult" => Ok(Self::Consult),
            "held" => Ok(Self::Held),
            "self" => Ok(Self::OwnLeg),
            _ => Err(()),
        }
    }
}

impl FromStr for ReturnTo {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "" => Err(()),
            "parker" => Ok(Self::Parker),
            "none" => Ok(Self::None),
            dial => Ok(Self::Dial(Template::new(dial))),
        }
    }
}

impl FromStr for Confirm {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "auto" => return Ok(Self::Auto),
            "none" => return Ok(Self::None),
            _ => {}
        }
        let mut ways = ConfirmWays::default();
        for word in text.split([',', ' ']).filter(|word| !word.is_empty()) {
            match word {
                "audio" => ways.audio = true,
                "display" => ways.display = true,
                "message" => ways.message = true,
                _ => return Err(()),
            }
        }
        if ways == ConfirmWays::default() {
            Err(())
        } else {
            Ok(Self::List(ways))
        }
    }
}
