//! Who is who: the users behind legs, the parker, the party in a slot, and the domain that counts.

use super::{Callpark, variables};
use crate::fs::{
    directory::{directory_has, directory_variable},
    session::{Session, locate_ending},
};
use callpark_domain::{
    call::Party,
    names::{DomainName, LotKey, LotName, UserAt},
    overrides::Overrides,
    request::LotRef,
};

/// What can be read of a leg: from itself while it lives, from the news of its end afterwards.
pub trait LegData {
    /// Its UUID.
    fn id(&self) -> String;
    /// Whether the other side called us.
    fn inbound(&self) -> bool;
    /// A channel variable that is not empty.
    fn value(&self, name: &str) -> Option<String>;
    /// The host's module that the leg came in by, and the user as that module has it.
    fn origin(&self) -> (Option<String>, Option<String>);
    /// The number that it called, or that was dialled for it; no variable changes it.
    fn number_called(&self) -> Option<String>;
    /// The user that it was dialled as.
    fn dialled_as(&self) -> Option<UserAt>;
}

impl LegData for Session<'_> {
    fn id(&self) -> String {
        self.uuid()
    }

    fn inbound(&self) -> bool {
        self.is_inbound()
    }

    fn value(&self, name: &str) -> Option<String> {
        self.var_named(name)
    }

    fn origin(&self) -> (Option<String>, Option<String>) {
        (self.came_by(), self.came_as())
    }

    fn number_called(&self) -> Option<String> {
        Session::number_called(*self)
    }

    fn dialled_as(&self) -> Option<UserAt> {
        Callpark::current()?.dialled.user(*self)
    }
}

/// The directory user whose phone this leg is; `None` for an outside leg, whatever a dialplan has set on it.
pub fn directory_user(leg: &impl LegData) -> Option<UserAt> {
    if !leg.inbound() {
        return leg.dialled_as();
    }
    let (module, user) = leg.origin();
    match module.as_deref() {
        // A client of verto sets what variables it likes on its own leg, those of SIP phones, too.
        Some("mod_verto") => UserAt::parse(&user?).ok(),
        Some("mod_sofia") if is_authenticated(leg) => {
            UserAt::new(&leg.value("user_name")?, &leg.value("domain_name")?).ok()
        }
        // Of other legs no phone has said who it is: a user's name there is the dialplan's.
        _ => None,
    }
}

/// Whether mod_sofia knows whose phone a leg is. One that did not authenticate is outside, though its From may name a user;
/// so is one that an access list let in, unless that list names the user (`cidr` in the directory). A profile with
/// `accept-blind-auth` is taken at its word: there a proxy in front has asked for the password.
fn is_authenticated(leg: &impl LegData) -> bool {
    let by_list = leg.value("sip_acl_authed_by").is_some() && leg.value("sip_acl_token").is_none();
    leg.value("sip_authorized").as_deref() == Some("true") && !by_list
}

/// What the host calls whoever was dialled and has told no name.
const NAMELESS: &str = "Outbound Call";

/// The party that a lamp, a list or a phone's display shows for a leg: the caller of an inbound one, the callee of an
/// outbound one. A leg that was called and then goes to a dialplan has the two exchanged by the host.
pub fn party(leg: Session<'_>) -> Party {
    let (number, name) = if is_told_by_caller_id(leg) {
        (leg.var(c"caller_id_number"), leg.var(c"caller_id_name"))
    } else {
        (leg.var(c"callee_id_number"), leg.var(c"callee_id_name"))
    };
    let dialled = || leg.var(c"destination_number").filter(|_| !leg.is_inbound());
    let number = number.or_else(dialled).unwrap_or_default();
    let name = name
        .filter(|name| name != NAMELESS)
        .unwrap_or_else(|| number.clone());
    Party { number, name }
}

fn is_told_by_caller_id(leg: Session<'_>) -> bool {
    let exchanged = leg.var(c"channel_cid_flipped").as_deref() == Some("yes");
    leg.is_inbound() != exchanged
}

/// The leg's party is this one again: a bridge that the host has arranged shows each leg the other's, also when it never
/// forms.
pub fn set_party(leg: Session<'_>, party: &Party) {
    let (number, name) = if is_told_by_caller_id(leg) {
        (c"caller_id_number", c"caller_id_name")
    } else {
        (c"callee_id_number", c"callee_id_name")
    };
    leg.set_profile_var(number, &party.number);
    leg.set_profile_var(name, &party.name);
}

/// Whether somebody sent this leg here out of a call. A leg that dialled, and that a dialplan's own `transfer` has moved
/// on since, has no former partner.
pub fn was_transferred(leg: Session<'_>) -> bool {
    leg.transfer_source().is_some() && former_partner(leg).is_some()
}

/// Whether the leg came by an INVITE with Replaces: mod_sofia has ended the call that it names, and runs that call's
/// application on this leg.
pub fn took_anothers_place(leg: Session<'_>) -> bool {
    leg.var(c"sip_replaces_call_id").is_some()
}

/// The leg that let go of this one: of a transfer whose transferor waits for the result, else of the last bridge.
fn former_partner(leg: Session<'_>) -> Option<String> {
    let waiting = leg
        .is_awaited_by_transferor()
        .then(|| leg.var(c"blind_transfer_uuid"));
    waiting.flatten().or_else(|| leg.var(c"last_bridge_to"))
}

/// What is known of whoever parks a call, copied while that leg can be read.
#[derive(Debug, Clone, Default)]
pub struct Parker {
    /// The user; unknown on an outside leg.
    pub user: Option<UserAt>,
    /// The parker's leg.
    pub uuid: Option<String>,
    /// The leg whose phone is told where the call is.
    pub told: Option<String>,
    /// The parker's own context, for a fallback that names none.
    pub context: Option<String>,
    /// The SIP profile that the parker's phone is registered at.
    pub profile: Option<String>,
    /// Per-call settings on the parker's leg.
    pub overrides: Overrides,
    /// `callpark_domain` on the parker's leg.
    pub domain: Option<String>,
    /// `callpark_parker` on the parker's leg.
    named: Option<UserAt>,
    /// Whom the transfer's Referred-By names: believed only when no leg can be read.
    referred_by: Option<(String, String)>,
}

impl Parker {
    /// Read from the parker's own leg.
    pub fn of(leg: &impl LegData) -> Self {
        Self {
            user: directory_user(leg),
            uuid: Some(leg.id()),
            told: Some(leg.id()),
            context: leg.value("user_context"),
            profile: leg.value("sofia_profile_name"),
            overrides: variables::overrides(leg),
            domain: leg.value("callpark_domain"),
            named: variables::parker(leg),
            referred_by: None,
        }
    }

    /// Read from a leg that may be ending already; of one that is gone, what is remembered.
    pub fn of_leg(uuid: &str) -> Self {
        let living = locate_ending(uuid).map(|leg| Self::of(&leg.session()));
        let remembered = || {
            let module = Callpark::current()?;
            let parker = module.former.find(uuid)?;
            let user = parker.user.or_else(|| module.dialled.user_of_ended(uuid));
            Some(Self { user, ..parker })
        };
        living.or_else(remembered).unwrap_or_default()
    }

    /// The transferor of a leg that a blind transfer brought here.
    pub fn transferor_of(leg: Session<'_>) -> Self {
        let mut parker = former_partner(leg)
            .as_deref()
            .map(Self::of_leg)
            .unwrap_or_default();
        if parker.uuid.is_none() {
            parker.referred_by = leg
                .var(c"sip_h_Referred-By")
                .and_then(|header| sip_user(&header));
        }
        forget_referral(leg);
        parker
    }

    /// An operator or a dialplan has said who the parker is, for this call or on the parker's leg: that counts over what
    /// the legs say.
    pub fn or_named(mut self, named: Option<UserAt>) -> Self {
        match named.or_else(|| self.named.take()) {
            Some(user) if self.user.as_ref() != Some(&user) => self.replaced_by(user),
            _ => self,
        }
    }

    /// The same user's other leg is the one with the call, and this one has dialled to park it: it is told where, and what it
    /// says counts first.
    pub fn with_call_on(self, other: Self) -> Self {
        Self {
            overrides: self.overrides.or(other.overrides),
            domain: self.domain.or(other.domain),
            named: self.named.or(other.named),
            ..self
        }
    }

    /// Somebody else, who is not on the parker's leg. Not on a thread that delivers events, and never under a lock.
    fn replaced_by(self, user: UserAt) -> Self {
        Self {
            context: user_context(&user),
            user: Some(user),
            told: None,
            profile: None,
            ..self
        }
    }

    /// A Referred-By counts only when nobody is named, and it names a user of the lot's own domain.
    pub fn believe_referred_by(mut self, domain: &DomainName) -> Self {
        let Some((user, host)) = self.referred_by.take().filter(|_| self.user.is_none()) else {
            return self;
        };
        let claimed = UserAt::new(&user, &host).ok();
        match claimed.filter(|claimed| claimed.domain == *domain && directory_has(&user, &host)) {
            Some(user) => self.replaced_by(user),
            None => self,
        }
    }
}

/// A later transfer of the same call must not be taken for the one that brought it here, nor may what was said of that one
/// travel on in our INVITEs.
pub fn forget_referral(leg: Session<'_>) {
    leg.unset_var(c"sip_h_Referred-By");
    leg.unset_var(c"sip_refer_to");
}

/// The context of a user's own phone, as the directory has it.
pub fn user_context(user: &UserAt) -> Option<String> {
    directory_variable(&user.user, user.domain.as_str(), "user_context")
}

/// User and host of the SIP URI in a header such as `"Ann" <sip:1001@alpha.example>;x=y`.
fn sip_user(header: &str) -> Option<(String, String)> {
    let (_, uri) = header
        .split_once("sip:")
        .or_else(|| header.split_once("sips:"))?;
    let (user, rest) = uri.split_once('@')?;
    let host = rest.split(['>', ';', ':', '?', ' ']).next()?;
    Some((user.to_owned(), host.to_owned()))
}

/// The lot that a request means: its own domain, else `callpark_domain`, the parker's domain, the leg's, the core's.
pub fn lot_key(
    wanted: Option<&LotRef>,
    leg: Option<Session<'_>>,
    parker: &Parker,
) -> Option<LotKey> {
    let lot = match wanted {
        Some(wanted) => wanted.lot.clone(),
        None => LotName::default(),
    };
    let domain = match wanted.and_then(|wanted| wanted.domain.clone()) {
        Some(domain) => domain,
        None => implied_domain(leg, parker)?,
    };
    Some(LotKey { lot, domain })
}

fn implied_domain(leg: Option<Session<'_>>, parker: &Parker) -> Option<DomainName> {
    let named = leg
        .and_then(|leg| leg.var(variables::DOMAIN))
        .or_else(|| parker.domain.clone());
    let of_parker = || parker.user.as_ref().map(|user| user.domain.clone());
    let of_leg = || leg.and_then(|leg| leg.var(c"domain_name"));
    let named = named.and_then(|name| {
        let domain = DomainName::parse(&name).map_err(|error| error.to_string());
        let uuid = leg.map_or_else(String::new, |leg| leg.uuid());
        variables::good(&uuid, "callpark_domain", domain)
    });
    named
        .or_else(of_parker)
        .or_else(|| of_leg().and_then(|name| DomainName::parse(&name).ok()))
        .or_else(core_domain)
}

/// The core's own domain.
pub fn core_domain() -> Option<DomainName> {
    crate::fs::runtime::core_domain().and_then(|name| DomainName::parse(&name).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_referred_by_is_read_with_and_without_a_name_and_parameters() {
        let expected = Some(("1001".to_owned(), "alpha.example".to_owned()));
        assert_eq!(
            sip_user("\"Ann\" <sip:1001@alpha.example:5060>;x=y"),
            expected
        );
        assert_eq!(sip_user("sip:1001@alpha.example;user=phone"), expected);
        assert_eq!(sip_user("<tel:+49>"), None);
    }
}
