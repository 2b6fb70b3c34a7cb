//! SIP as such a phone speaks it.

use super::{Offer, net::Net, rand, state::State};
use std::{net::UdpSocket, time::Instant};

impl Net {
    /// Sends a request within a call, or the first; its CSeq number.
    pub(super) fn request(&self, id: &str, method: &str, content: Option<&str>) -> u32 {
        let mut calls = self.lock();
        let state = calls.get(id).expect("a call of this wire");
        state.sequence += 1;
        let number = state.sequence;
        let text = self.message(id, state, method, number, content);
        let _ = self.sip.send_to(text.as_bytes(), self.switch);
        number
    }

    fn message(
        &self,
        id: &str,
        state: &State,
        method: &str,
        number: u32,
        content: Option<&str>,
    ) -> String {
        let own = self.sip.local_addr().expect("bound");
        let body = match (method, content) {
            ("INFO", Some(key)) => format!("Signal={key}\r\nDuration=160\r\n"),
            (_, Some(_)) if state.is_fax => self.fax(state.socket),
            (_, Some(direction)) => self.sdp(state.socket, state.offer, direction),
            _ => String::new(),
        };
        let timer = match state.offer.session_expires {
            Some(seconds) if method == "INVITE" => {
                format!("Supported: timer\r\nSession-Expires: {seconds};refresher=uas\r\n")
            }
            _ => String::new(),
        };
        let (target, remote_tag) = (&state.target, &state.remote_tag);
        let kind = match method {
            "INFO" => "Content-Type: application/dtmf-relay\r\n",
            "INVITE" => "Content-Type: application/sdp\r\n",
            _ => "",
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

    fn fax(&self, socket: usize) -> String {
        let port = self.rtp[socket].local_addr().expect("bound").port();
        format!(
            "v=0\r\no=wire 1 {} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=image {port} udptl t38\r\na=T38FaxVersion:0\r\na=T38MaxBitRate:14400\r\n\
             a=T38FaxRateManagement:transferredTCF\r\na=T38FaxUdpEC:t38UDPRedundancy\r\n",
            rand() >> 40
        )
    }

    fn sdp(&self, socket: usize, offer: Offer, direction: &str) -> String {
        let port = |socket: &UdpSocket| socket.local_addr().expect("bound").port();
        let rtcp = match offer.rtcp {
            true => format!("a=rtcp:{}\r\n", port(&self.rtcp)),
            false => String::new(),
        };
        let (kinds, codecs) = match offer {
            Offer { wavers: true, .. } => {
                ("0 8", "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n")
            }
            Offer { pcma: true, .. } => ("8", "a=rtpmap:8 PCMA/8000\r\n"),
            _ => ("0", "a=rtpmap:0 PCMU/8000\r\n"),
        };
        let ice = match offer.ice {
            true => format!(
                "a=ice-ufrag:wire\r\na=ice-pwd:0123456789012345678901\r\n\
                 a=candidate:1 1 udp 2130706431 127.0.0.1 {} typ host\r\n",
                port(&self.rtp[socket])
            ),
            false => String::new(),
        };
        let port = port(&self.rtp[socket]);
        format!(
            "v=0\r\no=wire 1 {} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP {kinds} 101\r\n{codecs}a=rtpmap:101 telephone-event/8000\r\n\
             a=fmtp:101 0-15\r\na=ptime:20\r\n{rtcp}{ice}a={direction}\r\n",
            rand() >> 40
        )
    }

    pub(super) fn take_sip(&self) {
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
            _ => state.is_over |= state.port.is_none(),
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
