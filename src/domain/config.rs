//! A whole configuration: taken when everything in it is right, refused with all that is wrong.

use crate::{
    names::{DomainName, LotName},
    settings::{LotSettings, number, truth},
};
use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    sync::Arc,
};

/// A configuration as read, not judged yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawConfig {
    /// `<settings>`.
    pub settings: Vec<RawParam>,
    /// `<lots>`.
    pub lots: Vec<RawLot>,
    /// Elements that have no place there.
    pub unknown: Vec<String>,
}

/// One `<lot>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawLot {
    /// Its name.
    pub name: String,
    /// Its domain, or `*`.
    pub domain: String,
    /// Its parameters.
    pub params: Vec<RawParam>,
}

/// One `<param>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawParam {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// How calls are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldEngine {
    /// By the session's own thread.
    Thread,
    /// By a few threads for all calls.
    Shared,
}

/// The settings of the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleSettings {
    /// Where slots persist; empty: the module's own SQLite file.
    pub dsn: String,
    /// How calls are held.
    pub hold_engine: HoldEngine,
    /// Ring-backs at once.
    pub ring_backs: usize,
    /// Whether the applications of mod_valet_parking are offered; `None`: when that module is not loaded.
    pub valet_compat: Option<bool>,
    /// Several nodes on one store.
    pub cluster: bool,
    /// How other nodes reach this one.
    pub node_uri: String,
}

impl Default for ModuleSettings {
    fn default() -> Self {
        Self {
            dsn: String::new(),
            hold_engine: HoldEngine::Shared,
            ring_backs: 512,
            valet_compat: None,
            cluster: false,
            node_uri: String::new(),
        }
    }
}

/// One lot of one domain, or of every domain that has none of that name of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct LotDefinition {
    /// The lot.
    pub name: LotName,
    /// Its domain; `None`: `*`.
    pub domain: Option<DomainName>,
    /// Its settings.
    pub settings: Arc<LotSettings>,
}

/// A configuration that is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The module's settings.
    pub settings: ModuleSettings,
    /// The lots, by domain (`None` is `*`) and name.
    lots: BTreeMap<(Option<DomainName>, LotName), LotDefinition>,
}

/// Everything that is wrong, a line each.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(pub Vec<String>);

/// Something an operator should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning(String);

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Config {
    /// Judges a configuration.
    pub fn parse(raw: RawConfig) -> Result<(Self, Vec<Warning>), ConfigError> {
        let mut wrong: Vec<String> = raw
            .unknown
            .iter()
            .map(|name| format!("unknown element <{name}>"))
            .collect();
        let settings = module_settings(&raw.settings, &mut wrong);
        let mut lots = BTreeMap::new();
        for raw in &raw.lots {
            let Some(lot) = definition(raw, &mut wrong) else {
                continue;
            };
            let name = title(&lot);
            if lots
                .insert((lot.domain.clone(), lot.name.clone()), lot)
                .is_some()
            {
                wrong.push(format!("lot {name} stands twice"));
            }
        }
        if raw.lots.is_empty() {
            wrong.push("there is no lot".to_owned());
        }
        let config = Self { settings, lots };
        config.check_domains(&mut wrong);
        if wrong.is_empty() {
            let warnings = config.warnings();
            Ok((config, warnings))
        } else {
            Err(ConfigError(wrong))
        }
    }

    /// The lot that counts for a domain: its own, else the one of `*`.
    pub fn definition(&self, name: &LotName, domain: &DomainName) -> Option<&LotDefinition> {
        let own = self.lots.get(&(Some(domain.clone()), name.clone()));
        own.or_else(|| self.lots.get(&(None, name.clone())))
    }

    /// All lots.
    pub fn definitions(&self) -> impl Iterator<Item = &LotDefinition> {
        self.lots.values()
    }

    /// The lots that apply in a domain; of `None`: in a domain without lots of its own. Costs what these lots do, whatever
    /// the number of domains.
    pub fn applying(&self, domain: Option<&DomainName>) -> Vec<&LotDefinition> {
        let mut lots = match domain {
            Some(_) => self.of(domain),
            None => Vec::new(),
        };
        let own: Vec<_> = lots.iter().map(|lot| &lot.name).collect();
        let mut shared = self.of(None);
        shared.retain(|lot| !own.contains(&&lot.name));
        lots.extend(shared);
        lots
    }

    fn of(&self, domain: Option<&DomainName>) -> Vec<&LotDefinition> {
        let from = (domain.cloned(), LotName::LEAST);
        let lots = self.lots.range(from..).map(|(_, lot)| lot);
        lots.take_while(|lot| lot.domain.as_ref() == domain)
            .collect()
    }

    fn check_domains(&self, wrong: &mut Vec<String>) {
        let mut domains: Vec<_> = self
            .lots
            .keys()
            .map(|(domain, _)| domain.as_ref())
            .collect();
        domains.dedup();
        for domain in domains {
            let lots = self.applying(domain);
            for (index, lot) in lots.iter().enumerate() {
                for other in lots.iter().skip(index + 1) {
                    if let Some(slot) = lot.settings.slots.overlap(&other.settings.slots) {
                        wrong.push(format!(
                            "lot {}, slots: {slot} is a slot of {}, too",
                            title(other),
                            title(lot)
                        ));
                    }
                }
                let names = lots
                    .iter()
                    .filter(|other| lot.settings.slots.has_name(other.name.as_str()));
                wrong.extend(names.map(|other| {
                    format!("lot {}: its name is a slot of {}", title(other), title(lot))
                }));
            }
        }
        wrong.dedup();
    }

    fn warnings(&self) -> Vec<Warning> {
        let without = self
            .definitions()
            .filter(|lot| lot.settings.call.fallback.is_none());
        without
            .map(|lot| Warning(format!("lot {} has no fallback: a call that nobody takes rings its parker again and again", title(lot))))
            .collect()
    }
}

fn title(lot: &LotDefinition) -> String {
    let domain = lot.domain.as_ref().map_or("*", DomainName::as_str);
    format!("{}@{domain}", lot.name)
}

fn definition(raw: &RawLot, wrong: &mut Vec<String>) -> Option<LotDefinition> {
    let title = format!("{}@{}", raw.name, raw.domain);
    let name = LotName::parse(&raw.name);
    let domain = if raw.domain == "*" {
        Ok(None)
    } else {
        DomainName::parse(&raw.domain).map(Some)
    };
    let mut settings = LotSettings::default();
    let place = format!("lot {title}");
    wrong.extend(twice(&raw.params, &place));
    for param in &raw.params {
        if let Err(error) = settings.set(&param.name, &param.value) {
            wrong.push(format!("{place}, {error}"));
        }
    }
    match (name, domain) {
        (Ok(name), Ok(domain)) => Some(LotDefinition {
            name,
            domain,
            settings: Arc::new(settings),
        }),
        (name, domain) => {
            let errors = name.err().into_iter().chain(domain.err());
            wrong.extend(errors.map(|error| format!("{place}: {error}")));
            None
        }
    }
}

/// What stands there more than once.
fn twice(params: &[RawParam], place: &str) -> Vec<String> {
    let mut seen = HashSet::new();
    let again = params.iter().filter(|param| !seen.insert(&param.name));
    let told = again.map(|param| format!("{place}, {}: stands twice", param.name));
    told.collect()
}

fn module_settings(params: &[RawParam], wrong: &mut Vec<String>) -> ModuleSettings {
    let mut settings = ModuleSettings::default();
    wrong.extend(twice(params, "settings"));
    for RawParam { name, value } in params {
        if let Err(takes) = settings.set(name, value) {
            wrong.push(format!("settings, {name}=\"{value}\": takes {takes}"));
        }
    }
    settings
}

impl ModuleSettings {
    /// Sets one; the error says what it takes.
    fn set(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        const TRUTH: &str = "true or false";
        match name {
            "dsn" => self.dsn = value.to_owned(),
            "node-uri" => self.node_uri = value.to_owned(),
            "cluster" => self.cluster = truth(value).ok_or(TRUTH)?,
            "hold-engine" => {
                self.hold_engine = match value {
                    "thread" => HoldEngine::Thread,
                    "shared" => HoldEngine::Shared,
                    _ => return Err("thread or shared"),
                }
            }
            "ring-backs" => self.ring_backs = number(value, 1..=5000).ok_or("1 to 5000")? as usize,
            "valet-compat" => {
                self.valet_compat = match value {
                    "auto" => None,
                    other => Some(truth(other).ok_or("auto, true or false")?),
                }
            }
            _ => return Err("no such parameter"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lot(name: &str, domain: &str, params: &[(&str, &str)]) -> RawLot {
        RawLot {
            name: name.to_owned(),
            domain: domain.to_owned(),
            params: params
                .iter()
                .map(|(name, value)| param(name, value))
                .collect(),
        }
    }

    fn param(name: &str, value: &str) -> RawParam {
        RawParam {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    fn parse(lots: Vec<RawLot>) -> Result<(Config, Vec<Warning>), ConfigError> {
        Config::parse(RawConfig {
            lots,
            ..RawConfig::default()
        })
    }

    #[test]
    fn a_domains_own_lot_comes_before_the_one_of_all() {
        let lots = vec![
            lot("default", "*", &[]),
            lot("Default", "a.test", &[("timeout", "5")]),
        ];
        let (config, warnings) = parse(lots).unwrap();
        let timeout = |domain| {
            let domain = DomainName::parse(domain).unwrap();
            config
                .definition(&LotName::default(), &domain)
                .unwrap()
                .settings
                .call
                .timeout
        };
        assert_eq!((timeout("A.test"), timeout("b.test")), (5, 120));
        assert_eq!(warnings.len(), 2);
        assert!(
            config
                .definition(
                    &LotName::parse("x").unwrap(),
                    &DomainName::parse("a.test").unwrap()
                )
                .is_none()
        );
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_lot_parameter_and_what_it_takes() {
        let error = parse(vec![
            lot("default", "*", &[("timeout", "x"), ("tiemout", "5")]),
            lot("7", "*", &[]),
            lot("b", "", &[("slots", "801-802")]),
        ])
        .unwrap_err()
        .to_string();
        for part in [
            "lot default@*, timeout=\"x\": takes 0 to 86400 seconds",
            "tiemout",
            "lot 7@*",
            "lot b@",
        ] {
            assert!(error.contains(part), "{part} in {error}");
        }
    }

    #[test]
    fn lots_of_one_domain_share_no_slot_the_star_lots_counted_in() {
        let star = || lot("default", "*", &[]);
        let sales = |slots| lot("sales", "a.test", &[("slots", slots)]);
        let error = parse(vec![star(), sales("799-810")])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("799") && error.contains("sales@a.test") && error.contains("default@*"),
            "{error}"
        );
        assert!(parse(vec![star(), sales("800-810")]).is_ok());
        // A lot of the same name takes the star's place in its domain.
        assert!(
            parse(vec![
                star(),
                lot("default", "a.test", &[("slots", "701-705")])
            ])
            .is_ok()
        );
        assert!(
            parse(vec![
                star(),
                lot("x", "a.test", &[("slots", "701-702")]),
                lot("x", "b.test", &[("slots", "901")])
            ])
            .is_err()
        );
    }

    #[test]
    fn a_lots_name_is_no_slot_of_its_domain() {
        let lots = vec![lot("p1", "*", &[("slots", "p1-p9")])];
        assert!(parse(lots).unwrap_err().to_string().contains("p1@*"));
    }

    #[test]
    fn duplicates_unknown_elements_and_an_empty_file_are_refused() {
        assert!(parse(vec![]).is_err());
        assert!(parse(vec![lot("a", "*", &[]), lot("A", "*", &[("slots", "1")])]).is_err());
        assert!(parse(vec![lot("a", "*", &[("timeout", "1"), ("timeout", "2")])]).is_err());
        let unknown = RawConfig {
            unknown: vec!["lott".to_owned()],
            lots: vec![lot("a", "*", &[])],
            settings: vec![
                param("ring-backs", "0"),
                param("cluster", "maybe"),
                param("x", "y"),
            ],
        };
        let error = Config::parse(unknown).unwrap_err();
        assert_eq!(error.0.len(), 4, "{error}");
    }
}
