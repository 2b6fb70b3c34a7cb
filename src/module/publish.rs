//! What is seen of the table is published as it changes: lamps, and the lists on screens.
//!
//! The table changes under its lock and is published without it. One thread at a time publishes, whichever came first;
//! the others leave their news to it. So nobody waits, and nothing older is ever published after something newer.

use super::{
    Callpark, lamps,
    live::{LiveList, Now},
};
use crate::fs::{HostError, runtime::Guarded};
use callpark_domain::{names::DomainName, news::LampView, verb::Filter};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Whose turn it is to publish, and who has asked for one lamp or one list alone.
pub struct Publisher {
    /// How often publishing was asked for and is not done yet.
    asked: AtomicUsize,
    probes: Guarded<Vec<Probe>>,
    joins: Guarded<Vec<Join>>,
}

/// A live list that is to be shown.
pub struct Join {
    /// The list.
    pub list: Arc<LiveList>,
    /// The session that wants it whole; `None`: from now on somebody watches it.
    pub session: Option<String>,
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
            joins: Guarded::new(Vec::new())?,
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

    /// Shows a live list, in its turn.
    pub fn publish_list(&self, join: Join) {
        self.publisher.joins.lock().push(join);
        self.publish();
    }

    fn publish_news(&self) {
        let probes = std::mem::take(&mut *self.publisher.probes.lock());
        let joins = std::mem::take(&mut *self.publisher.joins.lock());
        let (news, answers, lists) = {
            let mut table = self.table.lock();
            let news = table.take_news();
            let lamp = |probe: &Probe| table.lamp(&probe.label, &probe.domain);
            let answers: Vec<_> = probes.iter().map(lamp).collect();
            let calls = |join: &Join| table.calls(&Filter::Domain(join.list.domain.clone()));
            let lists: Vec<_> = joins.iter().map(calls).collect();
            (news, answers, lists)
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
        let (time, node) = (self.now(), self.node.as_str());
        let now = Now { time, node };
        for call in &news.calls {
            let list = self.live.watched(call.domain());
            if let Some(list) = list.filter(|list| list.has_begun()) {
                list.tell(call, &now);
            }
        }
        for (join, calls) in joins.iter().zip(lists) {
            if !join.list.has_begun() {
                join.list.begin(&calls, &now);
            }
            if let Some(session) = &join.session {
                join.list.send_to(session);
            }
        }
    }
}
