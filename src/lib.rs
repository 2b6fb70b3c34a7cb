//! mod_callpark: call park for FreeSWITCH.
pub mod fs;
