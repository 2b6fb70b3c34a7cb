//! What is seen of the table is published as it changes: lamps, and the lists on screens.
//!
//! The table changes under its lock and is published without it. One thread at a time publishes, whichever came first;
//! the others leave their news to it. So nobody waits, and nothing older is ever published after something newer.

use super::{Callpark, lamps};
use crate::fs::{HostError, runtime::Guarded};
use callpark_domain::{names::DomainName, news::LampView};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whose turn it is to publish, and who has asked for one lamp alone.
pub struct Publisher {
    /// How often publishing was asked for and is not done yet.
    asked: AtomicUsize,
    probes: Guarded<Vec<Probe>>,
}

/// A lamp that is to be shown though it has not changed.
pub struct Probe {
    /// The slot, or the lot.
    pub label: String,
    /// The tenant.
    pub domain: DomainName,
    /// Call-ID of the subscription that has asked; `None`: it is for all of them.
    pub subscription: Option<String>,
    /// What somebody else has told: only something else is worth telling.
    pub told: Option<String>,
}

impl Publisher {
    /// Nothing to publish.
    pub fn new() -> Result<Self, HostError> {
        Ok(Self {
            asked: AtomicUsize::new(0),
            probes: Guarded::new(Vec::new())?,
        })
    }
}

impl Callpark {
    /// Publishes what has changed. Any thread, at any time: what has changed is known to the table.
    pub fn publish(&self) {
        if self.publisher.asked.fetch_add(1, Ordering::AcqRel) > 0 {
            return; // whoever is at it looks again
        }
        let mut answered = 1;
        loop {
            self.publish_news();
            let asked = self.publisher.asked.fetch_sub(answered, Ordering::AcqRel);
            answered = asked - answered;
            if answered == 0 {
                return;
            }
        }
    }

    /// Shows one lamp, in its turn: else what is shown could come after news that are newer.
    pub fn answer_probe(&self, probe: Probe) {
        self.publisher.probes.lock().push(probe);
        self.publish();
    }

    fn publish_news(&self) {
        let probes = std::mem::take(&mut *self.publisher.probes.lock());
        let (news, answers) = {
            let mut table = self.table.lock();
            let news = table.take_news();
            let lamp = |probe: &Probe| table.lamp(&probe.label, &probe.domain);
            let answers: Vec<_> = probes.iter().map(lamp).collect();
            (news, answers)
        };
        for lamp in &news.lamps {
            lamps::show(lamp, None);
        }
        for (probe, lamp) in probes.iter().zip(answers) {
            let differs =
                |lamp: &LampView| probe.told.as_deref() != Some(lamps::answer_state(lamp));
            if let Some(lamp) = lamp.filter(differs) {
                lamps::show(&lamp, probe.subscription.as_deref());
            }
        }
    }
}
