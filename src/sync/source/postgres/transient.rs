//! Which of a server's errors are transient: by the class of their SQLSTATE (`PostgreSQL`, appendix A) and, for poolers,
//! which use few codes for everything, by their words.

use tokio_postgres::error::SqlState;

/// Lasting errors with a transient code: `PgBouncer` and Supavisor report a wrong user or database, or a setting of their
/// own, with the codes of a failed connection.
const LASTING: [&str; 14] = [
    "does not exist",
    "authentication failed",
    "no such user",
    "no such database",
    "unsupported startup parameter",
    "unsupported protocol",
    "bouncer config error",
    "not allowed",
    "auth failed",
    "SSL required",
    "(ENOTFOUND)",
    "Tenant or user not found",
    "(ESSLREQUIRED)",
    "(ETENANTBANNED)",
];

/// Supavisor's words for a full pool, or a database that it has just lost, all with `XX000`.
const PASSING: [&str; 12] = [
    "(EMAXCONN",
    "(EMAXCLIENTS",
    "(ECHECKOUT",
    "(ECIRCUITBREAKER)",
    "(EDBHANDLEREXITED)",
    "(EPOOLTERMINATING)",
    "(EAUTHTIMEOUT)",
    "max clients reached",
    "ax client connections reached",
    "check out process from the pool",
    "connection to database closed",
    "Failed to connect to database",
];

pub fn is_transient(code: &SqlState, message: &str) -> bool {
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    // A circuit breaker that opened for wrong passwords closes again, but the password stays wrong.
    if says(&LASTING) {
        return false;
    }
    match code.code() {
        // The database was dropped.
        "57P04" => false,
        // The statement took too long; a lock was not available; another transaction won; the snapshot is too old.
        "57014" | "55P03" | "40001" | "40P01" | "72000" | "25P03" | "25P04" => true,
        // Connections, resources, and the operator; 08P01 is also what PgBouncer says when its pool is full.
        code if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") => true,
        "XX000" => says(&PASSING),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transient(code: &str, message: &str) -> bool {
        is_transient(&SqlState::from_code(code), message)
    }

    #[test]
    fn what_passes_is_known_by_its_class() {
        for code in [
            "08000", "08003", "08006", "08001", "08004", "08P01", "53000", "53100", "53200", "53300", "53400", "57014",
            "57P01", "57P02", "57P03", "57P05", "40001", "40P01", "55P03", "25P03", "25P04", "72000",
        ] {
            assert!(transient(code, "of any kind"), "{code}");
        }
        for code in ["28P01", "28000", "3D000", "42P01", "42703", "42501", "42601", "22P02", "57P04", "XX000", "XX001"]
        {
            assert!(!transient(code, "of any kind"), "{code}");
        }
    }

    #[test]
    fn poolers_are_known_by_what_they_say() {
        for (code, message) in [
            ("08P01", "query_wait_timeout"),
            ("08P01", "server login has been failing, try again later (server_login_retry)"),
            ("08P01", "no more connections allowed (max_client_conn)"),
            ("XX000", "(EMAXCONN) max client connections reached, limit: 200"),
            ("XX000", "(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 15000ms in Session mode"),
            (
                "XX000",
                "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size",
            ),
            ("XX000", "Max client connections reached"),
            ("XX000", "Unable to check out process from the pool due to timeout"),
        ] {
            assert!(transient(code, message), "{message}");
        }
        for (code, message) in [
            ("08P01", "no such database: michael"),
            ("08P01", "no such user: atlas_reader"),
            ("08P01", "database \"nowhere\" does not exist"),
            ("08P01", "unsupported startup parameter: options"),
            ("XX000", "Tenant or user not found"),
            ("XX000", "(ENOTFOUND) tenant/user atlas.ref not found"),
        ] {
            assert!(!transient(code, message), "{message}");
        }
    }
}
