//! The six scenes of call park, for the demonstration and for the tests: each plays itself, checks what it says, and
//! tells it in a line.

use crate::{Line, Phone, Switch};

/// One scene.
pub struct Scene {
    /// What it shows.
    pub title: &'static str,
    /// Plays it with a seed, and tells what was seen. Panics when that is not what it shows.
    pub play: fn(u64) -> String,
}

/// All of them, in the order of a call's life.
pub const SCENES: [Scene; 6] = [
    Scene {
        title: "park",
        play: park,
    },
    Scene {
        title: "retrieve",
        play: retrieve,
    },
    Scene {
        title: "return",
        play: comes_back,
    },
    Scene {
        title: "fallback",
        play: fallback,
    },
    Scene {
        title: "answered elsewhere",
        play: answered_elsewhere,
    },
    Scene {
        title: "abandon",
        play: abandon,
    },
];

/// A small company: two users, a caller from outside, and the sample dialplan's numbers.
pub struct Office {
    /// The switch.
    pub switch: Switch,
    /// 1001, who parks.
    pub alice: Phone,
    /// 1002, who retrieves.
    pub bob: Phone,
    /// A customer.
    pub carol: Phone,
}

impl Office {
    /// Opens it, with the sample configuration.
    pub fn open(seed: u64) -> Self {
        Self::in_front_of(Switch::new(seed))
    }

    /// The same with a lot of these parameters in place of the sample one.
    pub fn with(seed: u64, parameters: &[(&str, &str)]) -> Self {
        let mut switch = Switch::boot(seed);
        let parameters: String = parameters
            .iter()
            .map(|(name, value)| format!(r#"<param name="{name}" value="{value}"/>"#))
            .collect();
        switch.configure(&format!(
            r#"<configuration name="callpark.conf"><lots><lot name="default" domain="*">{parameters}</lot></lots></configuration>"#
        ));
        switch.load().expect("these parameters load");
        Self::in_front_of(switch)
    }

    /// The same on a switch that is there already.
    pub fn in_front_of(switch: Switch) -> Self {
        switch.extension("700", &[("callpark", ""), ("hangup", "")]);
        switch.extension("7XX", &[("callpark_slot", "$1"), ("hangup", "")]);
        switch.extension("*85(7XX)", &[("callpark_retrieve", "$1")]);
        switch.extension(
            "operator",
            &[("answer", ""), ("playback", "operator.wav"), ("park", "")],
        );
        let as_vanilla_does = ("set", "hangup_after_bridge=true");
        switch.extension("1XXX", &[as_vanilla_does, ("bridge", "user/$1@alpha.test")]);
        let (alice, bob) = (
            switch.phone("1001@alpha.test"),
            switch.phone("1002@alpha.test"),
        );
        let carol = switch.outside("15550100", "Carol");
        Self {
            switch,
            alice,
            bob,
            carol,
        }
    }

    /// Carol calls Alice, who answers and transfers her to 700; Carol's call, in its slot.
    pub fn parked_call(&self) -> Line {
        let call = self.talking_call();
        self.alice.ignores_calls();
        self.alice.line().transfers_to("700", true);
        self.switch
            .run_until(|| call.hears_music() && !self.alice.is_in_a_call());
        call
    }

    /// Carol talks to Alice; Carol's call.
    pub fn talking_call(&self) -> Line {
        self.alice.answers_after(2);
        let call = self.carol.calls("1001");
        self.switch
            .run_until(|| self.alice.is_in_a_call() && call.talks_to(&self.alice.line()));
        call
    }

    /// How many calls are in slots.
    pub fn parked(&self) -> usize {
        self.switch
            .api_json("callpark list json")
            .as_array()
            .map_or(0, Vec::len)
    }
}

fn park(seed: u64) -> String {
    let office = Office::open(seed);
    let call = office.parked_call();
    office
        .switch
        .run_until(|| !office.alice.messages().is_empty());
    let list = office.switch.api_json("callpark list json");
    assert_eq!(list[0]["slot"], "701");
    assert_eq!(list[0]["state"], "parked");
    assert_eq!(list[0]["parked_by"], "1001@alpha.test");
    let [message] = office.alice.messages().try_into().expect("one message");
    assert!(message.contains("parked at 701"), "{message}");
    let music = call.hears().expect("music");
    office.switch.end();
    format!("1001 transfers {CAROL} to 700: she hears {music}, and 1001 reads \"{message}\"")
}

fn retrieve(seed: u64) -> String {
    let office = Office::open(seed);
    let call = office.parked_call();
    let bob = office.bob.calls("701");
    office.switch.run_until(|| bob.talks_to(&call));
    let (name, number) = bob.answered_with().expect("an answer");
    assert_eq!(
        (name.as_str(), number.as_str()),
        ("Carol", "15550100"),
        "in the answer itself"
    );
    assert_eq!(office.parked(), 0);
    bob.hangs_up();
    office.switch.run_until(|| !call.is_up() && !bob.is_up());
    assert_eq!(office.switch.actions(), ["park", "retrieve"]);
    office.switch.end();
    format!(
        "1002 dials 701: the answer already shows \"{name}\" {number}, they talk, and 1002's hang-up ends both"
    )
}

fn comes_back(seed: u64) -> String {
    let office = Office::open(seed);
    let call = office.parked_call();
    let parked_at = office.switch.seconds();
    office.alice.answers_after(4);
    office.switch.run_until(|| office.alice.is_ringing());
    let waited = office.switch.seconds() - parked_at;
    assert!((115.0..125.0).contains(&waited), "rung after {waited} s");
    assert!(call.hears_music(), "music while the phone rings");
    office
        .switch
        .run_until(|| office.alice.is_in_a_call() && office.alice.line().talks_to(&call));
    let alice = office.alice.line();
    let ring = office.alice.rings().pop().expect("a ring");
    assert_eq!(
        (ring.name.as_str(), ring.number.as_str()),
        ("Park 701: Carol", "15550100")
    );
    call.hangs_up();
    office.switch.run_until(|| !call.is_up() && !alice.is_up());
    assert_eq!(office.switch.actions(), ["park", "ring", "return"]);
    office.switch.end();
    format!(
        "nobody comes for two minutes: 1001 rings, showing \"{}\", answers, and one hang-up ends both",
        ring.name
    )
}

fn fallback(seed: u64) -> String {
    let office = Office::open(seed);
    let call = office.parked_call();
    office.switch.run_until(|| call.has_heard("operator.wav"));
    assert_eq!(office.parked(), 0);
    assert_eq!(
        office.switch.actions(),
        ["park", "ring", "ring-failed", "fallback"]
    );
    let rang = office.alice.rings().pop().expect("a ring").ended;
    office.switch.end();
    format!("1001 does not answer ({rang}): {CAROL} goes to the operator")
}

fn answered_elsewhere(seed: u64) -> String {
    let office = Office::open(seed);
    let call = office.parked_call();
    office.switch.run_until(|| office.alice.is_ringing());
    let bob = office.bob.calls("701");
    office
        .switch
        .run_until(|| bob.talks_to(&call) && !office.alice.is_ringing());
    let rang = office.alice.rings().pop().expect("a ring").ended;
    assert_eq!(
        rang, "LOSE_RACE",
        "phones then list it as answered elsewhere"
    );
    bob.hangs_up();
    office.switch.run_until(|| !call.is_up());
    assert_eq!(office.switch.count_of("retrieve"), 1);
    office.switch.end();
    format!(
        "1002 dials 701 while 1001 rings: they talk, and 1001 stops ringing with {rang} (answered elsewhere)"
    )
}

fn abandon(seed: u64) -> String {
    let office = Office::open(seed);
    let call = office.parked_call();
    call.hangs_up();
    office
        .switch
        .run_until(|| !call.is_up() && office.parked() == 0);
    // The slot is free a moment before the event says so.
    office
        .switch
        .run_until(|| office.switch.actions().len() == 2);
    assert_eq!(office.switch.actions(), ["park", "abandon"]);
    office.switch.end();
    format!("{CAROL} hangs up: event `abandon`, and 701 is free")
}

/// Who waits.
const CAROL: &str = "Carol";
