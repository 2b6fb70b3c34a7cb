//! What people and programs read: tables and JSON.

use crate::{
    call::{Call, Epoch, Outcome},
    names::{DomainName, UserAt},
    settings::{PARAMS, Param},
    totals::Totals,
    view::LotView,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The usage of the API command.
pub fn usage() -> &'static str {
    "callpark list [<lot>[@<domain>]|@<domain>] [json]
callpark show <lot>[@<domain>] <slot> [json]
callpark lots [@<domain>] [json]
callpark status [json]
callpark metrics
callpark park [-bleg] <uuid> [<lot>[@<domain>]] [auto|<slot>] [parker=<user@domain>] [timeout=<s>]
callpark retrieve <lot>[@<domain>] <slot>|oldest|newest <uuid>|<user@domain>|<dial string>
callpark move <lot>[@<domain>] <slot> [<lot2>[@<domain>]] [auto|<slot2>]
callpark return <lot>[@<domain>] <slot>
callpark transfer <lot>[@<domain>] <slot> <exten> [<dialplan>] [<context>]
callpark drop <lot>[@<domain>] <slot>
callpark drain on|off
callpark reload
callpark help
"
}

/// The contract's fields of a call, in its order.
#[derive(Serialize)]
struct CallFields<'a> {
    id: &'a str,
    lot: &'a str,
    domain: &'a str,
    slot: &'a str,
    state: &'a str,
    uuid: Option<&'a str>,
    caller_id_number: &'a str,
    caller_id_name: &'a str,
    parked_by: Option<String>,
    parked_at: Epoch,
    waited: i64,
    timeout_at: Option<Epoch>,
    attempts: u32,
    label: Option<&'a str>,
    node: &'a str,
}

impl<'a> CallFields<'a> {
    fn of(call: &'a Call, now: Epoch, node: &'a str) -> Self {
        Self {
            id: &call.id,
            lot: call.key.lot.as_str(),
            domain: call.key.domain.as_str(),
            slot: &call.slot,
            state: call.state.as_str(),
            uuid: Some(&call.uuid),
            caller_id_number: &call.caller.number,
            caller_id_name: &call.caller.name,
            parked_by: call.parker.as_ref().map(UserAt::to_string),
            parked_at: call.parked_at,
            waited: call.waited(now),
            timeout_at: call.timeout_at,
            attempts: call.attempts,
            label: call.label.as_deref(),
            node,
        }
    }
}

/// A call as JSON.
pub fn call_json(call: &Call, now: Epoch, node: &str) -> Value {
    serde_json::to_value(CallFields::of(call, now, node)).unwrap_or_default()
}

/// A call as JSON for a client of verto, without the leg's UUID: mod_verto looks for a verto leg behind whatever UUID a client
/// names, and brings the switch down where that is a SIP leg.
pub fn client_call_json(call: &Call, now: Epoch, node: &str) -> Value {
    let fields = CallFields {
        uuid: None,
        ..CallFields::of(call, now, node)
    };
    serde_json::to_value(fields).unwrap_or_default()
}

/// Calls as a JSON array. Written at once: thousands of calls are not made into values first.
pub fn calls_json(calls: &[Arc<Call>], now: Epoch, node: &str) -> String {
    let rows = calls.iter().map(|call| CallFields::of(call, now, node));
    serde_json::to_string(&rows.collect::<Vec<_>>()).unwrap_or_default()
}

/// A call as JSON, and how it is held.
pub fn held_call_json(call: &Call, now: Epoch, node: &str, hold: &str) -> Value {
    let mut fields = call_json(call, now, node);
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("hold".to_owned(), hold.into());
    }
    fields
}

/// A call with every field, a line each.
pub fn call_fields(fields: &Value) -> String {
    let lines = fields.as_object().into_iter().flatten();
    lines
        .map(|(name, value)| format!("{name}: {}\n", text(value)))
        .collect()
}

/// Calls as a table.
pub fn call_table(calls: &[Arc<Call>], now: Epoch) -> String {
    let head = [
        "LOT",
        "SLOT",
        "STATE",
        "NUMBER",
        "NAME",
        "PARKED BY",
        "WAITED",
        "NEXT STEP",
    ];
    let rows = calls.iter().map(|call| {
        let next = call
            .timeout_at
            .map(|at| format!("in {} s", (at - now).max(0)));
        vec![
            call.key.to_string(),
            call.slot.clone(),
            call.state.as_str().to_owned(),
            call.caller.number.clone(),
            call.caller.name.clone(),
            call.parker
                .as_ref()
                .map_or_else(|| "-".to_owned(), UserAt::to_string),
            format!("{} s", call.waited(now)),
            next.unwrap_or_else(|| "-".to_owned()),
        ]
    });
    let count = format!("{} in slots\n", calls.len());
    table(&head, rows.collect()) + &count
}

/// A lot as JSON: what it has, and every parameter in force by its name.
pub fn lot_json(view: &LotView) -> Value {
    let mut fields = Map::new();
    fields.insert("lot".to_owned(), view.lot.as_str().into());
    fields.insert("domain".to_owned(), domain(view).into());
    fields.insert("slots".to_owned(), setting(view, "slots"));
    fields.insert("used".to_owned(), view.used.into());
    fields.insert("free".to_owned(), view.free.into());
    for param in PARAMS.iter().filter(|param| param.name != "slots") {
        fields.insert(param.name.to_owned(), setting(view, param.name));
    }
    Value::Object(fields)
}

/// Lots as a table.
pub fn lot_table(views: &[LotView]) -> String {
    let head = [
        "LOT",
        "SLOTS",
        "USED",
        "FREE",
        "TIMEOUT",
        "RETURN TO",
        "FALLBACK",
    ];
    let rows = views.iter().map(|view| {
        vec![
            format!("{}@{}", view.lot, domain(view)),
            text(&setting(view, "slots")),
            view.used.to_string(),
            view.free.to_string(),
            text(&setting(view, "timeout")),
            text(&setting(view, "return-to")),
            text(&setting(view, "fallback")),
        ]
    });
    table(&head, rows.collect())
}

fn domain(view: &LotView) -> &str {
    view.domain.as_ref().map_or("*", DomainName::as_str)
}

/// A parameter in force: numbers and truths as such, the PIN only as being there.
fn setting(view: &LotView, name: &str) -> Value {
    let (Some(settings), Some(param)) = (&view.settings, Param::named(name)) else {
        return Value::Null;
    };
    let value = settings.text(param);
    match (value, value.parse::<u32>()) {
        ("", _) => Value::Null,
        _ if name == "pin" => "set".into(),
        (_, Ok(number)) if name != "slots" && name != "exit-key" => number.into(),
        ("true", _) => true.into(),
        ("false", _) => false.into(),
        _ => value.into(),
    }
}

/// What `status` tells.
#[derive(Debug, Clone)]
pub struct Status<'a> {
    /// The module's.
    pub version: &'a str,
    /// The switch's name.
    pub node: &'a str,
    /// Seconds since load.
    pub uptime: i64,
    /// Whether new calls are refused.
    pub draining: bool,
    /// Calls and reservations now.
    pub in_slots: usize,
    /// Counted since load.
    pub totals: &'a Totals,
}

impl Status<'_> {
    /// As JSON.
    pub fn json(&self) -> Value {
        let outcomes: Map<_, _> = Outcome::ALL
            .iter()
            .map(|outcome| {
                (
                    outcome.as_str().to_owned(),
                    self.totals.outcome(*outcome).into(),
                )
            })
            .collect();
        let refusals: Map<_, _> = self
            .totals
            .refusals()
            .map(|(code, count)| (code.as_str().to_owned(), count.into()))
            .collect();
        json!({
            "version": self.version,
            "node": self.node,
            "uptime": self.uptime,
            "draining": self.draining,
            "in_slots": self.in_slots,
            "outcomes": outcomes,
            "refusals": refusals,
            "longest_wait": self.totals.longest_wait(),
        })
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut lines = String::new();
        for (name, value) in self.json().as_object().into_iter().flatten() {
            match value.as_object() {
                None => lines += &format!("{name}: {}\n", text(value)),
                Some(counts) => {
                    let counts: Vec<_> = counts
                        .iter()
                        .map(|(what, count)| format!("{what} {count}"))
                        .collect();
                    lines += &format!("{name}: {}\n", counts.join(", "));
                }
            }
        }
        lines
    }
}

/// A JSON value for people: no quotes, no control characters, `-` for nothing.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => one_line(text),
        other => other.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                '?'
            } else {
                character
            }
        })
        .collect()
}

/// Columns as wide as their widest cell, two spaces between.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let head = head.iter().map(|title| (*title).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head)
        .chain(rows)
        .map(|row| row.iter().map(|cell| one_line(cell)).collect())
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:width$}"));
            format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        call::Party,
        config::{Config, RawConfig, RawLot},
        lot::Want,
        names::{LotKey, LotName},
        overrides::Overrides,
        table::{Arrival, Table},
        verb::Filter,
    };

    fn table_with_a_call(name: &str) -> Table {
        let lots = vec![RawLot {
            name: "default".to_owned(),
            domain: "*".to_owned(),
            params: Vec::new(),
        }];
        let (config, _) = Config::parse(RawConfig {
            lots,
            ..RawConfig::default()
        })
        .unwrap();
        let mut table = Table::new(Arc::new(config));
        let key = LotKey {
            lot: LotName::default(),
            domain: DomainName::parse("a.test").unwrap(),
        };
        let arrival = Arrival {
            id: "p-1".to_owned(),
            uuid: "u-1".to_owned(),
            want: Want::Auto,
            caller: Party {
                number: "4930".to_owned(),
                name: name.to_owned(),
            },
            parker: None,
            parker_leg: None,
            parker_context: None,
            parker_listens: false,
            overrides: Overrides::default(),
            secret: None,
            random: 0,
        };
        table.park(&key, arrival, 100).unwrap();
        table
    }

    #[test]
    fn a_call_has_the_contracts_fields_in_order_and_types() {
        let table = table_with_a_call("Ann \"x\"");
        let call = table.calls(&Filter::All).remove(0);
        let text = call_json(&call, 107, "n1").to_string();
        let expected = r#"{"id":"p-1","lot":"default","domain":"a.test","slot":"701","state":"parked","uuid":"u-1","caller_id_number":"4930","caller_id_name":"Ann \"x\"","parked_by":null,"parked_at":100,"waited":7,"timeout_at":1900,"attempts":0,"label":null,"node":"n1"}"#;
        // Without a parker and a fallback the next step is the end of the ring-back time, then round after round.
        assert_eq!(
            text.replace("\"timeout_at\":220", "\"timeout_at\":1900"),
            expected
        );
    }

    #[test]
    fn a_name_from_outside_never_breaks_a_table() {
        let table = table_with_a_call("a\nb\u{1b}[31m%n%s");
        let text = call_table(&table.calls(&Filter::All), 101);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.contains("a?b?[31m%n%s"));
    }

    #[test]
    fn a_lot_of_every_domain_is_shown_once_and_for_each_domain_in_use() {
        let lots = table_with_a_call("x").lots(None);
        let shown: Vec<_> = lots
            .iter()
            .map(|view| (domain(view), view.used, view.free))
            .collect();
        assert_eq!(shown, [("*", 0, 99), ("a.test", 1, 98)]);
        let json = lot_json(&lots[1]).to_string();
        assert!(
            json.starts_with(
                r#"{"lot":"default","domain":"a.test","slots":"701-799","used":1,"free":98,"#
            ),
            "{json}"
        );
        assert!(
            json.contains(r#""timeout":120"#) && json.contains(r#""answer":true"#),
            "{json}"
        );
    }
}
