//! Many SIP calls at once, by sipp, with a scenario of `scenarios/`.

use crate::{process::Process, wait};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;

/// A running sipp.
pub struct Sipp {
    process: Process,
    folder: TempDir,
}

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
}

impl Sipp {
    /// Starts the load against a SIP port.
    pub fn start(load: &Load<'_>, port: u16) -> Self {
        let folder = TempDir::with_prefix("callpark-sipp-").unwrap();
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("scenarios")
            .join(format!("{}.xml", load.scenario));
        let arguments: Vec<String> = [
            "-sf",
            &scenario.display().to_string(),
            "-s",
            load.number,
            "-m",
            &load.calls.to_string(),
            "-l",
            &load.calls.to_string(),
            "-r",
            &load.rate.to_string(),
            "-i",
            "127.0.0.1",
            "-min_rtp_port",
            "50000",
            "-timeout",
            "120s",
            "-nostdin",
            "-trace_err",
            "-error_file",
            &folder.path().join("errors").display().to_string(),
            &format!("127.0.0.1:{port}"),
        ]
        .map(String::from)
        .to_vec();
        let process = Process::start(
            &PathBuf::from("sipp"),
            &arguments,
            &folder.path().join("screen"),
        );
        Self { process, folder }
    }

    /// Waits until all calls are done; fails the test when one of them failed.
    pub fn finish(mut self) {
        let code = wait::until(Duration::from_secs(150), || self.process.exit_code());
        let errors = fs::read_to_string(self.folder.path().join("errors")).unwrap_or_default();
        assert_eq!(code, Some(0), "sipp failed: {errors:.4000}");
    }
}
