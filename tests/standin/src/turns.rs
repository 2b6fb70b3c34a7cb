//! The turns that a story takes: what callers, takers, operators and the core do to parked calls, and what goes wrong.

use crate::{
    Fault, Habit,
    story::{Caller, SLOTS, Story},
};

/// What makes an event, of a call or of a lamp: one that is refused is not told.
pub(crate) const EVENT: &str = "switch_event_create_subclass_detailed";

/// Host calls that may refuse without costing a caller.
const REFUSABLE: [&str; 8] = [
    "switch_thread_create",
    "switch_ivr_originate",
    "switch_core_event_hook_add_receive_message",
    "switch_core_perform_new_memory_pool",
    "switch_ivr_play_file",
    "switch_xml_locate_user_merged",
    EVENT,
    "switch_core_chat_send_args",
];

/// Where a call is, or could be.
struct Slot {
    lot: String,
    slot: String,
}

impl Story {
    /// One turn, whichever the dice say.
    pub(crate) fn next_turn(&mut self) {
        match self.dice.below(14) {
            0 | 1 => self.new_caller(),
            2 | 3 => self.somebody_takes_a_call(),
            4 => self.two_take_the_same_call(),
            5 => self.a_caller_gives_up(),
            6 | 7 => self.an_operator_does_something(),
            8 => self.an_operator_reloads(),
            9 => self.a_command_of_the_core(),
            10 => self.alice_changes_her_mind(),
            11 => self.alice_hangs_up(),
            _ => self.something_goes_wrong(),
        }
    }

    /// A slot: mostly one with a call in it.
    fn slot(&mut self) -> Slot {
        let list = self.office.switch.api_json("callpark list json");
        let taken = list.as_array().map_or(0, Vec::len) as u64;
        let call = list.get(self.dice.below(taken + 1) as usize);
        let of_call = |name: &str| call.and_then(|call| call[name].as_str()).map(str::to_owned);
        match (of_call("lot"), of_call("slot")) {
            (Some(lot), Some(slot)) => Slot { lot, slot },
            _ => Slot {
                lot: "default".to_owned(),
                slot: format!("{}", 701 + self.dice.below(SLOTS)),
            },
        }
    }

    fn somebody_takes_a_call(&mut self) {
        let slot = self.slot();
        let bob = self.dice.below(2) == 0;
        self.takes(bob, &slot);
    }

    fn two_take_the_same_call(&mut self) {
        let slot = self.slot();
        self.takes(true, &slot);
        let between = self.dice.below(60);
        self.office.switch.run_for(between as f64 / 1e3);
        self.takes(false, &slot);
    }

    /// Bob, or else Dave, dials a slot, and will hang up after a while.
    fn takes(&mut self, bob: bool, slot: &Slot) {
        let exten = match self.dice.below(2) {
            0 => slot.slot.clone(),
            _ => format!("*85{}", slot.slot),
        };
        let taker = if bob { &self.office.bob } else { &self.dave };
        let line = taker.calls(&exten);
        let patience = match self.dice.below(3) {
            0 => self.dice.below(120),
            1 => self.dice.below(2_000),
            _ => self.dice.below(60_000),
        };
        self.partings
            .push((self.office.switch.seconds() + patience as f64 / 1e3, line));
    }

    fn any_caller(&mut self) -> Option<&Caller> {
        let at = self.dice.below(self.callers.len() as u64) as usize;
        self.callers.get(at)
    }

    fn a_caller_gives_up(&mut self) {
        if let Some(caller) = self.any_caller() {
            caller.line.hangs_up();
        }
    }

    fn an_operator_does_something(&mut self) {
        let Slot { lot, slot } = self.slot();
        let place = format!("{lot}@alpha.test {slot}");
        let other = if lot == "sales" { "default" } else { "sales" };
        let command = match self.dice.below(7) {
            0 => format!("return {place}"),
            1 => format!("move {place} auto"),
            2 => format!("move {place} {other} auto"),
            3 => format!("transfer {place} operator XML default"),
            4 => format!("drop {place}"),
            5 => format!("retrieve {place} 1002@alpha.test"),
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
            Habit::NeverReports,
            Habit::Stuck(25),
        ];
        self.office
            .alice
            .behaves(habits[self.dice.below(8) as usize]);
    }

    fn alice_hangs_up(&mut self) {
        if self.office.alice.is_in_a_call() {
            self.office.alice.line().hangs_up();
        }
    }

    fn something_goes_wrong(&mut self) {
        let nth = 1 + self.dice.below(120) as u32;
        let dies = |phone: &str| Fault::LegDies {
            phone: phone.to_owned(),
            call: "",
            nth,
        };
        let fault = match self.dice.below(7) {
            0 => match self.any_caller() {
                Some(caller) => dies(caller.phone.address()),
                None => Fault::CannotSay,
            },
            1 => dies("1001@alpha.test"),
            2 => dies("1002@alpha.test"),
            3 => dies("1003@alpha.test"),
            4 => Fault::MissingSound("local_stream".to_owned()),
            _ => Fault::Refuses {
                call: REFUSABLE[self.dice.below(REFUSABLE.len() as u64) as usize],
                nth: 1 + nth % 3,
            },
        };
        self.office.switch.fault(fault);
    }
}
