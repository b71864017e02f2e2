//! What the fuzz targets check: functions on any bytes that panic where something
//! does not hold. The tests of the main package run them on the kept inputs.

pub mod archive;
pub mod digest;
pub mod evidence;
pub mod glob;
pub mod gzip;
pub mod record;
pub mod shape;
pub mod table;
pub mod yaml;
