//! Parked calls and the rest of the switch: queues, conferences, recordings, CDRs, and calls that go out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    office::{CALLER_NAME, CALLER_NUMBER, Office, parked},
    scenes::OPERATOR,
    sound, wait,
};
use std::{fs, time::Duration};

/// What the CDR of a parked call has to tell.
const CDR: [&str; 9] = [
    "uuid",
    "callpark_id",
    "callpark_lot",
    "callpark_slot",
    "callpark_parked_by",
    "callpark_outcome",
    "callpark_retrieved_by",
    "callpark_wait",
    "callpark_history",
];

/// mod_cdr_csv with a template of these variables, `;` between them.
fn with_cdr(conf: Conf) -> Conf {
    let columns = CDR.map(|name| format!("${{{name}}}")).join(";");
    conf.module(
        "cdr_csv",
        &format!(
            r#"<configuration name="cdr_csv.conf"><settings>
<param name="default-template" value="callpark"/><param name="legs" value="ab"/><param name="master-file-only" value="true"/>
</settings><templates><template name="callpark">{columns}</template></templates></configuration>"#
        ),
    )
}

/// The CDR of a leg, once it is written: its columns, named.
fn cdr(office: &Office, uuid: &str) -> impl Fn(&str) -> String + use<> {
    let file = office.switch.folder().join("log/cdr-csv/Master.csv");
    let row = wait::until(wait::PATIENCE, || {
        let text = fs::read_to_string(&file).ok()?;
        let row = text.lines().find(|line| line.starts_with(uuid))?;
        Some(row.split(';').map(str::to_owned).collect::<Vec<_>>())
    });
    let row = row.unwrap_or_else(|| panic!("no CDR of {uuid} in {}", file.display()));
    move |name| {
        let column = CDR.iter().position(|column| *column == name).unwrap();
        row[column].clone()
    }
}

#[test]
fn an_agent_who_parks_a_caller_of_a_queue_is_free_again() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let agent = office.phone("1001");
    let other = office.phone("1002");
    for command in [
        "agent add 1001@alpha.test callback",
        "agent set contact 1001@alpha.test user/1001@alpha.test",
        "agent set status 1001@alpha.test Available",
        "tier add reception@alpha.test 1001@alpha.test 1 1",
    ] {
        switch.ok(&format!("callcenter_config {command}"));
    }
    let state = || {
        let get = "callcenter_config agent get state 1001@alpha.test";
        switch.api(get).trim().to_owned()
    };
    let caller = office.caller();
    caller.dial("queue");
    agent.await_ring(1);
    agent.answer();
    agent.talks_with(&caller);
    wait::expect("the agent is busy", || state() == "In a queue call");

    agent.blind_transfer("700");
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1001@alpha.test");
    assert_eq!(call["caller_id_number"], CALLER_NUMBER);
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(2)));
    agent.await_end(1);
    wait::expect("the agent is free", || state() == "Waiting");
    let members = switch.api("callcenter_config queue list members reception@alpha.test");
    assert!(!members.contains(CALLER_NUMBER), "{members}");

    other.dial("701");
    other.talks_with(&caller);
    assert_eq!(switch.action("retrieve")["Retrieved-By"], "1002@alpha.test");
    assert_eq!(agent.count("CALL_INCOMING"), 1, "the queue rang once more");
    other.hang_up();
    caller.await_end(1);
    switch.everything_is_over();
}

#[test]
fn a_member_of_a_conference_who_is_parked_leaves_it() {
    let conf = Conf::default().extension("meet", &[("answer", ""), ("conference", "room")]);
    let office = Office::open(conf);
    let switch = &office.switch;
    let other = office.phone("1002");
    let caller = office.caller();
    caller.dial("meet");
    other.dial("meet");
    other.talks_with(&caller);
    let uuid = switch.leg_of(CALLER_NUMBER);
    switch.ok(&format!(
        "callpark park {uuid} default@alpha.test parker=1002@alpha.test"
    ));
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["uuid"], uuid);
    caller.await_tone(MUSIC);
    wait::expect("one member is left", || {
        let members = switch.api("conference room list");
        !members.contains(&uuid) && members.lines().count() == 1
    });
    other.hears_no_more(caller.tone());

    let third = office.phone("1003");
    third.dial("701");
    third.talks_with(&caller);
    caller.hang_up();
    third.await_end(1);
    other.hang_up();
    switch.everything_is_over();
}

/// The caller's leg is recorded from its dialplan on.
#[test]
fn a_recording_goes_on_through_park_and_retrieve() {
    let actions = [
        ("record_session", "${recordings_dir}/call.wav"),
        ("bridge", "user/1001@alpha.test"),
    ];
    let office = Office::open(Conf::default().extension("recorded", &actions));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let other = office.phone("1002");
    let caller = office.caller();
    caller.dial("recorded");
    parker.await_ring(1);
    parker.answer();
    parker.talks_with(&caller);
    let file = switch.folder().join("recordings/call.wav");
    wait::expect("the conversation is recorded", || {
        sound::is_in(&file, parker.tone()) && sound::is_in(&file, caller.tone())
    });
    parker.blind_transfer("700");
    switch.await_slot("701", "parked");
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    other.dial("701");
    other.talks_with(&caller);
    // Recordings reach the file in blocks.
    for (what, tone) in [("music", MUSIC), ("the retriever", other.tone())] {
        wait::expect(&format!("{what} is recorded"), || sound::is_in(&file, tone));
    }
    caller.hang_up();
    other.await_end(1);
    switch.everything_is_over();
}

/// Parked by 1001, retrieved by 1002: keys pass, 1002 parks it again, is rung for it, and sends it to the operator.
#[test]
fn a_retrieved_call_is_a_call_like_any_other_and_its_cdr_tells_all() {
    let (office, parker, other, caller) = parked(with_cdr(Conf::default()).lot("timeout", "4"));
    let switch = &office.switch;
    let uuid = switch.await_slot("701", "parked")["uuid"].clone();
    let uuid = uuid.as_str().unwrap();
    other.dial("701");
    other.talks_with(&caller);
    other.press_all("1#");
    caller.press_all("*9");
    wait::expect("keys reach the caller", || caller.keys_heard() == "1#");
    wait::expect("keys reach the retriever", || other.keys_heard() == "*9");

    other.blind_transfer("700");
    let again = switch.await_slot("701", "parked");
    assert_eq!(again["parked_by"], "1002@alpha.test");
    assert_eq!(again["uuid"], uuid);
    other.await_end(1);
    let (name, address) = other.await_ring(1);
    assert_eq!(name, format!("Park 701: {CALLER_NAME}"));
    assert!(address.contains(CALLER_NUMBER), "{address}");
    other.answer();
    other.talks_with(&caller);
    // And a third time: the prefix is not put before itself.
    other.blind_transfer("700");
    switch.await_slot("701", "parked");
    other.await_end(2);
    let (name, _) = other.await_ring(2);
    assert_eq!(name, format!("Park 701: {CALLER_NAME}"));
    other.answer();
    other.talks_with(&caller);

    other.blind_transfer("operator");
    caller.await_tone(OPERATOR);
    other.await_end(3);
    caller.hang_up();
    switch.everything_is_over();
    assert_eq!(
        parker.count("CALL_INCOMING"),
        1,
        "the first parker was rung"
    );

    let column = cdr(&office, uuid);
    let history = column("callpark_history");
    let outcomes = ["1001@alpha.test:retrieved", "1002@alpha.test:returned"];
    for outcome in outcomes {
        assert!(history.contains(&format!(":701:{outcome}")), "{history}");
    }
    assert_eq!(history.matches(":701:").count(), 3, "{history}");
    assert_eq!(column("callpark_outcome"), "returned");
    assert_eq!(column("callpark_parked_by"), "1002@alpha.test");
}

#[test]
fn the_cdr_of_a_retrieved_call_has_what_happened() {
    let (office, _parker, other, caller) = parked(with_cdr(Conf::default()));
    let switch = &office.switch;
    let call = switch.await_slot("701", "parked");
    let (uuid, id) = (call["uuid"].as_str().unwrap(), call["id"].as_str().unwrap());
    other.dial("701");
    other.talks_with(&caller);
    caller.hang_up();
    other.await_end(1);
    switch.everything_is_over();
    let column = cdr(&office, uuid);
    assert_eq!(column("callpark_id"), id);
    assert_eq!(column("callpark_lot"), "default@alpha.test");
    assert_eq!(column("callpark_slot"), "701");
    assert_eq!(column("callpark_parked_by"), "1001@alpha.test");
    assert_eq!(column("callpark_outcome"), "retrieved");
    assert_eq!(column("callpark_retrieved_by"), "1002@alpha.test");
    assert_eq!(column("callpark_wait"), switch.action("retrieve")["Waited"]);
    let element = format!("{id}:701:1001@alpha.test:retrieved");
    assert!(column("callpark_history").contains(&element));
}

#[test]
fn whom_a_user_called_and_then_parked_is_shown_by_its_own_number() {
    let office = Office::open(Conf::default().extension("0(49\\d+)", &[("bridge", "${way_out}")]));
    let switch = &office.switch;
    let parker = office.phone("1001");
    let callee = office.caller();
    switch.api(&format!("global_setvar way_out={}", callee.dial_string()));
    parker.dial(&format!("0{CALLER_NUMBER}"));
    callee.await_ring(1);
    callee.answer();
    parker.talks_with(&callee);
    parker.blind_transfer("700");
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1001@alpha.test");
    assert_eq!(call["caller_id_number"], CALLER_NUMBER, "{call}");
    let name = call["caller_id_name"].as_str().unwrap();
    assert!([CALLER_NAME, CALLER_NUMBER].contains(&name), "{call}");
    callee.await_tone(MUSIC);

    let other = office.phone("1002");
    other.dial("701");
    other.talks_with(&callee);
    let shown = other.shown();
    assert!(shown.contains(CALLER_NUMBER), "{shown}");
    // The host exchanges caller and callee of a leg that was bridged to, too.
    let leg = switch.leg_of("1002");
    switch.ok(&format!("callpark park {leg} default@alpha.test"));
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["caller_id_number"], "1002", "{call}");
    callee.await_end(1);
    other.hang_up();
    switch.everything_is_over();
}
