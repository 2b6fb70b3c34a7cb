//! Which tone is in a recording.

use std::{f64::consts::TAU, fs, path::Path};

const RATE: f64 = 8000.0;
/// 200 ms at 8 kHz.
const WINDOW: usize = 1600;
const WAV_HEADER: usize = 44;

/// The samples at the end of a recording that may still be growing.
pub fn tail(recording: &Path) -> Vec<i16> {
    let bytes = fs::read(recording).unwrap_or_default();
    let samples: Vec<i16> = bytes
        .get(WAV_HEADER..)
        .unwrap_or_default()
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    samples[samples.len().saturating_sub(WINDOW)..].to_vec()
}

/// Whether a tone of `hertz` is most of what is heard.
pub fn has_tone(samples: &[i16], hertz: f64) -> bool {
    let total: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    let loud = total / samples.len().max(1) as f64 > 10_000.0;
    samples.len() == WINDOW && loud && power(samples, hertz) / total > 0.4
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
    let samples = (RATE * seconds) as u32;
    let bytes = samples * 2;
    let rate = RATE as u32;
    let mut wav = Vec::with_capacity(bytes as usize + WAV_HEADER);
    wav.extend(b"RIFF");
    wav.extend((bytes + 36).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    wav.extend([rate, rate * 2].map(u32::to_le_bytes).concat());
    wav.extend([2_u16, 16].map(u16::to_le_bytes).concat());
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    for at in 0..samples {
        let sample = (TAU * hertz * f64::from(at) / RATE).sin() * 8000.0;
        wav.extend((sample as i16).to_le_bytes());
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
    fn a_tone_is_told_from_another_and_from_silence() {
        assert!(has_tone(&tone(600.0), 600.0));
        assert!(!has_tone(&tone(600.0), 800.0));
        assert!(!has_tone(&[0; WINDOW], 600.0));
        assert!(!has_tone(&tone(600.0)[..100], 600.0));
    }
}
