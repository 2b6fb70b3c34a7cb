//! The browser of the harness, on a page of this file: what a test does and sees is what happens in it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]
#![allow(clippy::disallowed_methods, reason = "a program outside the switch")]

use callpark_live::{
    browser::{Browser, Page},
    sound, wait,
};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    thread,
    time::Duration,
};

const SIZE: (u32, u32) = (800, 600);

const PAGE: &str = r#"<!doctype html><html lang="en"><title>Slots</title>
<section aria-label="Slots"><table>
<tr><td>701 <td>Ann <td><button onclick="told.textContent += 'Ann '">Take</button>
<tr><td>702 <td>Bob <td><button onclick="told.textContent += 'Bob '; this.closest('tr').remove()">Take</button>
</table></section>
<label>Number <input onkeydown="if (event.key === 'Enter') told.textContent += this.value"></label>
<button onclick="console.log('quiet'); console.error('the lot is full')">Log</button>
<button onclick="throw new Error('nobody catches this')">Throw</button>
<p role="status" id="told"></p>
<script>
async function tone() { // The loudest frequency at the microphone, in Hz.
    const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: raw });
    const context = new AudioContext(), analyser = context.createAnalyser();
    context.createMediaStreamSource(stream).connect(analyser);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const levels = new Uint8Array(analyser.frequencyBinCount);
    analyser.getByteFrequencyData(levels);
    const loudest = Math.max(...levels);
    return loudest && levels.indexOf(loudest) * context.sampleRate / analyser.fftSize;
}
async function candidates() {
    const peer = new RTCPeerConnection(), found = [];
    peer.createDataChannel('any');
    const all = new Promise((resolve) => {
        peer.onicecandidate = ({ candidate }) => candidate ? found.push(candidate.candidate) : resolve();
    });
    await peer.setLocalDescription();
    await all;
    return found;
}
</script>"#;

/// Serves the page to whoever asks; its address.
fn site() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A browser opens connections in reserve, and asks nothing there.
            thread::spawn(move || serve(stream));
        }
    });
    format!("http://{address}/")
}

fn serve(mut stream: TcpStream) {
    let lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let asked = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty());
    if asked.count() > 0 {
        let length = PAGE.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        let _ = stream.write_all(format!("{head}{PAGE}").as_bytes());
    }
}

fn opened(browser: &Browser) -> Page {
    browser.open("ann", &site(), SIZE)
}

/// The processes that have this folder in their arguments.
fn processes_in(folder: &Path) -> usize {
    let folder = folder.display().to_string();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let arguments = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    arguments
        .filter(|bytes| String::from_utf8_lossy(bytes).contains(&folder))
        .count()
}

#[test]
fn a_page_is_used_by_roles_and_names() {
    let browser = Browser::start();
    let page = opened(&browser);
    assert_eq!(page.count("button", "Take"), 2);
    assert_eq!(page.count("button", "take"), 0, "a name is the whole name");
    page.within("region", "Slots")
        .within("row", "702")
        .click("button", "Take");
    assert_eq!(page.text("status", ""), "Bob");
    page.await_gone("row", "702 Bob Take");
    page.click("button", "Take");
    page.fill("textbox", "Number", "5901");
    page.press("textbox", "Number", "Enter");
    assert_eq!(page.text("status", ""), "Bob Ann 5901");
    page.evaluate("setTimeout(() => told.innerHTML = '<h1>Late</h1>', 300)");
    page.await_seen("heading", "Late");
    assert_eq!(
        page.evaluate("[innerWidth, innerHeight]"),
        json!([800, 600])
    );

    let picture = browser.folder().join("page.png");
    page.screenshot(&picture);
    assert!(fs::read(picture).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn what_is_not_there_fails_the_test_with_its_name() {
    let browser = Browser::start();
    let page = opened(&browser).patient(Duration::from_millis(300));
    let fails = |act: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(act)).expect_err("it fails");
        panic.downcast_ref::<String>().unwrap().clone()
    };
    let message = fails(&|| page.click("button", "Hang up"));
    assert!(message.contains("page ann"), "{message}");
    assert!(message.contains("Hang up"), "{message}");
    assert!(message.contains("300ms"), "{message}");
    fails(&|| page.click("button", "Take"));
    fails(&|| page.await_seen("button", "Hang up"));
    fails(&|| page.await_gone("button", "Log"));
    let message = fails(&|| drop(page.evaluate("new Promise(() => 0)")));
    assert!(message.contains("not done in 300 ms"), "{message}");
    let message = fails(&|| drop(page.evaluate("console.error('why'), missing.thing")));
    assert!(message.contains("missing is not defined"), "{message}");
    assert!(message.contains("why"), "{message}");
    assert_eq!(page.text("status", ""), "", "the browser goes on");
}

#[test]
fn errors_of_a_page_are_kept() {
    let browser = Browser::start();
    let page = opened(&browser);
    assert_eq!(page.errors(), [""; 0]);
    page.click("button", "Log");
    page.click("button", "Throw");
    wait::expect("both errors are told", || page.errors().len() == 2);
    let errors = page.errors();
    assert!(
        errors[0].starts_with("the lot is full (http://127.0.0.1:"),
        "{errors:?}"
    );
    assert!(errors[1].contains("nobody catches this"), "{errors:?}");
}

#[test]
fn an_audit_names_what_stands_in_the_way() {
    let browser = Browser::start();
    let page = opened(&browser);
    page.evaluate("document.body.append(document.createElement('img'))");
    let found = page.barriers();
    assert!(
        found
            .iter()
            .any(|barrier| barrier.starts_with("image-alt: ")),
        "{found:?}"
    );
}

#[test]
fn pages_share_nothing_and_go_offline_alone() {
    let browser = Browser::start();
    let url = site();
    let [ann, bob] = ["ann", "bob"].map(|name| browser.open(name, &url, SIZE));
    ann.evaluate("localStorage.setItem('who', 'ann')");
    assert!(bob.evaluate("localStorage.getItem('who')").is_null());
    let fetched = "fetch('/').then(() => true, () => false)";
    ann.offline(true);
    assert_eq!(
        [&ann, &bob].map(|page| page.evaluate(fetched)),
        [false, true]
    );
    ann.offline(false);
    assert_eq!(ann.evaluate(fetched), true);
    ann.close();
    let again = browser.open("ann", &url, SIZE);
    assert!(again.evaluate("localStorage.getItem('who')").is_null());
}

#[test]
fn the_microphone_is_live_and_hears_what_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tone.wav");
    sound::write_tone(&file, 1000.0, 5.0);
    let browser = Browser::hearing(&file);
    let page = opened(&browser);
    let track = page.evaluate(
        "navigator.mediaDevices.getUserMedia({ audio: true })
            .then((stream) => stream.getTracks().map(({ kind, readyState, muted }) => [kind, readyState, muted]))",
    );
    assert_eq!(track, json!([["audio", "live", false]]));
    let heard = page.evaluate("tone()").as_f64().unwrap();
    assert!((heard - 1000.0).abs() < 50.0, "{heard} Hz");
}

#[test]
fn webrtc_offers_the_loopback_address_and_hides_none() {
    let browser = Browser::start();
    let found = opened(&browser).evaluate("candidates()");
    let found: Vec<String> = serde_json::from_value(found).unwrap();
    // candidate:1 1 udp 2122194687 127.0.0.1 40000 typ host …
    let hosts: Vec<Vec<_>> = found
        .iter()
        .map(|line| line.split(' ').collect())
        .filter(|words: &Vec<_>| words[6..8] == ["typ", "host"])
        .collect();
    let on_loopback = |words: &Vec<_>| words[2] == "udp" && words[4] == "127.0.0.1";
    assert!(hosts.iter().any(on_loopback), "{found:#?}");
    assert!(
        hosts.iter().all(|words| !words[4].ends_with(".local")),
        "{found:#?}"
    );
}

#[test]
fn nothing_is_left_of_a_browser() {
    let browser = Browser::start();
    let page = opened(&browser);
    let folder = browser.folder();
    assert!(processes_in(&folder) > 0);
    drop(browser);
    assert_eq!(page.evaluate("1 + 1"), 2, "the last page keeps it");
    drop(page);
    wait::expect("its processes end", || processes_in(&folder) == 0);
    assert!(!folder.exists());
}
