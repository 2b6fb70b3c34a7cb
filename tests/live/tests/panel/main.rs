//! The panel in a browser, served by mod_verto, beside phones: what it shows, and what its buttons do.
//!
//! With CALLPARK_SCREENSHOTS it leaves pictures in that folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod access;
mod buttons;
mod calls;
mod connection;
mod cut;
mod desks;
mod list;
mod strangers;
