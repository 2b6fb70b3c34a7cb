//! One call, and its packets.

use super::{Offer, Packet, SAMPLES};
use std::{collections::HashMap, time::Instant};

const RTP_HEADER: usize = 12;
const KEY_EVENTS: u8 = 101;

/// One call.
pub(super) struct State {
    /// Which of the RTP sockets is its own.
    pub(super) socket: usize,
    pub(super) number: String,
    pub(super) offer: Offer,
    pub(super) sequence: u32,
    pub(super) remote_tag: String,
    pub(super) target: String,
    /// Status of the last reply to each request, by CSeq number.
    pub(super) replies: HashMap<u32, (u16, Instant)>,
    /// The switch's RTP port.
    pub(super) port: Option<u16>,
    pub(super) byte: u8,
    pub(super) is_mute: bool,
    pub(super) is_fax: bool,
    pub(super) sent: u32,
    /// What is pressed: the key and how many packets of it are still to be sent.
    pub(super) key: Option<(u8, u32)>,
    pub(super) heard: Vec<Packet>,
    /// Packets that came, whether they were kept or not.
    pub(super) count: u64,
    pub(super) is_over: bool,
    /// Requests of the switch within the call, by method.
    pub(super) asked: Vec<String>,
    /// RTCP packets.
    pub(super) reports: Vec<Vec<u8>>,
}

impl State {
    /// A call that is about to be dialled.
    pub(super) fn new(number: &str, offer: Offer, socket: usize, target: String) -> Self {
        Self {
            socket,
            number: number.to_owned(),
            offer,
            sequence: 0,
            remote_tag: String::new(),
            target,
            replies: HashMap::new(),
            port: None,
            byte: 0xFF,
            is_mute: false,
            is_fax: false,
            sent: 0,
            key: None,
            heard: Vec::new(),
            count: 0,
            is_over: false,
            asked: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// The packet that is sent next.
    pub(super) fn packet(&mut self) -> Vec<u8> {
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
            None => (
                self.offer.kind(self.sent),
                self.sent * SAMPLES,
                vec![self.byte; SAMPLES as usize],
            ),
        };
        let mut bytes = vec![0x80, kind];
        bytes.extend((self.sent as u16).to_be_bytes());
        bytes.extend(stamp.to_be_bytes());
        bytes.extend(0x0057_4952_u32.to_be_bytes());
        bytes.extend(body);
        bytes
    }
}

pub(super) fn packet(bytes: &[u8], at: Instant) -> Option<Packet> {
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
