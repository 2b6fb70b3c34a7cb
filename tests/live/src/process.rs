//! Programs that the tests start: each in the background, and none outlives the test.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
};

/// A program that ends with this value, or with the thread that started it: a killed test run leaves nothing behind.
/// So start what several tests share in the main thread, not in that of the first test.
pub struct Process(Child);

impl Process {
    /// Starts it, its output in `log`. `setpriv` ties its life to ours.
    pub fn start(program: &Path, arguments: &[String], log: &Path) -> Self {
        let out = File::create(log).unwrap();
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()));
        Self(child)
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(Some(_)))
    }

    /// How it ended, once it has.
    pub fn exit_code(&mut self) -> Option<i32> {
        self.0
            .try_wait()
            .ok()
            .flatten()
            .map(|status| status.code().unwrap_or(-1))
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.has_ended() {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}
