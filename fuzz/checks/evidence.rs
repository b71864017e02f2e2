//! What was saved beside a copy, and signed lists of query results: reading them ends,
//! says the same twice, and proves nothing by itself.

use std::fs;
use std::path::Path;

use trailgate::integrity::{Evidence, Level, ObjectMetadata, Options, PublicKeys, Report, verify};
use trailgate::source::discover;

/// The file that lists query results, as CloudTrail Lake names it.
const LIST: &str = "result_sign.json";

/// Whether the bytes are keys, metadata, or a list of query results.
pub fn check(data: &[u8]) -> [bool; 3] {
    let folder = tempfile::tempdir().unwrap();
    let metadata = folder.path().join("metadata.json");
    let results = folder.path().join("results");
    fs::create_dir(&results).unwrap();
    for path in [&metadata, &results.join(LIST)] {
        fs::write(path, data).unwrap();
    }
    fs::write(results.join("result_1.csv.gz"), b"no result").unwrap();
    let (evidence, report) = read(data, &metadata, &results);
    let (_, again) = read(data, &metadata, &results);
    assert_eq!(report.problems, again.problems, "read twice");
    for result in &report.query_results {
        assert!(result.intact <= result.files);
        // Nobody who signs with CloudTrail's key has signed this.
        assert_ne!(result.level, Level::Signed);
    }
    [
        evidence.keys.is_some(),
        evidence.metadata.is_some(),
        !report.query_results.is_empty(),
    ]
}

fn read(data: &[u8], metadata: &Path, results: &Path) -> (Evidence, Report) {
    let mut keys = PublicKeys::default();
    let keys = keys.add_answer(data).is_ok().then_some(keys);
    let mut objects = ObjectMetadata::default();
    let objects = objects.add_file(metadata).is_ok().then_some(objects);
    let evidence = Evidence {
        keys,
        metadata: objects,
    };
    let inputs = discover(&[results.to_path_buf()]).inputs;
    let report = verify(&inputs, &evidence, &Options::default());
    (evidence, report)
}
