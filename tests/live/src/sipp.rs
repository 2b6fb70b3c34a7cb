//! Many SIP calls at once, by sipp, with a scenario of `scenarios/`.

use crate::{ports, process::Process, wait};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Beyond the time that its calls stay, sipp may take this long.
const MARGIN: Duration = Duration::from_secs(60);

/// It listens for audio, video and the reports on them, whether there are any or not.
const ECHO_PORTS: u16 = 4;

/// What a busy sipp may leave unread, in bytes; the system may grant less.
const BUFFER: &str = "2000000";

/// What a load is: so many calls of one number.
pub struct Load<'a> {
    /// A file of `scenarios/`, without its ending.
    pub scenario: &'a str,
    /// The number that is called.
    pub number: &'a str,
    /// How many calls in all.
    pub calls: u32,
    /// How many new ones a second.
    pub rate: u32,
    /// How long a call stays where nothing happens to it; then it hangs up.
    pub stay: Duration,
}

/// Calls of the scenario `dial`, each with a number of its own.
pub struct Dials<'a> {
    /// What each call dials, in this order.
    pub numbers: &'a [String],
    /// From one call to the next.
    pub every: Duration,
    /// How long a call that is not answered rings; then it is cancelled.
    pub ring: Duration,
    /// How long a call that was answered stays; then it hangs up.
    pub stay: Duration,
}

/// How a call of [`Dials`] went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialled {
    /// Its place among the calls, from 0.
    pub place: usize,
    /// What it dialled.
    pub number: String,
    /// The status where it was refused, such as `486 Busy Here`; `None`: it was answered.
    pub refusal: Option<String>,
}

/// A running sipp. Its calls are dropped without a word when this value is.
pub struct Sipp {
    process: Process,
    folder: TempDir,
    end: Instant,
}

impl Sipp {
    /// Starts the load against a SIP port.
    pub fn start(load: &Load<'_>, port: u16) -> Self {
        let [calls, rate] = [load.calls, load.rate].map(|number| number.to_string());
        let length = load.stay + Duration::from_secs(u64::from(load.calls / load.rate.max(1)));
        let text = scenario(load.scenario, &[("STAY_MS", load.stay)]);
        let mut arguments = vec!["-s", load.number, "-m", &calls, "-l", &calls, "-r", &rate];
        arguments.push("-rtp_echo");
        Self::launch(folder(), &text, &arguments, length, ports::free(), port)
    }

    /// Starts these calls against a SIP port.
    pub fn dial(dials: &Dials<'_>, port: u16) -> Self {
        let folder = folder();
        let numbers = folder.path().join("numbers.csv");
        let lines = format!("SEQUENTIAL\n{};\n", dials.numbers.join(";\n"));
        fs::write(&numbers, lines).expect("the numbers are written");
        let (numbers, calls) = (
            numbers.display().to_string(),
            dials.numbers.len().to_string(),
        );
        let period = dials.every.as_millis().max(1).to_string();
        let length = dials.every * dials.numbers.len() as u32 + dials.ring + dials.stay;
        let text = scenario("dial", &[("RING_MS", dials.ring), ("STAY_MS", dials.stay)]);
        let arguments = [
            "-inf", &numbers, "-m", &calls, "-l", &calls, "-r", "1", "-rp", &period,
        ];
        Self::launch(folder, &text, &arguments, length, ports::free(), port)
    }

    /// Starts a phone at the SIP port `at` that takes calls from the SIP port `port`, for at most `length`.
    pub fn answer(name: &str, times: &[(&str, Duration)], at: u16, port: u16) -> Self {
        let text = scenario(name, times);
        Self::launch(folder(), &text, &[], MARGIN, at, port)
    }

    /// Starts such a phone with words of its scenario filled in.
    pub fn answer_as(name: &str, words: &[(&str, &str)], at: u16, port: u16) -> Self {
        let text = filled(name, words);
        let phone = Self::launch(folder(), &text, &["-m", "1"], MARGIN, at, port);
        wait::expect("it listens", || ports::is_taken(at));
        phone
    }

    /// Starts a phone of the scenario `name`, its words filled in, for at most `length`; it keeps the messages.
    pub fn keep(name: &str, words: &[(&str, &str)], length: Duration, port: u16) -> Self {
        let folder = folder();
        let messages = folder.path().join("messages").display().to_string();
        let text = filled(name, words);
        let arguments = ["-m", "1", "-trace_msg", "-message_file", &messages];
        Self::launch(folder, &text, &arguments, length, ports::free(), port)
    }

    /// What a phone of [`Sipp::keep`] has sent and received so far.
    pub fn messages(&self) -> String {
        let bytes = fs::read(self.folder.path().join("messages")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn launch(
        folder: TempDir,
        scenario: &str,
        arguments: &[&str],
        length: Duration,
        at: u16,
        port: u16,
    ) -> Self {
        let file = |name: &str| folder.path().join(name).display().to_string();
        fs::write(folder.path().join("scenario.xml"), scenario).expect("the scenario is written");
        let length = length + MARGIN;
        let [sip_port, echo_port] = [at, ports::free_run(ECHO_PORTS)].map(|port| port.to_string());
        let (scenario, errors, log) = (file("scenario.xml"), file("errors"), file("log"));
        let seconds = format!("{}s", length.as_secs());
        let target = format!("127.0.0.1:{port}");
        let ours = [
            ["-sf", &scenario],
            ["-i", "127.0.0.1"],
            ["-mi", "127.0.0.1"],
            ["-p", &sip_port],
            ["-mp", &echo_port],
            ["-timeout", &seconds],
            ["-timer_resol", "1"],
            ["-error_file", &errors],
            ["-log_file", &log],
            ["-trace_err", "-trace_logs"],
            ["-nostdin", "-aa"],
            ["-buff_size", BUFFER],
        ];
        let arguments: Vec<String> = [arguments, &ours.concat(), &[target.as_str()]]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let process = Process::start(Path::new("sipp"), &arguments, &folder.path().join("screen"));
        let end = Instant::now() + length + MARGIN;
        Self {
            process,
            folder,
            end,
        }
    }

    /// Waits until all calls are done; fails the test when one of them failed. How each went, for calls of [`Dials`].
    pub fn finish(mut self) -> Vec<Dialled> {
        let left = self.end.saturating_duration_since(Instant::now());
        let code = wait::until(left, || self.process.exit_code());
        assert_eq!(code, Some(0), "sipp failed:\n{}", self.story());
        self.log().lines().filter_map(dialled).collect()
    }

    /// Waits until so many calls of [`Dials`] have their answer, or their refusal.
    pub fn await_told(&self, calls: usize) {
        let told = wait::until(wait::PATIENCE, || {
            let told = self.log().lines().filter_map(dialled).count();
            (told >= calls).then_some(())
        });
        assert!(told.is_some(), "not told in time:\n{}", self.story());
    }

    fn log(&self) -> String {
        let bytes = fs::read(self.folder.path().join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// What it has to say, for the message of a failed test.
    fn story(&self) -> String {
        let lines = |name: &str, most: usize| {
            let bytes = fs::read(self.folder.path().join(name)).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let lines: Vec<_> = text.lines().take(most).map(str::to_owned).collect();
            lines.join("\n")
        };
        format!("{}\n{}", lines("errors", 60), lines("screen", 80))
    }
}

fn folder() -> TempDir {
    TempDir::with_prefix("callpark-sipp-").expect("a folder for sipp")
}

/// A line of the log of `dial`: `answered take701 3`, `refused take701 4 480 EMPTY`.
fn dialled(line: &str) -> Option<Dialled> {
    let mut words = line.splitn(4, ' ');
    let (how, number, call) = (words.next()?, words.next()?, words.next()?);
    let status = words.next().unwrap_or_default().trim();
    Some(Dialled {
        place: call.trim().parse::<usize>().ok()?.checked_sub(1)?,
        number: number.to_owned(),
        refusal: (how == "refused").then(|| status.to_owned()),
    })
}

/// The text of a scenario, its words filled in.
fn filled(name: &str, words: &[(&str, &str)]) -> String {
    let text = scenario(name, &[]);
    let fill = |text: String, (word, value): &(&str, &str)| text.replace(word, value);
    words.iter().fold(text, fill)
}

/// The text of a scenario, its times filled in as milliseconds.
fn scenario(name: &str, times: &[(&str, Duration)]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let file = folder.join(format!("{name}.xml"));
    let text =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    times.iter().fold(text, |text, (name, time)| {
        text.replace(name, &time.as_millis().max(1).to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::{Dialled, dialled};

    #[test]
    fn the_log_tells_how_each_call_went() {
        let expected = |refusal: Option<&str>| {
            Some(Dialled {
                place: 2,
                number: "take701".to_owned(),
                refusal: refusal.map(str::to_owned),
            })
        };
        assert_eq!(dialled("answered take701 3"), expected(None));
        assert_eq!(
            dialled("refused take701 3 480 EMPTY\r"),
            expected(Some("480 EMPTY"))
        );
        assert_eq!(dialled("noise"), None);
    }
}
