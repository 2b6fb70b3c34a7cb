//! A host that refuses: one of the calls by which mod_callpark registers itself, of the test's choice.

use crate::preload::Preload;
use std::{fs, path::PathBuf};

/// What a switch is started with, and what then tells it which call of a load is refused.
#[derive(Debug)]
pub struct Refuse(Preload);

impl Refuse {
    /// Nothing is refused yet.
    pub fn prepare() -> Self {
        Self(Preload::build("refuse"))
    }

    /// The variables of the program that is to refuse.
    pub fn variables(&self) -> Vec<String> {
        self.0.variables()
    }

    /// Of each load from now on this call is refused, counted from 1; 0: none.
    pub fn call(&self, number: usize) {
        self.0.tell(&number.to_string());
    }

    /// What the module has been given and has not given back: one line for each kind, such as `event 4`.
    pub fn account(&self) -> String {
        let mut path = self.0.file().into_os_string();
        path.push(".account");
        fs::read_to_string(PathBuf::from(path)).unwrap_or_default()
    }
}
