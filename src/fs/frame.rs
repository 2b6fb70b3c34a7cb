//! A leg's audio, frame by frame: what waits to be read, and what is encoded already to be written.

use super::{session::Session, sys, text};
use std::ptr;

/// The longest frame that is written: 60 ms of 16 bit at 16 kHz.
const FRAME_BYTES: usize = 2048;

/// What frames of a leg look like: legs of one form can be sent the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Form {
    /// The codec's name in SDP.
    pub codec: String,
    /// Samples a second as SDP says; for G.722 that is half of the truth.
    pub rate: u32,
    /// Samples a second.
    pub true_rate: u32,
    /// Length of a frame in microseconds.
    pub micros: u32,
    /// Channels of audio.
    pub channels: u8,
    /// Length of an encoded frame; 0 where that varies.
    pub bytes: u32,
}

/// Which of the host's codec implementations a leg writes with, and the kind of such packets: changes when the leg's codec
/// does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WritesWith {
    implementation: usize,
    /// The kind of packets, as its SDP says.
    pub kind: u8,
}

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Nothing: none has come.
    Nothing,
    /// A frame.
    Frame,
    /// A frame that stands for silence: the phone sends such, and the host gives one without having read anything while it
    /// sends digits.
    Silence,
}

impl Form {
    /// How much a frame adds to the time stamps.
    pub fn stamp_samples(&self) -> u32 {
        self.rate / 1000 * (self.micros / 1000)
    }
}

impl Session<'_> {
    /// What the leg is sent now, and by which implementation (`switch_core_session_get_write_codec`). The thread that
    /// serves the leg.
    pub fn form(self) -> Option<(Form, WritesWith)> {
        // SAFETY: the session is alive for 'a; its codec changes only in the thread that serves it, which calls.
        let codec = unsafe { self.write_codec().as_ref() }?;
        // SAFETY: a codec that is set up has its implementation, a table in the codec's module.
        let table = unsafe { codec.implementation.as_ref() }?;
        // SAFETY: the name is a constant of that table.
        let name = unsafe { text::from_host(table.iananame) }?;
        let form = Form {
            codec: name,
            rate: table.samples_per_second,
            true_rate: table.actual_samples_per_second,
            micros: u32::try_from(table.microseconds_per_packet).ok()?,
            channels: table.number_of_channels,
            bytes: table.encoded_bytes_per_packet,
        };
        Some((form, self.writes_with()?))
    }

    fn write_codec(self) -> *mut sys::switch_codec_t {
        // SAFETY: the session is alive for 'a.
        unsafe { sys::switch_core_session_get_write_codec(self.as_ptr()) }
    }

    /// Which implementation the leg writes with now. The thread that serves the leg.
    pub fn writes_with(self) -> Option<WritesWith> {
        // SAFETY: as in `form`.
        let codec = unsafe { self.write_codec().as_ref() }?;
        (!codec.implementation.is_null()).then(|| WritesWith {
            implementation: codec.implementation.addr(),
            kind: codec.agreed_pt,
        })
    }

    /// Takes one frame that has come, without waiting for one (`switch_core_media_read_frame`, `NOBLOCK`). The thread that serves the leg. With it go RTCP, STUN, DTLS, keys and the media time-out.
    ///
    /// It waits after all while the leg's RTP timer is on, and on a leg that has no audio or is not ready. Unlike
    /// [`Session::take_frame_fully`] it never gives the thread's turn away: with hundreds of legs that would cost a beat.
    pub fn take_frame(self) -> Taken {
        let mut frame = ptr::null_mut();
        // SAFETY: the session is alive; the host writes a frame of its own into the pointer.
        let status = unsafe {
            sys::switch_core_media_read_frame(
                self.as_ptr(),
                &mut frame,
                sys::SWITCH_IO_FLAG_NOBLOCK,
                0,
                sys::SWITCH_MEDIA_TYPE_AUDIO,
            )
        };
        // SAFETY: the frame is the host's own, whole until the next read, which is this thread's.
        unsafe { taken(status, frame) }
    }

    /// The same with all that the core does for a leg that is read: the time-outs of its digit bindings, the state of its
    /// call after a hold, whatever hooks in (`switch_core_session_read_frame`).
    pub fn take_frame_fully(self) -> Taken {
        let mut frame = ptr::null_mut();
        // SAFETY: as in `take_frame`.
        let status = unsafe {
            sys::switch_core_session_read_frame(
                self.as_ptr(),
                &mut frame,
                sys::SWITCH_IO_FLAG_NOBLOCK,
                0,
            )
        };
        // SAFETY: the frame is the host's own, whole until the next read, which is this thread's.
        unsafe { taken(status, frame) }
    }

    /// Sends a frame that is encoded in the leg's [`Form`], with this time stamp or, for 0, with the host's own
    /// (`switch_core_session_write_frame`). The thread that serves the leg. Says nothing where the host drops it: a leg that
    /// is held is sent nothing.
    pub fn send_frame(self, form: &Form, encoded: &[u8], stamp: u32) -> bool {
        let mut bytes = [0; FRAME_BYTES];
        let Some(place) = bytes.get_mut(..encoded.len()) else {
            return false;
        };
        place.copy_from_slice(encoded);
        let codec = self.write_codec();
        if codec.is_null() {
            return false;
        }
        // SAFETY: an all-zero frame is the host's own way to begin one.
        let mut frame: sys::switch_frame = unsafe { std::mem::zeroed() };
        // The leg's own codec: the host then sends the bytes as they are, and only decodes them where something listens.
        frame.codec = codec;
        frame.data = bytes.as_mut_ptr().cast();
        frame.datalen = encoded.len() as u32;
        frame.buflen = FRAME_BYTES as u32;
        frame.samples = form.true_rate / 1000 * (form.micros / 1000);
        frame.rate = form.true_rate;
        frame.channels = form.channels.into();
        frame.timestamp = stamp;
        // SAFETY: the session is alive, the frame and its data outlive the call, which keeps neither.
        let status = unsafe {
            sys::switch_core_session_write_frame(
                self.as_ptr(),
                &mut frame,
                sys::SWITCH_IO_FLAG_NONE,
                0,
            )
        };
        status == sys::SWITCH_STATUS_SUCCESS
    }
}

/// # Safety
/// `frame` is NULL or a frame of the host's that is whole during the call.
unsafe fn taken(status: sys::switch_status_t, frame: *const sys::switch_frame) -> Taken {
    if status != sys::SWITCH_STATUS_SUCCESS {
        return Taken::Nothing;
    }
    // SAFETY: by the caller's word.
    match unsafe { frame.as_ref() } {
        Some(frame) if frame.flags & sys::SFF_CNG != 0 => Taken::Silence,
        _ => Taken::Frame,
    }
}
