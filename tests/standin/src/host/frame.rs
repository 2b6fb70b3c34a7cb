//! Frames, codecs, files and timers. The stand-in's legs have no RTP: nothing waits to be read, nobody encodes, and no file
//! can be opened. It shows that whoever wants to serve such a leg by frames leaves it to its own thread.

use super::{
    boundary::{give, text},
    callback, host, status,
};
use crate::{
    faults::refused,
    handle::{channel_call, own_call, session_call},
    locks::host_call,
    schedule::{self, fail, with},
};
use freeswitch_sys as sys;
use std::{
    ffi::{c_char, c_int, c_uint, c_void},
    ptr,
};

host! {
    fn switch_core_timer_init(
        timer: *mut sys::switch_timer_t,
        timer_name: *const c_char,
        interval: c_int,
        samples: c_int,
        pool: *mut sys::switch_memory_pool_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (samples, pool);
        if text(timer_name) != "soft" || refused(CALL) {
            return sys::SWITCH_STATUS_GENERR;
        }
        // SAFETY: the module passes a timer of its own that lives during the call.
        if let Some(timer) = unsafe { timer.as_mut() } {
            timer.interval = interval;
            timer.start = with(|state| state.now);
        }
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_core_timer_next(timer: *mut sys::switch_timer_t) -> sys::switch_status_t {
        host_call(CALL);
        // SAFETY: the module passes a timer of its own that lives during the call.
        let Some(timer) = (unsafe { timer.as_mut() }) else { fail("a timer that is NULL") };
        let length = i64::from(timer.interval) * 1000;
        let now = with(|state| state.now);
        let next = (now / length + 1) * length;
        schedule::wait("a timer".to_owned(), Some(next), |_| false);
        timer.samplecount = timer.samplecount.wrapping_add(1);
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_core_timer_sync(timer: *mut sys::switch_timer_t) -> sys::switch_status_t {
        host_call(CALL);
        let _ = timer;
        fail("no leg of the stand-in has an RTP timer")
    }

    fn switch_core_timer_destroy(timer: *mut sys::switch_timer_t) -> sys::switch_status_t {
        host_call(CALL);
        status(!timer.is_null())
    }

    fn switch_core_event_hook_add_kill_channel(
        session: *mut sys::switch_core_session_t,
        kill_channel: sys::switch_kill_channel_hook_t,
    ) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        let (Some(hook), false) = (kill_channel, refused(CALL)) else { return sys::SWITCH_STATUS_MEMERR };
        with(|state| state.leg_mut(leg).signal_hooks.push(hook));
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_core_event_hook_remove_kill_channel(
        session: *mut sys::switch_core_session_t,
        kill_channel: sys::switch_kill_channel_hook_t,
    ) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        let Some(hook) = kill_channel else { return sys::SWITCH_STATUS_FALSE };
        with(|state| {
            let hooks = &mut state.leg_mut(leg).signal_hooks;
            let place = hooks.iter().position(|found| ptr::fn_addr_eq(*found, hook));
            place.map(|place| hooks.remove(place));
            status(place.is_some())
        })
    }

    fn switch_core_media_bug_enumerate(
        session: *mut sys::switch_core_session_t,
        stream: *mut sys::switch_stream_handle_t,
    ) -> sys::switch_status_t {
        session_call(CALL, session);
        // Nothing listens to a leg of the stand-in.
        kept(stream, "<media-bugs>\n</media-bugs>\n")
    }

    fn switch_core_media_read_frame(
        session: *mut sys::switch_core_session_t,
        frame: *mut *mut sys::switch_frame_t,
        flags: sys::switch_io_flag_t,
        stream_id: c_int,
        media: sys::switch_media_type_t,
    ) -> sys::switch_status_t {
        session_call(CALL, session);
        let _ = (flags, stream_id, media);
        give(frame, ptr::null_mut());
        sys::SWITCH_STATUS_BREAK
    }

    fn switch_core_session_read_frame(
        session: *mut sys::switch_core_session_t,
        frame: *mut *mut sys::switch_frame_t,
        flags: sys::switch_io_flag_t,
        stream_id: c_int,
    ) -> sys::switch_status_t {
        session_call(CALL, session);
        let _ = stream_id;
        if flags & sys::SWITCH_IO_FLAG_NOBLOCK == 0 {
            fail("the stand-in reads frames without waiting only");
        }
        give(frame, ptr::null_mut());
        sys::SWITCH_STATUS_FALSE
    }

    fn switch_core_session_write_frame(
        session: *mut sys::switch_core_session_t,
        frame: *mut sys::switch_frame_t,
        flags: sys::switch_io_flag_t,
        stream_id: c_int,
    ) -> sys::switch_status_t {
        let leg = session_call(CALL, session);
        let _ = (flags, stream_id);
        status(!frame.is_null() && with(|state| state.leg(leg).is_up()))
    }

    fn switch_core_session_get_write_codec(session: *mut sys::switch_core_session_t) -> *mut sys::switch_codec_t {
        session_call(CALL, session);
        ptr::null_mut()
    }

    fn switch_core_session_get_jb(
        session: *mut sys::switch_core_session_t,
        media: sys::switch_media_type_t,
    ) -> *mut sys::switch_jb_t {
        session_call(CALL, session);
        let _ = media;
        ptr::null_mut()
    }

    fn switch_core_media_get_timer(
        session: *mut sys::switch_core_session_t,
        mtype: sys::switch_media_type_t,
    ) -> *mut sys::switch_timer_t {
        own_call(CALL, session);
        let _ = mtype;
        ptr::null_mut()
    }

    fn switch_core_session_get_media_handle(session: *mut sys::switch_core_session_t) -> *mut sys::switch_media_handle_t {
        session_call(CALL, session);
        ptr::null_mut()
    }

    fn switch_core_media_get_mparams(smh: *mut sys::switch_media_handle_t) -> *mut sys::switch_core_media_params_t {
        assert!(!smh.is_null(), "{CALL}: no media handle");
        ptr::null_mut()
    }

    fn switch_core_media_set_rtp_flag(
        session: *mut sys::switch_core_session_t,
        media: sys::switch_media_type_t,
        flag: sys::switch_rtp_flag_t,
    ) {
        own_call(CALL, session);
        let _ = (media, flag);
    }

    fn switch_core_media_clear_rtp_flag(
        session: *mut sys::switch_core_session_t,
        media: sys::switch_media_type_t,
        flag: sys::switch_rtp_flag_t,
    ) {
        own_call(CALL, session);
        let _ = (media, flag);
    }

    fn switch_core_media_get_rtp_session(
        session: *mut sys::switch_core_session_t,
        media: sys::switch_media_type_t,
    ) -> *mut sys::switch_rtp_t {
        session_call(CALL, session);
        let _ = media;
        ptr::null_mut()
    }

    fn switch_rtp_test_flag(rtp_session: *mut sys::switch_rtp_t, flags: sys::switch_rtp_flag_t) -> u32 {
        host_call(CALL);
        let _ = (rtp_session, flags);
        fail("no leg of the stand-in has RTP")
    }

    fn switch_rtp_get_rtp_socket(rtp_session: *mut sys::switch_rtp_t) -> *mut sys::switch_socket_t {
        host_call(CALL);
        let _ = rtp_session;
        fail("no leg of the stand-in has RTP")
    }

    fn switch_sockaddr_create(
        address: *mut *mut sys::switch_sockaddr_t,
        pool: *mut sys::switch_memory_pool_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = pool;
        give(address, ptr::null_mut());
        sys::SWITCH_STATUS_MEMERR
    }

    fn switch_socket_recvfrom(
        from: *mut sys::switch_sockaddr_t,
        sock: *mut sys::switch_socket_t,
        flags: i32,
        buf: *mut c_char,
        len: *mut usize,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (from, sock, flags, buf, len);
        fail("no leg of the stand-in has RTP")
    }

    fn switch_core_session_get_dmachine(
        session: *mut sys::switch_core_session_t,
        target: sys::switch_digit_action_target_t,
    ) -> *mut sys::switch_ivr_dmachine_t {
        session_call(CALL, session);
        let _ = target;
        ptr::null_mut()
    }

    fn switch_ivr_dmachine_is_parsing(dmachine: *mut sys::switch_ivr_dmachine_t) -> sys::switch_bool_t {
        host_call(CALL);
        let _ = dmachine;
        fail("no leg of the stand-in has digit bindings")
    }

    fn switch_channel_has_dtmf(channel: *mut sys::switch_channel_t) -> sys::switch_size_t {
        let leg = channel_call(CALL, channel);
        with(|state| state.leg(leg).keys.len())
    }

    fn switch_channel_dequeue_dtmf(
        channel: *mut sys::switch_channel_t,
        dtmf: *mut sys::switch_dtmf_t,
    ) -> sys::switch_status_t {
        let leg = channel_call(CALL, channel);
        let key = with(|state| state.leg_mut(leg).keys.pop_front());
        // SAFETY: the module passes a key of its own that lives during the call.
        if let (Some(key), Some(dtmf)) = (key, unsafe { dtmf.as_mut() }) {
            dtmf.digit = key as c_char;
        }
        status(key.is_some())
    }

    fn switch_ivr_parse_all_messages(session: *mut sys::switch_core_session_t) -> sys::switch_status_t {
        own_call(CALL, session);
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_ivr_parse_all_events(session: *mut sys::switch_core_session_t) -> sys::switch_status_t {
        own_call(CALL, session);
        sys::SWITCH_STATUS_SUCCESS
    }

    fn switch_core_codec_init_with_bitrate(
        codec: *mut sys::switch_codec_t,
        codec_name: *const c_char,
        fmtp: *const c_char,
        modname: *const c_char,
        rate: u32,
        ms: c_int,
        channels: c_int,
        bitrate: u32,
        flags: u32,
        codec_settings: *const sys::switch_codec_settings_t,
        pool: *mut sys::switch_memory_pool_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (codec, codec_name, fmtp, modname, rate, ms, channels, bitrate, flags, codec_settings, pool);
        sys::SWITCH_STATUS_GENERR
    }

    fn switch_core_codec_encode(
        codec: *mut sys::switch_codec_t,
        other_codec: *mut sys::switch_codec_t,
        decoded_data: *mut c_void,
        decoded_data_len: u32,
        decoded_rate: u32,
        encoded_data: *mut c_void,
        encoded_data_len: *mut u32,
        encoded_rate: *mut u32,
        flag: *mut c_uint,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (codec, other_codec, decoded_data, decoded_data_len, decoded_rate, encoded_data, encoded_data_len, encoded_rate, flag);
        fail("a codec encodes that was never set up")
    }

    fn switch_core_codec_destroy(codec: *mut sys::switch_codec_t) -> sys::switch_status_t {
        host_call(CALL);
        status(!codec.is_null())
    }

    fn switch_core_perform_file_open(
        file: *const c_char,
        func: *const c_char,
        line: c_int,
        fh: *mut sys::switch_file_handle_t,
        file_path: *const c_char,
        channels: u32,
        rate: u32,
        flags: c_uint,
        pool: *mut sys::switch_memory_pool_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (file, func, line, fh, file_path, channels, rate, flags, pool);
        sys::SWITCH_STATUS_GENERR
    }

    fn switch_core_file_read(
        fh: *mut sys::switch_file_handle_t,
        data: *mut c_void,
        len: *mut sys::switch_size_t,
    ) -> sys::switch_status_t {
        host_call(CALL);
        let _ = (fh, data, len);
        fail("a file is read that was never opened")
    }

    fn switch_core_file_close(fh: *mut sys::switch_file_handle_t) -> sys::switch_status_t {
        host_call(CALL);
        let _ = fh;
        fail("a file is closed that was never opened")
    }
}

/// `switch_console_stream_write`, behind its formatting.
// SAFETY: a name of the stand-in's own, called by its shim alone.
#[unsafe(no_mangle)]
extern "C" fn standin_kept(
    stream: *mut sys::switch_stream_handle_t,
    written: *const c_char,
) -> sys::switch_status_t {
    host_call("switch_console_stream_write");
    kept(stream, &text(written))
}

/// Writes into a stream's own buffer, as long as that lasts.
fn kept(stream: *mut sys::switch_stream_handle_t, written: &str) -> sys::switch_status_t {
    // SAFETY: the module passes a stream of its own, whose buffer has the size that it says.
    unsafe { callback::keep(stream, written) }
}
