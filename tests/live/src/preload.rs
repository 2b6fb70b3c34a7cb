//! C code of ours that a program is started with (`LD_PRELOAD`), from `tests/live/preload`.

use crate::switch::repository;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// One such library, built, and the file by which it and the test speak.
#[derive(Debug)]
pub struct Preload {
    name: &'static str,
    folder: TempDir,
}

impl Preload {
    /// Builds it.
    pub fn build(name: &'static str) -> Self {
        let folder = TempDir::with_prefix(format!("callpark-{name}-")).unwrap();
        let preload = Self { name, folder };
        let source = repository().join("tests/live/preload").join(name);
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"])
            .arg(preload.library())
            .arg(source.with_extension("c"))
            .args(["-ldl", "-lpthread"])
            .status();
        assert!(built.is_ok_and(|status| status.success()), "{name}.c");
        preload
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join(format!("{}.so", self.name))
    }

    /// The file between them.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    /// Writes that file, at once and whole.
    pub fn tell(&self, text: &str) {
        let fresh = self.folder.path().join("fresh");
        fs::write(&fresh, text).unwrap();
        fs::rename(fresh, self.file()).unwrap();
    }

    /// The variables of the program, as `NAME=value`.
    pub fn variables(&self) -> Vec<String> {
        let set = |name: &str, path: &Path| format!("{name}={}", path.display());
        vec![
            set("LD_PRELOAD", &self.library()),
            set("CALLPARK_PRELOAD", &self.file()),
        ]
    }
}
