//! The six scenes that the product is for.

use callpark_live::scenes;

#[test]
fn a_blind_transfer_to_700_parks_and_tells_the_parker_the_slot() {
    scenes::park();
}

#[test]
fn whoever_dials_the_slot_talks_with_the_caller_and_sees_who_it_is() {
    scenes::retrieve();
}

#[test]
fn the_parker_rings_when_the_time_is_up_and_ends_both_legs_by_hanging_up() {
    scenes::returned_until(|parker, _| parker.hang_up());
}

#[test]
fn the_parker_rings_when_the_time_is_up_and_the_caller_ends_both_legs_by_hanging_up() {
    scenes::returned_until(|_, caller| caller.hang_up());
}

#[test]
fn a_call_that_nobody_wants_goes_to_the_operator() {
    scenes::to_extension();
}

#[test]
fn a_call_that_nobody_wants_goes_to_the_mailbox() {
    scenes::to_voicemail();
}

#[test]
fn a_call_that_nobody_wants_goes_to_a_queue() {
    scenes::to_queue();
}

#[test]
fn a_retrieve_wins_over_a_running_ring_back_and_stops_it() {
    scenes::taken_while_ringing();
}

#[test]
fn a_caller_who_hangs_up_frees_the_slot_at_once() {
    scenes::abandon();
}
