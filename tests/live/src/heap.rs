//! What a program has on its heap, by its allocator's own account: what it has asked for and not given back.

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

    /// Bytes in use, as of a few seconds ago at most: unlike resident memory, without the holes between them. 0 before the
    /// program has told anything.
    pub fn bytes_in_use(&self) -> u64 {
        let told = fs::read_to_string(self.0.file()).unwrap_or_default();
        let (free, has) = (
            total(&told, "<total type=\"fast\"") + total(&told, "<total type=\"rest\""),
            total(&told, "<system type=\"current\"") + total(&told, "<total type=\"mmap\""),
        );
        has.saturating_sub(free)
    }
}

/// The size in the last line of this kind, which is of all arenas together.
fn total(told: &str, kind: &str) -> u64 {
    let line = told.lines().rfind(|line| line.starts_with(kind));
    let size = line.and_then(|line| line.split("size=\"").nth(1)?.split('"').next());
    size.and_then(|size| size.parse().ok()).unwrap_or(0)
}
