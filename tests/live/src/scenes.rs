//! What the product is for, in six scenes. Each plays on a real switch with real phones, fails when anything is not as it
//! should be, and says what was seen.

use crate::{
    conf::{Conf, MUSIC},
    office::{CALLER_NAME, CALLER_NUMBER, Office, parked},
    phone::Phone,
    sip, sound, wait,
};
use std::time::Duration;

/// A title, and the scene itself.
pub type Scene = (&'static str, fn() -> String);

/// All of them, in order.
pub const ALL: [Scene; 6] = [
    ("parked by a blind transfer", park),
    ("retrieved from another phone", retrieve),
    ("the time is up, and the parker answers", ring_back),
    ("the parker does not answer", fallback),
    ("taken while the parker's phone rings", taken_while_ringing),
    ("the caller hangs up", abandon),
];

/// The operator's tone of the test dialplan, in hertz.
pub const OPERATOR: f64 = 2000.0;

fn impatient() -> Conf {
    Conf::default().lot("timeout", "2").lot("ring-timeout", "5")
}

/// 1. An outside caller reaches 1001, who transfers the call to 700.
pub fn park() -> String {
    let office = Office::open(Conf::default());
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let call = office.switch.await_slot("701", "parked");
    assert_eq!(call["parked_by"], "1001@alpha.test");
    assert_eq!(call["caller_id_number"], CALLER_NUMBER);
    parker.await_message("the transfer is done", |message| {
        sip::is_request(message, "NOTIFY") && sip::body(message).starts_with("SIP/2.0 200")
    });
    parker.await_text(&format!("{CALLER_NAME} parked at 701"));
    assert!(
        caller.keeps_hearing(MUSIC, Duration::from_secs(2)),
        "the music does not last"
    );
    "the caller is in slot 701 and hears music; 1001's transfer is done, and a message says 701"
        .to_owned()
}

/// 2. 1002 dials 701.
pub fn retrieve() -> String {
    let (office, _parker, other, caller) = parked(Conf::default());
    other.dial("701");
    other.await_talk(1);
    other.talks_with(&caller);
    let answer = other.await_message("the answer", |message| {
        sip::is_reply(message, 200, "INVITE")
    });
    let shown = sip::party(&answer).unwrap_or_default();
    assert!(
        shown.contains(CALLER_NUMBER) && shown.contains(CALLER_NAME),
        "shown: {shown}"
    );
    office.switch.await_no_call_in_slots();
    let event = office.switch.action("retrieve");
    assert_eq!(event["Retrieved-By"], "1002@alpha.test");
    other.hang_up();
    caller.await_end(1);
    office.switch.await_no_channels();
    format!("1002 and the caller hear each other; the very answer shows {shown}")
}

/// 3. Nobody takes the call: 1001's phone rings and 1001 answers. A hang-up on either side ends both.
pub fn ring_back() -> String {
    let name = returned_until(|parker, _| parker.hang_up());
    returned_until(|_, caller| caller.hang_up());
    format!(
        "1001 rings with \"{name}\", music meanwhile; they talk; a hang-up on either side ends both"
    )
}

/// The call is returned to 1001, they talk until somebody hangs up. The name on 1001's display.
pub fn returned_until(somebody_hangs_up: impl FnOnce(&Phone, &Phone)) -> String {
    let office = Office::open(impatient());
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    let (name, _) = parker.await_ring(2);
    assert_eq!(name, format!("Park 701: {CALLER_NAME}"));
    office.switch.await_slot("701", "ringing");
    assert!(
        caller.keeps_hearing(MUSIC, Duration::from_secs(1)),
        "no music while it rings"
    );
    parker.answer();
    parker.talks_with(&caller);
    office.switch.await_no_call_in_slots();
    assert_eq!(
        office.switch.action("return")["Retrieved-By"],
        "1001@alpha.test"
    );
    somebody_hangs_up(&parker, &caller);
    caller.await_end(1);
    parker.await_end(2);
    office.switch.await_no_channels();
    name
}

/// 4. 1001 does not answer: an extension, the voicemail, a queue.
pub fn fallback() -> String {
    to_extension();
    let left = to_voicemail();
    to_queue();
    format!(
        "after the ring-back the caller is at the operator, in 1001's voicemail ({left}), or in the queue"
    )
}

/// Its phone rings twice, then the caller is at the operator's.
pub fn to_extension() {
    let conf = impatient()
        .lot("ring-attempts", "2")
        .lot("retry-after", "1")
        .lot("fallback", "operator XML default");
    let office = Office::open(conf);
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    parker.await_ring(2);
    parker.await_ring(3);
    caller.await_tone(OPERATOR);
    office.switch.await_no_call_in_slots();
    office.switch.action("fallback");
    caller.hang_up();
    office.switch.await_no_channels();
}

/// The caller leaves a message in 1001's mailbox. How the mailbox counts it.
pub fn to_voicemail() -> String {
    let office = Office::open(impatient().lot("fallback", "vm${parker_user}"));
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    office.switch.action("fallback");
    // The mailbox keeps what is longer than a second.
    wait::expect("three seconds of a message are recorded", || {
        let mailbox = "storage/voicemail/default/alpha.test/1001";
        sound::longest(&office.switch.folder().join(mailbox)) >= Duration::from_secs(3)
    });
    caller.hang_up();
    let count = wait::until(wait::PATIENCE, || {
        let count = office
            .switch
            .api("vm_boxcount 1001@alpha.test|all")
            .trim()
            .to_owned();
        (count.starts_with("1:")).then_some(count)
    });
    count.expect("a message is in 1001's mailbox")
}

/// The caller waits in a queue of mod_callcenter.
pub fn to_queue() {
    let office = Office::open(impatient().lot("fallback", "queue"));
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    office.switch.action("fallback");
    wait::expect("the caller waits in the queue", || {
        let members = office
            .switch
            .api("callcenter_config queue list members reception@alpha.test");
        members.contains(CALLER_NUMBER)
    });
    caller.hang_up();
    office.switch.await_no_channels();
}

/// 5. 1002 dials 701 while 1001 rings.
pub fn taken_while_ringing() -> String {
    let (office, parker, other, caller) = parked(impatient().lot("ring-timeout", "30"));
    parker.await_ring(2);
    other.dial("701");
    other.await_talk(1);
    other.talks_with(&caller);
    parker.await_end(2);
    let cancel = parker.await_message("ringing stops", |message| {
        sip::is_request(message, "CANCEL")
    });
    assert!(
        sip::header(&cancel, "Reason").is_some_and(|reason| reason.contains("cause=200")),
        "not marked as answered elsewhere: {cancel}"
    );
    assert_eq!(
        office.switch.action("retrieve")["Retrieved-By"],
        "1002@alpha.test"
    );
    caller.hang_up();
    other.await_end(1);
    office.switch.await_no_channels();
    "1002 has the caller; 1001 stops ringing, marked as answered elsewhere".to_owned()
}

/// 6. The caller hangs up.
pub fn abandon() -> String {
    let office = Office::open(Conf::default());
    let parker = office.phone("1001");
    let caller = office.parked_by(&parker);
    caller.hang_up();
    let event = office.switch.action("abandon");
    office.switch.await_no_call_in_slots();
    assert_eq!(event["Park-Slot"], "701");
    office.switch.await_no_channels();
    "the slot is free at once, and an event says abandon".to_owned()
}
