//! Many calls at once.

use callpark_standin::scenes::Office;

const CALLS: usize = 10_000;

#[test]
fn ten_thousand_parked_calls_leave_one_task_in_the_scheduler() {
    let office = Office::with(
        0,
        &[
            ("slots", "70000-79999"),
            ("fallback", "operator XML default"),
            ("timeout", "3600"),
        ],
    );
    let switch = &office.switch;
    // A frame a minute: what the legs hear is not the point here.
    switch.set_pace(60_000);
    for number in 0..CALLS {
        let phone = switch.outside(&format!("1555{number:05}"), "Carol");
        phone.calls("700");
        // A thousand in the same second.
        if number % 1000 == 999 {
            switch.run_for(1.0);
        }
    }
    switch.run_until(|| office.parked() == CALLS);
    assert_eq!(switch.tasks(), 1);
    switch.run_for(60.0);
    assert_eq!(switch.tasks(), 1, "and looks on");
    // They have no end here: ten thousand hang-ups would show nothing more.
    office.switch.abandon();
}
