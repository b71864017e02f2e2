//! The models: services with their operations and structures, as `refresh.py` writes them.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

static PACKED: &[u8] = include_bytes!("models.zst");
const FORMAT: &str = "trailgate-api 1";

/// Every service.
#[derive(Debug, Default)]
pub(super) struct Models {
    pub services: Vec<Service>,
}

/// One service.
#[derive(Debug)]
pub(super) struct Service {
    /// Such as `CodeBuild`.
    pub name: String,
    /// Such as `codebuild.amazonaws.com`.
    pub sources: Vec<&'static str>,
    pub operations: BTreeMap<&'static str, Operation>,
    /// The members of structures, by their name.
    pub structures: HashMap<&'static str, &'static str>,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Operation {
    pub effect: Effect,
    /// The members of its request, as they are written in the file.
    pub members: &'static str,
}

/// What a call does to what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It reads.
    Reads,
    /// It writes.
    Writes,
    /// Neither the model nor its name says.
    Unknown,
}

impl Effect {
    /// The word for it.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Effect::Reads => Some("reads"),
            Effect::Writes => Some("writes"),
            Effect::Unknown => None,
        }
    }
}

impl Models {
    /// The models, unpacked when they are first asked for.
    pub fn get() -> &'static Models {
        static MODELS: OnceLock<Models> = OnceLock::new();
        static TEXT: OnceLock<String> = OnceLock::new();
        MODELS.get_or_init(|| {
            // What is built in is whole, which a test holds; a catalogue that knows
            // nothing would ask about everything.
            let unpack = || zstd::decode_all(PACKED).ok();
            let text = TEXT.get_or_init(|| {
                let bytes = unpack().unwrap_or_default();
                String::from_utf8(bytes).unwrap_or_default()
            });
            Models::parse(text)
        })
    }

    fn parse(text: &'static str) -> Models {
        let mut models = Models::default();
        let mut lines = text.lines();
        if lines.next() != Some(FORMAT) {
            return models;
        }
        for line in lines.skip(2) {
            let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
            if let Some(name) = first.strip_prefix('=') {
                models.services.push(Service {
                    name: name.replace('_', " "),
                    sources: rest.split(' ').collect(),
                    operations: BTreeMap::new(),
                    structures: HashMap::new(),
                });
            } else if let Some(service) = models.services.last_mut() {
                match first.strip_prefix(':') {
                    Some(name) => {
                        service.structures.insert(name, rest);
                    }
                    None => {
                        service.operations.insert(first, Operation::parse(rest));
                    }
                }
            }
        }
        models
    }
}

impl Operation {
    fn parse(text: &'static str) -> Operation {
        let (effect, members) = text.split_once(' ').unwrap_or((text, ""));
        Operation {
            effect: match effect {
                "r" => Effect::Reads,
                "w" => Effect::Writes,
                _ => Effect::Unknown,
            },
            members,
        }
    }
}
