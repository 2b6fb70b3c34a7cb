//! The switch, as far as the table's threads see it: legs that are up or down, woken, and connected.

use callpark_domain::call::{Outcome, Ticket};
use shuttle::{
    rand::{Rng, thread_rng},
    sync::{Condvar, Mutex},
};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Switch {
    inside: Mutex<Inside>,
    changed: Condvar,
}

#[derive(Default)]
struct Inside {
    legs: BTreeMap<String, Leg>,
    record: Record,
    /// Calls for which no phone is to ring any more.
    cancelled: BTreeSet<Ticket>,
}

#[derive(Default)]
struct Leg {
    down: bool,
    woken: bool,
    /// Waits for the bridge.
    stands: bool,
    /// Whether it was connected, once that is known.
    told: Option<bool>,
    /// We dialled it, and nobody waits on its thread.
    dialled: bool,
    /// Its thread is out of our application.
    ended: bool,
}

/// What was seen from outside.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Park ids that a slot was taken for.
    pub entered: Vec<String>,
    /// Park ids that left, with the outcome.
    pub left: Vec<(String, Outcome)>,
    /// Park id and leg of each claim to connect.
    pub claims: Vec<(String, String)>,
    /// Park id and leg of each connection.
    pub connected: Vec<(String, String)>,
}

impl Record {
    /// How calls left, in that order.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.left.iter().map(|(_, outcome)| *outcome).collect()
    }

    /// Whether that leg has a call.
    pub fn has_call(&self, leg: &str) -> bool {
        self.connected.iter().any(|(_, other)| other == leg)
    }
}

/// Whether something fails that can fail.
pub fn fails() -> bool {
    thread_rng().gen_bool(0.3)
}

impl Switch {
    pub fn up(&self, uuid: &str, dialled: bool) {
        let leg = Leg {
            dialled,
            ..Leg::default()
        };
        let mut inside = self.inside.lock().unwrap();
        inside.legs.insert(uuid.to_owned(), leg);
    }

    pub fn is_up(&self, uuid: &str) -> bool {
        self.inside.lock().unwrap().is_up(uuid)
    }

    pub fn hang_up(&self, uuid: &str) {
        self.change(uuid, |leg| leg.down = true);
    }

    pub fn wake(&self, uuid: &str) {
        self.change(uuid, |leg| leg.woken = true);
    }

    pub fn clear_wake(&self, uuid: &str) {
        self.change(uuid, |leg| leg.woken = false);
    }

    /// The leg's thread is out of our application.
    pub fn end(&self, uuid: &str) {
        self.change(uuid, |leg| leg.ended = true);
    }

    /// Music until woken. What woke the leg before is forgotten as it begins, so it is asked once more.
    pub fn play(&self, uuid: &str, wants_break: impl Fn() -> bool) {
        self.clear_wake(uuid);
        if !wants_break() {
            self.wait(|inside| inside.leg(uuid).woken || inside.leg(uuid).down);
        }
    }

    /// The parked leg waits for a leg that dialled; `false`: it is gone, or too slow.
    pub fn await_second(&self, uuid: &str, peer: &str) -> bool {
        if fails() {
            return false;
        }
        let over = |inside: &Inside| !inside.is_up(uuid) || !inside.is_up(peer);
        self.wait(|inside| inside.leg(peer).stands || over(inside));
        !over(&self.inside.lock().unwrap())
    }

    /// Bridges, if both are there, and has `formed` called on the way; says no more than the host's function does.
    pub fn bridge(&self, uuid: &str, peer: &str, formed: impl FnOnce()) {
        let begins = {
            let inside = self.inside.lock().unwrap();
            inside.is_up(uuid) && inside.is_up(peer) && !fails()
        };
        if begins {
            formed();
        }
    }

    /// The leg that wants the call learns whether it has it: by the bridge, or by the end of its patience.
    pub fn tell(&self, peer: &str, connected: bool) {
        self.change(peer, |leg| leg.told = Some(connected));
    }

    /// A leg that dialled waits for the bridge.
    pub fn bridge_as_second(&self, uuid: &str, parked: &str) -> bool {
        self.change(uuid, |leg| leg.stands = true);
        let inside = self.wait(|inside| {
            let leg = inside.leg(uuid);
            leg.told.is_some() || leg.down || inside.leg(parked).ended
        });
        inside.leg(uuid).told == Some(true)
    }

    /// Whether a leg is connected that is being connected at this moment.
    pub fn await_told(&self, uuid: &str) -> bool {
        let inside = self.wait(|inside| inside.leg(uuid).told.is_some() || inside.leg(uuid).down);
        inside.leg(uuid).told == Some(true)
    }

    pub fn cancel(&self, ticket: Ticket) {
        self.inside.lock().unwrap().cancelled.insert(ticket);
    }

    pub fn is_cancelled(&self, ticket: Ticket) -> bool {
        self.inside.lock().unwrap().cancelled.contains(&ticket)
    }

    pub fn record<T>(&self, write: impl FnOnce(&mut Record) -> T) -> T {
        write(&mut self.inside.lock().unwrap().record)
    }

    /// Legs that we dialled and that are up, with nobody to talk to.
    pub fn forgotten(&self) -> Vec<String> {
        let inside = self.inside.lock().unwrap();
        let forgotten = inside
            .legs
            .iter()
            .filter(|(_, leg)| leg.dialled && !leg.down && leg.told != Some(true));
        forgotten.map(|(uuid, _)| uuid.clone()).collect()
    }

    fn change(&self, uuid: &str, how: impl FnOnce(&mut Leg)) {
        if let Some(leg) = self.inside.lock().unwrap().legs.get_mut(uuid) {
            how(leg);
        }
        self.changed.notify_all();
    }

    fn wait(&self, until: impl Fn(&Inside) -> bool) -> shuttle::sync::MutexGuard<'_, Inside> {
        let inside = self.inside.lock().unwrap();
        self.changed
            .wait_while(inside, |inside| !until(inside))
            .unwrap()
    }
}

impl Inside {
    fn leg(&self, uuid: &str) -> &Leg {
        &self.legs[uuid]
    }

    fn is_up(&self, uuid: &str) -> bool {
        self.legs.get(uuid).is_some_and(|leg| !leg.down)
    }
}
