//! Phones made of two sockets: they show what is on the wire, packet by packet, and when.
//!
//! All calls of a [`Wire`] share one SIP socket and some RTP sockets; the switch's own RTP port tells them apart. Each sends a
//! packet every 20 ms as a phone does, filled with one byte of the test's choice.

use crate::{ports, wait};
use std::{
    collections::HashMap,
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A packet's time on the wire.
const PTIME: Duration = Duration::from_millis(20);
/// Samples, and PCMU bytes, in it.
const SAMPLES: u32 = 160;
const RTP_HEADER: usize = 12;
const KEY_EVENTS: u8 = 101;
const PATIENCE: Duration = Duration::from_millis(100);
/// So that hundreds of packets that come at one moment find room.
const RTP_SOCKETS: usize = 16;

/// What came in one RTP packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// When.
    pub at: Instant,
    /// Its sequence number.
    pub sequence: u16,
    /// Its time stamp.
    pub stamp: u32,
    /// Whether it has the marker.
    pub marker: bool,
    /// The type of its payload.
    pub kind: u8,
    /// Its payload's length.
    pub length: usize,
    /// The byte in the middle of its payload.
    pub middle: u8,
}

/// What a phone offers beside the usual.
#[derive(Debug, Default, Clone, Copy)]
pub struct Offer {
    /// It takes RTCP.
    pub rtcp: bool,
    /// After how many seconds without a refresh, which is the switch's to send, the session is over.
    pub session_expires: Option<u32>,
}

/// Phones at the SIP port of a switch.
pub struct Wire {
    net: Arc<Net>,
    threads: Vec<JoinHandle<()>>,
}

struct Net {
    sip: UdpSocket,
    rtcp: UdpSocket,
    rtp: Vec<UdpSocket>,
    switch: SocketAddr,
    calls: Mutex<Calls>,
    ended: AtomicBool,
}

/// All calls, the ended ones too.
#[derive(Default)]
struct Calls {
    /// By Call-ID.
    states: HashMap<String, State>,
    /// By the switch's RTP port: which Call-ID has it now.
    ports: HashMap<u16, String>,
}

impl Calls {
    fn get(&mut self, id: &str) -> Option<&mut State> {
        self.states.get_mut(id)
    }

    fn at_port(&mut self, port: u16) -> Option<&mut State> {
        self.states.get_mut(self.ports.get(&port)?)
    }
}

/// One call.
struct State {
    /// Which of the RTP sockets is its own.
    socket: usize,
    number: String,
    offer: Offer,
    sequence: u32,
    remote_tag: String,
    target: String,
    /// Status of the last reply to each request, by CSeq number.
    replies: HashMap<u32, (u16, Instant)>,
    /// The switch's RTP port.
    port: Option<u16>,
    byte: u8,
    is_mute: bool,
    sent: u32,
    /// What is pressed: the key and how many packets of it are still to be sent.
    key: Option<(u8, u32)>,
    heard: Vec<Packet>,
    /// Packets that came, whether they were kept or not.
    count: u64,
    is_over: bool,
    /// Requests of the switch within the call, by method.
    asked: Vec<String>,
    /// RTCP packets.
    reports: Vec<Vec<u8>>,
}

/// A call of a [`Wire`], by its Call-ID.
#[derive(Debug, Clone)]
pub struct WireCall {
    id: String,
}

impl Wire {
    /// Phones whose calls go to this SIP port of the loopback address.
    pub fn open(port: u16) -> Self {
        let socket = || {
            let socket = UdpSocket::bind(("127.0.0.1", ports::free())).expect("a socket");
            socket.set_read_timeout(Some(PATIENCE)).expect("a time-out");
            socket
        };
        let net = Arc::new(Net {
            sip: socket(),
            rtcp: socket(),
            rtp: (0..RTP_SOCKETS).map(|_| socket()).collect(),
            switch: SocketAddr::from(([127, 0, 0, 1], port)),
            calls: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let start = |work: Box<dyn FnOnce(&Net) + Send>| {
            let net = Arc::clone(&net);
            thread::spawn(move || work(&net))
        };
        let mut threads = vec![
            start(Box::new(Net::take_sip)),
            start(Box::new(Net::send_rtp)),
            start(Box::new(Net::take_rtcp)),
        ];
        for socket in 0..RTP_SOCKETS {
            threads.push(start(Box::new(move |net: &Net| net.take_rtp(socket))));
        }
        Self { net, threads }
    }

    /// Calls a number and waits for the answer.
    pub fn call(&self, number: &str) -> WireCall {
        let call = self.dial(number);
        self.await_answer(&call);
        call
    }

    /// Calls a number with such an offer, and waits for the answer.
    pub fn call_with(&self, number: &str, offer: Offer) -> WireCall {
        let call = self.offer(number, offer);
        self.await_answer(&call);
        call
    }

    /// Calls a number.
    pub fn dial(&self, number: &str) -> WireCall {
        self.offer(number, Offer::default())
    }

    fn offer(&self, number: &str, offer: Offer) -> WireCall {
        let call = WireCall {
            id: format!("wire-{number}-{:x}", rand()),
        };
        let state = State {
            socket: self.net.lock().states.len() % RTP_SOCKETS,
            number: number.to_owned(),
            offer,
            sequence: 0,
            remote_tag: String::new(),
            target: format!("sip:{number}@{}", self.net.switch),
            replies: HashMap::new(),
            port: None,
            byte: 0xFF,
            is_mute: false,
            sent: 0,
            key: None,
            heard: Vec::new(),
            count: 0,
            is_over: false,
            asked: Vec::new(),
            reports: Vec::new(),
        };
        self.net.lock().states.insert(call.id.clone(), state);
        self.net.request(&call.id, "INVITE", Some("sendrecv"));
        call
    }

    /// Waits for the answer.
    pub fn await_answer(&self, call: &WireCall) {
        wait::expect(&format!("{} is answered", call.id), || {
            self.with(call, |state| state.port.is_some())
        });
    }

    /// The port that the call's packets come to. The first 16 calls have one each.
    pub fn port(&self, call: &WireCall) -> u16 {
        let socket = self.with(call, |state| state.socket);
        self.net.rtp[socket].local_addr().expect("bound").port()
    }

    fn with<R>(&self, call: &WireCall, look: impl FnOnce(&mut State) -> R) -> R {
        look(self.net.lock().get(&call.id).expect("a call of this wire"))
    }

    /// What the phone sends from now on, in every place of its packets.
    pub fn says(&self, call: &WireCall, byte: u8) {
        self.with(call, |state| state.byte = byte);
    }

    /// Sends no packets from now on.
    pub fn falls_silent(&self, call: &WireCall) {
        self.with(call, |state| state.is_mute = true);
    }

    /// Presses a key, as RTP events.
    pub fn press(&self, call: &WireCall, key: char) {
        let event = "0123456789*#".find(key).expect("a key of a phone") as u8;
        self.with(call, |state| state.key = Some((event, 10)));
    }

    /// Sends a re-INVITE with this direction of its audio; how long the reply took.
    pub fn reinvite(&self, call: &WireCall, direction: &str) -> Duration {
        self.ask(call, "INVITE", Some(direction))
    }

    /// Hangs up; how long the reply took.
    pub fn hang_up(&self, call: &WireCall) -> Duration {
        let took = self.ask(call, "BYE", None);
        self.with(call, |state| state.is_over = true);
        took
    }

    fn ask(&self, call: &WireCall, method: &str, direction: Option<&str>) -> Duration {
        let began = Instant::now();
        let number = self.net.request(&call.id, method, direction);
        let reply = wait::until(wait::PATIENCE, || {
            self.with(call, |state| state.replies.get(&number).copied())
        });
        let (status, at) = reply.unwrap_or_else(|| panic!("{method} is not answered"));
        assert_eq!(status, 200, "{method}");
        at.duration_since(began)
    }

    /// Whether the call is over.
    pub fn is_over(&self, call: &WireCall) -> bool {
        self.with(call, |state| state.is_over)
    }

    /// What the switch has asked within the call, by method.
    pub fn asked(&self, call: &WireCall) -> Vec<String> {
        self.with(call, |state| state.asked.clone())
    }

    /// The RTCP packets that have come.
    pub fn reports(&self, call: &WireCall) -> Vec<Vec<u8>> {
        self.with(call, |state| state.reports.clone())
    }

    /// Forgets what has come so far.
    pub fn forget(&self, call: &WireCall) {
        self.with(call, |state| state.heard.clear());
    }

    /// What has come since it was forgotten.
    pub fn heard(&self, call: &WireCall) -> Vec<Packet> {
        self.with(call, |state| state.heard.clone())
    }

    /// What comes in this time.
    pub fn listen(&self, call: &WireCall, time: Duration) -> Vec<Packet> {
        self.forget(call);
        thread::sleep(time);
        self.heard(call)
    }

    /// Waits until this byte is heard.
    pub fn await_byte(&self, call: &WireCall, byte: u8) {
        wait::expect(&format!("{} hears {byte:#x}", call.id), || {
            self.heard(call).iter().any(|packet| packet.middle == byte)
        });
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.net.ended.store(true, Ordering::Release);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Net {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_open(&self) -> bool {
        !self.ended.load(Ordering::Acquire)
    }

    /// Sends a request within a call, or the first; its CSeq number.
    fn request(&self, id: &str, method: &str, direction: Option<&str>) -> u32 {
        let mut calls = self.lock();
        let state = calls.get(id).expect("a call of this wire");
        state.sequence += 1;
        let number = state.sequence;
        let text = self.message(id, state, method, number, direction);
        let _ = self.sip.send_to(text.as_bytes(), self.switch);
        number
    }

    fn message(
        &self,
        id: &str,
        state: &State,
        method: &str,
        number: u32,
        direction: Option<&str>,
    ) -> String {
        let own = self.sip.local_addr().expect("bound");
        let body = direction
            .map(|direction| self.sdp(state.socket, state.offer, direction))
            .unwrap_or_default();
        let timer = match state.offer.session_expires {
            Some(seconds) if !body.is_empty() => {
                format!("Supported: timer\r\nSession-Expires: {seconds};refresher=uas\r\n")
            }
            _ => String::new(),
        };
        let (target, remote_tag) = (&state.target, &state.remote_tag);
        let kind = match body.is_empty() {
            true => "",
            false => "Content-Type: application/sdp\r\n",
        };
        format!(
            "{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{id}{method}{number}\r\n\
             From: \"Wire\" <sip:wire@{own}>;tag=w{id}\r\nTo: <sip:{}@{}>{remote_tag}\r\nCall-ID: {id}\r\n\
             CSeq: {number} {method}\r\nContact: <sip:wire@{own}>\r\nMax-Forwards: 70\r\n\
             Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE\r\n{timer}{kind}Content-Length: {}\r\n\r\n{body}",
            state.number,
            self.switch,
            body.len()
        )
    }

    fn sdp(&self, socket: usize, offer: Offer, direction: &str) -> String {
        let port = |socket: &UdpSocket| socket.local_addr().expect("bound").port();
        let rtcp = match offer.rtcp {
            true => format!("a=rtcp:{}\r\n", port(&self.rtcp)),
            false => String::new(),
        };
        let port = port(&self.rtp[socket]);
        format!(
            "v=0\r\no=wire 1 {} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
             a=fmtp:101 0-15\r\na=ptime:20\r\n{rtcp}a={direction}\r\n",
            rand() >> 40
        )
    }

    fn take_sip(&self) {
        let mut bytes = vec![0; 65_536];
        while self.is_open() {
            if let Ok((length, _)) = self.sip.recv_from(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                match text.starts_with("SIP/2.0") {
                    true => self.take_reply(&text),
                    false => self.take_request(&text),
                }
            }
        }
    }

    fn take_reply(&self, text: &str) {
        let status: u16 = text
            .split(' ')
            .nth(1)
            .and_then(|word| word.parse().ok())
            .unwrap_or(0);
        let sequence = header(text, "CSeq").unwrap_or_default();
        let (number, method) = sequence.split_once(' ').unwrap_or(("0", ""));
        let number = number.parse().unwrap_or(0);
        let mut calls = self.lock();
        let id = header(text, "Call-ID").unwrap_or_default().to_owned();
        let Some(state) = calls.get(&id).filter(|_| status >= 200) else {
            return;
        };
        state
            .replies
            .entry(number)
            .or_insert((status, Instant::now()));
        if method != "INVITE" {
            return;
        }
        if let Some(tag) = header(text, "To").and_then(|to| to.split(";tag=").nth(1)) {
            state.remote_tag = format!(";tag={tag}");
        }
        if let Some(contact) = header(text, "Contact") {
            let inner = contact.split(['<', '>']).nth(1).unwrap_or(contact);
            state.target = inner.to_owned();
        }
        let ack = self.message(&id, state, "ACK", number, None);
        let _ = self.sip.send_to(ack.as_bytes(), self.switch);
        if status != 200 {
            println!("{id}: {method} is answered by {status}");
        }
        match status {
            200 => state.port = audio_port(text).or(state.port),
            _ => state.is_over = true,
        }
        if let Some(port) = state.port {
            calls.ports.insert(port, id);
        }
    }

    fn take_request(&self, text: &str) {
        let method = text.split(' ').next().unwrap_or_default();
        if method == "ACK" {
            return;
        }
        let body = match method {
            "INVITE" => {
                let id = header(text, "Call-ID").unwrap_or_default();
                let known = self.lock().get(id).map(|state| (state.socket, state.offer));
                let (socket, offer) = known.unwrap_or_default();
                self.sdp(socket, offer, "sendrecv")
            }
            _ => String::new(),
        };
        let kept = ["Via", "From", "To", "Call-ID", "CSeq"].map(|name| {
            let lines = text
                .lines()
                .filter(|line| line.starts_with(&format!("{name}:")));
            lines.map(|line| format!("{line}\r\n")).collect::<String>()
        });
        let own = self.sip.local_addr().expect("bound");
        let kind = match body.is_empty() {
            true => "",
            false => "Content-Type: application/sdp\r\n",
        };
        let reply = format!(
            "SIP/2.0 200 OK\r\n{}Contact: <sip:wire@{own}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            kept.concat(),
            body.len()
        );
        let _ = self.sip.send_to(reply.as_bytes(), self.switch);
        let id = header(text, "Call-ID").unwrap_or_default();
        if let Some(state) = self.lock().get(id) {
            state.is_over |= method == "BYE";
            state.asked.push(method.to_owned());
        }
    }

    fn take_rtcp(&self) {
        let mut bytes = [0; 2048];
        while self.is_open() {
            let Ok((length, from)) = self.rtcp.recv_from(&mut bytes) else {
                continue;
            };
            let mut calls = self.lock();
            if let Some(state) = calls.at_port(from.port() - 1) {
                state.reports.push(bytes[..length].to_vec());
            }
        }
    }

    fn take_rtp(&self, socket: usize) {
        let mut bytes = [0; 2048];
        while self.is_open() {
            let Ok((length, from)) = self.rtp[socket].recv_from(&mut bytes) else {
                continue;
            };
            let at = Instant::now();
            let Some(packet) = packet(&bytes[..length], at) else {
                continue;
            };
            let mut calls = self.lock();
            if let Some(state) = calls.at_port(from.port()) {
                state.count += 1;
                state.heard.push(packet);
            }
        }
    }

    fn send_rtp(&self) {
        let mut next = Instant::now();
        while self.is_open() {
            next += PTIME;
            thread::sleep(next.saturating_duration_since(Instant::now()));
            let packets: Vec<(usize, u16, Vec<u8>)> = self
                .lock()
                .states
                .values_mut()
                .filter(|state| !state.is_over && !state.is_mute)
                .filter_map(|state| Some((state.socket, state.port?, state.packet())))
                .collect();
            for (socket, port, bytes) in packets {
                let _ = self.rtp[socket].send_to(&bytes, ("127.0.0.1", port));
            }
        }
    }
}

impl State {
    /// The packet that is sent next.
    fn packet(&mut self) -> Vec<u8> {
        self.sent += 1;
        let (kind, stamp, body) = match &mut self.key {
            Some((event, left)) => {
                *left -= 1;
                let (event, left) = (*event, *left);
                let first = self.sent + left;
                let length = ((10 - left) * SAMPLES) as u16;
                let end = if left < 3 { 0x8A } else { 0x0A };
                if left == 0 {
                    self.key = None;
                }
                let body = [&[event, end][..], &length.to_be_bytes()].concat();
                (KEY_EVENTS, first * SAMPLES, body)
            }
            None => (0, self.sent * SAMPLES, vec![self.byte; SAMPLES as usize]),
        };
        let mut bytes = vec![0x80, kind];
        bytes.extend((self.sent as u16).to_be_bytes());
        bytes.extend(stamp.to_be_bytes());
        bytes.extend(0x0057_4952_u32.to_be_bytes());
        bytes.extend(body);
        bytes
    }
}

fn packet(bytes: &[u8], at: Instant) -> Option<Packet> {
    let body = bytes.get(RTP_HEADER..)?;
    Some(Packet {
        at,
        sequence: u16::from_be_bytes([bytes[2], bytes[3]]),
        stamp: u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
        marker: bytes[1] & 0x80 != 0,
        kind: bytes[1] & 0x7F,
        length: body.len(),
        middle: body.get(body.len() / 2).copied().unwrap_or(0),
    })
}

fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let line = message.lines().find(|line| {
        line.split_once(':')
            .is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
    })?;
    line.split_once(':').map(|(_, value)| value.trim())
}

fn audio_port(message: &str) -> Option<u16> {
    let line = message.lines().find(|line| line.starts_with("m=audio "))?;
    line.split(' ').nth(1)?.parse().ok()
}

/// A number that no other call has.
fn rand() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
