use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

/// A directory with the given empty files.
fn tree(files: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "{}").unwrap();
    }
    root
}

/// The names of the inputs, relative to a root.
fn names(discovery: &Discovery, root: &TempDir) -> Vec<String> {
    let prefix = format!("{}/", root.path().display());
    discovery
        .inputs
        .iter()
        .map(|input| input.name.replace(&prefix, ""))
        .collect()
}

fn find(root: &TempDir, paths: &[&str]) -> Discovery {
    let paths: Vec<PathBuf> = paths
        .iter()
        .map(|path| {
            if *path == "-" {
                PathBuf::from("-")
            } else {
                root.path().join(path)
            }
        })
        .collect();
    discover(&paths)
}

#[test]
fn a_directory_gives_all_its_files_name_by_name() {
    let root = tree(&[
        "b.json",
        "a/z.json.gz",
        "a/b/c",
        "a.json",
        "a-b/x",
        "B.json",
    ]);
    let found = find(&root, &[""]);
    assert_eq!(
        names(&found, &root),
        [
            "B.json",
            "a/b/c",
            "a/z.json.gz",
            "a-b/x",
            "a.json",
            "b.json"
        ]
    );
    assert_eq!(
        (found.skipped, found.problems),
        (Skipped::default(), vec![])
    );
}

#[test]
fn hidden_and_digest_files_are_left_out_and_counted() {
    let digest = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/01/05";
    let root = tree(&[
        "a.json",
        "._a.json",
        ".DS_Store",
        ".cache/x.json",
        ".cache/y.json",
        &format!("{digest}/d.json.gz"),
        &format!("{digest}/e.json.gz"),
        "moved/111122223333_CloudTrail-Digest_us-east-1_t_us-east-1_20260105T110000Z.json.gz",
        "AWSLogs/111122223333/CloudTrail/us-east-1/a.json.gz",
        "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/i.json.gz",
    ]);
    let found = find(&root, &[""]);
    assert_eq!(found.inputs.len(), 3);
    assert_eq!(
        found.skipped,
        Skipped {
            hidden: 3,
            digest: 3,
            ..Skipped::default()
        }
    );
}

#[test]
fn a_file_that_is_named_is_read_whatever_it_is_called() {
    let root = tree(&[".hidden.json", "CloudTrail-Digest/d.json"]);
    let found = find(&root, &["", ".hidden.json", "CloudTrail-Digest/d.json"]);
    assert_eq!(
        names(&found, &root),
        [".hidden.json", "CloudTrail-Digest/d.json"]
    );
    assert_eq!(
        found.skipped,
        Skipped::default(),
        "what is read is not left out"
    );
}

#[test]
fn a_file_that_is_reached_twice_is_read_once_whatever_the_order_of_the_paths() {
    let root = tree(&["a/x.json", "a/y.json"]);
    let again = format!("{}/./a/../a/y.json", root.path().display());
    let paths = [
        root.path().join("a"),
        root.path().join("a/x.json"),
        PathBuf::from(again),
    ];
    let forwards = discover(&paths);
    assert_eq!(forwards.inputs.len(), 2);
    let backwards = discover(&paths.iter().rev().collect::<Vec<_>>());
    assert_eq!(forwards.inputs, backwards.inputs);
}

#[test]
fn standard_input_comes_first_and_once() {
    let root = tree(&["a.json"]);
    let found = find(&root, &["a.json", "-", "-"]);
    assert_eq!(names(&found, &root), ["<stdin>", "a.json"]);
    assert!(found.has_stdin());
}

#[test]
fn patterns_match_files_and_whole_directories() {
    let root = tree(&[
        "2026/01/a.json.gz",
        "2026/01/b.csv",
        "2026/02/c.json.gz",
        "2026/.x.json.gz",
        "top.json.gz",
    ]);
    let matched = |pattern: &str| names(&find(&root, &[pattern]), &root);
    assert_eq!(
        matched("**/*.json.gz"),
        ["2026/01/a.json.gz", "2026/02/c.json.gz", "top.json.gz"]
    );
    assert_eq!(matched("*.gz"), ["top.json.gz"]);
    assert_eq!(
        matched("2026/0?/*.{gz,csv}"),
        ["2026/01/a.json.gz", "2026/01/b.csv", "2026/02/c.json.gz"]
    );
    assert_eq!(matched("{2026/02,2025}/*"), ["2026/02/c.json.gz"]);
    assert_eq!(matched("2026/[0]1"), ["2026/01/a.json.gz", "2026/01/b.csv"]);
    assert_eq!(find(&root, &["2026/*.gz", "2026/*"]).skipped.hidden, 1);
}

#[test]
fn a_name_with_special_characters_that_exists_is_no_pattern() {
    let root = tree(&["[a]*.json", "a.json"]);
    assert_eq!(names(&find(&root, &["[a]*.json"]), &root), ["[a]*.json"]);
}

#[test]
fn what_is_not_there_is_reported_with_what_to_do() {
    let root = tree(&[
        "export/a.json",
        "CloudTrail-Digest/1_CloudTrail-Digest_eu-west-1.gz",
    ]);
    fs::create_dir(root.path().join("empty")).unwrap();
    let paths = [
        "exprot/a.json",
        "export/b/c.json",
        "empty",
        "CloudTrail-Digest",
        "export/*.gz",
        "nowhere/*.gz",
        "export/{a",
        "s3://bucket/AWSLogs",
    ];
    let found = find(&root, &paths);
    assert_eq!(found.inputs, []);
    let shown: Vec<String> = found
        .problems
        .iter()
        .chain(&found.empty)
        .map(|problem| {
            let place = problem.place.as_deref().unwrap();
            let help = problem.help.as_deref().unwrap();
            format!("{} {place}: {}; {help}", problem.code, problem.message)
                .replace(&root.path().display().to_string(), "ROOT")
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    TG2005 ROOT/exprot/a.json: there is no such file or directory; did you mean `ROOT/export`?
    TG2005 ROOT/export/b/c.json: there is no such file or directory; `ROOT/export` has no `b`
    TG2005 ROOT/export/*.gz: the pattern matches no file; `*` does not cross folders, `**` does; hidden files and digest files are left out
    TG2005 ROOT/nowhere: there is no such file or directory; `ROOT` has no `nowhere`
    TG2005 ROOT/export/{a: the pattern cannot be read: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?); `*` and `?` stand for characters of a name, `**` for any folders, `{a,b}` for either, `[ab]` for one of the characters
    TG2005 ROOT/s3://bucket/AWSLogs: there is no such file or directory; `trailgate scan` reads `s3://bucket/prefix`, and all others local paths: copy the objects first, for instance with `aws s3 sync`
    TG2005 ROOT/empty: the directory holds no file to read; hidden files and digest files in a directory are left out; a file that is named is read
    TG2005 ROOT/CloudTrail-Digest: the directory holds no file to read; hidden files and digest files in a directory are left out; a file that is named is read
    ");
}

#[test]
fn no_paths_give_no_inputs() {
    let found = discover::<&Path>(&[]);
    assert!(found.inputs.is_empty() && found.problems.is_empty());
}

#[test]
fn an_input_is_opened_and_read() {
    let root = tree(&["a.json"]);
    let found = find(&root, &["a.json"]);
    let mut text = String::new();
    found.inputs[0]
        .open()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "{}");
}

#[test]
fn an_input_that_is_gone_is_put_in_words() {
    let input = Input::file(PathBuf::from("/nowhere/a.json"));
    let Err(error) = input.open() else {
        panic!("nothing is there")
    };
    let problem = input.unreadable(&error);
    assert_eq!(problem.code.as_str(), "TG2001");
    assert_eq!(problem.place.as_deref(), Some("/nowhere/a.json"));
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_and_loops_end() {
        let root = tree(&["a/x.json", "b/y.json"]);
        symlink(root.path(), root.path().join("a/up")).unwrap();
        symlink("../b", root.path().join("a/b")).unwrap();
        symlink("b/y.json", root.path().join("z.json")).unwrap();
        symlink("self", root.path().join("b/self")).unwrap();
        let found = find(&root, &[""]);
        assert_eq!(names(&found, &root), ["a/b/y.json", "a/x.json"]);
        assert_eq!(found.problems.len(), 1, "a link to itself leads nowhere");
        let matched = find(&root, &["**/*.json"]);
        assert_eq!(names(&matched, &root), ["a/b/y.json", "a/x.json"]);
    }

    #[test]
    fn a_broken_link_is_reported() {
        let root = tree(&["a.json"]);
        symlink("nowhere", root.path().join("b.json")).unwrap();
        let found = find(&root, &[""]);
        assert_eq!(names(&found, &root), ["a.json"]);
        assert_eq!(found.problems[0].code.as_str(), "TG2001");
    }

    #[test]
    fn a_socket_in_a_directory_is_left_out() {
        let root = tree(&["a.json"]);
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("s")).unwrap();
        let found = find(&root, &[""]);
        assert_eq!(names(&found, &root), ["a.json"]);
        assert_eq!(found.skipped.special, 1);
    }

    #[test]
    fn a_name_that_is_not_utf8_is_read_and_shown_as_well_as_can_be() {
        let root = tree(&[]);
        let path = root.path().join(OsStr::from_bytes(b"a\xff.json"));
        fs::write(&path, "{}").unwrap();
        let found = find(&root, &[""]);
        assert_eq!(names(&found, &root), ["a\u{fffd}.json"]);
        assert!(found.inputs[0].open().is_ok());
    }
}
