//! The program behind a phone: baresip 1.0, its configuration and its control port.

use crate::{conf::password, phone::Line, ports, process::Process, wait};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// How often a phone is started anew, on other ports, and how long one may take to show that it is the one that was started.
const STARTS: u32 = 3;
const OWN_PATIENCE: Duration = Duration::from_secs(10);

/// A running baresip: what it is told, and what it tells.
pub struct Baresip {
    control: Mutex<TcpStream>,
    told: Arc<Mutex<Told>>,
    asked: AtomicU64,
    listens: u16,
    _process: Process,
}

#[derive(Default)]
struct Told {
    events: Vec<Value>,
    replies: Vec<Value>,
}

impl Baresip {
    /// Starts it in this folder; its calls go to the SIP port `proxy`. Its SIP trace is the file `trace`, what it hears
    /// is below `heard`.
    pub fn start(folder: &Path, line: &Line<'_>, proxy: u16) -> Self {
        let begun = (0..STARTS).find_map(|_| Self::try_start(folder, line, proxy));
        begun.unwrap_or_else(|| panic!("the phone of {} does not start", line.user))
    }

    /// `None` where somebody else was faster at one of its ports: baresip then goes on without it, and says so in its trace.
    fn try_start(folder: &Path, line: &Line<'_>, proxy: u16) -> Option<Self> {
        // It listens for TLS at the port after that for SIP.
        let port = ports::free_run(3);
        let listens = port + 1;
        configure(folder, line, [proxy, listens, port]);
        let folder_name = folder.display().to_string();
        // Into a file baresip writes whole blocks only; the trace is read while it grows.
        let arguments = ["-oL", "baresip", "-4", "-s", "-f", &folder_name].map(String::from);
        let process = Process::start(Path::new("stdbuf"), &arguments, &folder.join("trace"));
        let control = wait::until(wait::PATIENCE, || {
            TcpStream::connect(("127.0.0.1", port)).ok()
        })?;
        let phone = Self {
            told: listen(control.try_clone().expect("a socket can be shared")),
            control: Mutex::new(control),
            asked: AtomicU64::new(0),
            listens,
            _process: process,
        };
        let account = format!("{}@{}", line.user, line.domain);
        let reply = phone.ask("reginfo", "", OWN_PATIENCE)?;
        reply["data"].as_str()?.contains(&account).then_some(phone)
    }

    /// Runs a command of its menu and gives what it prints; fails the test when it refuses.
    pub fn tell(&self, command: &str, params: &str) -> String {
        let reply = self.ask(command, params, wait::PATIENCE);
        let reply =
            reply.unwrap_or_else(|| panic!("the phone does not reply to {command} {params}"));
        assert!(
            reply["ok"] == true,
            "the phone refuses {command} {params}: {reply}"
        );
        reply["data"].as_str().unwrap_or_default().to_owned()
    }

    fn ask(&self, command: &str, params: &str, patience: Duration) -> Option<Value> {
        let token = self.asked.fetch_add(1, Ordering::Relaxed).to_string();
        let mut asked = json!({"command": command, "token": token});
        if !params.is_empty() {
            asked["params"] = params.into();
        }
        let text = asked.to_string();
        let sent = {
            let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
            control.write_all(format!("{}:{text},", text.len()).as_bytes())
        };
        sent.ok()?;
        wait::until(patience, || {
            self.read(|told| {
                told.replies
                    .iter()
                    .find(|reply| reply["token"] == token.as_str())
                    .cloned()
            })
        })
    }

    /// The SIP port that it listens at.
    pub fn listens(&self) -> u16 {
        self.listens
    }

    /// All its events so far, oldest first.
    pub fn events(&self) -> Vec<Value> {
        self.read(|told| told.events.clone())
    }

    fn read<T>(&self, look: impl FnOnce(&Told) -> T) -> T {
        look(&self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Sorts what comes from the control port, as long as it comes.
fn listen(stream: TcpStream) -> Arc<Mutex<Told>> {
    let told = Arc::new(Mutex::new(Told::default()));
    let mine = Arc::clone(&told);
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        while let Some(text) = netstring(&mut reader) {
            let Ok(value) = serde_json::from_slice::<Value>(&text) else {
                continue;
            };
            let mut told = mine.lock().unwrap_or_else(PoisonError::into_inner);
            if value["event"] == true {
                told.events.push(value);
            } else {
                told.replies.push(value);
            }
        }
    });
    told
}

/// `5:hello,` is `hello`.
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

fn configure(folder: &Path, line: &Line<'_>, [proxy, listens, control]: [u16; 3]) {
    let heard = folder.join("heard");
    fs::create_dir_all(&heard).expect("a folder for recordings");
    // All on the loopback address, media too: a machine without a network will do. No player: the filter `sndfile`
    // records what is decoded. The running status line would tear the trace.
    let config = format!(
        "poll_method epoll\nnet_interface 127.0.0.1\nsip_listen 127.0.0.1:{listens}\n\
         call_local_timeout 120\ncall_max_calls {calls}\njitter_buffer_delay 0-0\n\
         audio_source ausine,{tone}\naudio_level no\nausrc_srate 48000\nausrc_channels 2\n\
         rtp_ports 30000-32767\n\
         module_path /usr/lib/baresip/modules\n\
         module g711.so\nmodule g722.so\nmodule srtp.so\nmodule ausine.so\nmodule sndfile.so\n\
         module_tmp uuid.so\nmodule_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
         statmode_default off\nmenu_bell no\nringback_disabled yes\n\
         ctrl_tcp_listen 127.0.0.1:{control}\nsnd_path {heard}\n",
        tone = line.tone,
        calls = line.calls,
        heard = heard.display(),
    );
    let registration = if line.registers {
        format!(";auth_pass={};regint=60", password(line.user))
    } else {
        ";regint=0".to_owned()
    };
    let encryption = match line.audio.encrypted {
        true => ";mediaenc=srtp-mand",
        false => "",
    };
    let account = format!(
        "\"{}\" <sip:{}@{}>;outbound=\"sip:127.0.0.1:{proxy};transport=udp\"{registration}{encryption};answermode=manual;audio_codecs={}\n",
        line.name, line.user, line.domain, line.audio.codec
    );
    for (file, text) in [
        ("config", config),
        ("accounts", account),
        ("contacts", String::new()),
    ] {
        fs::write(folder.join(file), text).expect("a phone's configuration is written");
    }
}

#[cfg(test)]
mod tests {
    use super::netstring;

    #[test]
    fn netstrings_follow_each_other_and_end_with_the_stream() {
        let mut stream: &[u8] = b"5:hello,0:,12:{\"a\":\"b,c:\"},3:cu";
        assert_eq!(netstring(&mut stream).as_deref(), Some(&b"hello"[..]));
        assert_eq!(netstring(&mut stream).as_deref(), Some(&b""[..]));
        assert_eq!(
            netstring(&mut stream).as_deref(),
            Some(&b"{\"a\":\"b,c:\"}"[..])
        );
        assert_eq!(netstring(&mut stream), None);
    }
}
