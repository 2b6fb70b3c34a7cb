//! The host's directory: who its users are.

use super::{
    config::{self, Element},
    sys, text,
};
use std::ptr;

/// Whether the directory knows the user (`switch_xml_locate_user_merged`). Any thread but an event's; may ask a server.
pub fn directory_has(user: &str, domain: &str) -> bool {
    directory_entry(user, domain).is_some()
}

/// A variable that the directory gives the user; those of group and domain count, too
/// (`switch_xml_locate_user_merged`). Any thread but an event's; may ask a server.
pub fn directory_variable(user: &str, domain: &str, name: &str) -> Option<String> {
    let entry = directory_entry(user, domain)?;
    let variables = entry
        .children
        .iter()
        .filter(|child| child.name == "variables");
    let mut variables = variables.flat_map(|variables| &variables.children);
    let found = variables.find(|variable| variable.attribute("name") == name)?;
    Some(found.attribute("value").to_owned()).filter(|value| !value.is_empty())
}

fn directory_entry(user: &str, domain: &str) -> Option<Element> {
    let user = text::c_text(user);
    let domain = text::c_text(domain);
    let mut found = ptr::null_mut();
    // SAFETY: the texts outlive the call; what is found is written into the pointer and is ours to free.
    let status = unsafe {
        sys::switch_xml_locate_user_merged(
            c"id".as_ptr(),
            user.as_ptr(),
            domain.as_ptr(),
            ptr::null(),
            &mut found,
            ptr::null_mut(),
        )
    };
    if found.is_null() {
        return None;
    }
    // SAFETY: the tree came from the call above and lives until it is freed below.
    let entry = unsafe { config::copy(found, config::DEEPEST) };
    // SAFETY: the tree came from the call above and is freed this once.
    unsafe { sys::switch_xml_free(found) };
    entry.filter(|_| status == sys::SWITCH_STATUS_SUCCESS)
}
