//! Lamps, as phones' keys see them: in every state, after every way out, for whoever subscribes late.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC},
    key::Key,
    office::Office,
    scenes::OPERATOR,
    switch::Switch,
    wait,
};
use std::collections::BTreeMap;

const ON: &str = "confirmed";
const OFF: &str = "terminated";
const BLINKING: &str = "early";

fn key(switch: &Switch, watched: &str) -> Key {
    Key::subscribe(switch, "1005", "alpha.test", watched)
}

/// The keys of a slot and of its lot.
struct Pair {
    slot: Key,
    lot: Key,
}

impl Pair {
    fn of(switch: &Switch, slot: &str) -> Self {
        Self {
            slot: key(switch, &format!("park+{slot}")),
            lot: key(switch, "park+default"),
        }
    }

    fn await_both(&self, state: &str) {
        self.slot.await_state(state);
        self.lot.await_state(state);
    }
}

#[test]
fn lamps_go_on_blink_and_go_out_with_the_call() {
    let office = Office::open(Conf::default().lot("timeout", "8"));
    let switch = &office.switch;
    let lamps = Pair::of(switch, "701");
    lamps.await_both(OFF);
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    lamps.await_both(ON);
    assert!(lamps.slot.last().contains("sip:park+701@alpha.test"));
    lamps.await_both(BLINKING);
    parker.await_ring(parker.count("CALL_ESTABLISHED") + 1);
    parker.answer();
    parker.talks_with(&caller);
    lamps.await_both(OFF);
    assert_eq!(lamps.slot.states(), [OFF, ON, BLINKING, OFF]);
    assert_eq!(lamps.lot.states(), [OFF, ON, BLINKING, OFF]);
    caller.hang_up();
    parker.await_end(2);
}

#[test]
fn every_way_out_puts_the_lamp_out() {
    let conf = Conf::default().lot("fallback", "operator XML default");
    let office = Office::open(conf.lot("exit-key", "0"));
    let switch = &office.switch;
    let lamps = Pair::of(switch, "701");
    let parker = office.phone("1001");
    type Way<'a> = (&'a str, Box<dyn Fn(&str) + 'a>);
    let api = |verb: &'static str| -> Box<dyn Fn(&str)> {
        Box::new(move |_: &str| _ = switch.api(&format!("callpark {verb}")))
    };
    let kill = |leg: &str| _ = switch.api(&format!("uuid_kill {leg}"));
    let transfer = |leg: &str| _ = switch.api(&format!("uuid_transfer {leg} operator"));
    let ways: [Way<'_>; 5] = [
        ("drop", api("drop default@alpha.test 701")),
        ("transfer", api("transfer default@alpha.test 701 operator")),
        ("move and drop", api("move default@alpha.test 701 702")),
        ("kill", Box::new(kill)),
        ("uuid_transfer", Box::new(transfer)),
    ];
    for (name, way) in &ways {
        let caller = office.parked_by(&parker);
        lamps.await_both(ON);
        let call = switch.await_slot("701", "parked");
        way(call["uuid"].as_str().unwrap());
        lamps.slot.await_state(OFF);
        println!("{name}: out");
        drop(caller); // a phone that is killed says nothing more
        switch.api("callpark drop default@alpha.test 702");
        switch.api("hupall");
        lamps.lot.await_state(OFF);
    }
    let caller = office.parked_by(&parker);
    lamps.await_both(ON);
    caller.press('0');
    lamps.await_both(OFF);
    switch.api("hupall");
    let caller = office.parked_by(&parker);
    lamps.await_both(ON);
    caller.hang_up();
    lamps.await_both(OFF);
    let _caller = office.parked_by(&parker);
    lamps.await_both(ON);
    switch.api("unload -f mod_callpark");
    lamps.await_both(OFF);
}

#[test]
fn a_move_and_deadlines_show_on_the_lamps() {
    let conf = Conf::default()
        .lot("timeout", "10")
        .lot("return-to", "none")
        .lot("fallback", "operator XML default")
        .lot("reserve-timeout", "5");
    let office = Office::open(conf);
    let switch = &office.switch;
    let (from, to) = (Pair::of(switch, "701"), Pair::of(switch, "702"));
    let parker = office.phone("1001");
    // A consultation that lasts too long.
    parker.dial("700");
    from.await_both(ON);
    assert_eq!(switch.action("expire")["Park-Slot"], "701");
    from.await_both(OFF);
    parker.await_end(1);
    let caller = office.parked_by(&parker);
    from.await_both(ON);
    switch.ok("callpark move default@alpha.test 701 702");
    to.await_both(ON);
    from.slot.await_state(OFF);
    // Its time is up.
    caller.await_tone(OPERATOR);
    assert_eq!(switch.action("fallback")["Park-Slot"], "702");
    to.await_both(OFF);
    assert_eq!(from.slot.states(), [OFF, ON, OFF, ON, OFF]);
    assert_eq!(to.slot.states(), [OFF, ON, OFF]);
}

#[test]
fn a_killed_phone_leaves_no_lamp_on() {
    let office = Office::open(Conf::default().profile_param("rtp-timeout-sec", "2"));
    let lamps = Pair::of(&office.switch, "701");
    let caller = office.parked_by(&office.phone("1001"));
    lamps.await_both(ON);
    drop(caller);
    lamps.await_both(OFF);
}

#[test]
fn a_phone_that_subscribes_late_or_again_is_right_at_once() {
    // That module answers for every number as empty.
    let office = Office::open(Conf::default().without("valet_parking"));
    let switch = &office.switch;
    let first = Pair::of(switch, "701");
    let caller = office.parked_by(&office.phone("1001"));
    first.await_both(ON);
    let told = first.slot.told().len();
    let late = Pair::of(switch, "701");
    assert_eq!(
        (late.slot.states(), late.lot.states()),
        (vec![ON.into()], vec![ON.into()])
    );
    drop(late);
    let again = Pair::of(switch, "701");
    assert_eq!(again.slot.states(), [ON]);
    assert_eq!(
        first.slot.told().len(),
        told,
        "nobody else is told anything for it"
    );
    caller.hang_up();
    again.await_both(OFF);
    first.await_both(OFF);
}

#[test]
fn a_phone_that_subscribes_late_is_right_beside_mod_valet_parking() {
    let office = Office::open(Conf::default());
    let _caller = office.parked_by(&office.phone("1001"));
    for _ in 0..5 {
        let late = Pair::of(&office.switch, "701");
        wait::expect("the other module has told its part", || {
            late.slot.told().len() > 2
        });
        assert_eq!(late.slot.states(), [ON, OFF, ON]);
        late.lot.await_state(ON);
    }
}

#[test]
fn a_plain_number_is_a_lamp_by_the_presence_map() {
    let office = Office::open(Conf::default());
    let plain = key(&office.switch, "701");
    let caller = office.parked_by(&office.phone("1001"));
    plain.await_state(ON);
    assert!(
        plain.last().contains("\"sip:701@alpha.test\""),
        "{}",
        plain.last()
    );
    caller.hang_up();
    plain.await_state(OFF);
}

#[test]
fn a_lamp_tells_the_caller_only_where_the_lot_lets_it() {
    let evil = "A & 'b'";
    for tells in [true, false] {
        let conf = Conf::default().lot("lamp-caller-id", &tells.to_string());
        let office = Office::open(conf);
        let lamp = key(&office.switch, "park+701");
        let parker = office.phone("1001");
        let caller = office.caller_named("4930222", evil, 540);
        office.talk(&caller, &parker);
        parker.blind_transfer("700");
        lamp.await_state(ON);
        let body = lamp.last();
        assert_eq!(body.contains("4930222"), tells, "{body}");
        assert_eq!(body.contains("sip:**701@alpha.test"), tells, "{body}");
        assert_eq!(
            body.contains("uri=\"sip:park+701@alpha.test\""),
            !tells,
            "{body}"
        );
        if tells {
            let name = "\"A &amp; &apos;b&apos;\"";
            assert!(body.contains(name), "{body}");
        }
        // What the key dials brings the call.
        let other = office.phone("1002");
        other.dial(if tells { "**701" } else { "park+701" });
        other.talks_with(&caller);
        lamp.await_state(OFF);
        caller.hang_up();
        other.await_end(1);
    }
}

#[test]
fn each_change_is_one_event_for_the_slot_and_one_for_the_lot_and_a_reload_is_none() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let keys: Vec<_> = (0..3).map(|_| Pair::of(switch, "701")).collect();
    keys.iter().for_each(|key| key.await_both(OFF));
    switch.subscribe("PRESENCE_IN");
    let counts = || {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for event in switch.events() {
            let is_ours = event.get("proto").is_some_and(|proto| proto == "park");
            if is_ours && !event.contains_key("call-id") {
                *counts.entry(event["from"].clone()).or_default() += 1;
            }
        }
        counts
    };
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    keys[2].await_both(ON);
    let second = office.parked_by(&parker);
    let parked = [("701", 1), ("702", 1), ("default", 2)]
        .map(|(label, count)| (format!("{label}@alpha.test"), count));
    let parked = BTreeMap::from(parked);
    wait::expect("both slots and their lot are told", || {
        counts().values().sum::<usize>() >= parked.values().sum()
    });
    assert_eq!(counts(), parked);
    assert!(switch.api("callpark reload").starts_with("+OK"));
    assert_eq!(counts(), parked, "a reload that changes nothing is silent");
    caller.hang_up();
    keys[0].slot.await_state(OFF);
    second.await_tone(MUSIC);
    let left = [("701", 2), ("702", 1), ("default", 3)]
        .map(|(label, count)| (format!("{label}@alpha.test"), count));
    wait::expect("the lot is told", || counts() == left.clone().into());
    keys[0].lot.await_state(ON);
    second.hang_up();
    keys[1].lot.await_state(OFF);
}

#[test]
fn a_reservation_is_on_and_a_lamp_of_another_tenant_stays_dark() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (lamps, other) = (
        Pair::of(switch, "701"),
        Key::subscribe(switch, "1005", "beta.test", "park+701"),
    );
    let parker = office.phone("1001");
    parker.dial("700");
    lamps.await_both(ON);
    parker.hang_up();
    lamps.await_both(OFF);
    let _caller = office.parked_by(&parker);
    lamps.await_both(ON);
    assert_eq!(other.states(), [OFF]);
}
