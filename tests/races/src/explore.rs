//! How many orders of threads are tried.

use shuttle::{
    Config, Runner,
    scheduler::{DfsScheduler, PctScheduler, RandomScheduler},
};

/// Orders drawn at random, and by PCT: the latter finds what needs few, but certain, changes of thread.
const RANDOM: usize = 400;
const PCT: usize = 200;
/// Changes of thread that PCT aims at.
const DEPTH: usize = 4;
/// The default overflows in a debug build.
const STACK_BYTES: usize = 256 * 1024;

/// Plays the scene in many orders; one that fails is printed, for [`shuttle::replay`].
pub fn explore(scene: fn()) {
    Runner::new(RandomScheduler::new(times(RANDOM)), config()).run(scene);
    Runner::new(PctScheduler::new(DEPTH, times(PCT)), config()).run(scene);
}

/// Plays a scene of few steps in every order there is.
pub fn explore_all(scene: fn()) {
    Runner::new(DfsScheduler::new(None, false), config()).run(scene);
}

/// `RACES_TIMES=100` tries a hundred times as many.
fn times(usual: usize) -> usize {
    let more = std::env::var("RACES_TIMES").ok();
    usual * more.and_then(|more| more.parse().ok()).unwrap_or(1)
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = STACK_BYTES;
    config
}
