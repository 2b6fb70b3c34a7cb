//! Programs that the tests start: each in the background, and none outlives the test.

use std::{
    fs::File,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

/// A program that ends with this value, or with the thread that started it: a killed test run leaves nothing behind.
/// So start what several tests share in the main thread, not in that of the first test.
pub struct Process(Child);

impl Process {
    /// Starts it, its output in `log`.
    pub fn start(program: &Path, arguments: &[String], log: &Path) -> Self {
        let out = File::create(log).unwrap();
        let output = out.try_clone().unwrap().into();
        Self(spawn(
            program,
            arguments,
            [Stdio::null(), output, out.into()],
        ))
    }

    /// Starts one that is talked to: takes orders from the pipe and answers into the other. Its complaints are in `log`.
    pub fn start_talking(
        program: &Path,
        arguments: &[String],
        log: &Path,
    ) -> (Self, ChildStdin, ChildStdout) {
        let complaints = File::create(log).unwrap().into();
        let streams = [Stdio::piped(), Stdio::piped(), complaints];
        let mut child = spawn(program, arguments, streams);
        let (orders, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        (Self(child), orders, answers)
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

/// `setpriv` ties its life to ours.
fn spawn(program: &Path, arguments: &[String], [input, output, errors]: [Stdio; 3]) -> Child {
    Command::new("setpriv")
        .args(["--pdeathsig", "KILL", "--"])
        .arg(program)
        .args(arguments)
        .stdin(input)
        .stdout(output)
        .stderr(errors)
        .spawn()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", program.display()))
}
