//! mod_callpark: call park for FreeSWITCH, a native module.
//!
//! ```text
//! freeswitch-sys   raw bindings                                   unsafe
//! fs               a safe face over the host                      unsafe, and nowhere else
//! module           what the host calls: apps, API, timers         safe
//! callpark_domain  slots, lots, states, settings, texts           pure: no clock, lock, log or host call
//! ```
//!
//! Arrows point one way: `module → fs → freeswitch-sys`, `module → callpark_domain`.

pub mod fs;
#[forbid(unsafe_code)]
mod module;

export_module!(module::Entry);
