//! From the engine's words to views.
