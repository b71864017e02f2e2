//! What CloudTrail logs beyond the models, read from `beyond.txt`.

use std::collections::BTreeMap;

static TEXT: &str = include_str!("beyond.txt");

/// What one event source logs beyond its models.
#[derive(Debug, Default)]
pub(super) struct Beyond {
    /// Event sources whose services log here as well.
    pub also: Vec<&'static str>,
    /// Calls that no model has are logged, too many to know.
    pub any_call: bool,
    /// Parameters are logged in another shape than the models'.
    pub any_member: bool,
    /// Calls by the name they are logged under.
    pub calls: BTreeMap<&'static str, Logged>,
}

/// A call that is logged otherwise than its model says.
#[derive(Debug, Default)]
pub(super) struct Logged {
    /// The operation of the model that it is, if any.
    pub operation: Option<&'static str>,
    /// Members that are logged beside those of the model.
    pub members: Vec<&'static str>,
}

/// Every event source of the file. What a line may say stands at its top.
pub(super) fn read() -> Vec<(&'static str, Beyond)> {
    parse(TEXT)
}

fn parse(text: &'static str) -> Vec<(&'static str, Beyond)> {
    let mut sources: Vec<(&'static str, Beyond)> = Vec::new();
    for line in text.lines() {
        let said = line.split('#').next().unwrap_or_default();
        let words: Vec<&'static str> = said.split_whitespace().collect();
        if !line.starts_with(' ') {
            if let [source] = words.as_slice() {
                sources.push((source, Beyond::default()));
            }
            continue;
        }
        let Some((_, beyond)) = sources.last_mut() else {
            continue;
        };
        match words.as_slice() {
            ["any", "call"] => beyond.any_call = true,
            ["any", "member"] => beyond.any_member = true,
            ["also", also @ ..] => beyond.also.extend(also),
            [call, "is", operation] => {
                beyond.calls.insert(
                    call,
                    Logged {
                        operation: Some(operation),
                        members: Vec::new(),
                    },
                );
            }
            [call, "with", members @ ..] => {
                beyond.calls.insert(
                    call,
                    Logged {
                        operation: Some(call),
                        members: members.to_vec(),
                    },
                );
            }
            calls => {
                let logged = calls.iter().map(|call| (*call, Logged::default()));
                beyond.calls.extend(logged);
            }
        }
    }
    sources
}
