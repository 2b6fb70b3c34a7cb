//! One switch on which calls are held in three ways: by mod_valet_parking, by their own threads, and by the shared engine.

use callpark_live::{conf::Conf, switch::Switch};

const LOT: &str = "default@alpha.test";
const MUSIC: &str = "local_stream://moh";

/// Who holds the calls, and what is dialled for it, with the slot behind.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    /// In figures.
    pub name: &'static str,
    /// To be held.
    pub park: &'static str,
    /// To take a call.
    pub retrieve: &'static str,
}

/// All of them; the first is what the others are compared with.
pub const WAYS: [Way; 3] = [
    Way {
        name: "valet",
        park: "valet",
        retrieve: "valet",
    },
    Way {
        name: "thread",
        park: "own",
        retrieve: "take",
    },
    Way {
        name: "shared",
        park: "enter",
        retrieve: "take",
    },
];

/// The host's own `park`: it reads what the phone sends, and plays nothing. Nobody can take such a call.
pub const BARE: Way = Way {
    name: "park",
    park: "bare",
    retrieve: "",
};

/// In the engine, but brought to its slot by another than itself, as most calls are: it is not told its slot. What is said
/// to a leg stays in the memory of its session until that ends, whoever has it said.
pub const BROUGHT: Way = Way {
    name: "shared",
    park: "brought",
    retrieve: "take",
};

/// The switch, started.
pub fn switch() -> Switch {
    let park = format!("{LOT} $1");
    let conf = Conf::default()
        .held_by("shared")
        .lot("slots", "1-4000")
        .lot("direct", "self")
        .lot("retrieve-allow", "*")
        .lot("confirm", "none")
        .lot("hold-music", MUSIC)
        .extension(r"enter(\d+)", &[("answer", ""), ("callpark", &park)])
        // With a delimiter the engine leaves the call to its thread, and nothing else changes.
        .extension(
            r"own(\d+)",
            &[
                ("answer", ""),
                ("set", "playback_delimiter=!"),
                ("callpark", &park),
            ],
        )
        .extension(r"bare\d+", &[("answer", ""), ("park", "")])
        .extension(
            r"brought(\d+)",
            &[
                ("answer", ""),
                (
                    "set",
                    &format!("parked=${{callpark(park ${{uuid}} {park})}}"),
                ),
            ],
        )
        .extension(r"take(\d+)", &[("callpark_retrieve", &park)])
        .extension(
            r"valet(\d+)",
            &[
                ("answer", ""),
                ("set", &format!("valet_hold_music={MUSIC}")),
                ("valet_park", "bench $1"),
            ],
        );
    let switch = Switch::start(&conf);
    // As an operator's switch: the tests' own one logs every step of every call.
    switch.api("fsctl loglevel notice");
    switch
}
