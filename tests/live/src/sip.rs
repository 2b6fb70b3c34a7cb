//! SIP messages as a phone's trace has them: a line that says from where to where, then the message.

/// The messages of a trace, each whole, oldest first.
pub fn messages(trace: &str) -> Vec<String> {
    let blocks = trace.split("\nUDP ").skip(1);
    blocks
        .map(|block| block.split("\x1b[;m").next().unwrap_or(block).to_owned())
        .collect()
}

/// The request or status line.
pub fn first_line(message: &str) -> &str {
    message.lines().nth(1).unwrap_or_default()
}

/// Whether it is a request of this method.
pub fn is_request(message: &str, method: &str) -> bool {
    first_line(message)
        .strip_prefix(method)
        .is_some_and(|rest| rest.starts_with(' '))
}

/// Whether it is a final reply to a request of this method, with this code.
pub fn is_reply(message: &str, code: u16, method: &str) -> bool {
    first_line(message).starts_with(&format!("SIP/2.0 {code} "))
        && header(message, "CSeq").is_some_and(|sequence| sequence.ends_with(method))
}

/// A header's value, the first of that name.
pub fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let lines = message.lines().skip(2).take_while(|line| !line.is_empty());
    let mut fields = lines.filter_map(|line| line.split_once(':'));
    fields
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// What follows the headers.
pub fn body(message: &str) -> &str {
    let cut = message
        .split_once("\r\n\r\n")
        .or_else(|| message.split_once("\n\n"));
    cut.map_or("", |(_, body)| body.trim())
}

/// The tag of a From or To header.
pub fn tag<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    header(message, name)?
        .split_once(";tag=")?
        .1
        .split(';')
        .next()
}

/// The other party as a phone shows it: what the message asserts, else from whom it is.
pub fn party(message: &str) -> Option<&str> {
    let asserted =
        header(message, "P-Asserted-Identity").or_else(|| header(message, "Remote-Party-ID"));
    asserted.or_else(|| {
        is_request(message, "INVITE")
            .then(|| header(message, "From"))
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "noise\n#\nUDP 127.0.0.1:5 -> 127.0.0.1:6\nSIP/2.0 200 OK\r\nTo: <sip:701@x>;tag=b\r\n\
        From: <sip:1002@x>;tag=a\r\nCSeq: 7 INVITE\r\nP-Asserted-Identity: \"Ann\" <sip:49@x>\r\n\r\nv=0\r\n\x1b[;m\nmore\
        \n#\nUDP 127.0.0.1:6 -> 127.0.0.1:5\nACK sip:701@x SIP/2.0\r\n\r\n\x1b[;m\n";

    #[test]
    fn a_trace_is_cut_into_messages_and_these_into_parts() {
        let found = messages(TRACE);
        let [answer, acknowledgement] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert!(
            is_reply(answer, 200, "INVITE")
                && !is_reply(answer, 200, "BYE")
                && !is_request(answer, "INVITE")
        );
        assert!(is_request(acknowledgement, "ACK"));
        assert_eq!(
            (tag(answer, "To"), tag(answer, "from")),
            (Some("b"), Some("a"))
        );
        assert_eq!(
            (body(answer), party(answer)),
            ("v=0", Some("\"Ann\" <sip:49@x>"))
        );
    }
}
