//! Live lists over verto: every domain's parked calls on an event channel of its own, for its own users' sessions.

use super::{Callpark, publish::Join};
use crate::fs::{
    HostError,
    live::{self as host, Listener, Listening, LiveArray, SenderId},
    log::{Level, log},
    runtime::{Guarded, new_uuid},
};
use callpark_domain::{
    call::Call,
    live::{self, Watchers},
    names::{DomainName, UserAt},
    news::CallNews,
    report,
};
use std::{
    collections::HashMap,
    ffi::CStr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Clients that join are heard until this is dropped.
pub type JoinWatch = Listening<Joins>;

/// What clients send.
pub struct Joins;

impl Listener for Joins {
    const CHANNEL: &'static CStr = c"callpark-liveArray";

    fn heard(channel: &str, message: &str) {
        let asked = (live::domain_of(channel), live::newcomer(message));
        let (Some(module), (Some(domain), Some(session))) = (Callpark::current(), asked) else {
            return;
        };
        match module.live.of(&domain) {
            Ok(list) => module.show_list(list, Some(session)),
            Err(error) => complain(&domain, &error),
        }
    }
}

/// The lists that somebody has asked for. A domain's begins with that: where nobody watches, no change is sent.
pub struct LiveLists {
    id: SenderId,
    lists: Guarded<HashMap<DomainName, Arc<LiveList>>>,
    watchers: Guarded<Watchers>,
}

impl LiveLists {
    /// None yet.
    pub fn new(id: SenderId) -> Result<Self, HostError> {
        Ok(Self {
            id,
            lists: Guarded::new(HashMap::new())?,
            watchers: Guarded::new(Watchers::default())?,
        })
    }

    /// The list of a domain; a new one is empty until it is published.
    fn of(&self, domain: &DomainName) -> Result<Arc<LiveList>, HostError> {
        if let Some(list) = self.watched(domain) {
            return Ok(list);
        }
        let new = Arc::new(LiveList::new(domain, self.id)?);
        // Where another thread was faster, the new one ends behind the lock: the host is told of that.
        let mut lists = self.lists.lock();
        let list = lists
            .entry(domain.clone())
            .or_insert_with(|| Arc::clone(&new));
        Ok(Arc::clone(list))
    }

    /// The list of a domain, if somebody has asked for it.
    pub fn watched(&self, domain: &DomainName) -> Option<Arc<LiveList>> {
        self.lists.lock().get(domain).cloned()
    }
}

/// A domain's list.
pub struct LiveList {
    /// Whose it is.
    pub domain: DomainName,
    name: String,
    array: LiveArray,
    /// The calls of before are in it. Whoever publishes asks and says so, and nobody else.
    begun: AtomicBool,
}

/// What a call's JSON needs besides the call.
pub struct Now<'a> {
    /// Epoch seconds.
    pub time: i64,
    /// The switch's name.
    pub node: &'a str,
}

impl LiveList {
    fn new(domain: &DomainName, id: SenderId) -> Result<Self, HostError> {
        // Other modules send any list to whoever names it: nobody must be able to guess this one's name.
        let name = new_uuid();
        Ok(Self {
            array: LiveArray::create(&live::channel(domain), &name, id)?,
            domain: domain.clone(),
            name,
            begun: AtomicBool::new(false),
        })
    }

    /// Whether changes are shown: the calls of before are in it.
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// Puts the calls in that are there.
    pub fn begin(&self, calls: &[Arc<Call>], now: &Now<'_>) {
        for call in calls {
            self.set(call, now);
        }
        self.begun.store(true, Ordering::Release);
    }

    /// What has become of one of its calls.
    pub fn tell(&self, news: &CallNews, now: &Now<'_>) {
        match news {
            CallNews::Is(call) => self.set(call, now),
            CallNews::Left { id, .. } => self.array.remove(id),
        }
    }

    /// Sends it as a whole.
    pub fn send_to(&self, session: &str) {
        self.array.send_to(session);
    }

    fn set(&self, call: &Call, now: &Now<'_>) {
        let element = report::client_call_json(call, now.time, now.node).to_string();
        if let Err(error) = self.array.set(&call.id, &element) {
            complain(&self.domain, &error);
        }
    }
}

fn complain(domain: &DomainName, error: &HostError) {
    let line = format!("live list of {}: {error}", domain.as_str());
    log(Level::Error, &line);
}

/// Where a session finds the list that it may watch.
pub struct Subscribed {
    /// The event channel.
    pub channel: String,
    /// The list's name in messages.
    pub name: String,
}

impl Callpark {
    /// Lets a user's session watch the list of the user's domain.
    pub fn subscribe(&self, user: &UserAt, session: &str) -> Result<Subscribed, HostError> {
        let domain = &user.domain;
        let list = self.live.of(domain)?;
        let (channel, name) = (live::channel(domain), list.name.clone());
        self.show_list(list, None);
        let gives_way = self.live.watchers.lock().admit(user, session);
        host::permit(session, &channel);
        if let Some(session) = gives_way {
            host::withdraw(&session);
        }
        Ok(Subscribed { channel, name })
    }

    fn show_list(&self, list: Arc<LiveList>, session: Option<String>) {
        self.publish_list(Join { list, session });
    }
}
