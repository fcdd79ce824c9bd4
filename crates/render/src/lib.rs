//! Documents to pages to tones to bands.
