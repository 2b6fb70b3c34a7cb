//! What a client of verto may ask: in its own domain, for itself. What it says of itself is a stranger's word.

use crate::{
    call::Destination,
    json::{Members, XML},
    names::{DomainName, UserAt},
    request::LotRef,
    result::Code,
    verb::{Filter, ParkVerb, Target, Verb},
};
use serde_json::value::RawValue;

/// The user whom mod_verto names. It writes the user's id, domain and name, in this order, before all variables that a client
/// has made up.
///
/// After a second login that fails the first two are those of whomever the client has tried to be, the name is left out, and
/// the client is served all the same. Its own `verto_user` then is the first of that name, though never the third member.
pub(crate) fn user_of(sock_data: &RawValue) -> Result<UserAt, Code> {
    let members: Members<'_> =
        serde_json::from_str(sock_data.get()).map_err(|_| Code::Forbidden)?;
    let text = |index, name| members.text_at(index, name).ok_or(Code::Forbidden);
    let (id, domain) = (text(0, "verto_id")?, text(1, "verto_domain")?);
    if text(2, "verto_user")? != format!("{id}@{domain}") {
        return Err(Code::Forbidden);
    }
    UserAt::new(&id, &domain).map_err(|_| Code::Forbidden)
}

pub(crate) fn restrict(verb: Verb, user: &UserAt, context: Option<String>) -> Result<Verb, Code> {
    let own = |lot: LotRef| at_home(lot, &user.domain);
    Ok(match verb {
        Verb::List { filter, json } => Verb::List {
            filter: filter_at_home(filter, &user.domain)?,
            json,
        },
        Verb::Show { lot, which, json } => Verb::Show {
            lot: own(lot)?,
            which,
            json,
        },
        Verb::Park(park) => Verb::Park(restrict_park(park, user)?),
        Verb::Retrieve { lot, which, target } => Verb::Retrieve {
            lot: own(lot)?,
            which,
            target: towards_itself(target, user)?,
        },
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
        Verb::Transfer { lot, which, to } => Verb::Transfer {
            lot: own(lot)?,
            which,
            to: as_its_phone_dials(to, context)?,
        },
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

fn filter_at_home(filter: Filter, home: &DomainName) -> Result<Filter, Code> {
    match filter {
        Filter::All => Ok(Filter::Domain(home.clone())),
        Filter::Domain(domain) if domain == *home => Ok(Filter::Domain(domain)),
        Filter::Domain(_) => Err(Code::Forbidden),
        Filter::Lot(lot) => at_home(lot, home).map(Filter::Lot),
    }
}

/// Whose a channel is that it names, the shell looks up.
fn towards_itself(target: Target, user: &UserAt) -> Result<Target, Code> {
    match &target {
        Target::User(wanted) if wanted == user => Ok(target),
        Target::Uuid(_) => Ok(target),
        Target::User(_) | Target::DialString(_) => Err(Code::Forbidden),
    }
}

fn as_its_phone_dials(to: Destination, context: Option<String>) -> Result<Destination, Code> {
    let dialplan = to.dialplan.as_deref().unwrap_or(XML);
    let context = context.ok_or(Code::Failed)?;
    let elsewhere = to.context.is_some_and(|wanted| wanted != context);
    if !dialplan.eq_ignore_ascii_case(XML) || elsewhere {
        return Err(Code::Forbidden);
    }
    Ok(Destination {
        exten: to.exten,
        dialplan: Some(XML.to_owned()),
        context: Some(context),
    })
}

pub(crate) fn restrict_park(mut park: ParkVerb, user: &UserAt) -> Result<ParkVerb, Code> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Ask, JsonRequest};

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
        let session = "0f0e0d0c-aaaa-bbbb-cccc-777788889999";
        let subscribe = format!(r#"{{"verb":"subscribe","sessid":"{session}"}}"#);
        let session = session.to_owned();
        assert_eq!(client_asks("", &subscribe), Ok(Ask::Subscribe { session }));
        for data in [
            r#"{"verb":"subscribe"}"#,
            r#"{"verb":"subscribe","sessid":"a"}"#,
            r#"{"verb":"subscribe","sessid":"0f0e0d0c-aaaa","domain":"b.test"}"#,
        ] {
            assert_eq!(client_asks("", data), Err(Code::Usage), "{data}");
        }
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
