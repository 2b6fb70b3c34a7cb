//! The JSON API: the same verbs, their arguments by name. What comes through verto is a stranger's word: see
//! [`JsonRequest`].

use super::{Done, Refusal};
use crate::{
    fs::{json::JsonCommand, session::locate},
    module::{Callpark, fetch::Fetched, held, identity},
};
use callpark_domain::{
    call::{Call, Epoch},
    json::{Ask, JsonRequest},
    names::{LotKey, UserAt},
    report,
    request::LotRef,
    result::Code,
    table::Which,
    verb::{Filter, ParkVerb, Target, Verb},
};
use serde_json::{Value, json};
use std::ffi::CStr;

/// The JSON API command.
pub struct CallparkJson;

impl JsonCommand for CallparkJson {
    const NAME: &'static CStr = c"callpark";
    const DESCRIPTION: &'static CStr = c"Call park: list, show and move parked calls";
    const SYNTAX: &'static CStr = c"{\"command\":\"callpark\",\"data\":{\"verb\":\"list\"}}";
    const FAILURE: &'static str = r#"{"result":"FAILED","message":"internal error, see the log"}"#;

    fn run(request: &str) -> String {
        let answer = match Callpark::current() {
            Some(module) => module.answer_json(request),
            None => Err(Refusal::not_loaded()),
        };
        let answer = answer.unwrap_or_else(|refusal| {
            refusal.log("JSON API");
            let code = refusal.code.as_str();
            if refusal.why.is_empty() {
                json!({ "result": code })
            } else {
                json!({ "result": code, "message": refusal.why })
            }
        });
        answer.to_string()
    }
}

/// How a call is told: all of it, or what a client is told; with the time now, and the node's name.
type Tell = fn(&Call, Epoch, &str) -> Value;

impl Callpark {
    fn answer_json(&self, request: &str) -> Result<Value, Refusal> {
        let request = JsonRequest::parse(request)?;
        match &request.client {
            None => match request.ask {
                Ask::Verb(verb) => self.perform_json(verb),
                _ => Err(Code::Usage.into()),
            },
            Some(user) => {
                let user = user.clone();
                let request = request.restricted(identity::user_context(&user))?;
                self.answer_client(request.ask, &user, request.pin.as_deref())
            }
        }
    }

    fn answer_client(&self, ask: Ask, user: &UserAt, pin: Option<&str>) -> Result<Value, Refusal> {
        let mut verb = match ask {
            Ask::Verb(verb) => verb,
            Ask::ParkMine(park) => return self.park_mine(park, user),
            Ask::Subscribe { session } => return self.subscribe_json(user, &session),
        };
        self.admit_client(&mut verb, user, pin)?;
        match verb {
            Verb::List { filter, .. } => Ok(self.list_json(&filter, report::client_call_json)),
            Verb::Show { lot, which, .. } => self.show_json(&lot, &which, report::client_call_json),
            Verb::Retrieve {
                lot,
                which,
                target: Target::User(_),
            } => {
                let call = self.parked_at(&lot, &which)?;
                let fetched = self.fetch_client(&call, user);
                let fetched = fetched.map_err(|(code, why)| Refusal::new(code, why))?;
                Ok(match fetched {
                    Fetched::Talking => done(&call),
                    Fetched::Ringing => {
                        json!({ "result": "OK", "slot": call.slot, "id": call.id, "ringing": true })
                    }
                })
            }
            verb => self.perform_json(verb),
        }
    }

    fn subscribe_json(&self, user: &UserAt, session: &str) -> Result<Value, Refusal> {
        let subscribed = self.subscribe(user, session);
        let to = subscribed.map_err(|error| Refusal::new(Code::Failed, error.to_string()))?;
        Ok(json!({ "result": "OK", "channel": to.channel, "name": to.name }))
    }

    fn park_mine(&self, park: ParkVerb, user: &UserAt) -> Result<Value, Refusal> {
        let own = held::current_call(user)
            .ok_or_else(|| Refusal::new(Code::Gone, "you are in no call"))?;
        let uuid = own.session().uuid();
        drop(own);
        self.perform_json(Verb::Park(ParkVerb { uuid, ..park }))
    }

    fn perform_json(&self, verb: Verb) -> Result<Value, Refusal> {
        Ok(match verb {
            Verb::List { filter, .. } => self.list_json(&self.filled(filter), report::call_json),
            Verb::Show { lot, which, .. } => self.show_json(&lot, &which, report::call_json)?,
            Verb::Lots { domain, .. } => {
                let lots = self.table.lock().lots(domain.as_ref());
                let lots: Vec<_> = lots.iter().map(report::lot_json).collect();
                json!({ "result": "OK", "lots": lots })
            }
            Verb::Status { .. } => json!({ "result": "OK", "status": self.status_json() }),
            verb => match self.perform(verb)? {
                Done::Call(call) => done(&call),
                Done::Said(text) => json!({ "result": "OK", "message": text.trim_end() }),
            },
        })
    }

    fn list_json(&self, filter: &Filter, tell: Tell) -> Value {
        let now = self.now();
        let calls = self.table.lock().calls(filter);
        let calls = calls.iter().map(|call| tell(call, now, &self.node));
        json!({ "result": "OK", "calls": calls.collect::<Vec<_>>() })
    }

    fn show_json(&self, lot: &LotRef, which: &Which, tell: Tell) -> Result<Value, Refusal> {
        let call = self.call_at(lot, which)?;
        Ok(json!({ "result": "OK", "call": tell(&call, self.now(), &self.node) }))
    }

    /// What the lot says of a user who asks for one of its calls: the lists and the PIN, as if the user had dialled. From
    /// then on the verb is about that very call, whatever is in its slot when it is carried out.
    fn admit_client(
        &self,
        verb: &mut Verb,
        user: &UserAt,
        pin: Option<&str>,
    ) -> Result<(), Refusal> {
        let pin = match verb {
            Verb::Park(park) => return admit_park(park, user),
            Verb::Retrieve { target, .. } => {
                if let Target::Uuid(uuid) = target {
                    admit_leg(uuid, user)?;
                }
                Some(pin)
            }
            Verb::Transfer { .. } => Some(pin),
            // Another lot may ask for no PIN.
            Verb::Move { lot, to, .. } => {
                let from = self.key(lot)?;
                let to = to
                    .as_ref()
                    .map_or_else(|| from.clone(), |to| to.beside(&from));
                self.admit_parker(&to, user)?;
                Some(pin)
            }
            Verb::Return { .. } | Verb::Drop { .. } => None,
            _ => return Ok(()),
        };
        let Some((lot, which)) = verb.place() else {
            return Ok(());
        };
        let call = self.admit_to(lot, which, user, pin)?;
        let (slot, id) = (call.slot, call.id);
        *which = Which::Call { slot, id };
        Ok(())
    }

    fn admit_parker(&self, to: &LotKey, user: &UserAt) -> Result<(), Refusal> {
        let settings = self.table.lock().settings(to).ok_or(Code::NoSuchLot)?;
        if settings.park_allow.admits_parker(Some(user)) {
            Ok(())
        } else {
            Err(Code::Forbidden.into())
        }
    }

    /// The call that the user may have; `pin`: what was given where one is needed.
    fn admit_to(
        &self,
        lot: &LotRef,
        which: &Which,
        user: &UserAt,
        pin: Option<Option<&str>>,
    ) -> Result<Call, Refusal> {
        let key = self.key(lot)?;
        let mut table = self.table.lock();
        table.admit_retriever(&key, Some(user))?;
        let call = table.find(&key, which)?.clone();
        if let Some(given) = pin {
            table.try_pin(call.ticket, user, given)?;
        }
        Ok(call)
    }
}

fn done(call: &Call) -> Value {
    json!({ "result": "OK", "slot": call.slot, "id": call.id })
}

/// Whether the channel, or whom it talks to, is the user's own.
fn admit_park(park: &ParkVerb, user: &UserAt) -> Result<(), Refusal> {
    let leg = locate(&park.uuid).ok_or(Code::Gone)?;
    let partner = leg.session().partner();
    let legs = [Some(&leg), partner.as_ref()];
    let mut users = legs
        .into_iter()
        .flatten()
        .map(|leg| identity::directory_user(&leg.session()));
    if users.any(|own| own.as_ref() == Some(user)) {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}

fn admit_leg(uuid: &str, user: &UserAt) -> Result<(), Refusal> {
    let leg = locate(uuid).ok_or(Code::Gone)?;
    if identity::directory_user(&leg.session()).as_ref() == Some(user) {
        Ok(())
    } else {
        Err(Code::Forbidden.into())
    }
}
