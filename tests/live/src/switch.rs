//! One FreeSWITCH, in a folder and on ports of its own.

use crate::{
    conf::{Conf, Ports},
    esl::Esl,
    ports::{self, RtpRange},
    process::Process,
    sound, wait,
};
use serde_json::Value;
use std::{
    env, fs,
    ops::Deref,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};
use tempfile::TempDir;

const OURS: &str = "mod_callpark.so";
const PASSWORD: &str = "callpark-test";
const START_PATIENCE: Duration = Duration::from_secs(60);
const FOLDERS: [&str; 13] = [
    "conf",
    "log",
    "run",
    "db",
    "scripts",
    "temp",
    "sounds",
    "recordings",
    "storage",
    "cache",
    "grammar",
    "htdocs",
    "certs",
];

/// The installed FreeSWITCH: of `FS_PREFIX`, of pkg-config, or at the default prefix.
pub fn installed() -> Option<PathBuf> {
    let named = env::var_os("FS_PREFIX").map(PathBuf::from);
    let by_pkg_config = || {
        let output = Command::new("pkg-config")
            .args(["--variable=prefix", "freeswitch"])
            .output()
            .ok()?;
        let prefix = String::from_utf8(output.stdout).ok()?;
        (!prefix.trim().is_empty()).then(|| PathBuf::from(prefix.trim()))
    };
    let prefix = named
        .or_else(by_pkg_config)
        .unwrap_or_else(|| PathBuf::from("/usr/local/freeswitch"));
    prefix.join("bin/freeswitch").is_file().then_some(prefix)
}

/// The folder of this repository.
pub fn repository() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().and_then(Path::parent).unwrap_or(here)
}

/// The module under test.
pub fn module() -> PathBuf {
    env::var_os("CALLPARK_SO").map_or_else(
        || repository().join("target/release").join(OURS),
        PathBuf::from,
    )
}

/// A running switch. It ends with this value.
pub struct Switch {
    esl: Option<Esl>,
    process: Process,
    ports: Ports,
    folder: TempDir,
    _rtp: RtpRange,
}

impl Switch {
    /// Starts a switch with this configuration and waits until it takes calls.
    pub fn start(conf: &Conf) -> Self {
        let prefix = installed().expect("the live suite needs an installed FreeSWITCH (FS_PREFIX)");
        if conf.has_the_module() {
            assert!(
                module().is_file(),
                "{} is missing: run make build",
                module().display()
            );
        }
        let folder = TempDir::with_prefix("callpark-live-").unwrap();
        for name in FOLDERS {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let rtp = RtpRange::claim();
        let ports = Ports {
            esl: ports::free(),
            inside: ports::free(),
            outside: ports::free(),
            rtp: rtp.bounds(),
        };
        conf.write(folder.path(), &ports, PASSWORD);
        gather_modules(&prefix, &folder.path().join("mod"), conf.has_the_module());
        let log = folder.path().join("console.log");
        let process = Process::start(
            Path::new("env"),
            &[conf.variables(), &command_line(&prefix, folder.path())].concat(),
            &log,
        );
        let mut switch = Self {
            esl: None,
            process,
            ports,
            folder,
            _rtp: rtp,
        };
        switch.esl = wait::until(START_PATIENCE, || Esl::connect(switch.ports.esl, PASSWORD));
        assert!(
            switch.esl.is_some(),
            "the switch does not answer; its log is above"
        );
        wait::expect("the SIP profiles run", || {
            let status = switch.api("sofia status");
            status.matches("RUNNING").count() >= 2
        });
        switch
    }

    /// Its ports.
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Another connection to its event socket: for orders whose replies nobody reads.
    pub fn another_operator(&self) -> Esl {
        Esl::connect(self.ports.esl, PASSWORD).expect("the switch takes another connection")
    }

    /// Its process id.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Has it shut down, and waits for its end; the exit code, `None` when it hangs.
    pub fn end(&mut self) -> Option<i32> {
        self.order("fsctl shutdown");
        wait::until(wait::PATIENCE, || self.process.exit_code())
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        let bytes = fs::read(self.folder.path().join("log/freeswitch.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A reply that is JSON.
    pub fn json(&self, command: &str) -> Value {
        let reply = self.api(command);
        serde_json::from_str(&reply).unwrap_or_else(|error| panic!("{command}: {error} in {reply}"))
    }

    /// The calls in slots, as `callpark list … json` has them.
    pub fn parked(&self, filter: &str) -> Vec<Value> {
        self.json(&format!("callpark list {filter} json"))
            .as_array()
            .cloned()
            .unwrap_or_default()
    }

    /// Waits for a call in this slot of `default@alpha.test` in this state.
    pub fn await_slot(&self, slot: &str, state: &str) -> Value {
        let found = wait::until(wait::PATIENCE, || {
            self.parked("default@alpha.test")
                .into_iter()
                .find(|call| call["slot"] == slot && call["state"] == state)
        });
        found.unwrap_or_else(|| panic!("no call in slot {slot} is {state}: {:?}", self.parked("")))
    }

    /// Waits until no slot is taken.
    pub fn await_no_call_in_slots(&self) {
        wait::expect("all slots are free", || self.parked("").is_empty());
    }

    /// Waits until no channel is left.
    pub fn await_no_channels(&self) {
        wait::expect("no channel is left", || self.channels() == 0);
    }

    /// How many channels there are.
    pub fn channels(&self) -> usize {
        let reply = self.api("show channels count");
        let count = reply
            .split_whitespace()
            .next()
            .and_then(|word| word.parse().ok());
        count.unwrap_or_else(|| panic!("not a count: {reply}"))
    }

    /// Waits until this leg is sent a tone: for callers that record nothing themselves.
    pub fn await_tone_to(&self, leg: &str, hertz: f64) {
        let file = self.folder().join(format!("recordings/to-{leg}.wav"));
        self.api(&format!("uuid_setvar {leg} RECORD_WRITE_ONLY true"));
        self.api(&format!("uuid_record {leg} start {}", file.display()));
        wait::expect(&format!("{leg} is sent {hertz} Hz"), || {
            sound::is_in(&file, hertz)
        });
        self.api(&format!("uuid_record {leg} stop {}", file.display()));
    }

    /// The leg of a phone: its UUID. For a phone that has one call.
    pub fn leg_of(&self, user: &str) -> String {
        let found = wait::until(wait::PATIENCE, || {
            let channels = self.json("show channels as json");
            let rows = channels["rows"].as_array().cloned().unwrap_or_default();
            let row = rows.into_iter().find(|row| {
                let name = row["name"].as_str().unwrap_or_default();
                // A registered phone's contact has a tail of its own.
                [format!("/{user}@"), format!("/{user}-")]
                    .iter()
                    .any(|part| name.contains(part))
            })?;
            row["uuid"].as_str().map(str::to_owned)
        });
        found.unwrap_or_else(|| panic!("{user} has no leg: {}", self.api("show channels")))
    }

    /// A variable of a channel; empty when it has none.
    pub fn variable(&self, uuid: &str, name: &str) -> String {
        let value = self.api(&format!("uuid_getvar {uuid} {name}"));
        if value == "_undef_" {
            String::new()
        } else {
            value
        }
    }
}

impl Deref for Switch {
    type Target = Esl;
    fn deref(&self) -> &Esl {
        self.esl.as_ref().expect("connected by start")
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().filter(|line| !is_noise(line)).collect();
            let tail = &lines[lines.len().saturating_sub(150)..];
            eprintln!(
                "--- the switch's log, its last lines ---\n{}",
                tail.join("\n")
            );
            let console =
                fs::read_to_string(self.folder.path().join("console.log")).unwrap_or_default();
            eprintln!("--- its console ---\n{console}");
        }
        if let Some(esl) = &self.esl
            && !self.process.has_ended()
        {
            esl.order("fsctl shutdown now");
        }
        wait::until(wait::PATIENCE, || self.process.has_ended().then_some(()));
    }
}

/// Lines of the switch's log that are many and tell little of a failure: how its dialplan and its codecs were chosen.
fn is_noise(line: &str) -> bool {
    ["Dialplan: ", "Audio Codec Compare", " a="]
        .iter()
        .any(|part| line.contains(part))
}

fn command_line(prefix: &Path, folder: &Path) -> Vec<String> {
    let mut arguments = vec![prefix.join("bin/freeswitch").display().to_string()];
    arguments.extend(["-nonat", "-nonatmap", "-nocal", "-nf", "-nc"].map(String::from));
    arguments.extend(["-base".to_owned(), folder.display().to_string()]);
    for name in FOLDERS {
        arguments.extend([format!("-{name}"), folder.join(name).display().to_string()]);
    }
    arguments.extend(["-mod".to_owned(), folder.join("mod").display().to_string()]);
    arguments
}

/// A folder with the modules of the installed switch, and the one under test, as an operator has them.
fn gather_modules(prefix: &Path, folder: &Path, with_ours: bool) {
    let installed = ["lib/freeswitch/mod", "mod"].map(|modules| prefix.join(modules));
    let installed = installed
        .iter()
        .find(|modules| modules.is_dir())
        .expect("the switch has modules");
    fs::create_dir(folder).unwrap();
    for file in fs::read_dir(installed).unwrap() {
        let file = file.unwrap();
        if file.file_name() != OURS {
            symlink(file.path(), folder.join(file.file_name())).unwrap();
        }
    }
    if with_ours {
        symlink(module(), folder.join(OURS)).unwrap();
    }
}
