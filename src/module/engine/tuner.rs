//! What one engine thread sends in this beat: of each track one frame, the same for all who hear it.

use super::stations::{Cursor, Track};
use std::sync::Arc;

/// Beats without a listener after which a track is forgotten.
const IDLE_BEATS: u32 = 50;

/// The tracks that an engine thread follows.
#[derive(Default)]
pub struct Tuner {
    beat: u32,
    tracks: Vec<Tuned>,
}

struct Tuned {
    track: Arc<Track>,
    cursor: Cursor,
    beat: u32,
    frame: Arc<[u8]>,
}

impl Tuner {
    /// A new beat: every track goes on by one frame.
    pub fn next_beat(&mut self) {
        self.beat = self.beat.wrapping_add(1);
        let beat = self.beat;
        self.tracks
            .retain(|tuned| beat.wrapping_sub(tuned.beat) < IDLE_BEATS);
    }

    /// The track's frame of this beat; silence while its source has none.
    pub fn frame(&mut self, track: &Arc<Track>) -> Arc<[u8]> {
        let beat = self.beat;
        let known = self
            .tracks
            .iter_mut()
            .find(|tuned| Arc::ptr_eq(&tuned.track, track));
        if let Some(tuned) = known {
            if tuned.beat != beat {
                tuned.beat = beat;
                tuned.frame = track.next_frame(&mut tuned.cursor);
            }
            return Arc::clone(&tuned.frame);
        }
        let mut cursor = Cursor::default();
        let frame = track.next_frame(&mut cursor);
        self.tracks.push(Tuned {
            track: Arc::clone(track),
            cursor,
            beat,
            frame: Arc::clone(&frame),
        });
        frame
    }
}
