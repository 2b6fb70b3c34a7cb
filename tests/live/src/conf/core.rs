//! The core of a test's switch: modules, logs, streams, voicemail and queues.

use super::{Conf, Ports};
use std::{fmt::Write, path::Path};

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

impl Conf {
    pub(super) fn core(&self, folder: &Path, ports: &Ports, password: &str) -> String {
        let log = folder.join("log/freeswitch.log");
        let music = folder.join("sounds/music");
        let mut modules: String = MODULES
            .iter()
            .filter(|name| self.left_out != Some(**name))
            .map(|name| format!(r#"<load module="mod_{name}"/>"#))
            .collect();
        for name in &self.modules {
            let _ = write!(modules, r#"<load module="mod_{name}"/>"#);
        }
        if self.has_the_module() {
            modules += r#"<load module="mod_callpark"/>"#;
        }
        format!(
            r#"<configuration name="switch.conf"><settings>
  <param name="core-db-name" value="core"/><param name="loglevel" value="debug"/>
  <param name="max-sessions" value="5000"/><param name="sessions-per-second" value="1000"/>
  <param name="rtp-start-port" value="{rtp_first}"/><param name="rtp-end-port" value="{rtp_last}"/>
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
</directory><directory name="stereo" path="{stereo}">
  <param name="rate" value="8000"/><param name="channels" value="2"/><param name="interval" value="20"/>
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
            stereo = music.with_file_name("stereo").display(),
            esl = ports.esl,
            rtp_first = ports.rtp.0,
            rtp_last = ports.rtp.1,
        )
    }
}
