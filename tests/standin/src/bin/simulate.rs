//! Plays so many stories, each from a seed of its own: `simulate <how many> [<first seed>]`. Of each that fails it prints
//! the seed, the reason, and the line that plays it again.

use callpark_standin::{Told, simulate};
use std::{
    any::Any,
    collections::BTreeMap,
    env, panic, process,
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

/// After so many failures there is enough to look at.
const ENOUGH: usize = 10;

/// What all workers share.
#[derive(Default)]
struct Played {
    next: u64,
    total: Told,
    /// The reports, by seed.
    failed: BTreeMap<u64, String>,
}

fn main() {
    let number = |at, default| {
        let given = env::args().nth(at).and_then(|text| text.parse().ok());
        given.unwrap_or(default)
    };
    let (count, first): (u64, u64) = (number(1, 1000), number(2, 1));
    let begun = Instant::now();
    // What fails is reported once, at the end.
    panic::set_hook(Box::new(|_| {}));
    let Played { total, failed, .. } = play(first, first + count);
    for (seed, report) in &failed {
        println!("{report}");
        println!(
            "FAILED: seed {seed}: {}",
            report.lines().next().unwrap_or_default()
        );
        println!("    again: make simulate SEEDS=1 FIRST={seed}");
    }
    println!(
        "{count} stories, {} host calls, {:.0} hours in the switch, {:.0} s here",
        total.steps,
        total.seconds / 3600.0,
        begun.elapsed().as_secs_f64()
    );
    println!("events: {:?}", total.actions);
    println!("faults: {:?}", total.struck);
    process::exit(i32::from(!failed.is_empty()));
}

/// Plays the seeds from `first` to before `end`, on all processors.
fn play(first: u64, end: u64) -> Played {
    let played = Mutex::new(Played {
        next: first,
        ..Played::default()
    });
    let work = || {
        while let Some(seed) = next(&played, end) {
            let result = panic::catch_unwind(|| simulate(seed));
            let mut played = played.lock().unwrap_or_else(PoisonError::into_inner);
            match result {
                Ok(told) => played.total.add(&told),
                Err(panic) => _ = played.failed.insert(seed, message(&*panic)),
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..workers).for_each(|_| _ = scope.spawn(work)));
    played.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn next(played: &Mutex<Played>, end: u64) -> Option<u64> {
    let mut played = played.lock().unwrap_or_else(PoisonError::into_inner);
    let seed = played.next;
    let goes_on = seed < end && played.failed.len() < ENOUGH;
    goes_on.then(|| {
        played.next += 1;
        seed
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a panic without a text").to_owned()
}
