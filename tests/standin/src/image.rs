//! The module's file, mapped: one copy for each run that goes on at the same time, used again when a run ended well.

use crate::module::Table;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// A mapped copy of the module. It is never unmapped: a Rust library that has used thread-locals stays anyway.
pub(crate) struct Image {
    pub(crate) table: &'static Table,
}

/// Copies that nobody uses now, and how many were ever mapped.
static POOL: Mutex<(Vec<Image>, u32)> = Mutex::new((Vec::new(), 0));

impl Image {
    /// A copy of the module that no other run uses.
    pub(crate) fn take() -> Result<Self, String> {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(image) = pool.0.pop() {
            return Ok(image);
        }
        pool.1 += 1;
        let file = module_file()?;
        match pool.1 {
            1 => Self::map(&file),
            // The same file again would be the same mapping, with the same statics in it.
            number => Self::map_copy(&file, number),
        }
    }

    /// Gives it back for the next run. Only after an unload that left nothing behind.
    pub(crate) fn give_back(self) {
        POOL.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .push(self);
    }

    fn map_copy(file: &Path, number: u32) -> Result<Self, String> {
        let copy = env::temp_dir().join(format!("mod_callpark-{}-{number}.so", std::process::id()));
        fs::copy(file, &copy).map_err(|error| format!("{}: {error}", copy.display()))?;
        let image = Self::map(&copy);
        let _ = fs::remove_file(&copy); // it stays mapped
        image
    }

    fn map(file: &Path) -> Result<Self, String> {
        crate::host::exported(); // so that the linker keeps every function that the module looks for
        // SAFETY: the module's own start-up code is that of the Rust runtime.
        let library = unsafe { Library::open(Some(file), RTLD_NOW | RTLD_LOCAL) };
        let library = library.map_err(|error| format!("{}: {error}", file.display()))?;
        // SAFETY: the symbol is a table by the host's rule for module files.
        let symbol = unsafe { library.get::<*const Table>(b"mod_callpark_module_interface\0") };
        let table = *symbol.map_err(|error| format!("{}: {error}", file.display()))?;
        std::mem::forget(library);
        // SAFETY: the symbol is static data of a library that is never unmapped.
        let table = unsafe { &*table };
        Ok(Self { table })
    }
}

/// `CALLPARK_SO`, else what `make build` has made.
fn module_file() -> Result<PathBuf, String> {
    if let Some(path) = env::var_os("CALLPARK_SO") {
        return Ok(path.into());
    }
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let target = program.ancestors().find(|folder| {
        folder
            .file_name()
            .is_some_and(|name| name == "debug" || name == "release")
    });
    let target = target
        .and_then(Path::parent)
        .ok_or("this program does not lie in cargo's target folder")?;
    let file = target.join("release/mod_callpark.so");
    match file.is_file() {
        true => Ok(file),
        false => Err(format!("no {}: `make build` makes it", file.display())),
    }
}
