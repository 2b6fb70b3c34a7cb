//! Legs on their way into a slot, and in it.

use crate::{
    Actor, Office,
    office::secret_of,
    switch::fails,
    table::{Asked, Connecting},
};
use callpark_domain::{
    call::{Call, Outcome, Party, Purpose},
    names::{LotKey, UserAt},
    overrides::Overrides,
    result::Code,
    table::{Arrival, Want},
};
use shuttle::sync::Arc;

impl Office {
    /// The leg parks itself and stays until its call has left.
    pub fn park(&self, uuid: &str, lot: &LotKey, want: Want) -> Result<(), Code> {
        let call = self.enter(uuid, lot, want)?;
        self.hold(&call);
        Ok(())
    }

    /// A caller who is in a slot when this returns, and the thread that holds it.
    pub fn parked(self: &Arc<Self>, uuid: &'static str, lot: &LotKey, want: Want) -> Actor {
        self.ring_in(uuid);
        let call = self.enter(uuid, lot, want).expect("a free slot");
        let office = Arc::clone(self);
        shuttle::thread::spawn(move || office.hold(&call))
    }

    /// A leg that is up.
    pub fn ring_in(&self, uuid: &str) {
        self.switch.up(uuid, false);
    }

    fn enter(&self, uuid: &str, lot: &LotKey, want: Want) -> Result<Call, Code> {
        let now = self.now();
        let parked = self.table.lock().park(lot, arrival(uuid, want), now);
        self.entered(parked)
    }

    /// Holds a slot for a leg.
    pub fn reserve(&self, uuid: &str, lot: &LotKey, want: Want) -> Result<Call, Code> {
        self.reserve_for(reservation(uuid, want), lot)
    }

    fn reserve_for(&self, arrival: Arrival, lot: &LotKey) -> Result<Call, Code> {
        let now = self.now();
        let reserved = self.table.lock().reserve(lot, arrival, now);
        self.entered(reserved)
    }

    /// Reserves a slot for a leg that may hang up at any time, and sends it there.
    pub fn send_to_slot(self: &Arc<Self>, uuid: &'static str, lot: &LotKey) -> Result<(), Code> {
        let call = self.reserve(uuid, lot, Want::Auto)?;
        let sent = self.send(uuid, secret_of(uuid));
        if !self.switch.is_up(uuid) {
            self.expire(call.ticket);
        }
        sent.join().unwrap()
    }

    /// A leg that was sent to its slot by a secret runs the application, unless it has hung up.
    fn arrive(self: &Arc<Self>, uuid: &str, secret: &str) -> Result<(), Code> {
        if !self.switch.is_up(uuid) {
            return Err(Code::Gone);
        }
        let call = self.take_up(secret, uuid)?;
        self.hold(&call);
        Ok(())
    }

    /// The leg is there, and in its slot from now on.
    pub fn take_up(&self, secret: &str, uuid: &str) -> Result<Call, Code> {
        self.table.take_up(
            secret,
            uuid,
            Party::default(),
            Overrides::default(),
            None,
            self.now(),
        )
    }

    /// A user reserves a slot by a call of their own and hears it, until the attended transfer of `caller` onto it, or until
    /// the user just hangs up; the caller on the way there.
    pub fn consult(
        self: &Arc<Self>,
        lot: &LotKey,
        caller: Option<&'static str>,
    ) -> Option<Actor<Result<(), Code>>> {
        let uuid = "consulting";
        self.ring_in(uuid);
        let arrival = Arrival {
            parker_leg: Some(uuid.to_owned()),
            ..reservation(uuid, Want::Auto)
        };
        let call = self.reserve_for(arrival, lot).ok()?;
        let mut sent = None;
        while self.switch.is_up(uuid) && self.table.is_reserved(call.ticket) {
            if fails() {
                sent = caller.map(|caller| self.send(caller, secret_of(uuid)));
                self.hang_up(uuid);
            }
        }
        if !self.switch.is_up(uuid) && caller.is_none() {
            self.expire(call.ticket);
        }
        sent
    }

    /// The host transfers a leg to the reservation behind a secret: it goes there on its own thread.
    fn send(self: &Arc<Self>, uuid: &'static str, secret: String) -> Actor<Result<(), Code>> {
        let office = Arc::clone(self);
        shuttle::thread::spawn(move || office.arrive(uuid, &secret))
    }

    fn hold(&self, call: &Call) {
        let leg = &call.uuid;
        while self.switch.is_up(leg) {
            match self.table.asked(call.ticket) {
                Asked::Nothing => {
                    let wants_break = || self.table.asked(call.ticket) != Asked::Nothing;
                    self.switch.play(leg, wants_break);
                }
                Asked::ToLeave => break,
                Asked::For(purpose) => {
                    self.switch.clear_wake(leg);
                    if self.obey(call, &purpose) {
                        break;
                    }
                }
            }
        }
        self.depart(call.ticket, Outcome::Abandoned);
        self.switch.end(leg);
    }

    fn obey(&self, call: &Call, purpose: &Purpose) -> bool {
        match purpose {
            Purpose::Connect { peer, dialled, .. } => self.connect(call, peer, *dialled),
            Purpose::Transfer { outcome, .. } => {
                self.depart(call.ticket, *outcome);
                true
            }
            Purpose::Drop { .. } => {
                self.depart(call.ticket, Outcome::Dropped);
                self.switch.hang_up(&call.uuid);
                true
            }
        }
    }

    fn connect(&self, call: &Call, peer: &str, dialled: bool) -> bool {
        let leg = &call.uuid;
        let formed = self.switch.is_up(peer)
            && (dialled || self.switch.await_second(leg, peer))
            && self.switch.is_up(leg)
            && self.bridge(call, peer);
        self.switch.tell(peer, formed);
        if formed {
            self.switch.hang_up(leg);
            return true;
        }
        if dialled {
            self.switch.hang_up(peer);
        }
        if self.switch.is_up(leg) {
            self.table.unclaim(call.ticket, self.now());
        }
        false
    }

    fn bridge(&self, call: &Call, peer: &str) -> bool {
        self.switch
            .bridge(&call.uuid, peer, || self.formed(&call.uuid));
        let formed = self.table.has_left(call.ticket);
        if formed {
            let pair = (call.id.clone(), peer.to_owned());
            self.switch.record(|record| record.connected.push(pair));
        }
        formed
    }

    fn formed(&self, leg: &str) {
        let Some(Connecting {
            ticket,
            peer,
            outcome,
        }) = self.table.connecting(leg)
        else {
            return;
        };
        if self.switch.is_up(leg) && self.switch.is_up(&peer) {
            self.depart(ticket, outcome);
        }
    }

    fn entered(&self, call: Result<Call, Code>) -> Result<Call, Code> {
        call.inspect(|call| {
            self.switch
                .record(|record| record.entered.push(call.id.clone()));
        })
    }
}

/// A leg that parks itself.
fn arrival(uuid: &str, want: Want) -> Arrival {
    Arrival {
        id: format!("park of {uuid}"),
        uuid: uuid.to_owned(),
        want,
        caller: Party::default(),
        parker: UserAt::parse("1001@a.example").ok(),
        parker_leg: None,
        parker_context: None,
        parker_listens: false,
        overrides: Overrides::default(),
        secret: None,
        random: 0,
    }
}

/// A slot for a leg that comes by a secret.
fn reservation(uuid: &str, want: Want) -> Arrival {
    Arrival {
        secret: Some(secret_of(uuid)),
        ..arrival(uuid, want)
    }
}
