//! Prints the prefix of the installed FreeSWITCH, or fails: whether the live suite can run.

use callpark_live::switch;
use std::process::ExitCode;

fn main() -> ExitCode {
    match switch::installed() {
        Some(prefix) => {
            println!("{}", prefix.display());
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    }
}
