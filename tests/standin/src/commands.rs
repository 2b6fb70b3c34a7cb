//! What an operator types: the module's commands, and those of the core that touch a call.

use crate::{
    Line, Switch, channel,
    host::{callback, stream},
    schedule::{self, fail, with},
    transfer, uuid_bridge,
};
use freeswitch_sys as sys;

impl Switch {
    /// What fs_cli shows for a command.
    pub fn api(&self, command: &str) -> String {
        let command = command.to_owned();
        self.on_console("the API", move || run_command(&command))
    }

    /// Gives a command without waiting for what it answers: some take as long as a call.
    pub fn begin_api(&self, command: &str) {
        let command = command.to_owned();
        schedule::spawn("the console (the API)", move || {
            let reply = run_command(&command);
            with(|state| state.replies.push((command, reply)));
        });
    }

    /// What the commands have answered that were given without waiting, each with its command.
    pub fn replies(&self) -> Vec<(String, String)> {
        with(|state| state.replies.clone())
    }

    /// What the command answers, as JSON.
    pub fn api_json(&self, command: &str) -> serde_json::Value {
        let reply = self.api(command);
        serde_json::from_str(&reply)
            .unwrap_or_else(|error| fail(&format!("{command} answers {reply:?}: {error}")))
    }

    /// What `json` answers to a request of this module: its `response`.
    pub fn json_api(&self, request: &str) -> serde_json::Value {
        let request = request.to_owned();
        let reply = self.on_console("the JSON API", move || {
            let function = with(|state| state.interfaces.json_command("callpark"));
            function.and_then(|function| callback::run_json_command(function, &request))
        });
        reply
            .and_then(|reply| serde_json::from_str(&reply).ok())
            .unwrap_or_default()
    }

    /// What Tab offers after `line` by the source `name`, which begins with `::`.
    pub fn completions(&self, name: &str, line: &str) -> Vec<String> {
        let (name, line) = (name.to_owned(), line.to_owned());
        self.on_console("a completion", move || {
            let Some(function) = with(|state| state.interfaces.completions.get(&name).copied())
            else {
                return Vec::new();
            };
            let list = with(|state| state.fresh());
            callback::complete(function, &line, list);
            with(|state| state.interfaces.matches.remove(&list)).unwrap_or_default()
        })
    }

    /// `uuid_kill`.
    pub fn uuid_kill(&self, line: &Line) {
        let leg = line.leg;
        self.on_console("uuid_kill", move || {
            channel::end_itself(leg, sys::SWITCH_CAUSE_NORMAL_CLEARING)
        });
    }

    /// `uuid_transfer`.
    pub fn uuid_transfer(&self, line: &Line, exten: &str) {
        let (uuid, exten) = (line.uuid(), exten.to_owned());
        self.on_console("uuid_transfer", move || {
            if let Some(leg) = channel::locate(&uuid) {
                transfer::session_transfer(leg, &exten, None, None);
                channel::unlock(leg);
            }
        });
    }

    /// `uuid_bridge`: returns before the two are joined.
    pub fn uuid_bridge(&self, one: &Line, other: &Line) {
        let (one, other) = (one.uuid(), other.uuid());
        self.on_console("uuid_bridge", move || {
            uuid_bridge::uuid_bridge(&one, &other)
        });
    }

    /// `uuid_break`.
    pub fn uuid_break(&self, line: &Line) {
        let leg = line.leg;
        with(|state| state.leg_mut(leg).set_flag(sys::CF_BREAK, 1));
    }

    /// `uuid_hold`, or `uuid_hold off`, of a leg whose phone is not told of it.
    pub fn uuid_hold(&self, line: &Line, on: bool) {
        let leg = line.leg;
        with(|state| {
            for flag in [sys::CF_HOLD, sys::CF_SUSPEND] {
                state.leg_mut(leg).set_flag(flag, u32::from(on));
            }
        });
    }

    /// `uuid_broadcast` of an application: runs inside whatever the leg does now.
    pub fn uuid_broadcast(&self, line: &Line, application: &str, data: &str) {
        let leg = line.leg;
        let queued = (application.to_owned(), data.to_owned());
        with(|state| state.leg_mut(leg).inside_bridge.push_back(queued));
    }
}

fn run_command(command: &str) -> String {
    let (name, arguments) = command.split_once(' ').unwrap_or((command, ""));
    let Some(function) = with(|state| state.interfaces.command(name)) else {
        return format!("-ERR {name} Command not found!");
    };
    let (status, written) = stream::reply(function, arguments);
    match status {
        sys::SWITCH_STATUS_SUCCESS => written,
        _ => written + "-ERR COMMAND RETURNED ERROR!",
    }
}
