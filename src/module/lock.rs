//! The table's lock on a real switch: the host's.

use super::table::TableLock;
use crate::fs::runtime::{Guarded, Locked};
use callpark_domain::table::Table;

impl TableLock for Guarded<Table> {
    type Held<'a> = Locked<'a, Table>;

    fn lock(&self) -> Locked<'_, Table> {
        self.lock()
    }

    fn wait<'a>(&'a self, mut held: Locked<'a, Table>, micros: i64) -> Locked<'a, Table> {
        held.wait(micros);
        held
    }

    fn wake_all(&self) {
        self.wake_all();
    }
}
