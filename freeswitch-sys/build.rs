//! Finds FreeSWITCH's headers (installed ones, else the bundled description) and writes the bindings of `abi.txt`.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// One line of `abi.txt`.
struct Item<'a> {
    kind: &'a str,
    name: &'a str,
}

fn main() {
    println!("cargo:rerun-if-changed=abi.txt");
    println!("cargo:rerun-if-changed=../include");
    println!("cargo:rerun-if-env-changed=FS_PREFIX");
    println!("cargo:rerun-if-env-changed=CALLPARK_BUNDLED_HEADERS");

    let abi = fs::read_to_string("abi.txt").expect("abi.txt is part of the crate");
    let mut builder = bindgen::Builder::default()
        .header("../include/wrapper.h")
        .use_core()
        .layout_tests(false)
        .generate_comments(false)
        .prepend_enum_name(false)
        .merge_extern_blocks(true)
        .allowlist_recursively(true)
        // The layouts below the ones that we read are the host's own business.
        .opaque_type("switch_codec_interface|switch_codec_settings|switch_event|switch_io_event.*|switch_endpoint.*")
        .opaque_type("switch_file_interface|switch_timer_interface|switch_image.*|vpx_image.*|payload_map_s|switch_jb_s")
        .opaque_type("switch_say_.*|switch_media_bug|switch_core_session|switch_channel|switch_ivr_dmachine|fspr_.*|apr_.*");
    if let Some(include) = installed() {
        println!("cargo:headers={}", include.display());
        builder = builder
            .clang_arg(format!("-I{}", include.display()))
            .clang_arg("-DCALLPARK_INSTALLED_HEADERS");
    }
    for item in items(&abi) {
        let exact = format!("^{}$", item.name);
        builder = match item.kind {
            "fn" => builder.allowlist_function(exact),
            "const" => builder.allowlist_var(exact),
            _ => builder.allowlist_type(exact),
        };
    }
    let out =
        PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("bindings.rs");
    builder
        .generate()
        .expect("bindgen reads the headers (it needs libclang)")
        .write_to_file(out)
        .expect("OUT_DIR is writable");
}

fn items(abi: &str) -> impl Iterator<Item = Item<'_>> {
    abi.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(kind, name)| Item { kind, name })
}

/// The folder with the installed `switch.h`: of `FS_PREFIX`, else of pkg-config's `freeswitch`, else of the default prefix.
fn installed() -> Option<PathBuf> {
    if env::var_os("CALLPARK_BUNDLED_HEADERS").is_some() {
        return None;
    }
    if let Some(prefix) = env::var_os("FS_PREFIX") {
        let include = Path::new(&prefix).join("include/freeswitch");
        assert!(
            include.join("switch.h").is_file(),
            "FS_PREFIX is set, but {} has no switch.h",
            include.display()
        );
        return Some(include);
    }
    let by_pkg_config = pkg_config::Config::new()
        .cargo_metadata(false)
        .probe("freeswitch")
        .ok()
        .into_iter()
        .flat_map(|library| library.include_paths);
    by_pkg_config
        .chain([PathBuf::from("/usr/local/freeswitch/include/freeswitch")])
        .find(|include| include.join("switch.h").is_file())
}
