//! Who the legs were that have just ended.
//!
//! A phone that transfers a call blindly is let go at once, and its leg may be gone before the transferred call has found
//! its way through the dialplan to us. Then this tells who the parker was, and with it whose lot is meant. Outside legs are
//! remembered, too: that one of them was the transferor is known then, and nobody is believed who says otherwise.

use super::{
    Callpark,
    identity::{LegData, Parker},
};
use crate::fs::{
    HostError,
    event::{Delivered, Kind, Observer, Watch},
    runtime::{Guarded, epoch_now, micros_now},
};
use callpark_domain::names::UserAt;
use std::collections::HashMap;

/// Seconds that a leg is remembered: longer than any dialplan takes from a transfer to its applications.
pub const REMEMBERED: i64 = 60;
/// How long the host's delivery of a leg's end may lag behind that end, in microseconds.
const LAG_MICROS: i64 = 1_000_000;

/// Legs that ended within the last minute.
pub struct FormerLegs(Guarded<Legs>);

#[derive(Default)]
struct Legs {
    /// With the epoch second of the end.
    ended: HashMap<String, (Parker, i64)>,
    /// Epoch second of the last clean-up.
    swept: i64,
}

impl FormerLegs {
    /// Nobody yet.
    pub fn new() -> Result<Self, HostError> {
        Guarded::new(Legs::default()).map(Self)
    }

    /// Who a leg was that has ended; waits a little for the news of it. Not on a thread that delivers events.
    pub fn find(&self, uuid: &str) -> Option<Parker> {
        let until = micros_now() + LAG_MICROS;
        let look = |legs: &Legs| legs.ended.get(uuid).map(|(parker, _)| parker.clone());
        self.0.find_until(until, look)
    }

    fn remember(&self, uuid: String, parker: Parker) {
        let now = epoch_now();
        {
            let mut legs = self.0.lock();
            if now - legs.swept >= REMEMBERED {
                legs.swept = now;
                legs.ended.retain(|_, (_, ended)| now - *ended < REMEMBERED);
            }
            legs.ended.insert(uuid, (parker, now));
        }
        self.0.wake_all();
    }
}

/// Watches legs end.
pub type EndWatch = Watch<Ends>;

/// The observer of it.
pub struct Ends;

impl Observer for Ends {
    const KIND: Kind = Kind::ChannelHangup;

    fn seen(event: &Delivered<'_>) {
        let Some(module) = Callpark::current() else {
            return;
        };
        module.forsake(&event.id());
        module.dialled.ends(event);
        module.former.remember(event.id(), Parker::of(event));
    }
}

impl LegData for Delivered<'_> {
    fn id(&self) -> String {
        self.header("Unique-ID").unwrap_or_default()
    }

    fn inbound(&self) -> bool {
        self.header("Call-Direction").as_deref() == Some("inbound")
    }

    fn value(&self, name: &str) -> Option<String> {
        self.header(&format!("variable_{name}"))
    }

    fn origin(&self) -> (Option<String>, Option<String>) {
        (self.header("Caller-Source"), self.header("Caller-Username"))
    }

    fn number_called(&self) -> Option<String> {
        self.header("Caller-Destination-Number")
    }

    /// Asked of [`super::dialled`] by whoever wants to know of the leg that has ended: mod_verto may have to be asked, and
    /// not on this thread.
    fn dialled_as(&self) -> Option<UserAt> {
        None
    }
}
