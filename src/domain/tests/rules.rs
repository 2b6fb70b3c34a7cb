//! Rules of the table that walks do not reach by themselves.

#![allow(clippy::unwrap_used)] // what is not there fails the test

use callpark_domain::{
    call::{Call, Outcome, Party, Purpose, State, Ticket},
    config::{Config, RawConfig, RawLot, RawParam},
    deadlines::Due,
    names::{DomainName, LotKey, LotName, UserAt},
    overrides::Overrides,
    result::Code,
    slots::SlotPlan,
    table::{Arrival, RingEnd, Table, Want},
};
use std::sync::Arc;

const FALLBACK: (&str, &str) = ("fallback", "operator XML default");

fn try_config(lots: &[(&str, &[(&str, &str)])]) -> Option<Arc<Config>> {
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
    Config::parse(raw).ok().map(|(config, _)| Arc::new(config))
}

fn key(lot: &str) -> LotKey {
    LotKey {
        lot: LotName::parse(lot).unwrap(),
        domain: DomainName::parse("a.example").unwrap(),
    }
}

fn arrival(parker: Option<&str>) -> Arrival {
    Arrival {
        id: "id".to_owned(),
        uuid: "u-1".to_owned(),
        want: Want::Slot("701".to_owned()),
        caller: Party::default(),
        parker: parker.map(|parker| UserAt::parse(parker).unwrap()),
        parker_leg: None,
        parker_context: Some("parkers".to_owned()),
        parker_listens: false,
        overrides: Overrides::default(),
        secret: None,
        random: 0,
    }
}

/// A call parked in 701 of `default` at 0.
fn parked(params: &[(&str, &str)]) -> (Table, Ticket) {
    let mut table = Table::new(try_config(&[("default", params)]).unwrap());
    let ticket = table
        .park(&key("default"), arrival(Some("1001@a.example")), 0)
        .unwrap()
        .ticket;
    (table, ticket)
}

fn connect(outcome: Outcome) -> Purpose {
    Purpose::Connect {
        peer: "peer".to_owned(),
        by: None,
        outcome,
        dialled: true,
    }
}

fn words(due: &[Due]) -> Vec<&'static str> {
    let word = |due: &Due| match due {
        Due::Expired(_) => "expired",
        Due::Ring(_) => "ring",
        Due::Overdue(_) => "overdue",
        Due::Leave(Call {
            purpose: Some(Purpose::Transfer { .. }),
            ..
        }) => "fallback",
        Due::Leave(_) => "drop",
    };
    due.iter().map(word).collect()
}

#[test]
fn a_reservation_that_is_taken_up_at_the_last_moment_does_not_expire() {
    let mut table = Table::new(try_config(&[("default", &[])]).unwrap());
    let ticket = table
        .reserve(&key("default"), arrival(None), 0)
        .unwrap()
        .ticket;
    assert_eq!(words(&table.due(60, 9)), ["expired"]);
    table
        .settle(ticket, "u-2", Party::default(), Overrides::default(), 60)
        .unwrap();
    assert_eq!(table.leave(ticket, Outcome::Expired, 60), None);
    assert_eq!(table.get(ticket).unwrap().state, State::Parked);
}

#[test]
fn a_report_on_a_ring_that_is_over_changes_nothing() {
    let (mut table, ticket) = parked(&[FALLBACK]);
    let before = table.get(ticket).unwrap().clone();
    table.ring_ended(ticket, RingEnd::NotRegistered, 5);
    assert_eq!(table.get(ticket), Some(&before));
    assert_eq!(words(&table.due(120, 1)), ["ring"]);
}

#[test]
fn ringing_on_request_does_not_start_ring_backs_where_there_are_none() {
    let (mut table, ticket) = parked(&[("timeout", "0"), ("max-wait", "0")]);
    table.ring_now(ticket, 5).unwrap();
    table.ring_ended(ticket, RingEnd::NoAnswer, 35);
    for now in 35..100 {
        assert_eq!(words(&table.due(now, 1)), [""; 0], "at {now}");
    }
    assert_eq!(table.get(ticket).unwrap().state, State::Parked);
}

#[test]
fn a_ring_that_nobody_reports_on_ends_all_the_same() {
    let (mut table, ticket) = parked(&[FALLBACK]);
    assert_eq!(words(&table.due(120, 1)), ["ring"]);
    // The phone answers while somebody else has the call, who then hangs up: nothing rings, and nobody says so.
    table.claim(ticket, connect(Outcome::Retrieved)).unwrap();
    assert_eq!(
        table.claim(ticket, connect(Outcome::Returned)),
        Err(Code::Empty)
    );
    table.unclaim(ticket, 140).unwrap();
    let overdue = (141..400).find(|now| !table.due(*now, 1).is_empty());
    let now = overdue.unwrap();
    assert_eq!(words(&table.due(now, 1)), ["overdue"]);
    table.ring_ended(ticket, RingEnd::NoAnswer, now);
    assert_eq!(words(&table.due(now, 1)), ["fallback"]);
}

#[test]
fn a_move_within_a_lot_is_no_newcomer_to_its_quota() {
    let (mut table, ticket) = parked(&[("max-parked", "1")]);
    let to = |slot: &str| Want::Slot(slot.to_owned());
    assert_eq!(
        table
            .move_call(ticket, &key("default"), &to("701"), 0)
            .unwrap()
            .slot,
        "701"
    );
    assert_eq!(
        table
            .move_call(ticket, &key("default"), &to("705"), 0)
            .unwrap()
            .slot,
        "705"
    );
    assert_eq!(
        table
            .leave(ticket, Outcome::Abandoned, 9)
            .unwrap()
            .call
            .slot,
        "705"
    );
    assert_eq!(
        table
            .lots(Some(&key("default").domain))
            .first()
            .map(|lot| (lot.used, lot.free)),
        Some((0, 1))
    );
}

#[test]
fn a_fallback_to_an_unknown_parker_is_none() {
    let params = [
        ("fallback", "${parker_user} XML ${domain}"),
        ("timeout", "10"),
        ("max-wait", "30"),
    ];
    let mut table = Table::new(try_config(&[("default", &params)]).unwrap());
    let call = table.park(&key("default"), arrival(None), 0).unwrap();
    assert_eq!(call.fallback(), None);
    assert_eq!(words(&table.due(10, 1)), [""; 0]);
    assert_eq!(words(&table.due(30, 1)), ["drop"]);
    let (table, ticket) = parked(&params);
    let to = table.get(ticket).unwrap().fallback().unwrap();
    assert_eq!(
        (to.exten.as_str(), to.context.as_deref()),
        ("1001", Some("a.example"))
    );
}

#[test]
fn a_label_is_one_slot_however_its_range_is_written() {
    assert!(SlotPlan::parse("007-120,1-200").is_err());
    let (padded, plain) = (
        SlotPlan::parse("007-120").unwrap(),
        SlotPlan::parse("1-200").unwrap(),
    );
    assert_eq!(padded.overlap(&plain).as_deref(), Some("100"));
    assert_eq!(plain.overlap(&padded).as_deref(), Some("100"));
    assert_eq!(SlotPlan::parse("007-099").unwrap().overlap(&plain), None);
    assert!(SlotPlan::parse("01-09,1-9").is_ok());
}

#[test]
fn a_lots_name_is_no_slot_in_any_case() {
    assert!(try_config(&[("p1", &[("slots", "P1-P9")])]).is_none());
}

#[test]
fn a_reservation_that_nobody_took_up_has_kept_nobody_waiting() {
    let mut table = Table::new(try_config(&[("default", &[])]).unwrap());
    let ticket = table
        .reserve(&key("default"), arrival(None), 0)
        .unwrap()
        .ticket;
    table.leave(ticket, Outcome::Expired, 60).unwrap();
    assert_eq!(table.totals().longest_wait(), 0);
}

#[test]
fn an_offer_that_nobody_comes_for_leaves_the_call_to_everybody_again() {
    let (mut table, ticket) = parked(&[]);
    table.offer(ticket, "first".to_owned()).unwrap();
    assert_eq!(table.offer(ticket, "second".to_owned()), Err(Code::Empty));
    table.withdraw("first");
    assert_eq!(table.ticket_by_secret("first"), None);
    table.offer(ticket, "second".to_owned()).unwrap();
    table.claim(ticket, connect(Outcome::Retrieved)).unwrap();
    // The claim has used it up: there is nothing left to withdraw.
    table.withdraw("second");
    assert_eq!(table.get(ticket).unwrap().state, State::Claimed);
}

#[test]
fn three_wrong_pins_are_all_that_a_user_has_for_a_call() {
    let (mut table, ticket) = parked(&[("pin", "4711")]);
    let [ann, ben] = ["1001@a.example", "1002@a.example"].map(|user| UserAt::parse(user).unwrap());
    let mut tried = |user: &UserAt, pin| table.try_pin(ticket, user, pin);
    for _ in 0..5 {
        assert_eq!(
            tried(&ann, None),
            Err(Code::BadPin),
            "asked, and nothing given"
        );
    }
    assert_eq!(tried(&ann, Some("4711")), Ok(()));
    for _ in 0..3 {
        assert_eq!(tried(&ann, Some("4712")), Err(Code::BadPin));
    }
    assert_eq!(tried(&ann, Some("4711")), Err(Code::Forbidden));
    assert_eq!(
        tried(&ben, Some("4711")),
        Ok(()),
        "another user's tries are its own"
    );

    let (mut table, ticket) = parked(&[]);
    assert_eq!(table.try_pin(ticket, &ben, None), Ok(()));
}
