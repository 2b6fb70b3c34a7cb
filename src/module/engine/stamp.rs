//! The time stamps of one call's stream: they tell the time at which a frame is heard, whatever was missed before it.

use std::sync::atomic::{AtomicU32, Ordering};

/// Frames that the stamps may be behind the clock: who is visited early in one beat and late in the next is not behind.
const MOST_BEHIND: u32 = 2;
/// A clock that is so many frames behind the stamps has begun anew.
const ANEW: u32 = 50;

/// The stamp of the last frame, 0 before the first.
#[derive(Debug, Default)]
pub struct Stamp(AtomicU32);

impl Stamp {
    /// The next frame's, by the leg's RTP clock: one frame of `samples` on, or what the clock shows where beats were missed.
    /// 0 for the host's own choice, where the leg has no clock.
    pub fn next(&self, clock: Option<u32>, samples: u32) -> u32 {
        let Some(clock) = clock else { return 0 };
        let stamp = match self.0.load(Ordering::Relaxed) {
            0 => clock,
            last => follow(last.wrapping_add(samples), clock, samples),
        };
        // 0 would be the host's own choice.
        let stamp = stamp.max(1);
        self.0.store(stamp, Ordering::Relaxed);
        stamp
    }
}

fn follow(next: u32, clock: u32, samples: u32) -> u32 {
    let behind = i64::from(clock.wrapping_sub(next).cast_signed());
    let missed = behind >= i64::from(MOST_BEHIND * samples);
    let anew = behind <= -i64::from(ANEW * samples);
    if missed || anew { clock } else { next }
}

#[cfg(test)]
mod tests {
    use super::Stamp;

    fn stamps(clocks: &[u32]) -> Vec<u32> {
        let stamp = Stamp::default();
        let next = |clock: &u32| stamp.next(Some(*clock), 160);
        clocks.iter().map(next).collect()
    }

    #[test]
    fn early_and_late_visits_do_not_show() {
        assert_eq!(stamps(&[1600, 1760, 1760, 2240]), [1600, 1760, 1920, 2080]);
    }

    #[test]
    fn missed_beats_show() {
        assert_eq!(stamps(&[1600, 1760, 2240, 2400]), [1600, 1760, 2240, 2400]);
        assert_eq!(stamps(&[1600, 17_600, 17_760]), [1600, 17_600, 17_760]);
    }

    #[test]
    fn a_clock_that_begins_anew_is_followed() {
        assert_eq!(stamps(&[160_000, 160, 320]), [160_000, 160, 320]);
    }

    #[test]
    fn the_end_of_the_numbers_is_no_end() {
        assert_eq!(
            stamps(&[u32::MAX - 100, 59, 219]),
            [u32::MAX - 100, 59, 219]
        );
        assert_eq!(stamps(&[u32::MAX - 159, 0, 160]), [u32::MAX - 159, 1, 161]);
    }

    #[test]
    fn without_a_clock_the_host_numbers() {
        assert_eq!(Stamp::default().next(None, 160), 0);
    }
}
