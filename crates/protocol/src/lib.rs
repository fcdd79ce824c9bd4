//! Messages and state machines of the systems that Platen speaks.
