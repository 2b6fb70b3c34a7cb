//! Arguments that nobody should give, and channels that are not there.

use super::*;
use callpark_live::{conf::Conf, office::Office};

/// What nobody should send, and somebody does.
const GARBAGE: [&str; 12] = [
    "%n%s%x%n",
    "sales@",
    "@",
    "a b c d e",
    "701 702",
    "default@alpha.test 7;1",
    "../../etc/passwd",
    "default@alpha.test -1",
    "<lot>",
    "default@alpha.test $1",
    "default@alpha.test auto auto",
    "žluťoučký 701",
];

#[test]
fn no_argument_gets_an_application_further_than_its_result() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let user = ",dialed_user=1002,dialed_domain=alpha.test";
    let long = format!("default@alpha.test {}", "9".repeat(10_000));
    let longer = "x".repeat(10_000);
    let applications = ["callpark", "callpark_slot", "callpark_retrieve"];
    for application in applications {
        let result = |argument: &str| result_of(switch, user, application, argument);
        for garbage in GARBAGE.iter().chain([&long.as_str(), &longer.as_str()]) {
            let shown: String = garbage.chars().take(40).collect();
            assert_eq!(result(garbage), "USAGE", "{application} {shown}");
        }
        assert_eq!(
            result("nosuch@alpha.test 701"),
            "NO_SUCH_LOT",
            "{application}"
        );
        let slot = result("default@alpha.test 999");
        let expected = ["NO_SUCH_SLOT", "EMPTY"];
        assert!(expected.contains(&slot.as_str()), "{application}: {slot}");
    }
    assert_eq!(result_of(switch, user, "callpark_slot", ""), "USAGE");
    assert_eq!(result_of(switch, user, "callpark_retrieve", ""), "USAGE");
    assert_eq!(
        result_of(switch, user, "callpark_retrieve", "default@alpha.test 701"),
        "EMPTY"
    );
    assert_eq!(
        result_of(switch, "", "callpark_retrieve", "default@alpha.test 701"),
        "FORBIDDEN"
    );
    assert_eq!(result_of(switch, "", "callpark", "ticket=guessed"), "GONE");
    let guessed = result_of(switch, "", "callpark_retrieve", "ticket=guessed");
    assert_eq!(guessed, "EMPTY");
    is_as_new(switch);
}

/// Every verb, and one that there is not.
const VERBS: [&str; 15] = [
    "list",
    "show",
    "lots",
    "park",
    "retrieve",
    "move",
    "return",
    "transfer",
    "drop",
    "drain",
    "reload",
    "status",
    "metrics",
    "help",
    "nosuchverb",
];

/// Lines that are in order, about what is not there or may not be; their refusals. A call is in 701.
const LINES: [(&str, &str); 17] = [
    ("show nosuch@alpha.test 701", "NO_SUCH_LOT"),
    ("show default@alpha.test 999", "NO_SUCH_SLOT"),
    ("show default@alpha.test 702", "EMPTY"),
    ("drop nosuch@alpha.test 701", "NO_SUCH_LOT"),
    ("drop default@alpha.test 999", "NO_SUCH_SLOT"),
    ("drop default@alpha.test 702", "EMPTY"),
    ("return default@alpha.test 702", "EMPTY"),
    ("transfer default@alpha.test 702 operator", "EMPTY"),
    ("move default@alpha.test 702 703", "EMPTY"),
    ("move default@alpha.test 701 999", "NO_SUCH_SLOT"),
    ("move default@alpha.test 701 nosuch 701", "NO_SUCH_LOT"),
    (
        "move default@alpha.test 701 default@beta.test 701",
        "NO_SUCH_LOT",
    ),
    ("retrieve default@alpha.test 702 1002@alpha.test", "EMPTY"),
    (
        "retrieve nosuch@alpha.test oldest 1002@alpha.test",
        "NO_SUCH_LOT",
    ),
    ("drain", "USAGE"),
    ("drop default@alpha.test", "USAGE"),
    ("transfer default@alpha.test 701", "USAGE"),
];

#[test]
fn no_line_gets_an_api_verb_further_than_its_refusal() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (uuid, slot) = parked(switch, "", "default@alpha.test");
    let before = call_of(switch, &uuid);
    let long = "9".repeat(10_000);
    for verb in VERBS {
        for garbage in GARBAGE
            .iter()
            .chain([&long.as_str(), &"x y z json json", &"json json json"])
        {
            let reply = switch.api(&format!("callpark {verb} {garbage}"));
            let shown: String = garbage.chars().take(40).collect();
            assert!(
                reply.starts_with("-ERR ") || verb == "help",
                "{verb} {shown}: {reply:.200}"
            );
            assert!(
                reply.trim_end().lines().count() == 1 || verb == "help",
                "{verb} {shown}: {reply}"
            );
        }
    }
    for (line, expected) in LINES {
        let reply = switch.api(&format!("callpark {line}"));
        assert_eq!(code(&reply), expected, "callpark {line}: {reply}");
    }
    let after = call_of(switch, &uuid);
    let fixed = |call: &Option<Value>| {
        let call = call.clone().expect("the call is in its slot");
        ["id", "slot", "state", "timeout_at"].map(|field| call[field].clone())
    };
    assert_eq!(
        fixed(&after),
        fixed(&before),
        "the call of {slot} was touched"
    );
    is_as_new(switch);
}

#[test]
fn nothing_at_all_is_a_question_for_help() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let usage = switch.api("callpark help");
    assert!(
        usage.contains("callpark list") && usage.contains("callpark reload"),
        "{usage}"
    );
    assert_eq!(switch.api("callpark"), usage);
    assert_eq!(switch.api("callpark    "), usage);
    assert_eq!(switch.api("expand echo ${callpark()}").trim(), usage.trim());
    assert_eq!(
        switch.api("expand echo ${callpark(list json)}").trim(),
        "[]"
    );
    is_as_new(switch);
}

#[test]
fn a_channel_that_is_not_there_or_is_hanging_up_is_gone() {
    let office = Office::open(Conf::default());
    let switch = &office.switch;
    let (caller, slot) = parked(switch, "", "default@alpha.test");
    let nobody = "0f0e0d0c-1111-2222-3333-444455556666";
    let park = switch.api(&format!("callpark park {nobody} default@alpha.test"));
    assert_eq!(code(&park), "GONE", "{park}");
    let park = switch.api(&format!("callpark park -bleg {caller} default@alpha.test"));
    assert_eq!(code(&park), "GONE", "it has no partner: {park}");
    let retrieve = switch.api(&format!(
        "callpark retrieve default@alpha.test {slot} {nobody}"
    ));
    assert_eq!(code(&retrieve), "GONE", "{retrieve}");
    for _ in 0..20 {
        // The channel is anywhere between up and gone.
        let going = leg(switch, "");
        switch.api(&format!("uuid_kill {going}"));
        let park = switch.api(&format!("callpark park {going} default@alpha.test"));
        assert_eq!(code(&park), "GONE", "{park}");
        let going = leg(switch, "");
        switch.api(&format!("uuid_kill {going}"));
        let retrieve = switch.api(&format!(
            "callpark retrieve default@alpha.test {slot} {going}"
        ));
        assert_eq!(code(&retrieve), "GONE", "{retrieve}");
    }
    await_call(switch, &caller, "parked");
    wait::expect("only the caller is in a slot", || {
        switch.parked("").len() == 1
    });
    is_as_new(switch);
}
