//! Which inputs need not be read again.

use super::*;

#[test]
fn what_could_not_be_read_in_full_is_read_again_until_it_can() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("Low", 0)]);
    put(
        audit.path(),
        "logs/b.jsonl",
        format!("{}{{\"eventName\": nil}}\n", lines(&[event("Low", 1)])),
    );
    for night in 1..4 {
        let output = audit.scan(night, &[]);
        assert_eq!(code(&output), 4);
        assert_eq!(inputs(&output), if night == 1 { [2, 0] } else { [1, 1] });
    }
}

#[test]
fn a_file_that_was_changed_in_place_is_read_again() {
    let audit = Audit::new();
    let path = put(audit.path(), "logs/a.jsonl", lines(&[event("High", 0)]));
    put(audit.path(), "logs/b.jsonl", lines(&[event("Low", 1)]));
    audit.scan(1, &[]);
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let other = lines(&[event("High", 1)]);
    assert_eq!(other.len() as u64, fs::metadata(&path).unwrap().len());
    fs::write(&path, other).unwrap();
    // Size and time are as they were.
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(modified)
        .unwrap();
    let output = audit.scan(2, &[]);
    assert_eq!((code(&output), inputs(&output)), (1, [1, 1]));
    assert_eq!(
        document(&output)["findings"][0]["event_id"],
        event("High", 1)["eventID"]
    );
}

#[test]
fn the_same_bytes_elsewhere_are_known_also_of_large_files_and_archives() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("Low", 0)]);
    // More than is read as a whole, and an archive with what no reader asks for.
    let many: Vec<Value> = (0..20_000).map(|number| event("Low", number)).collect();
    put(audit.path(), "logs/large.jsonl", lines(&many));
    let mut archive = tar::Builder::new(Vec::new());
    let data = records(&[event("Low", 3)]);
    let mut header = tar::Header::new_gnu();
    header.set_size(data.len() as u64);
    archive
        .append_data(&mut header, "a.json", data.as_bytes())
        .unwrap();
    let mut archive = archive.into_inner().unwrap();
    archive.extend([0; 100_000]);
    put(audit.path(), "logs/z.tar", archive);
    assert_eq!(inputs(&audit.scan(1, &["--fail-on", "none"])), [3, 0]);

    fs::rename(audit.path().join("logs"), audit.path().join("moved")).unwrap();
    fs::create_dir(audit.path().join("logs")).unwrap();
    for name in names(&audit.path().join("moved")) {
        let bytes = fs::read(audit.path().join("moved").join(&name)).unwrap();
        put(audit.path(), &format!("logs/copy-{name}"), bytes);
    }
    let output = audit.scan(2, &[]);
    assert_eq!((code(&output), inputs(&output)), (0, [0, 3]));
}

#[test]
fn an_input_of_which_events_were_left_out_is_known_for_no_more_than_was_asked() {
    let audit = Audit::new();
    let mut old = event("High", 0);
    old["eventTime"] = "2026-10-01T00:00:00Z".into();
    let mut new = event("Low", 1);
    new["eventTime"] = "2026-11-02T00:00:00Z".into();
    audit.deliver("a.json.gz", &[old, new]);
    let since = |since: &str| audit.scan(3, &["--since", since]);
    assert_eq!(
        (code(&since("2026-11-01")), inputs(&since("2026-11-01"))),
        (0, [0, 1])
    );
    assert_eq!(inputs(&since("2026-11-02")), [0, 1]);
    let more = since("2026-09-01");
    assert_eq!((code(&more), inputs(&more)), (1, [1, 0]));
    // All of it was judged now, so that nothing more can be asked.
    assert_eq!(inputs(&audit.scan(3, &[])), [0, 1]);
}

#[test]
fn standard_input_is_read_each_time_and_its_findings_are_kept() {
    let audit = Audit::new();
    put(audit.path(), "stream", lines(&[event("High", 0)]));
    for (night, expected) in [(1, [1, 0, 0]), (2, [0, 1, 0])] {
        let stream = fs::File::open(audit.path().join("stream")).unwrap();
        let mut command = audit.command(night);
        let output = command
            .args(["-", "-o", "json"])
            .stdin(stream)
            .output()
            .unwrap();
        assert_eq!(
            (code(&output), inputs(&output), counts(&output)),
            (1, [1, 0], expected)
        );
    }
}

#[test]
fn following_has_no_end_and_is_not_kept() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("Low", 0)]);
    let output = audit.scan(1, &["--follow"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("--follow"), "{}", stderr(&output));
    assert!(!audit.state().exists());
}

#[test]
fn the_state_file_is_no_input() {
    let audit = Audit::new();
    put(audit.path(), "logs/a.jsonl", lines(&[event("Low", 0)]));
    for expected in [[1, 0], [0, 1]] {
        let mut command = trailgate();
        command.current_dir(audit.path());
        command.args([
            "scan",
            "logs",
            "--no-default-rules",
            "--rules",
            "rules.yaml",
        ]);
        let output = command
            .args(["-o", "json", "--state", "logs/trailgate.db"])
            .output()
            .unwrap();
        assert_eq!(
            (code(&output), inputs(&output)),
            (0, expected),
            "{}",
            stderr(&output)
        );
        assert_eq!(summary(&output)["skipped"]["state"], 1);
    }
}

#[test]
fn an_object_is_known_by_its_key_and_etag() {
    let audit = Audit::new();
    let bucket = tempfile::tempdir().unwrap();
    let put = |name: &str, number: u64| {
        let body = gzip(records(&[event("Low", number)]).as_bytes());
        put(bucket.path(), &format!("AWSLogs/{name}.json.gz"), body);
    };
    put("a", 0);
    put("b", 1);
    let scan = |night: u32| {
        let server = Server::start(objects_of(bucket.path()));
        let mut command = server.command();
        let output = command
            .current_dir(audit.path())
            .args([
                "scan",
                "--no-default-rules",
                "--rules",
                "rules.yaml",
                "-o",
                "json",
            ])
            .args([
                "--state",
                "trailgate.db",
                "--now",
                &format!("2026-11-{night:02}T02:00:00Z"),
            ])
            .arg(format!("s3://{BUCKET}/AWSLogs/"))
            .output()
            .unwrap();
        let fetched = server
            .asked()
            .iter()
            .filter(|asked| asked.starts_with("GET"))
            .count();
        (inputs(&output), fetched)
    };
    assert_eq!(scan(1), ([2, 0], 2));
    // Nothing of them is fetched.
    assert_eq!(scan(2), ([0, 2], 0));
    put("a", 2);
    put("c", 3);
    assert_eq!(scan(3), ([2, 1], 2));
}
