//! `callpark.conf`: read from the host, judged by the domain.

use super::Callpark;
use crate::fs::{
    config::{self, Element},
    log::{Level, log},
};
use callpark_domain::config::{Config, ConfigError, RawConfig, RawLot, RawParam};
use std::sync::Arc;

/// Why a configuration is not taken.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The host has no such configuration.
    #[error("there is no configuration callpark.conf (autoload_configs/callpark.conf.xml)")]
    Missing,
    /// It is there, and wrong.
    #[error("callpark.conf: {0}")]
    Wrong(#[from] ConfigError),
    /// The host could not read its files again, or has no memory for the hold engine.
    #[error("{0}")]
    Host(String),
}

/// Reads and checks the configuration; warnings go to the log.
pub fn read() -> Result<Config, LoadError> {
    let root = config::read(c"callpark.conf").ok_or(LoadError::Missing)?;
    let (config, warnings) = Config::parse(raw(&root))?;
    for warning in warnings {
        log(Level::Warning, &format!("callpark.conf: {warning}"));
    }
    Ok(config)
}

impl Callpark {
    /// Reads the host's files again and puts the new configuration in force, or changes nothing.
    pub fn reload(&self) -> Result<(), LoadError> {
        config::reload_files().map_err(|error| LoadError::Host(format!("reloadxml: {error}")))?;
        let config = Arc::new(read()?);
        self.ready_engine(config.settings.hold_engine)
            .map_err(|error| LoadError::Host(error.to_string()))?;
        self.ringing.resize(config.settings.ring_backs);
        self.table.lock().reconfigure(config);
        self.publish();
        log(Level::Notice, "callpark.conf is in force");
        Ok(())
    }
}

fn raw(root: &Element) -> RawConfig {
    let mut config = RawConfig::default();
    for section in &root.children {
        match section.name.as_str() {
            "settings" => params(section, &mut config.settings, &mut config.unknown),
            "lots" => lots(section, &mut config),
            other => config.unknown.push(other.to_owned()),
        }
    }
    config
}

fn lots(section: &Element, config: &mut RawConfig) {
    for lot in &section.children {
        if lot.name != "lot" {
            config.unknown.push(lot.name.clone());
            continue;
        }
        let mut raw = RawLot {
            name: lot.attribute("name").to_owned(),
            domain: lot.attribute("domain").to_owned(),
            params: Vec::new(),
        };
        params(lot, &mut raw.params, &mut config.unknown);
        config.lots.push(raw);
    }
}

fn params(section: &Element, params: &mut Vec<RawParam>, unknown: &mut Vec<String>) {
    for param in &section.children {
        if param.name == "param" {
            params.push(RawParam {
                name: param.attribute("name").to_owned(),
                value: param.attribute("value").to_owned(),
            });
        } else {
            unknown.push(param.name.clone());
        }
    }
}
