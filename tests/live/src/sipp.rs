//! Many SIP calls at once, by sipp, with a scenario of `scenarios/`.

use crate::{ports, process::Process, wait};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Beyond the time that its calls stay, sipp may take this long.
const MARGIN: Duration = Duration::from_secs(60);

/// What a load is.
pub struct Load<'a> {
    /// A file of `scenarios/`, without its ending.
    pub scenario: &'a str,
    /// The number that is called.
    pub number: &'a str,
    /// How many calls in all.
    pub calls: u32,
    /// How many new ones a second.
    pub rate: u32,
    /// How long a call stays where nothing happens to it; then it hangs up.
    pub stay: Duration,
}

/// A running sipp. Its calls are dropped without a word when this value is.
pub struct Sipp {
    process: Process,
    folder: TempDir,
    end: Instant,
}

impl Sipp {
    /// Starts the load against a SIP port.
    pub fn start(load: &Load<'_>, port: u16) -> Self {
        let folder = TempDir::with_prefix("callpark-sipp-").expect("a folder for sipp");
        let file = |name: &str| folder.path().join(name).display().to_string();
        fs::write(folder.path().join("scenario.xml"), scenario(load))
            .expect("the scenario is written");
        let length =
            load.stay + Duration::from_secs(u64::from(load.calls / load.rate.max(1))) + MARGIN;
        let [calls, rate] = [load.calls, load.rate].map(|number| number.to_string());
        let [sip_port, echo_port] = [ports::free(), ports::free()].map(|port| port.to_string());
        let (scenario, errors) = (file("scenario.xml"), file("errors"));
        let (seconds, target) = (
            format!("{}s", length.as_secs()),
            format!("127.0.0.1:{port}"),
        );
        let arguments = [
            ["-sf", &scenario],
            ["-s", load.number],
            ["-m", &calls],
            ["-l", &calls],
            ["-r", &rate],
            ["-i", "127.0.0.1"],
            ["-mi", "127.0.0.1"],
            ["-p", &sip_port],
            ["-mp", &echo_port],
            ["-timeout", &seconds],
            ["-error_file", &errors],
            ["-trace_err", "-nostdin"],
            ["-rtp_echo", &target],
        ];
        let arguments: Vec<String> = arguments.concat().into_iter().map(str::to_owned).collect();
        let process = Process::start(Path::new("sipp"), &arguments, &folder.path().join("screen"));
        let end = Instant::now() + length + MARGIN;
        Self {
            process,
            folder,
            end,
        }
    }

    /// Waits until all calls are done; fails the test when one of them failed.
    pub fn finish(mut self) {
        let left = self.end.saturating_duration_since(Instant::now());
        let code = wait::until(left, || self.process.exit_code());
        assert_eq!(code, Some(0), "sipp failed:\n{}", self.story());
    }

    /// What it has to say, for the message of a failed test.
    fn story(&self) -> String {
        let read = |name: &str| fs::read(self.folder.path().join(name)).unwrap_or_default();
        let text = [read("errors"), read("screen")].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(80)..].join("\n")
    }
}

fn scenario(load: &Load<'_>) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let file = folder.join(format!("{}.xml", load.scenario));
    let text =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.replace("STAY_MS", &load.stay.as_millis().to_string())
}
