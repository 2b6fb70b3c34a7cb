//! The event socket of a switch: commands, and the events that come.

use crate::wait;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

/// Headers of an event, values decoded.
pub type Event = BTreeMap<String, String>;

const COMMAND_PATIENCE: Duration = Duration::from_secs(60);
const LOGIN_PATIENCE: Duration = Duration::from_secs(3);

/// One connection, with all `callpark::info` events since it was made.
pub struct Esl {
    stream: Mutex<TcpStream>,
    replies: Mutex<mpsc::Receiver<String>>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Esl {
    /// Connects and logs in; `None` while the switch does not listen.
    pub fn connect(port: u16, password: &str) -> Option<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let (sender, replies) = mpsc::channel();
        let events = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&events);
        thread::spawn(move || {
            while let Some((headers, body)) = message(&mut reader) {
                match headers.get("Content-Type").map(String::as_str) {
                    Some("text/event-plain") => seen.lock().unwrap().push(event(&body)),
                    Some("api/response") => drop(sender.send(body)),
                    Some("command/reply") => {
                        drop(sender.send(headers.get("Reply-Text").cloned().unwrap_or_default()));
                    }
                    _ => {}
                }
            }
        });
        let esl = Self {
            stream: Mutex::new(stream),
            replies: Mutex::new(replies),
            events,
        };
        // A switch that is just coming up takes connections that it does not serve yet.
        esl.try_command(&format!("auth {password}"), LOGIN_PATIENCE)?;
        esl.try_command("event plain CUSTOM callpark::info", LOGIN_PATIENCE)?;
        Some(esl)
    }

    /// Runs an API command and gives its reply.
    pub fn api(&self, command: &str) -> String {
        self.command(&format!("api {command}"))
    }

    /// Runs an API command in the background; its result comes as the event BACKGROUND_JOB, if subscribed to.
    pub fn bgapi(&self, command: &str) {
        self.command(&format!("bgapi {command}"));
    }

    /// Listens to more events: names as the event socket knows them.
    pub fn subscribe(&self, names: &str) {
        self.command(&format!("event plain {names}"));
    }

    /// The first event that `wanted` takes, awaited.
    pub fn await_event(&self, what: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        let found = wait::until(wait::PATIENCE, || {
            self.events
                .lock()
                .unwrap()
                .iter()
                .find(|event| wanted(event))
                .cloned()
        });
        found.unwrap_or_else(|| panic!("no event: {what}"))
    }

    fn command(&self, line: &str) -> String {
        self.try_command(line, COMMAND_PATIENCE)
            .unwrap_or_else(|| panic!("no reply to: {line}"))
    }

    fn try_command(&self, line: &str, patience: Duration) -> Option<String> {
        let replies = self.replies.lock().unwrap();
        self.stream
            .lock()
            .unwrap()
            .write_all(format!("{line}\n\n").as_bytes())
            .ok()?;
        replies.recv_timeout(patience).ok()
    }

    /// Runs an API command, such as one that ends the switch, without waiting for a reply that may never come.
    pub fn order(&self, command: &str) {
        let line = format!("api {command}\n\n");
        let _ = self
            .stream
            .lock()
            .map(|mut stream| stream.write_all(line.as_bytes()));
    }

    /// All events of the module so far.
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// All events so far, without a copy of them.
    pub fn look<T>(&self, at: impl FnOnce(&[Event]) -> T) -> T {
        at(&self.events.lock().unwrap())
    }

    /// Forgets the events so far: for the next round of a test.
    pub fn forget_events(&self) {
        self.events.lock().unwrap().clear();
    }

    /// The first event with this `Action`, awaited.
    pub fn action(&self, action: &str) -> Event {
        self.action_of(action, |_| true)
    }

    /// The first event with this `Action` that `wanted` takes, awaited.
    pub fn action_of(&self, action: &str, wanted: impl Fn(&Event) -> bool) -> Event {
        let found = wait::until(wait::PATIENCE, || {
            let events = self.events.lock().unwrap();
            events
                .iter()
                .find(|event| {
                    event.get("Action").is_some_and(|found| found == action) && wanted(event)
                })
                .cloned()
        });
        found.unwrap_or_else(|| panic!("no event {action}; seen: {:?}", self.actions()))
    }

    /// The `Action` of every event so far.
    pub fn actions(&self) -> Vec<String> {
        self.events()
            .iter()
            .filter_map(|event| event.get("Action").cloned())
            .collect()
    }
}

type Headers = BTreeMap<String, String>;

/// One message of the socket: its headers, and as much body as they announce.
fn message(reader: &mut impl BufRead) -> Option<(Headers, String)> {
    let mut headers = Headers::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) => {
                headers.insert(name.to_owned(), value.to_owned());
            }
            None if headers.is_empty() => {}
            None => break,
        }
    }
    let length = headers
        .get("Content-Length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((headers, String::from_utf8_lossy(&body).into_owned()))
}

fn event(body: &str) -> Event {
    let lines = body.lines().filter_map(|line| line.split_once(": "));
    lines
        .map(|(name, value)| (name.to_owned(), decode(value)))
        .collect()
}

/// `%20` and its like.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%').then(|| tail.get(..2)).flatten();
        let decoded =
            code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_decoded_and_a_lone_percent_stays() {
        assert_eq!(decode("Ann%20%C3%A4 100% %zz%"), "Ann ä 100% %zz%");
    }
}
