//! A leg that its own thread lends out while it sleeps: others may serve it meanwhile, never longer.
//!
//! The host's rule is that a leg's media belongs to one thread at a time. The owner sleeps inside [`Session::lend`]; a
//! visitor has the leg for the length of one [`Loan::visit`]; and `lend` does not return while a visit lasts.

use super::{HostError, runtime::Guarded, session::Session, sys};

/// How often an owner that waits for the end of a visit looks again, in microseconds.
const LOOK_MICROS: i64 = 20_000;

/// What owner and visitors share.
pub struct Loan(Guarded<Terms>);

struct Terms {
    leg: Option<Lent>,
    visited: bool,
    woken: bool,
}

/// A session's pointer between threads.
#[derive(Clone, Copy)]
struct Lent(*mut sys::switch_core_session_t);

// SAFETY: only `visit` looks behind the pointer, and only while the owner sleeps in `lend`: one thread at a time.
unsafe impl Send for Lent {}

impl Loan {
    /// Nothing lent yet.
    pub fn new() -> Result<Self, HostError> {
        let terms = Terms {
            leg: None,
            visited: false,
            woken: false,
        };
        Guarded::new(terms).map(Self)
    }

    /// Has the owner take its leg back soon. Any thread; never waits for a visit.
    pub fn wake(&self) {
        self.0.lock().woken = true;
        self.0.wake_all();
    }

    /// Looks at the leg, if its owner lends it now. Any thread but the owner's; one visitor at a time.
    pub fn visit<R>(&self, look: impl FnOnce(Session<'_>) -> R) -> Option<R> {
        let leg = {
            let mut terms = self.0.lock();
            let leg = terms.leg.filter(|_| !terms.visited)?;
            terms.visited = true;
            leg
        };
        let _visit = Visit(self);
        // SAFETY: the owner's thread runs an application of its session, so that the session is alive, and leaves
        // `lend` only when this visit is over.
        unsafe { Session::from_raw(leg.0) }.map(look)
    }

    /// Waits until woken, but for `micros` at most. Who was woken before waits for nothing.
    fn wait(&self, micros: i64) {
        let mut terms = self.0.lock();
        if !terms.woken {
            terms.wait(micros);
        }
        terms.woken = false;
    }
}

impl Session<'_> {
    /// Sleeps while others may visit the leg by `loan`; returns when woken, or after `micros`. The leg's own thread. On
    /// return no visit lasts and none begins: whoever looks at the leg in between, even to see whether it is ready, would
    /// have the host handle its SIP while a visitor is inside.
    pub fn lend(self, loan: &Loan, micros: i64) {
        loan.0.lock().leg = Some(Lent(self.as_ptr()));
        let _ends = Ends(loan);
        loan.wait(micros);
    }
}

/// Takes the leg back, however `lend` ends.
struct Ends<'a>(&'a Loan);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        let mut terms = self.0.0.lock();
        terms.leg = None;
        while terms.visited {
            terms.wait(LOOK_MICROS);
        }
    }
}

/// A visit, until dropped.
struct Visit<'a>(&'a Loan);

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let awaited = {
            let mut terms = self.0.0.lock();
            terms.visited = false;
            terms.leg.is_none()
        };
        if awaited {
            self.0.0.wake_all();
        }
    }
}
