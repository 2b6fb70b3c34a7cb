//! Who may park or retrieve.

use crate::names::{DomainName, UserAt};

/// Who may do something: patterns `user@domain`, `*@domain`, `*`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowList(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Everyone,
    Domain(DomainName),
    User(UserAt),
}

impl AllowList {
    /// `park-allow`: an empty list is everyone.
    pub fn admits_parker(&self, parker: Option<&UserAt>) -> bool {
        self.0.is_empty() || self.admits(parker)
    }

    /// `retrieve-allow`: an empty list is the users of the lot's own domain.
    pub fn admits_retriever(&self, user: Option<&UserAt>, domain: &DomainName) -> bool {
        if self.0.is_empty() {
            return user.is_some_and(|user| user.domain == *domain);
        }
        self.admits(user)
    }

    fn admits(&self, user: Option<&UserAt>) -> bool {
        self.0.iter().any(|pattern| match (pattern, user) {
            (Pattern::Everyone, _) => true,
            (Pattern::Domain(domain), Some(user)) => user.domain == *domain,
            (Pattern::User(allowed), Some(user)) => allowed == user,
            (_, None) => false,
        })
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        words
            .map(Pattern::parse)
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        match text.split_once('@') {
            None => (text == "*").then_some(Self::Everyone),
            Some(("*", domain)) => DomainName::parse(domain).ok().map(Self::Domain),
            Some((user, domain)) => UserAt::new(user, domain).ok().map(Self::User),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_legs_retrieve_only_where_everyone_may() {
        let domain = DomainName::parse("a.test").unwrap();
        let of = |text| AllowList::parse(text).unwrap();
        let ann = UserAt::parse("1001@a.test").unwrap();
        let bob = UserAt::parse("1001@b.test").unwrap();
        assert!(of("").admits_retriever(Some(&ann), &domain));
        assert!(!of("").admits_retriever(Some(&bob), &domain));
        assert!(!of("").admits_retriever(None, &domain));
        assert!(of("*").admits_retriever(None, &domain));
        assert!(of("*@b.test, 1001@a.test").admits_retriever(Some(&bob), &domain));
        assert!(!of("*@b.test").admits_retriever(None, &domain));
        assert!(of("").admits_parker(None));
        assert!(!of("1001@a.test").admits_parker(None));
    }
}
