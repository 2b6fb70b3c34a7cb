//! What is played: each source once for all who hear it, encoded once for each form of frames.
//!
//! A source has a thread of its own, so that one that hangs (a stream from elsewhere) holds up nobody but its listeners.
//! It keeps pace with the engine threads by the host's timers, a frame or two ahead of them.

use super::{BEAT_MICROS, BEAT_MILLIS, LOOK_MICROS, choose::Why, player::Player};
use crate::{
    fs::{
        HostError,
        frame::Form,
        log::{Level, log},
        runtime::{Beat, Guarded, Thread, Work, micros_now},
        sound::Encoder,
    },
    module::Callpark,
};
use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Sources at once, at most: each costs a thread, and one that a single call hears saves nothing.
const MOST_STATIONS: usize = 32;
/// Frames that a track keeps.
const KEPT: usize = 16;
/// How many frames behind the newest a listener begins, and goes back to when it has fallen too far behind.
const BEHIND: u64 = 2;
/// How far behind is too far.
const TOO_FAR: u64 = 8;
/// Beats without a listener after which a source ends.
const IDLE_BEATS: u32 = 250;

/// A source in one form of frames.
pub struct Track {
    /// What its frames look like.
    pub form: Form,
    frames: Guarded<Frames>,
    /// What is heard while the source has nothing: it may take long to open, and hang.
    silence: Arc<[u8]>,
    broken: AtomicBool,
}

#[derive(Default)]
struct Frames {
    /// The number of the first that is kept.
    first: u64,
    kept: VecDeque<Arc<[u8]>>,
}

/// Where a listener is in a track.
#[derive(Debug, Default, Clone, Copy)]
pub struct Cursor(Option<u64>);

impl Track {
    /// `None` where its codec cannot be encoded.
    fn new(form: &Form) -> Option<Self> {
        let mut samples = vec![0; samples_of(form.true_rate)];
        let silence = Encoder::new(form).ok()?.encode(&mut samples)?;
        Some(Self {
            form: form.clone(),
            frames: Guarded::new(Frames::default()).ok()?,
            silence: silence.into(),
            broken: AtomicBool::new(false),
        })
    }

    /// The listener's next frame; silence while the source has none.
    pub fn next_frame(&self, cursor: &mut Cursor) -> Arc<[u8]> {
        let frame = self.frames.lock().next(cursor);
        frame.unwrap_or_else(|| Arc::clone(&self.silence))
    }

    /// Whether its codec cannot be encoded.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }
}

impl Frames {
    fn push(&mut self, frame: Arc<[u8]>) {
        self.kept.push_back(frame);
        if self.kept.len() > KEPT {
            self.kept.pop_front();
            self.first += 1;
        }
    }

    fn next(&mut self, cursor: &mut Cursor) -> Option<Arc<[u8]>> {
        let end = self.first + self.kept.len() as u64;
        let at = cursor
            .0
            .filter(|at| end.saturating_sub(*at) <= TOO_FAR)
            .unwrap_or(end.saturating_sub(BEHIND));
        cursor.0 = Some(at);
        let index = usize::try_from(at.checked_sub(self.first)?).ok()?;
        let frame = self.kept.get(index).cloned()?;
        cursor.0 = Some(at + 1);
        Some(frame)
    }
}

/// All sources that somebody hears.
pub struct Stations(Guarded<Registry>);

#[derive(Default)]
struct Registry {
    stations: HashMap<u64, Station>,
    next: u64,
    closed: bool,
}

struct Station {
    source: String,
    rate: u32,
    tracks: Vec<Arc<Track>>,
    thread: Option<Thread>,
    /// Nobody hears it any more: it takes no listener, and closes its source.
    closing: bool,
    /// Its thread does nothing any more.
    ended: bool,
}

impl Station {
    /// Who hears it has to do without it.
    fn fail(&self) {
        for track in &self.tracks {
            track.broken.store(true, Ordering::Relaxed);
        }
    }
}

/// A station's thread has ended, whatever the way.
struct Ends<'a>(&'a Stations, u64);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        if let Some(station) = self.0.0.lock().stations.get_mut(&self.1) {
            station.fail();
            (station.closing, station.ended) = (true, true);
        }
        self.0.0.wake_all();
    }
}

impl Stations {
    /// None yet.
    pub fn new() -> Result<Self, HostError> {
        Guarded::new(Registry::default()).map(Self)
    }

    /// The source in this form, begun if nobody hears it yet.
    pub fn track(&self, source: &str, form: &Form) -> Result<Arc<Track>, Why> {
        self.join_ended();
        let known = self.0.lock().known(source, form);
        if let Some(track) = known {
            return Ok(track);
        }
        let fresh = Track::new(form).map(Arc::new);
        let fresh = fresh.ok_or_else(|| Why::Codec(form.codec.clone()))?;
        let (track, begun) = self.0.lock().track(source, &fresh)?;
        match begun {
            Some(number) if !self.begin(number) => Err(Why::Has("no thread for its music")),
            _ => Ok(track),
        }
    }

    fn begin(&self, number: u64) -> bool {
        match Thread::start::<StationThread>(number) {
            Ok(thread) => {
                if let Some(station) = self.0.lock().stations.get_mut(&number) {
                    station.thread = Some(thread);
                }
                self.0.wake_all();
                true
            }
            Err(error) => {
                // Others may have joined it meanwhile.
                let _station = self
                    .0
                    .lock()
                    .stations
                    .remove(&number)
                    .inspect(Station::fail);
                log(Level::Error, &format!("no thread for hold music: {error}"));
                false
            }
        }
    }

    /// Ends all and waits for it, at most `until`; `false` when one still plays.
    pub fn close(&self, until: i64) -> bool {
        self.0.lock().closed = true;
        loop {
            self.join_ended();
            let mut registry = self.0.lock();
            if registry.stations.is_empty() {
                return true;
            }
            if micros_now() >= until {
                return false;
            }
            registry.wait(LOOK_MICROS);
        }
    }

    fn join_ended(&self) {
        let ended: Vec<Station> = {
            let mut registry = self.0.lock();
            let ended = registry
                .stations
                .extract_if(|_, station| station.ended && station.thread.is_some());
            ended.map(|(_, station)| station).collect()
        };
        for thread in ended.into_iter().filter_map(|station| station.thread) {
            thread.join();
        }
    }

    /// What the station is to encode now; `None` at the end. Tracks without a listener are forgotten.
    fn tracks(&self, number: u64, idle_beats: u32) -> Option<Vec<Arc<Track>>> {
        let mut registry = self.0.lock();
        let closed = registry.closed;
        let station = registry.stations.get_mut(&number)?;
        if closed || (idle_beats > IDLE_BEATS && station.tracks.is_empty()) {
            station.closing = true;
            return None;
        }
        Some(station.tracks.clone())
    }

    /// Forgets tracks that nobody hears: only the station and `encodings` know them.
    fn forget_unheard(&self, number: u64, encodings: &mut Vec<Encoding>) {
        // What is taken out here ends after the lock: codecs are the host's.
        let _unheard: Vec<Encoding> = {
            let mut registry = self.0.lock();
            let Some(station) = registry.stations.get_mut(&number) else {
                return;
            };
            let unheard = encodings.extract_if(.., |own| Arc::strong_count(&own.track) <= 2);
            unheard
                .inspect(|own| {
                    station
                        .tracks
                        .retain(|track| !Arc::ptr_eq(track, &own.track))
                })
                .collect()
        };
    }

    /// Plays until nobody listens any more.
    fn play(&self, number: u64) {
        let _ends = Ends(self, number);
        let found = self
            .0
            .lock()
            .stations
            .get(&number)
            .map(|station| (station.source.clone(), station.rate));
        if let Some((source, rate)) = found {
            match Beat::every(BEAT_MILLIS) {
                Ok(beat) => self.keep_playing(number, Player::new(&source, rate), rate, beat),
                Err(error) => log(Level::Error, &format!("hold music has no beat: {error}")),
            }
        }
    }

    fn keep_playing(&self, number: u64, mut player: Player, rate: u32, mut beat: Beat) {
        let mut samples = vec![0; samples_of(rate)];
        let mut encodings: Vec<Encoding> = Vec::new();
        let mut idle_beats = 0;
        while let Some(tracks) = self.tracks(number, idle_beats) {
            if !beat.wait() {
                return;
            }
            idle_beats = if tracks.is_empty() { idle_beats + 1 } else { 0 };
            player.fill(&mut samples);
            for track in tracks {
                encode(&mut encodings, &track, &mut samples);
            }
            self.forget_unheard(number, &mut encodings);
        }
    }
}

impl Registry {
    /// A station that plays the source at this rate, and goes on.
    fn playing(&mut self, source: &str, rate: u32) -> Option<&mut Station> {
        self.stations
            .values_mut()
            .find(|station| station.source == source && station.rate == rate && !station.closing)
    }

    fn known(&mut self, source: &str, form: &Form) -> Option<Arc<Track>> {
        let station = self.playing(source, form.true_rate)?;
        let known = station.tracks.iter().find(|track| track.form == *form);
        known.cloned()
    }

    /// The track, and the number of its station if that has yet to begin.
    fn track(
        &mut self,
        source: &str,
        fresh: &Arc<Track>,
    ) -> Result<(Arc<Track>, Option<u64>), Why> {
        if self.closed {
            return Err(Why::Has("the module ends"));
        }
        // Another call may have been quicker.
        if let Some(known) = self.known(source, &fresh.form) {
            return Ok((known, None));
        }
        if let Some(station) = self.playing(source, fresh.form.true_rate) {
            station.tracks.push(Arc::clone(fresh));
            return Ok((Arc::clone(fresh), None));
        }
        if self.stations.len() >= MOST_STATIONS {
            return Err(Why::Has("too many different sources"));
        }
        let number = self.next;
        self.next += 1;
        let station = Station {
            source: source.to_owned(),
            rate: fresh.form.true_rate,
            tracks: vec![Arc::clone(fresh)],
            thread: None,
            closing: false,
            ended: false,
        };
        self.stations.insert(number, station);
        Ok((Arc::clone(fresh), Some(number)))
    }
}

/// Samples of one frame.
fn samples_of(rate: u32) -> usize {
    (rate / (1_000_000 / BEAT_MICROS)) as usize
}

/// A track with its encoder.
struct Encoding {
    track: Arc<Track>,
    encoder: Option<Encoder>,
}

fn encode(encodings: &mut Vec<Encoding>, track: &Arc<Track>, samples: &mut [i16]) {
    let known = encodings
        .iter()
        .position(|encoding| Arc::ptr_eq(&encoding.track, track));
    let place = known.unwrap_or_else(|| {
        encodings.push(Encoding::of(track));
        encodings.len() - 1
    });
    let encoder = encodings
        .get_mut(place)
        .and_then(|encoding| encoding.encoder.as_mut());
    match encoder.and_then(|encoder| encoder.encode(samples)) {
        Some(frame) => track.frames.lock().push(frame.into()),
        None => track.broken.store(true, Ordering::Relaxed),
    }
}

impl Encoding {
    fn of(track: &Arc<Track>) -> Self {
        let encoder = Encoder::new(&track.form);
        if let Err(error) = &encoder {
            let line = format!(
                "hold music cannot be encoded as {}: {error}",
                track.form.codec
            );
            log(Level::Error, &line);
        }
        Self {
            track: Arc::clone(track),
            encoder: encoder.ok(),
        }
    }
}

struct StationThread;

impl Work for StationThread {
    const NAME: &'static str = "hold music";

    fn run(number: u64) {
        // Shutdown keeps the module in place until these threads have ended.
        if let Some(engine) = Callpark::current().and_then(|module| module.engine()) {
            engine.stations.play(number);
        }
    }
}
