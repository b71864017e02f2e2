//! Objects in S3: what `s3://bucket/prefix` names, and their bytes.
//!
//! In come [`Address`]es, which events are asked about, and how to reach S3; out
//! comes a [`Discovery`] whose inputs are [`Object`]s. Credentials and region are
//! found as AWS tools find them. Threads of their own list and fetch: small
//! objects ahead of being asked for (`ahead`), large ones in ranges
//! (`ranged`), both within a bounded number of bytes. They are asked for directly
//! first, and by the SDK where that does not give them. An object is read to its
//! end or a diagnostic says why not. CloudTrail is asked here too, for the keys of
//! its digests (`keys`).

mod address;
mod ahead;
mod checksum;
mod connection;
mod direct;
mod fault;
mod fetch;
mod keys;
mod layout;
mod listing;
mod object;
mod profile;
mod ranged;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;

pub use address::Address;
pub use connection::Options;
pub use keys::{ListedKeys, public_keys};
pub use object::Object;

use ahead::Ahead;
use connection::{Bucket, Connection};
use listing::{Listing, Wanted};
use object::Location;

use super::{Discovery, Input};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::Asked;

/// Lists the objects that addresses name, those alone that may hold events asked
/// about: by the layout of keys, and as if an event were delivered no later than
/// `margin` after it happened. Digests are left out and counted, as on disk.
pub fn discover(
    addresses: &[Address],
    asked: &Asked,
    margin: SignedDuration,
    options: &Options,
) -> Discovery {
    let wanted = Wanted {
        asked,
        margin,
        digests: false,
    };
    discover_with(addresses, &wanted, options)
}

/// Lists the objects of the accounts and regions asked about, of all times, digests
/// included.
pub fn discover_with_digests(addresses: &[Address], asked: &Asked, options: &Options) -> Discovery {
    let asked = Asked {
        since: None,
        until: None,
        ..asked.clone()
    };
    let wanted = Wanted {
        asked: &asked,
        margin: SignedDuration::ZERO,
        digests: true,
    };
    discover_with(addresses, &wanted, options)
}

fn discover_with(addresses: &[Address], wanted: &Wanted<'_>, options: &Options) -> Discovery {
    let mut discovery = Discovery::default();
    let connection = match Connection::open(options) {
        Ok(connection) => connection,
        Err(problem) => {
            for address in addresses {
                let problem = problem.clone().in_place(address.to_string());
                discovery.problems.push(problem);
            }
            return discovery;
        }
    };
    let mut buckets: BTreeMap<&str, Arc<Bucket>> = BTreeMap::new();
    let mut found = Vec::new();
    for address in addresses {
        let bucket = buckets.get(address.bucket.as_str()).cloned();
        let bucket = match bucket.map_or_else(|| connection.bucket(address), Ok) {
            Ok(bucket) => bucket,
            Err(problem) => {
                discovery.problems.push(problem);
                continue;
            }
        };
        buckets.insert(&address.bucket, Arc::clone(&bucket));
        match connection.wait(Listing::new(&bucket, wanted).run(address)) {
            Ok(listed) => {
                if listed.holds_nothing() {
                    discovery.empty.push(nothing_at(address, wanted.asked));
                }
                discovery.problems.extend(listed.problems);
                discovery.skipped.add(listed.skipped);
                found.extend(listed.objects);
            }
            Err(problem) => discovery.problems.push(problem),
        }
    }
    discovery.inputs = inputs(connection, found);
    discovery
}

/// Each object once, in the order in which a directory's files come: name by name.
fn inputs(connection: Connection, mut found: Vec<Location>) -> Vec<Input> {
    found.sort_by(|a, b| a.names().cmp(b.names()));
    found.dedup_by(|a, b| a.names().eq(b.names()));
    let names: Vec<String> = found.iter().map(Location::to_string).collect();
    let ahead = Arc::new(Ahead::new(connection, found));
    let objects = (0..names.len()).map(|index| Object::new(Arc::clone(&ahead), index));
    names
        .into_iter()
        .zip(objects)
        .map(|(name, object)| Input::object(name, object))
        .collect()
}

fn nothing_at(address: &Address, asked: &Asked) -> Diagnostic {
    let problem =
        Diagnostic::new(Code::NoInput, "there is no object to read").in_place(address.to_string());
    problem.help(if asked.is_everything() {
        "check the bucket and the prefix: `s3://bucket/folder/` names what is below the folder, \
         `s3://bucket/begin*` all keys that begin so; digests and hidden objects are left out"
    } else {
        "nothing there was delivered for the interval, the accounts and the regions asked about; \
         see that the trail delivers, and that `--since`, `--until`, `--account` and `--region` \
         are meant so"
    })
}
