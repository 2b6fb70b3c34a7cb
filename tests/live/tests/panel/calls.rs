//! The page as a phone.

use crate::desks::*;
use callpark_live::{
    browser::Page,
    conf::{Conf, MUSIC},
    wait,
};
use serde_json::json;
use std::time::Duration;

const NO_CALL: &str = "No call on this page.";

#[test]
fn a_caller_is_picked_up_and_parked_again_right_in_the_browser() {
    let desks = Desks::open(Conf::default());
    let switch = &desks.office.switch;
    let (page, caller) = desks.picked_up();
    await_sound(&page, caller.tone());
    // No sign of the host's has changed it.
    await_text(&page, "status", "My call", TALKING);
    assert_eq!(switch.action("retrieve")["Retrieved-By"], "1002@alpha.test");
    // Keys reach the other party, and what is muted does not.
    page.click("button", "Keypad");
    page.click("button", "5");
    wait::expect("the key arrives", || caller.keys_heard().contains('5'));
    picture(&page, "panel-talking");
    is_accessible(&page);
    page.click("button", "Mute");
    caller.hears_no_more(VOICE);
    page.click("button", "Mute");
    caller.await_tone(VOICE);

    page.click("button", "Park my call");
    await_text(&page, "status", "Parked at", "701");
    caller.await_tone(MUSIC);
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1002@alpha.test");
    await_text(&page, "status", "My call", NO_CALL);

    page.click("button", "Pick up here, 701");
    await_text(&page, "status", "My call", "Talking to");
    caller.await_tone(VOICE);
    await_silence(&page, "status", "Parked at");
    page.click("button", "Hang up");
    caller.await_end(1);
    no_errors(&page);
    switch.everything_is_over();
}

/// A browser that needs a while until it knows its own addresses: until `find()`.
fn looks_for_addresses(page: &Page) {
    page.evaluate(
        "(() => { const describe = RTCPeerConnection.prototype.setLocalDescription;
          globalThis.looking = false;
          RTCPeerConnection.prototype.setLocalDescription = async function () {
            await describe.call(this);
            if (globalThis.found) return;
            const find = new Promise((done) => { globalThis.find = () => { found = true; done(); }; });
            looking = true;
            await find;
            looking = false;
          }; })()",
    );
}

fn await_looking(page: &Page, looking: bool) {
    wait::expect("the browser looks for its addresses, or knows them", || {
        page.evaluate("looking") == looking
    });
}

#[test]
fn who_hangs_up_before_the_call_is_on_its_way_has_not_called() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    looks_for_addresses(&page);
    page.click("button", "Pick up here, 701");
    await_looking(&page, true);
    page.click("button", "Hang up");
    await_text(&page, "status", "My call", NO_CALL);
    page.evaluate("find()");
    await_looking(&page, false);
    // Longer than the page waits for more of them.
    assert!(
        wait::stays(Duration::from_secs(3), || {
            !desks.office.switch.log().contains("New Channel verto.rtc/")
        }),
        "a call of nobody's is on the switch"
    );
    caller.await_tone(MUSIC);

    page.click("button", "Pick up here, 701");
    await_text(&page, "status", "My call", "Talking to");
    caller.await_tone(VOICE);
    page.click("button", "Hang up");
    caller.await_end(1);
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn another_caller_who_comes_into_the_slot_meanwhile_is_not_picked_up() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let parker = desks.office.phone("1001");
    let caller = desks.office.parked_by(&parker);
    looks_for_addresses(&page);
    page.click("button", "Pick up here, 701");
    await_looking(&page, true);
    caller.hang_up();
    desks.office.switch.await_no_call_in_slots();
    let other = desks.another(&parker, "4930222", "Bob Second", "701");
    other.await_tone(MUSIC);
    page.evaluate("find()");
    await_text(
        &page,
        "status",
        "News",
        "That caller is not there any more.",
    );
    await_text(&page, "status", "My call", NO_CALL);
    assert!(!desks.office.switch.log().contains("New Channel verto.rtc/"));
    desks.office.switch.await_slot("701", "parked");
    other.hang_up();
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn a_call_to_which_no_answer_comes_is_taken_back() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    page.await_seen("button", "Pick up here, 701");
    // The switch takes the call, and the page hears nothing of it.
    page.evaluate(
        "holds = ({ method, result }) => method === 'verto.answer' || method === 'verto.media'
            || method === 'verto.display' || result?.message === 'CALL CREATED'",
    );
    page.click("button", "Pick up here, 701");
    await_text(&page, "status", "My call", "has not answered in time");
    // The leg is not left there, with a caller who would hear nobody.
    wait::expect("only the caller is on the switch", || {
        desks.office.switch.channels() == 1
    });
    desks.office.switch.await_slot("701", "parked");
    caller.await_tone(MUSIC);
    caller.hang_up();
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn in_a_call_no_other_caller_can_be_picked_up_here_and_the_page_says_why() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let parker = desks.office.phone("1001");
    let caller = desks.office.parked_by(&parker);
    let other = desks.another(&parker, "4930222", "Bob Second", "702");
    page.await_seen("button", "Pick up here, 702");
    // A double click is one.
    page.evaluate(
        "(() => { const button = document.querySelector('[aria-label=\"Pick up here, 701\"]');
          for (const detail of [1, 2]) button.dispatchEvent(new MouseEvent('click', { detail, bubbles: true })); })()",
    );
    await_text(&page, "status", "My call", TALKING);
    let why = "There is a call on this page already.";
    assert!(!page.text("status", "News").contains(why));
    assert_eq!(why_not(&page, "Pick up here, 702"), why);
    page.press("button", "Pick up here, 702", "Enter");
    await_text(&page, "status", "News", why);
    other.await_tone(MUSIC);
    page.click("button", "Hang up");
    caller.await_end(1);
    wait::expect("it can be picked up", || {
        why_not(&page, "Pick up here, 702").is_empty()
    });
    other.hang_up();
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

/// Counts the tones that ring: those begun, and those ended.
const LISTENS: &str = "(() => { globalThis.rung = 0; globalThis.quiet = 0;
    const { start, stop } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function () { rung += 1; start.call(this); };
    OscillatorNode.prototype.stop = function () { quiet += 1; stop.call(this); }; })()";

#[test]
fn a_call_to_the_page_is_heard_and_seen_answered_there_and_parked() {
    let desks = Desks::open(Conf::default().rings_pages());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    page.evaluate(LISTENS);
    let caller = desks.office.caller();
    caller.dial("1002");
    await_text(&page, "status", "My call", "Ann Caller (4930111) rings.");
    let title = page.evaluate("document.title");
    assert_eq!(title, "\u{2068}Ann Caller\u{2069} rings – Parked calls");
    assert_eq!(page.evaluate("[rung, quiet]"), json!([1, 0]));
    picture(&page, "panel-incoming");
    is_accessible(&page);
    // Pressed twice, it is answered once.
    page.evaluate(
        "document.getElementById('answer').click(), document.getElementById('answer').click()",
    );
    caller.await_tone(VOICE);
    await_sound(&page, caller.tone());
    assert_eq!(page.evaluate("document.title"), "Parked calls");
    assert_eq!(page.evaluate("[rung, quiet]"), json!([1, 1]));
    page.click("button", "Park my call");
    await_text(&page, "status", "Parked at", "701");
    caller.await_tone(MUSIC);
    let call = desks.office.switch.await_slot("701", "parked");
    assert_eq!(
        (&call["parked_by"], &call["caller_id_number"]),
        (&json!("1002@alpha.test"), &json!("4930111"))
    );
    await_text(&page, "status", "My call", NO_CALL);
    let open = "streams.flatMap((stream) => stream.getTracks()).filter(({ readyState }) => readyState === 'live').length";
    assert_eq!(page.evaluate(open), 0, "a microphone is left open");
    caller.hang_up();
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn the_page_itself_may_be_the_phone_that_rings() {
    let desks = Desks::open(Conf::default().rings_pages());
    let switch = &desks.office.switch;
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let phone = desks.office.phone("1002");
    let parker = desks.office.phone("1001");
    let caller = desks.office.parked_by(&parker);
    let other = desks.another(&parker, "4930222", "Bob Second", "702");
    page.click("button", "Pick up on my phone, 701");
    await_text(
        &page,
        "status",
        "News",
        "Your phone rings: Ann Caller, 701.",
    );
    await_text(&page, "status", "My call", "Ann Caller (4930111) rings.");
    phone.await_ring(1);
    caller.await_tone(MUSIC);
    // One at a time; and meanwhile the page does what else is asked of it.
    page.click("button", "Pick up on my phone, 702");
    await_text(&page, "status", "News", "Your phone cannot be rung");
    page.click("button", "Answer");
    caller.await_tone(VOICE);
    await_sound(&page, caller.tone());
    phone.await_end(1);
    await_text(&page, "status", "Waiting", ONE);
    assert_eq!(switch.action("retrieve")["Retrieved-By"], "1002@alpha.test");
    page.click("button", "Hang up");
    caller.await_end(1);
    // Declined on the page it still rings on the desk; declined there, too, the caller waits on.
    page.click("button", "Pick up on my phone, 702");
    phone.await_ring(2);
    page.click("button", "Decline");
    await_text(&page, "status", "My call", NO_CALL);
    phone.hang_up();
    wait::expect("it can be picked up again", || {
        switch.await_slot("702", "parked");
        switch.channels() == 1
    });
    other.await_tone(MUSIC);
    other.hang_up();
    no_errors(&page);
    switch.everything_is_over();
}

#[test]
fn a_call_through_which_no_sound_gets_any_more_is_ended_on_both_sides() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    page.await_seen("button", "Pick up here, 701");
    page.evaluate(
        "(() => { const Real = RTCPeerConnection;
          globalThis.RTCPeerConnection = class extends Real {
            constructor() { super(); globalThis.connection = this; }
            get connectionState() { return globalThis.broken ? 'failed' : super.connectionState; }
          }; })()",
    );
    page.click("button", "Pick up here, 701");
    await_text(&page, "status", "My call", TALKING);
    caller.await_tone(VOICE);
    page.evaluate("broken = true; connection.dispatchEvent(new Event('connectionstatechange'))");
    await_text(&page, "status", "My call", "the sound found no way");
    caller.await_end(1);
    no_errors(&page);
    desks.office.switch.everything_is_over();
}
