//! What the benches share: a lot full of calls, and figures that are held against their limits.

#![forbid(unsafe_code)]
// Benches live outside the host: its clock is not theirs.
#![allow(clippy::disallowed_methods)]
// A bench that cannot go on ends with the reason.
#![allow(clippy::expect_used)]

pub mod calls;
pub mod figures;
pub mod held;
pub mod holders;
pub mod paper;
pub mod process;
