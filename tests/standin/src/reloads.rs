//! What an operator does to the configuration while calls are in slots: good files that change it, bad ones that must
//! change nothing.

use crate::{Switch, dice::Dice, schedule::fail, story::Story};
use std::collections::BTreeSet;

/// Files that must be refused: no XML, an unknown parameter, a value out of range, two lots with the same slots.
const BAD: [&str; 4] = [
    "<configuration name='callpark.conf'><lots><lot name='default' domain='*'>",
    "<configuration name='callpark.conf'><lots><lot name='default' domain='*'>\
     <param name='tiemout' value='5'/></lot></lots></configuration>",
    "<configuration name='callpark.conf'><lots><lot name='default' domain='*'>\
     <param name='timeout' value='86401'/></lot></lots></configuration>",
    "<configuration name='callpark.conf'><lots><lot name='default' domain='*'/>\
     <lot name='sales' domain='alpha.test'><param name='slots' value='703-705'/></lot></lots></configuration>",
];

/// The settings of a story that a reload may change.
pub(crate) struct Lots {
    slots: &'static str,
    timeout: u32,
    /// Whether there is a second lot in the domain.
    pub(crate) sales: bool,
    rules: Rules,
}

/// What else may be said of the lots.
#[derive(Clone, Copy)]
struct Rules {
    fallback: bool,
    max_wait: u32,
    ring_attempts: u32,
    occupied: &'static str,
    exit_key: &'static str,
    max_parked: u32,
}

/// Seconds after which a call may end that has no fallback.
pub(crate) const SHORT_WAIT: i64 = 90;

impl Lots {
    /// As a story begins: the slots of the samples, and another lot to move calls to.
    pub(crate) fn at_first(dice: &mut Dice) -> Self {
        Self {
            slots: "701-799",
            timeout: 120,
            sales: true,
            rules: Rules::drawn(dice),
        }
    }

    fn drawn(dice: &mut Dice) -> Self {
        Self {
            slots: ["701-799", "701-704", "702-710"][dice.below(3) as usize],
            timeout: [5, 20, 120][dice.below(3) as usize],
            sales: dice.below(3) > 0,
            rules: Rules::drawn(dice),
        }
    }

    /// How many calls a lot of so many slots takes.
    pub(crate) fn room(&self, slots: u64) -> u64 {
        match self.rules.max_parked {
            0 => slots,
            quota => slots.min(quota.into()),
        }
    }

    /// The configuration file.
    pub(crate) fn file(&self) -> String {
        let lot = |name, domain, slots| {
            let rules = self.rules.parameters();
            format!(
                r#"<lot name="{name}" domain="{domain}"><param name="slots" value="{slots}"/>
                <param name="timeout" value="{}"/>{rules}</lot>"#,
                self.timeout
            )
        };
        let sales = if self.sales {
            lot("sales", "alpha.test", "801-804")
        } else {
            String::new()
        };
        let default = lot("default", "*", self.slots);
        format!(
            r#"<configuration name="callpark.conf"><lots>{default}{sales}</lots></configuration>"#
        )
    }

    /// As `lots` shows them.
    fn shown(&self) -> BTreeSet<String> {
        let lot = |name, slots| format!("{name} {slots} {}", self.timeout);
        let sales = self.sales.then(|| lot("sales", "801-804"));
        sales
            .into_iter()
            .chain([lot("default", self.slots)])
            .collect()
    }
}

impl Rules {
    fn drawn(dice: &mut Dice) -> Self {
        Self {
            fallback: dice.below(3) > 0,
            max_wait: [1800, 1800, SHORT_WAIT as u32][dice.below(3) as usize],
            ring_attempts: [1, 3][dice.below(2) as usize],
            occupied: ["refuse", "next"][dice.below(2) as usize],
            exit_key: ["", "5"][dice.below(2) as usize],
            max_parked: [0, 0, 0, 2][dice.below(4) as usize],
        }
    }

    fn parameters(self) -> String {
        let fallback = if self.fallback {
            "operator XML default"
        } else {
            ""
        };
        let all = [
            ("fallback", fallback.to_owned()),
            ("max-wait", self.max_wait.to_string()),
            ("ring-attempts", self.ring_attempts.to_string()),
            ("retry-after", "10".to_owned()),
            ("occupied", self.occupied.to_owned()),
            ("exit-key", self.exit_key.to_owned()),
            ("max-parked", self.max_parked.to_string()),
        ];
        let param =
            |(name, value): (&str, String)| format!(r#"<param name="{name}" value="{value}"/>"#);
        all.map(param).concat()
    }
}

impl Story {
    /// A reload: good and in force, or bad and without a trace.
    pub(crate) fn an_operator_reloads(&mut self) {
        let switch = &self.office.switch;
        if self.dice.below(3) == 0 {
            switch.write_configuration(BAD[self.dice.below(BAD.len() as u64) as usize]);
            must_begin_with(switch, "-ERR");
            // Whatever the host reads next must be good, as it was.
            switch.write_configuration(&self.lots.file());
        } else {
            self.lots = Lots::drawn(&mut self.dice);
            switch.write_configuration(&self.lots.file());
            must_begin_with(switch, "+OK");
        }
        let (in_force, wanted) = (in_force(switch), self.lots.shown());
        if in_force != wanted {
            fail(&format!(
                "after a reload {in_force:?} is in force, not {wanted:?}"
            ));
        }
    }
}

fn must_begin_with(switch: &Switch, word: &str) {
    let reply = switch.api("callpark reload");
    if !reply.starts_with(word) {
        fail(&format!("a reload answers {reply:?}, not {word}"));
    }
}

/// Name, slots and timeout of every lot; one that only ends its calls has no settings any more.
fn in_force(switch: &Switch) -> BTreeSet<String> {
    let lots = switch.api_json("callpark lots @alpha.test json");
    let rows = lots.as_array().into_iter().flatten();
    rows.filter_map(|lot| {
        let (name, slots) = (lot["lot"].as_str()?, lot["slots"].as_str()?);
        Some(format!("{name} {slots} {}", lot["timeout"]))
    })
    .collect()
}
