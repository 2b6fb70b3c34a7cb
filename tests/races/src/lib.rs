//! Races for the module's table: the module's own file `src/module/table.rs`, over locks whose order a scheduler chooses.
//!
//! ```text
//!   tests       who meets whom
//!   explore     how many orders are tried
//!   callers     legs on their way into a slot, and in it       as src/module/{ways_in,hold,connect,consult}.rs
//!   takers      who wants a call: retrievers, ring-backs, …    as src/module/{apps/retrieve,ringback,api/act}.rs
//!   office      the table and the switch, and the way out      as src/module/{departure,entry}.rs
//!   switch      legs: up or down, woken, connected
//!   lock        the table's lock, and what holds of the table at all times
//! ```
//!
//! The actors keep to the order of calls in the module. No time passes: whoever waits and is not woken waits for ever, and
//! that fails the test as a deadlock.

mod callers;
mod explore;
mod lock;
mod office;
mod switch;
#[path = "../../../src/module/table.rs"]
pub mod table;
mod takers;

pub use explore::{explore, explore_all};
pub use office::{Actor, Office, key, secret_of, slot};
pub use switch::Record;
pub use takers::Told;
