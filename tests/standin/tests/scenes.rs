//! The scenes of the demonstration, in the plain order and in many others.

use callpark_standin::scenes::SCENES;

/// Plays a scene in the plain order, and with so many seeds.
fn in_many_orders(title: &str) {
    let scene = SCENES
        .iter()
        .find(|scene| scene.title == title)
        .expect("a scene of that title");
    for seed in 0..40 {
        (scene.play)(seed);
    }
}

#[test]
fn a_call_that_is_transferred_to_700_waits_with_music_and_its_parker_reads_where() {
    in_many_orders("park");
}

#[test]
fn whoever_dials_the_slot_talks_to_the_caller_and_sees_who_it_is_before_the_answer() {
    in_many_orders("retrieve");
}

#[test]
fn a_call_that_nobody_takes_comes_back_to_its_parker() {
    in_many_orders("return");
}

#[test]
fn a_call_whose_parker_does_not_answer_goes_to_the_fallback() {
    in_many_orders("fallback");
}

#[test]
fn a_retrieve_while_the_parker_rings_stops_the_ringing_as_answered_elsewhere() {
    in_many_orders("answered elsewhere");
}

#[test]
fn a_caller_who_hangs_up_leaves_a_free_slot() {
    in_many_orders("abandon");
}
