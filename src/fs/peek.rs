//! What waits at a leg's RTP socket, seen before the host reads it.
//!
//! The host does not wait in a read that is told not to, with one exception: after a packet that is none of its own (STUN
//! where there is no ICE, the empty lines with which some phones keep a path open, whatever a stranger sends) it waits up
//! to 20 ms for a better one, and handles the leg's SIP meanwhile. It throws such packets away; so do we, before it.

use super::{HostError, check, runtime::Pool, session::Session, sys};
use std::{ffi::c_char, ptr};

/// `MSG_PEEK` and `MSG_DONTWAIT` of Linux.
const PEEK: i32 = 0x2;
const NO_WAIT: i32 = 0x40;
/// Length of the fixed part of an RTP packet's header.
const HEADER: usize = 12;

/// The kind of packets that describe noise, of no codec.
const COMFORT_NOISE: u8 = 13;

/// What a leg's socket has for the next read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing.
    Nothing,
    /// A packet for the host.
    Packet {
        /// The kind of its payload, as SDP numbers it.
        kind: u8,
        /// The number in it.
        sequence: u16,
    },
    /// A packet that the host would throw away, and wait.
    Stray,
}

impl Waiting {
    /// Whether it may be a key: one of the kinds that SDP has to name, and keys always are.
    pub fn may_be_key(self) -> bool {
        matches!(self, Self::Packet { kind: 96.., .. })
    }

    /// Whether it is audio of another codec than the one of this kind: one of the kinds that RTP itself gives to codecs, but
    /// for comfort noise. The host takes up that codec with its next read.
    pub fn is_audio_but_of(self, known: u8) -> bool {
        matches!(self, Self::Packet { kind: kind @ ..=34, .. } if kind != known && kind != COMFORT_NOISE)
    }
}

/// Looks at sockets. One thread.
pub struct Peek {
    /// Where the host writes who has sent a packet.
    from: *mut sys::switch_sockaddr_t,
    /// Owns it.
    _pool: Pool,
}

impl Peek {
    /// With room for what the host tells (`switch_sockaddr_create`).
    pub fn new() -> Result<Self, HostError> {
        let pool = Pool::new()?;
        let mut from = ptr::null_mut();
        // SAFETY: the pool lives as long as the address, in the same value.
        let status = unsafe { sys::switch_sockaddr_create(&mut from, pool.as_ptr()) };
        check("switch_sockaddr_create", status)?;
        Ok(Self { from, _pool: pool })
    }

    /// What waits for the leg's next read (`switch_socket_recvfrom`, `MSG_PEEK`). The thread that serves the leg; a leg
    /// with neither ICE nor DTLS.
    pub fn at(&mut self, leg: Session<'_>) -> Waiting {
        self.receive(leg, PEEK).map_or(Waiting::Nothing, kind)
    }

    /// Throws the next packet away.
    pub fn discard(&mut self, leg: Session<'_>) {
        self.receive(leg, 0);
    }

    /// The first bytes of the next packet, and how many there are.
    fn receive(&mut self, leg: Session<'_>, flags: i32) -> Option<([u8; HEADER], usize)> {
        let socket = leg.rtp_socket()?;
        let mut bytes = [0_u8; HEADER];
        let mut length = bytes.len();
        // SAFETY: the socket is the live leg's: it is replaced and closed by the thread that handles the leg's SIP, which is
        // the owner and does not now. The host writes no more than the length given, and keeps neither pointer.
        let status = unsafe {
            sys::switch_socket_recvfrom(
                self.from,
                socket,
                flags | NO_WAIT,
                bytes.as_mut_ptr().cast::<c_char>(),
                &mut length,
            )
        };
        (status == sys::SWITCH_STATUS_SUCCESS).then_some((bytes, length))
    }
}

/// RTP has version 2 and a whole header. RTCP, which may share the socket, has the version and a type of its own, and may be
/// shorter.
fn kind((bytes, length): ([u8; HEADER], usize)) -> Waiting {
    let [first, second, high, low, ..] = bytes;
    let is_whole = length == HEADER || length >= 4 && (192..=223).contains(&second);
    match is_whole && first >> 6 == 2 {
        true => Waiting::Packet {
            kind: second & 0x7F,
            sequence: u16::from_be_bytes([high, low]),
        },
        false => Waiting::Stray,
    }
}

impl Session<'_> {
    /// The leg's RTP, where it has any (`switch_core_media_get_rtp_session`). The thread that serves the leg.
    pub(super) fn rtp(self) -> Option<ptr::NonNull<sys::switch_rtp_t>> {
        // SAFETY: the session is alive for 'a.
        let rtp = unsafe {
            sys::switch_core_media_get_rtp_session(self.as_ptr(), sys::SWITCH_MEDIA_TYPE_AUDIO)
        };
        ptr::NonNull::new(rtp)
    }

    fn rtp_socket(self) -> Option<*mut sys::switch_socket_t> {
        let rtp = self.rtp()?;
        // SAFETY: the leg's RTP is ended by the leg's own thread, which does not now.
        let socket = unsafe { sys::switch_rtp_get_rtp_socket(rtp.as_ptr()) };
        (!socket.is_null()).then_some(socket)
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADER, Waiting, kind};

    fn of(start: &[u8], length: usize) -> Waiting {
        let mut bytes = [0; HEADER];
        bytes[..start.len()].copy_from_slice(start);
        kind((bytes, length))
    }

    #[test]
    fn rtp_is_told_from_what_the_host_throws_away() {
        let packet = |kind, sequence| Waiting::Packet { kind, sequence };
        assert_eq!(of(&[0x80, 0, 1, 2], HEADER), packet(0, 0x102));
        assert_eq!(of(&[0x90, 0x80, 0xFF, 0xFF], HEADER), packet(0, 0xFFFF));
        assert!(of(&[0x80, 0xE5, 0, 1], HEADER).may_be_key());
        // RTCP on the same socket.
        assert_eq!(of(&[0x80, 201, 0, 1], 8), packet(73, 1));
        assert!(!packet(73, 1).may_be_key() && !packet(0, 1).may_be_key());
        // What may follow PCMU: it again, noise, RTCP and keys; not PCMA or G.722.
        for kind in [0, 13, 73, 101] {
            assert!(!packet(kind, 1).is_audio_but_of(0), "{kind}");
        }
        assert!(packet(8, 1).is_audio_but_of(0) && packet(9, 1).is_audio_but_of(0));
        assert!(packet(0, 1).is_audio_but_of(8) && !Waiting::Nothing.is_audio_but_of(0));
        // Empty lines, STUN, DTLS, the host's own wake-up, half a header, and nothing in it.
        for (start, length) in [
            (&[13, 10, 13, 10][..], 4),
            (&[0, 1, 0, 0], HEADER),
            (&[22, 254, 253, 0], HEADER),
            (&[0xFF; 4], 4),
            (&[0x80, 0, 1, 2], HEADER - 1),
            (&[], 0),
        ] {
            assert_eq!(of(start, length), Waiting::Stray, "{start:?}");
        }
    }
}
