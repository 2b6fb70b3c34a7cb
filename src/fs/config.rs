//! The host's XML configuration, copied into plain values.

use super::{sys, text};
use std::{
    collections::BTreeMap,
    ffi::{CStr, c_char},
    ptr,
};

/// An XML element with all that is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its tag.
    pub name: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// The elements in it, in the order of the file.
    pub children: Vec<Element>,
}

impl Element {
    /// An attribute; an absent one is empty.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Deeper than this is no configuration of ours: it is cut there, so that a file cannot exhaust the stack.
pub(crate) const DEEPEST: u32 = 16;

/// Reads a configuration such as `callpark.conf`, from the file or from whoever serves the host's configuration
/// (`switch_xml_open_cfg`); `None` when there is none. Any thread but an event's; may ask a server.
pub fn read(name: &CStr) -> Option<Element> {
    let mut configuration = ptr::null_mut();
    // SAFETY: the name outlives the call; the host writes the element into the pointer and answers its root.
    let root =
        unsafe { sys::switch_xml_open_cfg(name.as_ptr(), &mut configuration, ptr::null_mut()) };
    if root.is_null() {
        return None;
    }
    // SAFETY: the root keeps the whole tree alive until it is freed below.
    let element = unsafe { copy(configuration, DEEPEST) };
    // SAFETY: the root came from the call above and is freed this once.
    unsafe { sys::switch_xml_free(root) };
    element
}

/// Has the host read its files again (`switch_xml_reload`); the error is the host's.
pub fn reload_files() -> Result<(), String> {
    let mut error = ptr::null();
    // SAFETY: the host writes a text that it keeps into the pointer.
    let status = unsafe { sys::switch_xml_reload(&mut error) };
    if status == sys::SWITCH_STATUS_SUCCESS {
        return Ok(());
    }
    // SAFETY: NULL, or the host's text, which lives until the next reload.
    Err(unsafe { text::from_host(error) }.unwrap_or_else(|| "the host gave no reason".to_owned()))
}

/// # Safety
/// `xml` is NULL or an element of a tree that lives during the call.
pub(crate) unsafe fn copy(xml: sys::switch_xml_t, depth: u32) -> Option<Element> {
    if xml.is_null() || depth == 0 {
        return None;
    }
    // SAFETY: not NULL, and alive by the caller's word.
    let node = unsafe { &*xml };
    // SAFETY: a tag's name is a C string of the tree.
    let name = unsafe { text::from_host(node.name) }.unwrap_or_default();
    // SAFETY: the tree lives during the call.
    let attributes = unsafe { attributes(node) };
    let mut children = Vec::new();
    let mut child = node.child;
    while !child.is_null() {
        // SAFETY: an element of the same tree.
        children.extend(unsafe { copy(child, depth - 1) });
        // SAFETY: as above; `ordered` leads to the next child in the order of the file.
        child = unsafe { (*child).ordered };
    }
    Some(Element {
        name,
        attributes,
        children,
    })
}

/// # Safety
/// The tree of `node` lives during the call.
unsafe fn attributes(node: &sys::switch_xml) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut next: *const *mut c_char = node.attr;
    while !next.is_null() {
        // SAFETY: the array holds name, value, name, value, and ends with a NULL in a name's place.
        let name = unsafe { next.read() };
        // SAFETY: NULL at the end of the array, else a C string of the tree.
        let Some(name) = (unsafe { text::from_host(name) }) else {
            break;
        };
        // SAFETY: behind a name stands its value.
        let place = unsafe { next.add(1) };
        // SAFETY: as above.
        let value = unsafe { place.read() };
        // SAFETY: a C string of the tree.
        let value = unsafe { text::from_host(value) };
        found.insert(name, value.unwrap_or_default());
        // SAFETY: behind a value stands the next name, or the NULL.
        next = unsafe { place.add(1) };
    }
    found
}
