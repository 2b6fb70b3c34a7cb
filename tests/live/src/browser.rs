//! A headless Chromium: pages that are used by what their elements are and are called, as a screen reader has them.
//!
//! The program behind it, `browser/driver.mjs`, takes one order at a time.

use crate::{process::Process, wait};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{ChildStdin, ChildStdout},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// Beyond the time of an order its answer may take this long.
const MARGIN: Duration = Duration::from_secs(10);

/// A running browser. It ends with this value and the last of its pages.
pub struct Browser(Arc<Driver>);

/// A page, or a part of it. Whatever does not work in time fails the test.
#[derive(Clone)]
pub struct Page {
    driver: Arc<Driver>,
    name: String,
    within: Vec<[String; 2]>,
    limit: Duration,
}

struct Driver {
    talk: Mutex<Talk>,
    process: Process,
    folder: TempDir,
}

struct Talk {
    /// `None`: it is to end.
    orders: Option<ChildStdin>,
    answers: Receiver<String>,
}

impl Browser {
    /// Starts it; its microphone beeps.
    pub fn start() -> Self {
        Self::launch(&[])
    }

    /// Starts it; its microphone hears this WAV file over and over.
    pub fn hearing(sound: &Path) -> Self {
        Self::launch(&[format!("--sound={}", sound.display())])
    }

    fn launch(options: &[String]) -> Self {
        let folder = TempDir::with_prefix("callpark-browser-").expect("a folder for the browser");
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/driver.mjs");
        // The browser's own files go there, too.
        let temporary = format!("TMPDIR={}", folder.path().display());
        let mut arguments = vec![temporary, "node".to_owned(), driver.display().to_string()];
        arguments.extend_from_slice(options);
        let log = folder.path().join("log");
        let (process, orders, answers) = Process::start_talking(Path::new("env"), &arguments, &log);
        let talk = Mutex::new(Talk {
            orders: Some(orders),
            answers: listen(answers),
        });
        let driver = Driver {
            talk,
            process,
            folder,
        };
        let started = driver.answer(&mut driver.talk(), wait::PATIENCE);
        started.unwrap_or_else(|error| panic!("the browser does not start: {error}"));
        Self(Arc::new(driver))
    }

    /// Opens a page that shares nothing with the others, under a name of its own; `size` is its width and height.
    pub fn open(&self, name: &str, url: &str, size: (u32, u32)) -> Page {
        let page = Page {
            driver: Arc::clone(&self.0),
            name: name.to_owned(),
            within: Vec::new(),
            limit: wait::PATIENCE,
        };
        page.tell(json!({"do": "open", "url": url, "width": size.0, "height": size.1}));
        page
    }

    /// Its folder, removed with it.
    pub fn folder(&self) -> PathBuf {
        self.0.folder.path().to_owned()
    }
}

impl Page {
    /// The part of it with this role, the name of which has this text in it: a region, a row.
    pub fn within(&self, role: &str, name: &str) -> Self {
        let mut part = self.clone();
        part.within.push([role, name].map(str::to_owned));
        part
    }

    /// The same page, with so much time for each order.
    pub fn patient(&self, limit: Duration) -> Self {
        Self {
            limit,
            ..self.clone()
        }
    }

    /// Clicks on the element with this role and exactly this name; an empty name is any.
    pub fn click(&self, role: &str, name: &str) {
        self.tell(json!({"do": "click", "role": role, "name": name}));
    }

    /// Replaces the text of a field.
    pub fn fill(&self, role: &str, name: &str, text: &str) {
        self.tell(json!({"do": "fill", "role": role, "name": name, "text": text}));
    }

    /// Presses a key such as `Enter` or `Control+a` on an element.
    pub fn press(&self, role: &str, name: &str, key: &str) {
        self.tell(json!({"do": "press", "role": role, "name": name, "key": key}));
    }

    /// Presses a key on whatever has the focus, as a keyboard does.
    pub fn key(&self, key: &str) {
        self.tell(json!({"do": "key", "key": key}));
    }

    /// What has the focus: the name that a button is given or shows, or the id of something else.
    pub fn focused(&self) -> String {
        let focused = self.evaluate(
            "(({ id, ariaLabel, textContent, tagName }) =>
                tagName === 'BUTTON' ? ariaLabel ?? textContent : id || tagName)(document.activeElement)",
        );
        focused.as_str().unwrap_or_default().to_owned()
    }

    /// The text of an element, as it is shown.
    pub fn text(&self, role: &str, name: &str) -> String {
        let text = self.tell(json!({"do": "text", "role": role, "name": name}));
        text.as_str().unwrap_or_default().to_owned()
    }

    /// How many such elements there are now.
    pub fn count(&self, role: &str, name: &str) -> u64 {
        let count = self.tell(json!({"do": "count", "role": role, "name": name}));
        count.as_u64().expect("a count is a number")
    }

    /// Waits until such an element is seen.
    pub fn await_seen(&self, role: &str, name: &str) {
        self.tell(json!({"do": "await_seen", "role": role, "name": name}));
    }

    /// Waits until no such element is seen.
    pub fn await_gone(&self, role: &str, name: &str) {
        self.tell(json!({"do": "await_gone", "role": role, "name": name}));
    }

    /// The value of an expression in JavaScript; that of a promise is awaited.
    pub fn evaluate(&self, script: &str) -> Value {
        self.tell(json!({"do": "evaluate", "script": script}))
    }

    /// What an audit of accessibility (axe-core, WCAG 2.2 A and AA and its best practices) finds wrong with the page as it is
    /// now, a line each.
    pub fn barriers(&self) -> Vec<String> {
        let audit =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/node_modules/axe-core/axe.min.js");
        let audit = fs::read_to_string(&audit).expect("axe-core is installed: `make setup`");
        self.evaluate(&format!("(() => {{ {audit} }})()"));
        let found = self.evaluate(
            "axe.run().then(({ violations }) => violations.map(({ id, help, nodes }) =>
                `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`))",
        );
        serde_json::from_value(found).expect("findings are texts")
    }

    /// Writes what is shown as a PNG file.
    pub fn screenshot(&self, file: &Path) {
        self.tell(json!({"do": "screenshot", "file": file}));
    }

    /// Shows it as to somebody who wants dark colours, or light ones.
    pub fn dark(&self, on: bool) {
        self.tell(json!({"do": "dark", "on": on}));
    }

    /// Gives it another width and height.
    pub fn resize(&self, (width, height): (u32, u32)) {
        self.tell(json!({"do": "resize", "width": width, "height": height}));
    }

    /// Loads it anew.
    pub fn reload(&self) {
        self.tell(json!({"do": "reload"}));
    }

    /// Takes the page off the network, or puts it back.
    pub fn offline(&self, on: bool) {
        self.tell(json!({"do": "offline", "on": on}));
    }

    /// The errors in its console and those that nothing caught, oldest first.
    pub fn errors(&self) -> Vec<String> {
        let errors = self.tell(json!({"do": "errors"}));
        serde_json::from_value(errors).expect("errors are texts")
    }

    /// Closes it.
    pub fn close(self) {
        self.tell(json!({"do": "close"}));
    }

    fn tell(&self, order: Value) -> Value {
        self.ask(&order).unwrap_or_else(|error| {
            let errors = self.ask(&json!({"do": "errors"})).unwrap_or_default();
            panic!("page {}: {order}: {error}\nits errors: {errors}", self.name)
        })
    }

    fn ask(&self, order: &Value) -> Result<Value, String> {
        let mut order = order.clone();
        order["page"] = self.name.as_str().into();
        order["within"] = json!(self.within);
        order["limit"] = json!(self.limit.as_millis() as u64);
        self.driver.ask(&order, self.limit)
    }
}

impl Driver {
    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask(&self, order: &Value, limit: Duration) -> Result<Value, String> {
        let mut talk = self.talk();
        let orders = talk.orders.as_mut().ok_or("the browser ends")?;
        writeln!(orders, "{order}").map_err(|error| self.story(&error.to_string()))?;
        self.answer(&mut talk, limit)
    }

    fn answer(&self, talk: &mut Talk, limit: Duration) -> Result<Value, String> {
        let line = talk.answers.recv_timeout(limit + MARGIN);
        let line = line.map_err(|_| {
            // An answer that comes late is none to the next order.
            talk.orders = None;
            self.story("no answer")
        })?;
        let mut answer: Value = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer["ok"].take()),
        }
    }

    /// What is wrong, and what it had to say.
    fn story(&self, what: &str) -> String {
        let bytes = fs::read(self.folder.path().join("log")).unwrap_or_default();
        format!("{what}\n{}", String::from_utf8_lossy(&bytes))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.talk().orders = None;
        wait::until(wait::PATIENCE, || self.process.has_ended().then_some(()));
    }
}

/// Takes its lines, as long as there are any.
fn listen(stream: ChildStdout) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}
