//! A stand-in for FreeSWITCH: a test double that loads `mod_callpark.so` and plays calls to it, in any order.
//!
//! ```text
//!   scenes, tests        calls that people make, in prose
//!   story, turns, reloads, simulation, truths, accounts, callers, lamps
//!                        calls that a seed makes up, and what must be true of all of them
//!   switch, phone, line  the switch and its phones, for tests
//!   host/                the host's C functions, for the module
//!   life, apps, media, bridge, uuid_bridge, transfer, originate, sip, channel, tasks
//!                        what the switch does
//!   world, leg, …        what is in the switch
//!   schedule, locks      who runs, and when
//! ```
//!
//! What it does not know, the real switch must show: it is no proof that a call works, but a way to see what no switch
//! shows on demand: every order of events, and every fault.

mod accounts;
mod apps;
mod bridge;
mod callers;
mod cause;
mod channel;
mod commands;
mod delivery;
mod dialplan;
mod dice;
mod directory;
mod events;
mod faults;
mod handle;
mod host;
mod image;
mod lamps;
mod leg;
mod life;
mod line;
mod live;
mod locks;
mod media;
mod message;
mod module;
mod originate;
mod phone;
mod profile;
mod record;
mod reloads;
mod schedule;
mod seen;
mod simulation;
mod sip;
mod story;
mod switch;
mod talk;
mod tasks;
mod thread;
mod transfer;
mod truths;
mod turns;
mod uuid_bridge;
mod world;
mod xml;

pub mod scenes;

pub use directory::{Habit, Ring};
pub use events::Event;
pub use faults::Fault;
pub use host::exported;
pub use leg::Heard;
pub use line::Line;
pub use phone::Phone;
pub use simulation::{Told, simulate};
pub use switch::Switch;
pub use world::{LogLine, Message};
