//! What the parameters of a request hold, level by level.

use super::models::Service;

/// A level of the parameters: those of a request, or a structure inside them.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    service: &'static Service,
    row: &'static str,
    /// Whether it is a map to such structures: any key may stand.
    is_map: bool,
    more: &'a [&'static str],
}

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub enum Member<'a> {
    /// A further level, perhaps in a list.
    Level(Request<'a>),
    /// A value, or something of which no more is known.
    Value,
    /// Nothing: the request has no such member.
    Unknown,
}

impl<'a> Request<'a> {
    pub(super) fn new(
        service: &'static Service,
        row: &'static str,
        more: &'a [&'static str],
    ) -> Self {
        Request {
            service,
            row,
            is_map: false,
            more,
        }
    }

    /// What stands under a key. CloudTrail writes the first letter of a member in lower
    /// case, some services as their model does, some the name that goes over the wire.
    pub fn member(&self, key: &str) -> Member<'a> {
        if self.is_map {
            return Member::Level(Request {
                is_map: false,
                ..*self
            });
        }
        let found = members(self.row).find(|member| member.is(key));
        match found {
            Some(member) => self.below(member),
            None if self.more.contains(&key) => Member::Value,
            None => Member::Unknown,
        }
    }

    fn below(&self, member: Written) -> Member<'a> {
        let Some(structure) = member.structure else {
            return Member::Value;
        };
        let (is_map, name) = match structure.strip_prefix('*') {
            Some(name) => (true, name),
            None => (false, structure),
        };
        match self.service.structures.get(name) {
            Some(row) => Member::Level(Request {
                service: self.service,
                row,
                is_map,
                more: &[],
            }),
            None => Member::Value,
        }
    }

    /// The keys that may stand here, as CloudTrail writes them.
    pub fn keys(&self) -> Vec<String> {
        if self.is_map {
            return Vec::new();
        }
        let more = self.more.iter().map(|name| (*name).to_owned());
        names(self.row).chain(more).collect()
    }
}

/// The members of a row, as CloudTrail writes them.
pub(super) fn names(row: &'static str) -> impl Iterator<Item = String> {
    members(row).map(|member| lower_first(member.name))
}

/// A member as the file has it: `name[=name on the wire][:structure]`.
#[derive(Debug, Clone, Copy)]
struct Written {
    name: &'static str,
    wire: Option<&'static str>,
    structure: Option<&'static str>,
}

fn members(row: &'static str) -> impl Iterator<Item = Written> {
    let written = row.split(' ').filter(|member| !member.is_empty());
    written.map(|member| {
        let (names, structure) = match member.split_once(':') {
            Some((names, structure)) => (names, Some(structure)),
            None => (member, None),
        };
        let (name, wire) = match names.split_once('=') {
            Some((name, wire)) => (name, Some(wire)),
            None => (names, None),
        };
        Written {
            name,
            wire,
            structure,
        }
    })
}

impl Written {
    fn is(&self, key: &str) -> bool {
        let mut names = [Some(self.name), self.wire].into_iter().flatten();
        names.any(|name| name == key || lower_first(name) == key)
    }
}

fn lower_first(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
