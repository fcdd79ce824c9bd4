//! The engine: flows, printers, job queue, events, clock.
