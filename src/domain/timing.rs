//! When a call in a slot rings back, goes to its fallback, or ends. Pure: a call's settings and what has happened so far.

use crate::{
    call::{Epoch, Outcome, Purpose},
    choices::ReturnTo,
    names::UserAt,
    settings::CallSettings,
};

/// What has happened to a call that bears on its deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    /// When the next ring-back, or what stands in its place, is due.
    next_ring: Option<Epoch>,
    /// When patience ends.
    limit: Option<Epoch>,
    /// Attempts of this round.
    attempts: u32,
    /// The round is over: no attempt is left, or the parker cannot be reached.
    round_over: bool,
    /// The one ring past the limit has begun.
    last_ring: bool,
}

/// What a call that is due is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing yet.
    Wait,
    /// Ring the parker.
    Ring,
    /// Go to the fallback.
    Fallback,
    /// End with `ALLOTTED_TIMEOUT`.
    Drop,
}

/// How a ring-back ended that connected nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RingEnd {
    /// It rang, or was refused.
    NoAnswer,
    /// There is no phone to ring.
    NotRegistered,
}

/// Cause of a call whose time is up and that nobody wants.
pub(crate) const OUT_OF_TIME: Purpose = Purpose::Drop {
    cause: "ALLOTTED_TIMEOUT",
};

/// What the rules look at.
pub(crate) struct Rules<'a> {
    pub settings: &'a CallSettings,
    pub parker: Option<&'a UserAt>,
    /// Whether the call has somewhere to go; a fallback whose extension comes out empty is none.
    pub has_fallback: bool,
}

impl Rules<'_> {
    pub fn can_ring(&self) -> bool {
        match self.settings.return_to {
            ReturnTo::Parker => self.parker.is_some(),
            ReturnTo::Dial(_) => true,
            ReturnTo::None => false,
        }
    }

    /// The deadlines of a call that is parked now.
    pub fn begin(&self, now: Epoch) -> Timing {
        let after = |seconds: u32| (seconds > 0).then(|| now + Epoch::from(seconds));
        Timing {
            next_ring: after(self.settings.timeout),
            limit: after(self.settings.max_wait),
            attempts: 0,
            round_over: false,
            last_ring: false,
        }
    }

    /// What is due now of a parked call; may move its deadlines.
    pub fn step(&self, timing: &mut Timing, now: Epoch) -> Step {
        if timing.limit.is_some_and(|limit| limit <= now) {
            return self.past_the_limit(timing);
        }
        if timing.next_ring.is_none_or(|due| due > now) {
            return Step::Wait;
        }
        if self.can_ring() && !timing.round_over {
            return Step::Ring;
        }
        if self.has_fallback {
            return Step::Fallback;
        }
        // Nobody to ring and nowhere to go: another round, if there are any.
        let timeout = self.settings.timeout;
        *timing = Timing {
            next_ring: (timeout > 0).then(|| now + Epoch::from(timeout)),
            attempts: 0,
            round_over: false,
            ..*timing
        };
        Step::Wait
    }

    fn past_the_limit(&self, timing: &Timing) -> Step {
        if self.has_fallback {
            Step::Fallback
        } else if self.can_ring() && !timing.last_ring {
            Step::Ring
        } else {
            Step::Drop
        }
    }

    /// A ring-back begins; when it is over at the latest.
    pub fn ring_begins(&self, timing: &mut Timing, now: Epoch) -> Epoch {
        timing.attempts += 1;
        timing.last_ring = timing.last_ring || timing.limit.is_some_and(|limit| limit <= now);
        now + Epoch::from(self.settings.ring_timeout)
    }

    /// A ring-back is over, and nobody was connected: sets the deadline of what follows.
    pub fn ring_ended(&self, timing: &mut Timing, end: RingEnd, now: Epoch) {
        let again = end == RingEnd::NoAnswer && timing.attempts < self.settings.ring_attempts;
        timing.round_over = !again;
        timing.next_ring = Some(if again {
            now + Epoch::from(self.settings.retry_after)
        } else {
            now
        });
    }
}

impl Timing {
    /// When [`Rules::step`] is to look again.
    pub fn due_at(&self) -> Option<Epoch> {
        match (self.next_ring, self.limit) {
            (Some(ring), Some(limit)) => Some(ring.min(limit)),
            (ring, limit) => ring.or(limit),
        }
    }
}

/// The purpose of a call that goes to its fallback.
pub(crate) fn to_fallback(to: crate::call::Destination) -> Purpose {
    Purpose::Transfer {
        to,
        outcome: Outcome::Fallback,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LotSettings;

    struct Bench {
        settings: LotSettings,
        parker: Option<UserAt>,
    }

    impl Bench {
        fn new(params: &[(&str, &str)]) -> Self {
            let mut settings = LotSettings::default();
            for (name, value) in params {
                settings.set(name, value).unwrap();
            }
            Self {
                settings,
                parker: Some(UserAt::parse("1001@a.test").unwrap()),
            }
        }

        fn rules(&self) -> Rules<'_> {
            Rules {
                settings: &self.settings.call,
                parker: self.parker.as_ref(),
                has_fallback: self.settings.call.fallback.is_some(),
            }
        }

        /// Plays from 0 to `end`, every ring ending unanswered after `ring-timeout`; what happened when.
        fn play(&self, end: Epoch, ring_end: RingEnd) -> Vec<(Epoch, Step)> {
            let rules = self.rules();
            let mut timing = rules.begin(0);
            let mut seen = Vec::new();
            let mut rings_until = None;
            for now in 0..=end {
                if rings_until.is_some_and(|until| until > now) {
                    continue;
                }
                if rings_until.take().is_some() {
                    rules.ring_ended(&mut timing, ring_end, now);
                }
                match rules.step(&mut timing, now) {
                    Step::Wait => continue,
                    Step::Ring => rings_until = Some(rules.ring_begins(&mut timing, now)),
                    last => {
                        seen.push((now, last));
                        break;
                    }
                }
                seen.push((now, Step::Ring));
            }
            seen
        }
    }

    const FALLBACK: (&str, &str) = ("fallback", "operator XML default");

    #[test]
    fn the_parker_is_rung_and_then_comes_the_fallback() {
        let bench = Bench::new(&[("timeout", "10"), ("ring-timeout", "5"), FALLBACK]);
        assert_eq!(
            bench.play(100, RingEnd::NoAnswer),
            [(10, Step::Ring), (15, Step::Fallback)]
        );
    }

    #[test]
    fn every_attempt_waits_for_retry_after() {
        let bench = Bench::new(&[
            ("timeout", "10"),
            ("ring-timeout", "5"),
            ("ring-attempts", "3"),
            ("retry-after", "7"),
            FALLBACK,
        ]);
        let expected = [
            (10, Step::Ring),
            (22, Step::Ring),
            (34, Step::Ring),
            (39, Step::Fallback),
        ];
        assert_eq!(bench.play(100, RingEnd::NoAnswer), expected);
    }

    #[test]
    fn a_parker_without_a_phone_is_not_tried_again() {
        let bench = Bench::new(&[
            ("timeout", "10"),
            ("ring-timeout", "5"),
            ("ring-attempts", "3"),
            FALLBACK,
        ]);
        assert_eq!(
            bench.play(100, RingEnd::NotRegistered),
            [(10, Step::Ring), (15, Step::Fallback)]
        );
    }

    #[test]
    fn without_a_fallback_round_follows_round_until_the_limit_and_a_last_ring_ends_it() {
        let bench = Bench::new(&[("timeout", "10"), ("ring-timeout", "5"), ("max-wait", "40")]);
        let expected = [
            (10, Step::Ring),
            (25, Step::Ring),
            (40, Step::Ring),
            (45, Step::Drop),
        ];
        assert_eq!(bench.play(100, RingEnd::NoAnswer), expected);
    }

    #[test]
    fn nobody_to_ring_goes_straight_to_the_fallback() {
        let mut unknown = Bench::new(&[("timeout", "10"), FALLBACK]);
        unknown.parker = None;
        assert_eq!(unknown.play(100, RingEnd::NoAnswer), [(10, Step::Fallback)]);
        let none = Bench::new(&[("timeout", "10"), ("return-to", "none"), FALLBACK]);
        assert_eq!(none.play(100, RingEnd::NoAnswer), [(10, Step::Fallback)]);
    }

    #[test]
    fn nobody_waits_for_ever_even_with_no_timeout_and_nobody_to_ring() {
        let silent = Bench::new(&[("timeout", "0"), ("return-to", "none"), ("max-wait", "30")]);
        assert_eq!(silent.play(100, RingEnd::NoAnswer), [(30, Step::Drop)]);
        let limited = Bench::new(&[("timeout", "0"), ("max-wait", "30"), FALLBACK]);
        assert_eq!(limited.play(100, RingEnd::NoAnswer), [(30, Step::Fallback)]);
        let for_ever = Bench::new(&[("timeout", "0"), ("max-wait", "0")]);
        assert_eq!(for_ever.rules().begin(0).due_at(), None);
    }
}
