//! Commands of the core on a call in a slot: those that take it away end the park, the others leave it where it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    conf::{Conf, MUSIC, digit_tone},
    key::Key,
    office::Office,
    phone::Phone,
    scenes::OPERATOR,
    sound,
    switch::Switch,
    verto::{self, Verto},
    wait,
};
use serde_json::json;
use std::time::Duration;

/// What `uuid_broadcast` plays, in hertz.
const NEWS: f64 = 1700.0;

/// A caller in slot 701, parked by 1001, with its leg; and a key that shows the slot's lamp.
struct Parked {
    office: Office,
    parker: Phone,
    caller: Phone,
    uuid: String,
    lamp: Key,
}

impl Parked {
    fn new() -> Self {
        Self::with(Conf::default())
    }

    fn with(conf: Conf) -> Self {
        let office = Office::open(conf);
        office.switch.subscribe("CHANNEL_HANGUP_COMPLETE");
        let lamp = Key::subscribe(&office.switch, "1005", "alpha.test", "park+701");
        let parker = office.phone("1001");
        let caller = office.parked_by(&parker);
        let call = office.switch.await_slot("701", "parked");
        lamp.await_state("confirmed");
        Self {
            uuid: call["uuid"].as_str().unwrap().to_owned(),
            office,
            parker,
            caller,
            lamp,
        }
    }

    fn switch(&self) -> &Switch {
        &self.office.switch
    }

    fn ok(&self, command: &str) {
        let reply = self.switch().api(command);
        assert!(reply.contains("+OK"), "{command}: {reply}");
    }

    /// The call is in its slot as before, hears music, and a user who dials the slot has it.
    fn is_still_there(&self) {
        self.switch().await_slot("701", "parked");
        self.caller.await_tone(MUSIC);
        let other = self.office.phone("1002");
        other.dial("701");
        other.talks_with(&self.caller);
        other.hang_up();
        self.caller.await_end(1);
        self.left_once("retrieve", "retrieved");
    }

    /// The slot is free and its lamp out, and the call has left by this action alone, a moment later, too; its leg says how.
    fn left_once(&self, action: &str, outcome: &str) {
        self.switch().await_no_call_in_slots();
        let event = self.switch().action(action);
        assert_eq!(event["Unique-ID"], self.uuid);
        self.lamp.await_state("terminated");
        wait::pass(Duration::from_secs(1));
        let steps = ["park", "refuse", "ring", "ring-failed"];
        let leaving: Vec<_> = self
            .switch()
            .actions()
            .into_iter()
            .filter(|action| !steps.contains(&action.as_str()))
            .collect();
        assert_eq!(leaving, [action]);
        assert_eq!(self.lamp.states().last().unwrap(), "terminated");
        assert_eq!(self.outcome(), outcome);
        let status = self.switch().json("callpark status json");
        assert_eq!(status["outcomes"][outcome], 1, "{status}");
    }

    /// What the caller's leg says of how the park ended: the leg itself, or what it has told at its end.
    fn outcome(&self) -> String {
        let switch = self.switch();
        if switch.api(&format!("uuid_exists {}", self.uuid)) == "true" {
            return switch.variable(&self.uuid, "callpark_outcome");
        }
        let end = switch.await_event("the caller's end", |event| {
            event["Event-Name"] == "CHANNEL_HANGUP_COMPLETE" && event["Unique-ID"] == self.uuid
        });
        let outcome = end.get("variable_callpark_outcome");
        outcome.cloned().unwrap_or_default()
    }
}

#[test]
fn uuid_transfer_takes_the_call_elsewhere() {
    let parked = Parked::new();
    parked.ok(&format!(
        "uuid_transfer {} operator XML default",
        parked.uuid
    ));
    parked.caller.await_tone(OPERATOR);
    parked.left_once("transfer", "transferred");
    parked.caller.hang_up();
    parked.switch().await_no_channels();
}

#[test]
fn uuid_bridge_joins_the_call_with_whom_the_command_says() {
    for parked_first in [true, false] {
        let parked = Parked::new();
        let other = parked.office.phone("1002");
        other.dial("operator");
        other.await_tone(OPERATOR);
        let leg = parked.switch().leg_of("1002");
        let (one, two) = if parked_first {
            (&parked.uuid, &leg)
        } else {
            (&leg, &parked.uuid)
        };
        parked.ok(&format!("uuid_bridge {one} {two}"));
        other.talks_with(&parked.caller);
        parked.left_once("transfer", "transferred");
        parked.caller.hang_up();
        parked.switch().await_no_channels();
    }
}

#[test]
fn a_leg_that_the_core_dials_and_bridges_to_the_slot_has_the_call() {
    let parked = Parked::new();
    let other = parked.office.phone("1002");
    parked
        .switch()
        .bgapi("originate user/1002@alpha.test 701 XML default");
    other.await_ring(1);
    other.answer();
    other.talks_with(&parked.caller);
    parked.left_once("retrieve", "retrieved");
    other.hang_up();
    parked.caller.await_end(1);
    parked.switch().await_no_channels();
}

#[test]
fn originate_and_bridge_to_the_slot_is_an_outside_leg_to_it() {
    let parked = Parked::new();
    let other = parked.office.phone("1002");
    parked.switch().bgapi(
        "originate user/1002@alpha.test &bridge({callpark_domain=alpha.test}loopback/701/default)",
    );
    other.await_ring(1);
    other.answer();
    let event = parked.switch().action("refuse");
    assert_eq!(event["Result"], "FORBIDDEN");
    other.await_end(1);
    parked.is_still_there();
}

#[test]
fn originate_and_bridge_to_the_slot_has_the_call_where_outside_legs_may() {
    let parked = Parked::with(Conf::default().lot("retrieve-allow", "*"));
    let other = parked.office.phone("1002");
    parked.switch().bgapi(
        "originate user/1002@alpha.test &bridge({callpark_domain=alpha.test}loopback/701/default)",
    );
    other.await_ring(1);
    other.answer();
    other.talks_with(&parked.caller);
    parked.left_once("retrieve", "retrieved");
    other.talks_with(&parked.caller);
    other.hang_up();
    parked.caller.await_end(1);
    parked.switch().everything_is_over();
}

#[test]
fn originate_and_intercept_joins_the_call_with_whom_the_command_says() {
    let parked = Parked::new();
    let other = parked.office.phone("1002");
    parked.switch().bgapi(&format!(
        "originate user/1002@alpha.test &intercept({})",
        parked.uuid
    ));
    other.await_ring(1);
    other.answer();
    other.talks_with(&parked.caller);
    parked.left_once("transfer", "transferred");
    other.talks_with(&parked.caller);
    parked.caller.hang_up();
    parked.switch().await_no_channels();
}

/// A leg that nobody has answered, of a phone that may still decline: the host would end the caller's leg by that.
#[test]
fn a_phone_that_rings_for_something_else_is_given_no_call() {
    let parked = Parked::new();
    let other = parked.office.phone("1002");
    parked
        .switch()
        .bgapi("originate {continue_on_fail=false}user/1002@alpha.test &park");
    other.await_ring(1);
    let leg = parked.switch().leg_of("1002");
    let reply = parked
        .switch()
        .api(&format!("callpark retrieve default@alpha.test 701 {leg}"));
    assert!(reply.starts_with("-ERR NOT_ANSWERED"), "{reply}");
    assert_eq!(other.count("CALL_CLOSED"), 0, "it rings on");
    other.hang_up();
    other.await_end(1);
    assert!(parked.caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    parked.is_still_there();
}

#[test]
fn a_leg_that_has_early_media_only_is_given_no_call() {
    let early = [
        ("pre_answer", ""),
        ("sleep", "3000"),
        ("hangup", "USER_BUSY"),
    ];
    let conf = Conf::default().lot("retrieve-allow", "*");
    let parked = Parked::with(conf.extension("early", &early));
    parked.switch().bgapi(
        "originate {callpark_domain=alpha.test}loopback/early/default &callpark_retrieve(701)",
    );
    let event = parked.switch().action("refuse");
    assert_eq!(event["Result"], "NOT_ANSWERED");
    assert!(parked.caller.keeps_hearing(MUSIC, Duration::from_secs(4)));
    parked.is_still_there();
}

/// The parker's phone rings for the call; the command takes it away. The phone stops, and the events are in order.
fn taken_away_while_the_parker_is_rung(command: &str, action: &str, outcome: &str) -> Parked {
    let parked = Parked::with(Conf::default().lot("ring-timeout", "120"));
    let rung = parked.parker.count("CALL_INCOMING") + 1;
    let ended = parked.parker.count("CALL_CLOSED") + 1;
    parked.ok("callpark return default@alpha.test 701");
    parked.parker.await_ring(rung);
    parked.switch().await_slot("701", "ringing");
    parked.ok(&command.replace("<uuid>", &parked.uuid));
    parked.parker.await_end(ended);
    parked.left_once(action, outcome);
    assert_eq!(parked.switch().actions(), ["park", "ring", action]);
    parked
}

#[test]
fn uuid_kill_while_the_parker_is_rung_drops_the_call_and_the_phone_stops() {
    let parked = taken_away_while_the_parker_is_rung("uuid_kill <uuid>", "drop", "dropped");
    parked.caller.await_end(1);
    parked.switch().everything_is_over();
}

#[test]
fn uuid_transfer_while_the_parker_is_rung_takes_the_call_elsewhere_and_the_phone_stops() {
    let transfer = "uuid_transfer <uuid> operator XML default";
    let parked = taken_away_while_the_parker_is_rung(transfer, "transfer", "transferred");
    parked.caller.await_tone(OPERATOR);
    parked.caller.hang_up();
    parked.switch().everything_is_over();
}

#[test]
fn uuid_kill_drops_the_call() {
    let parked = Parked::new();
    parked.ok(&format!("uuid_kill {}", parked.uuid));
    parked.caller.await_end(1);
    parked.left_once("drop", "dropped");
    parked.switch().await_no_channels();
}

/// The host hangs up by the same cause what a forced unload finds.
#[test]
fn hupall_drops_the_call() {
    let parked = Parked::new();
    parked.ok("hupall");
    parked.caller.await_end(1);
    parked.left_once("drop", "dropped");
    parked.switch().await_no_channels();
}

#[test]
fn uuid_break_leaves_the_call_in_its_slot() {
    let parked = Parked::new();
    for how in ["", " all"] {
        parked.ok(&format!("uuid_break {}{how}", parked.uuid));
        assert!(parked.caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
    }
    parked.is_still_there();
}

#[test]
fn uuid_hold_leaves_the_call_in_its_slot() {
    let parked = Parked::new();
    // A call that was on hold is not in what baresip records any more: what it is sent is recorded by the switch.
    let sent = parked.switch().folder().join("recordings/sent.wav");
    parked.ok(&format!(
        "uuid_setvar {} RECORD_WRITE_ONLY true",
        parked.uuid
    ));
    parked.ok(&format!("uuid_hold {}", parked.uuid));
    parked.switch().await_slot("701", "parked");
    parked.ok(&format!("uuid_hold off {}", parked.uuid));
    parked.ok(&format!(
        "uuid_record {} start {}",
        parked.uuid,
        sent.display()
    ));
    wait::expect("music is sent again", || sound::is_in(&sent, MUSIC));
    parked.ok(&format!("uuid_hold {}", parked.uuid));
    parked.switch().await_slot("701", "parked");
    // Whoever dials the slot now has the call, hold or not.
    let other = parked.office.phone("1002");
    other.dial("701");
    other.await_tone(parked.caller.tone());
    wait::expect("the caller is sent the retriever's voice", || {
        sound::is_in(&sent, other.tone())
    });
    other.hang_up();
    parked.caller.await_end(1);
    parked.left_once("retrieve", "retrieved");
}

#[test]
fn uuid_broadcast_is_heard_in_the_slot_and_the_music_goes_on() {
    let parked = Parked::new();
    let file = parked.switch().folder().join("sounds/news.wav");
    sound::write_tone(&file, NEWS, 2.0);
    parked.ok(&format!(
        "uuid_broadcast {} {} aleg",
        parked.uuid,
        file.display()
    ));
    parked.caller.await_tone(NEWS);
    parked.is_still_there();
}

#[test]
fn uuid_record_goes_on_through_slot_and_retrieve() {
    let parked = Parked::new();
    let file = parked.switch().folder().join("recordings/call.wav");
    parked.ok(&format!(
        "uuid_record {} start {}",
        parked.uuid,
        file.display()
    ));
    parked.switch().await_slot("701", "parked");
    assert!(parked.caller.keeps_hearing(MUSIC, Duration::from_secs(2)));
    let other = parked.office.phone("1002");
    other.dial("701");
    other.talks_with(&parked.caller);
    assert!(other.keeps_hearing(parked.caller.tone(), Duration::from_secs(2)));
    other.hang_up();
    parked.caller.await_end(1);
    parked.left_once("retrieve", "retrieved");
    parked.switch().await_no_channels();
    let has = |hertz: f64| sound::is_in(&file, hertz);
    assert!(has(MUSIC), "the music in the slot is not recorded");
    assert!(has(parked.caller.tone()), "the caller is not recorded");
    assert!(has(other.tone()), "the retriever is not recorded");
}

#[test]
fn the_parker_can_be_killed_while_told_the_slot_and_the_call_stays() {
    let office = Office::open(Conf::default());
    let parker = office.phone("1001");
    let caller = office.caller();
    office.talk(&caller, &parker);
    let leg = office.switch.leg_of("1001");
    parker.press_all("*68");
    parker.await_tone(digit_tone(7));
    office.switch.api(&format!("uuid_kill {leg}"));
    parker.await_end(1);
    assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(2)));
    let other = office.phone("1002");
    other.dial("701");
    other.talks_with(&caller);
    other.hang_up();
    caller.await_end(1);
    office.switch.everything_is_over();
}

/// A client of mod_verto that has parked itself in 701, without media; the switch, and the leg.
fn parked_page(end: impl FnOnce(&Switch, &mut Verto, &str)) {
    let own = [("set", "callpark_direct=self"), ("callpark", "")];
    let (conf, port) = verto::listening(Conf::default().extension("own", &own));
    let office = Office::open(conf);
    let mut page = Verto::log_in(port, "1005@alpha.test", &json!({}));
    page.dial("own");
    let call = office.switch.await_slot("701", "parked");
    end(&office.switch, &mut page, call["uuid"].as_str().unwrap());
    office.switch.everything_is_over();
}

/// The core ends a hold only where the leg's endpoint has noted it as well, and mod_sofia is alone in that.
#[test]
fn a_leg_of_another_kind_that_a_command_holds_is_retrieved_all_the_same() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let own = "{callpark_domain=alpha.test,callpark_direct=self}loopback/operator/default";
    switch.ok(&format!("originate {own} &callpark(default)"));
    let call = switch.await_slot("701", "parked");
    switch.ok(&format!("uuid_hold {}", call["uuid"].as_str().unwrap()));
    wait::pass(Duration::from_secs(1));
    switch.await_slot("701", "parked");
    let other = office.phone("1002");
    other.dial("701");
    other.await_tone(OPERATOR);
    switch.action("retrieve");
    other.hang_up();
    switch.everything_is_over();
}

#[test]
fn uuid_kill_drops_a_page_too() {
    parked_page(|switch, _, leg| {
        switch.api(&format!("uuid_kill {leg}"));
        switch.action("drop");
    });
}

#[test]
fn a_page_that_hangs_up_has_abandoned() {
    parked_page(|switch, page, _| {
        page.hang_up();
        switch.action("abandon");
    });
}
