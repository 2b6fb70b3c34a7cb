//! The scripted dialplan: extensions and the applications that they run.

/// All extensions, in the order in which they were added; the first that fits is taken.
#[derive(Default)]
pub(crate) struct Dialplan {
    extensions: Vec<Extension>,
}

struct Extension {
    /// The number, where `X` stands for any digit, and `$1` for what is in parentheses; or `*` for everything.
    pattern: String,
    actions: Vec<(String, String)>,
}

impl Dialplan {
    pub(crate) fn add(&mut self, pattern: &str, actions: &[(&str, &str)]) {
        let actions = actions
            .iter()
            .map(|(application, data)| ((*application).to_owned(), (*data).to_owned()));
        self.extensions.push(Extension {
            pattern: pattern.to_owned(),
            actions: actions.collect(),
        });
    }

    /// What a leg runs that dials `number`.
    pub(crate) fn hunt(&self, dialplan: &str, number: &str) -> Option<Vec<(String, String)>> {
        if dialplan == "inline" {
            return Some(inline(number));
        }
        let found = self
            .extensions
            .iter()
            .find(|extension| extension.fits(number));
        found.map(|extension| extension.actions_for(number))
    }
}

impl Extension {
    fn fits(&self, number: &str) -> bool {
        let plain = self.pattern.replace(['(', ')'], "");
        let same = |(wanted, dialled): (char, char)| {
            wanted == dialled || wanted == 'X' && dialled.is_ascii_digit()
        };
        self.pattern == "*"
            || plain.len() == number.len() && plain.chars().zip(number.chars()).all(same)
    }

    fn actions_for(&self, number: &str) -> Vec<(String, String)> {
        let captured = match (self.pattern.find('('), self.pattern.find(')')) {
            (Some(begin), Some(end)) => number.get(begin..end - 1).unwrap_or_default(),
            _ => number,
        };
        let filled = |(application, data): &(String, String)| {
            (application.clone(), data.replace("$1", captured))
        };
        self.actions.iter().map(filled).collect()
    }
}

/// The host's `inline` dialplan: `application:data,application:data`, with a comma in single quotes as a comma.
fn inline(text: &str) -> Vec<(String, String)> {
    let mut quoted = false;
    let mut actions = vec![String::new()];
    for letter in text.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ',' if !quoted => actions.push(String::new()),
            other => actions.last_mut().expect("never empty").push(other),
        }
    }
    let split = |action: &String| match action.split_once(':') {
        Some((application, data)) => (application.to_owned(), data.to_owned()),
        None => (action.clone(), String::new()),
    };
    actions.iter().map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_extension_that_fits_is_taken() {
        let mut dialplan = Dialplan::default();
        dialplan.add("700", &[("callpark", "auto")]);
        dialplan.add("*85(7XX)", &[("callpark_retrieve", "$1")]);
        dialplan.add("7XX", &[("callpark_slot", "$1")]);
        let action = |number| {
            dialplan
                .hunt("XML", number)
                .map(|actions| actions[0].clone().into())
        };
        assert_eq!(
            action("700"),
            Some(["callpark".to_owned(), "auto".to_owned()])
        );
        assert_eq!(
            action("701"),
            Some(["callpark_slot".to_owned(), "701".to_owned()])
        );
        assert_eq!(
            action("*85701"),
            Some(["callpark_retrieve".to_owned(), "701".to_owned()])
        );
        assert_eq!(action("7012"), None);
    }

    #[test]
    fn inline_applications_are_split_at_commas_outside_quotes() {
        let actions = inline("set:a='b,c',sleep:1000,answer");
        let expected = [("set", "a=b,c"), ("sleep", "1000"), ("answer", "")];
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, data)| ((*name).to_owned(), (*data).to_owned()))
            .collect();
        assert_eq!(actions, expected);
    }
}
