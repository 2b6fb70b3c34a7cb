//! Plays so many stories, each from a seed of its own: `simulate <how many> [<first seed>]`. Prints the seeds that fail.

use callpark_standin::{Told, simulate};
use std::{
    env, panic, process,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

/// After so many failures there is enough to look at.
const ENOUGH: usize = 5;

fn main() {
    let number = |at, default| {
        let given = env::args().nth(at).and_then(|text| text.parse().ok());
        given.unwrap_or(default)
    };
    let (count, first): (u64, u64) = (number(1, 1000), number(2, 1));
    let begun = Instant::now();
    let (failed, total) = play(first, count);
    println!(
        "{count} stories, {} host calls, {:.0} hours in the switch, {:.0} s here",
        total.steps,
        total.seconds / 3600.0,
        begun.elapsed().as_secs_f64()
    );
    println!("events: {:?}", total.actions);
    if !failed.is_empty() {
        println!("FAILED with the seeds {failed:?}");
        process::exit(1);
    }
}

/// Plays them on all processors; the seeds that failed, and what the others have seen.
fn play(first: u64, count: u64) -> (Vec<u64>, Told) {
    let (next, failed, total) = (
        AtomicU64::new(first),
        Mutex::new(Vec::new()),
        Mutex::new(Told::default()),
    );
    let work = || {
        while failed.lock().is_ok_and(|failed| failed.len() < ENOUGH) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count {
                return;
            }
            match panic::catch_unwind(|| simulate(seed)) {
                Ok(told) => _ = total.lock().map(|mut total| total.add(&told)),
                Err(_) => _ = failed.lock().map(|mut failed| failed.push(seed)),
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..workers).for_each(|_| _ = scope.spawn(work)));
    (
        failed.into_inner().unwrap_or_default(),
        total.into_inner().unwrap_or_default(),
    )
}
