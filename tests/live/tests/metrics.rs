//! The metrics, as monitoring reads them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{conf::Conf, office::Office};
use serde_json::Value;
use std::{
    io::Write,
    process::{Command, Stdio},
};

/// The Python client's parser, of Debian's package: every sample as `[name, labels, value]`.
const READER: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
families = text_string_to_metric_families(sys.stdin.read())
print(json.dumps([[s.name, s.labels, s.value] for f in families for s in f.samples]))
";

fn read(text: &str) -> Vec<Value> {
    let mut reader = Command::new("/usr/bin/python3")
        .args(["-c", READER])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Debian's python3 is there");
    let mut input = reader.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = reader.wait_with_output().unwrap();
    assert!(output.status.success(), "not OpenMetrics:\n{text}");
    serde_json::from_slice::<Value>(&output.stdout)
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
}

/// The value of the sample with this name and these labels among its own.
fn value(samples: &[Value], name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let fits = |sample: &&Value| {
        sample[0] == name
            && labels
                .iter()
                .all(|(label, value)| sample[1][*label] == *value)
    };
    samples.iter().find(fits)?[2].as_f64()
}

#[test]
fn the_python_client_reads_what_happened_on_the_switch() {
    let office = Office::open(Conf::default().lot("timeout", "4").lot("slots", "701"));
    let switch = &office.switch;
    let metrics = || {
        // The event socket takes the last line's end away.
        read(&format!("{}\n", switch.api("callpark metrics").trim_end()))
    };
    let idle = metrics();
    let lot = ("lot", "default");
    let retrieved = [lot, ("outcome", "returned")];
    assert_eq!(
        value(&idle, "callpark_outcomes_total", &retrieved),
        Some(0.0)
    );
    assert_eq!(value(&idle, "callpark_calls", &[lot]), None);

    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let here = [lot, ("domain", "alpha.test")];
    let parked = metrics();
    assert_eq!(value(&parked, "callpark_calls", &here), Some(1.0));
    assert!(value(&parked, "callpark_longest_wait_seconds", &here).is_some());
    let leg = "0f0e0d0c-1111-2222-3333-777788880000";
    switch.api(&format!(
        "originate {{origination_uuid={leg}}}null/x &callpark(default@alpha.test)"
    ));
    switch.action("refuse");
    parker.await_ring(2);
    parker.answer();
    parker.talks_with(&caller);
    let over = metrics();
    assert_eq!(value(&over, "callpark_calls", &here), None);
    assert_eq!(
        value(&over, "callpark_outcomes_total", &retrieved),
        Some(1.0)
    );
    assert_eq!(value(&over, "callpark_ring_backs_total", &[lot]), Some(1.0));
    assert_eq!(
        value(&over, "callpark_wait_seconds_count", &[lot]),
        Some(1.0)
    );
    let full = [("code", "LOT_FULL")];
    assert_eq!(value(&over, "callpark_refusals_total", &full), Some(1.0));
    caller.hang_up();
    switch.api("hupall");
    switch.await_no_channels();
}
