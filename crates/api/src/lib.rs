//! The contract: method table, views, events, error codes.
