//! Is the bundled header true? Every size, offset, field type, constant and prototype in `include/bundled/freeswitch.h`
//! against the headers of an installed FreeSWITCH: of `FS_PREFIX`, else pkg-config's, else the default prefix.
//!
//! A C compiler judges: a probe compiled with either header prints what it sees, and the prototypes of one are declared
//! again on top of the other.

mod compiler;
mod description;

use compiler::{Header, disagreements};
use description::Description;
use std::path::{Path, PathBuf};

const ABI: &str = include_str!("../../abi.txt");
const BUNDLED: &str = include_str!("../../../include/bundled/freeswitch.h");

/// The bundled header with one thing changed.
fn altered(from: &str, to: &str) -> String {
    assert_eq!(
        BUNDLED.matches(from).count(),
        1,
        "{from:?} stands once in the header"
    );
    BUNDLED.replace(from, to)
}

fn bundled() -> Header {
    Header::text("bundled", BUNDLED)
}

#[test]
fn the_bundled_header_describes_all_of_abi_txt() {
    let description = Description::of(BUNDLED);
    let missing: Vec<&str> = ABI
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter(|line| !description.covers(line))
        .collect();
    assert!(
        missing.is_empty(),
        "not in include/bundled/freeswitch.h: {missing:#?}"
    );
}

#[test]
fn the_bundled_header_agrees_with_the_installed_one() {
    let Some(include) = installed() else {
        println!(
            "skipped: no FreeSWITCH is installed, so nothing to compare include/bundled/freeswitch.h with"
        );
        return;
    };
    let found = disagreements("installed", BUNDLED, &Header::installed(&include));
    assert!(
        found.is_empty(),
        "{}:\n{}",
        include.display(),
        found.join("\n")
    );
    println!("compared with {}", include.display());
}

#[test]
fn the_bundled_header_agrees_with_itself() {
    assert_eq!(
        disagreements("itself", BUNDLED, &bundled()),
        Vec::<String>::new()
    );
}

#[test]
fn two_fields_in_the_wrong_order_are_found() {
    let wrong = altered(
        "\tconst char *callee_id_name;\n\tconst char *callee_id_number;\n",
        "\tconst char *callee_id_number;\n\tconst char *callee_id_name;\n",
    );
    let found = disagreements("order", &wrong, &bundled());
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].contains("callee_id"), "{found:#?}");
}

#[test]
fn a_field_of_another_type_and_the_same_size_is_found() {
    let wrong = altered("\tint numeric_arg;\n", "\tuint32_t numeric_arg;\n");
    let found = disagreements("field", &wrong, &bundled());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("numeric_arg type"), "{found:#?}");
}

#[test]
fn a_struct_that_is_too_short_is_found() {
    let wrong = altered("\tunsigned long hash;\n", "");
    let found = disagreements("short", &wrong, &bundled());
    assert!(
        found[0].contains("struct switch_scheduler_task size"),
        "{found:#?}"
    );
}

#[test]
fn a_wrong_constant_is_found() {
    let wrong = altered("\tCF_BREAK = 23,\n", "\tCF_BREAK = 24,\n");
    let found = disagreements("constant", &wrong, &bundled());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("CF_BREAK"), "{found:#?}");
}

#[test]
fn a_wrong_prototype_is_found() {
    let wrong = altered("uint32_t timelimit_sec,", "int timelimit_sec,");
    let found = disagreements("prototype", &wrong, &bundled());
    assert!(
        found.join("\n").contains("switch_ivr_originate"),
        "{found:#?}"
    );
}

#[test]
fn a_function_that_the_host_does_not_have_is_found() {
    let wrong = altered(
        "void switch_xml_free(switch_xml_t xml);\n",
        "void switch_xml_free(switch_xml_t xml);\nvoid switch_xml_melt(switch_xml_t xml);\n",
    );
    let found = disagreements("unknown", &wrong, &bundled());
    assert!(found.join("\n").contains("switch_xml_melt"), "{found:#?}");
}

/// The folder of the installed `switch.h`, if there is one.
fn installed() -> Option<PathBuf> {
    if let Some(prefix) = std::env::var_os("FS_PREFIX") {
        let include = Path::new(&prefix).join("include/freeswitch");
        assert!(
            include.join("switch.h").is_file(),
            "FS_PREFIX has no switch.h"
        );
        return Some(include);
    }
    compiler::pkg_config_include()
        .into_iter()
        .chain([PathBuf::from("/usr/local/freeswitch/include/freeswitch")])
        .find(|include| include.join("switch.h").is_file())
}
