//! Deadlines of many parked calls in one second, on a real FreeSWITCH: how long until every phone rings.

// A bench lives outside the host: its clock and its pauses are not the host's.
#![allow(clippy::disallowed_methods)]
// A bench that cannot go on ends with the reason.
#![allow(clippy::expect_used)]

use callpark_bench::figures::{Limits, Times};
use callpark_live::{
    conf::Conf,
    ports,
    process::Process,
    switch::{Switch, repository},
    wait,
};
use serde_json::Value;
use std::{
    collections::BTreeSet, net::UdpSocket, path::Path, process::ExitCode, thread::sleep,
    time::Duration,
};
use tempfile::TempDir;

const CALLS: u64 = 500;
/// All phones ring so long after the second of the deadlines has begun.
const MOST: Duration = Duration::from_secs(2);
const ROUNDS: usize = 3;
/// Calls that are parked at the beginning of each second, so that a second and its deadline stay together.
const BATCH: u64 = 25;
/// From the first call to the deadline: all batches, and time to settle.
const LEAD: u64 = CALLS / BATCH + 15;
const PHONE: &str = "127.0.0.1";

fn main() -> ExitCode {
    let mut limits = Limits::default();
    println!("{CALLS} deadlines in one second, from that second to the phone's 180");
    for _ in 0..ROUNDS {
        let times = round();
        println!("  {times}");
        limits.hold("the last phone", times.at(1.0), MOST);
    }
    limits.verdict()
}

/// One switch, one deadline; when each phone rang.
fn round() -> Times {
    let folder = TempDir::with_prefix("callpark-bench-").expect("a folder for sipp");
    let ports: Vec<u16> = (0..CALLS / BATCH).map(|_| ports::free()).collect();
    let _phones: Vec<Process> = ports
        .iter()
        .map(|port| phones(*port, folder.path()))
        .collect();
    let conf = Conf::default()
        .lot("slots", "7000-7999")
        .lot("hold-music", "silence");
    let switch = Switch::start(&conf);
    // As an operator's switch: the tests' own one logs every step of every call.
    switch.api("fsctl loglevel notice");
    switch.subscribe("CHANNEL_PROGRESS");
    let deadline = park_all(&switch, &ports);
    rang(&switch, deadline)
}

/// Phones that ring, at one port: no more of them than its socket has room for when all are called at once.
fn phones(number: u16, folder: &Path) -> Process {
    let scenario = repository().join("tests/live/scenarios/rings.xml");
    let (scenario, port) = (scenario.display().to_string(), number.to_string());
    let arguments = [
        ["-sf", &scenario],
        ["-i", PHONE],
        ["-p", &port],
        ["-timeout", "180s"],
        ["-nostdin", "-aa"],
    ];
    let arguments: Vec<String> = arguments.concat().into_iter().map(str::to_owned).collect();
    let phones = Process::start(
        Path::new("sipp"),
        &arguments,
        &folder.join(format!("screen-{number}")),
    );
    wait::expect("the phones listen", || {
        UdpSocket::bind((PHONE, number)).is_err()
    });
    phones
}

/// Parks all calls so that all have one deadline; when that is, in seconds since 1970 on the switch's clock.
fn park_all(switch: &Switch, ports: &[u16]) -> u64 {
    let begin = await_next_second(switch);
    let mut second = begin;
    for (batch, port) in (1..).zip(ports) {
        let timeout = LEAD - (second - begin);
        for _ in 0..BATCH {
            switch.bgapi(&format!(
                "originate {{callpark_domain=alpha.test,callpark_timeout={timeout},callpark_return_to=sofia/external/phone@{PHONE}:{port}}}null/x &callpark(default)"
            ));
        }
        wait::expect("the batch is parked", || {
            switch.actions().len() as u64 == batch * BATCH
        });
        second = await_next_second(switch);
    }
    let calls = switch.parked("");
    let deadlines: BTreeSet<_> = calls
        .iter()
        .map(|call| call.get("timeout_at").and_then(Value::as_u64))
        .collect();
    let one = deadlines.first().copied().flatten();
    assert_eq!(
        (calls.len() as u64, deadlines.len()),
        (CALLS, 1),
        "not one deadline"
    );
    one.expect("every call has a deadline")
}

/// Waits until a second of the switch's clock begins; which one, from the module's load on.
fn await_next_second(switch: &Switch) -> u64 {
    let uptime = || {
        let status = switch.json("callpark status json");
        status.get("uptime").and_then(Value::as_u64)
    };
    let before = uptime();
    loop {
        sleep(Duration::from_millis(2));
        let now = uptime();
        if now > before {
            return now.expect("the module tells its uptime");
        }
    }
}

/// From the deadline to each phone's 180, as the switch has got it.
fn rang(switch: &Switch, deadline: u64) -> Times {
    let ringing = || -> Vec<Duration> {
        let events = switch.events();
        let progress = events.iter().filter(|event| {
            event
                .get("Event-Name")
                .is_some_and(|name| name == "CHANNEL_PROGRESS")
        });
        progress
            .filter_map(|event| event.get("Event-Date-Timestamp")?.parse().ok())
            .map(Duration::from_micros)
            .collect()
    };
    wait::expect("all phones ring", || ringing().len() as u64 >= CALLS);
    let mut times = Times::default();
    let due = Duration::from_secs(deadline);
    times.extend(ringing().into_iter().map(|rang| rang.saturating_sub(due)));
    times
}
