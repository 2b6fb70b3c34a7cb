//! The module's file: loaded, unloaded, refused, forced out.

use callpark_standin::{Fault, Habit, Line, Switch, scenes::Office};

#[test]
fn it_loads_and_unloads_again_and_again() {
    let mut switch = Switch::boot(0);
    for _ in 0..20 {
        assert_eq!(switch.load(), Ok(()));
        assert!(switch.api("callpark status").contains("version"));
        assert_eq!(switch.unload(), Ok(()));
        assert!(switch.api("callpark status").contains("not found"));
    }
}

#[test]
fn a_load_that_fails_at_any_step_leaves_nothing_behind() {
    let mut failed = 0;
    for nth in 1.. {
        let mut switch = Switch::boot(nth);
        switch.fault(Fault::Refuses {
            call: "",
            nth: nth as u32,
        });
        let result = switch.load();
        if switch.has_faults_to_come() {
            break; // load takes fewer steps than that
        }
        if let Err(error) = result {
            assert!(!error.contains("LEFT BEHIND"), "step {nth}: {error}");
            failed += 1;
            switch.heal();
            assert_eq!(switch.load(), Ok(()), "after a failure at step {nth}");
        }
    }
    assert!(failed > 8, "only {failed} steps of load can fail");
}

#[test]
fn a_bad_configuration_is_refused_at_load_and_named() {
    let mut switch = Switch::boot(0);
    let text = r#"<configuration name="callpark.conf"><lots><lot name="default" domain="*">
        <param name="tiemout" value="5"/></lot></lots></configuration>"#;
    switch.configure(text);
    let error = switch.load().expect_err("an unknown parameter");
    assert!(!error.contains("LEFT BEHIND"), "{error}");
    assert!(
        switch
            .log()
            .iter()
            .any(|line| line.level == 3 && line.text.contains("tiemout")),
        "{:#?}",
        switch.log()
    );
}

#[test]
fn a_reload_that_is_bad_changes_nothing() {
    let office = Office::open(0);
    let call = office.parked_call();
    office
        .switch
        .write_configuration("<configuration><lots><lot name='default' domain='*'>");
    assert!(office.switch.api("callpark reload").starts_with("-ERR"));
    office.switch.write_configuration(
        "<configuration><lots><lot name='1x' domain='*'/></lots></configuration>",
    );
    assert!(office.switch.api("callpark reload").starts_with("-ERR"));
    assert_eq!(office.parked(), 1);
    assert!(call.hears_music());
}

#[test]
fn a_call_of_a_lot_that_a_reload_removed_can_still_be_taken() {
    let office = Office::open(0);
    let call = office.parked_call();
    office.switch.write_configuration(
        "<configuration name='callpark.conf'><lots><lot name='sales' domain='alpha.test'>\
         <param name='slots' value='801-804'/></lot></lots></configuration>",
    );
    assert!(office.switch.api("callpark reload").starts_with("+OK"));
    let bob = office.bob.calls("*85701");
    office.switch.run_until(|| bob.talks_to(&call));
    assert_eq!(office.switch.actions(), ["park", "retrieve"]);
}

#[test]
fn unload_is_refused_while_a_call_is_parked_or_talks() {
    let mut office = Office::open(0);
    let call = office.parked_call();
    assert_eq!(office.switch.unload(), Err("Module in use".to_owned()));
    let bob = office.bob.calls("701");
    office.switch.run_until(|| bob.talks_to(&call));
    assert_eq!(office.switch.unload(), Err("Module in use".to_owned()));
    bob.hangs_up();
    office.switch.run_until(|| !call.is_up() && !bob.is_up());
    office.switch.run_for(1.0);
    assert_eq!(office.switch.unload(), Ok(()));
}

#[test]
fn a_forced_unload_ends_the_calls_in_slots() {
    for seed in 0..30 {
        let mut office = Office::open(seed);
        let call = office.parked_call();
        assert_eq!(office.switch.unload_by_force(), Ok(()), "seed {seed}");
        assert!(!call.is_up());
        assert_eq!(office.switch.actions(), ["park", "shutdown"], "seed {seed}");
    }
}

#[test]
fn an_unload_waits_for_a_phone_that_rings() {
    for seed in 0..30 {
        let mut office = Office::open(seed);
        let call = office.parked_call();
        office.switch.run_until(|| office.alice.is_ringing());
        call.hangs_up();
        office.switch.run_until(|| !call.is_up());
        office.switch.comes_true(3.0, || false);
        assert_eq!(office.switch.unload(), Ok(()), "seed {seed}");
        assert!(!office.alice.is_ringing());
    }
}

#[test]
fn an_unload_waits_for_the_task_that_looks_at_the_deadlines() {
    for seed in 0..300 {
        let mut office = Office::open(seed);
        let call = office.parked_call();
        let second = 1.0 - office.switch.seconds().fract();
        office.switch.run_for(second);
        assert_eq!(office.switch.unload_by_force(), Ok(()), "seed {seed}");
        assert!(!call.is_up());
    }
}

/// A dial that hears of no cancelling for a minute, and an unload meanwhile.
fn unloaded_while_a_dial_is_stuck() -> Office {
    let mut office = Office::open(0);
    let call = office.parked_call();
    office.alice.behaves(Habit::Stuck(60));
    office
        .switch
        .run_until(|| office.switch.actions().contains(&"ring".to_owned()));
    office.switch.run_for(1.0);
    call.hangs_up();
    office.switch.run_until(|| !call.is_up());
    let error = office.switch.unload().expect_err("a dial goes on");
    assert!(error.contains("shutdown answers 16"), "{error}");
    office
}

#[test]
fn a_dial_that_does_not_end_keeps_the_code_mapped() {
    unloaded_while_a_dial_is_stuck().switch.abandon();
}

#[test]
fn a_dial_that_ends_after_the_unload_ends_in_good_order() {
    let office = unloaded_while_a_dial_is_stuck();
    office.switch.run_for(70.0);
}

#[test]
fn an_unload_that_is_tried_again_waits_for_the_same_dial_and_then_leaves_nothing_behind() {
    let mut office = unloaded_while_a_dial_is_stuck();
    let error = office.switch.unload().expect_err("the dial still goes on");
    assert!(error.contains("shutdown answers 16"), "{error}");
    office.switch.run_for(70.0);
    assert_eq!(office.switch.unload(), Ok(()));
}

/// 120 calls, each with a phone that rings for it.
fn many_phones_ring(seed: u64) -> Office {
    let office = Office::with(
        seed,
        &[
            ("slots", "701-899"),
            ("timeout", "10"),
            ("fallback", "operator XML default"),
        ],
    );
    office.switch.set_pace(400);
    let outside = |number| office.switch.outside(&format!("1555{number}"), "Carol");
    let calls: Vec<Line> = (0..120)
        .map(|number| outside(number).calls("operator"))
        .collect();
    office.switch.run_for(3.0);
    for call in &calls {
        office.switch.api(&format!(
            "callpark park {} parker=1001@alpha.test",
            call.uuid()
        ));
    }
    let ringing = || {
        office
            .alice
            .rings()
            .iter()
            .filter(|ring| ring.ended.is_empty())
            .count()
    };
    office.switch.run_until(|| ringing() == 120);
    office
}

#[test]
fn a_forced_unload_while_many_phones_ring_waits_for_all_of_them() {
    let mut office = many_phones_ring(3);
    assert_eq!(office.switch.unload_by_force(), Ok(()));
}

#[test]
fn the_end_of_the_core_while_many_phones_ring_waits_for_all_of_them() {
    for seed in 1..8 {
        let mut office = many_phones_ring(seed);
        assert_eq!(office.switch.core_ends(), Ok(()), "seed {seed}");
    }
}
