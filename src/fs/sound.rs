//! Sounds without a leg: a file or stream that is read, a codec that encodes.

use super::{HostError, check, frame::Form, runtime::Pool, sys, text};
use std::ffi::CStr;

const FILE: &CStr = c"mod_callpark";
/// Room for what a codec makes of one frame.
const ENCODED_BYTES: usize = 4096;
/// Room for so many channels even where the handle tells of fewer: a list of files (`file_string://`) tells of one, and
/// has each of its files written as it is. The host's own players have room for 25, at 8 kHz.
const CHANNELS: usize = 64;

/// A file or stream that is open, in one channel. One thread.
pub struct Sound {
    handle: Box<sys::switch_file_handle>,
    /// What the host reads into: all channels of the source.
    all_channels: Vec<i16>,
}

impl Sound {
    /// Opens a file or stream, to be read at `rate` samples a second (`switch_core_file_open`). May take long: some
    /// streams are fetched from elsewhere.
    pub fn open(source: &str, rate: u32) -> Result<Self, HostError> {
        let source = text::c_text(source);
        // SAFETY: an all-zero handle is the host's own way to begin one.
        let mut handle: Box<sys::switch_file_handle> = Box::new(unsafe { std::mem::zeroed() });
        // SAFETY: the handle stays where it is until it is closed; without a pool the host makes one for it.
        let status = unsafe {
            sys::switch_core_perform_file_open(
                FILE.as_ptr(),
                FILE.as_ptr(),
                0,
                &mut *handle,
                source.as_ptr(),
                1,
                rate,
                sys::SWITCH_FILE_FLAG_READ | sys::SWITCH_FILE_DATA_SHORT,
                std::ptr::null_mut(),
            )
        };
        check("switch_core_file_open", status)?;
        Ok(Self {
            handle,
            all_channels: Vec::new(),
        })
    }

    /// Reads samples (`switch_core_file_read`); how many there were, 0 at the end.
    pub fn read(&mut self, samples: &mut [i16]) -> usize {
        let mut length = samples.len();
        let channels = CHANNELS.max(self.handle.real_channels as usize);
        self.all_channels.resize(samples.len() * channels, 0);
        // SAFETY: the handle is open. The source writes the samples of all of its channels before the host mixes them into
        // one, in the same place: the buffer has room for them, `real_channels` is set when the source is opened.
        let status = unsafe {
            sys::switch_core_file_read(
                &mut *self.handle,
                self.all_channels.as_mut_ptr().cast(),
                &mut length,
            )
        };
        if status != sys::SWITCH_STATUS_SUCCESS {
            return 0;
        }
        let read = self.all_channels.iter().take(length);
        let places = samples.iter_mut().zip(read);
        places.map(|(place, sample)| *place = *sample).count()
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        // SAFETY: open made the handle, and it is closed this once.
        unsafe { sys::switch_core_file_close(&mut *self.handle) };
    }
}

/// A codec of our own that encodes. One thread.
pub struct Encoder {
    codec: Box<sys::switch_codec>,
    form: Form,
    /// Owns what the codec allocates; dropped after it.
    _pool: Pool,
}

impl Encoder {
    /// Sets the codec up (`switch_core_codec_init`). Fails when no module has it.
    pub fn new(form: &Form) -> Result<Self, HostError> {
        let pool = Pool::new()?;
        let name = text::c_text(&form.codec);
        // SAFETY: an all-zero codec is the host's own way to begin one.
        let mut codec: Box<sys::switch_codec> = Box::new(unsafe { std::mem::zeroed() });
        // SAFETY: the codec stays where it is and the pool lives until it is destroyed; the host copies the name's meaning.
        let status = unsafe {
            sys::switch_core_codec_init_with_bitrate(
                &mut *codec,
                name.as_ptr(),
                std::ptr::null(),
                std::ptr::null(),
                form.rate,
                (form.micros / 1000) as i32,
                form.channels.into(),
                0,
                sys::SWITCH_CODEC_FLAG_ENCODE,
                std::ptr::null(),
                pool.as_ptr(),
            )
        };
        check("switch_core_codec_init", status)?;
        Ok(Self {
            codec,
            form: form.clone(),
            _pool: pool,
        })
    }

    /// Encodes one frame (`switch_core_codec_encode`); `None` when the codec makes anything else of it than a frame.
    pub fn encode(&mut self, samples: &mut [i16]) -> Option<Vec<u8>> {
        let mut encoded = vec![0_u8; ENCODED_BYTES];
        let (mut length, mut rate, mut flags) = (ENCODED_BYTES as u32, self.form.true_rate, 0);
        // SAFETY: the codec is set up, both buffers have the lengths that are given, and the host keeps neither.
        let status = unsafe {
            sys::switch_core_codec_encode(
                &mut *self.codec,
                std::ptr::null_mut(),
                samples.as_mut_ptr().cast(),
                size_of_val(samples) as u32,
                self.form.true_rate,
                encoded.as_mut_ptr().cast(),
                &mut length,
                &mut rate,
                &mut flags,
            )
        };
        encoded.truncate(length as usize);
        (status == sys::SWITCH_STATUS_SUCCESS && length == self.form.bytes).then_some(encoded)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: new set the codec up, and it is destroyed this once, before its pool.
        unsafe { sys::switch_core_codec_destroy(&mut *self.codec) };
    }
}
