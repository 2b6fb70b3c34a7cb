//! The turns that a story takes: what callers, takers, operators and the core do to parked calls, and what goes wrong.

use crate::{
    Fault, Habit,
    story::{Caller, SLOTS, Story},
};

impl Story {
    /// One turn, whichever the dice say.
    pub(crate) fn next_turn(&mut self) {
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
            0 => slot.clone(),
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
