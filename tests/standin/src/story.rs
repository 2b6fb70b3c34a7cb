//! A story drawn from a seed: callers are parked, taken, moved, dropped and forgotten, in any order, while phones do as
//! they like, the configuration changes, and some things go wrong.

use crate::{Habit, Line, Phone, Switch, dice::Dice, reloads::Lots, scenes::Office};

/// Slots that a story uses: few, so that they meet.
pub(crate) const SLOTS: u64 = 4;
/// The event channel of the company's screens.
pub(crate) const SCREEN: &str = "callpark-liveArray.alpha.test";
/// Most callers of a story.
const CALLERS: usize = 4;

/// Somebody from outside.
pub(crate) struct Caller {
    pub(crate) phone: Phone,
    pub(crate) line: Line,
}

/// A story while it is told.
pub(crate) struct Story {
    pub(crate) office: Office,
    pub(crate) callers: Vec<Caller>,
    pub(crate) dave: Phone,
    pub(crate) dice: Dice,
    /// Lines that will hang up, and when.
    pub(crate) partings: Vec<(f64, Line)>,
    /// The configuration in force.
    pub(crate) lots: Lots,
}

impl Story {
    pub(crate) fn open(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 4);
        let switch = Switch::boot(seed);
        switch.set_pace([20, 100, 400][dice.below(3) as usize]);
        let lots = Lots::at_first(&mut dice);
        switch.configure(&lots.file());
        let mut switch = switch;
        switch
            .load()
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let office = Office::in_front_of(switch);
        let of_sales = |application| [(application, "sales $1"), ("hangup", "")];
        office.switch.extension("8XX", &of_sales("callpark_slot"));
        office
            .switch
            .extension("*85(8XX)", &of_sales("callpark_retrieve"));
        let dave = office.switch.phone("1003@alpha.test");
        watch(&office.switch);
        Self {
            office,
            callers: Vec::new(),
            dave,
            dice,
            partings: Vec::new(),
            lots,
        }
    }

    /// Tells it to its end, while somebody is still on the line.
    pub(crate) fn tell(&mut self) {
        self.new_caller();
        for _ in 0..3 + self.dice.below(10) {
            self.pass_time();
            self.next_turn();
        }
        self.office.switch.heal();
        for _ in 0..4 {
            self.pass_time();
        }
    }

    /// Waits, mostly for moments and at times for a minute.
    fn pass_time(&mut self) {
        let millis = match self.dice.below(4) {
            0 => self.dice.below(30),
            1 => self.dice.below(400),
            2 => self.dice.below(6_000),
            _ => self.dice.below(70_000),
        };
        let until = self.office.switch.seconds() + millis as f64 / 1e3;
        self.partings
            .sort_by(|(one, _), (other, _)| one.total_cmp(other));
        while let Some((when, line)) = self
            .partings
            .first()
            .copied()
            .filter(|(when, _)| *when <= until)
        {
            self.run_until_moment(when);
            line.hangs_up();
            self.partings.remove(0);
        }
        self.run_until_moment(until);
    }

    fn run_until_moment(&self, moment: f64) {
        let left = moment - self.office.switch.seconds();
        if left > 0.0 {
            self.office.switch.run_for(left);
        }
    }

    pub(crate) fn new_caller(&mut self) {
        if self.callers.len() == CALLERS {
            return;
        }
        let number = format!("1555010{}", self.callers.len());
        let phone = self.office.switch.outside(&number, "Carol");
        let line = match self.dice.below(6) {
            0 => phone.calls("700"),
            way => self.handed_on(&phone, way),
        };
        self.callers.push(Caller { phone, line });
    }

    /// Alice answers, and hands the caller on in one way or another, or tries to.
    fn handed_on(&mut self, phone: &Phone, way: u64) -> Line {
        self.office.alice.answers_after(1);
        let line = phone.calls("1001");
        let talks = || line.is_bridged() && self.office.alice.is_in_a_call();
        if self.office.switch.comes_true(5.0, talks) {
            let alice = self.office.alice.line();
            match way {
                1 => alice.transfers_to("700", true),
                2 => alice.keys_in("callpark", ""),
                3 => self.consult(&alice),
                4 => {
                    alice.set_variable("confirm_blind_transfer", "true");
                    let lot = [700, 700, 800][self.dice.below(3) as usize];
                    alice.transfers_to(&format!("{}", lot + 1 + self.dice.below(SLOTS)), false);
                }
                _ => self.office.switch.begin_api(&format!(
                    "callpark park {} parker=1001@alpha.test",
                    line.uuid()
                )),
            }
        }
        let habit = [
            Habit::Ignores,
            Habit::Answers(3),
            Habit::Answers(20),
            Habit::Busy,
            Habit::Unregistered,
            Habit::NeverReports,
            Habit::Stuck(25),
        ];
        let habit = habit[self.dice.below(7) as usize];
        self.office.alice.behaves(habit);
        line
    }

    /// Alice holds the call, calls 700, listens for a while, and completes the transfer, or hangs up.
    fn consult(&mut self, alice: &Line) {
        alice.holds();
        let consultation = self.office.alice.calls("700");
        let patience = self.dice.below(6_000);
        self.office.switch.run_for(patience as f64 / 1e3);
        match self.dice.below(4) {
            0 => consultation.hangs_up(),
            _ => alice.completes_transfer_into(&consultation),
        }
    }
}

/// A screen of the company watches its list.
fn watch(switch: &Switch) {
    let answer = switch.json_api(
        r#"{"command":"callpark","data":{"verb":"subscribe","sessid":"0f0e0d0c-aaaa"},"sockData":{"verto_id":"1003","verto_domain":"alpha.test","verto_user":"1003@alpha.test"}}"#,
    );
    assert_eq!(answer["channel"], SCREEN, "{answer}");
}
