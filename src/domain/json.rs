//! Requests of the JSON API: the verbs of the API command, their arguments by name; and what a client of verto may ask.

use crate::{
    client::{restrict, restrict_park, user_of},
    live::is_session,
    names::UserAt,
    result::Code,
    table::Which,
    verb::{ParkVerb, Verb},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};
use std::fmt;

/// The dialplan that a client may send a call to.
pub(crate) const XML: &str = "XML";

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// One of the API's verbs.
    Verb(Verb),
    /// `park` without a channel: whomever the client talks to. The channel is still to be put in.
    ParkMine(ParkVerb),
    /// `subscribe`: the client's session wants to watch its domain's live list.
    Subscribe {
        /// As the client says.
        session: String,
    },
}

impl Ask {
    /// Only the call with this park id is meant: who looked at a list may find another one in its slot by now.
    pub fn bind(&mut self, id: String) -> Result<(), Code> {
        let Self::Verb(verb) = self else {
            return Err(Code::Usage);
        };
        let (_, which) = verb.place().ok_or(Code::Usage)?;
        let Which::Slot(slot) = which else {
            return Err(Code::Usage);
        };
        let slot = std::mem::take(slot);
        *which = Which::Call { slot, id };
        Ok(())
    }
}

/// What is asked, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonRequest {
    /// With its arguments.
    pub ask: Ask,
    /// The user who asks through verto; `None`: an operator.
    pub client: Option<UserAt>,
    /// The PIN that goes with it.
    pub pin: Option<String>,
}

impl JsonRequest {
    /// Reads `{"command":"callpark","data":{"verb":…},"sockData":{…}}`. A request that says that it came through verto, but
    /// not of which user, is `FORBIDDEN`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let request: Members<'_> = serde_json::from_str(text).map_err(|_| Code::Usage)?;
        let data = request.first("data").ok_or(Code::Usage)?;
        let data: Map<String, Value> = serde_json::from_str(data.get()).map_err(|_| Code::Usage)?;
        // mod_verto puts its own last, behind whatever the client has sent under that name.
        let client = request.last("sockData").map(user_of).transpose()?;
        let mut fields = Fields(data);
        let pin = fields.word("pin")?;
        let id = fields.word("id")?;
        let mut ask = fields.ask(client.as_ref())?;
        fields.end()?;
        if let Some(id) = id {
            ask.bind(id)?;
        }
        Ok(Self { ask, client, pin })
    }

    /// What the client's own word is worth: the verb within the client's domain and towards itself, or `FORBIDDEN`.
    /// `context`: the client's own. Whose a channel is cannot be told here.
    pub fn restricted(self, context: Option<String>) -> Result<Self, Code> {
        let Some(user) = &self.client else {
            return Ok(self);
        };
        let ask = match self.ask {
            Ask::Verb(verb) => Ask::Verb(restrict(verb, user, context)?),
            Ask::ParkMine(park) => Ask::ParkMine(restrict_park(park, user)?),
            subscribe @ Ask::Subscribe { .. } => subscribe,
        };
        Ok(Self { ask, ..self })
    }
}

/// The members of a JSON object, in order, also those with the same name.
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The text of the member that stands at this place, provided that it has this name.
    pub(crate) fn text_at(&self, index: usize, name: &str) -> Option<String> {
        let (_, value) = self.0.get(index).filter(|(member, _)| member == name)?;
        serde_json::from_str(value.get()).ok()
    }

    pub(crate) fn first(&self, name: &str) -> Option<&'a RawValue> {
        let mut found = self.0.iter().filter(|(member, _)| member == name);
        found.next().map(|(_, value)| *value)
    }

    pub(crate) fn last(&self, name: &str) -> Option<&'a RawValue> {
        let mut found = self.0.iter().rev().filter(|(member, _)| member == name);
        found.next().map(|(_, value)| *value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The arguments that are not read yet.
struct Fields(Map<String, Value>);

impl Fields {
    /// One word; a number counts as one. Absent, null and empty are the same.
    fn word(&mut self, name: &str) -> Result<Option<String>, Code> {
        let word = match self.0.remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(Code::Usage),
        };
        if word.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(Code::Usage);
        }
        Ok(Some(word).filter(|word| !word.is_empty()))
    }

    fn needed(&mut self, name: &str) -> Result<String, Code> {
        self.word(name)?.ok_or(Code::Usage)
    }

    fn truth(&mut self, name: &str) -> Result<bool, Code> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(truth)) => Ok(truth),
            Some(_) => Err(Code::Usage),
        }
    }

    /// `lot` and `domain`, which may also be one.
    fn lot(&mut self, name: &str) -> Result<Option<String>, Code> {
        let (lot, domain) = (self.word(name)?, self.word("domain")?);
        Ok(match (lot, domain) {
            (Some(lot), Some(domain)) if !lot.contains('@') => Some(format!("{lot}@{domain}")),
            (None, Some(domain)) => Some(format!("default@{domain}")),
            (Some(_), Some(_)) => return Err(Code::Usage),
            (lot, None) => lot,
        })
    }

    fn lot_and_slot(&mut self) -> Result<Vec<String>, Code> {
        let lot = self.lot("lot")?;
        Ok(vec![
            lot.unwrap_or_else(|| "default".to_owned()),
            self.needed("slot")?,
        ])
    }

    fn ask(&mut self, client: Option<&UserAt>) -> Result<Ask, Code> {
        let verb = self.needed("verb")?;
        match verb.as_str() {
            "subscribe" if client.is_some() => {
                let session = self.needed("sessid")?;
                if !is_session(&session) {
                    return Err(Code::Usage);
                }
                Ok(Ask::Subscribe { session })
            }
            "park" if client.is_some() && !self.0.contains_key("uuid") => {
                self.0.insert("uuid".to_owned(), Value::from("mine"));
                self.0.insert("bleg".to_owned(), Value::Bool(true));
                match Verb::parse(&self.line(verb, client)?)? {
                    Verb::Park(park) => Ok(Ask::ParkMine(park)),
                    _ => Err(Code::Usage),
                }
            }
            _ => Verb::parse(&self.line(verb, client)?).map(Ask::Verb),
        }
    }

    /// As the API command has it.
    fn line(&mut self, verb: String, client: Option<&UserAt>) -> Result<String, Code> {
        let mut words = vec![verb.clone()];
        match verb.as_str() {
            "list" if !self.0.contains_key("lot") => {
                let domain = self.word("domain")?;
                words.extend(domain.map(|domain| format!("@{domain}")));
            }
            "list" => words.extend(self.lot("lot")?),
            "lots" => words.extend(self.word("domain")?.map(|domain| format!("@{domain}"))),
            "show" | "return" | "drop" => words.extend(self.lot_and_slot()?),
            "move" => {
                words.extend(self.lot_and_slot()?);
                words.extend(self.word("to_lot")?);
                let slot = self.word("to_slot")?;
                words.push(slot.unwrap_or_else(|| "auto".to_owned()));
            }
            "transfer" => {
                words.extend(self.lot_and_slot()?);
                words.push(self.needed("exten")?);
                let (dialplan, context) = (self.word("dialplan")?, self.word("context")?);
                let implied = || context.as_ref().map(|_| XML.to_owned());
                words.extend(dialplan.or_else(implied));
                words.extend(context);
            }
            "park" => {
                let bleg = self.truth("bleg")?;
                words.extend(bleg.then(|| "-bleg".to_owned()));
                words.push(self.needed("uuid")?);
                words.extend(self.lot("lot")?);
                words.extend(self.word("slot")?);
                for option in ["parker", "timeout"] {
                    let value = self.word(option)?;
                    words.extend(value.map(|value| format!("{option}={value}")));
                }
            }
            "retrieve" => {
                words.extend(self.lot_and_slot()?);
                // A dial string may hold spaces.
                let to = match self.0.remove("to") {
                    Some(Value::String(to)) => to,
                    None | Some(Value::Null) => client.ok_or(Code::Usage)?.to_string(),
                    Some(_) => return Err(Code::Usage),
                };
                words.push(to);
            }
            "drain" => {
                let word = if self.truth("on")? { "on" } else { "off" };
                words.push(word.to_owned());
            }
            _ => {}
        }
        Ok(words.join(" "))
    }

    /// What nobody has asked for is a mistake.
    fn end(&self) -> Result<(), Code> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Code::Usage)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operator(data: &str) -> Result<Verb, Code> {
        let text = format!(r#"{{"command":"callpark","data":{data}}}"#);
        JsonRequest::parse(&text).map(|request| {
            assert_eq!(request.client, None);
            match request.ask {
                Ask::Verb(verb) => verb,
                ask => panic!("{ask:?}"),
            }
        })
    }

    #[test]
    fn verbs_take_their_arguments_by_name() {
        for (data, line) in [
            (r#"{"verb":"list"}"#, "list"),
            (r#"{"verb":"list","domain":"a.test"}"#, "list @a.test"),
            (
                r#"{"verb":"list","lot":"sales","domain":"a.test"}"#,
                "list sales@a.test",
            ),
            (r#"{"verb":"show","slot":701}"#, "show default 701"),
            (r#"{"verb":"lots","domain":"a.test"}"#, "lots @a.test"),
            (
                r#"{"verb":"move","lot":"a","slot":"701","to_lot":"b"}"#,
                "move a 701 b auto",
            ),
            (
                r#"{"verb":"transfer","slot":"701","exten":"99","context":"c"}"#,
                "transfer default 701 99 XML c",
            ),
            (
                r#"{"verb":"park","uuid":"u","bleg":true,"slot":"705","parker":"1001@a.test","timeout":9}"#,
                "park -bleg u 705 parker=1001@a.test timeout=9",
            ),
            (
                r#"{"verb":"retrieve","domain":"a.test","slot":"oldest","to":"{a=b c}user/1@x"}"#,
                "retrieve default@a.test oldest {a=b c}user/1@x",
            ),
            (r#"{"verb":"drain","on":true}"#, "drain on"),
        ] {
            assert_eq!(operator(data), Verb::parse(line), "{data}");
            assert!(operator(data).is_ok(), "{data}");
        }
    }

    #[test]
    fn a_park_id_says_which_call_of_a_slot_is_meant() {
        let which = |data: &str| {
            operator(data).map(|mut verb| verb.place().map(|(_, which)| which.clone()))
        };
        let meant = Which::Call {
            slot: "701".to_owned(),
            id: "p-1".to_owned(),
        };
        for verb in ["show", "drop", "return", "move"] {
            let data = format!(r#"{{"verb":"{verb}","slot":"701","id":"p-1"}}"#);
            assert_eq!(which(&data), Ok(Some(meant.clone())), "{verb}");
        }
        let transfer = r#"{"verb":"transfer","slot":"701","id":"p-1","exten":"99"}"#;
        assert_eq!(which(transfer), Ok(Some(meant)));
        for data in [
            r#"{"verb":"list","id":"p-1"}"#,
            r#"{"verb":"retrieve","slot":"oldest","id":"p-1","to":"u"}"#,
        ] {
            assert_eq!(operator(data), Err(Code::Usage), "{data}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_usage() {
        for data in [
            "{}",
            "[]",
            r#"{"verb":"lisst"}"#,
            r#"{"verb":"show"}"#,
            r#"{"verb":"show","slot":["701"]}"#,
            r#"{"verb":"drop","slot":"701 702"}"#,
            r#"{"verb":"drop","slot":"701","sloot":"702"}"#,
            r#"{"verb":"retrieve","slot":"701"}"#,
            r#"{"verb":"park","uuid":"u","bleg":"yes"}"#,
            // What only a client can mean.
            r#"{"verb":"park"}"#,
            r#"{"verb":"subscribe","sessid":"0f0e0d0c-aaaa-bbbb-cccc-777788889999"}"#,
        ] {
            assert_eq!(operator(data), Err(Code::Usage), "{data}");
        }
        assert_eq!(JsonRequest::parse("no json"), Err(Code::Usage));
    }
}
