//! Calls such as a switch brings, and a lot for them.

use callpark_domain::{
    call::{Call, Epoch, Party, Ticket},
    config::{Config, RawConfig, RawLot, RawParam},
    names::{DomainName, LotKey, LotName, UserAt},
    overrides::Overrides,
    table::{Arrival, Table, Want},
};
use std::sync::Arc;

/// The most slots that a lot has.
pub const SLOTS: u64 = 100_000;
/// So many calls come in one second: deadlines differ, and many are the same.
const CALLS_A_SECOND: u64 = 500;

/// One lot and the calls that come to it.
pub struct Busy {
    /// The table.
    pub table: Table,
    key: LotKey,
    came: u64,
}

impl Busy {
    /// An empty lot with the most slots that there can be.
    pub fn new(choose: &str) -> Self {
        let params = [("slots", format!("1-{SLOTS}")), ("choose", choose.into())];
        let lot = RawLot {
            name: "default".to_owned(),
            domain: "*".to_owned(),
            params: params
                .map(|(name, value)| RawParam {
                    name: name.to_owned(),
                    value,
                })
                .into(),
        };
        let (config, _) = Config::parse(RawConfig {
            lots: vec![lot],
            ..RawConfig::default()
        })
        .expect("the configuration is right");
        Self {
            table: Table::new(Arc::new(config)),
            key: LotKey {
                lot: LotName::default(),
                domain: DomainName::parse("alpha.test").expect("a domain"),
            },
            came: 0,
        }
    }

    /// Parks so many more calls.
    pub fn park(&mut self, calls: u64) -> Vec<Ticket> {
        let park = |_| {
            let (arrival, now) = self.next_arrival();
            self.take(arrival, now).ticket
        };
        let tickets = (0..calls).map(park).collect();
        self.publish();
        tickets
    }

    /// What has changed is looked at, as the module does after each change: it does not pile up.
    pub fn publish(&mut self) {
        drop(self.table.take_news());
    }

    /// The next call that comes, and when.
    pub fn next_arrival(&mut self) -> (Arrival, Epoch) {
        self.came += 1;
        (arrival(self.came), self.now())
    }

    /// Parks a call. It has to find a slot.
    pub fn take(&mut self, arrival: Arrival, now: Epoch) -> Call {
        let parked = self.table.park(&self.key, arrival, now);
        parked.expect("there is a slot")
    }

    /// The time.
    pub fn now(&self) -> Epoch {
        Epoch::try_from(1_800_000_000 + self.came / CALLS_A_SECOND).unwrap_or(Epoch::MAX)
    }
}

/// A call with everything that one has.
fn arrival(number: u64) -> Arrival {
    let random = scattered(number);
    let uuid = |leg: u64| format!("{:08x}-0000-4000-8000-{:012x}", scattered(leg) >> 32, leg);
    Arrival {
        id: format!("{random:016x}"),
        uuid: uuid(number),
        want: Want::Auto,
        caller: Party {
            number: format!("+4930{number:08}"),
            name: format!("Caller {number}"),
        },
        parker: UserAt::parse(&format!("{}@alpha.test", 1000 + number % 1000)).ok(),
        parker_leg: Some(uuid(u64::MAX - number)),
        parker_context: Some("default".to_owned()),
        parker_listens: false,
        overrides: Overrides::default(),
        secret: None,
        random,
    }
}

/// Evenly scattered over all numbers, and the same in every run (splitmix64).
pub fn scattered(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
