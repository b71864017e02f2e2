//! What the AWS API has: event sources, the calls of each, the members of requests.
//!
//! In come the names that AWS publishes in its models, compressed (`models.zst`, written
//! by `refresh.py`), and what CloudTrail logs beyond them (`beyond.txt`); out come answers
//! about names. Nothing is unpacked until somebody asks, and a scan never does.
//!
//! The catalogue is never complete: AWS adds calls every week, and the console calls what
//! no model has. Where a service is known to be logged otherwise than its model says,
//! `beyond.txt` says so and everything is taken.

mod beyond;
mod models;
mod request;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use beyond::Beyond;
use models::{Models, Operation, Service};

pub use models::Effect;
pub use request::{Member, Request};

/// Of which models the catalogue was made, and on which day.
pub const MODELS: &str = include_str!("models.version");

static API: OnceLock<Api> = OnceLock::new();

/// The catalogue.
#[derive(Debug)]
pub struct Api {
    sources: BTreeMap<&'static str, Source>,
}

/// What one event source logs.
#[derive(Debug, Default)]
pub struct Source {
    services: Vec<&'static Service>,
    beyond: Beyond,
}

/// A call that an event source logs.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    source: &'a Source,
    name: &'static str,
    /// Several services may share a source, and some of them a call.
    operations: Vec<(&'static Service, &'static Operation)>,
    /// Members that are logged beside those of the model.
    more: &'a [&'static str],
}

impl Api {
    /// The catalogue, unpacked when it is first asked for.
    pub fn get() -> &'static Api {
        API.get_or_init(Api::read)
    }

    /// Whether anybody has asked for it yet.
    pub fn is_unpacked() -> bool {
        API.get().is_some()
    }

    fn read() -> Api {
        let mut sources: BTreeMap<&'static str, Source> = BTreeMap::new();
        for service in &Models::get().services {
            for source in &service.sources {
                sources.entry(source).or_default().services.push(service);
            }
        }
        for (name, beyond) in beyond::read() {
            let also = beyond.also.iter().filter_map(|also| sources.get(also));
            let also: Vec<_> = also.flat_map(|source| source.services.clone()).collect();
            let source = sources.entry(name).or_default();
            source.services.extend(also);
            source.beyond = beyond;
        }
        // The service that the source is named for has most of the calls.
        for source in sources.values_mut() {
            let services = &mut source.services;
            services.sort_by_key(|service| std::cmp::Reverse(service.operations.len()));
        }
        Api { sources }
    }

    /// An event source, such as `codebuild.amazonaws.com`.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.get(name)
    }

    /// All event sources with their names, sorted.
    pub fn sources(&self) -> impl Iterator<Item = (&'static str, &Source)> {
        self.sources.iter().map(|(name, source)| (*name, source))
    }

    /// The event sources that log a call of this name, the shortest first.
    pub fn sources_of(&self, call: &str) -> Vec<&'static str> {
        let known = self
            .sources()
            .filter(|(_, source)| source.call(call).is_some());
        let mut names: Vec<_> = known.map(|(name, _)| name).collect();
        names.sort_by_key(|name| name.len());
        names
    }
}

impl Source {
    /// Whether more is logged than the catalogue knows, and known to be.
    pub fn takes_any_call(&self) -> bool {
        self.beyond.any_call
    }

    /// The names of the calls that are known, sorted.
    pub fn calls(&self) -> BTreeSet<&'static str> {
        let of_models = self
            .services
            .iter()
            .flat_map(|service| service.operations.keys());
        of_models.chain(self.beyond.calls.keys()).copied().collect()
    }

    /// The call of this name. Some services write the date of their API behind it.
    pub fn call(&self, name: &str) -> Option<Call<'_>> {
        self.named(name).or_else(|| self.named(without_date(name)?))
    }

    fn named(&self, name: &str) -> Option<Call<'_>> {
        let logged = self.beyond.calls.get_key_value(name);
        let model = match logged {
            Some((_, logged)) => logged.operation,
            None => Some(name),
        };
        let found = self.services.iter().filter_map(|service| {
            let (name, operation) = service.operations.get_key_value(model?)?;
            Some((*name, *service, operation))
        });
        let found: Vec<_> = found.collect();
        let name = match (logged, found.first()) {
            (Some((name, _)), _) | (None, Some((name, ..))) => name,
            (None, None) => return None,
        };
        Some(Call {
            source: self,
            name,
            operations: found
                .into_iter()
                .map(|(_, service, operation)| (service, operation))
                .collect(),
            more: logged.map_or(&[], |(_, logged)| &logged.members),
        })
    }
}

impl<'a> Call<'a> {
    /// Its name, without the date that a service may write behind it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The name of the service, such as `CodeBuild`, where a model has the call.
    pub fn service(&self) -> Option<&'static str> {
        self.operations
            .first()
            .map(|(service, _)| service.name.as_str())
    }

    /// Whether it reads or writes, as far as the model or the name says.
    pub fn effect(&self) -> Effect {
        let first = self.operations.first();
        first.map_or(Effect::Unknown, |(_, operation)| operation.effect)
    }

    /// What `requestParameters` holds, by every service that has the call; `None` where
    /// that is not known well enough.
    pub fn requests(&self) -> Option<Vec<Request<'a>>> {
        let known = !self.source.beyond.any_member && !self.operations.is_empty();
        known.then(|| {
            let operations = self.operations.iter();
            operations
                .map(|(service, operation)| Request::new(service, operation.members, self.more))
                .collect()
        })
    }

    /// The members that the model gives the request, as CloudTrail writes them mostly.
    pub fn members(&self) -> Vec<String> {
        let first = self.operations.first();
        let members = first.map_or("", |(_, operation)| operation.members);
        request::names(members).collect()
    }
}

/// The name without the date of an API at its end: `CreateFunction20150331`,
/// `UpdateFunctionCode20150331v2`, `CreateDistribution2020_05_31`.
fn without_date(name: &str) -> Option<&str> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unversioned = match name.rsplit_once('v') {
        Some((before, version)) if !version.is_empty() && digits(version) => before,
        _ => name,
    };
    let cut = |length: usize| {
        let at = unversioned.len().checked_sub(length).filter(|at| *at > 0)?;
        Some((unversioned.get(..at)?, unversioned.get(at..)?))
    };
    let plain = cut(8).filter(|(_, date)| digits(date));
    let parted = cut(10).filter(|(_, date)| {
        let parts: Vec<&str> = date.split('_').collect();
        matches!(parts.as_slice(), [year, month, day]
            if year.len() == 4 && month.len() == 2 && day.len() == 2 && parts.iter().all(|part| digits(part)))
    });
    plain.or(parted).map(|(before, _)| before)
}
