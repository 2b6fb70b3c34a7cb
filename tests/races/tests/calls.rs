//! A call in its slot, and all who want something of it. What must hold in any case is checked by `lock.rs` at all times,
//! and by `Office::close` at the end.

use callpark_domain::{
    call::Outcome::{self, Abandoned, Dropped, Fallback, Retrieved, Returned},
    result::Code,
    table::Want,
};
use callpark_races::{Actor, Office, Told, explore, key, slot};
use shuttle::sync::Arc;

/// Two who dial for the call in that slot.
fn retrievers(office: &Arc<Office>, lot: &'static str, name: &'static str) -> Vec<Wish> {
    let wish = |leg: &'static str| {
        let which = slot(name).1;
        let told = office.begin(move |office| office.retrieve(leg, &key(lot), &which));
        (leg, told)
    };
    vec![wish("retriever-1"), wish("retriever-2")]
}

type Wish = (&'static str, Actor<Told>);

/// Hears what everyone was told; then callers who still wait hang up. Whoever was told to have a call has it.
fn evening(office: &Arc<Office>, wishes: Vec<Wish>, callers: Vec<(&str, Actor)>) -> Vec<Outcome> {
    let told: Vec<_> = wishes
        .into_iter()
        .map(|(leg, told)| (leg, told.join().unwrap()))
        .collect();
    for (caller, hold) in callers {
        office.hang_up(caller);
        hold.join().unwrap();
    }
    let record = office.close();
    for (leg, told) in told {
        let has = record.has_call(leg);
        assert_eq!(told == Told::Done, has, "{leg}: {told:?}, {record:?}");
    }
    record.outcomes()
}

fn is_one_of(outcomes: &[Outcome], possible: &[Outcome]) {
    let [outcome] = outcomes else {
        panic!("{outcomes:?}")
    };
    assert!(possible.contains(outcome), "{outcome:?}");
}

#[test]
fn of_two_retrievers_one_at_the_most_has_the_call_and_the_other_is_told() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let wishes = retrievers(&office, "default", "701");
        let outcomes = evening(&office, wishes, vec![("caller-1", hold)]);
        is_one_of(&outcomes, &[Retrieved, Abandoned]);
    });
}

#[test]
fn while_a_pin_is_keyed_in_the_call_is_anybodys() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("locked"), slot("901").0);
        let hang_up = office.begin(|office| office.hang_up("caller-1"));
        let wishes = retrievers(&office, "locked", "901");
        let outcomes = evening(&office, wishes, vec![("caller-1", hold)]);
        hang_up.join().unwrap();
        is_one_of(&outcomes, &[Retrieved, Abandoned]);
    });
}

#[test]
fn an_offer_is_good_for_one_leg() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let mut wishes = retrievers(&office, "default", "701");
        wishes.truncate(1);
        let offered = office.retrieve_offered(&key("default"), &slot("701").1);
        let let_in = |told: &&Told| !matches!(told, Told::Refused(Code::Empty));
        assert!(offered.iter().filter(let_in).count() <= 1, "{offered:?}");
        let outcomes = evening(&office, wishes, vec![("caller-1", hold)]);
        is_one_of(&outcomes, &[Retrieved, Abandoned]);
    });
}

/// A retriever, and the API that dials a user for the same call.
fn retriever_and_user(office: &Arc<Office>) -> Vec<Wish> {
    let mut wishes = retrievers(office, "default", "701");
    wishes.truncate(1);
    let fetch = |office: &Arc<Office>| office.fetch("user", &key("default"), &slot("701").1);
    wishes.push(("user", office.begin(fetch)));
    wishes
}

#[test]
fn whoever_dials_for_a_call_learns_what_became_of_it_while_the_caller_stays() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let wishes = retriever_and_user(&office);
        let outcomes = evening(&office, wishes, vec![("caller-1", hold)]);
        is_one_of(&outcomes, &[Retrieved, Abandoned]);
    });
}

#[test]
fn whoever_dials_for_a_call_learns_what_became_of_it_when_the_caller_hangs_up() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let wishes = retriever_and_user(&office);
        let hang_up = office.begin(|office| office.hang_up("caller-1"));
        let outcomes = evening(&office, wishes, vec![("caller-1", hold)]);
        hang_up.join().unwrap();
        is_one_of(&outcomes, &[Retrieved, Abandoned]);
    });
}

/// Rings, rings no more, and the fallback.
fn time_passes(office: &Arc<Office>) -> Actor {
    office.begin(|office| {
        for now in [120, 150, 200] {
            office.tick(now);
        }
    })
}

#[test]
fn a_ring_back_and_a_retriever_do_not_both_have_the_call() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let time = time_passes(&office);
        let wishes = retrievers(&office, "default", "701");
        time.join().unwrap();
        let outcomes = evening(&office, wishes, vec![("caller-1", hold)]);
        is_one_of(&outcomes, &[Retrieved, Returned, Fallback, Abandoned]);
    });
}

#[test]
fn a_caller_who_hangs_up_stops_whatever_rings() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let time = time_passes(&office);
        office.hang_up("caller-1");
        hold.join().unwrap();
        time.join().unwrap();
        let outcomes = office.close().outcomes();
        is_one_of(&outcomes, &[Returned, Fallback, Abandoned]);
    });
}

#[test]
fn of_all_ways_out_a_call_takes_one() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let time = time_passes(&office);
        let key_press = office.begin(|office| office.press(&key("default"), &slot("701").1, '*'));
        let drop = office.begin(|office| office.drop_call(&key("default"), &slot("701").1));
        let wishes = retrievers(&office, "default", "701");
        time.join().unwrap();
        key_press.join().unwrap();
        let dropped = drop.join().unwrap();
        let outcomes = evening(&office, wishes, vec![("caller-1", hold)]);
        match dropped {
            Told::Done => is_one_of(&outcomes, &[Dropped, Abandoned]),
            _ => is_one_of(&outcomes, &[Retrieved, Returned, Fallback, Abandoned]),
        }
    });
}

#[test]
fn a_move_and_a_parker_do_not_share_a_slot() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let to = slot("702").0;
        let moved = office.begin(move |office| {
            office.move_call(&key("default"), &slot("701").1, &key("default"), &to)
        });
        office.ring_in("caller-2");
        let park = office.begin(|office| {
            // Told, one way or the other; the slot is the lock's to check.
            let _ = office.park("caller-2", &key("default"), slot("702").0);
        });
        let wishes = retrievers(&office, "default", "702");
        let callers = vec![("caller-1", hold), ("caller-2", park)];
        let outcomes = evening(&office, wishes, callers);
        assert!(
            matches!(moved.join().unwrap(), Told::Done | Told::Refused(_)),
            "{outcomes:?}"
        );
    });
}

#[test]
fn a_reload_takes_no_slot_from_anyone_and_leaves_none_behind() {
    explore(|| {
        let office = Office::open();
        let hold = office.parked("caller-1", &key("default"), slot("701").0);
        let reload = office.begin(|office| office.reload());
        let to = slot("801").0;
        let moved = office.begin(move |office| {
            office.move_call(&key("default"), &slot("701").1, &key("single"), &to)
        });
        office.ring_in("caller-2");
        let park = office.begin(|office| {
            let _ = office.park("caller-2", &key("single"), Want::Auto);
        });
        let wishes = retrievers(&office, "single", "801");
        moved.join().unwrap();
        reload.join().unwrap();
        evening(
            &office,
            wishes,
            vec![("caller-1", hold), ("caller-2", park)],
        );
    });
}
