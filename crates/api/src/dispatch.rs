use platen_model::Fault; use serde_json::Value;
pub struct Api; pub struct Caller; pub struct Blob; pub struct EventStream;
pub(crate) fn read<T: serde::de::DeserializeOwned>(_v: Value)->Result<T,Fault>{Err(unknown_method(""))}
pub(crate) fn write<T: serde::Serialize>(_v:&T)->Result<Value,Fault>{Err(unknown_method(""))}
pub(crate) fn unknown_method(_m:&str)->Fault{Fault::new("a","b","c")}
