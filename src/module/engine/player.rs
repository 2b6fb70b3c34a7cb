//! A source that plays for ever: begun again at its end, silent while it fails.

use crate::fs::{
    log::{Level, log},
    runtime::micros_now,
    sound::Sound,
};

/// How long a source that fails is left alone, in microseconds.
const AGAIN_MICROS: i64 = 5_000_000;
/// Reads for one frame, at most: some sources give it in pieces.
const PIECES: u32 = 8;

/// One source, read at one rate. One thread.
pub struct Player {
    source: String,
    rate: u32,
    sound: Option<Sound>,
    /// Whether what is open has given anything.
    plays: bool,
    /// When to try again, while it fails.
    again: i64,
    /// Whether the log has its failure.
    told: bool,
}

impl Player {
    /// Opens it with the first frame.
    pub fn new(source: &str, rate: u32) -> Self {
        Self {
            source: source.to_owned(),
            rate,
            sound: None,
            plays: false,
            again: 0,
            told: false,
        }
    }

    /// The next frame: the source's samples, and silence where it has none.
    pub fn fill(&mut self, frame: &mut [i16]) {
        frame.fill(0);
        let mut filled = 0;
        for _ in 0..PIECES {
            let Some(rest) = frame.get_mut(filled..).filter(|rest| !rest.is_empty()) else {
                return;
            };
            match self.read(rest) {
                0 => return,
                came => filled += came,
            }
        }
    }

    /// Reads from where the source is, or from its beginning.
    fn read(&mut self, samples: &mut [i16]) -> usize {
        if self.sound.is_none() && !self.open() {
            return 0;
        }
        let came = self.sound.as_mut().map_or(0, |sound| sound.read(samples));
        if came > 0 {
            self.works();
            return came;
        }
        self.sound = None;
        if !self.plays {
            self.fails("it is empty");
            return 0;
        }
        // Its end: from the beginning.
        if !self.open() {
            return 0;
        }
        let came = self.sound.as_mut().map_or(0, |sound| sound.read(samples));
        self.plays = came > 0;
        came
    }

    fn open(&mut self) -> bool {
        if micros_now() < self.again {
            return false;
        }
        match Sound::open(&self.source, self.rate) {
            Ok(sound) => {
                self.sound = Some(sound);
                self.plays = false;
                true
            }
            Err(error) => {
                self.fails(&error.to_string());
                false
            }
        }
    }

    fn fails(&mut self, why: &str) {
        self.again = micros_now() + AGAIN_MICROS;
        if !std::mem::replace(&mut self.told, true) {
            let line = format!("hold music {} fails, silence instead: {why}", self.source);
            log(Level::Error, &line);
        }
    }

    fn works(&mut self) {
        self.plays = true;
        if std::mem::take(&mut self.told) {
            log(
                Level::Notice,
                &format!("hold music {} plays again", self.source),
            );
        }
    }
}
