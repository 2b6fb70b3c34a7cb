//! Names that callers give themselves.

use super::*;
use callpark_live::{conf::Conf, office::Office};

/// URL-encoded, as the switch is told.
const NAMES: [&str; 11] = [
    "%25n%25s%25x%2525n",
    "Ann%20%22the%22%20Caller",
    "O%5C'Hara%20%5C'%5C'",
    "a|b|c",
    "{x=y}[z=1]<w>^^:",
    "Caller,%20Ann,,",
    "two%0Alines%0D%0Aor%20three",
    "broken%20%FF%FE%C3%20end",
    "%1B[31mred%07",
    "%24%7Bdomain%7D%20%24%24%7Bx%7D",
    "%E2%98%8E%20%D0%90%D0%BD%D0%BD%D0%B0",
];

#[test]
fn a_callers_name_is_data_wherever_it_is_shown() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    for (number, name) in NAMES.iter().enumerate() {
        let uuid = leg(switch, "");
        let set = format!("expand uuid_setvar {uuid} caller_id_name ${{url_decode({name})}}");
        assert!(switch.api(&set).starts_with("+OK"), "{name}");
        let reply = switch.api(&format!("callpark park {uuid} default@alpha.test"));
        assert!(reply.starts_with("+OK "), "{name}: {reply}");
        let call = await_call(switch, &uuid, "parked");
        let event = switch.action_of("park", |event| event["Unique-ID"] == uuid);
        assert_eq!(event["Park-Slot"], call["slot"].as_str().unwrap(), "{name}");
        assert!(
            event.contains_key("Park-ID") && event.contains_key("Node"),
            "{name}: {event:?}"
        );
        let slot = call["slot"].as_str().unwrap();
        let shown = switch.json(&format!("callpark show default@alpha.test {slot} json"));
        assert_eq!(shown["caller_id_name"], call["caller_id_name"]);
        let rows = switch.api("callpark list");
        assert_eq!(rows.lines().count(), number + 3, "{name}: {rows}");
        let fields = switch.api(&format!("callpark show default@alpha.test {slot}"));
        assert_eq!(fields.lines().count(), 16, "{name}: {fields}");
        assert!(
            !fields.contains('\u{1b}') && !rows.contains('\u{1b}'),
            "{name}"
        );
    }
    let name = |number: usize| {
        let calls = switch.parked("");
        calls[number]["caller_id_name"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert_eq!(name(0), "%n%s%x%25n");
    assert_eq!(name(1), "Ann \"the\" Caller");
    assert_eq!(name(3), "a|b|c");
    assert_eq!(name(5), "Caller, Ann,,");
    assert_eq!(name(10), "☎ Анна");
    let raw = switch.api("expand url_encode ${callpark(list json)}");
    assert!(
        raw.contains("broken") && !raw.contains("%FF"),
        "not UTF-8: {raw}"
    );
    is_as_new(switch);
}

#[test]
fn a_callers_name_reaches_a_phone_as_it_is() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let parker = office.phone("1001");
    let name = "a,b|c {x=y}[z] %25n%25s ^^:";
    let (uuid, _) = {
        let uuid = leg(switch, "");
        switch.api(&format!(
            "expand uuid_setvar {uuid} caller_id_name ${{url_decode({name})}}"
        ));
        let line =
            format!("callpark park {uuid} default@alpha.test parker=1001@alpha.test timeout=1");
        assert!(switch.api(&line).starts_with("+OK "));
        (uuid, ())
    };
    let (shown, _) = parker.await_ring(1);
    assert_eq!(shown, format!("Park 701: {}", name.replace("%25", "%")));
    parker.answer();
    parker.await_talk(1);
    wait::expect("they are connected", || {
        !switch.variable(&uuid, "callpark_outcome").is_empty()
    });
    assert_eq!(switch.variable(&uuid, "callpark_outcome"), "returned");
    assert_eq!(switch.variable(&uuid, "z"), "");
    is_as_new(switch);
}
