//! The parameters of a connection, as `libpq` takes them: a URL, `host=… dbname=…`, and `PG*` variables for the rest
//! (`PostgreSQL`, sections 34.1.1, 34.1.2 and 34.15).
//!
//! No value is ever shown: any of them may be a password, or a part of one that was not percent-encoded.

use std::collections::BTreeMap;

use crate::sync::pasted::tidy;

/// The variables that count, and the parameter that each sets.
const VARIABLES: [(&str, &str); 19] = [
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGAPPNAME", "application_name"),
    ("PGOPTIONS", "options"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    // Ignored with a warning, like these parameters of an address.
    ("PGSERVICE", "service"),
    ("PGPASSFILE", "passfile"),
    ("PGSSLCERT", "sslcert"),
    ("PGREQUIREAUTH", "require_auth"),
];

/// Parameters by name; the last of two with the same name counts.
pub type Parameters = BTreeMap<String, String>;

/// Reads an address: `postgres://…`, `host=… dbname=…`, or `postgres` alone, which leaves everything to the variables.
/// `None` for anything else.
pub fn parse(address: &str) -> Option<Parameters> {
    let address = tidy(address);
    if matches!(address, "postgres" | "postgresql") {
        return Some(Parameters::new());
    }
    match address.split_once("://") {
        Some(("postgres" | "postgresql", rest)) => of_url(rest),
        _ => of_keywords(address),
    }
}

/// Fills in what is missing from the environment. An empty variable counts as not set. A password may begin or end with a
/// space, and not with a line break.
pub fn fill_in(parameters: &mut Parameters, environment: impl Fn(&str) -> Option<String>) {
    for (variable, name) in VARIABLES {
        let Some(value) = environment(variable) else { continue };
        let value = if name == "password" { value.trim_matches(['\r', '\n', '\u{feff}']) } else { tidy(&value) };
        if !value.is_empty() {
            parameters.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
}

/// Adds a parameter if its name can be one, so that no part of a password is taken for a name and shown.
fn put(parameters: &mut Parameters, name: &str, value: String) -> Option<()> {
    let is_name = (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then(|| drop(parameters.insert(name.to_owned(), value)))
}

/// `USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?NAME=VALUE&…`.
fn of_url(rest: &str) -> Option<Parameters> {
    let mut parameters = Parameters::new();
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let (credentials, hosts) = authority.split_once('@').map_or(("", authority), |(who, hosts)| (who, hosts));
    // A second @, or one behind a / or a ?, is part of a password that was not percent-encoded.
    let query = query.unwrap_or_default();
    if hosts.contains('@') || database.contains(['@', '/']) || query.contains('@') {
        return None;
    }
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    for (name, value) in [("user", user), ("password", password), ("dbname", database)] {
        if !value.is_empty() {
            put(&mut parameters, name, decode(value)?)?;
        }
    }
    put_hosts(&mut parameters, hosts)?;
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=')?;
        put(&mut parameters, &decode(name)?, decode(value)?)?;
    }
    Some(parameters)
}

fn put_hosts(parameters: &mut Parameters, text: &str) -> Option<()> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for place in text.split(',') {
        let (host, port) = match place.strip_prefix('[') {
            Some(bracketed) => {
                let (host, port) = bracketed.split_once(']')?;
                (host, if port.is_empty() { "" } else { port.strip_prefix(':')? })
            }
            None => place.split_once(':').unwrap_or((place, "")),
        };
        if !port.is_empty() && port.parse::<u16>().is_err() {
            return None;
        }
        hosts.push(decode(host)?);
        ports.push(port);
    }
    if hosts.iter().any(|host| !host.is_empty()) {
        put(parameters, "host", hosts.join(","))?;
    }
    if ports.iter().any(|port| !port.is_empty()) {
        put(parameters, "port", ports.join(","))?;
    }
    Some(())
}

/// Percent-encoding (RFC 3986, section 2.1).
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        // The parser of numbers would take a sign for one of them.
        let digits = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_hexdigit))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// `NAME=VALUE NAME='VALUE with spaces, \' and \\'`.
fn of_keywords(text: &str) -> Option<Parameters> {
    let mut parameters = Parameters::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after.trim_start())?;
        put(&mut parameters, name.trim(), value)?;
        rest = after.trim_start();
    }
    (!text.is_empty()).then_some(parameters)
}

fn value(text: &str) -> Option<(String, &str)> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?.1),
            '\'' if quoted => return Some((value, text.get(at + 1..)?)),
            character if !quoted && character.is_whitespace() => return Some((value, text.get(at..)?)),
            character => value.push(character),
        }
    }
    (!quoted).then_some((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str) -> Vec<(String, String)> {
        parse(address).unwrap_or_else(|| panic!("{address}")).into_iter().collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_url_says_what_keywords_say() {
        let all = pairs(&[("dbname", "d b"), ("host", "h"), ("password", "p'w\\ d"), ("port", "6543"), ("user", "u")]);
        assert_eq!(read("postgres://u:p%27w%5C%20d@h:6543/d%20b"), all);
        assert_eq!(read(r"host=h port = 6543 user=u password='p\'w\\ d' dbname='d b'"), all);
        assert_eq!(read(r"  host=h port=6543 user=u password=p\'w\\\ d dbname=d\ b "), all);
    }

    #[test]
    fn hosts_are_read_with_their_ports() {
        for (address, host, port) in [
            ("postgres://h1:1,h2:2/d", "h1,h2", "1,2"),
            ("postgres://h1,h2:2/d", "h1,h2", ",2"),
            ("postgresql://[::1]:5433/d", "::1", "5433"),
            ("postgres://%2Frun%2Fpg:1/d", "/run/pg", "1"),
        ] {
            assert_eq!(read(address), pairs(&[("dbname", "d"), ("host", host), ("port", port)]), "{address}");
        }
        assert_eq!(read("postgres:///d?host=/run/pg"), pairs(&[("dbname", "d"), ("host", "/run/pg")]));
        assert_eq!(read("postgres://[::1]/d"), pairs(&[("dbname", "d"), ("host", "::1")]));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for bad in [
            "",
            "rows",
            "mysql://u@h/d",
            "postgres://u:a@b@h/d",
            "postgres://u:a@b/c@h/d",
            "postgres://u:a/b@h/d",
            "postgres://u:a?b@h/d",
            "postgres://u:a",
            "postgres://h:70000/d",
            "postgres://h/d?x",
            "postgres://u:%zz@h/d",
            "postgres://u:%ff@h/d",
            "postgres://u:%4@h/d",
            "postgres://u:%+f@h/d",
            "postgres://u:%-1@h/d",
            "postgres://u:1234?x=a@h/d",
            "postgres://u:1@23?x=a@h/d",
            "postgres://h/d?user=u@x",
            "postgres://[::1/d",
            "host='h",
            "host",
            "a b=c",
            r"password=a\",
            "postgres://h/d?a%26b=1",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn variables_fill_in_what_is_not_said() {
        let environment = |name: &str| match name {
            "PGHOST" => Some("elsewhere".to_owned()),
            "PGPORT" => Some("5433".to_owned()),
            "PGPASSWORD" => Some("p".to_owned()),
            "PGSSLMODE" => Some(String::new()),
            _ => None,
        };
        let filled = |address: &str| {
            let mut parameters = parse(address).unwrap();
            fill_in(&mut parameters, environment);
            parameters.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(filled("postgres"), pairs(&[("host", "elsewhere"), ("password", "p"), ("port", "5433")]));
        assert_eq!(filled("host=h port=1"), pairs(&[("host", "h"), ("password", "p"), ("port", "1")]));
        assert_eq!(
            filled("postgres://u:q@h:1"),
            pairs(&[("host", "h"), ("password", "q"), ("port", "1"), ("user", "u")])
        );
    }

    #[test]
    fn what_stands_around_a_variable_is_no_part_of_it() {
        let environment = |name: &str| match name {
            "PGHOST" => Some("\u{feff}h\r".to_owned()),
            "PGPORT" => Some(" 5433\r\n".to_owned()),
            "PGPASSWORD" => Some(" p w \r\n".to_owned()),
            "PGUSER" => Some("\r\n".to_owned()),
            _ => None,
        };
        let mut parameters = parse("postgres").unwrap();
        fill_in(&mut parameters, environment);
        let filled: Vec<_> = parameters.into_iter().collect();
        assert_eq!(filled, pairs(&[("host", "h"), ("password", " p w "), ("port", "5433")]));
    }
}
