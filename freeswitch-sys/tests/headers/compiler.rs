//! The C compiler as the judge.

use crate::description::Description;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A header to compare with: how to include it, and where it lies.
pub struct Header {
    include: String,
    folder: PathBuf,
}

impl Header {
    /// `switch.h` in `folder`.
    pub fn installed(folder: &Path) -> Self {
        Self {
            include: "#include <switch.h>\n".to_owned(),
            folder: folder.to_owned(),
        }
    }

    /// A header of our own with this text.
    pub fn text(name: &str, text: &str) -> Self {
        let folder = scratch(&format!("{name}-{}", serial()));
        let file = folder.join("subject.h");
        fs::write(&file, text).expect("the test's folder is writable");
        Self {
            // The guard is what keeps a header that comes behind this one from defining the types again.
            include: format!("#include \"{}\"\n#define SWITCH_H\n", file.display()),
            folder,
        }
    }
}

/// What `subject`, a text in the form of the bundled header, says otherwise than `reference`, a line each.
pub fn disagreements(name: &str, subject: &str, reference: &Header) -> Vec<String> {
    let description = Description::of(subject);
    let ours = Header::text(name, subject);
    let mut found = Vec::new();
    match (facts(&description, &ours), facts(&description, reference)) {
        (Ok(ours), Ok(theirs)) => found.extend(
            ours.lines()
                .zip(theirs.lines())
                .filter(|(ours, theirs)| ours != theirs)
                .map(|(ours, theirs)| format!("bundled: {ours}; installed: {theirs}")),
        ),
        (Err(error), _) | (_, Err(error)) => found.push(error),
    }
    found.extend(check(&undeclared(&description, reference), reference).err());
    let prototypes = format!("{}{}", reference.include, ours.include);
    found.extend(check(&prototypes, reference).err());
    found
}

/// What a probe that includes `header` sees of all that is described: a line for each fact.
fn facts(description: &Description, header: &Header) -> Result<String, String> {
    let mut probe = format!(
        "{}#include <stdio.h>\n#include <stddef.h>\nint main(void) {{\n",
        header.include
    );
    for found in &description.structs {
        let of = &found.c_type;
        probe += &format!("printf(\"{of} size %zu\\n\", sizeof({of}));\n");
        for field in &found.fields {
            let name = &field.name;
            let same = format!(
                "__builtin_types_compatible_p(__typeof__((({of} *)0)->{name}), {})",
                field.c_type
            );
            probe += &format!("printf(\"{of}.{name} at %zu\\n\", offsetof({of}, {name}));\n");
            probe += &format!(
                "printf(\"{of}.{name} type %s\\n\", {same} ? \"agreed\" : \"another\");\n"
            );
        }
    }
    for name in &description.enums {
        probe += &format!(
            "printf(\"{name} size %zu signed %d\\n\", sizeof({name}), ({name})-1 < ({name})0);\n"
        );
    }
    for name in &description.constants {
        probe += &format!("printf(\"{name} = %lld\\n\", (long long)({name}));\n");
    }
    probe += "return 0; }\n";
    let folder = scratch(&format!("probe-{}", serial()));
    let program = folder.join("probe");
    let source = folder.join("probe.c");
    fs::write(&source, probe).expect("the test's folder is writable");
    compile(&[&source, Path::new("-o"), &program], header)?;
    let output = Command::new(&program).output().expect("the probe runs");
    Ok(String::from_utf8(output.stdout).expect("the probe prints ASCII"))
}

/// A program that names every function described, with `header` alone.
fn undeclared(description: &Description, header: &Header) -> String {
    let names = description.functions.join(",\n(const void *)");
    format!(
        "{}const void *functions[] = {{ (const void *){names} }};\n",
        header.include
    )
}

/// Compiles a program for its errors.
fn check(program: &str, header: &Header) -> Result<(), String> {
    let source = scratch(&format!("check-{}", serial())).join("check.c");
    fs::write(&source, program).expect("the test's folder is writable");
    compile(&[&source, Path::new("-fsyntax-only")], header)
}

fn compile(arguments: &[&Path], header: &Header) -> Result<(), String> {
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let Output { status, stderr, .. } = Command::new(&compiler)
        .args(["-std=gnu11", "-w", "-I"])
        .arg(&header.folder)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("no C compiler: {compiler}: {error}"));
    match status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&stderr).into_owned()),
    }
}

/// The include folders that pkg-config names for FreeSWITCH.
pub fn pkg_config_include() -> Vec<PathBuf> {
    let Ok(output) = Command::new("pkg-config")
        .args(["--cflags-only-I", "freeswitch"])
        .output()
    else {
        return Vec::new();
    };
    String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .filter_map(|flag| flag.strip_prefix("-I"))
        .map(PathBuf::from)
        .collect()
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("cargo's folder for tests is writable");
    folder
}

/// A number of its own for every folder: tests run side by side.
fn serial() -> u32 {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
