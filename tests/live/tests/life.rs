//! The life of the module in a real switch: loaded, refused to go, sent away, and gone with the switch.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    office::{Office, parked},
    phone::Phone,
    refuse::Refuse,
    scenes::OPERATOR,
    switch::Switch,
    wait,
};
use serde_json::Value;
use std::{collections::BTreeMap, fs, time::Duration};

const LOAD: &str = "load mod_callpark";
const UNLOAD: &str = "unload mod_callpark";
const IN_USE: &str = "-ERR [Module in use.]";
const JSON_STATUS: &str = r#"json {"command":"callpark","data":{"verb":"status"}}"#;

fn is_loaded(switch: &Switch) -> bool {
    switch.api("module_exists mod_callpark").trim() == "true"
}

/// Waits until the core knows nothing of the module any more; its listings follow a moment later.
fn nothing_is_left_behind(switch: &Switch) {
    let listings = [
        "show modules",
        "show application",
        "show api",
        "show complete",
        "show tasks",
    ];
    let folder = switch.folder().display().to_string();
    for listing in listings {
        wait::expect(&format!("nothing of ours is in: {listing}"), || {
            !switch
                .api(listing)
                .replace(&folder, "")
                .contains("callpark")
        });
    }
}

/// How many threads and descriptors the switch has, once that has not changed for two seconds.
fn threads_and_descriptors(switch: &Switch) -> [usize; 2] {
    let count = || {
        ["task", "fd"].map(|kind| {
            let folder = format!("/proc/{}/{kind}", switch.process_id());
            fs::read_dir(folder).unwrap().count()
        })
    };
    let settled = wait::until(wait::PATIENCE, || {
        let now = count();
        wait::stays(Duration::from_secs(2), || count() == now).then_some(now)
    });
    settled.unwrap_or_else(count)
}

#[test]
fn it_is_loaded_and_unloaded_twenty_times_and_parks_each_time() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let mut had = [0; 2];
    for round in 1..=20 {
        assert!(is_loaded(switch));
        // A short call every time, a whole one at first and at last: what the first one leaves, the host keeps.
        if [1, 2, 20].contains(&round) {
            let caller = office.parked_by(&parker);
            caller.hang_up();
            switch.await_no_channels();
        } else {
            let reply =
                switch.api("originate {callpark_domain=alpha.test}null/x &callpark(default)");
            assert!(reply.starts_with("+OK"), "{reply}");
            switch.await_slot("701", "parked");
            switch.api("hupall");
            switch.await_no_channels();
        }
        wait::expect("it can be unloaded", || {
            switch.api(UNLOAD).starts_with("+OK")
        });
        nothing_is_left_behind(switch);
        if round == 2 {
            had = threads_and_descriptors(switch);
        }
        if round == 20 {
            let has = wait::until(wait::PATIENCE, || {
                let has = threads_and_descriptors(switch);
                (has[0] <= had[0] && has[1] <= had[1]).then_some(has)
            });
            let now = threads_and_descriptors(switch);
            assert!(
                has.is_some(),
                "threads and descriptors: {had:?} after two rounds, {now:?} after twenty"
            );
        }
        switch.ok(LOAD);
    }
    wait::expect("each of the twenty parks is told", || {
        switch
            .actions()
            .iter()
            .filter(|action| *action == "park")
            .count()
            == 20
    });
}

fn refused(switch: &Switch) {
    assert_eq!(switch.api(UNLOAD).trim(), IN_USE);
    assert!(is_loaded(switch));
}

/// Refused while the two talk, who go on talking until one of them hangs up.
fn refused_until_over(office: &Office, caller: &Phone, taker: &Phone) {
    refused(&office.switch);
    taker.talks_with(caller);
    taker.hang_up();
    caller.await_end(1);
}

/// Nobody is left, and it can be unloaded; loaded again, it parks.
fn works_again(office: &Office, parker: &Phone) {
    let switch = &office.switch;
    switch.await_no_channels();
    wait::expect("it can be unloaded", || {
        switch.api(UNLOAD).starts_with("+OK")
    });
    switch.ok(LOAD);
    let caller = office.parked_by(parker);
    caller.hang_up();
    switch.await_no_channels();
}

#[test]
fn an_unload_is_refused_while_a_call_is_parked_or_was_retrieved_and_works_again_after() {
    let (office, parker, other, caller) = parked(Conf::default());
    let switch = &office.switch;
    refused(switch);
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    other.dial("701");
    other.talks_with(&caller);
    refused_until_over(&office, &caller, &other);
    works_again(&office, &parker);
}

#[test]
fn an_unload_is_refused_while_the_parker_is_rung_or_talks_and_works_again_after() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    switch.ok("callpark return default@alpha.test 701");
    parker.await_ring(2);
    switch.await_slot("701", "ringing");
    refused(switch);
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    assert_eq!(parker.count("CALL_CLOSED"), 1, "the phone rings no more");
    parker.answer();
    parker.talks_with(&caller);
    switch.action("return");
    refused_until_over(&office, &caller, &parker);
    works_again(&office, &parker);
}

#[test]
fn an_unload_is_refused_while_a_leg_that_the_api_named_has_the_call_and_works_again_after() {
    let (office, parker, other, caller) = parked(Conf::default());
    let switch = &office.switch;
    other.dial("operator");
    other.await_tone(OPERATOR);
    let leg = switch.leg_of("1002");
    switch.ok(&format!("callpark retrieve default@alpha.test 701 {leg}"));
    other.talks_with(&caller);
    assert_eq!(switch.action("retrieve")["Retriever-UUID"], leg);
    refused_until_over(&office, &caller, &other);
    works_again(&office, &parker);
}

#[test]
fn an_unload_is_refused_while_a_user_whom_the_api_rang_has_the_call_and_works_again_after() {
    let (office, parker, other, caller) = parked(Conf::default());
    let switch = &office.switch;
    switch.bgapi("callpark retrieve default@alpha.test 701 1002@alpha.test");
    other.await_ring(1);
    refused(switch);
    other.answer();
    other.talks_with(&caller);
    switch.action("retrieve");
    refused_until_over(&office, &caller, &other);
    works_again(&office, &parker);
}

#[test]
fn an_unload_is_refused_while_a_slot_is_reserved_and_works_again_after() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    parker.dial("700");
    switch.await_slot("701", "reserved");
    refused(switch);
    switch.await_slot("701", "reserved");
    parker.hang_up();
    switch.action("expire");
    works_again(&office, &office.phone("1002"));
}

/// An office with a call in every state.
struct Busy {
    /// In 701, parked by 1001.
    waits: Phone,
    /// In 702; its parker, 1002, is being rung.
    rings: Phone,
    rung: Phone,
    /// Was parked by 1001 and talks with 1003.
    talks: [Phone; 2],
    /// Talks with 1004, who has it on hold and is told 703, reserved.
    on_hold: Phone,
    consults: Phone,
    parker: Phone,
    /// The park ids of 701 and 702, of 703, and of the call that talks.
    in_slots: [String; 2],
    reserved: String,
    retrieved: String,
}

impl Busy {
    fn new(office: &Office) -> Self {
        let switch = &office.switch;
        let [parker, rung, taker, consults] =
            ["1001", "1002", "1003", "1004"].map(|user| office.phone(user));
        let waits = office.parked_by(&parker);
        let [rings, talks, on_hold] = [("4930222", 540), ("4930333", 580), ("4930444", 900)]
            .map(|(number, tone)| office.caller_named(number, "Bob", tone));
        office.talk(&rings, &rung);
        rung.blind_transfer("700");
        switch.await_slot("702", "parked");
        office.talk(&talks, &parker);
        parker.blind_transfer("700");
        let retrieved = id(&switch.await_slot("703", "parked"));
        taker.dial("703");
        taker.talks_with(&talks);
        switch.action("retrieve");
        office.talk(&on_hold, &consults);
        consults.hold();
        consults.dial("700");
        switch.await_slot("703", "reserved");
        switch.ok("callpark return default@alpha.test 702");
        rung.await_ring(2);
        let in_slots = [("701", "parked"), ("702", "ringing")];
        Self {
            in_slots: in_slots.map(|(slot, state)| id(&switch.await_slot(slot, state))),
            reserved: id(&switch.await_slot("703", "reserved")),
            waits,
            rings,
            rung,
            talks: [talks, taker],
            on_hold,
            consults,
            parker,
            retrieved,
        }
    }

    /// Whoever was in a slot, or has been connected by us, is let go; the phone that rang rings no more.
    fn all_are_let_go(&self) {
        self.waits.await_end(1);
        self.rings.await_end(1);
        self.rung.await_end(2);
        self.talks.iter().for_each(|phone| _ = phone.await_end(1));
        self.consults.await_end(1);
    }
}

fn id(call: &Value) -> String {
    call["id"].as_str().unwrap().to_owned()
}

/// Each park has left its slot once; a reservation that no call took up has expired.
fn each_has_left_once(switch: &Switch, busy: &Busy) {
    let steps = ["reserve", "park", "ring", "ring-failed"];
    let leaving = |id: &str| -> Vec<String> {
        let events = switch.events().into_iter();
        let events = events.filter(|event| event.get("Park-ID").is_some_and(|of| of == id));
        let actions = events.map(|event| event["Action"].clone());
        actions
            .filter(|action| !steps.contains(&action.as_str()))
            .collect()
    };
    for id in &busy.in_slots {
        assert_eq!(leaving(id), ["shutdown"], "{:?}", switch.actions());
    }
    assert_eq!(leaving(&busy.reserved), ["expire"]);
    assert_eq!(leaving(&busy.retrieved), ["retrieve"]);
}

#[test]
fn a_forced_unload_ends_what_is_in_slots_and_what_rings_and_talks_in_good_order() {
    let mut office = Office::open(Conf::default().lot("ring-timeout", "120"));
    let busy = Busy::new(&office);
    let switch = &office.switch;
    switch.ok("unload -f mod_callpark");
    assert!(!is_loaded(switch));
    busy.all_are_let_go();
    // A call that is not ours goes on.
    assert_eq!(busy.on_hold.count("CALL_CLOSED"), 0);
    busy.consults.resume();
    busy.on_hold.await_tone(busy.consults.tone());
    busy.on_hold.hang_up();
    switch.await_no_channels();
    for id in &busy.in_slots {
        let event = switch.action_of("shutdown", |event| event["Park-ID"] == *id);
        assert_eq!(event["Park-Domain"], "alpha.test");
    }
    wait::pass(Duration::from_secs(1));
    each_has_left_once(switch, &busy);
    nothing_is_left_behind(switch);
    switch.ok(LOAD);
    let caller = office.parked_by(&busy.parker);
    caller.hang_up();
    switch.await_no_channels();
    let code = office.switch.end();
    assert_eq!(code, Some(0), "{}", office.switch.log());
}

/// While it unloads, the host waits 10 s for legs that it has hung up, and no call finds an application meanwhile.
#[test]
fn a_forced_unload_does_not_wait_for_whoever_is_parked() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let caller = office.parked_by(&office.phone("1001"));
    switch.ok("unload -f mod_callpark");
    caller.await_end(1);
    assert_eq!(switch.action("shutdown")["Park-Slot"], "701");
    assert!(!switch.log().contains("Giving up on"));
}

#[test]
fn the_end_of_the_switch_ends_what_is_in_slots_and_what_rings_and_talks_in_good_order() {
    let mut office = Office::open(Conf::default().lot("ring-timeout", "120"));
    let busy = Busy::new(&office);
    let code = office.switch.end();
    assert_eq!(code, Some(0), "{}", office.switch.log());
    busy.all_are_let_go();
    busy.on_hold.await_end(1);
    each_has_left_once(&office.switch, &busy);
    let log = office.switch.log();
    for id in &busy.in_slots {
        let lines = log.lines().filter(|line| line.contains(id.as_str()));
        let told = lines
            .filter(|line| line.contains(": shutdown after"))
            .count();
        assert_eq!(told, 1, "{id}: {log}");
    }
    let gone = "Event Binding deleted for mod_callpark:CHANNEL_HANGUP";
    assert!(log.contains(gone), "shutdown did not run: {log}");
}

#[test]
fn a_load_that_fails_leaves_nothing_behind_and_can_be_tried_again() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let file = switch.folder().join("conf/freeswitch.xml");
    let good = fs::read_to_string(&file).unwrap();
    switch.ok(UNLOAD);
    for bad in [
        good.replace(
            r#"<lot name="default" domain="*">"#,
            r#"<lot name="7x" domain="*">"#,
        ),
        good.replace(
            r#"<lot name="default" domain="*">"#,
            r#"<lot name="default" domain="*"><param name="tiemout" value="1"/>"#,
        ),
        good.replace("callpark.conf", "elsewhere.conf"),
    ] {
        fs::write(&file, bad).unwrap();
        switch.api("reloadxml");
        let reply = switch.api(LOAD);
        assert!(reply.contains("-ERR"), "{reply}");
        assert!(!is_loaded(switch));
        nothing_is_left_behind(switch);
    }
    fs::write(&file, good).unwrap();
    switch.api("reloadxml");
    switch.ok(LOAD);
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    caller.hang_up();
    switch.await_no_channels();
}

/// All completions that were asked for until now are in the core's list, or gone from it.
fn completions_have_settled(switch: &Switch) {
    let is_listed = || switch.api("show complete").contains("settled");
    switch.api("complete add settled");
    wait::expect("the list of completions follows", is_listed);
    switch.api("complete del settled");
    wait::expect("the list of completions follows", || !is_listed());
}

/// Nobody answers for the module, and the core has nothing of it.
fn is_not_there(switch: &Switch, refuse: &Refuse) {
    completions_have_settled(switch);
    nothing_is_left_behind(switch);
    let reply = switch.api("callpark status");
    assert!(reply.contains("Command not found"), "{reply}");
    let reply = switch.api(JSON_STATUS);
    assert!(reply.contains("non-existant command"), "{reply}");
    // Lines such as "event 4".
    let account = refuse.account();
    let kept = account.lines().find(|line| !line.ends_with(" 0"));
    assert_eq!(kept, None, "{account}");
}

#[test]
fn a_load_that_the_host_refuses_at_any_step_leaves_nothing_behind_and_can_be_tried_again() {
    let refuse = Refuse::prepare();
    let office = Office::open(Conf::default().environment(refuse.variables()));
    let switch = &office.switch;
    assert!(refuse.account().contains("event 4"), "{}", refuse.account());
    assert!(switch.api(JSON_STATUS).contains("success"));
    switch.ok(UNLOAD);
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    // One more each time, until a load has all that it asks for.
    for number in 1.. {
        refuse.call(number);
        let before = switch.log().len();
        let reply = switch.api(LOAD);
        if !reply.contains("-ERR") {
            break;
        }
        assert!(!is_loaded(switch));
        is_not_there(switch, &refuse);
        let why = wait::until(wait::PATIENCE, || {
            let log = switch.log().split_off(before);
            let (_, why) = log.split_once("does not load: ")?;
            why.split_whitespace().next().map(str::to_owned)
        });
        *refused.entry(why.unwrap()).or_default() += 1;
        refuse.call(0);
        switch.ok(LOAD);
        switch.json("callpark status json");
        switch.ok(UNLOAD);
    }
    println!("refused: {refused:?}");
    for (call, least) in [
        ("switch_loadable_module_create_module_interface", 1),
        ("switch_event_reserve_subclass", 1),
        ("switch_console_add_complete_func", 2),
        ("switch_console_set_complete", 10),
        ("switch_event_bind_removable", 4),
        ("switch_event_channel_bind", 1),
        ("switch_loadable_module_create_interface", 5),
        // Its locks come last.
        ("switch_core_new_memory_pool", 5),
    ] {
        let count = refused.get(call).copied().unwrap_or_default();
        assert!(count >= least, "{call}: {refused:?}");
    }
    let caller = office.parked_by(&office.phone("1001"));
    caller.hang_up();
    switch.await_no_channels();
}
