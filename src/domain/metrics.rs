//! What monitoring reads: OpenMetrics text.
//!
//! What is counted has the lot's name and not its domain; what there is now has both, while it is there. So thousands of
//! tenants cost nothing but for their calls.

use crate::{
    call::{Call, Epoch, Outcome, State},
    names::LotName,
    table::Table,
    totals::{LotTotals, Totals, WAITS},
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text},
    metrics::MetricType,
    registry::{Registry, Unit},
};
use std::{collections::BTreeMap, fmt, sync::Arc};

/// A snapshot.
#[derive(Debug)]
pub struct Metrics {
    /// The module's.
    pub version: &'static str,
    /// Whether new calls are refused.
    pub draining: bool,
    /// Epoch seconds.
    pub now: Epoch,
    totals: Totals,
    calls: Vec<Arc<Call>>,
    lots: Vec<LotName>,
}

impl Metrics {
    /// What there is to be told of the table.
    pub fn of(table: &Table, version: &'static str, now: Epoch) -> Self {
        Self {
            version,
            draining: table.is_draining(),
            now,
            totals: table.totals().clone(),
            calls: table.calls.values().cloned().collect(),
            lots: table
                .config
                .definitions()
                .map(|lot| lot.name.clone())
                .collect(),
        }
    }

    /// As OpenMetrics text, to its `# EOF`.
    pub fn text(self) -> String {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut written = String::new();
        // Writing into a text fails only when a value cannot be formatted, which numbers always can.
        let _ = text::encode(&mut written, &registry);
        written
    }

    /// A lot that has had no call yet counts 0: else its first call would be no increase.
    fn by_lot(&self) -> BTreeMap<&LotName, LotTotals> {
        let known = self.lots.iter().map(|lot| (lot, LotTotals::default()));
        let mut lots: BTreeMap<_, _> = known.collect();
        lots.extend(
            self.totals
                .by_lot()
                .map(|(lot, totals)| (lot, totals.clone())),
        );
        lots
    }

    fn encode_calls(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut counts: BTreeMap<_, u64> = BTreeMap::new();
        let mut longest: BTreeMap<_, i64> = BTreeMap::new();
        for call in &self.calls {
            let place = (call.key.domain.as_str(), call.key.lot.as_str());
            *counts.entry((place, call.state.as_str())).or_default() += 1;
            if call.state != State::Reserved {
                let wait = longest.entry(place).or_default();
                *wait = call.waited(self.now).max(*wait);
            }
        }
        let help = "Calls in slots now, by what they do";
        let mut calls =
            encoder.encode_descriptor("callpark_calls", help, None, MetricType::Gauge)?;
        for (((domain, lot), state), count) in counts {
            let labels = [("domain", domain), ("lot", lot), ("state", state)];
            calls.encode_family(&labels)?.encode_gauge(&count)?;
        }
        let help = "How long the caller who has waited longest in a lot is there";
        let name = "callpark_longest_wait";
        let mut waits =
            encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge)?;
        for ((domain, lot), wait) in longest {
            let labels = [("domain", domain), ("lot", lot)];
            waits.encode_family(&labels)?.encode_gauge(&wait)?;
        }
        Ok(())
    }

    fn encode_lots(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let lots = self.by_lot();
        let help = "Calls that have left their slots, by how";
        let mut left =
            encoder.encode_descriptor("callpark_outcomes", help, None, MetricType::Counter)?;
        for (lot, totals) in &lots {
            for outcome in Outcome::ALL {
                let labels = [("lot", lot.as_str()), ("outcome", outcome.as_str())];
                count(&mut left.encode_family(&labels)?, totals.outcome(outcome))?;
            }
        }
        let help = "Ring-backs that were begun";
        let mut rings =
            encoder.encode_descriptor("callpark_ring_backs", help, None, MetricType::Counter)?;
        for (lot, totals) in &lots {
            let labels = [("lot", lot.as_str())];
            count(&mut rings.encode_family(&labels)?, totals.ring_backs())?;
        }
        let help = "How long calls were in their slots";
        let unit = Some(&Unit::Seconds);
        let mut waits =
            encoder.encode_descriptor("callpark_wait", help, unit, MetricType::Histogram)?;
        for (lot, totals) in &lots {
            let labels = [("lot", lot.as_str())];
            let mut lot = waits.encode_family(&labels)?;
            let (sum, all) = (totals.waited() as f64, totals.waits().iter().sum());
            let ends = WAITS.iter().map(|end| *end as f64).chain([f64::INFINITY]);
            let buckets: Vec<_> = ends.zip(totals.waits().iter().copied()).collect();
            lot.encode_histogram::<NoLabelSet>(sum, all, &buckets, None)?;
        }
        Ok(())
    }
}

impl Collector for Metrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "The module";
        let mut build =
            encoder.encode_descriptor("callpark_build", help, None, MetricType::Info)?;
        build.encode_info(&[("version", self.version)])?;
        let help = "1 while no new calls are taken";
        let mut drain =
            encoder.encode_descriptor("callpark_draining", help, None, MetricType::Gauge)?;
        drain.encode_gauge(&u64::from(self.draining))?;
        self.encode_calls(&mut encoder)?;
        self.encode_lots(&mut encoder)?;
        let help = "Requests that were refused, by code";
        let mut refusals =
            encoder.encode_descriptor("callpark_refusals", help, None, MetricType::Counter)?;
        // Also those that never came: a rate misses what a series begins with.
        for (code, refused) in self.totals.refusals() {
            count(
                &mut refusals.encode_family(&[("code", code.as_str())])?,
                refused,
            )?;
        }
        Ok(())
    }
}

fn count(encoder: &mut MetricEncoder<'_>, value: u64) -> fmt::Result {
    encoder.encode_counter::<NoLabelSet, _, u64>(&value, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{Config, RawConfig, RawLot},
        lot::Want,
        names::{DomainName, LotKey},
        result::Code,
        table::Arrival,
    };

    fn arrival(number: usize) -> Arrival {
        Arrival {
            id: format!("id-{number}"),
            uuid: format!("leg-{number}"),
            want: Want::Auto,
            caller: crate::call::Party::default(),
            parker: None,
            parker_leg: None,
            parker_context: None,
            parker_listens: false,
            overrides: crate::overrides::Overrides::default(),
            secret: None,
            random: 0,
        }
    }

    /// Two lots that every domain has.
    fn table() -> Table {
        let lot = |name: &str, slots: &str| RawLot {
            name: name.to_owned(),
            domain: "*".to_owned(),
            params: vec![crate::config::RawParam {
                name: "slots".to_owned(),
                value: slots.to_owned(),
            }],
        };
        let lots = vec![lot("default", "701-799"), lot("sales", "801-899")];
        let raw = RawConfig {
            lots,
            ..RawConfig::default()
        };
        Table::new(Arc::new(Config::parse(raw).unwrap().0))
    }

    fn key(domain: &str) -> LotKey {
        LotKey {
            lot: LotName::default(),
            domain: DomainName::parse(domain).unwrap(),
        }
    }

    fn text(table: &Table, now: Epoch) -> String {
        Metrics::of(table, "1.2.3", now).text()
    }

    #[test]
    fn calls_are_told_by_domain_while_they_are_there_and_by_lot_when_they_have_left() {
        let mut table = table();
        let first = table.park(&key("a.test"), arrival(1), 100).unwrap();
        table.park(&key("b.test"), arrival(2), 130).unwrap();
        table.count_refusal(Code::LotFull);
        let told = text(&table, 140);
        for line in [
            "callpark_build_info{version=\"1.2.3\"} 1",
            "callpark_calls{domain=\"a.test\",lot=\"default\",state=\"parked\"} 1",
            "callpark_longest_wait_seconds{domain=\"a.test\",lot=\"default\"} 40",
            "callpark_longest_wait_seconds{domain=\"b.test\",lot=\"default\"} 10",
            "callpark_outcomes_total{lot=\"sales\",outcome=\"retrieved\"} 0",
            "callpark_refusals_total{code=\"LOT_FULL\"} 1",
            "callpark_refusals_total{code=\"SLOT_BUSY\"} 0",
        ] {
            assert!(told.lines().any(|told| told == line), "{line}: {told}");
        }
        table.leave(first.ticket, Outcome::Retrieved, 165).unwrap();
        let told = text(&table, 170);
        for line in [
            "callpark_outcomes_total{lot=\"default\",outcome=\"retrieved\"} 1",
            "callpark_wait_seconds_bucket{le=\"60.0\",lot=\"default\"} 0",
            "callpark_wait_seconds_bucket{le=\"120.0\",lot=\"default\"} 1",
            "callpark_wait_seconds_sum{lot=\"default\"} 65.0",
            "callpark_wait_seconds_count{lot=\"default\"} 1",
        ] {
            assert!(told.lines().any(|told| told == line), "{line}: {told}");
        }
        assert!(!told.contains("a.test"), "{told}");
        assert!(told.ends_with("# EOF\n"));
    }

    #[test]
    fn tenants_without_calls_cost_nothing() {
        let mut table = table();
        let idle = text(&table, 0).len();
        for number in 0..2000 {
            let key = key(&format!("tenant-{number}.test"));
            let call = table.park(&key, arrival(number), 0).unwrap();
            table.leave(call.ticket, Outcome::Retrieved, 5).unwrap();
        }
        assert!(text(&table, 9).len() < idle + 200);
    }
}
