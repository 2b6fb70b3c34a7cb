//! A leg's caller profile.

use std::collections::BTreeMap;

/// A leg's caller profile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Profile {
    pub(crate) fields: BTreeMap<&'static str, String>,
    pub(crate) soft: BTreeMap<String, String>,
    pub(crate) transfer_source: Option<String>,
    pub(crate) uuid: String,
}

/// The fields of a profile that can be read as variables and set by name.
const FIELDS: [&str; 11] = [
    "dialplan",
    "caller_id_name",
    "caller_id_number",
    "callee_id_name",
    "callee_id_number",
    "network_addr",
    "rdnis",
    "destination_number",
    "source",
    "context",
    "username",
];

impl Profile {
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Sets a field of the host's, or adds one.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match FIELDS.iter().find(|field| field.eq_ignore_ascii_case(name)) {
            Some(field) => self.fields.insert(field, value.to_owned()),
            None => self.soft.insert(name.to_owned(), value.to_owned()),
        };
    }

    pub(crate) fn get(&self, name: &str) -> Option<&String> {
        self.fields.get(name).or_else(|| self.soft.get(name))
    }
}
