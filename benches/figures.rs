//! Figures: medians and 99 %, printed beside their limits.

use std::{env, fmt, process::ExitCode, time::Duration};

/// How long something took, many times.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds all of others.
    pub fn append(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Half of them took no longer.
    pub fn median(&self) -> Duration {
        self.at(0.5)
    }

    /// The one that this part of them does not exceed; zero when there is none.
    pub fn at(&self, part: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        let index = (last as f64 * part).round() as usize;
        sorted.get(index).copied().unwrap_or_default()
    }
}

impl Extend<Duration> for Times {
    fn extend<T: IntoIterator<Item = Duration>>(&mut self, times: T) {
        self.0.extend(times);
    }
}

impl fmt::Display for Times {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (median, most, longest) = (self.median(), self.at(0.99), self.at(1.0));
        write!(out, "median {median:?}, 99 % {most:?}, longest {longest:?}")
    }
}

/// The one in the middle; not a number when there is none.
pub fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A number of the environment, or the usual one.
pub fn number(variable: &str, usual: usize) -> usize {
    let given = env::var(variable).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// The limits of one bench, and whether all were kept.
#[derive(Debug, Default)]
pub struct Limits {
    missed: u32,
}

impl Limits {
    /// Prints a figure beside the most that it may be.
    pub fn hold<T: PartialOrd + fmt::Debug>(&mut self, what: &str, figure: T, most: T) {
        let kept = figure <= most;
        let verdict = if kept { "ok" } else { "MISSED" };
        println!("  {what}: {figure:.2?} (at most {most:.2?}) {verdict}");
        self.missed += u32::from(!kept);
    }

    /// How the bench ends.
    pub fn verdict(self) -> ExitCode {
        ExitCode::from(u8::from(self.missed > 0))
    }
}
