//! A SIP phone: one baresip, driven over its control port. It sends a tone of its own and records what it hears.

use crate::{
    conf::password,
    process::{Process, free_port},
    sound, wait,
};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime},
};
use tempfile::TempDir;

/// What a phone is.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// The user part of its address.
    pub user: &'a str,
    /// The name that others see.
    pub name: &'a str,
    /// The host part.
    pub domain: &'a str,
    /// Whether it registers.
    pub registers: bool,
    /// The tone that it sends, in hertz.
    pub tone: u32,
}

/// A running phone. It ends with this value.
pub struct Phone {
    user: String,
    tone: f64,
    proxy: u16,
    control: Mutex<TcpStream>,
    events: Arc<Mutex<Vec<Value>>>,
    folder: TempDir,
    _process: Process,
}

impl Phone {
    /// Starts a phone whose calls go to the SIP port `proxy`, and waits until it is ready to call.
    pub fn start(line: &Line<'_>, proxy: u16) -> Self {
        let folder = TempDir::with_prefix("callpark-phone-").unwrap();
        let control_port = free_port();
        write_configuration(folder.path(), line, proxy, control_port);
        let arguments = ["-4", "-s", "-f", &folder.path().display().to_string()].map(String::from);
        let process = Process::start(
            Path::new("baresip"),
            &arguments,
            &folder.path().join("trace"),
        );
        let control = wait::until(wait::PATIENCE, || {
            TcpStream::connect(("127.0.0.1", control_port)).ok()
        });
        let control =
            control.unwrap_or_else(|| panic!("the phone of {} does not start", line.user));
        let phone = Self {
            user: line.user.to_owned(),
            tone: f64::from(line.tone),
            proxy,
            events: listen(control.try_clone().unwrap()),
            control: Mutex::new(control),
            folder,
            _process: process,
        };
        if line.registers {
            wait::expect(&format!("{} is registered", line.user), || {
                let trace = phone.trace();
                trace.contains("REGISTER sip:") && registered(&trace)
            });
        }
        phone
    }

    /// The user part of its address.
    pub fn user(&self) -> &str {
        &self.user
    }

    fn command(&self, command: &str, params: &str) {
        let text = json!({"command": command, "params": params}).to_string();
        let netstring = format!("{}:{text},", text.len());
        self.control
            .lock()
            .unwrap()
            .write_all(netstring.as_bytes())
            .unwrap();
    }

    /// Calls a number of the switch.
    pub fn dial(&self, number: &str) {
        self.command("dial", &format!("sip:{number}@127.0.0.1:{}", self.proxy));
    }

    /// Answers the call that rings.
    pub fn answer(&self) {
        self.command("accept", "");
    }

    /// Ends the call.
    pub fn hang_up(&self) {
        self.command("hangup", "");
    }

    /// Holds the call by re-INVITE.
    pub fn hold(&self) {
        self.command("hold", "");
    }

    /// Takes the call off hold.
    pub fn resume(&self) {
        self.command("resume", "");
    }

    /// Sends the other party to a number, without asking there first (REFER).
    pub fn blind_transfer(&self, number: &str) {
        self.command(
            "transfer",
            &format!("sip:{number}@127.0.0.1:{}", self.proxy),
        );
    }

    /// Presses a key in the call.
    pub fn press(&self, key: char) {
        self.command("sndcode", &key.to_string());
    }

    /// How many events of this kind it has told.
    pub fn count(&self, kind: &str) -> usize {
        let events = self.events.lock().unwrap();
        events.iter().filter(|event| event["type"] == kind).count()
    }

    /// Waits for the `number`th event of a kind, from 1.
    pub fn await_event(&self, kind: &str, number: usize) -> Value {
        let found = wait::until(wait::PATIENCE, || {
            let events = self.events.lock().unwrap();
            events
                .iter()
                .filter(|event| event["type"] == kind)
                .nth(number - 1)
                .cloned()
        });
        found
            .unwrap_or_else(|| panic!("{}: no {kind} number {number}; {}", self.user, self.story()))
    }

    /// Waits until it rings for the `number`th time; name and address on its display.
    pub fn await_ring(&self, number: usize) -> (String, String) {
        let event = self.await_event("CALL_INCOMING", number);
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        (text("peerdisplayname"), text("peeruri"))
    }

    /// Waits until its `number`th call is up.
    pub fn await_talk(&self, number: usize) {
        self.await_event("CALL_ESTABLISHED", number);
    }

    /// Waits until its `number`th call is over; why.
    pub fn await_end(&self, number: usize) -> String {
        self.await_event("CALL_CLOSED", number)["param"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The kinds of all its events, for the message of a failed test.
    fn story(&self) -> String {
        let events = self.events.lock().unwrap();
        let kinds: Vec<_> = events
            .iter()
            .map(|event| format!("{}({})", event["type"], event["param"]))
            .collect();
        kinds.join(" ")
    }

    /// The SIP that it has sent and received.
    pub fn trace(&self) -> String {
        let bytes = fs::read(self.folder.path().join("trace")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The SIP messages in its trace, each whole, in order.
    pub fn messages(&self) -> Vec<String> {
        self.trace()
            .split("\nUDP ")
            .skip(1)
            .map(str::to_owned)
            .collect()
    }

    /// Waits for a SIP message that it received or sent.
    pub fn await_message(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let found = wait::until(wait::PATIENCE, || {
            self.messages().into_iter().find(|message| wanted(message))
        });
        found.unwrap_or_else(|| panic!("{}: no SIP message: {what}; {}", self.user, self.story()))
    }

    fn recording(&self) -> Option<PathBuf> {
        let files = fs::read_dir(self.folder.path().join("heard")).ok()?;
        let heard = files
            .flatten()
            .filter(|file| file.file_name().to_string_lossy().ends_with("-dec.wav"));
        heard
            .max_by_key(|file| {
                file.metadata()
                    .and_then(|data| data.modified())
                    .unwrap_or(SystemTime::UNIX_EPOCH)
            })
            .map(|file| file.path())
    }

    /// Whether it hears a tone now.
    pub fn hears(&self, hertz: f64) -> bool {
        self.recording()
            .is_some_and(|file| sound::has_tone(&sound::tail(&file), hertz))
    }

    /// Waits until it hears a tone.
    pub fn await_tone(&self, hertz: f64) {
        wait::expect(&format!("{} hears {hertz} Hz", self.user), || {
            self.hears(hertz)
        });
    }

    /// Whether it hears a tone all the time.
    pub fn keeps_hearing(&self, hertz: f64, time: Duration) -> bool {
        wait::stays(time, || self.hears(hertz))
    }

    /// Waits until both hear each other.
    pub fn talks_with(&self, other: &Phone) {
        self.await_tone(other.tone);
        other.await_tone(self.tone);
    }
}

/// A 200 to a REGISTER is in the trace.
fn registered(trace: &str) -> bool {
    trace
        .split("\nUDP ")
        .any(|message| message.contains("SIP/2.0 200") && message.contains("REGISTER"))
}

/// Reads the netstrings of the control port into a list of events.
fn listen(stream: TcpStream) -> Arc<Mutex<Vec<Value>>> {
    let events = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&events);
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        while let Some(text) = netstring(&mut reader) {
            if let Ok(value) = serde_json::from_slice::<Value>(&text)
                && value["event"] == true
            {
                told.lock().unwrap().push(value);
            }
        }
    });
    events
}

fn netstring(reader: &mut impl Read) -> Option<Vec<u8>> {
    let mut length = 0_usize;
    loop {
        let mut byte = [0];
        reader.read_exact(&mut byte).ok()?;
        match byte[0] {
            b':' => break,
            digit => length = length * 10 + usize::from(digit.checked_sub(b'0')?),
        }
    }
    let mut text = vec![0; length + 1];
    reader.read_exact(&mut text).ok()?;
    text.pop();
    Some(text)
}

fn write_configuration(folder: &Path, line: &Line<'_>, proxy: u16, control: u16) {
    let heard = folder.join("heard");
    fs::create_dir(&heard).unwrap();
    let config = format!(
        "poll_method epoll\n\
         sip_listen 127.0.0.1:{sip}\n\
         call_local_timeout 120\ncall_max_calls 4\n\
         audio_player aubridge,speaker\naudio_alert aubridge,bell\naudio_source ausine,{tone}\naudio_level no\n\
         ausrc_srate 48000\nauplay_srate 48000\nausrc_channels 2\nauplay_channels 1\n\
         rtp_ports 30000-49999\n\
         module_path /usr/lib/baresip/modules\n\
         module g711.so\nmodule aubridge.so\nmodule ausine.so\nmodule sndfile.so\nmodule ctrl_tcp.so\n\
         module_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\n\
         ctrl_tcp_listen 127.0.0.1:{control}\n\
         snd_path {heard}\n",
        sip = free_port(),
        tone = line.tone,
        heard = heard.display(),
    );
    fs::write(folder.join("config"), config).unwrap();
    let registration = if line.registers {
        format!(";auth_pass={};regint=60", password(line.user))
    } else {
        ";regint=0".to_owned()
    };
    let account = format!(
        "\"{}\" <sip:{}@{}>;outbound=\"sip:127.0.0.1:{proxy};transport=udp\"{registration};answermode=manual;audio_codecs=PCMU\n",
        line.name, line.user, line.domain
    );
    fs::write(folder.join("accounts"), account).unwrap();
    fs::write(folder.join("contacts"), "").unwrap();
}
