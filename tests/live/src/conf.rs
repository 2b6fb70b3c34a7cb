//! The configuration of a test's switch: the repository's own samples in a small directory and dialplan.
//!
//! Two tenants, `alpha.test` and `beta.test`, with users 1000 to 1019. Phones register at the profile `internal`; callers
//! from outside come in at `external`, unauthenticated.

mod core;
mod people;

pub use people::password;

use crate::{sound, switch::repository};
use std::{env, fmt::Write, fs, path::Path};

/// The hold music, in hertz.
pub const MUSIC: f64 = 440.0;
/// What `local_stream://stereo` plays, in hertz, and `sounds/stereo/hold.wav`.
pub const STEREO: f64 = 700.0;
/// `CALLPARK_HOLD_ENGINE=shared` plays every test with that engine.
const HOLD_ENGINE: &str = "CALLPARK_HOLD_ENGINE";
/// Tenants.
pub const DOMAINS: [&str; 2] = ["alpha.test", "beta.test"];

/// A spoken digit, in hertz: sounds of our own stand for the switch's.
pub fn digit_tone(digit: u32) -> f64 {
    1000.0 + 100.0 * f64::from(digit)
}

/// Ports of a switch on the loopback address.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// Event socket.
    pub esl: u16,
    /// SIP of the users.
    pub inside: u16,
    /// SIP of everyone else.
    pub outside: u16,
    /// The first and the last port for RTP.
    pub rtp: (u16, u16),
}

/// What a test wants to be other than usual.
#[derive(Debug, Clone, Default)]
pub struct Conf {
    /// How calls are held; as the environment says, unless a test does.
    hold_engine: Option<&'static str>,
    /// Parameters of the lot `default` of every domain.
    lot: Vec<(String, String)>,
    /// More lots, as XML.
    lots: String,
    /// The whole of `callpark.conf` instead.
    whole: Option<String>,
    /// More extensions of the users' context.
    extensions: String,
    /// More extensions of the callers' context.
    outside: String,
    /// More parameters of both SIP profiles.
    profile: String,
    /// More of the core's modules, by name.
    modules: Vec<String>,
    /// More configurations, as XML.
    configurations: String,
    /// One of the core's modules that stays out.
    left_out: Option<&'static str>,
    /// Whether mod_callpark stays out.
    bare: bool,
    /// More of what is dialled for a user.
    pages: &'static str,
    /// Variables of the program's environment, as `NAME=value`.
    environment: Vec<String>,
}

impl Conf {
    /// Calls are held this way, whatever `CALLPARK_HOLD_ENGINE` says.
    pub fn held_by(mut self, engine: &'static str) -> Self {
        self.hold_engine = Some(engine);
        self
    }

    /// The sample's lot with another parameter.
    pub fn lot(mut self, name: &str, value: &str) -> Self {
        self.lot.retain(|(given, _)| given != name);
        self.lot.push((name.to_owned(), value.to_owned()));
        self
    }

    /// One more `<lot>`.
    pub fn more_lots(mut self, xml: &str) -> Self {
        self.lots += xml;
        self
    }

    /// The sample file of the repository as it is.
    pub fn sample(mut self) -> Self {
        self.whole = Some(repository_file(
            "fs-conf/autoload_configs/callpark.conf.xml",
        ));
        self
    }

    /// One more extension of context `default`: its number as a pattern, and `(application, data)`.
    pub fn extension(mut self, pattern: &str, actions: &[(&str, &str)]) -> Self {
        self.extensions += &extension(pattern, actions);
        self
    }

    /// One more extension of context `public`, where callers from outside come in.
    pub fn outside_extension(mut self, pattern: &str, actions: &[(&str, &str)]) -> Self {
        self.outside += &extension(pattern, actions);
        self
    }

    /// One more of the core's modules, such as `cdr_csv`, with its `<configuration>`.
    pub fn module(mut self, name: &str, configuration: &str) -> Self {
        self.modules.push(name.to_owned());
        self.configurations += configuration;
        self
    }

    /// Without one of the core's modules.
    pub fn without(mut self, name: &'static str) -> Self {
        self.left_out = Some(name);
        self
    }

    /// Without mod_callpark: for tests of the harness itself.
    pub fn without_the_module(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Users are rung on the pages that they have open, too, as vanilla's directory has it.
    pub fn rings_pages(mut self) -> Self {
        self.pages = ",${verto_contact(${dialed_user}@${dialed_domain})}";
        self
    }

    /// The program has these variables, `NAME=value`, in its environment.
    pub fn environment(mut self, variables: Vec<String>) -> Self {
        self.environment = variables;
        self
    }

    /// What it has in its environment.
    pub fn variables(&self) -> &[String] {
        &self.environment
    }

    /// Whether mod_callpark is loaded.
    pub fn has_the_module(&self) -> bool {
        !self.bare
    }

    /// One more parameter of the SIP profiles.
    pub fn profile_param(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.profile, r#"<param name="{name}" value="{value}"/>"#);
        self
    }

    /// Writes everything below `folder`.
    pub fn write(&self, folder: &Path, ports: &Ports, password: &str) {
        let xml = [
            r#"<document type="freeswitch/xml"><section name="configuration">"#.to_owned(),
            self.core(folder, ports, password),
            format!(
                r#"<configuration name="sofia.conf"><profiles>{}{}</profiles></configuration>"#,
                self.sip_profile("internal", ports.inside, true),
                self.sip_profile("external", ports.outside, false)
            ),
            self.callpark(),
            self.configurations.clone(),
            repository_file("fs-conf/autoload_configs/presence_map.conf.xml"),
            "</section>".to_owned(),
            self.dialplan(),
            people::directory(self.pages),
            people::languages(folder),
            "</document>".to_owned(),
        ];
        fs::write(folder.join("conf/freeswitch.xml"), xml.join("\n")).unwrap();
        // What the switch's own web server says of its files.
        let types = "text/html html\ntext/css css\ntext/javascript js\nimage/svg+xml svg\n";
        fs::write(folder.join("conf/mime.types"), types).unwrap();
        let music = folder.join("sounds/music");
        fs::create_dir_all(&music).unwrap();
        sound::write_tone(&music.join("hold.wav"), MUSIC, 10.0);
        let stereo = folder.join("sounds/stereo");
        fs::create_dir_all(&stereo).unwrap();
        sound::write_stereo(&stereo.join("hold.wav"), STEREO, 10.0);
        let digits = folder.join("sounds/digits/8000");
        fs::create_dir_all(&digits).unwrap();
        for digit in 0..10 {
            sound::write_tone(&digits.join(format!("{digit}.wav")), digit_tone(digit), 0.5);
        }
    }

    fn callpark(&self) -> String {
        if let Some(whole) = &self.whole {
            return whole.clone();
        }
        let mut params = String::new();
        for (name, value) in &self.lot {
            let _ = write!(params, r#"<param name="{name}" value="{value}"/>"#);
        }
        let engine = self.hold_engine.map_or_else(
            || env::var(HOLD_ENGINE).ok(),
            |engine| Some(engine.to_owned()),
        );
        let engine = engine
            .map(|engine| format!(r#"<param name="hold-engine" value="{engine}"/>"#))
            .unwrap_or_default();
        format!(
            r#"<configuration name="callpark.conf"><settings>{engine}</settings><lots><lot name="default" domain="*">{params}</lot>{}</lots></configuration>"#,
            self.lots
        )
    }

    fn sip_profile(&self, name: &str, port: u16, auth: bool) -> String {
        let context = if auth { "default" } else { "public" };
        let domains = if auth {
            DOMAINS
                .map(|domain| format!(r#"<domain name="{domain}" alias="true" parse="false"/>"#))
                .concat()
        } else {
            String::new()
        };
        let params = [
            ("sip-ip", "127.0.0.1"),
            ("rtp-ip", "127.0.0.1"),
            ("sip-port", &port.to_string()),
            ("context", context),
            ("dialplan", "XML"),
            ("auth-calls", if auth { "true" } else { "false" }),
            ("manage-presence", if auth { "true" } else { "false" }),
            ("inbound-codec-prefs", "PCMU"),
            ("outbound-codec-prefs", "PCMU"),
            ("rtp-timer-name", "soft"),
            ("send-display-update", "true"),
            ("presence-proto-lookup", "true"),
            ("challenge-realm", "auto_from"),
            ("inbound-reg-force-matching-username", "true"),
            ("dbname", name),
        ];
        let params = params
            .map(|(name, value)| format!(r#"<param name="{name}" value="{value}"/>"#))
            .concat();
        format!(
            r#"<profile name="{name}"><domains>{domains}</domains><settings>{params}{}</settings></profile>"#,
            self.profile
        )
    }
}

fn extension(pattern: &str, actions: &[(&str, &str)]) -> String {
    let mut xml = format!(
        r#"<extension name="{pattern}"><condition field="destination_number" expression="^{pattern}$">"#
    );
    for (application, data) in actions {
        let _ = write!(
            xml,
            r#"<action application="{application}" data="{data}"/>"#
        );
    }
    xml + "</condition></extension>"
}

fn repository_file(name: &str) -> String {
    let path = repository().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
