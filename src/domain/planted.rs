//! Faults that other systems had, put back on purpose, one at a time: by them the simulation and the races prove that they
//! would find such a fault. Only with the feature `planted`, which no shipped module has; without it [`is`] is `false` as it
//! is compiled, and nothing of this remains.

/// A fault of another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A failed retrieve left the slot and its lamp busy.
    ClaimForEver,
    /// A reservation for a transfer that never came had no deadline.
    ReservationForEver,
    /// Of two people who dialled the slot at once, both were given the call.
    SecondClaimWins,
    /// Somebody picked up while the parker rang, and the phone rang on.
    RingsOn,
    /// A reload wiped the slots.
    ReloadWipesSlots,
}

/// Whether this fault is planted.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub const fn is(_: Fault) -> bool {
    false
}

/// Whether this fault is planted: the environment names it, as in `CALLPARK_PLANTED=RingsOn`.
#[cfg(feature = "planted")]
pub fn is(fault: Fault) -> bool {
    static NAME: std::sync::LazyLock<Option<String>> =
        std::sync::LazyLock::new(|| std::env::var("CALLPARK_PLANTED").ok());
    NAME.as_deref() == Some(&format!("{fault:?}"))
}
