//! A network that hangs: packets to one port of the test's choice take long to be sent.

use crate::preload::Preload;
use std::{fs, time::Duration};

/// What a switch is started with, and what then tells it which packets take long.
#[derive(Debug)]
pub struct Hang(Preload);

impl Hang {
    /// Nothing hangs yet.
    pub fn prepare() -> Self {
        Self(Preload::build("hang"))
    }

    /// The variables of the program whose packets are to hang.
    pub fn variables(&self) -> Vec<String> {
        self.0.variables()
    }

    /// From now on each packet to this port takes so long.
    pub fn begin(&self, port: u16, time: Duration) {
        self.0.tell(&format!("{port} {}", time.as_micros()));
    }

    /// From now on each packet takes so long.
    pub fn begin_all(&self, time: Duration) {
        self.begin(0, time);
    }

    /// Nothing hangs any more, but for what hangs now.
    pub fn end(&self) {
        fs::remove_file(self.0.file()).unwrap();
    }
}
