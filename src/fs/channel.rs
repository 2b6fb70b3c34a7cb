//! A leg's channel: variables, state, answer and hang-up.

use super::{HostError, check, flag, session::Session, sys, text};
use std::ffi::{CStr, CString, c_char};

const FILE: &CStr = c"mod_callpark";

/// A hang-up cause of the host, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause(pub(crate) sys::switch_call_cause_t);

impl Cause {
    /// Nothing went wrong.
    pub const NORMAL_CLEARING: Self = Self(sys::SWITCH_CAUSE_NORMAL_CLEARING);
    /// Another phone took the call; phones then list it as answered elsewhere.
    pub const LOSE_RACE: Self = Self(sys::SWITCH_CAUSE_LOSE_RACE);
    /// The caller is gone.
    pub const ORIGINATOR_CANCEL: Self = Self(sys::SWITCH_CAUSE_ORIGINATOR_CANCEL);
    /// The user has no phone registered.
    pub const USER_NOT_REGISTERED: Self = Self(sys::SWITCH_CAUSE_USER_NOT_REGISTERED);
    /// No such user.
    pub const SUBSCRIBER_ABSENT: Self = Self(sys::SWITCH_CAUSE_SUBSCRIBER_ABSENT);
    /// The leg of a consultation whose attended transfer is done.
    pub const ATTENDED_TRANSFER: Self = Self(sys::SWITCH_CAUSE_ATTENDED_TRANSFER);
    /// No media came from the phone for too long.
    pub const MEDIA_TIMEOUT: Self = Self(sys::SWITCH_CAUSE_MEDIA_TIMEOUT);
    /// The core hangs up in bulk: by `hupall`, or the calls of a module that it unloads by force.
    pub const MANAGER_REQUEST: Self = Self(sys::SWITCH_CAUSE_MANAGER_REQUEST);
    /// The core is going down.
    pub const SYSTEM_SHUTDOWN: Self = Self(sys::SWITCH_CAUSE_SYSTEM_SHUTDOWN);

    /// By the name that dialplans use, such as `ALLOTTED_TIMEOUT`; an unknown one is normal clearing
    /// (`switch_channel_str2cause`).
    pub fn named(name: &str) -> Self {
        let name = text::c_text(name);
        // SAFETY: the text outlives the call.
        match unsafe { sys::switch_channel_str2cause(name.as_ptr()) } {
            sys::SWITCH_CAUSE_NONE => Self::NORMAL_CLEARING,
            cause => Self(cause),
        }
    }

    /// The name that dialplans use (`switch_channel_cause2str`).
    pub fn name(self) -> String {
        // SAFETY: any number is allowed.
        let name = unsafe { sys::switch_channel_cause2str(self.0) };
        // SAFETY: the host answers a string constant.
        unsafe { text::from_host(name) }.unwrap_or_default()
    }
}

impl<'a> Session<'a> {
    /// A channel variable, or a field of the caller's profile of that name, or a global variable
    /// (`switch_channel_get_variable`); an empty one counts as not set. Any thread. Allocates from the session's pool.
    pub fn var(self, name: &CStr) -> Option<String> {
        // SAFETY: the session is alive; a value comes as a copy in its pool (dup is true).
        let value = unsafe {
            sys::switch_channel_get_variable_dup(
                self.channel_ptr(),
                name.as_ptr(),
                sys::SWITCH_TRUE,
                -1,
            )
        };
        // SAFETY: the copy lives as long as the session.
        unsafe { text::from_host(value) }.filter(|value| !value.is_empty())
    }

    /// Whether [`Session::var`] has something to tell. Any thread. Allocates only where it is a global variable.
    pub fn has_var(self, name: &CStr) -> bool {
        // SAFETY: the session is alive. The value, which may change any time (dup is false), is not looked at.
        let value = unsafe {
            sys::switch_channel_get_variable_dup(
                self.channel_ptr(),
                name.as_ptr(),
                sys::SWITCH_FALSE,
                -1,
            )
        };
        !value.is_null()
    }

    /// [`Session::var`] by a name made at run time.
    pub fn var_named(self, name: &str) -> Option<String> {
        self.var(&text::c_text(name))
    }

    /// Sets a channel variable (`switch_channel_set_variable`). Any thread.
    pub fn set_var(self, name: &CStr, value: &str) {
        self.write_var(name, Some(text::c_text(value)));
    }

    /// Removes a channel variable. Any thread.
    pub fn unset_var(self, name: &CStr) {
        self.write_var(name, None);
    }

    /// `check` is off: the host's check refuses values with `${`, and what we write is ours and checked.
    fn write_var(self, name: &CStr, value: Option<CString>) {
        // SAFETY: the session is alive, and the host copies both texts.
        unsafe {
            sys::switch_channel_set_variable_var_check(
                self.channel_ptr(),
                name.as_ptr(),
                text::or_null(value.as_ref()),
                sys::SWITCH_FALSE,
            )
        };
    }

    /// Adds an element to an array variable (`switch_channel_add_variable_var_check`). Any thread.
    pub fn push_var(self, name: &CStr, value: &str) {
        let value = text::c_text(value);
        // SAFETY: the session is alive, and the host copies both texts.
        unsafe {
            sys::switch_channel_add_variable_var_check(
                self.channel_ptr(),
                name.as_ptr(),
                value.as_ptr(),
                sys::SWITCH_FALSE,
                sys::SWITCH_STACK_PUSH,
            )
        };
    }

    /// Sets a field of the caller's profile, such as `callee_id_name` (`switch_channel_set_profile_var`).
    pub fn set_profile_var(self, name: &CStr, value: &str) {
        let value = text::c_text(value);
        // SAFETY: the session is alive, and the host copies both texts.
        unsafe {
            sys::switch_channel_set_profile_var(self.channel_ptr(), name.as_ptr(), value.as_ptr())
        };
    }

    /// How the profile in force came to be: `Some` on a leg that a transfer brought here, with the host's note on it.
    /// Unlike the variable of that name it does not outlive the transfer. The leg's own thread.
    pub fn transfer_source(self) -> Option<String> {
        self.of_profile(|profile| profile.transfer_source)
    }

    /// The host's module that the leg came in by, such as `mod_sofia`. No variable, and nothing that a phone can say.
    /// Any thread.
    pub fn came_by(self) -> Option<String> {
        self.of_profile(|profile| profile.source)
    }

    /// The user as that module has authenticated it: an address for mod_verto. Any thread.
    pub fn came_as(self) -> Option<String> {
        self.of_profile(|profile| profile.username)
    }

    /// The number that was dialled for this leg, or that it dialled, as in the profile in force: no variable of that name
    /// changes it. Any thread.
    pub fn number_called(self) -> Option<String> {
        self.of_profile(|profile| profile.destination_number)
    }

    fn of_profile(
        self,
        text_of: impl FnOnce(&sys::switch_caller_profile) -> *const c_char,
    ) -> Option<String> {
        // SAFETY: the session is alive; the host takes its lock for the pointer.
        let profile = unsafe { sys::switch_channel_get_caller_profile(self.channel_ptr()) };
        // SAFETY: NULL, or a profile; profiles live in the session's pool.
        let profile = unsafe { profile.as_ref() }?;
        // SAFETY: the text lives in the session's pool.
        unsafe { text::from_host(text_of(profile)) }.filter(|text| !text.is_empty())
    }

    /// The hold music of this channel: `temp_hold_music`, else `hold_music`, else the core's
    /// (`switch_channel_get_hold_music`). Any thread.
    pub fn hold_music(self) -> Option<String> {
        // SAFETY: the session is alive; the text is a copy in its pool.
        let music = unsafe { sys::switch_channel_get_hold_music(self.channel_ptr()) };
        // SAFETY: the copy lives as long as the session.
        unsafe { text::from_host(music) }.filter(|music| !music.is_empty())
    }

    /// Whether the other side called us (`switch_channel_direction`). Any thread.
    pub fn is_inbound(self) -> bool {
        // SAFETY: the session is alive for 'a.
        unsafe {
            sys::switch_channel_direction(self.channel_ptr()) == sys::SWITCH_CALL_DIRECTION_INBOUND
        }
    }

    fn test_flag(self, wanted: sys::switch_channel_flag_t) -> bool {
        // SAFETY: the session is alive for 'a, and the flag is one of the host's.
        unsafe { sys::switch_channel_test_flag(self.channel_ptr(), wanted) != 0 }
    }

    /// Whether the call is answered. Any thread.
    pub fn is_answered(self) -> bool {
        self.test_flag(sys::CF_ANSWERED)
    }

    /// Whether the leg is bridged now. Any thread.
    pub fn is_bridged(self) -> bool {
        self.test_flag(sys::CF_BRIDGED)
    }

    /// Whether a transferor waits to hear how its transfer of this leg ends (`CF_CONFIRM_BLIND_TRANSFER`). Any thread.
    pub fn is_awaited_by_transferor(self) -> bool {
        self.test_flag(sys::CF_CONFIRM_BLIND_TRANSFER)
    }

    /// Whether its phone holds the call (`CF_LEG_HOLDING`). Any thread.
    pub fn is_holding(self) -> bool {
        self.test_flag(sys::CF_LEG_HOLDING)
    }

    /// When its phone last put the call on hold, in microseconds since 1970; 0: never (`switch_channel_get_timetable`).
    /// Any thread.
    pub fn last_hold(self) -> i64 {
        self.times().map_or(0, |times| times.last_hold)
    }

    /// When it was answered, in microseconds since 1970; 0: not yet (`switch_channel_get_timetable`). Any thread.
    pub fn answered_at(self) -> i64 {
        self.times().map_or(0, |times| times.answered)
    }

    /// When the host made it, in microseconds since 1970 (`switch_channel_get_timetable`). Any thread.
    pub fn created_at(self) -> i64 {
        self.times().map_or(0, |times| times.created)
    }

    fn times(self) -> Option<&'a sys::switch_channel_timetable> {
        // SAFETY: the session is alive for 'a; the times live in its pool.
        let times = unsafe { sys::switch_channel_get_timetable(self.channel_ptr()) };
        // SAFETY: NULL, or times of this very leg.
        unsafe { times.as_ref() }
    }

    /// Whether its media goes past us. Any thread.
    pub fn is_bypassing_media(self) -> bool {
        self.test_flag(sys::CF_PROXY_MODE)
    }

    /// Whether the leg still runs our application: not hung up, transferred or about to change state
    /// (`switch_channel_ready`). Only the leg's own thread sees a change that is pending.
    pub fn is_ready(self) -> bool {
        // SAFETY: the session is alive for 'a.
        unsafe {
            sys::switch_channel_test_ready(self.channel_ptr(), sys::SWITCH_TRUE, sys::SWITCH_FALSE)
                != 0
        }
    }

    /// Whether frames can be read from the leg at once, and sent to it: it has audio, and neither its phone nor a command
    /// holds it (`CF_AUDIO`, `CF_LEG_HOLDING`, `CF_HOLD`, `CF_NOT_READY`). Any thread.
    pub fn has_live_audio(self) -> bool {
        let stops = [sys::CF_LEG_HOLDING, sys::CF_HOLD, sys::CF_NOT_READY];
        self.test_flag(sys::CF_AUDIO) && !stops.into_iter().any(|stop| self.test_flag(stop))
    }

    /// Whether it has video. Any thread.
    pub fn has_video(self) -> bool {
        self.test_flag(sys::CF_VIDEO)
    }

    /// Whether what it sends is no audio of ours to read: a fax by T.38, or media that is passed through. Any thread.
    pub fn has_foreign_media(self) -> bool {
        self.test_flag(sys::CF_IMAGE_SDP) || self.test_flag(sys::CF_PROXY_MEDIA)
    }

    /// Whether its phone checks paths, or agrees on keys, where the audio is: a browser does (`CF_ICE`, `CF_DTLS`). Any
    /// thread.
    pub fn has_ice(self) -> bool {
        self.test_flag(sys::CF_ICE) || self.test_flag(sys::CF_DTLS)
    }

    /// Whether its own thread, or another, handles its SIP now: what runs inside of that holds locks of its media
    /// (`CF_SIGNAL_DATA`). Any thread.
    pub fn is_in_signalling(self) -> bool {
        self.test_flag(sys::CF_SIGNAL_DATA)
    }

    /// Whether a key waits (`switch_channel_has_dtmf`). Any thread.
    pub fn has_key(self) -> bool {
        // SAFETY: the session is alive for 'a.
        unsafe { sys::switch_channel_has_dtmf(self.channel_ptr()) > 0 }
    }

    /// Takes the next key that waits (`switch_channel_dequeue_dtmf`). The leg's own thread.
    pub fn next_key(self) -> Option<char> {
        // SAFETY: an all-zero key is the host's own way to begin one.
        let mut key: sys::switch_dtmf_t = unsafe { std::mem::zeroed() };
        // SAFETY: the session is alive; the host writes into the key.
        let status = unsafe { sys::switch_channel_dequeue_dtmf(self.channel_ptr(), &mut key) };
        (status == sys::SWITCH_STATUS_SUCCESS).then(|| char::from(key.digit as u8))
    }

    /// Handles what waits for the leg's thread: SIP, messages and commands (`switch_ivr_parse_all_messages`,
    /// `switch_ivr_parse_all_events`). The leg's own thread; a command can take long.
    pub fn attend(self) {
        // SAFETY: the session is alive, and its own thread calls.
        unsafe { sys::switch_ivr_parse_all_messages(self.as_ptr()) };
        // SAFETY: as above.
        unsafe { sys::switch_ivr_parse_all_events(self.as_ptr()) };
    }

    /// Whether the leg has hung up. Any thread.
    pub fn is_down(self) -> bool {
        // SAFETY: the session is alive for 'a.
        unsafe { sys::switch_channel_get_state(self.channel_ptr()) >= sys::CS_HANGUP }
    }

    /// Whether it waits for the other leg of a bridge that the host has arranged (`CS_SOFT_EXECUTE`). Any thread.
    pub fn awaits_other_leg(self) -> bool {
        // SAFETY: the session is alive for 'a.
        unsafe { sys::switch_channel_get_state(self.channel_ptr()) == sys::CS_SOFT_EXECUTE }
    }

    /// Why it hung up, once it has. Any thread.
    pub fn cause(self) -> Option<Cause> {
        // SAFETY: the session is alive for 'a.
        match unsafe { sys::switch_channel_get_cause(self.channel_ptr()) } {
            sys::SWITCH_CAUSE_NONE => None,
            cause => Some(Cause(cause)),
        }
    }

    /// Whether it is answered, or can be by [`Session::answer`]: a phone that was called answers for itself. Any thread.
    pub fn is_answerable(self) -> bool {
        self.is_answered() || self.is_inbound()
    }

    /// Answers an inbound leg that is not answered yet (`switch_channel_answer`). The leg's own thread.
    pub fn answer(self) -> Result<(), HostError> {
        if self.is_answered() {
            return Ok(());
        }
        // SAFETY: the session is alive for 'a.
        let status = unsafe {
            sys::switch_channel_perform_answer(self.channel_ptr(), FILE.as_ptr(), FILE.as_ptr(), 0)
        };
        // The host takes it for a success on any outbound leg.
        let status = match self.is_answered() {
            true => status,
            false => sys::SWITCH_STATUS_FALSE,
        };
        check("switch_channel_answer", status)
    }

    /// Brings the media back to us on a leg that bypasses it (`switch_ivr_media`). The leg's own thread.
    pub fn bring_media(self) -> Result<(), HostError> {
        let uuid = text::c_text(&self.uuid());
        // SAFETY: the text outlives the call.
        let status = unsafe { sys::switch_ivr_media(uuid.as_ptr(), sys::SMF_NONE) };
        check("switch_ivr_media", status)
    }

    /// Hangs up, once; later calls do nothing (`switch_channel_hangup`). Any thread.
    pub fn hang_up(self, cause: Cause) {
        // SAFETY: the session is alive for 'a.
        unsafe {
            sys::switch_channel_perform_hangup(
                self.channel_ptr(),
                FILE.as_ptr(),
                FILE.as_ptr(),
                0,
                cause.0,
            )
        };
    }

    /// Ends what the leg's thread plays now, and takes it off hold, so that it looks at what is asked of it
    /// (`CF_BREAK`, `switch_ivr_unhold`). Any thread.
    pub fn wake(self) {
        self.unhold();
        // SAFETY: the session is alive for 'a, and the flag is one of the host's.
        unsafe { sys::switch_channel_set_flag_value(self.channel_ptr(), sys::CF_BREAK, 1) };
    }

    /// Ends a hold that a command or a feature code put on the leg. The host does that only where the leg's phone was told
    /// of it: on another leg, of mod_verto for one, the hold has to end all the same (`CF_HOLD`, `CF_SUSPEND`). Any thread.
    pub fn unhold(self) {
        if !self.test_flag(sys::CF_HOLD) {
            return;
        }
        // SAFETY: the session is alive for 'a.
        unsafe { sys::switch_ivr_unhold(self.as_ptr()) };
        for flag in [sys::CF_HOLD, sys::CF_SUSPEND] {
            // SAFETY: the session is alive for 'a, and the flag is one of the host's.
            unsafe { sys::switch_channel_clear_flag(self.channel_ptr(), flag) };
        }
    }

    /// Forgets a wake-up that nobody needs any more. The leg's own thread.
    pub fn clear_wake(self) {
        // SAFETY: the session is alive for 'a, and the flag is one of the host's.
        unsafe { sys::switch_channel_clear_flag(self.channel_ptr(), sys::CF_BREAK) };
    }

    /// Shows a name and number on an answered leg's phone, where that phone takes an update
    /// (`SWITCH_MESSAGE_INDICATE_DISPLAY`). Any thread.
    pub fn send_display(self, name: &str, number: &str) {
        let name = text::c_text(name);
        let number = text::c_text(number);
        // SAFETY: an all-zero message is the host's own way to begin one: NULL texts, zero numbers.
        let mut message: sys::switch_core_session_message = unsafe { std::mem::zeroed() };
        message.from = FILE.as_ptr().cast_mut();
        message.message_id = sys::SWITCH_MESSAGE_INDICATE_DISPLAY;
        let [first, second, ..] = &mut message.string_array_arg;
        *first = name.as_ptr();
        *second = number.as_ptr();
        // SAFETY: the session is alive; the host reads the message, and does not keep it, during the call.
        unsafe {
            sys::switch_core_session_perform_receive_message(
                self.as_ptr(),
                &mut message,
                FILE.as_ptr(),
                FILE.as_ptr(),
                0,
            )
        };
    }

    /// Tells a transferor that waits for it how the transfer ended; `false` when none waits
    /// (`switch_ivr_blind_transfer_ack`). The leg's own thread.
    pub fn acknowledge_transfer(self, success: bool) -> bool {
        // SAFETY: the session is alive for 'a.
        unsafe {
            sys::switch_ivr_blind_transfer_ack(self.as_ptr(), flag(success))
                == sys::SWITCH_STATUS_SUCCESS
        }
    }

    /// Sends the leg to one application, without a dialplan, as [`Session::transfer`] does.
    pub fn transfer_inline(self, application: &str) -> Result<(), HostError> {
        self.transfer(application, Some("inline"), None)
    }

    /// Sends the leg to an extension (`switch_ivr_session_transfer`). It then is not ready any more, and our application
    /// has to return. Any thread; runs the operator's `execute_on_blind_transfer` in the calling one.
    pub fn transfer(
        self,
        extension: &str,
        dialplan: Option<&str>,
        context: Option<&str>,
    ) -> Result<(), HostError> {
        let extension = text::c_text(extension);
        let dialplan = dialplan.map(text::c_text);
        let context = context.map(text::c_text);
        let (dialplan, context) = (
            text::or_null(dialplan.as_ref()),
            text::or_null(context.as_ref()),
        );
        // SAFETY: the session is alive for 'a, and the host copies the texts.
        let status = unsafe {
            sys::switch_ivr_session_transfer(self.as_ptr(), extension.as_ptr(), dialplan, context)
        };
        check("switch_ivr_session_transfer", status)
    }
}
