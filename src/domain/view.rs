//! The lots as `lots` shows them.

use crate::{
    config::LotDefinition,
    lot::Lot,
    names::{DomainName, LotKey, LotName},
    settings::LotSettings,
    table::Table,
};
use std::sync::Arc;

/// One lot for `lots`.
#[derive(Debug, Clone, PartialEq)]
pub struct LotView {
    /// The lot.
    pub lot: LotName,
    /// Its domain; `None`: a lot of every domain, with no call in it.
    pub domain: Option<DomainName>,
    /// Slots with a call or a reservation.
    pub used: u32,
    /// How many more calls it takes.
    pub free: u32,
    /// In force; `None`: the configuration has it no more.
    pub settings: Option<Arc<LotSettings>>,
}

impl Table {
    /// The lots: all that are configured, those of `*` also for each domain that uses them; of one domain, those that
    /// apply there.
    pub fn lots(&self, domain: Option<&DomainName>) -> Vec<LotView> {
        let mut views: Vec<LotView> = Vec::new();
        for definition in self.config.definitions() {
            let of = match (&definition.domain, domain) {
                (Some(own), Some(wanted)) if own != wanted => continue,
                (Some(own), _) => Some(own.clone()),
                (None, Some(wanted)) if !self.applies(definition, wanted) => continue,
                (None, wanted) => wanted.cloned(),
            };
            views.push(self.view(&definition.name, of, Some(&definition.settings)));
        }
        for (key, lot) in &self.lots {
            let shown = views
                .iter()
                .any(|view| view.lot == key.lot && view.domain.as_ref() == Some(&key.domain));
            if !shown && lot.used() > 0 && domain.is_none_or(|domain| *domain == key.domain) {
                views.push(self.view(&key.lot, Some(key.domain.clone()), lot.settings.as_ref()));
            }
        }
        views.sort_by(|left, right| (&left.domain, &left.lot).cmp(&(&right.domain, &right.lot)));
        views
    }

    fn applies(&self, definition: &LotDefinition, domain: &DomainName) -> bool {
        self.config
            .definition(&definition.name, domain)
            .is_some_and(|found| found.domain == definition.domain)
    }

    fn view(
        &self,
        lot: &LotName,
        domain: Option<DomainName>,
        settings: Option<&Arc<LotSettings>>,
    ) -> LotView {
        let key = domain.clone().map(|domain| LotKey {
            lot: lot.clone(),
            domain,
        });
        let live = key.and_then(|key| self.lots.get(&key));
        LotView {
            lot: lot.clone(),
            domain,
            used: live.map_or(0, Lot::used),
            free: live.map_or_else(
                || settings.map_or(0, |settings| settings.room_when_empty()),
                Lot::room,
            ),
            settings: settings.cloned(),
        }
    }
}
