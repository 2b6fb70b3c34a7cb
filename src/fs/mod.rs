//! A safe face over the host, named by the host's things. The only place with `unsafe`, beside `freeswitch-sys`.
//!
//! Facts that every SAFETY comment here leans on stand in `docs/safety.md`.

pub mod api;
pub mod bridge;
pub mod channel;
pub mod chat;
pub mod config;
pub mod directory;
pub mod entry;
pub mod event;
pub mod frame;
pub mod guard;
pub mod hook;
pub mod json;
pub mod lend;
pub mod live;
pub mod log;
pub mod media;
pub mod originate;
pub mod peek;
pub mod registration;
pub mod rtp;
pub mod runtime;
pub mod scheduler;
pub mod session;
pub mod sound;
pub mod text;

use freeswitch_sys as sys;

/// The host refused: the name of its function and the status that it gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{call} answered status {status}")]
pub struct HostError {
    /// The host's function.
    pub call: &'static str,
    /// Its `switch_status_t`.
    pub status: sys::switch_status_t,
}

/// Turns a host's status into a result.
pub(crate) fn check(call: &'static str, status: sys::switch_status_t) -> Result<(), HostError> {
    if status == sys::SWITCH_STATUS_SUCCESS {
        Ok(())
    } else {
        Err(HostError { call, status })
    }
}

/// `switch_bool_t` of a `bool`.
pub(crate) fn flag(value: bool) -> sys::switch_bool_t {
    if value {
        sys::SWITCH_TRUE
    } else {
        sys::SWITCH_FALSE
    }
}
