//! Waiting for something to become true, with a deadline and never with a bare sleep.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

/// What a phone or a switch needs at the most on a busy machine. Only a test that fails waits for so long.
pub const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The first `Some` that `look` gives within `patience`.
pub fn until<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        sleep(LOOK_EVERY);
    }
}

/// Fails the test when `look` does not become true; `what` says what was awaited.
pub fn expect(what: &str, mut look: impl FnMut() -> bool) {
    assert!(
        until(PATIENCE, || look().then_some(())).is_some(),
        "waited {PATIENCE:?} in vain: {what}"
    );
}

/// Whether `look` stays true for all of `time`.
pub fn stays(time: Duration, mut look: impl FnMut() -> bool) -> bool {
    until(time, || (!look()).then_some(())).is_none()
}

/// Lets time pass in which nothing is to happen but what happens by itself.
pub fn pass(time: Duration) {
    sleep(time);
}

/// How long something takes.
pub fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}
