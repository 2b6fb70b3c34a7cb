//! Whom a test's switch knows, and where calls go: directory, dialplan, phrases.

use super::{Conf, DOMAINS, repository_file};
use std::{fmt::Write, path::Path};

impl Conf {
    pub(super) fn dialplan(&self) -> String {
        let callpark = repository_file("fs-conf/dialplan/default/00_callpark.xml");
        let callpark = callpark.replace("<include>", "").replace("</include>", "");
        let (extensions, outside) = (&self.extensions, &self.outside);
        let called = extension(&callpark, "callpark_feature_code_called");
        format!(
            r#"<section name="dialplan">
<context name="public">
  {outside}
  {called}
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

/// One extension of a dialplan, by its name.
fn extension<'a>(dialplan: &'a str, name: &str) -> &'a str {
    let begin = format!(r#"<extension name="{name}""#);
    let (at, end) = (dialplan.find(&begin).unwrap(), "</extension>");
    let length = dialplan[at..].find(end).unwrap() + end.len();
    &dialplan[at..at + length]
}

/// `pages`: where users are rung besides their phones.
pub(super) fn directory(pages: &str) -> String {
    let mut domains = String::new();
    for domain in DOMAINS {
        let mut users = String::new();
        for user in 1000..1020 {
            let _ = write!(
                users,
                r#"<user id="{user}"><params><param name="password" value="{password}"/><param name="vm-password" value="{user}"/>
<param name="jsonrpc-allowed-methods" value="verto,jsapi"/><param name="jsonrpc-allowed-jsapi" value="callpark"/></params>
<variables><variable name="user_context" value="default"/></variables></user>"#,
                password = password(&user.to_string())
            );
        }
        users += &screen();
        let _ = write!(
            domains,
            r#"<domain name="{domain}"><params><param name="dial-string" value="{{^^:sip_invite_domain=${{dialed_domain}}:presence_id=${{dialed_user}}@${{dialed_domain}}}}${{sofia_contact(*/${{dialed_user}}@${{dialed_domain}})}}{pages}"/></params>
<variables><variable name="domain_name" value="{domain}"/></variables>
<groups><group name="all"><users>{users}</users></group></groups></domain>"#
        );
    }
    format!(r#"<section name="directory">{domains}</section>"#)
}

/// The sample's user for a screen.
fn screen() -> String {
    let sample = repository_file("fs-conf/directory/default/callpark_screen.xml.sample");
    let (_, user) = sample.split_once("<include>").unwrap();
    let user = user.replace("</include>", "");
    user.replace(
        "PUT A LONG RANDOM PASSWORD HERE",
        &password("callpark_screen"),
    )
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

pub(super) fn languages(folder: &Path) -> String {
    let phrases = repository_file("fs-conf/lang/en/ivr/callpark.xml");
    let phrases = phrases.replace("<include>", "").replace("</include>", "");
    format!(
        r#"<section name="languages"><language name="en" say-module="en" sound-prefix="{sounds}">
<phrases><macros>{phrases}{voicemail}</macros></phrases></language></section>"#,
        voicemail = VOICEMAIL_PHRASES.map(beep).concat(),
        sounds = folder.join("sounds").display()
    )
}
