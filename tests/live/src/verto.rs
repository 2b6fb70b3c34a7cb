//! A client of mod_verto: JSON-RPC over a WebSocket, as a browser speaks it.

use crate::{
    conf::{Conf, password},
    ports,
    switch::repository,
    wait,
};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    net::TcpStream,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tungstenite::{Message, WebSocket, client};

/// What a browser offers, in short.
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 127.0.0.1\r\na=rtcp:9 IN IP4 127.0.0.1\r\na=ice-ufrag:abcd\r\n\
a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n\
a=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n\
a=candidate:1 1 udp 2113937151 127.0.0.1 29998 typ host\r\n";

/// The call that a client dials.
const CALL: &str = "0f0e0d0c-dddd-eeee-ffff-777788889999";

/// A client that is logged in.
pub struct Verto {
    socket: WebSocket<TcpStream>,
    asked: u64,
    session: String,
    /// What came while something else was awaited.
    events: VecDeque<Value>,
}

/// mod_verto at a port of its own, with the panel on its web server: with this configuration, and the port.
pub fn listening(conf: Conf) -> (Conf, u16) {
    let port = ports::free();
    let pages = repository().join("fs-conf/htdocs");
    let pages = pages.display();
    let xml = format!(
        r#"<configuration name="verto.conf"><settings/><profiles><profile name="callpark">
<param name="bind-local" value="127.0.0.1:{port}"/><param name="userauth" value="true"/><param name="context" value="default"/>
<param name="dialplan" value="XML"/><param name="rtp-ip" value="127.0.0.1"/><param name="timer-name" value="soft"/>
<param name="inbound-codec-string" value="opus,PCMU"/><param name="outbound-codec-string" value="opus,PCMU"/>
<param name="apply-candidate-acl" value="loopback.auto"/>
<vhosts><vhost domain="127.0.0.1"><param name="root" value="{pages}"/><param name="index" value="index.html"/></vhost></vhosts>
</profile></profiles></configuration>"#
    );
    let conf = conf
        .module("rtc", "")
        .module("opus", "")
        .module("verto", &xml);
    (conf, port)
}

impl Verto {
    /// Logs a user in; `variables` are what the client makes up.
    pub fn log_in(port: u16, user: &str, variables: &Value) -> Self {
        let connect = || {
            let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
            stream.set_read_timeout(Some(wait::PATIENCE)).ok()?;
            let (socket, _) = client(format!("ws://127.0.0.1:{port}/"), stream).ok()?;
            Some(socket)
        };
        let socket = wait::until(Duration::from_secs(20), connect).expect("mod_verto listens");
        static CLIENTS: AtomicU32 = AtomicU32::new(0);
        let client = CLIENTS.fetch_add(1, Ordering::Relaxed);
        let session = format!("0f0e0d0c-aaaa-bbbb-cccc-7777{client:08}");
        let mut verto = Self {
            socket,
            asked: 0,
            session: session.clone(),
            events: VecDeque::new(),
        };
        let number = user.split('@').next().unwrap_or_default();
        let login = json!({
            "login": user,
            "passwd": password(number),
            "sessid": session,
            "userVariables": variables,
        });
        let reply = verto.call("login", login);
        assert_eq!(reply["result"]["message"], "logged in", "{reply}");
        verto
    }

    /// Logs in once more, as somebody whose password it does not have: mod_verto refuses that, and goes on to serve it.
    pub fn fail_to_log_in(&mut self, user: &str, variables: &Value) {
        let login = json!({
            "login": user,
            "passwd": "a guess",
            "sessid": self.session,
            "userVariables": variables,
        });
        let reply = self.call("login", login);
        assert!(reply["error"].is_object(), "{reply}");
    }

    /// Asks `callpark` something by `jsapi`; its answer.
    pub fn ask(&mut self, data: &Value) -> Value {
        self.jsapi(json!({ "command": "callpark", "data": data }))
    }

    /// A whole request by `jsapi`, as the client has made it up.
    pub fn jsapi(&mut self, request: Value) -> Value {
        self.call("jsapi", request)["result"].clone()
    }

    /// Calls a number; whether the switch has made a leg of it. No media is meant to flow.
    pub fn dial(&mut self, number: &str) {
        let dialog = json!({
            "callID": CALL,
            "destination_number": number,
            "caller_id_name": "x",
            "caller_id_number": "x",
        });
        let reply = self.call(
            "verto.invite",
            json!({ "sdp": SDP, "dialogParams": dialog }),
        );
        assert_eq!(reply["result"]["message"], "CALL CREATED", "{reply}");
    }

    /// A request that is refused; the code.
    pub fn refused(&mut self, method: &str, params: &Value) -> i64 {
        let reply = self.call(method, params.clone());
        let code = reply["error"]["code"].as_i64();
        code.unwrap_or_else(|| panic!("{method} is not refused: {reply}"))
    }

    /// Ends the call that it has dialled.
    pub fn hang_up(&mut self) {
        let dialog = json!({ "callID": CALL });
        let reply = self.call(
            "verto.bye",
            json!({ "dialogParams": dialog, "callID": CALL }),
        );
        assert_eq!(reply["result"]["message"], "CALL ENDED", "{reply}");
    }

    /// The id of its session, which it has made up itself.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// Subscribes to an event channel; whether it may.
    pub fn subscribe(&mut self, channel: &str) -> bool {
        let reply = self.call("verto.subscribe", json!({ "eventChannel": channel }));
        let result = if reply["result"].is_null() {
            &reply["error"]
        } else {
            &reply["result"]
        };
        let told = |list: &str| {
            let channels = result[list].as_array();
            channels.is_some_and(|channels| channels.contains(&json!(channel)))
        };
        let may = told("subscribedChannels") || told("alreadySubscribedChannels");
        assert_ne!(may, told("unauthorizedChannels"), "{reply}");
        may
    }

    /// Sends a message on an event channel; what mod_verto answers.
    pub fn broadcast(&mut self, channel: &str, mut message: Value) -> Value {
        message["eventChannel"] = json!(channel);
        self.call("verto.broadcast", message)
    }

    /// The next event that is `wanted`; those before it are gone.
    pub fn await_event(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(event) = self.events.pop_front() {
                if wanted(&event) {
                    return event;
                }
                continue;
            }
            let read = self.read().map(|message| self.keep(message));
            read.unwrap_or_else(|| panic!("{}: no event: {what}", self.session));
        }
    }

    /// The events that came until now and that nobody has awaited.
    pub fn events(&mut self) -> Vec<Value> {
        // What was sent before its answer came before it.
        self.call("echo", json!({}));
        self.events.drain(..).collect()
    }

    fn keep(&mut self, message: Value) {
        if message["method"] == "verto.event" {
            self.events.push_back(message["params"].clone());
        }
    }

    /// The next message; `None`: none came in time.
    fn read(&mut self) -> Option<Value> {
        loop {
            let message = self.socket.read().ok()?;
            let value = message.to_text().ok().map(serde_json::from_str);
            if let Some(Ok(value)) = value {
                return Some(value);
            }
        }
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        let request = json!({"jsonrpc": "2.0", "method": method, "params": params, "id": id});
        self.socket
            .send(Message::text(request.to_string()))
            .expect("mod_verto takes the request");
        loop {
            let message = self.read().expect("mod_verto answers");
            if message["id"] == id && message["method"].is_null() {
                return message;
            }
            self.keep(message);
        }
    }
}
