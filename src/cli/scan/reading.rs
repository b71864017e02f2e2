//! How inputs are read: threads, limits, shape.

use std::num::NonZeroUsize;

use clap::Args;

use trailgate::codec::Limits;
use trailgate::engine::ScanOptions;
use trailgate::shape::Shape;

/// How inputs are read.
#[derive(Debug, Args)]
pub(crate) struct ReadingOptions {
    /// Judge on this many threads, whose output is that of one [default: the
    /// number of processors]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// The size that one record may have, such as 512KiB or 16MiB
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = parse_size)]
    max_record: u64,

    /// How many times its size an input may decode to, beyond 16 MiB
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_ratio)]
    max_ratio: u64,

    /// The size that one input may decode to, with all members of an archive
    #[arg(long, value_name = "SIZE", default_value = "256GiB", value_parser = parse_size)]
    max_decoded: u64,

    /// The memory that decoding Zstandard data may take for its window
    #[arg(long, value_name = "SIZE", default_value = "128MiB", value_parser = parse_size)]
    max_window: u64,

    /// How many archives a file may be in, one inside another
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_depth,
        value_parser = clap::value_parser!(u8).range(1..=16))]
    max_depth: u8,

    /// How many members one archive may have, with those of the archives in it
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_members)]
    max_members: u64,

    /// The memory that events of rules about several events may take, beyond which
    /// they wait on disk
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = parse_size)]
    pub(super) correlation_memory: u64,

    /// The shape that every record must have: a record in another is an error
    /// [default: each record shows its own]
    #[arg(long, value_name = "NAME", value_parser = parse_shape)]
    shape: Option<Shape>,
}

impl ReadingOptions {
    /// The same for the engine; nothing more is reported than what was found.
    pub(super) fn options(&self) -> ScanOptions {
        ScanOptions {
            jobs: self.jobs.unwrap_or(ScanOptions::default().jobs),
            max_record: self.max_record,
            limits: Limits {
                max_ratio: self.max_ratio,
                max_decoded: self.max_decoded,
                max_window: self.max_window,
                max_depth: self.max_depth,
                max_members: self.max_members,
            },
            shape: self.shape,
            ..ScanOptions::default()
        }
    }
}

fn parse_shape(text: &str) -> Result<Shape, String> {
    let known = || Shape::ALL.map(Shape::name).join(", ");
    Shape::of_name(text).ok_or_else(|| format!("the shapes are {}", known()))
}

/// Reads a size such as `16MiB`.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let help = || "write bytes, or a number with KiB, MiB or GiB: 16MiB".to_owned();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| help())?;
    let unit = match text[digits..].trim() {
        "" | "B" => 1,
        "KiB" | "K" | "k" => 1 << 10,
        "MiB" | "M" => 1 << 20,
        "GiB" | "G" => 1 << 30,
        _ => return Err(help()),
    };
    number
        .checked_mul(unit)
        .filter(|size| *size > 0)
        .ok_or_else(help)
}
