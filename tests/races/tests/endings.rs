//! `drain`, and the end of the module, while callers come and go. What must hold in any case is checked by `lock.rs` at all
//! times, and by `Office::close` at the end.

use callpark_domain::{
    call::Outcome::{Abandoned, Expired, Fallback, Retrieved, Returned, Shutdown},
    result::Code,
    table::Want,
};
use callpark_races::{Office, Told, explore, key, secret_of, slot};

#[test]
fn nobody_comes_in_after_a_drain_and_who_is_in_a_slot_can_be_retrieved() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        office.ring_in("caller-2");
        let park = office.begin(|office| office.park("caller-2", &key("default"), Want::Auto));
        let wish =
            office.begin(|office| office.retrieve("retriever-1", &key("default"), &slot("701").1));
        office.drain();
        let late = office.reserve("caller-3", &key("single"), Want::Auto);
        assert_eq!(late.err(), Some(Code::Draining));
        let told = wish.join().unwrap();
        assert!(!matches!(told, Told::Refused(_)), "{told:?}");
        for caller in ["caller-1", "caller-2"] {
            office.hang_up(caller);
        }
        hold.join().unwrap();
        let parked = park.join().unwrap();
        assert!(matches!(parked, Ok(()) | Err(Code::Draining)), "{parked:?}");
        let record = office.close();
        assert_eq!(told == Told::Done, record.has_call("retriever-1"));
        let left = record.outcomes();
        assert_eq!(left.len(), 1 + usize::from(parked.is_ok()), "{record:?}");
        let possible = |outcome| [Retrieved, Abandoned].contains(outcome);
        assert!(left.iter().all(possible), "{record:?}");
    });
}

#[test]
fn a_drain_lets_in_who_has_a_slot_reserved() {
    explore(|| {
        let office = Office::open();
        let reserved = office.reserve("caller-1", &key("single"), Want::Auto);
        assert!(reserved.is_ok());
        let drain = office.begin(|office| office.drain());
        let taken = office.take_up(&secret_of("caller-1"), "caller-1");
        drain.join().unwrap();
        assert_eq!(taken.err(), None);
    });
}

#[test]
fn the_end_of_the_module_and_a_parker_leave_no_slot_behind() {
    explore(|| {
        let office = Office::open();
        office.ring_in("caller-1");
        let park = office.begin(|office| office.park("caller-1", &key("single"), Want::Auto));
        office.shut_down();
        office.hang_up("caller-1");
        assert_eq!(park.join().unwrap(), Ok(()));
        let outcomes = office.close().outcomes();
        assert!(
            matches!(outcomes[..], [Shutdown | Abandoned]),
            "{outcomes:?}"
        );
    });
}

#[test]
fn the_end_of_the_module_and_a_caller_who_comes_for_a_slot_leave_none_behind() {
    explore(|| {
        let office = Office::open();
        office.ring_in("caller-1");
        let end = office.begin(|office| office.shut_down());
        let sent = office.begin(|office| office.send_to_slot("caller-1", &key("single")));
        end.join().unwrap();
        office.hang_up("caller-1");
        let sent = sent.join().unwrap();
        let outcomes = office.close().outcomes();
        match outcomes[..] {
            [Shutdown] => {}
            [Expired] => assert_eq!(sent, Err(Code::Gone)),
            [Abandoned] => assert_eq!(sent, Ok(())),
            _ => panic!("{outcomes:?}"),
        }
    });
}

#[test]
fn the_end_of_the_module_tells_whoever_comes_for_a_call() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let retrieve =
            office.begin(|office| office.retrieve("retriever-1", &key("default"), &slot("701").1));
        let fetch = office.begin(|office| office.fetch("user", &key("default"), &slot("701").1));
        office.shut_down();
        office.hang_up("caller-1");
        hold.join().unwrap();
        let told = [retrieve.join().unwrap(), fetch.join().unwrap()];
        let record = office.close();
        let has = ["retriever-1", "user"].map(|leg| record.has_call(leg));
        let done = told.map(|told| told == Told::Done);
        let outcomes = record.outcomes();
        if outcomes == [Shutdown] {
            // A leg that we dialled is let go on its way to the call.
            assert!(!done[0] || has[0], "{told:?}, {record:?}");
            assert!(!done[1] || has[1], "{told:?}, {record:?}");
        } else {
            assert_eq!(done, has, "{record:?}");
        }
        assert!(
            matches!(outcomes[..], [Shutdown | Retrieved | Abandoned]),
            "{outcomes:?}"
        );
    });
}

#[test]
fn the_end_of_the_module_stops_whatever_rings() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let time = office.begin(|office| {
            for now in [120, 150, 200] {
                office.tick(now);
            }
        });
        office.shut_down();
        office.hang_up("caller-1");
        hold.join().unwrap();
        time.join().unwrap();
        let outcomes = office.close().outcomes();
        assert!(
            matches!(outcomes[..], [Shutdown | Returned | Fallback | Abandoned]),
            "{outcomes:?}"
        );
    });
}
