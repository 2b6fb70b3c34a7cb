//! Raw bindings to the part of FreeSWITCH's C ABI that mod_callpark uses: the names of `abi.txt` and what they need.
//!
//! Written by bindgen at build time. Nothing here is safe or documented; the safe face is `src/fs` of the module.
#![no_std]
#![allow(
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::all,
    clippy::pedantic,
    missing_docs
)]

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
