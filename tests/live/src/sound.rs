//! Which tone is in a recording.

use std::{
    f64::consts::TAU,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

const RATE: f64 = 8000.0;
/// 200 ms at 8 kHz.
const WINDOW: usize = 1600;
/// 50 ms, each measured by itself: where frames are missing the tone jumps, and both sides would cancel each other. It
/// tells tones that are 40 Hz apart.
const BLOCK: usize = 400;
const WAV_HEADER: usize = 44;
const SILENCE: Duration = Duration::from_millis(700);

/// The recording in this folder that grows, of what a phone hears. A phone that has heard nothing for a moment hears
/// nothing.
pub fn growing(folder: &Path) -> Option<PathBuf> {
    let files = fs::read_dir(folder).ok()?.flatten();
    let heard = files.filter(|file| file.file_name().to_string_lossy().ends_with("-dec.wav"));
    let grown = |path: PathBuf| Some((fs::metadata(&path).ok()?.modified().ok()?, path));
    let (last, path) = heard.filter_map(|file| grown(file.path())).max()?;
    last.elapsed()
        .is_ok_and(|age| age < SILENCE)
        .then_some(path)
}

/// How long the longest recording in this folder is by now.
pub fn longest(folder: &Path) -> Duration {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = files.filter_map(|file| Some(file.metadata().ok()?.len()));
    let samples = bytes.max().unwrap_or(0).saturating_sub(WAV_HEADER as u64) / 2;
    Duration::from_secs_f64(samples as f64 / RATE)
}

/// At 8 kHz: of a faster recording only every second sample, or third. The tests' tones are far below.
fn samples(recording: &Path) -> Vec<i16> {
    let bytes = fs::read(recording).unwrap_or_default();
    let Some((header, samples)) = bytes.split_at_checked(WAV_HEADER) else {
        return Vec::new();
    };
    let rate = header[24..28].try_into().map_or(0, u32::from_le_bytes);
    samples
        .chunks_exact(2)
        .step_by((rate / RATE as u32).max(1) as usize)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect()
}

/// The samples at the end of a recording that may still be growing.
pub fn tail(recording: &Path) -> Vec<i16> {
    let samples = samples(recording);
    samples[samples.len().saturating_sub(WINDOW)..].to_vec()
}

/// Whether a tone is in a whole recording for a moment at least, perhaps together with another one.
pub fn is_in(recording: &Path, hertz: f64) -> bool {
    samples(recording)
        .chunks_exact(WINDOW)
        .any(|part| share(part, hertz) > 0.15)
}

/// Whether a tone of `hertz` is most of what is heard: true for one tone at the most, also where one gives way to another.
pub fn has_tone(samples: &[i16], hertz: f64) -> bool {
    samples.len() == WINDOW && share(samples, hertz) > 0.5
}

/// How much of what is heard is this tone, from 0 to 1; 0 where nothing is loud.
fn share(samples: &[i16], hertz: f64) -> f64 {
    let total: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    let loud = total / samples.len().max(1) as f64 > 10_000.0;
    let tone: f64 = samples.chunks(BLOCK).map(|block| power(block, hertz)).sum();
    if loud { tone / total } else { 0.0 }
}

/// Goertzel: the energy at one frequency, in the unit of the sum of squares.
fn power(samples: &[i16], hertz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hertz / RATE).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in samples {
        let now = f64::from(*sample) + coefficient * last - before;
        before = last;
        last = now;
    }
    let square = last * last + before * before - coefficient * last * before;
    2.0 * square / samples.len() as f64
}

/// Writes a tone as a WAV file, 8 kHz, 16 bit, one channel.
pub fn write_tone(file: &Path, hertz: f64, seconds: f64) {
    write(file, hertz, seconds, 1);
}

/// The same in two channels.
pub fn write_stereo(file: &Path, hertz: f64, seconds: f64) {
    write(file, hertz, seconds, 2);
}

fn write(file: &Path, hertz: f64, seconds: f64, channels: u16) {
    let samples = (RATE * seconds) as u32;
    let frame = 2 * channels;
    let bytes = samples * u32::from(frame);
    let rate = RATE as u32;
    let mut wav = Vec::with_capacity(bytes as usize + WAV_HEADER);
    wav.extend(b"RIFF");
    wav.extend((bytes + 36).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend([1, channels].map(u16::to_le_bytes).concat());
    let speed = [rate, rate * u32::from(frame)];
    wav.extend(speed.map(u32::to_le_bytes).concat());
    wav.extend([frame, 16].map(u16::to_le_bytes).concat());
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    for at in 0..samples {
        let sample = (TAU * hertz * f64::from(at) / RATE).sin() * 8000.0;
        for _ in 0..channels {
            wav.extend((sample as i16).to_le_bytes());
        }
    }
    fs::write(file, wav).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64) -> Vec<i16> {
        (0..WINDOW)
            .map(|at| ((TAU * hertz * at as f64 / RATE).sin() * 8000.0) as i16)
            .collect()
    }

    #[test]
    fn a_tone_that_jumps_is_still_that_tone() {
        let mut jumping = tone(600.0);
        jumping[WINDOW / 2..]
            .iter_mut()
            .for_each(|sample| *sample = -*sample);
        assert!(has_tone(&jumping, 600.0));
        assert!(!has_tone(&jumping, 640.0));
    }

    #[test]
    fn a_tone_is_told_from_another_and_from_silence() {
        assert!(has_tone(&tone(600.0), 600.0));
        assert!(!has_tone(&tone(600.0), 800.0));
        assert!(!has_tone(&[0; WINDOW], 600.0));
        assert!(!has_tone(&tone(600.0)[..100], 600.0));
    }

    #[test]
    fn where_one_tone_gives_way_to_another_only_one_is_heard() {
        for at in (0..=WINDOW).step_by(100) {
            let both = [&tone(600.0)[..at], &tone(980.0)[at..]].concat();
            assert!(
                !(has_tone(&both, 600.0) && has_tone(&both, 980.0)),
                "both are heard when the change is at sample {at}"
            );
        }
    }
}
