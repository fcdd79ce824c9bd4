//! x
pub struct Engine; pub struct EngineOptions;
