//! The words of a request, and what a word can be.

use crate::{call::Destination, lot::Want, request::LotRef, result::Code, table::Which};

/// Lamps' targets are dialled as they are.
const LAMP_PREFIX: &str = "park+";
const LONGEST_SLOT: usize = 32;

/// The words of a request, taken from the front.
pub struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    pub fn of(text: &'a str) -> Self {
        let mut words: Vec<_> = text.split_whitespace().collect();
        words.reverse();
        Self(words)
    }

    pub fn peek(&self) -> Option<&'a str> {
        self.0.last().copied()
    }

    pub fn only(&self) -> Option<&'a str> {
        if self.0.len() == 1 { self.peek() } else { None }
    }

    pub fn next(&mut self) -> Result<&'a str, Code> {
        self.0.pop().ok_or(Code::Usage)
    }

    pub fn take(&mut self, word: &str) -> bool {
        let there = self.peek() == Some(word);
        if there {
            self.0.pop();
        }
        there
    }

    /// A `name=value` that may stand anywhere.
    pub fn option(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|word| word.starts_with(name))?;
        self.0.remove(at).strip_prefix(name)
    }

    pub fn end(&self) -> Result<(), Code> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Code::Usage)
        }
    }

    pub fn rest(&self) -> String {
        let words: Vec<_> = self.0.iter().rev().copied().collect();
        words.join(" ")
    }

    pub fn json(&mut self) -> bool {
        self.take("json")
    }

    pub fn lot(&mut self) -> Result<LotRef, Code> {
        LotRef::parse(self.next()?)
    }

    pub fn slot(&mut self) -> Result<String, Code> {
        slot(self.next()?)
    }

    pub fn which_slot(&mut self) -> Result<Which, Code> {
        self.slot().map(Which::Slot)
    }

    /// `[<lot>[@<domain>]] [auto|<slot>]`: a slot begins with a digit, `*` or `#`, or stands behind a lot.
    pub fn lot_and_want(&mut self) -> Result<(Option<LotRef>, Want), Code> {
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

    pub fn destination(&mut self) -> Result<Destination, Code> {
        Ok(Destination {
            exten: self.next()?.to_owned(),
            dialplan: self.next().ok().map(str::to_owned),
            context: self.next().ok().map(str::to_owned),
        })
    }

    pub fn on_or_off(&mut self) -> Result<bool, Code> {
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

pub fn slot(word: &str) -> Result<String, Code> {
    let slot = word.strip_prefix(LAMP_PREFIX).unwrap_or(word);
    let plain = |character: char| character.is_ascii_alphanumeric() || "*#+._".contains(character);
    if slot.is_empty() || slot.len() > LONGEST_SLOT || !slot.chars().all(plain) {
        return Err(Code::Usage);
    }
    Ok(slot.to_owned())
}

pub fn which(word: &str) -> Result<Which, Code> {
    match word {
        "oldest" => Ok(Which::Oldest),
        "newest" => Ok(Which::Newest),
        other => slot(other).map(Which::Slot),
    }
}
