//! Requests of the JSON API: the verbs of the API command, their arguments by name; and what a client of verto may ask.

use crate::{
    live::is_session,
    names::{DomainName, UserAt},
    request::LotRef,
    result::Code,
    table::Which,
    verb::{Filter, ParkVerb, Target, Verb},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};
use std::fmt;

/// The dialplan that a client may send a call to.
const XML: &str = "XML";

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

/// The user whom mod_verto names. It writes the user's id, domain and name, in this order, before all variables that a client
/// has made up.
///
/// After a second login that fails the first two are those of whomever the client has tried to be, the name is left out, and
/// the client is served all the same. Its own `verto_user` then is the first of that name, though never the third member.
fn user_of(sock_data: &RawValue) -> Result<UserAt, Code> {
    let members: Members<'_> =
        serde_json::from_str(sock_data.get()).map_err(|_| Code::Forbidden)?;
    let text = |index, name| members.text_at(index, name).ok_or(Code::Forbidden);
    let (id, domain) = (text(0, "verto_id")?, text(1, "verto_domain")?);
    if text(2, "verto_user")? != format!("{id}@{domain}") {
        return Err(Code::Forbidden);
    }
    UserAt::new(&id, &domain).map_err(|_| Code::Forbidden)
}

fn restrict(verb: Verb, user: &UserAt, context: Option<String>) -> Result<Verb, Code> {
    let own = |lot: LotRef| at_home(lot, &user.domain);
    Ok(match verb {
        Verb::List { filter, json } => Verb::List {
            filter: match filter {
                Filter::All => Filter::Domain(user.domain.clone()),
                Filter::Domain(domain) if domain == user.domain => Filter::Domain(domain),
                Filter::Domain(_) => return Err(Code::Forbidden),
                Filter::Lot(lot) => Filter::Lot(own(lot)?),
            },
            json,
        },
        Verb::Show { lot, which, json } => Verb::Show {
            lot: own(lot)?,
            which,
            json,
        },
        Verb::Park(park) => Verb::Park(restrict_park(park, user)?),
        Verb::Retrieve { lot, which, target } => {
            let towards_itself = match &target {
                Target::User(wanted) => wanted == user,
                Target::Uuid(_) => true,
                Target::DialString(_) => false,
            };
            if !towards_itself {
                return Err(Code::Forbidden);
            }
            let lot = own(lot)?;
            Verb::Retrieve { lot, which, target }
        }
        Verb::Move {
            lot,
            which,
            to,
            want,
        } => Verb::Move {
            lot: own(lot)?,
            which,
            to: to.map(own).transpose()?,
            want,
        },
        Verb::Return { lot, which } => Verb::Return {
            lot: own(lot)?,
            which,
        },
        Verb::Transfer { lot, which, mut to } => {
            let dialplan = to.dialplan.as_deref().unwrap_or(XML);
            let context = context.ok_or(Code::Failed)?;
            let elsewhere = to.context.is_some_and(|wanted| wanted != context);
            if !dialplan.eq_ignore_ascii_case(XML) || elsewhere {
                return Err(Code::Forbidden);
            }
            to.dialplan = Some(XML.to_owned());
            to.context = Some(context);
            let lot = own(lot)?;
            Verb::Transfer { lot, which, to }
        }
        Verb::Drop { lot, which } => Verb::Drop {
            lot: own(lot)?,
            which,
        },
        Verb::Help
        | Verb::Lots { .. }
        | Verb::Status { .. }
        | Verb::Metrics
        | Verb::Drain(_)
        | Verb::Reload => return Err(Code::Forbidden),
    })
}

fn restrict_park(mut park: ParkVerb, user: &UserAt) -> Result<ParkVerb, Code> {
    if park.parker.as_ref().is_some_and(|parker| parker != user) {
        return Err(Code::Forbidden);
    }
    park.parker = Some(user.clone());
    park.lot = Some(at_home(park.lot.unwrap_or_default(), &user.domain)?);
    Ok(park)
}

fn at_home(lot: LotRef, home: &DomainName) -> Result<LotRef, Code> {
    match lot.domain {
        Some(domain) if domain != *home => Err(Code::Forbidden),
        _ => Ok(LotRef {
            domain: Some(home.clone()),
            ..lot
        }),
    }
}

/// The members of a JSON object, in order, also those with the same name.
pub(crate) struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    /// The text of the member that stands at this place, provided that it has this name.
    fn text_at(&self, index: usize, name: &str) -> Option<String> {
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

    /// As mod_verto hands it over for 1001 of `a.test`, with what the client has put before.
    fn client(before: &str, data: &str) -> Result<Verb, Code> {
        match client_asks(before, data)? {
            Ask::Verb(verb) => Ok(verb),
            ask => panic!("{ask:?}"),
        }
    }

    fn client_asks(before: &str, data: &str) -> Result<Ask, Code> {
        let text = format!(
            r#"{{"command":"callpark",{before}"data":{data},"sockData":{{"verto_id":"1001","verto_domain":"a.test","verto_user":"1001@a.test","presence_id":"1001@a.test","verto_user":"1002@b.test","user_context":"evil"}}}}"#
        );
        let request = JsonRequest::parse(&text)?;
        assert_eq!(request.client.as_ref().unwrap().to_string(), "1001@a.test");
        Ok(request.restricted(Some("default".to_owned()))?.ask)
    }

    #[test]
    fn a_client_parks_whom_it_talks_to_and_watches_by_its_own_session() {
        let park = |data: &str| match client_asks("", data)? {
            Ask::ParkMine(park) => Ok((
                park.bleg,
                park.parker.unwrap().to_string(),
                park.lot.unwrap(),
            )),
            ask => panic!("{ask:?}"),
        };
        let own = LotRef::parse("default@a.test").unwrap();
        let me = || "1001@a.test".to_owned();
        assert_eq!(park(r#"{"verb":"park"}"#), Ok((true, me(), own.clone())));
        assert_eq!(
            park(r#"{"verb":"park","bleg":false,"slot":"705"}"#),
            Ok((true, me(), own))
        );
        assert_eq!(
            park(r#"{"verb":"park","lot":"x@b.test"}"#),
            Err(Code::Forbidden)
        );
        assert_eq!(
            park(r#"{"verb":"park","parker":"1002@a.test"}"#),
            Err(Code::Forbidden)
        );
        assert_eq!(operator(r#"{"verb":"park"}"#), Err(Code::Usage));
        let session = "0f0e0d0c-aaaa-bbbb-cccc-777788889999";
        let subscribe = format!(r#"{{"verb":"subscribe","sessid":"{session}"}}"#);
        let session = session.to_owned();
        assert_eq!(client_asks("", &subscribe), Ok(Ask::Subscribe { session }));
        assert_eq!(operator(&subscribe), Err(Code::Usage));
        for data in [
            r#"{"verb":"subscribe"}"#,
            r#"{"verb":"subscribe","sessid":"a"}"#,
            r#"{"verb":"subscribe","sessid":"0f0e0d0c-aaaa","domain":"b.test"}"#,
        ] {
            assert_eq!(client_asks("", data), Err(Code::Usage), "{data}");
        }
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
        ] {
            assert_eq!(operator(data), Err(Code::Usage), "{data}");
        }
        assert_eq!(JsonRequest::parse("no json"), Err(Code::Usage));
    }

    #[test]
    fn a_client_is_whom_mod_verto_names_whatever_it_says_itself() {
        let forged = r#""sockData":{"verto_user":"1009@b.test"},"#;
        let drop_own = r#"{"verb":"drop","slot":"701"}"#;
        assert_eq!(
            client(forged, drop_own),
            Verb::parse("drop default@a.test 701")
        );
        for sock_data in [
            r#"{"x":1}"#,
            r#"{"verto_user":"1001@a.test"}"#,
            // A second login that has failed leaves the name out, and the client's own word behind.
            r#"{"verto_id":"1001","verto_domain":"b.test","chat_proto":"verto","verto_host":"b.test","verto_user":"1001@b.test"}"#,
            r#"{"verto_id":"1001","verto_domain":"b.test","verto_user":"1001@a.test"}"#,
        ] {
            let request = format!(
                r#"{{"command":"callpark","data":{{"verb":"list"}},"sockData":{sock_data}}}"#
            );
            let answer = JsonRequest::parse(&request);
            assert_eq!(answer, Err(Code::Forbidden), "{sock_data}");
        }
    }

    #[test]
    fn a_client_acts_in_its_own_domain_and_towards_itself() {
        for (data, line) in [
            (r#"{"verb":"list"}"#, "list @a.test"),
            (
                r#"{"verb":"show","lot":"Default@A.test","slot":"701"}"#,
                "show default@a.test 701",
            ),
            (
                r#"{"verb":"retrieve","slot":"701"}"#,
                "retrieve default@a.test 701 1001@a.test",
            ),
            (
                r#"{"verb":"retrieve","slot":"701","to":"u-1"}"#,
                "retrieve default@a.test 701 u-1",
            ),
            (
                r#"{"verb":"park","uuid":"u"}"#,
                "park u default@a.test parker=1001@a.test",
            ),
            (
                r#"{"verb":"move","slot":"701","to_slot":"702"}"#,
                "move default@a.test 701 702",
            ),
            (
                r#"{"verb":"transfer","slot":"701","exten":"99"}"#,
                "transfer default@a.test 701 99 XML default",
            ),
            (
                r#"{"verb":"return","slot":"701"}"#,
                "return default@a.test 701",
            ),
        ] {
            assert_eq!(client("", data), Verb::parse(line), "{data}");
            assert!(client("", data).is_ok(), "{data}");
        }
        for data in [
            r#"{"verb":"list","domain":"b.test"}"#,
            r#"{"verb":"list","lot":"default@b.test"}"#,
            r#"{"verb":"drop","lot":"default@b.test","slot":"701"}"#,
            r#"{"verb":"move","slot":"701","to_lot":"default@b.test"}"#,
            r#"{"verb":"retrieve","slot":"701","to":"1002@a.test"}"#,
            r#"{"verb":"retrieve","slot":"701","to":"sofia/gateway/x/0049"}"#,
            r#"{"verb":"park","uuid":"u","parker":"1002@a.test"}"#,
            r#"{"verb":"transfer","slot":"701","exten":"hangup","dialplan":"inline"}"#,
            r#"{"verb":"transfer","slot":"701","exten":"99","context":"secret"}"#,
            r#"{"verb":"status"}"#,
            r#"{"verb":"lots"}"#,
            r#"{"verb":"metrics"}"#,
            r#"{"verb":"drain","on":true}"#,
            r#"{"verb":"reload"}"#,
        ] {
            assert_eq!(client("", data), Err(Code::Forbidden), "{data}");
        }
    }
}
