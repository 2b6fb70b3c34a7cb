//! What can happen on a walk, and where.

use callpark_domain::{
    call::{Outcome, Party},
    config::{Config, RawConfig, RawLot, RawParam},
    names::{DomainName, LotKey, LotName, UserAt},
    overrides::Overrides,
    table::{Arrival, RingEnd, Want},
};
use proptest::prelude::*;
use std::sync::Arc;

/// Slots of the two lots; few, so that walks meet full lots and taken slots.
pub const SLOTS: [(&str, &str, u32); 2] = [("default", "701-704", 0), ("sales", "801-806", 3)];
pub const DOMAINS: [&str; 2] = ["a.example", "b.example"];
pub const OUTCOMES: [Outcome; 5] = [
    Outcome::Retrieved,
    Outcome::Abandoned,
    Outcome::Transferred,
    Outcome::Expired,
    Outcome::Shutdown,
];
pub const ENDS: [RingEnd; 2] = [RingEnd::NoAnswer, RingEnd::NotRegistered];

/// One thing that happens. Numbers choose among what there is.
#[derive(Debug, Clone)]
pub enum Step {
    Park {
        lot: usize,
        domain: usize,
        want: usize,
        leg: usize,
        parker: bool,
    },
    Reserve {
        lot: usize,
        domain: usize,
        want: usize,
        leg: usize,
    },
    Settle {
        ticket: usize,
        leg: usize,
    },
    Claim {
        ticket: usize,
        returned: bool,
    },
    Unclaim {
        ticket: usize,
    },
    Leave {
        ticket: usize,
        outcome: usize,
    },
    Move {
        ticket: usize,
        lot: usize,
        domain: usize,
        want: usize,
    },
    RingNow {
        ticket: usize,
    },
    RingEnded {
        ticket: usize,
        end: usize,
    },
    Time {
        seconds: i64,
        room: usize,
    },
    Reload {
        settings: usize,
    },
    Drain(bool),
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ticket = 0..40_usize;
    let (lot, domain, want, leg) = (0..3_usize, 0..2_usize, 0..12_usize, 0..30_usize);
    let place = (lot, domain, want);
    let step = prop_oneof![
        4 => (place.clone(), leg.clone(), any::<bool>())
            .prop_map(|((lot, domain, want), leg, parker)| Step::Park { lot, domain, want, leg, parker }),
        2 => (place.clone(), leg.clone())
            .prop_map(|((lot, domain, want), leg)| Step::Reserve { lot, domain, want, leg }),
        2 => (ticket.clone(), leg).prop_map(|(ticket, leg)| Step::Settle { ticket, leg }),
        3 => (ticket.clone(), any::<bool>()).prop_map(|(ticket, returned)| Step::Claim { ticket, returned }),
        2 => ticket.clone().prop_map(|ticket| Step::Unclaim { ticket }),
        3 => (ticket.clone(), 0..OUTCOMES.len()).prop_map(|(ticket, outcome)| Step::Leave { ticket, outcome }),
        2 => (ticket.clone(), place)
            .prop_map(|(ticket, (lot, domain, want))| Step::Move { ticket, lot, domain, want }),
        1 => ticket.clone().prop_map(|ticket| Step::RingNow { ticket }),
        3 => (ticket, 0..ENDS.len()).prop_map(|(ticket, end)| Step::RingEnded { ticket, end }),
        5 => (0..60_i64, 0..3_usize).prop_map(|(seconds, room)| Step::Time { seconds, room }),
        1 => (0..4_usize).prop_map(|settings| Step::Reload { settings }),
        1 => prop::bool::weighted(0.2).prop_map(Step::Drain),
    ];
    prop::collection::vec(step, 1..120)
}

/// The two lots; by the bits of `variant` without `timeout` and `max-wait`, or with a fallback, and with more attempts.
pub fn config(variant: usize) -> Arc<Config> {
    let param = |name: &str, value: &str| RawParam {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let lots = SLOTS.map(|(name, slots, quota)| {
        let mut params = vec![
            param("slots", slots),
            param("max-parked", &quota.to_string()),
        ];
        let (timeout, max_wait) = if variant == 3 {
            ("0", "0")
        } else {
            ("40", "150")
        };
        params.extend([
            param("timeout", timeout),
            param("max-wait", max_wait),
            param("retry-after", "10"),
        ]);
        params.extend([param("ring-attempts", if variant == 1 { "3" } else { "1" })]);
        params.extend((variant == 2).then(|| param("fallback", "operator XML default")));
        let occupied = if name == "sales" { "next" } else { "refuse" };
        params.push(param("occupied", occupied));
        RawLot {
            name: name.to_owned(),
            domain: "*".to_owned(),
            params,
        }
    });
    Arc::new(
        Config::parse(RawConfig {
            lots: lots.into(),
            ..RawConfig::default()
        })
        .unwrap()
        .0,
    )
}

pub fn key(lot: usize, domain: usize) -> LotKey {
    let name = SLOTS.get(lot).map_or("nowhere", |(name, ..)| name);
    LotKey {
        lot: LotName::parse(name).unwrap(),
        domain: DomainName::parse(DOMAINS[domain]).unwrap(),
    }
}

/// Half of them leave the choice to the lot; of the others, some name no slot.
pub fn want(lot: usize, number: usize) -> Want {
    match number {
        0..6 => Want::Auto,
        _ => Want::Slot(format!("{}0{}", 7 + lot, number - 5)),
    }
}

pub fn arrival(leg: usize, want: Want, parker: bool) -> Arrival {
    let uuid = format!("leg-{leg}");
    Arrival {
        id: String::new(),
        uuid,
        want,
        caller: Party::default(),
        parker: parker.then(|| UserAt::parse("1001@a.example").unwrap()),
        parker_leg: None,
        parker_context: None,
        parker_listens: false,
        overrides: Overrides::default(),
        secret: None,
        random: 0,
    }
}
