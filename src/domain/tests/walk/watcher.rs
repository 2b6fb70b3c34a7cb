//! Somebody who sees lamps and lists, and looks only when told that something has changed.

use callpark_domain::{
    call::{Call, State},
    names::DomainName,
    news::{CallNews, Lamp, LampView},
    table::Table,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

#[derive(Debug, Default)]
pub struct Watcher {
    lamps: BTreeMap<(DomainName, String), LampView>,
    calls: BTreeMap<String, Arc<Call>>,
}

impl Watcher {
    /// Takes the news in; then lamps and list are those of the table.
    pub fn look(&mut self, table: &mut Table, calls: &[Arc<Call>]) {
        let news = table.take_news();
        for lamp in news.lamps {
            let place = (lamp.domain.clone(), lamp.label.clone());
            self.lamps.insert(place, lamp);
        }
        for news in news.calls {
            match news {
                CallNews::Is(call) => _ = self.calls.insert(call.id.clone(), call),
                CallNews::Left { id, .. } => _ = self.calls.remove(&id),
            }
        }
        assert!(table.take_news().is_empty());
        self.check_list(calls);
        self.check_lamps(table, calls);
    }

    fn check_list(&self, calls: &[Arc<Call>]) {
        let told: BTreeSet<_> = self.calls.values().map(shown).collect();
        let there: BTreeSet<_> = calls.iter().map(shown).collect();
        assert_eq!(told, there);
    }

    fn check_lamps(&self, table: &Table, calls: &[Arc<Call>]) {
        let mut lit: BTreeSet<_> = BTreeSet::new();
        for call in calls {
            let place = |label: &str| (call.key.domain.clone(), label.to_owned());
            let (slot, lot) = (place(&call.slot), place(call.key.lot.as_str()));
            let lamp = self.lamps.get(&slot).map(|view| view.lamp);
            match call.state {
                // After a reload another lot's call can be in a slot of the same name.
                State::Reserved | State::Parked if rings(calls, &slot) => {
                    assert_eq!(lamp, Some(Lamp::Blinking));
                }
                State::Reserved | State::Parked => assert_eq!(lamp, Some(Lamp::On)),
                State::Ringing => {
                    assert_eq!(lamp, Some(Lamp::Blinking));
                    assert_eq!(self.lamps[&lot].lamp, Lamp::Blinking);
                }
                State::Claimed => assert!(matches!(lamp, Some(Lamp::On | Lamp::Blinking))),
            }
            lit.extend([slot, lot]);
        }
        for ((domain, label), view) in &self.lamps {
            let here = lit.contains(&(domain.clone(), label.clone()));
            assert_eq!(view.lamp != Lamp::Off, here, "{label} of {domain:?}");
            // Whoever asks is told the same; of a place that is no more, nothing.
            let asked = table.lamp(label, domain);
            assert!(asked.is_none_or(|asked| asked == *view), "{view:?}");
        }
    }
}

fn rings(calls: &[Arc<Call>], slot: &(DomainName, String)) -> bool {
    calls
        .iter()
        .any(|call| (&call.key.domain, &call.slot) == (&slot.0, &slot.1) && call.rings_back())
}

/// What a list shows that changes.
fn shown(call: &Arc<Call>) -> (String, String, String, &'static str, Option<i64>, u32) {
    (
        call.id.clone(),
        call.key.to_string(),
        call.slot.clone(),
        call.state.as_str(),
        call.timeout_at,
        call.attempts,
    )
}
