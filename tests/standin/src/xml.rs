//! Configuration documents: on disk, as loaded, and as the C trees that the module reads.

use freeswitch_sys as sys;
use std::{
    collections::BTreeMap,
    ffi::{CString, c_char},
    ptr,
};

/// The sample configuration of the module, as its operators get it.
const SAMPLE: &str = include_str!("../../../fs-conf/autoload_configs/callpark.conf.xml");

/// All documents.
pub(crate) struct Documents {
    /// What the files say.
    files: BTreeMap<String, String>,
    /// What the host has read of them.
    loaded: BTreeMap<String, String>,
    /// Trees that are handed out, by the address of their root.
    open: BTreeMap<usize, Tree>,
    error: Option<CString>,
}

impl Default for Documents {
    fn default() -> Self {
        let files = BTreeMap::from([("callpark.conf".to_owned(), SAMPLE.to_owned())]);
        Self {
            loaded: files.clone(),
            files,
            open: BTreeMap::new(),
            error: None,
        }
    }
}

impl Documents {
    /// Writes a file; the host reads it when it reloads.
    pub(crate) fn write(&mut self, name: &str, text: &str) {
        self.files.insert(name.to_owned(), text.to_owned());
    }

    /// Reads the files again; one that is no XML keeps everything as it was, and gives a text that the host keeps.
    pub(crate) fn reload(&mut self) -> Result<(), *const c_char> {
        for (name, text) in &self.files {
            if let Err(error) = roxmltree::Document::parse(text) {
                let error = CString::new(format!("{name}: {error}")).unwrap_or_default();
                return Err(self.error.insert(error).as_ptr());
            }
        }
        self.loaded.clone_from(&self.files);
        Ok(())
    }

    /// The tree of a document: the root that is to be freed, and its `<configuration>`.
    pub(crate) fn open(&mut self, name: &str) -> Option<(sys::switch_xml_t, sys::switch_xml_t)> {
        let text = self.loaded.get(name)?;
        let document = roxmltree::Document::parse(text).ok()?;
        let tree = Tree::of(document.root_element());
        let (root, configuration) = tree.ends();
        self.open.insert(root.addr(), tree);
        Some((root, configuration))
    }

    /// A tree with nothing but its root: what a look-up of a user gives.
    pub(crate) fn open_empty(&mut self) -> sys::switch_xml_t {
        let mut tree = Tree::default();
        tree.element("user");
        let (root, _) = tree.ends();
        self.open.insert(root.addr(), tree);
        root
    }

    /// `false`: there is no such tree, or it was freed before.
    pub(crate) fn free(&mut self, root: sys::switch_xml_t) -> bool {
        self.open.remove(&root.addr()).is_some()
    }

    pub(crate) fn leftovers(&self) -> Option<String> {
        (!self.open.is_empty()).then(|| format!("{} XML trees were never freed", self.open.len()))
    }
}

/// A C tree and all memory of it.
#[derive(Default)]
struct Tree {
    elements: Vec<Box<sys::switch_xml>>,
    attributes: Vec<Box<[*mut c_char]>>,
    texts: Vec<CString>,
}

// SAFETY: the pointers inside lead to memory that the tree owns and that does not move.
unsafe impl Send for Tree {}

impl Tree {
    fn of(root: roxmltree::Node<'_, '_>) -> Self {
        let mut tree = Self::default();
        let document = tree.element("document");
        let configuration = tree.copy(root);
        tree.elements[document].child = tree.pointer(configuration);
        tree
    }

    /// The first element that was made, and its first child, or itself.
    fn ends(&self) -> (sys::switch_xml_t, sys::switch_xml_t) {
        let child = self.elements[0].child;
        (
            self.pointer(0),
            if child.is_null() {
                self.pointer(0)
            } else {
                child
            },
        )
    }

    fn copy(&mut self, node: roxmltree::Node<'_, '_>) -> usize {
        let at = self.element(node.tag_name().name());
        let mut attributes: Vec<*mut c_char> = Vec::new();
        for attribute in node.attributes() {
            attributes.push(self.text(attribute.name()));
            attributes.push(self.text(attribute.value()));
        }
        attributes.push(ptr::null_mut());
        self.attributes.push(attributes.into_boxed_slice());
        self.elements[at].attr = self
            .attributes
            .last_mut()
            .map_or(ptr::null_mut(), |found| found.as_mut_ptr());
        let children: Vec<usize> = node
            .children()
            .filter(|child| child.is_element())
            .map(|child| self.copy(child))
            .collect();
        if let Some(first) = children.first() {
            self.elements[at].child = self.pointer(*first);
        }
        for pair in children.windows(2) {
            self.elements[pair[0]].ordered = self.pointer(pair[1]);
        }
        at
    }

    fn element(&mut self, name: &str) -> usize {
        let name = self.text(name);
        let empty = self.text("");
        // SAFETY: NULL and 0 are the host's own way to begin an element.
        let mut element: sys::switch_xml = unsafe { std::mem::zeroed() };
        element.name = name;
        element.txt = empty;
        self.elements.push(Box::new(element));
        self.elements.len() - 1
    }

    fn text(&mut self, text: &str) -> *mut c_char {
        self.texts
            .push(CString::new(text.replace('\0', "")).unwrap_or_default());
        self.texts
            .last()
            .map_or(ptr::null_mut(), |text| text.as_ptr().cast_mut())
    }

    fn pointer(&self, at: usize) -> sys::switch_xml_t {
        ptr::from_ref(&*self.elements[at]).cast_mut()
    }
}
