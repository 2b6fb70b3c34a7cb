//! Many calls at once.

use callpark_standin::{Line, scenes::Office};

#[test]
fn ten_thousand_parked_calls_leave_one_task_in_the_scheduler() {
    let number: u64 = std::env::var("N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10_000);
    let office = Office::with(
        0,
        &[
            ("slots", "70000-79999"),
            ("fallback", "operator XML default"),
            ("max-wait", "86400"),
            ("timeout", "86400"),
        ],
    );
    let switch = &office.switch;
    // A frame a minute: what the legs hear is not the point here.
    switch.set_pace(60_000);
    let begun = std::time::Instant::now();
    let calls: Vec<Line> = (0..number)
        .map(|number| {
            switch
                .outside(&format!("1555{number:04}"), "Carol")
                .calls("700")
        })
        .collect();
    switch.run_for(600.0);
    eprintln!("{:?} {}", begun.elapsed(), switch.steps());
    assert_eq!(office.parked() as u64, number);
    assert_eq!(switch.tasks(), 1);
    eprintln!("{:?} {}", begun.elapsed(), switch.steps());
    drop(calls);
    switch.run_for(60.0);
    eprintln!("{:?} {}", begun.elapsed(), switch.steps());
    office.switch.abandon();
}
