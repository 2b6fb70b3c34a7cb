//! A SIP phone: it calls, answers and transfers, sends a tone of its own and records what it hears.

mod transfer;

use crate::{baresip::Baresip, conf::digit_tone, sip, sound, wait};
use serde_json::Value;
use std::{
    fs,
    sync::atomic::{AtomicUsize, Ordering},
    thread::{self, sleep},
    time::Duration,
};
use tempfile::TempDir;

/// How long a key is pressed, and the pause after it.
const KEY_LENGTH: Duration = Duration::from_millis(300);
/// How long a busy machine may keep sound from a phone.
const MOMENT: Duration = Duration::from_secs(1);

/// How a phone's audio travels.
#[derive(Debug, Clone, Copy)]
pub struct Audio {
    /// The one codec that it knows, such as `PCMU/8000`.
    pub codec: &'static str,
    /// Whether it insists on SRTP.
    pub encrypted: bool,
}

impl Default for Audio {
    fn default() -> Self {
        Self {
            codec: "PCMU/8000",
            encrypted: false,
        }
    }
}

/// What a phone is.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// The user part of its address.
    pub user: &'a str,
    /// The name that others see.
    pub name: &'a str,
    /// The host part.
    pub domain: &'a str,
    /// Whether it registers.
    pub registers: bool,
    /// The tone that it sends, in hertz.
    pub tone: u32,
    /// How many calls it takes at once.
    pub calls: u32,
    /// Its audio.
    pub audio: Audio,
}

/// A running phone. It ends with this value.
pub struct Phone {
    user: String,
    tone: f64,
    proxy: u16,
    program: Baresip,
    /// The call that it has held, counted from 1; 0 when there was none.
    deaf_in: AtomicUsize,
    folder: TempDir,
}

impl Phone {
    /// Starts a phone whose calls go to the SIP port `proxy`, and waits until it is ready to call.
    pub fn start(line: &Line<'_>, proxy: u16) -> Self {
        let folder = TempDir::with_prefix("callpark-phone-").expect("a folder for a phone");
        let phone = Self {
            user: line.user.to_owned(),
            tone: f64::from(line.tone),
            proxy,
            program: Baresip::start(folder.path(), line, proxy),
            deaf_in: AtomicUsize::new(0),
            folder,
        };
        if line.registers {
            phone.await_message("it is registered", |message| {
                sip::is_reply(message, 200, "REGISTER")
            });
        }
        phone
    }

    /// The user part of its address.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The tone that it sends, in hertz.
    pub fn tone(&self) -> f64 {
        self.tone
    }

    /// The dial string of a phone that does not register: the switch sends its calls straight there.
    pub fn dial_string(&self) -> String {
        let port = self.program.listens();
        format!("sofia/external/{}@127.0.0.1:{port}", self.user)
    }

    /// The address of a number of the switch.
    fn address(&self, number: &str) -> String {
        format!("sip:{number}@127.0.0.1:{}", self.proxy)
    }

    /// Calls a number of the switch.
    pub fn dial(&self, number: &str) {
        self.program.tell("dial", &self.address(number));
    }

    /// Answers the call that rings.
    pub fn answer(&self) {
        self.program.tell("accept", "");
    }

    /// Ends the call, or refuses the one that rings.
    pub fn hang_up(&self) {
        self.program.tell("hangup", "");
    }

    /// Holds the call by re-INVITE. From then on baresip 1.0 records nothing of this call: ask the other party what it
    /// hears.
    pub fn hold(&self) {
        self.deaf_in
            .store(self.count("CALL_ESTABLISHED"), Ordering::Relaxed);
        self.program.tell("hold", "");
    }

    /// Takes the call off hold.
    pub fn resume(&self) {
        self.program.tell("resume", "");
    }

    /// Presses a key in the call.
    pub fn press(&self, key: char) {
        self.program.tell("sndcode", &key.to_string());
    }

    /// Presses keys one after the other, each as long as a finger does.
    pub fn press_all(&self, keys: &str) {
        for key in keys.chars() {
            self.press(key);
            sleep(KEY_LENGTH);
        }
    }

    /// The keys that the other party has pressed.
    pub fn keys_heard(&self) -> String {
        let events = self.program.events();
        let starts = events
            .iter()
            .filter(|event| event["type"] == "CALL_DTMF_START");
        starts.filter_map(|event| event["param"].as_str()).collect()
    }

    /// How many events of this kind it has told.
    pub fn count(&self, kind: &str) -> usize {
        let events = self.program.events();
        events.iter().filter(|event| event["type"] == kind).count()
    }

    /// Waits for the `number`th event of a kind, from 1.
    pub fn await_event(&self, kind: &str, number: usize) -> Value {
        let found = wait::until(wait::PATIENCE, || {
            let events = self.program.events();
            events
                .into_iter()
                .filter(|event| event["type"] == kind)
                .nth(number - 1)
        });
        found
            .unwrap_or_else(|| panic!("{}: no {kind} number {number}; {}", self.user, self.story()))
    }

    /// Waits until it rings for the `number`th time; name and address on its display.
    pub fn await_ring(&self, number: usize) -> (String, String) {
        let event = self.await_event("CALL_INCOMING", number);
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        (text("peerdisplayname"), text("peeruri"))
    }

    /// Waits until its `number`th call is up.
    pub fn await_talk(&self, number: usize) {
        self.await_event("CALL_ESTABLISHED", number);
    }

    /// Waits until its `number`th call is over; why.
    pub fn await_end(&self, number: usize) -> String {
        self.await_event("CALL_CLOSED", number)["param"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The kinds of all its events, for the message of a failed test.
    fn story(&self) -> String {
        let events = self.program.events();
        let kinds: Vec<_> = events
            .iter()
            .map(|event| format!("{}({})", event["type"], event["param"]))
            .collect();
        kinds.join(" ")
    }

    /// The SIP that it has sent and received, among what it has logged.
    pub fn trace(&self) -> String {
        let bytes = fs::read(self.folder.path().join("trace")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The SIP messages that it has sent and received, in order.
    pub fn messages(&self) -> Vec<String> {
        sip::messages(&self.trace())
    }

    /// Waits for a SIP message that it received or sent.
    pub fn await_message(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let found = wait::until(wait::PATIENCE, || {
            self.messages().into_iter().find(|message| wanted(message))
        });
        found.unwrap_or_else(|| panic!("{}: no SIP message: {what}; {}", self.user, self.story()))
    }

    /// Waits for a text (SIP MESSAGE) that has this in it; the whole of it.
    pub fn await_text(&self, part: &str) -> String {
        let message = self.await_message(&format!("a text with {part:?}"), |message| {
            sip::is_request(message, "MESSAGE") && sip::body(message).contains(part)
        });
        sip::body(&message).to_owned()
    }

    /// The other party as its display has it now: what the last message about it says.
    pub fn shown(&self) -> String {
        let messages = self.messages();
        messages
            .iter()
            .rev()
            .find_map(|message| sip::party(message))
            .unwrap_or_default()
            .to_owned()
    }

    /// Whether it has held the call that it is in, or has dialled another one that is not up yet: what it hears is not recorded
    /// then.
    fn is_deaf(&self) -> bool {
        let deaf_in = self.deaf_in.load(Ordering::Relaxed);
        deaf_in > 0 && deaf_in == self.count("CALL_ESTABLISHED")
    }

    /// Whether it is known to hear a tone now.
    pub fn hears(&self, hertz: f64) -> bool {
        if self.is_deaf() {
            return false;
        }
        let heard = sound::growing(&self.folder.path().join("heard"));
        heard.is_some_and(|file| sound::has_tone(&sound::tail(&file), hertz))
    }

    /// Waits until it hears a tone.
    pub fn await_tone(&self, hertz: f64) {
        let heard = wait::until(wait::PATIENCE, || self.hears(hertz).then_some(()));
        let why = match self.is_deaf() {
            true => ", and has held this call: what it hears is not recorded any more",
            false => "",
        };
        assert!(
            heard.is_some(),
            "{} does not hear {hertz} Hz{why}",
            self.user
        );
    }

    /// Waits until it is told slot 701, digit by digit.
    pub fn is_told_701(&self) {
        for digit in [7, 0, 1] {
            self.await_tone(digit_tone(digit));
        }
    }

    /// Whether it hears a tone all the time, but for moments in which the machine was busy.
    pub fn keeps_hearing(&self, hertz: f64, time: Duration) -> bool {
        let heard_in_time = || wait::until(MOMENT, || self.hears(hertz).then_some(())).is_some();
        wait::stays(time, heard_in_time)
    }

    /// Waits until a tone is over: it stays away for a second. What was heard last reaches back
    /// to before the moment in which it ended.
    pub fn hears_no_more(&self, hertz: f64) {
        assert!(
            !self.is_deaf(),
            "{} has held this call: what it hears is not recorded any more",
            self.user
        );
        let silent = || wait::stays(Duration::from_secs(1), || !self.hears(hertz));
        wait::expect(&format!("{} hears {hertz} Hz no more", self.user), silent);
    }

    /// Waits until both hear each other.
    pub fn talks_with(&self, other: &Phone) {
        self.await_tone(other.tone);
        other.await_tone(self.tone);
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("--- the phone {}: {} ---", self.user, self.story());
            for message in self.messages() {
                let (way, line) = (
                    message.lines().next().unwrap_or_default(),
                    sip::first_line(&message),
                );
                eprintln!(
                    "{way}: {line} [{}]",
                    sip::header(&message, "CSeq").unwrap_or_default()
                );
            }
        }
    }
}
