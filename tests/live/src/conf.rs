//! The configuration of a test's switch: the repository's own samples in a small directory and dialplan.
//!
//! Two tenants, `alpha.test` and `beta.test`, with users 1000 to 1009. Phones register at the profile `internal`; callers
//! from outside come in at `external`, unauthenticated.

use crate::{sound, switch::repository};
use std::{fmt::Write, fs, path::Path};

/// The hold music, in hertz.
pub const MUSIC: f64 = 440.0;
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
}

/// What a test wants to be other than usual.
#[derive(Debug, Clone, Default)]
pub struct Conf {
    /// Parameters of the lot `default` of every domain.
    lot: Vec<(String, String)>,
    /// More lots, as XML.
    lots: String,
    /// The whole of `callpark.conf` instead.
    whole: Option<String>,
    /// More extensions of the users' context.
    extensions: String,
    /// More parameters of both SIP profiles.
    profile: String,
}

impl Conf {
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
        let _ = write!(
            self.extensions,
            r#"<extension name="{pattern}"><condition field="destination_number" expression="^{pattern}$">"#
        );
        for (application, data) in actions {
            let _ = write!(
                self.extensions,
                r#"<action application="{application}" data="{data}"/>"#
            );
        }
        self.extensions += "</condition></extension>";
        self
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
            core(folder, ports, password),
            format!(
                r#"<configuration name="sofia.conf"><profiles>{}{}</profiles></configuration>"#,
                self.sip_profile("internal", ports.inside, true),
                self.sip_profile("external", ports.outside, false)
            ),
            self.callpark(),
            "</section>".to_owned(),
            self.dialplan(),
            directory(),
            languages(folder),
            "</document>".to_owned(),
        ];
        fs::write(folder.join("conf/freeswitch.xml"), xml.join("\n")).unwrap();
        let music = folder.join("sounds/music");
        fs::create_dir_all(&music).unwrap();
        sound::write_tone(&music.join("hold.wav"), MUSIC, 10.0);
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
        format!(
            r#"<configuration name="callpark.conf"><settings/><lots><lot name="default" domain="*">{params}</lot>{}</lots></configuration>"#,
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
            ("challenge-realm", "auto_from"),
            ("inbound-reg-force-matching-username", "true"),
            ("presence-hosts", "alpha.test,beta.test"),
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

    fn dialplan(&self) -> String {
        let callpark = repository_file("fs-conf/dialplan/default/00_callpark.xml");
        let callpark = callpark.replace("<include>", "").replace("</include>", "");
        let extensions = &self.extensions;
        format!(
            r#"<section name="dialplan">
<context name="public">
  <extension name="user"><condition field="destination_number" expression="^(10\d\d)$">
    <action application="set" data="hangup_after_bridge=true"/>
    <action application="set" data="continue_on_fail=true"/>
    <action application="bridge" data="user/$1@alpha.test"/>
  </condition></extension>
  <extension name="user_of"><condition field="destination_number" expression="^(alpha|beta)-(10\d\d)$">
    <action application="bridge" data="user/$2@$1.test"/>
  </condition></extension>
  <extension name="any"><condition field="destination_number" expression="^(.+)$">
    <action application="transfer" data="$1 XML default"/>
  </condition></extension>
</context>
<context name="default">
  {extensions}
  {callpark}
  <extension name="operator"><condition field="destination_number" expression="^operator$">
    <action application="answer"/><action application="playback" data="tone_stream://%(1000,0,2000);loops=-1"/>
  </condition></extension>
  <extension name="voicemail"><condition field="destination_number" expression="^vm(10\d\d)$">
    <action application="answer"/><action application="voicemail" data="default alpha.test $1"/>
  </condition></extension>
  <extension name="queue"><condition field="destination_number" expression="^queue$">
    <action application="answer"/><action application="callcenter" data="reception@alpha.test"/>
  </condition></extension>
  <extension name="other"><condition field="destination_number" expression="^(alpha|beta)-(10\d\d)$">
    <action application="bridge" data="user/$2@$1.test"/>
  </condition></extension>
  <extension name="user"><condition field="destination_number" expression="^(10\d\d)$">
    <action application="bridge" data="user/$1@${{domain_name}}"/>
  </condition></extension>
</context></section>"#
        )
    }
}

fn repository_file(name: &str) -> String {
    let path = repository().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const MODULES: [&str; 22] = [
    "console",
    "logfile",
    "event_socket",
    "commands",
    "dptools",
    "dialplan_xml",
    "loopback",
    "local_stream",
    "tone_stream",
    "native_file",
    "sndfile",
    "say_en",
    "sms",
    "hash",
    "expr",
    "db",
    "fifo",
    "voicemail",
    "callcenter",
    "conference",
    "valet_parking",
    "sofia",
];

fn core(folder: &Path, ports: &Ports, password: &str) -> String {
    let log = folder.join("log/freeswitch.log");
    let music = folder.join("sounds/music");
    let module = crate::switch::module();
    let module_folder = module.parent().unwrap_or(&module);
    let mut modules: String = MODULES
        .map(|name| format!(r#"<load module="mod_{name}"/>"#))
        .concat();
    let _ = write!(
        modules,
        r#"<load module="mod_callpark" path="{}"/>"#,
        module_folder.display()
    );
    format!(
        r#"<configuration name="switch.conf"><settings>
  <param name="core-db-name" value="core"/><param name="loglevel" value="debug"/>
  <param name="max-sessions" value="5000"/><param name="sessions-per-second" value="1000"/>
  <param name="rtp-start-port" value="16384"/><param name="rtp-end-port" value="29999"/>
</settings></configuration>
<configuration name="modules.conf"><modules>{modules}</modules></configuration>
<configuration name="logfile.conf"><profiles><profile name="default">
  <settings><param name="logfile" value="{log}"/></settings>
  <mappings><map name="all" value="debug,info,notice,warning,err,crit,alert"/></mappings>
</profile></profiles></configuration>
<configuration name="event_socket.conf"><settings>
  <param name="listen-ip" value="127.0.0.1"/><param name="listen-port" value="{esl}"/><param name="password" value="{password}"/>
</settings></configuration>
<configuration name="local_stream.conf"><directory name="moh" path="{music}">
  <param name="rate" value="8000"/><param name="channels" value="1"/><param name="interval" value="20"/>
  <param name="shuffle" value="false"/><param name="timer-name" value="soft"/>
</directory></configuration>
<configuration name="voicemail.conf"><settings/><profiles><profile name="default">
  <param name="file-extension" value="wav"/><param name="max-record-len" value="300"/><param name="min-record-len" value="1"/>
  <param name="skip-greeting" value="true"/><param name="skip-instructions" value="true"/>
</profile></profiles></configuration>
<configuration name="callcenter.conf"><settings/><queues><queue name="reception@alpha.test">
  <param name="strategy" value="longest-idle-agent"/><param name="moh-sound" value="local_stream://moh"/>
  <param name="max-wait-time" value="0"/><param name="max-wait-time-with-no-agent" value="0"/>
</queue></queues><agents/><tiers/></configuration>
<configuration name="conference.conf"><profiles><profile name="default"><param name="rate" value="8000"/></profile></profiles></configuration>
<configuration name="fifo.conf"><settings/><fifos/></configuration>
<configuration name="timezones.conf"><timezones/></configuration>"#,
        log = log.display(),
        music = music.display(),
        esl = ports.esl,
    )
}

fn directory() -> String {
    let mut domains = String::new();
    for domain in DOMAINS {
        let mut users = String::new();
        for user in 1000..1010 {
            let _ = write!(
                users,
                r#"<user id="{user}"><params><param name="password" value="{password}"/><param name="vm-password" value="{user}"/></params>
<variables><variable name="user_context" value="default"/></variables></user>"#,
                password = password(&user.to_string())
            );
        }
        let _ = write!(
            domains,
            r#"<domain name="{domain}"><params><param name="dial-string" value="{{^^:sip_invite_domain=${{dialed_domain}}:presence_id=${{dialed_user}}@${{dialed_domain}}}}${{sofia_contact(*/${{dialed_user}}@${{dialed_domain}})}}"/></params>
<variables><variable name="domain_name" value="{domain}"/></variables>
<groups><group name="all"><users>{users}</users></group></groups></domain>"#
        );
    }
    format!(r#"<section name="directory">{domains}</section>"#)
}

/// A user's password.
pub fn password(user: &str) -> String {
    format!("secret-{user}")
}

/// What mod_voicemail says while a message is left; a beep stands for each.
const VOICEMAIL_PHRASES: [&str; 5] = [
    "voicemail_play_greeting",
    "voicemail_record_message",
    "voicemail_record_file_check",
    "voicemail_ack",
    "voicemail_goodbye",
];

fn beep(macro_name: &str) -> String {
    format!(
        r#"<macro name="{macro_name}"><input pattern="(.*)"><match>
<action function="play-file" data="tone_stream://%(100,0,900)"/></match></input></macro>"#
    )
}

fn languages(folder: &Path) -> String {
    let phrases = repository_file("fs-conf/lang/en/ivr/callpark.xml");
    let phrases = phrases.replace("<include>", "").replace("</include>", "");
    format!(
        r#"<section name="languages"><language name="en" say-module="en" sound-prefix="{sounds}">
<phrases><macros>{phrases}{voicemail}</macros></phrases></language></section>"#,
        voicemail = VOICEMAIL_PHRASES.map(beep).concat(),
        sounds = folder.join("sounds").display()
    )
}
