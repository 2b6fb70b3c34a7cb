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
}

impl Lots {
    /// As a story begins: the lot of the samples, and another one to move calls to.
    pub(crate) const AT_FIRST: Self = Self {
        slots: "701-799",
        timeout: 120,
        sales: true,
    };

    fn drawn(dice: &mut Dice) -> Self {
        Self {
            slots: ["701-799", "701-704", "702-710"][dice.below(3) as usize],
            timeout: [5, 20, 120][dice.below(3) as usize],
            sales: dice.below(3) > 0,
        }
    }

    /// The configuration file.
    pub(crate) fn file(&self) -> String {
        let lot = |name, domain, slots| {
            format!(
                r#"<lot name="{name}" domain="{domain}"><param name="slots" value="{slots}"/>
                <param name="timeout" value="{}"/><param name="fallback" value="operator XML default"/></lot>"#,
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
