//! What can happen on a walk, and where.

use callpark_domain::{
    call::{Outcome, Party},
    config::{Config, RawConfig, RawLot, RawParam},
    names::{DomainName, LotKey, LotName, UserAt},
    overrides::Overrides,
    settings::CallSettings,
    table::{Arrival, RingEnd, Want},
};
use proptest::prelude::*;
use std::sync::Arc;

/// The lots that there can be.
pub const LOTS: [&str; 2] = ["default", "sales"];
/// Configurations of them: the slots and the quota of each. Few slots, so that walks meet full lots and taken slots.
pub const PLANS: [&[(&str, &str, u32)]; 7] = [
    &[("default", "701-704", 0), ("sales", "801-806", 3)],
    // One of them is no more.
    &[("sales", "801-806", 3)],
    &[("default", "701-704", 0)],
    // They have shrunk,
    &[("default", "703-704", 0), ("sales", "801-802", 3)],
    // or grown, and one begins elsewhere,
    &[("default", "705-706,701-704", 0), ("sales", "801-809", 0)],
    // or have other quotas.
    &[("default", "701-704", 2), ("sales", "801-806", 1)],
    // One has the slots that were the other's.
    &[("default", "801-804", 0), ("sales", "701-706", 3)],
];
pub const DOMAINS: [&str; 2] = ["a.example", "b.example"];
pub const USERS: [&str; 2] = ["1001@a.example", "1002@a.example"];
/// What somebody gives as a PIN: that of one variant or of the others, a wrong one, or none.
pub const PINS: [Option<&str>; 4] = [Some("1234"), Some("77"), Some("0"), None];
/// The caller's keys.
pub const KEYS: [char; 2] = ['*', '#'];
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
    TakeUp {
        secret: usize,
        leg: usize,
    },
    Offer {
        ticket: usize,
    },
    /// And perhaps the call is offered again.
    Withdraw {
        secret: usize,
        again: bool,
    },
    ClaimOffered {
        secret: usize,
    },
    /// One PIN after the other.
    Pins {
        ticket: usize,
        user: usize,
        pins: Vec<usize>,
    },
    Press {
        ticket: usize,
        key: usize,
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
        variant: usize,
        plan: usize,
    },
    Look {
        lot: usize,
        domain: usize,
        want: usize,
    },
    Drain(bool),
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (ticket, secret) = (0..40_usize, 0..40_usize);
    let (lot, domain, want, leg) = (0..3_usize, 0..2_usize, 0..12_usize, 0..30_usize);
    let place = (lot, domain, want);
    let step = prop_oneof![
        4 => (place.clone(), leg.clone(), any::<bool>())
            .prop_map(|((lot, domain, want), leg, parker)| Step::Park { lot, domain, want, leg, parker }),
        2 => (place.clone(), leg.clone())
            .prop_map(|((lot, domain, want), leg)| Step::Reserve { lot, domain, want, leg }),
        1 => (ticket.clone(), leg.clone()).prop_map(|(ticket, leg)| Step::Settle { ticket, leg }),
        2 => (secret.clone(), leg).prop_map(|(secret, leg)| Step::TakeUp { secret, leg }),
        2 => ticket.clone().prop_map(|ticket| Step::Offer { ticket }),
        2 => (secret.clone(), any::<bool>()).prop_map(|(secret, again)| Step::Withdraw { secret, again }),
        2 => secret.prop_map(|secret| Step::ClaimOffered { secret }),
        2 => (ticket.clone(), 0..USERS.len(), prop::collection::vec(0..PINS.len(), 1..6)).prop_map(|(ticket, user, pins)| Step::Pins { ticket, user, pins }),
        2 => (ticket.clone(), 0..KEYS.len()).prop_map(|(ticket, key)| Step::Press { ticket, key }),
        3 => (ticket.clone(), any::<bool>()).prop_map(|(ticket, returned)| Step::Claim { ticket, returned }),
        2 => ticket.clone().prop_map(|ticket| Step::Unclaim { ticket }),
        3 => (ticket.clone(), 0..Outcome::ALL.len()).prop_map(|(ticket, outcome)| Step::Leave { ticket, outcome }),
        2 => (ticket.clone(), place.clone())
            .prop_map(|(ticket, (lot, domain, want))| Step::Move { ticket, lot, domain, want }),
        2 => ticket.clone().prop_map(|ticket| Step::RingNow { ticket }),
        3 => (ticket, 0..ENDS.len()).prop_map(|(ticket, end)| Step::RingEnded { ticket, end }),
        5 => (0..60_i64, 0..3_usize).prop_map(|(seconds, room)| Step::Time { seconds, room }),
        2 => (0..4_usize, 0..PLANS.len()).prop_map(|(variant, plan)| Step::Reload { variant, plan }),
        2 => place.prop_map(|(lot, domain, want)| Step::Look { lot, domain, want }),
        1 => prop::bool::weighted(0.2).prop_map(Step::Drain),
    ];
    prop::collection::vec(step, 1..120)
}

/// What counts for a call, as far as walks change it.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    pub timeout: u32,
    pub max_wait: u32,
    pub ring_attempts: u32,
    pub fallback: bool,
    pub exit_key: Option<char>,
    pub pin: Option<String>,
}

impl Terms {
    /// Those of a lot: in one variant without `timeout` and `max-wait`, in two with a fallback, of which one has more
    /// attempts, and another key and PIN.
    pub fn of_lot(lot: &str, variant: usize) -> Self {
        let (timeout, max_wait) = match lot {
            _ if variant == 3 => (0, 0),
            "default" => (40, 150),
            _ => (35, 160),
        };
        Self {
            timeout,
            max_wait,
            ring_attempts: if variant == 1 { 3 } else { 1 },
            fallback: matches!(variant, 1 | 2),
            exit_key: Some(if variant == 1 { '#' } else { '*' }),
            pin: (lot == "sales").then(|| if variant == 1 { "77" } else { "1234" }.to_owned()),
        }
    }

    /// Those that the table says.
    pub fn of_call(settings: &CallSettings) -> Self {
        Self {
            timeout: settings.timeout,
            max_wait: settings.max_wait,
            ring_attempts: settings.ring_attempts,
            fallback: settings.fallback.is_some(),
            exit_key: settings.exit_key,
            pin: settings.pin.clone(),
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        let mut params = vec![
            ("timeout", self.timeout.to_string()),
            ("max-wait", self.max_wait.to_string()),
            ("ring-attempts", self.ring_attempts.to_string()),
        ];
        let fallback = "operator XML default".to_owned();
        params.extend(self.fallback.then_some(("fallback", fallback)));
        params.extend(self.exit_key.map(|key| ("exit-key", key.to_string())));
        params.extend(self.pin.clone().map(|pin| ("pin", pin)));
        params
    }
}

/// The lots of a plan, with the terms of a variant.
pub fn config(variant: usize, plan: usize) -> Arc<Config> {
    let lot = |(name, slots, quota): &(&str, &str, u32)| {
        let occupied = if *name == "sales" { "next" } else { "refuse" };
        let mut params = Terms::of_lot(name, variant).params();
        params.extend([
            ("slots", (*slots).to_owned()),
            ("max-parked", quota.to_string()),
            ("retry-after", "10".to_owned()),
            ("occupied", occupied.to_owned()),
        ]);
        let param = |(name, value): (&str, String)| RawParam {
            name: name.to_owned(),
            value,
        };
        RawLot {
            name: (*name).to_owned(),
            domain: "*".to_owned(),
            params: params.into_iter().map(param).collect(),
        }
    };
    let raw = RawConfig {
        lots: PLANS[plan].iter().map(lot).collect(),
        ..RawConfig::default()
    };
    Arc::new(Config::parse(raw).unwrap().0)
}

pub fn key(lot: usize, domain: usize) -> LotKey {
    let name = LOTS.get(lot).unwrap_or(&"nowhere");
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
