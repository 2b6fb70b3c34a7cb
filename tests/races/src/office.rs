//! The table, the switch, and the one way out; and what must be true when everyone has gone home.

use crate::{
    lock::ShuttleLock,
    switch::{Record, Switch},
    table::SharedTable,
};
use callpark_domain::{
    call::{Epoch, Outcome, Purpose, Ticket},
    config::{Config, RawConfig, RawLot, RawParam},
    names::{DomainName, LotKey, LotName},
    table::{Departed, Table, Want, Which},
    verb::Filter,
};
use shuttle::{sync::Arc, sync::atomic::AtomicI64, thread::JoinHandle};
use std::{collections::BTreeSet, sync::atomic::Ordering};

/// The lots: `default` has two slots, `single` one, `locked` wants a PIN.
const LOTS: [(&str, &[(&str, &str)]); 3] = [
    (
        "default",
        &[
            ("slots", "701-702"),
            ("fallback", "operator XML default"),
            ("exit-key", "*"),
        ],
    ),
    ("single", &[("slots", "801-801")]),
    ("locked", &[("slots", "901-902"), ("pin", "1234")]),
];

/// Someone who does something, on a thread of their own.
pub type Actor<T = ()> = JoinHandle<T>;

/// Everything the actors share.
pub struct Office {
    pub(crate) table: SharedTable<ShuttleLock>,
    pub(crate) switch: Switch,
    now: AtomicI64,
}

impl Office {
    /// Nobody in a slot, at second 0.
    pub fn open() -> Arc<Self> {
        Arc::new(Self {
            table: SharedTable::new(ShuttleLock::new(Table::new(config(&LOTS)))),
            switch: Switch::default(),
            now: AtomicI64::new(0),
        })
    }

    /// Somebody begins to do something.
    pub fn begin<T: Send + 'static>(
        self: &Arc<Self>,
        what: impl FnOnce(&Arc<Self>) -> T + Send + 'static,
    ) -> Actor<T> {
        let office = Arc::clone(self);
        shuttle::thread::spawn(move || what(&office))
    }

    /// Another configuration: `default` is no more, `single` has grown.
    pub fn reload(&self) {
        let lots: [(&str, &[_]); 1] = [("single", &[("slots", "801-803")])];
        self.table.lock().reconfigure(config(&lots));
    }

    /// No new calls from now on.
    pub fn drain(&self) {
        self.table.lock().set_drain(true);
    }

    /// The module ends: what it finds in slots leaves them. The legs stay for the host to end.
    pub fn shut_down(&self) {
        let calls = self.table.lock().calls(&Filter::All);
        for call in calls {
            self.depart(call.ticket, Outcome::Shutdown);
        }
    }

    /// Time passes.
    pub fn set_time(&self, now: Epoch) {
        self.now.store(now, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Epoch {
        self.now.load(Ordering::SeqCst)
    }

    /// A call leaves its slot, unless it has.
    pub(crate) fn depart(&self, ticket: Ticket, outcome: Outcome) {
        if let Some(departed) = self.table.depart(ticket, outcome, self.now()) {
            self.departed(&departed, outcome);
        }
    }

    /// A reservation that was not taken up ends; `false`: it was.
    pub fn expire(&self, ticket: Ticket) -> bool {
        let expired = self.table.expire(ticket, self.now());
        if let Some(departed) = &expired {
            self.departed(departed, Outcome::Expired);
        }
        expired.is_some()
    }

    /// A leg ends: the host tells the module after the fact.
    pub fn hang_up(&self, uuid: &str) {
        self.switch.hang_up(uuid);
        if let Some(departed) = self.table.forsake(uuid, self.now()) {
            self.departed(&departed, Outcome::Expired);
        }
    }

    /// Phones that ring for the call stop, and everyone is told.
    fn departed(&self, departed: &Departed, outcome: Outcome) {
        let call = &departed.call;
        self.switch.cancel(call.ticket);
        let taken = matches!(outcome, Outcome::Retrieved | Outcome::Returned);
        if let Some(Purpose::Connect {
            peer,
            dialled: true,
            ..
        }) = &call.purpose
            && !taken
        {
            self.switch.hang_up(peer);
        }
        self.switch
            .record(|record| record.left.push((call.id.clone(), outcome)));
    }

    /// Everyone has gone: nothing is left, and everything that was begun has ended, once. What happened.
    pub fn close(&self) -> Record {
        self.check_nothing_is_left();
        assert_eq!(self.switch.forgotten(), [""; 0], "phones with nobody there");
        let record = self.so_far();
        let left: Vec<_> = record.left.iter().map(|(id, _)| id).collect();
        let once: BTreeSet<_> = left.iter().copied().collect();
        assert_eq!(left.len(), once.len(), "left twice: {record:?}");
        let entered: BTreeSet<_> = record.entered.iter().collect();
        assert_eq!(entered, once, "no outcome, or of no call: {record:?}");
        for (id, outcome) in &record.left {
            check_connections(&record, id, *outcome);
        }
        record
    }

    /// What has happened until now.
    pub fn so_far(&self) -> Record {
        self.switch.record(|record| record.clone())
    }

    fn check_nothing_is_left(&self) {
        let table = self.table.lock();
        assert!(table.is_empty(), "a call in a slot");
        assert_eq!(table.next_deadline(), None, "a deadline of no call");
        let used: u32 = table.lots(None).iter().map(|lot| lot.used).sum();
        assert_eq!(used, 0, "a slot of no call");
        for name in ["caller-1", "caller-2", "consulting", "offer"] {
            assert_eq!(table.ticket_of(name), None, "{name} of no call");
            let secret = secret_of(name);
            assert_eq!(table.ticket_by_secret(&secret), None, "a secret of no call");
        }
    }
}

/// Whoever was connected had claimed that call, and nobody else was.
fn check_connections(record: &Record, id: &str, outcome: Outcome) {
    let of_call = |pairs: &[(String, String)]| -> Vec<_> {
        let own = pairs.iter().filter(|(call, _)| call == id);
        own.map(|(_, leg)| leg.clone()).collect()
    };
    let (claims, connected) = (of_call(&record.claims), of_call(&record.connected));
    let taken = matches!(outcome, Outcome::Retrieved | Outcome::Returned);
    // A call that the module's end finds on its way to somebody counts as ended, whether it gets there or not.
    let perhaps = outcome == Outcome::Shutdown && connected.len() == 1;
    assert!(
        perhaps || connected.len() == usize::from(taken),
        "{id} in {record:?}"
    );
    for leg in &connected {
        assert!(claims.contains(leg), "{leg} never claimed: {record:?}");
        let times = record.connected.iter().filter(|(_, other)| other == leg);
        assert_eq!(times.count(), 1, "{leg} has two calls: {record:?}");
    }
}

/// By what a leg takes up its reservation.
pub fn secret_of(uuid: &str) -> String {
    format!("secret of {uuid}")
}

/// A lot of the office.
pub fn key(lot: &str) -> LotKey {
    LotKey {
        lot: LotName::parse(lot).unwrap(),
        domain: DomainName::parse("a.example").unwrap(),
    }
}

/// A slot, as one parks in it and as one asks for its call.
pub fn slot(name: &str) -> (Want, Which) {
    (Want::Slot(name.to_owned()), Which::Slot(name.to_owned()))
}

fn config(lots: &[(&str, &[(&str, &str)])]) -> Arc<Config> {
    let param = |(name, value): &(&str, &str)| RawParam {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let lot = |(name, params): &(&str, &[(&str, &str)])| RawLot {
        name: (*name).to_owned(),
        domain: "*".to_owned(),
        params: params.iter().map(param).collect(),
    };
    let raw = RawConfig {
        lots: lots.iter().map(lot).collect(),
        ..RawConfig::default()
    };
    Arc::new(Config::parse(raw).unwrap().0)
}
