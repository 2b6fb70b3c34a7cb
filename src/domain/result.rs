//! The codes that applications leave in `callpark_result` and API replies begin with.

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// It was done.
    Ok,
    /// No free slot, or the lot's quota is used up.
    LotFull,
    /// The slot that was asked for is taken.
    SlotBusy,
    /// No lot of that name in that domain.
    NoSuchLot,
    /// The lot has no such slot.
    NoSuchSlot,
    /// No call that can be taken in that slot: free, reserved or claimed.
    Empty,
    /// Not allowed.
    Forbidden,
    /// The wrong PIN, three times.
    BadPin,
    /// The call is not answered, and the lot does not answer.
    NotAnswered,
    /// The call is in a slot already.
    AlreadyParked,
    /// No new calls are taken.
    Draining,
    /// No such channel, or it is hanging up.
    Gone,
    /// The request cannot be read.
    Usage,
    /// Anything else; the log says what.
    Failed,
}

impl Code {
    /// All but [`Code::Ok`].
    pub const REFUSALS: [Self; 13] = [
        Self::LotFull,
        Self::SlotBusy,
        Self::NoSuchLot,
        Self::NoSuchSlot,
        Self::Empty,
        Self::Forbidden,
        Self::BadPin,
        Self::NotAnswered,
        Self::AlreadyParked,
        Self::Draining,
        Self::Gone,
        Self::Usage,
        Self::Failed,
    ];

    /// As it stands in variables, replies and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::LotFull => "LOT_FULL",
            Self::SlotBusy => "SLOT_BUSY",
            Self::NoSuchLot => "NO_SUCH_LOT",
            Self::NoSuchSlot => "NO_SUCH_SLOT",
            Self::Empty => "EMPTY",
            Self::Forbidden => "FORBIDDEN",
            Self::BadPin => "BAD_PIN",
            Self::NotAnswered => "NOT_ANSWERED",
            Self::AlreadyParked => "ALREADY_PARKED",
            Self::Draining => "DRAINING",
            Self::Gone => "GONE",
            Self::Usage => "USAGE",
            Self::Failed => "FAILED",
        }
    }
}
