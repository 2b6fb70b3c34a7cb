//! A network that hangs: packets to one port of the test's choice take long to be sent.

use crate::switch::repository;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};
use tempfile::TempDir;

/// What a switch is started with, and what then tells it which packets take long.
#[derive(Debug)]
pub struct Hang(TempDir);

impl Hang {
    /// Nothing hangs yet.
    pub fn prepare() -> Self {
        let hang = Self(TempDir::with_prefix("callpark-hang-").unwrap());
        let source = repository().join("tests/live/preload/hang.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"])
            .arg(hang.library())
            .arg(source)
            .arg("-ldl")
            .status();
        assert!(built.is_ok_and(|status| status.success()), "hang.c");
        hang
    }

    fn library(&self) -> PathBuf {
        self.0.path().join("hang.so")
    }

    fn order(&self) -> PathBuf {
        self.0.path().join("order")
    }

    /// The variables of the program whose packets are to hang.
    pub fn variables(&self) -> Vec<String> {
        let set = |name: &str, path: &Path| format!("{name}={}", path.display());
        vec![
            set("LD_PRELOAD", &self.library()),
            set("CALLPARK_HANG", &self.order()),
        ]
    }

    /// From now on each packet to this port takes so long.
    pub fn begin(&self, port: u16, time: Duration) {
        let text = format!("{port} {}", time.as_micros());
        let fresh = self.0.path().join("fresh");
        fs::write(&fresh, text).unwrap();
        fs::rename(fresh, self.order()).unwrap();
    }

    /// From now on each packet takes so long.
    pub fn begin_all(&self, time: Duration) {
        self.begin(0, time);
    }

    /// Nothing hangs any more, but for what hangs now.
    pub fn end(&self) {
        fs::remove_file(self.order()).unwrap();
    }
}
