//! The state file itself: whole or as it was, whatever happens, and without secrets.

use super::*;

#[test]
fn outputs_that_fail_leave_nothing_known() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0)]);
    let failed = audit.scan(1, &["-o", "sarif=/dev/full"]);
    assert_eq!(code(&failed), 2);
    let output = audit.scan(2, &[]);
    assert_eq!(
        (code(&output), inputs(&output), counts(&output)),
        (1, [1, 0], [1, 0, 0])
    );
    let shown = trailgate()
        .current_dir(audit.path())
        .arg("history")
        .output()
        .unwrap();
    assert!(stdout(&shown).contains("2!"), "{}", stdout(&shown));
}

#[test]
fn a_state_file_that_cannot_be_written_at_the_end_makes_the_run_exit_2() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("Low", 0)]);
    audit.scan(1, &[]);
    let mut command = audit.command(2);
    let mut child = command
        .args(["-", "-o", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It has begun when it tells of something; then its file becomes something else.
    let mut stdin = child.stdin.take().unwrap();
    let text = lines(
        &(0..3)
            .map(|number| event("High", number))
            .collect::<Vec<_>>(),
    );
    stdin.write_all(text.as_bytes()).unwrap();
    stdin.flush().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    told.read_line(&mut said).unwrap();
    assert_eq!(of_type(&said, "finding").len(), 1);
    let before = fs::read(audit.state()).unwrap();
    let mut broken = before.clone();
    broken[4096..].fill(0xaa);
    // Whoever has pages in memory sees that the file is another one by this count.
    broken[24..28].copy_from_slice(&u32::MAX.to_be_bytes());
    fs::write(audit.state(), &broken).unwrap();
    drop(stdin);
    told.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{said}");
    let summary = of_type(&said, "summary").remove(0);
    assert_eq!(summary["history"], Value::Null);
    let why = summary["verdict"]["reasons"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("trailgate.db: the state file"), "{why}");
    assert_eq!(fs::read(audit.state()).unwrap(), broken);
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_the_file_as_it_was() {
    let audit = Audit::new();
    audit.deliver("a.json.gz", &[event("High", 0)]);
    audit.scan(1, &[]);
    let before = fs::read(audit.state()).unwrap();
    let mut child = audit
        .command(2)
        .args(["-", "-o", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin
        .write_all(lines(&[event("High", 1), event("High", 2)]).as_bytes())
        .unwrap();
    stdin.flush().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert_eq!(of_type(&line, "finding").len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);
    assert!(fs::read(audit.state()).unwrap() == before);
    let output = audit.scan(3, &[]);
    assert_eq!((code(&output), inputs(&output)), (0, [0, 1]));
}

#[test]
fn runs_at_once_lose_none_of_what_they_found() {
    let audit = Audit::new();
    audit.deliver("shared.json.gz", &[event("High", 0)]);
    let runs = 4;
    thread::scope(|scope| {
        for run in 0..runs {
            let audit = &audit;
            scope.spawn(move || {
                let folder = put(
                    audit.path(),
                    &format!("own-{run}/a.jsonl"),
                    lines(&[event(["Info", "Low", "Medium", "Critical"][run], 1)]),
                );
                let folder = folder.parent().unwrap().to_str().unwrap();
                let output = audit.scan(1, &[folder]);
                // Who begins after another ended need not read what they share.
                assert!(matches!(code(&output), 0 | 1), "{}", stderr(&output));
            });
        }
    });
    let shown = trailgate()
        .current_dir(audit.path())
        .args(["history", "-o", "json"])
        .output()
        .unwrap();
    assert_eq!(document(&shown)["runs"].as_array().unwrap().len(), runs);
    for level in ["info", "low", "medium", "high", "critical"] {
        let story = trailgate()
            .current_dir(audit.path())
            .args(["history", &format!("level-{level}"), "-o", "json"])
            .output()
            .unwrap();
        assert_eq!(document(&story)["findings"][0]["events"], 1, "{level}");
    }
    let output = audit.scan(2, &["own-0", "own-1", "own-2", "own-3"]);
    assert_eq!((code(&output), inputs(&output)), (0, [0, 5]));
}

#[test]
fn nothing_that_outputs_mask_is_in_the_state_file() {
    let audit = Audit::new();
    put(
        audit.path(),
        "rules.yaml",
        "id: shown\ntitle: Shown\nseverity: low\nmatch: {eventName: Low}\n\
         message: \"{userIdentity.userName} set {requestParameters.password}\"\n",
    );
    let mut secret = event("Low", 0);
    secret["requestParameters"] = serde_json::json!({"password": "correct-horse-battery-staple"});
    audit.deliver("a.json.gz", &[secret]);
    assert_eq!(code(&audit.scan(1, &[])), 0);
    let bytes = fs::read(audit.state()).unwrap();
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(holds("user-0 set [masked"));
    assert!(!holds("correct-horse"));
}
