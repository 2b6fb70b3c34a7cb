//! The verbs that only look.

use super::{Refusal, Reply};
use crate::module::{Callpark, engine::Way, identity};
use callpark_domain::{
    call::Call,
    metrics::Metrics,
    names::DomainName,
    report,
    result::Code,
    table::Which,
    {request::LotRef, verb::Filter},
};
use serde_json::Value;

impl Callpark {
    /// A lot without a domain is in the core's.
    pub(in crate::module) fn filled(&self, filter: Filter) -> Filter {
        match filter {
            Filter::Lot(LotRef { lot, domain: None }) => Filter::Lot(LotRef {
                lot,
                domain: identity::core_domain(),
            }),
            other => other,
        }
    }

    pub(super) fn list(&self, filter: &Filter, json: bool) -> String {
        let calls = self.table.lock().calls(filter);
        let now = self.now();
        if json {
            return report::calls_json(&calls, now, &self.node) + "\n";
        }
        report::call_table(&calls, now)
    }

    pub(super) fn show(&self, lot: &LotRef, which: &Which, json: bool) -> Reply {
        let (call, now) = (self.call_at(lot, which)?, self.now());
        let way = self.engine().and_then(|engine| engine.way(call.ticket.0));
        let hold = way.unwrap_or(Way::Thread).to_string();
        let fields = report::held_call_json(&call, now, &self.node, &hold);
        Ok(if json {
            document(&fields)
        } else {
            report::call_fields(&fields)
        })
    }

    pub(super) fn lots(&self, domain: Option<&DomainName>, json: bool) -> String {
        let lots = self.table.lock().lots(domain);
        if json {
            return document(&Value::Array(lots.iter().map(report::lot_json).collect()));
        }
        report::lot_table(&lots)
    }

    /// Whatever is in a slot.
    pub(super) fn call_at(&self, lot: &LotRef, which: &Which) -> Result<Call, Refusal> {
        let key = self.key(lot)?;
        let table = self.table.lock();
        let call = table.at(&key, which.as_str())?;
        if which.means(call) {
            Ok(call.clone())
        } else {
            Err(Code::Empty.into())
        }
    }

    pub(super) fn status_json(&self) -> Value {
        self.with_status(|status| status.json())
    }

    pub(super) fn status(&self, json: bool) -> String {
        if json {
            document(&self.status_json())
        } else {
            self.with_status(|status| status.text())
        }
    }

    fn with_status<T>(&self, tell: impl FnOnce(&report::Status<'_>) -> T) -> T {
        let (totals, draining, in_slots) = {
            let table = self.table.lock();
            (table.totals().clone(), table.is_draining(), table.len())
        };
        let status = report::Status {
            version: env!("CARGO_PKG_VERSION"),
            node: &self.node,
            uptime: self.now() - self.started,
            draining,
            in_slots,
            totals: &totals,
        };
        tell(&status)
    }

    pub(super) fn metrics(&self) -> String {
        let now = self.now();
        let metrics = Metrics::of(&self.table.lock(), env!("CARGO_PKG_VERSION"), now);
        metrics.text()
    }

    /// The call that a verb means to act on.
    pub(super) fn parked_at(&self, lot: &LotRef, which: &Which) -> Result<Call, Refusal> {
        let key = self.key(lot)?;
        let table = self.table.lock();
        Ok(table.find(&key, which)?.clone())
    }
}

fn document(value: &Value) -> String {
    format!("{value}\n")
}
