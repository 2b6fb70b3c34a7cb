//! The sockets of all phones, and what goes through them.

use super::{
    PTIME,
    state::{State, packet},
};
use std::{
    collections::HashMap,
    net::{SocketAddr, UdpSocket},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

pub(super) struct Net {
    pub(super) sip: UdpSocket,
    pub(super) rtcp: UdpSocket,
    pub(super) rtp: Vec<UdpSocket>,
    pub(super) switch: SocketAddr,
    pub(super) calls: Mutex<Calls>,
    pub(super) ended: AtomicBool,
}

/// All calls, the ended ones too.
#[derive(Default)]
pub(super) struct Calls {
    /// By Call-ID.
    pub(super) states: HashMap<String, State>,
    /// By the switch's RTP port: which Call-ID has it now.
    pub(super) ports: HashMap<u16, String>,
}

impl Calls {
    pub(super) fn get(&mut self, id: &str) -> Option<&mut State> {
        self.states.get_mut(id)
    }

    pub(super) fn at_port(&mut self, port: u16) -> Option<&mut State> {
        self.states.get_mut(self.ports.get(&port)?)
    }
}

impl Net {
    pub(super) fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_open(&self) -> bool {
        !self.ended.load(Ordering::Acquire)
    }

    pub(super) fn take_rtcp(&self) {
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

    pub(super) fn take_rtp(&self, socket: usize) {
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

    pub(super) fn send_rtp(&self) {
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
