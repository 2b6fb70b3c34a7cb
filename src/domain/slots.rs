//! The slots of a lot: which labels it has.

use std::fmt;

/// A lot has at most this many slots.
pub const MOST_SLOTS: u32 = 100_000;
const LONGEST_LABEL: usize = 32;

/// Why a `slots` value is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A part that is no range.
    #[error("'{0}' is no range of slots such as 701-799 or *5901-*5999")]
    Range(String),
    /// A range that ends before it begins, or whose ends differ in prefix.
    #[error("'{0}' ends before it begins, or its ends differ in their prefix or width")]
    Ends(String),
    /// A slot that stands in two ranges.
    #[error("slot {0} stands twice")]
    Twice(String),
    /// Too many.
    #[error("more than {MOST_SLOTS} slots")]
    TooMany,
}

/// The labels of a lot, in the order of its configuration, each with an index from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotPlan {
    text: String,
    ranges: Vec<Range>,
    len: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Range {
    prefix: String,
    width: usize,
    first: u64,
    last: u64,
    /// Index of the first slot.
    base: u32,
}

impl SlotPlan {
    /// Reads `701-799,7100-7199` or `*5901-*5999`; a single slot stands for itself.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        let mut plan = Self {
            text: text.trim().to_owned(),
            ranges: Vec::new(),
            len: 0,
        };
        for part in text.split(',') {
            let range = Range::parse(part.trim(), plan.len)?;
            if let Some(label) = plan
                .ranges
                .iter()
                .find_map(|other| range.shared_with(other))
            {
                return Err(PlanError::Twice(label));
            }
            plan.len = range
                .count()
                .and_then(|count| plan.len.checked_add(count))
                .filter(|len| *len <= MOST_SLOTS)
                .ok_or(PlanError::TooMany)?;
            plan.ranges.push(range);
        }
        Ok(plan)
    }

    /// The default of the parameter `slots`.
    pub(crate) fn of_701_to_799() -> Self {
        Self {
            text: "701-799".to_owned(),
            ranges: vec![Range {
                prefix: String::new(),
                width: 3,
                first: 701,
                last: 799,
                base: 0,
            }],
            len: 99,
        }
    }

    /// How many.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Never: a plan has a slot.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The label of an index.
    pub fn label(&self, index: u32) -> Option<String> {
        let range = self.ranges.iter().rev().find(|range| range.base <= index)?;
        let number = range.first + u64::from(index - range.base);
        (number <= range.last).then(|| range.label(number))
    }

    /// The index of a label.
    pub fn index(&self, label: &str) -> Option<u32> {
        self.ranges.iter().find_map(|range| range.index(label))
    }

    /// Whether a slot has this label when case does not count: lots' names compare so, and are no slots.
    pub fn has_name(&self, name: &str) -> bool {
        self.ranges.iter().any(|range| {
            let prefix = name
                .get(..range.prefix.len())
                .filter(|prefix| prefix.eq_ignore_ascii_case(&range.prefix));
            let digits = prefix.and_then(|prefix| name.strip_prefix(prefix));
            digits.is_some_and(|digits| range.index(&format!("{}{digits}", range.prefix)).is_some())
        })
    }

    /// A label that both plans have.
    pub fn overlap(&self, other: &Self) -> Option<String> {
        let mut pairs = self
            .ranges
            .iter()
            .flat_map(|mine| other.ranges.iter().map(move |theirs| (mine, theirs)));
        pairs.find_map(|(mine, theirs)| mine.shared_with(theirs))
    }
}

impl fmt::Display for SlotPlan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl Range {
    fn parse(part: &str, base: u32) -> Result<Self, PlanError> {
        let wrong = || PlanError::Range(part.to_owned());
        let (first, last) = match split_range(part) {
            Some((first, last)) => (Label::parse(first), Label::parse(last)),
            None => (Label::parse(part), Label::parse(part)),
        };
        let (first, last) = (first.ok_or_else(wrong)?, last.ok_or_else(wrong)?);
        let padded = first.digits.starts_with('0') || last.digits.starts_with('0');
        let fits =
            first.prefix == last.prefix && (!padded || first.digits.len() == last.digits.len());
        if !fits || first.number > last.number {
            return Err(PlanError::Ends(part.to_owned()));
        }
        Ok(Self {
            prefix: first.prefix.to_owned(),
            width: first.digits.len(),
            first: first.number,
            last: last.number,
            base,
        })
    }

    fn count(&self) -> Option<u32> {
        u32::try_from(self.last - self.first).ok()?.checked_add(1)
    }

    fn label(&self, number: u64) -> String {
        format!("{}{number:0width$}", self.prefix, width = self.width)
    }

    fn index(&self, label: &str) -> Option<u32> {
        let number = label
            .strip_prefix(self.prefix.as_str())?
            .parse::<u64>()
            .ok()?;
        let inside = (self.first..=self.last).contains(&number) && self.label(number) == label;
        inside
            .then(|| u32::try_from(number - self.first).ok())?
            .map(|offset| self.base + offset)
    }

    /// A label of both. Ranges of one prefix and of different widths write alike what fills the wider one: `100` is in
    /// `007-120` and in `1-200`, `7` is not.
    fn shared_with(&self, other: &Self) -> Option<String> {
        let alike = match self.width.max(other.width) {
            wider if self.width != other.width => {
                10_u64.checked_pow(u32::try_from(wider).ok()?.checked_sub(1)?)?
            }
            _ => 0,
        };
        let (first, last) = (
            self.first.max(other.first).max(alike),
            self.last.min(other.last),
        );
        (self.prefix == other.prefix && first <= last).then(|| self.label(first))
    }
}

/// `a-b` at the '-' that stands before the second label; a prefix may hold no '-'.
fn split_range(part: &str) -> Option<(&str, &str)> {
    part.split_once('-')
        .map(|(first, last)| (first.trim(), last.trim()))
}

/// A label taken apart.
struct Label<'a> {
    prefix: &'a str,
    digits: &'a str,
    number: u64,
}

impl<'a> Label<'a> {
    fn parse(label: &'a str) -> Option<Self> {
        let digits_at = label.find(|character: char| character.is_ascii_digit())?;
        let (prefix, digits) = label.split_at(digits_at);
        let allowed =
            |character: char| character.is_ascii_alphabetic() || "*#+._".contains(character);
        if label.len() > LONGEST_LABEL
            || !prefix.chars().all(allowed)
            || !digits.chars().all(|digit| digit.is_ascii_digit())
        {
            return None;
        }
        let number = digits.parse().ok()?;
        Some(Self {
            prefix,
            digits,
            number,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_finds_its_index_again() {
        let plan = SlotPlan::parse("701-799, 7100-7199,*5901-*5903,007-012,8").unwrap();
        assert_eq!(plan.len(), 99 + 100 + 3 + 6 + 1);
        for index in 0..plan.len() {
            let label = plan.label(index).unwrap();
            assert_eq!(plan.index(&label), Some(index), "{label}");
        }
        assert_eq!(plan.label(plan.len()), None);
        assert_eq!(plan.label(0).as_deref(), Some("701"));
        assert_eq!(plan.label(199).as_deref(), Some("*5901"));
        assert_eq!(plan.label(202).as_deref(), Some("007"));
    }

    #[test]
    fn what_looks_alike_is_no_slot_of_the_plan() {
        let plan = SlotPlan::parse("701-799").unwrap();
        for label in [
            "700",
            "800",
            "0701",
            "+701",
            "701 ",
            "*701",
            "",
            "7_1",
            "99999999999999999999",
        ] {
            assert_eq!(plan.index(label), None, "{label}");
        }
    }

    #[test]
    fn a_range_that_cannot_be_is_refused() {
        for text in [
            "",
            "x",
            "701-",
            "-701",
            "799-701",
            "*701-702",
            "007-12",
            "701,,702",
            "7 01",
            "701-702-703",
        ] {
            assert!(SlotPlan::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            SlotPlan::parse("701-710,705"),
            Err(PlanError::Twice("705".to_owned()))
        );
        assert_eq!(SlotPlan::parse("1-100001"), Err(PlanError::TooMany));
        assert_eq!(
            SlotPlan::parse("1-18446744073709551615"),
            Err(PlanError::TooMany)
        );
        assert_eq!(SlotPlan::parse("1-100000").unwrap().len(), 100_000);
    }

    #[test]
    fn overlap_names_a_slot_of_both() {
        let plan = |text| SlotPlan::parse(text).unwrap();
        assert_eq!(
            plan("701-799").overlap(&plan("790-810")).as_deref(),
            Some("790")
        );
        assert_eq!(plan("701-799").overlap(&plan("*701-*799")), None);
        assert_eq!(plan("701-799").overlap(&plan("0701-0799")), None);
    }
}
