//! A switch, a caller from outside, and the phones of a company: what most tests begin with.

use crate::{
    conf::{Conf, MUSIC},
    phone::{Audio, Line, Phone},
    switch::Switch,
};
use std::time::Duration;

/// The caller's number.
pub const CALLER_NUMBER: &str = "4930111";
/// The caller's name.
pub const CALLER_NAME: &str = "Ann Caller";
/// The tone that the first caller sends, in hertz.
const CALLER_TONE: u32 = 500;
/// The number of a second caller.
pub const SECOND_NUMBER: &str = "4930222";

/// One switch and whoever is around it.
pub struct Office {
    /// The switch.
    pub switch: Switch,
}

/// What many tests begin with: an office, 1001, 1002, and a caller in 701 whom 1001 has parked and 1002 may come for.
pub fn parked(conf: Conf) -> (Office, Phone, Phone, Phone) {
    let office = Office::open(conf);
    let [parker, other] = ["1001", "1002"].map(|user| office.phone(user));
    let caller = office.parked_by(&parker);
    (office, parker, other, caller)
}

/// How many calls a phone takes at once, unless a test says otherwise.
const CALLS: u32 = 4;

impl Office {
    /// Starts a switch with hold music, and this configuration.
    pub fn open(conf: Conf) -> Self {
        let conf = conf.lot("hold-music", "local_stream://moh");
        Self {
            switch: Switch::start(&conf),
        }
    }

    /// A caller from outside.
    pub fn caller(&self) -> Phone {
        self.caller_named(CALLER_NUMBER, CALLER_NAME, CALLER_TONE)
    }

    /// A caller from outside whose audio travels so.
    pub fn caller_with(&self, audio: Audio) -> Phone {
        self.start_caller(CALLER_NUMBER, CALLER_NAME, CALLER_TONE, audio)
    }

    /// A caller from outside with a number, a name and a tone of its own.
    pub fn caller_named(&self, number: &str, name: &str, tone: u32) -> Phone {
        self.start_caller(number, name, tone, Audio::default())
    }

    /// A second caller from outside, Bob Second.
    pub fn second_caller(&self) -> Phone {
        self.caller_named(SECOND_NUMBER, "Bob Second", 540)
    }

    /// A caller that comes in where the users do, and registers nowhere.
    pub fn trunk(&self, number: &str, tone: u32) -> Phone {
        self.start_at(
            number,
            "",
            tone,
            Audio::default(),
            self.switch.ports().inside,
        )
    }

    fn start_caller(&self, number: &str, name: &str, tone: u32, audio: Audio) -> Phone {
        self.start_at(number, name, tone, audio, self.switch.ports().outside)
    }

    fn start_at(&self, number: &str, name: &str, tone: u32, audio: Audio, port: u16) -> Phone {
        let line = Line {
            user: number,
            name,
            domain: "outside.test",
            registers: false,
            tone,
            calls: CALLS,
            audio,
        };
        Phone::start(&line, port)
    }

    /// The registered phone of a user of `alpha.test`; its tone follows from its number.
    pub fn phone(&self, user: &str) -> Phone {
        self.phone_of(user, "alpha.test")
    }

    /// Such a phone that takes only so many calls at once.
    pub fn phone_with(&self, user: &str, calls: u32) -> Phone {
        self.start_phone(user, "alpha.test", calls)
    }

    /// The registered phone of a user.
    pub fn phone_of(&self, user: &str, domain: &str) -> Phone {
        self.start_phone(user, domain, CALLS)
    }

    fn start_phone(&self, user: &str, domain: &str, calls: u32) -> Phone {
        let last: u32 = user
            .chars()
            .last()
            .and_then(|digit| digit.to_digit(10))
            .unwrap_or(0);
        let line = Line {
            user,
            name: "",
            domain,
            registers: true,
            tone: 600 + 40 * last,
            calls,
            audio: Audio::default(),
        };
        Phone::start(&line, self.switch.ports().inside)
    }

    /// The caller talks with this phone.
    pub fn talk(&self, caller: &Phone, phone: &Phone) {
        let rings = phone.count("CALL_INCOMING");
        let talks = caller.count("CALL_ESTABLISHED");
        caller.dial(phone.user());
        phone.await_ring(rings + 1);
        phone.answer();
        caller.await_talk(talks + 1);
        caller.talks_with(phone);
    }

    /// The caller is in slot 701, parked by this phone by a blind transfer to 700.
    pub fn parked_by(&self, phone: &Phone) -> Phone {
        let caller = self.caller();
        self.talk(&caller, phone);
        phone.blind_transfer("700");
        self.switch.await_slot("701", "parked");
        caller.await_tone(MUSIC);
        caller
    }

    /// The call in 701 is in its slot, parked by 1001.
    pub fn is_parked_by_1001(&self) {
        let call = self.switch.await_slot("701", "parked");
        assert_eq!(call["parked_by"], "1001@alpha.test", "{call}");
    }

    /// Another user dials the slot and talks with the caller; both hang up.
    pub fn is_retrieved(&self, caller: &Phone) {
        self.is_retrieved_by(&self.phone("1003"), caller);
    }

    /// The same, with the phone of that user.
    pub fn is_retrieved_by(&self, other: &Phone, caller: &Phone) {
        other.dial("701");
        other.talks_with(caller);
        other.hang_up();
        caller.await_end(1);
        self.switch.await_no_call_in_slots();
    }

    /// 1002 dials the slot and keys in a wrong PIN three times: it is refused, and the caller waits on. With the right one
    /// the two talk; both hang up, and nobody is left.
    pub fn pin_opens_701(&self, caller: &Phone, wrong: &str, right: &str) {
        let other = self.phone("1002");
        other.dial("701");
        other.await_talk(1);
        for _ in 0..3 {
            other.press_all(&format!("{wrong}#"));
        }
        assert_eq!(self.switch.action("refuse")["Result"], "BAD_PIN");
        other.await_end(1);
        self.switch.await_slot("701", "parked");
        assert!(caller.keeps_hearing(MUSIC, Duration::from_secs(1)));
        other.dial("701");
        other.await_talk(2);
        other.press_all(&format!("{right}#"));
        other.talks_with(caller);
        other.hang_up();
        caller.await_end(1);
        self.switch.everything_is_over();
    }
}
