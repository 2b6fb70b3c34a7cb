//! Ports on the loopback address that nobody else uses: several test runs on one machine don't meet.

use crate::wait;
use std::{
    fs,
    net::{TcpListener, UdpSocket},
    ops::Range,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Ports that are handed out one by one lie below those that the system gives to sockets which ask for none: whoever
/// connects to such a port before its server listens may get it as its own, is joined to itself, and keeps the server out.
const SINGLE: Range<u16> = 10_000..17_000;
/// The one port among them to which no browser connects: it was another protocol's.
const BLOCKED: u16 = 10_080;
/// Each process has a block of them. A port that is free when it is handed out is used a moment later only.
const BLOCK: u16 = 700;

/// A port that is free for UDP and TCP now, and that this process has not handed out lately.
pub fn free() -> u16 {
    free_run(1)
}

/// The first of so many such ports in a row.
pub fn free_run(length: u16) -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let block = own_block();
    let is_free = |port| {
        let address = ("127.0.0.1", port);
        port != BLOCKED && UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok()
    };
    loop {
        let at = NEXT.fetch_add(length.into(), Ordering::Relaxed);
        let room = block.len() as u32 - u32::from(length) + 1;
        let first = block.start + (at % room) as u16;
        if (first..first + length).all(is_free) {
            return first;
        }
    }
}

/// Whether somebody has this port for UDP. Told by the kernel: whoever tries to take it may keep out the one who is to have it.
pub fn is_taken(port: u16) -> bool {
    let sockets = fs::read_to_string("/proc/net/udp").unwrap_or_default();
    let mut local = sockets
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1));
    let port = format!(":{port:04X}");
    local.any(|address| address.ends_with(&port))
}

/// The ports of this process, as long as it runs: whoever listens on TCP at the first of a block has it.
fn own_block() -> Range<u16> {
    static HELD: OnceLock<(u16, TcpListener)> = OnceLock::new();
    let (first, _) = HELD.get_or_init(|| {
        let starts = SINGLE.step_by(BLOCK.into());
        let held = |first| Some((first, TcpListener::bind(("127.0.0.1", first)).ok()?));
        wait::until(wait::PATIENCE * 6, || starts.clone().find_map(held))
            .expect("a block of ports becomes free")
    });
    first + 1..first + BLOCK
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
    use super::{RtpRange, free, free_run, is_taken, own_block};
    use std::net::UdpSocket;

    #[test]
    fn a_port_is_taken_while_somebody_has_it() {
        let port = free();
        assert!(!is_taken(port));
        let socket = UdpSocket::bind(("127.0.0.1", port)).expect("it is free");
        assert!(is_taken(port));
        drop(socket);
        assert!(!is_taken(port));
    }

    #[test]
    fn a_process_hands_out_ports_of_its_own_block() {
        for length in [1, 3, 100] {
            let first = free_run(length);
            assert!(own_block().contains(&first) && own_block().contains(&(first + length - 1)));
        }
    }

    #[test]
    fn two_switches_never_share_rtp_ports() {
        let (one, other) = (RtpRange::claim(), RtpRange::claim());
        assert!(one.bounds().1 < other.bounds().0 || other.bounds().1 < one.bounds().0);
    }
}
