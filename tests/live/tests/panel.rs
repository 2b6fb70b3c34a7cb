//! The panel in a browser, served by mod_verto, beside phones: what it shows, and what its buttons do.
//!
//! With CALLPARK_SCREENSHOTS it leaves pictures in that folder.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use callpark_live::{
    browser::{Browser, Page},
    conf::{Conf, MUSIC, password},
    office::Office,
    phone::Phone,
    scenes::OPERATOR,
    sound,
    verto::{self, Verto},
    wait,
};
use serde_json::json;
use std::{env, path::Path, time::Duration};

const DESKTOP: (u32, u32) = (1280, 800);
const HANDHELD: (u32, u32) = (390, 844);
const WALL: (u32, u32) = (1920, 1080);
/// What the browser's microphone hears.
const VOICE: f64 = 980.0;

/// A company with the panel on its switch.
struct Desks {
    office: Office,
    port: u16,
    browser: Browser,
}

impl Desks {
    fn open(conf: Conf) -> Self {
        let (conf, port) = verto::listening(conf);
        let office = Office::open(conf);
        let voice = office.switch.folder().join("voice.wav");
        sound::write_tone(&voice, VOICE, 10.0);
        Self {
            office,
            port,
            browser: Browser::hearing(&voice),
        }
    }

    fn page(&self, name: &str, size: (u32, u32)) -> Page {
        let url = format!("http://127.0.0.1:{}/callpark/index.html", self.port);
        let page = self.browser.open(name, &url, size);
        // A microphone that takes a steady tone for noise would leave nothing to measure.
        page.evaluate(
            "(() => { const media = navigator.mediaDevices, real = media.getUserMedia.bind(media);
              const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
              media.getUserMedia = () => real({ audio: raw }); })()",
        );
        page
    }

    /// A page on which this user has signed in.
    fn panel(&self, user: &str, size: (u32, u32)) -> Page {
        let page = self.page(user, size);
        sign_in(&page, user, &password(user.split('@').next().unwrap()));
        page.await_seen("table", "Waiting callers");
        assert_eq!(page.text("status", "Connection"), "Connected");
        page
    }

    /// One more caller whom this phone parks by a blind transfer.
    fn another(&self, phone: &Phone, number: &str, name: &str, slot: &str) -> Phone {
        let caller = self.office.caller_named(number, name, 540);
        self.office.talk(&caller, phone);
        phone.blind_transfer("700");
        self.office.switch.await_slot(slot, "parked");
        caller
    }
}

fn sign_in(page: &Page, user: &str, password: &str) {
    page.fill("textbox", "User", user);
    // What is typed in secret has no role.
    page.evaluate(&format!(
        "document.getElementById('password').value = {}",
        json!(password)
    ));
    page.click("button", "Sign in");
}

fn picture(page: &Page, name: &str) {
    if let Some(folder) = env::var_os("CALLPARK_SCREENSHOTS") {
        page.screenshot(&Path::new(&folder).join(format!("{name}.png")));
    }
}

/// Waits until the element with this role and name shows a text.
fn await_text(page: &Page, role: &str, name: &str, wanted: &str) {
    wait::expect(&format!("{role} {name} shows {wanted:?}"), || {
        page.text(role, name).contains(wanted)
    });
}

/// Waits until the page plays this tone to its user.
fn await_sound(page: &Page, hertz: f64) {
    let loudest = "(async () => {
        const stream = document.getElementById('sound').srcObject;
        if (!stream) return 0;
        const context = new AudioContext(), analyser = context.createAnalyser();
        analyser.fftSize = 8192;
        context.createMediaStreamSource(stream).connect(analyser);
        await new Promise((done) => setTimeout(done, 400));
        const levels = new Uint8Array(analyser.frequencyBinCount);
        analyser.getByteFrequencyData(levels);
        const loudest = Math.max(...levels);
        await context.close();
        return loudest && levels.indexOf(loudest) * context.sampleRate / analyser.fftSize;
    })()";
    wait::expect(&format!("the page plays {hertz} Hz"), || {
        let heard = page.evaluate(loudest).as_f64().unwrap();
        (heard - hertz).abs() < 15.0
    });
}

/// Nothing on the page stands in the way of who cannot see it, or cannot use a mouse.
fn is_accessible(page: &Page) {
    assert_eq!(page.barriers(), Vec::<String>::new());
}

fn no_errors(page: &Page) {
    assert_eq!(page.errors(), Vec::<String>::new());
}

#[test]
fn it_shows_who_waits_where_since_when_and_whom_to_thank() {
    let desks = Desks::open(Conf::default().lot("timeout", "100"));
    let page = desks.panel("1002@alpha.test", DESKTOP);
    await_text(&page, "status", "Waiting", "No callers wait.");
    let parker = desks.office.phone("1001");
    let first = desks.office.parked_by(&parker);
    await_text(&page, "status", "Waiting", "One caller waits.");
    await_text(&page, "status", "News", "Ann Caller is parked at 701.");
    let row = page.within("row", "701");
    assert_eq!(row.count("cell", "Ann Caller 4930111"), 1);
    assert_eq!(row.count("cell", "1001"), 1);
    let waits = |seconds: u32| format!("0:{seconds:02}");
    wait::expect("its clock runs", || {
        (2..9).any(|seconds| row.count("cell", &waits(seconds)) == 1)
    });
    wait::expect("the ring-back's clock runs", || {
        (85..100).any(|left| row.count("cell", &format!("1:{:02}", left - 60)) == 1)
    });
    let second = desks.another(&parker, "4930222", "Bob Second", "702");
    page.await_seen("row", "");
    wait::expect("the second row", || {
        page.within("row", "702").count("button", "Drop, 702") == 1
    });
    picture(&page, "panel-desktop");
    desks
        .office
        .switch
        .ok("callpark return default@alpha.test 702");
    parker.await_ring(3);
    let ringing = page.within("row", "702");
    wait::expect("it rings back", || {
        ringing.count("cell", "rings back now") == 1
    });
    picture(&page, "panel-ring-back");
    is_accessible(&page);
    desks
        .office
        .switch
        .ok("callpark move default@alpha.test 701 709");
    wait::expect("the row moves with its call", || {
        page.count("button", "Drop, 709") == 1 && page.count("button", "Drop, 701") == 0
    });
    let small = desks.page("small", HANDHELD);
    sign_in(&small, "1003@alpha.test", &password("1003"));
    small.await_seen("button", "Drop, 709");
    picture(&small, "panel-phone");
    is_accessible(&small);
    let wall = desks.page("wall", WALL);
    sign_in(&wall, "1004@alpha.test", &password("1004"));
    wall.await_seen("button", "Drop, 709");
    picture(&wall, "panel-wall");
    first.hang_up();
    second.hang_up();
    for page in [&page, &small, &wall] {
        await_text(page, "status", "Waiting", "No callers wait.");
        assert_eq!(page.count("row", ""), 1, "the head's");
        no_errors(page);
    }
    desks.office.switch.everything_is_over();
}

#[test]
fn its_buttons_do_what_they_say() {
    let desks = Desks::open(Conf::default());
    let switch = &desks.office.switch;
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let (parker, phone) = (desks.office.phone("1001"), desks.office.phone("1002"));
    let caller = desks.office.parked_by(&parker);

    page.click("button", "Return to parker, 701");
    parker.await_ring(2);
    wait::expect("it rings back", || {
        page.within("row", "701").count("cell", "rings back now") == 1
    });
    page.click("button", "Pick up on my phone, 701");
    let (name, number) = phone.await_ring(1);
    assert_eq!(
        (name.as_str(), number.as_str()),
        ("Ann Caller", "sip:4930111@alpha.test")
    );
    phone.answer();
    phone.talks_with(&caller);
    await_text(&page, "status", "Waiting", "No callers wait.");
    assert_eq!(switch.action("retrieve")["Retrieved-By"], "1002@alpha.test");

    // Whom the user's own phone talks to is parked from the page, and the slot is shown large.
    page.click("button", "Park my call");
    await_text(&page, "status", "Parked at", "701");
    caller.await_tone(MUSIC);
    assert_eq!(
        switch.await_slot("701", "parked")["parked_by"],
        "1002@alpha.test"
    );
    picture(&page, "panel-parked-at");

    // A question that is answered with no, and by Escape, changes nothing.
    page.click("button", "Drop, 701");
    page.await_seen("dialog", "Hang up on Ann Caller, who waits in 701?");
    picture(&page, "panel-question");
    is_accessible(&page);
    page.click("button", "Cancel");
    page.await_gone("dialog", "");
    page.click("button", "Drop, 701");
    page.press("button", "Cancel", "Escape");
    page.await_gone("dialog", "");
    switch.await_slot("701", "parked");

    page.click("button", "Transfer, 701");
    page.fill("textbox", "To which number", "operator");
    page.press("textbox", "To which number", "Enter");
    caller.await_tone(OPERATOR);
    caller.hang_up();

    // From the keyboard alone.
    let caller = desks.office.parked_by(&parker);
    page.await_seen("button", "Drop, 701");
    page.press("button", "Drop, 701", "Enter");
    page.await_seen("dialog", "");
    page.press("button", "Cancel", "Tab");
    page.press("button", "Hang up", "Enter");
    caller.await_end(1);
    assert_eq!(switch.action("drop")["Park-Slot"], "701");
    await_text(&page, "status", "Waiting", "No callers wait.");
    no_errors(&page);
    switch.everything_is_over();
}

#[test]
fn a_caller_is_picked_up_and_parked_again_right_in_the_browser() {
    let desks = Desks::open(Conf::default());
    let switch = &desks.office.switch;
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    page.click("button", "Pick up here, 701");
    await_text(
        &page,
        "status",
        "My call",
        "Talking to Ann Caller (4930111).",
    );
    caller.await_tone(VOICE);
    await_sound(&page, caller.tone());
    // No sign of the host's has changed it.
    await_text(
        &page,
        "status",
        "My call",
        "Talking to Ann Caller (4930111).",
    );
    picture(&page, "panel-talking");
    is_accessible(&page);
    assert_eq!(switch.action("retrieve")["Retrieved-By"], "1002@alpha.test");
    // Keys reach the other party, and what is muted does not.
    page.click("button", "5");
    wait::expect("the key arrives", || caller.keys_heard().contains('5'));
    page.click("button", "Mute");
    caller.hears_no_more(VOICE);
    page.click("button", "Mute");
    caller.await_tone(VOICE);

    page.click("button", "Park my call");
    await_text(&page, "status", "Parked at", "701");
    caller.await_tone(MUSIC);
    let call = switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1002@alpha.test");
    await_text(&page, "status", "My call", "No call on this page.");

    page.click("button", "Pick up here, 701");
    await_text(&page, "status", "My call", "Talking to");
    caller.await_tone(VOICE);
    page.click("button", "Hang up");
    caller.await_end(1);
    no_errors(&page);
    switch.everything_is_over();
}

#[test]
fn who_hangs_up_before_the_call_is_on_its_way_has_not_called() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    // A browser that needs a while until it knows its own addresses.
    page.evaluate(
        "(() => { const found = RTCPeerConnection.prototype.setLocalDescription;
          globalThis.addresses = 'not asked for';
          RTCPeerConnection.prototype.setLocalDescription = async function () {
            globalThis.addresses = 'looked for';
            await found.call(this);
            await new Promise((done) => setTimeout(done, 1000));
            globalThis.addresses = 'known';
          }; })()",
    );
    let await_addresses = |state: &str| {
        wait::expect(&format!("the browser's addresses are {state}"), || {
            page.evaluate("addresses") == state
        });
    };
    page.click("button", "Pick up here, 701");
    await_addresses("looked for");
    page.click("button", "Hang up");
    await_text(&page, "status", "My call", "No call on this page.");
    await_addresses("known");
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
fn a_call_to_the_page_is_answered_there_and_parked() {
    let desks = Desks::open(Conf::default().rings_pages());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.office.caller();
    caller.dial("1002");
    await_text(&page, "status", "My call", "Ann Caller (4930111) rings.");
    page.click("button", "Answer");
    caller.await_tone(VOICE);
    await_sound(&page, caller.tone());
    page.click("button", "Park my call");
    await_text(&page, "status", "Parked at", "701");
    caller.await_tone(MUSIC);
    let call = desks.office.switch.await_slot("701", "parked");
    assert_eq!(
        (&call["parked_by"], &call["caller_id_number"]),
        (&json!("1002@alpha.test"), &json!("4930111"))
    );
    caller.hang_up();
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn a_callers_name_is_text_whatever_is_in_it() {
    let desks = Desks::open(Conf::default());
    let name = "<img src=x onerror=document.title=1>";
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.another(&desks.office.phone("1001"), "4930222", name, "701");
    let row = page.within("row", "701");
    wait::expect("the name as it is", || {
        row.count("cell", &format!("{name} 4930222")) == 1
    });
    page.click("button", "Drop, 701");
    page.await_seen("dialog", &format!("Hang up on {name}, who waits in 701?"));
    picture(&page, "panel-hostile-name");
    page.click("button", "Cancel");
    page.click("button", "Pick up here, 701");
    await_text(&page, "status", "My call", name);
    caller.await_tone(VOICE);
    assert_eq!(page.evaluate("document.images.length"), 0);
    assert_eq!(page.evaluate("document.title"), "Parked calls");
    caller.hang_up();
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn the_panels_of_two_companies_show_each_its_own() {
    let desks = Desks::open(Conf::default());
    let (office, switch) = (&desks.office, &desks.office.switch);
    let (alpha, beta) = (
        desks.panel("1002@alpha.test", DESKTOP),
        desks.panel("1002@beta.test", DESKTOP),
    );
    let caller = office.parked_by(&office.phone("1001"));
    alpha.await_seen("button", "Drop, 701");
    let theirs = ["1001", "1003"].map(|user| office.phone_of(user, "beta.test"));
    office.talk(&theirs[1], &theirs[0]);
    let leg = switch.leg_of("1003");
    switch.ok(&format!(
        "callpark park {leg} default@beta.test 705 parker=1001@beta.test"
    ));
    beta.await_seen("button", "Drop, 705");
    for (page, own, other) in [(&alpha, "701", "705"), (&beta, "705", "701")] {
        await_text(page, "status", "Waiting", "One caller waits.");
        assert_eq!(page.count("button", &format!("Drop, {own}")), 1);
        assert_eq!(page.count("button", &format!("Drop, {other}")), 0);
    }
    picture(&alpha, "panel-alpha");
    picture(&beta, "panel-beta");
    beta.click("button", "Pick up here, 705");
    theirs[1].await_tone(VOICE);
    await_text(&beta, "status", "Waiting", "No callers wait.");
    await_text(&alpha, "status", "Waiting", "One caller waits.");
    caller.await_tone(MUSIC);
    theirs[1].hang_up();
    caller.hang_up();
    for page in [&alpha, &beta] {
        await_text(page, "status", "Waiting", "No callers wait.");
        no_errors(page);
    }
    switch.everything_is_over();
}

#[test]
fn a_connection_that_is_lost_is_told_and_comes_back_by_itself() {
    let desks = Desks::open(Conf::default());
    let switch = &desks.office.switch;
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let parker = desks.office.phone("1001");
    let caller = desks.office.parked_by(&parker);
    page.await_seen("button", "Drop, 701");
    switch.ok("unload mod_verto");
    await_text(&page, "alert", "", "The connection to the switch is lost.");
    assert_eq!(
        page.evaluate("document.querySelectorAll('#calls button:enabled').length"),
        0
    );
    assert_eq!(
        page.evaluate("document.getElementById('park').disabled"),
        true
    );
    picture(&page, "panel-no-connection");
    let second = desks.another(&parker, "4930222", "Bob Second", "702");
    caller.hang_up();
    switch.ok("load mod_verto");
    await_text(&page, "status", "Connection", "Connected");
    page.await_seen("button", "Drop, 702");
    page.await_gone("button", "Drop, 701");
    wait::expect("no trouble is told", || page.text("alert", "").is_empty());
    // It is told again of what changes.
    second.hang_up();
    await_text(&page, "status", "Waiting", "No callers wait.");
    // The module itself may go and come, too.
    switch.ok("unload mod_callpark");
    wait::expect("the page says that there is no list", || {
        page.text("alert", "").contains("No list")
    });
    switch.ok("load mod_callpark");
    wait::expect("the list is back", || page.text("alert", "").is_empty());
    let caller = desks.another(&parker, "4930222", "Bob Second", "701");
    page.await_seen("button", "Drop, 701");
    caller.hang_up();
    switch.everything_is_over();
}

#[test]
fn who_lies_on_the_channel_of_the_company_shows_nothing() {
    let desks = Desks::open(Conf::default());
    let page = desks.panel("1002@alpha.test", DESKTOP);
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    page.await_seen("button", "Drop, 701");
    let mut liar = Verto::log_in(desks.port, "1005@alpha.test", &json!({}));
    let session = liar.session().to_owned();
    let channel = liar.ask(&json!({"verb": "subscribe", "sessid": session}))["channel"].clone();
    let channel = channel.as_str().unwrap();
    assert!(liar.subscribe(channel));
    let call = json!({"id": "x", "slot": "702", "lot": "default", "state": "parked", "caller_id_name": "Nobody", "parked_at": 0, "waited": 0, "timeout_at": null});
    for data in [
        json!({"action": "add", "hashKey": "x", "data": call, "wireSerno": 9}),
        json!({"action": "bootObj", "data": [["x", call]], "wireSerno": -1}),
        json!({"action": "clear", "data": {}, "wireSerno": -1}),
    ] {
        liar.broadcast(channel, json!({ "data": data }));
    }
    desks
        .another(&desks.office.phone("1003"), "4930222", "Bob Second", "702")
        .hang_up();
    caller.hang_up();
    await_text(&page, "status", "Waiting", "No callers wait.");
    assert!(!page.text("status", "News").contains("Nobody"));
    no_errors(&page);
    desks.office.switch.everything_is_over();
}

#[test]
fn a_pin_is_asked_for_and_a_wrong_password_is_told() {
    let desks = Desks::open(Conf::default().lot("pin", "4711"));
    let page = desks.page("stranger", DESKTOP);
    sign_in(&page, "1002@alpha.test", "guessed");
    await_text(&page, "alert", "", "the user or the password is wrong");
    is_accessible(&page);
    page.await_seen("form", "Sign in");
    sign_in(&page, "1002@alpha.test", &password("1002"));
    page.await_seen("table", "Waiting callers");
    assert_eq!(page.text("alert", ""), "");

    let phone = desks.office.phone("1002");
    let caller = desks.office.parked_by(&desks.office.phone("1001"));
    page.click("button", "Pick up on my phone, 701");
    for (title, pin) in [
        ("This slot has a PIN", "1234"),
        ("That PIN is wrong", "4711"),
    ] {
        page.await_seen("dialog", title);
        page.evaluate(&format!(
            "document.querySelector('#question input').value = '{pin}'"
        ));
        page.click("button", "Go on");
    }
    phone.await_ring(1);
    phone.answer();
    phone.talks_with(&caller);
    caller.hang_up();
    // Signed out, it shows nothing and asks nothing.
    page.click("button", "Sign out");
    page.await_seen("form", "Sign in");
    page.await_gone("table", "");
    assert_eq!(
        page.evaluate("localStorage.length + sessionStorage.length"),
        0
    );
    no_errors(&page);
    desks.office.switch.everything_is_over();
}
