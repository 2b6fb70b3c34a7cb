//! What a program has on its heap: what it has asked for and not given back.

use crate::preload::Preload;
use std::fs;

/// What a switch is started with, and what then tells.
#[derive(Debug)]
pub struct Heap(Preload);

impl Heap {
    /// Nothing is known yet.
    pub fn prepare() -> Self {
        Self(Preload::build("heap"))
    }

    /// The variables of the program.
    pub fn variables(&self) -> Vec<String> {
        self.0.variables()
    }

    /// Bytes in use, as of a second ago at most. 0 before the program has told anything.
    pub fn bytes_in_use(&self) -> u64 {
        let told = fs::read_to_string(self.0.file()).unwrap_or_default();
        told.trim().parse().unwrap_or(0)
    }
}
