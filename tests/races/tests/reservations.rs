//! Two who want one slot, and reservations: taken up, expired, forsaken. What must hold in any case is checked by `lock.rs`
//! at all times, and by `Office::close` at the end.

use callpark_domain::{call::Outcome, result::Code, table::Want};
use callpark_races::{Office, explore, explore_all, key, secret_of, slot};

/// Two reserve at once; what the one is told who gets nothing.
fn two_reserve(lot: &'static str, want: Want) -> Vec<Code> {
    let office = Office::open();
    let also = want.clone();
    let other = office.begin(move |office| office.reserve("caller-2", &key(lot), also).err());
    let refused = office.reserve("caller-1", &key(lot), want).err();
    let refused: Vec<_> = refused.into_iter().chain(other.join().unwrap()).collect();
    office.hang_up("caller-1");
    office.hang_up("caller-2");
    assert_eq!(office.close().outcomes(), [Outcome::Expired]);
    refused
}

#[test]
fn of_two_who_want_one_slot_one_has_it_and_the_other_is_told() {
    explore_all(|| assert_eq!(two_reserve("default", slot("701").0), [Code::SlotBusy]));
}

#[test]
fn of_two_who_want_the_last_free_slot_one_has_it_and_the_other_is_told() {
    explore_all(|| assert_eq!(two_reserve("single", Want::Auto), [Code::LotFull]));
}

#[test]
fn a_reservation_is_taken_up_or_ends_by_time_or_hang_up() {
    explore(|| {
        let office = Office::open();
        let call = office.reserve("caller-1", &key("single"), Want::Auto);
        let ticket = call.unwrap().ticket;
        let secret = secret_of("caller-1");
        let taker = office.begin(move |office| office.take_up(&secret, "caller-1").is_ok());
        let deadline = office.begin(move |office| office.expire(ticket));
        office.hang_up("caller-1");
        deadline.join().unwrap();
        let taken = taker.join().unwrap();
        let expired = office.so_far().outcomes() == [Outcome::Expired];
        assert_ne!(taken, expired, "{:?}", office.so_far());
    });
}

#[test]
fn of_two_legs_that_come_by_one_secret_one_is_in_the_slot_and_the_other_is_told() {
    explore(|| {
        let office = Office::open();
        let reserved = office.reserve("caller-1", &key("single"), Want::Auto);
        let ticket = reserved.unwrap().ticket;
        let come = |leg: &'static str| {
            office.begin(move |office| office.take_up(&secret_of("caller-1"), leg))
        };
        let came = [come("caller-1"), come("caller-2")].map(|leg| leg.join().unwrap());
        let ([Ok(call), Err(Code::Gone)] | [Err(Code::Gone), Ok(call)]) = &came else {
            panic!("{came:?}")
        };
        assert!(!office.expire(ticket), "{} is a call", call.uuid);
    });
}

#[test]
fn a_caller_who_hangs_up_on_the_way_leaves_no_slot_behind() {
    explore(|| {
        let office = Office::open();
        office.ring_in("caller-1");
        let hang_up = office.begin(|office| office.hang_up("caller-1"));
        let sent = office.send_to_slot("caller-1", &key("single"));
        hang_up.join().unwrap();
        check_sent(sent, &office.close().outcomes());
    });
}

#[test]
fn a_reservation_that_is_due_while_its_caller_comes_or_hangs_up_ends_once() {
    explore(|| {
        let office = Office::open();
        office.ring_in("caller-1");
        let deadline = office.begin(|office| office.tick(60));
        let sent = office.begin(|office| office.send_to_slot("caller-1", &key("single")));
        deadline.join().unwrap();
        office.hang_up("caller-1");
        let sent = sent.join().unwrap();
        check_sent(sent, &office.close().outcomes());
    });
}

/// Whoever was in the slot has left it as a call, and whoever was not is told.
fn check_sent(sent: Result<(), Code>, outcomes: &[Outcome]) {
    match outcomes {
        [Outcome::Expired] => assert_eq!(sent, Err(Code::Gone)),
        [Outcome::Abandoned] => assert_eq!(sent, Ok(())),
        _ => panic!("{outcomes:?}"),
    }
}

#[test]
fn the_end_of_a_consultations_own_leg_does_not_cost_the_caller_the_slot() {
    explore(|| {
        let office = Office::open();
        office.ring_in("caller-1");
        let sent = office.consult(&key("single"), Some("caller-1"));
        office.hang_up("caller-1");
        let sent = sent.map(|sent| sent.join().unwrap());
        // Nobody but the deadline may end what waits for the caller.
        assert!(!office.so_far().outcomes().contains(&Outcome::Expired));
        office.tick(60);
        check_sent(sent.unwrap(), &office.close().outcomes());
    });
}

#[test]
fn a_consultation_without_a_transfer_leaves_no_slot_behind() {
    explore(|| {
        let office = Office::open();
        let deadline = office.begin(|office| office.tick(60));
        assert!(office.consult(&key("single"), None).is_none());
        deadline.join().unwrap();
        assert_eq!(office.close().outcomes(), [Outcome::Expired]);
    });
}
