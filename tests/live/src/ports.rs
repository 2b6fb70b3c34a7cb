//! Ports on the loopback address that nobody else uses: several test runs on one machine don't meet.

use crate::wait;
use std::{
    net::{TcpListener, UdpSocket},
    ops::Range,
    sync::atomic::{AtomicU32, Ordering},
};

/// Ports that are handed out one by one lie below those that the system gives to sockets which ask for none: whoever
/// connects to such a port before its server listens may get it as its own, is joined to itself, and keeps the server out.
const SINGLE: Range<u32> = 10_000..17_000;

/// A port that is free for UDP and TCP now, and that this process has not handed out lately.
pub fn free() -> u16 {
    free_run(1)
}

/// The first of so many such ports in a row.
pub fn free_run(length: u16) -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Another process begins elsewhere.
    let begin = std::process::id().wrapping_mul(61);
    let is_free = |port| {
        let address = ("127.0.0.1", port);
        UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok()
    };
    loop {
        let at = begin.wrapping_add(NEXT.fetch_add(u32::from(length), Ordering::Relaxed));
        let room = SINGLE.end - SINGLE.start - u32::from(length);
        let first = (SINGLE.start + at % room) as u16;
        if (first..first + length).all(is_free) {
            return first;
        }
    }
}

/// The RTP ports of one switch. FreeSWITCH does not look whether a port is free, so no two switches may share any: whoever
/// listens on TCP at the first of a range has it.
pub struct RtpRange {
    first: u16,
    _held: TcpListener,
}

impl RtpRange {
    const FIRST: u16 = 17_000;
    /// For 650 legs.
    const LENGTH: u16 = 2_600;
    const RANGES: u16 = 5;

    /// Takes a range that is free, or waits for one.
    pub fn claim() -> Self {
        let claimed = wait::until(wait::PATIENCE * 6, || {
            (0..Self::RANGES)
                .map(|range| Self::FIRST + range * Self::LENGTH)
                .find_map(|first| {
                    let _held = TcpListener::bind(("127.0.0.1", first)).ok()?;
                    Some(Self { first, _held })
                })
        });
        claimed.expect("a range of RTP ports becomes free")
    }

    /// The first and the last port.
    pub fn bounds(&self) -> (u16, u16) {
        (self.first, self.first + Self::LENGTH - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::RtpRange;

    #[test]
    fn two_switches_never_share_rtp_ports() {
        let (one, other) = (RtpRange::claim(), RtpRange::claim());
        assert!(one.bounds().1 < other.bounds().0 || other.bounds().1 < one.bounds().0);
    }
}
