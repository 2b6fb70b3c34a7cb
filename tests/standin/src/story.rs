//! A story drawn from a seed: callers are parked, taken, moved, dropped and forgotten, in any order, while phones do as
//! they like and some things go wrong.

use crate::{Fault, Habit, Line, Phone, Switch, dice::Dice, scenes::Office};

/// Slots that a story uses: few, so that they meet.
const SLOTS: u64 = 4;
/// Most callers of a story.
const CALLERS: usize = 4;

/// Somebody from outside.
pub(crate) struct Caller {
    pub(crate) phone: Phone,
    pub(crate) line: Line,
    /// Has hung up, was killed, or may have died by a fault.
    pub(crate) may_be_gone: bool,
}

/// A story while it is told.
pub(crate) struct Story {
    pub(crate) office: Office,
    pub(crate) callers: Vec<Caller>,
    dave: Phone,
    dice: Dice,
    /// Lines that will hang up, and when.
    partings: Vec<(f64, Line)>,
}

impl Story {
    pub(crate) fn open(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 4);
        let switch = Switch::boot(seed);
        switch.set_pace([20, 100, 400][dice.below(3) as usize]);
        let mut switch = switch;
        switch
            .load()
            .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        let office = Office::in_front_of(switch);
        let dave = office.switch.phone("1003@alpha.test");
        Self {
            office,
            callers: Vec::new(),
            dave,
            dice,
            partings: Vec::new(),
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

    fn next_turn(&mut self) {
        match self.dice.below(12) {
            0 | 1 => self.new_caller(),
            2..5 => self.somebody_takes_a_call(),
            5 => self.a_caller_gives_up(),
            6 | 7 => self.an_operator_does_something(),
            8 => self.a_command_of_the_core(),
            9 => self.alice_changes_her_mind(),
            10 => self.alice_hangs_up(),
            _ => self.something_goes_wrong(),
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

    fn new_caller(&mut self) {
        if self.callers.len() == CALLERS {
            return;
        }
        let number = format!("1555010{}", self.callers.len());
        let phone = self.office.switch.outside(&number, "Carol");
        let line = match self.dice.below(6) {
            0 => phone.calls("700"),
            way => self.handed_on(&phone, way),
        };
        self.callers.push(Caller {
            phone,
            line,
            may_be_gone: false,
        });
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
                    alice.transfers_to(&format!("{}", 701 + self.dice.below(SLOTS)), false);
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
        ];
        let habit = habit[self.dice.below(5) as usize];
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

    /// A slot: mostly one with a call in it.
    fn slot(&mut self) -> String {
        let list = self.office.switch.api_json("callpark list json");
        let taken = list.as_array().map_or(0, Vec::len) as u64;
        match list
            .get(self.dice.below(taken + 1) as usize)
            .and_then(|call| call["slot"].as_str())
        {
            Some(slot) => slot.to_owned(),
            None => format!("{}", 701 + self.dice.below(SLOTS)),
        }
    }

    fn somebody_takes_a_call(&mut self) {
        let slot = self.slot();
        let exten = match self.dice.below(2) {
            0 => format!("{slot}"),
            _ => format!("*85{slot}"),
        };
        let taker = if self.dice.below(2) == 0 {
            &self.office.bob
        } else {
            &self.dave
        };
        let line = taker.calls(&exten);
        let patience = match self.dice.below(3) {
            0 => self.dice.below(120),
            1 => self.dice.below(2_000),
            _ => self.dice.below(60_000),
        };
        self.partings
            .push((self.office.switch.seconds() + patience as f64 / 1e3, line));
    }

    fn any_caller(&mut self) -> Option<&mut Caller> {
        let at = self.dice.below(self.callers.len() as u64) as usize;
        self.callers.get_mut(at)
    }

    fn a_caller_gives_up(&mut self) {
        if let Some(caller) = self.any_caller() {
            caller.may_be_gone = true;
            caller.line.hangs_up();
        }
    }

    fn an_operator_does_something(&mut self) {
        let slot = self.slot();
        let command = match self.dice.below(6) {
            0 => format!("return default@alpha.test {slot}"),
            1 => format!("move default@alpha.test {slot} auto"),
            2 => format!("transfer default@alpha.test {slot} operator XML default"),
            3 => {
                self.callers
                    .iter_mut()
                    .for_each(|caller| caller.may_be_gone = true);
                format!("drop default@alpha.test {slot}")
            }
            4 => format!("retrieve default@alpha.test {slot} 1002@alpha.test"),
            _ => "list json".to_owned(),
        };
        if self.dice.below(2) == 0 {
            self.office.bob.answers_after(2);
        } else {
            self.office.bob.ignores_calls();
        }
        self.office.switch.begin_api(&format!("callpark {command}"));
    }

    fn a_command_of_the_core(&mut self) {
        let way = self.dice.below(5);
        let Some(caller) = self.any_caller() else {
            return;
        };
        caller.may_be_gone |= way == 4;
        let line = caller.line;
        match way {
            0 => self.office.switch.uuid_break(&line),
            1 => {
                self.office.switch.uuid_hold(&line, true);
                if self.dice.below(2) == 0 {
                    self.office.switch.run_for(1.0);
                    self.office.switch.uuid_hold(&line, false);
                }
            }
            2 => line.presses("5#"),
            3 => self.office.switch.uuid_transfer(&line, "operator"),
            _ => self.office.switch.uuid_kill(&line),
        }
    }

    fn alice_changes_her_mind(&mut self) {
        let habits = [
            Habit::Answers(1),
            Habit::Answers(9),
            Habit::Ignores,
            Habit::Declines(2),
            Habit::Busy,
            Habit::Unregistered,
        ];
        self.office
            .alice
            .behaves(habits[self.dice.below(6) as usize]);
    }

    fn alice_hangs_up(&mut self) {
        if self.office.alice.is_in_a_call() {
            self.office.alice.line().hangs_up();
        }
    }

    fn something_goes_wrong(&mut self) {
        let nth = 1 + self.dice.below(120) as u32;
        let fault = match self.dice.below(5) {
            0 => match self.any_caller() {
                Some(caller) => {
                    caller.may_be_gone = true;
                    Fault::LegDies {
                        phone: caller.phone.address().to_owned(),
                        call: "",
                        nth,
                    }
                }
                None => Fault::CannotSay,
            },
            1 => Fault::LegDies {
                phone: "1002@alpha.test".to_owned(),
                call: "",
                nth,
            },
            2 => Fault::LegDies {
                phone: "1001@alpha.test".to_owned(),
                call: "",
                nth,
            },
            3 => Fault::MissingSound("local_stream".to_owned()),
            _ => Fault::Refuses {
                call: "switch_thread_create",
                nth: 1 + nth % 3,
            },
        };
        self.office.switch.fault(fault);
    }
}
