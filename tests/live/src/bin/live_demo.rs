//! Plays the six scenes on the installed FreeSWITCH and says what was seen.

use callpark_live::{scenes, switch};
use std::{panic, process::ExitCode};

fn main() -> ExitCode {
    let Some(prefix) = switch::installed() else {
        eprintln!("no FreeSWITCH is installed");
        return ExitCode::FAILURE;
    };
    println!(
        "on the FreeSWITCH in {}, with SIP phones (baresip):",
        prefix.display()
    );
    let mut failed = 0;
    for (number, (title, scene)) in (1..).zip(scenes::ALL) {
        match panic::catch_unwind(scene) {
            Ok(seen) => println!("{number}. {title}: {seen}"),
            Err(_) => {
                println!("{number}. {title}: FAILED");
                failed += 1;
            }
        }
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
