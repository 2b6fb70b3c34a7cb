//! The JSON API: the same verbs, their arguments by name. What comes through verto is a stranger's word: see
//! [`JsonRequest`].

use super::{Done, Refusal};
use crate::{
    fs::{directory::directory_variable, json::JsonCommand, session::locate},
    module::{Callpark, held, identity},
};
use callpark_domain::{
    json::{Ask, JsonRequest},
    names::UserAt,
    report,
    request::LotRef,
    result::Code,
    table::Which,
    verb::{ParkVerb, Target, Verb},
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
            None => Err(Refusal::new(Code::Failed, "the module is loading or going")),
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

impl Callpark {
    fn answer_json(&self, request: &str) -> Result<Value, Refusal> {
        let request = JsonRequest::parse(request)?;
        let request = match &request.client {
            None => request,
            Some(user) => {
                let context = context_of(user);
                let request = request.restricted(context)?;
                self.admit_client(&request)?;
                request
            }
        };
        match (request.ask, request.client) {
            (Ask::Verb(verb), _) => self.perform_json(verb),
            (Ask::ParkMine(park), Some(user)) => self.park_mine(park, &user),
            (Ask::Subscribe { session }, Some(user)) => self.subscribe_json(&user, &session),
            _ => Err(Code::Usage.into()),
        }
    }

    fn subscribe_json(&self, user: &UserAt, session: &str) -> Result<Value, Refusal> {
        let subscribed = self.subscribe(&user.domain, session);
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
        let (now, node) = (self.now(), &self.node);
        Ok(match verb {
            Verb::List { filter, .. } => {
                let calls = self.table.lock().calls(&self.filled(filter));
                let calls = calls.iter().map(|call| report::call_json(call, now, node));
                json!({ "result": "OK", "calls": calls.collect::<Vec<_>>() })
            }
            Verb::Show { lot, slot, .. } => {
                let call = self.call_at(&lot, &slot)?;
                json!({ "result": "OK", "call": report::call_json(&call, now, node) })
            }
            Verb::Lots { domain, .. } => {
                let lots = self.table.lock().lots(domain.as_ref());
                let lots: Vec<_> = lots.iter().map(report::lot_json).collect();
                json!({ "result": "OK", "lots": lots })
            }
            Verb::Status { .. } => json!({ "result": "OK", "status": self.status_json() }),
            verb => match self.perform(verb)? {
                Done::Call(call) => {
                    json!({ "result": "OK", "slot": call.slot, "id": call.id })
                }
                Done::Said(text) => json!({ "result": "OK", "message": text.trim_end() }),
            },
        })
    }

    /// What the lot says of a user who asks for one of its calls: the lists and the PIN, as if the user had dialled.
    fn admit_client(&self, request: &JsonRequest) -> Result<(), Refusal> {
        let Some(user) = &request.client else {
            return Ok(());
        };
        let Ask::Verb(verb) = &request.ask else {
            return Ok(()); // towards itself, whoever it is
        };
        match verb {
            Verb::Park(park) => {
                let leg = locate(&park.uuid).ok_or(Code::Gone)?;
                let leg = leg.session();
                let partner = leg.partner();
                let partner = partner.as_ref().map(|partner| partner.session());
                let is_own = |leg| identity::directory_user(&leg).as_ref() == Some(user);
                if is_own(leg) || partner.is_some_and(is_own) {
                    Ok(())
                } else {
                    Err(Code::Forbidden.into())
                }
            }
            Verb::Retrieve { lot, which, target } => {
                if let Target::Uuid(uuid) = target {
                    let leg = locate(uuid).ok_or(Code::Gone)?;
                    if identity::directory_user(&leg.session()).as_ref() != Some(user) {
                        return Err(Code::Forbidden.into());
                    }
                }
                self.admit_to(lot, which, user, Some(request.pin.as_deref()))
            }
            Verb::Transfer { lot, slot, .. } => {
                let which = Which::Slot(slot.clone());
                self.admit_to(lot, &which, user, Some(request.pin.as_deref()))
            }
            Verb::Move { lot, slot, .. }
            | Verb::Return { lot, slot }
            | Verb::Drop { lot, slot } => {
                self.admit_to(lot, &Which::Slot(slot.clone()), user, None)
            }
            _ => Ok(()),
        }
    }

    /// Whether the user may take that call; `pin`: what was given where one is needed.
    fn admit_to(
        &self,
        lot: &LotRef,
        which: &Which,
        user: &UserAt,
        pin: Option<Option<&str>>,
    ) -> Result<(), Refusal> {
        let key = self.key(lot)?;
        let table = self.table.lock();
        let settings = table.settings_of_calls(&key).ok_or(Code::NoSuchLot)?;
        if !settings
            .retrieve_allow
            .admits_retriever(Some(user), &key.domain)
        {
            return Err(Code::Forbidden.into());
        }
        let call = table.find(&key, which)?;
        match (&call.settings.pin, pin) {
            (Some(wanted), Some(given)) if given != Some(wanted.as_str()) => {
                Err(Code::BadPin.into())
            }
            _ => Ok(()),
        }
    }
}

/// The context of a user's own phone.
fn context_of(user: &UserAt) -> Option<String> {
    directory_variable(&user.user, user.domain.as_str(), "user_context")
}
