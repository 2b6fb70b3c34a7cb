//! Phones made of two sockets: they show what is on the wire, packet by packet, and when.
//!
//! All calls of a [`Wire`] share one SIP socket and some RTP sockets; the switch's own RTP port tells them apart. Each sends a
//! packet every 20 ms as a phone does, filled with one byte of the test's choice.

mod net;
mod sip;
mod state;

use crate::{ports, wait};
use net::Net;
use state::State;
use std::{
    net::{SocketAddr, UdpSocket},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// A packet's time on the wire.
const PTIME: Duration = Duration::from_millis(20);
/// Samples, and PCMU bytes, in it.
const SAMPLES: u32 = 160;
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
    /// Its codec: PCMA, else PCMU.
    pub pcma: bool,
    /// It has both, and a packet of the other one now and then.
    pub wavers: bool,
    /// It checks the path of its audio, as a browser does.
    pub ice: bool,
    /// After how many seconds without a refresh, which is the switch's to send, the session is over.
    pub session_expires: Option<u32>,
}

impl Offer {
    /// The kind of this of its packets.
    fn kind(self, number: u32) -> u8 {
        let is_other = self.wavers && number / 5 % 2 == 1;
        if self.pcma != is_other { 8 } else { 0 }
    }
}

/// Phones at the SIP port of a switch.
pub struct Wire {
    net: Arc<Net>,
    threads: Vec<JoinHandle<()>>,
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
        let socket = self.net.lock().states.len() % RTP_SOCKETS;
        let target = format!("sip:{number}@{}", self.net.switch);
        let state = State::new(number, offer, socket, target);
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

    /// Sends this packet, which may be anything, from where its audio comes.
    pub fn sends(&self, call: &WireCall, bytes: &[u8]) {
        let (socket, port) = self.with(call, |state| (state.socket, state.port));
        let port = port.expect("it is answered");
        let sent = self.net.rtp[socket].send_to(bytes, ("127.0.0.1", port));
        assert!(sent.is_ok(), "{sent:?}");
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

    /// Has another codec from now on, by a re-INVITE.
    pub fn changes_codec(&self, call: &WireCall) {
        self.with(call, |state| state.offer.pcma = !state.offer.pcma);
        self.reinvite(call, "sendrecv");
    }

    /// Asks for a fax by T.38 in place of its audio; the status of the reply.
    pub fn faxes(&self, call: &WireCall) -> u16 {
        self.with(call, |state| state.is_fax = true);
        let (status, _) = self.reply(call, "INVITE", Some("sendrecv"));
        self.with(call, |state| state.is_fax = false);
        status
    }

    /// Presses a key by SIP INFO.
    pub fn press_by_info(&self, call: &WireCall, key: char) {
        self.ask(call, "INFO", Some(&key.to_string()));
    }

    /// Hangs up; how long the reply took.
    pub fn hang_up(&self, call: &WireCall) -> Duration {
        let took = self.ask(call, "BYE", None);
        self.with(call, |state| state.is_over = true);
        took
    }

    fn ask(&self, call: &WireCall, method: &str, content: Option<&str>) -> Duration {
        let began = Instant::now();
        let (status, at) = self.reply(call, method, content);
        assert_eq!(status, 200, "{method}");
        at.duration_since(began)
    }

    fn reply(&self, call: &WireCall, method: &str, content: Option<&str>) -> (u16, Instant) {
        let number = self.net.request(&call.id, method, content);
        let reply = wait::until(wait::PATIENCE, || {
            self.with(call, |state| state.replies.get(&number).copied())
        });
        reply.unwrap_or_else(|| panic!("{method} is not answered"))
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

/// A number that no other call has.
fn rand() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0)
}
