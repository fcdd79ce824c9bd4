//! SQLite, the spool and the system's keychain.
