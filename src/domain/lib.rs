//! Call park as data and rules: slots, lots, states, settings and texts.
//!
//! Nothing here knows the switch: no clock, lock, log, thread, I/O or randomness. The time and random numbers come in as
//! arguments, and what is to be done goes out as a plain value.
//!
//! ```text
//! request · verb         what somebody asks for
//! table · claims · lot   every call in every slot: who comes first wins, one outcome each
//! deadlines · timing     what is due when
//! config · settings      what an operator has set; overrides: what a single call says
//! report                 what people and programs read
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod allow;
pub mod call;
pub mod choices;
mod claims;
mod client;
pub mod config;
pub mod deadlines;
mod free;
pub mod json;
pub mod live;
mod lot;
pub mod metrics;
pub mod names;
pub mod news;
pub mod overrides;
#[doc(hidden)]
pub mod planted;
pub mod report;
pub mod request;
pub mod result;
pub mod settings;
pub mod slots;
pub mod table;
pub mod template;
mod timing;
pub mod totals;
pub mod verb;
pub mod view;
mod words;
