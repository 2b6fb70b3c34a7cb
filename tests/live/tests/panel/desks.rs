//! A company with the panel on its switch, and what its tests look at.

use callpark_live::{
    browser::{Browser, Page},
    conf::{Conf, password},
    office::Office,
    phone::Phone,
    ports, sound, verto, wait,
};
use serde_json::json;
use std::{env, fs, path::Path};

pub const DESKTOP: (u32, u32) = (1280, 800);
pub const HANDHELD: (u32, u32) = (390, 844);
pub const WALL: (u32, u32) = (1920, 1080);
/// What the browser's microphone hears.
pub const VOICE: f64 = 980.0;
/// What the list says of so many callers.
pub const NOBODY: &str = "Nobody is waiting.";
pub const ONE: &str = "1 caller is waiting.";

/// What a test can do to a page beside using it: `unplugged` is its cable, `holds` says which messages of the switch are kept
/// from it until `release`, `streams` are the microphones that it has opened. A microphone that takes a steady tone for noise
/// would leave nothing to measure.
const HANDLE: &str = "(() => {
    const media = navigator.mediaDevices, real = media?.getUserMedia.bind(media);
    const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    globalThis.streams = [];
    if (media) media.getUserMedia = async () => {
        const stream = await real({ audio: raw });
        streams.push(stream);
        return stream;
    };
    globalThis.holds = () => false;
    const sockets = [], kept = [];
    globalThis.release = () => {
        holds = () => false;
        for (const pass of kept.splice(0)) pass();
    };
    globalThis.kept = () => kept.length;
    globalThis.unplug = (nowhere) => {
        globalThis.unplugged = nowhere;
        for (const socket of sockets.splice(0)) socket.close();
    };
    globalThis.lose = (nowhere) => {
        globalThis.unplugged = nowhere;
        for (const socket of sockets.splice(0)) {
            socket.close = () => {};
            socket.onclose();
        }
    };
    const Real = WebSocket;
    globalThis.WebSocket = class extends Real {
        static OPEN = Real.OPEN;
        constructor(url) {
            super(globalThis.unplugged ?? url);
            sockets.push(this);
        }
        set onmessage(take) {
            super.onmessage = (event) => {
                if (holds(JSON.parse(event.data))) kept.push(() => take(event));
                else take(event);
            };
        }
    };
})()";

/// What the page says while its user talks with the first caller.
pub const TALKING: &str = "Talking to Ann Caller (4930111).";

/// A company with the panel on its switch.
pub struct Desks {
    pub office: Office,
    pub port: u16,
    browser: Browser,
}

impl Desks {
    pub fn open(conf: Conf) -> Self {
        let (conf, port) = verto::listening(conf);
        let office = Office::open(conf);
        let voice = office.switch.folder().join("voice.wav");
        sound::write_tone(&voice, VOICE, 10.0);
        Self {
            office,
            port,
            browser: Browser::hearing(&voice),
        }
    }

    /// A page on which nobody has signed in yet.
    pub fn page(&self, name: &str, size: (u32, u32)) -> Page {
        self.page_at(name, "127.0.0.1", "index.html", size)
    }

    /// The same from that host; `file` may have a question after it.
    pub fn page_at(&self, name: &str, host: &str, file: &str, size: (u32, u32)) -> Page {
        let url = format!("http://{host}:{}/callpark/{file}", self.port);
        let page = self.browser.open(name, &url, size);
        page.evaluate(HANDLE);
        page
    }

    /// A page on which this user has signed in.
    pub fn panel(&self, user: &str, size: (u32, u32)) -> Page {
        let page = self.page(user, size);
        sign_in(&page, user);
        page
    }

    /// The panel of 1002, who has picked up there whom 1001 has parked, and talks; and that caller.
    pub fn picked_up(&self) -> (Page, Phone) {
        let page = self.panel("1002@alpha.test", DESKTOP);
        let caller = self.office.parked_by(&self.office.phone("1001"));
        page.click("button", "Pick up here, 701");
        await_text(&page, "status", "My call", TALKING);
        caller.await_tone(VOICE);
        (page, caller)
    }

    /// One more caller whom this phone parks by a blind transfer.
    pub fn another(&self, phone: &Phone, number: &str, name: &str, slot: &str) -> Phone {
        let caller = self.office.caller_named(number, name, 540);
        self.office.talk(&caller, phone);
        phone.blind_transfer("700");
        self.office.switch.await_slot(slot, "parked");
        caller
    }

    /// What the switch is told of its users is other from now on.
    pub fn directory(&self, change: impl FnOnce(&str) -> String) {
        let file = self.office.switch.folder().join("conf/freeswitch.xml");
        let before = fs::read_to_string(&file).unwrap();
        let after = change(&before);
        assert_ne!(before, after);
        fs::write(&file, after).unwrap();
        self.office.switch.api("reloadxml");
    }
}

/// Signs a user in, and waits for the list.
pub fn sign_in(page: &Page, user: &str) {
    let number = user.split('@').next().unwrap();
    sign_in_with(page, user, &password(number));
    page.await_seen("region", "Waiting callers");
    await_text(page, "status", "Connection", "Connected");
}

pub fn sign_in_with(page: &Page, user: &str, password: &str) {
    page.fill("textbox", "User", user);
    type_secretly(page, "password", password);
    page.click("button", "Sign in");
}

/// What is typed in secret has no role.
pub fn type_secretly(page: &Page, id: &str, text: &str) {
    let text = json!(text);
    page.evaluate(&format!("document.getElementById('{id}').value = {text}"));
}

/// Cuts the page off from the switch: the connection ends, and no other comes about until [`plug`].
pub fn unplug(page: &Page) {
    let nowhere = ports::free();
    page.evaluate(&format!("unplug('ws://127.0.0.1:{nowhere}/')"));
    await_text(page, "status", "Connection", "No connection");
}

/// The same, and the switch knows nothing of it: it believes the old connection to be there until another one comes.
pub fn lose(page: &Page) {
    let nowhere = ports::free();
    page.evaluate(&format!("lose('ws://127.0.0.1:{nowhere}/')"));
    await_text(page, "status", "Connection", "No connection");
}

pub fn plug(page: &Page) {
    page.evaluate("unplugged = undefined; dispatchEvent(new Event('online'))");
    await_text(page, "status", "Connection", "Connected");
}

pub fn picture(page: &Page, name: &str) {
    if let Some(folder) = env::var_os("CALLPARK_SCREENSHOTS") {
        page.screenshot(&Path::new(&folder).join(format!("{name}.png")));
    }
}

/// Waits until the element with this role and name shows a text.
pub fn await_text(page: &Page, role: &str, name: &str, wanted: &str) {
    wait::expect(&format!("{role} {name} shows {wanted:?}"), || {
        page.text(role, name).contains(wanted)
    });
}

/// Waits until it shows nothing.
pub fn await_silence(page: &Page, role: &str, name: &str) {
    wait::expect(&format!("{role} {name} shows nothing"), || {
        page.text(role, name).is_empty()
    });
}

/// Waits until the page plays this tone to its user.
pub fn await_sound(page: &Page, hertz: f64) {
    let loudest = "(async () => {
        const stream = document.getElementById('sound').srcObject;
        if (!stream) return 0;
        const context = new AudioContext(), analyser = context.createAnalyser();
        analyser.fftSize = 8192;
        context.createMediaStreamSource(stream).connect(analyser);
        await new Promise((done) => setTimeout(done, 400));
        const levels = new Uint8Array(analyser.frequencyBinCount);
        analyser.getByteFrequencyData(levels);
        const loudest = Math.max(...levels);
        await context.close();
        return loudest && levels.indexOf(loudest) * context.sampleRate / analyser.fftSize;
    })()";
    wait::expect(&format!("the page plays {hertz} Hz"), || {
        let heard = page.evaluate(loudest).as_f64().unwrap();
        (heard - hertz).abs() < 15.0
    });
}

/// Nothing on the page stands in the way of who cannot see it, or cannot use a mouse: in light colours and in dark ones.
pub fn is_accessible(page: &Page) {
    for dark in [true, false] {
        page.dark(dark);
        assert_eq!(page.barriers(), Vec::<String>::new(), "dark: {dark}");
    }
}

/// Why a button cannot be used, as it is read out with it; empty when it can.
pub fn why_not(page: &Page, button: &str) -> String {
    let why = page.evaluate(&format!(
        "(() => {{
            const button = document.querySelector('button[aria-label=\"{button}\"]') ?? document.getElementById('{button}');
            const told = button.getAttribute('aria-disabled') && button.getAttribute('aria-describedby');
            return told ? document.getElementById(told).textContent : '';
        }})()"
    ));
    why.as_str().unwrap().to_owned()
}

pub fn no_errors(page: &Page) {
    assert_eq!(page.errors(), Vec::<String>::new());
}
