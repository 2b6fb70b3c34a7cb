//! A real FreeSWITCH with mod_callpark in it, and real SIP phones around it.
//!
//! ```text
//! scenes   what the product is for, in six scenes
//! office   a switch, a caller from outside and the phones of a company
//! switch   starts one switch in a folder and on ports of its own, and reaps it
//! check    what many tests ask of it
//! kept     a call in a slot that nobody is to touch
//! conf     its configuration: the samples of fs-conf in a small directory and dialplan
//! esl      the event socket: commands and events
//! phone    a SIP phone: calls, transfers, what it hears and shows
//! baresip  the program behind it
//! sip      the messages in its trace
//! sipp     many SIP calls at once
//! ledger   what became of each call in a slot, by the events
//! browser  pages in a headless Chromium, with a microphone
//! wire     phones made of sockets, which show every packet
//! hang     a network that takes no packets
//! heap     what the switch has on its heap
//! refuse   a host that refuses what the module registers
//! sound    which tone is in what a phone hears
//! process, preload, ports, wait
//! ```

#![forbid(unsafe_code)]
// Tests live outside the host: its threads and clocks are not theirs.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]
// A test that cannot go on ends with the reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod baresip;
pub mod browser;
pub mod check;
pub mod conf;
pub mod crowd;
pub mod esl;
pub mod hang;
pub mod heap;
pub mod kept;
pub mod key;
pub mod ledger;
pub mod office;
pub mod phone;
pub mod ports;
pub mod preload;
pub mod process;
pub mod refuse;
pub mod scenes;
pub mod sip;
pub mod sipp;
pub mod sound;
pub mod switch;
pub mod verto;
pub mod wait;
pub mod wire;
