//! The stand-in offers all that the module needs.

const ABI: &str = include_str!("../../../freeswitch-sys/abi.txt");

#[test]
fn every_function_of_abi_txt_is_offered() {
    let offered: Vec<&str> = callpark_standin::exported()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let wanted = ABI.lines().filter_map(|line| line.strip_prefix("fn "));
    let missing: Vec<&str> = wanted.filter(|name| !offered.contains(name)).collect();
    assert!(missing.is_empty(), "the stand-in lacks {missing:?}");
}
