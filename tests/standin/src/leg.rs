//! A leg as the switch has it: state, flags, variables, profile, and what its phone hears and shows.

use crate::{
    host::callback::{MessageHook, SignalHook},
    profile::Profile,
    schedule::ThreadId,
};
use freeswitch_sys as sys;
use std::{
    collections::{BTreeMap, VecDeque},
    ffi::CString,
};

/// A leg's number in its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LegId(pub(crate) u64);

impl LegId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a phone sends over SIP: it waits until the leg's own thread looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    /// BYE, or CANCEL while the call is not answered.
    Bye,
    Hold,
    /// REFER: to an extension, with or without a Referred-By.
    Refer {
        exten: String,
        referred_by: bool,
    },
    /// REFER with Replaces: to the other call of the same phone.
    ReferTo {
        consultation: LegId,
    },
}

/// One thing that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// A file, a stream, or `phrase:<name> <input>`, `say:<text>`.
    pub what: String,
    /// When it began, in seconds since the run began.
    pub at: f64,
    /// Whether it is heard now.
    pub now: bool,
}

/// A leg.
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) uuid: String,
    /// `user@domain` of the phone at its far end, or an outside number.
    pub(crate) phone: String,
    pub(crate) inbound: bool,
    pub(crate) thread: ThreadId,
    pub(crate) state: sys::switch_channel_state_t,
    pub(crate) running_state: sys::switch_channel_state_t,
    pub(crate) cause: sys::switch_call_cause_t,
    /// No thread may use the leg any more.
    pub(crate) destroyed: bool,
    /// Who holds its read lock, and how often.
    pub(crate) read_locks: BTreeMap<ThreadId, u32>,
    flags: BTreeMap<sys::switch_channel_flag_t, u32>,
    variables: BTreeMap<String, Vec<String>>,
    pub(crate) profile: Profile,
    /// Applications that are still to come.
    pub(crate) extension: VecDeque<(String, String)>,
    pub(crate) signals: VecDeque<Signal>,
    pub(crate) keys: VecDeque<char>,
    /// Applications that are to run inside the bridge.
    pub(crate) inside_bridge: VecDeque<(String, String)>,
    /// Applications that run now, the innermost last.
    pub(crate) running: Vec<String>,
    pub(crate) hooks: Vec<MessageHook>,
    /// Told when something waits for its thread.
    pub(crate) signal_hooks: Vec<SignalHook>,
    /// The leg that is about to bridge with this one as its second.
    pub(crate) bridge_first: Option<LegId>,
    /// UUIDs of all legs that it was bridged with.
    pub(crate) talked_to: Vec<String>,
    /// When its last bridge ended, and when it hung up.
    pub(crate) talked_until: i64,
    pub(crate) down_since: i64,
    /// Its phone hung up or died, or a command killed it: nobody else has ended it.
    pub(crate) own_end: bool,
    pub(crate) clean_exit: bool,
    /// On its way into a uuid_bridge, and whether as the first.
    pub(crate) uuid_bridge: Option<bool>,
    /// When its next frame is due.
    pub(crate) next_frame: i64,
    pub(crate) heard: Vec<Heard>,
    /// Names and numbers that its phone was shown during the call.
    pub(crate) displays: Vec<(String, String)>,
    /// Name and number in the answer.
    pub(crate) answered_with: Option<(String, String)>,
    /// Keys that came to it from its partner.
    pub(crate) keys_heard: String,
    /// Texts that were handed out, alive as long as the run.
    pub(crate) texts: Vec<CString>,
    pub(crate) profiles: Vec<Box<sys::switch_caller_profile>>,
    /// When what happened to it.
    pub(crate) times: Box<sys::switch_channel_timetable>,
}

// SAFETY: the profiles' pointers lead to the texts beside them, which move with the leg.
unsafe impl Send for Leg {}

impl Leg {
    pub(crate) fn new(id: LegId, uuid: String, phone: &str, inbound: bool) -> Self {
        Self {
            id,
            uuid,
            phone: phone.to_owned(),
            inbound,
            thread: 0,
            state: sys::CS_INIT,
            running_state: sys::CS_NEW,
            cause: sys::SWITCH_CAUSE_NONE,
            destroyed: false,
            read_locks: BTreeMap::new(),
            flags: BTreeMap::from([(sys::CF_AUDIO, 1)]),
            variables: BTreeMap::new(),
            profile: Profile::default(),
            extension: VecDeque::new(),
            signals: VecDeque::new(),
            keys: VecDeque::new(),
            inside_bridge: VecDeque::new(),
            running: Vec::new(),
            hooks: Vec::new(),
            signal_hooks: Vec::new(),
            bridge_first: None,
            talked_to: Vec::new(),
            talked_until: 0,
            down_since: 0,
            own_end: false,
            clean_exit: false,
            uuid_bridge: None,
            next_frame: 0,
            heard: Vec::new(),
            displays: Vec::new(),
            answered_with: None,
            keys_heard: String::new(),
            texts: Vec::new(),
            profiles: Vec::new(),
            // SAFETY: zero times and no next are the host's own way to begin.
            times: Box::new(unsafe { std::mem::zeroed() }),
        }
    }

    pub(crate) fn flag(&self, flag: sys::switch_channel_flag_t) -> bool {
        self.flag_value(flag) != 0
    }

    pub(crate) fn flag_value(&self, flag: sys::switch_channel_flag_t) -> u32 {
        self.flags.get(&flag).copied().unwrap_or(0)
    }

    pub(crate) fn set_flag(&mut self, flag: sys::switch_channel_flag_t, value: u32) {
        match value {
            0 => self.flags.remove(&flag),
            value => self.flags.insert(flag, value),
        };
    }

    /// A variable of the channel's own; an array as the host writes one.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        match self.variables.get(name)?.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
            several => Some(format!("ARRAY::{}", several.join("|:"))),
        }
    }

    /// Sets a variable; an empty value removes it.
    pub(crate) fn set_variable(&mut self, name: &str, value: &str) {
        match value {
            "" => self.variables.remove(name),
            value => self
                .variables
                .insert(name.to_owned(), vec![value.to_owned()]),
        };
    }

    pub(crate) fn push_variable(&mut self, name: &str, value: &str) {
        self.variables
            .entry(name.to_owned())
            .or_default()
            .push(value.to_owned());
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = (&String, String)> {
        self.variables
            .keys()
            .filter_map(|name| Some((name, self.variable(name)?)))
    }

    /// Whether a variable says so, as the host reads a truth.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.variable(name).is_some_and(|value| {
            ["true", "yes", "on", "1"].contains(&value.to_lowercase().as_str())
        })
    }

    pub(crate) fn is_up(&self) -> bool {
        self.state < sys::CS_HANGUP
    }

    pub(crate) fn is_answered(&self) -> bool {
        self.flag(sys::CF_ANSWERED)
    }

    /// Goes to another state, unless it is on its way down.
    pub(crate) fn go_to(&mut self, state: sys::switch_channel_state_t) {
        if self.state < sys::CS_HANGUP || state > self.state {
            self.state = state;
        }
    }

    /// `switch_channel_ready`, but for the SIP that the leg's own thread handles in it.
    pub(crate) fn is_ready(&self, own_thread: bool) -> bool {
        let pending = own_thread && self.running_state != self.state;
        self.cause == sys::SWITCH_CAUSE_NONE
            && self.state > sys::CS_ROUTING
            && self.state < sys::CS_HANGUP
            && self.state != sys::CS_RESET
            && !self.flag(sys::CF_TRANSFER)
            && !self.flag(sys::CF_NOT_READY)
            && !pending
    }

    pub(crate) fn lock_for_reading(&mut self, thread: ThreadId) {
        *self.read_locks.entry(thread).or_default() += 1;
    }

    /// `false`: the thread had no lock to give back.
    pub(crate) fn unlock(&mut self, thread: ThreadId) -> bool {
        match self.read_locks.get_mut(&thread) {
            None => false,
            Some(1) => self.read_locks.remove(&thread).is_some(),
            Some(count) => {
                *count -= 1;
                true
            }
        }
    }

    /// A text in the leg's memory.
    pub(crate) fn keep(&mut self, text: &str) -> *const std::ffi::c_char {
        let bytes: Vec<u8> = text.bytes().filter(|byte| *byte != 0).collect();
        self.texts.push(CString::new(bytes).unwrap_or_default());
        self.texts
            .last()
            .map_or(std::ptr::null(), |text| text.as_ptr())
    }

    /// For a report: where the leg is.
    pub(crate) fn describe(&self) -> String {
        let flags: Vec<u32> = self.flags.keys().copied().collect();
        let hears = self
            .heard
            .iter()
            .rev()
            .find(|heard| heard.now)
            .map_or("nothing", |heard| &heard.what);
        format!(
            "leg {} {} ({}): state {} (runs {}), cause {}, flags {flags:?}, read locks {:?}, hears {hears}",
            self.id.0,
            self.uuid,
            self.phone,
            self.state,
            self.running_state,
            self.cause,
            self.read_locks
        )
    }
}
