use interchange::{Cue, CueFormat, ReadError};
use serde_json::Value;

use crate::{collected, files, name};

fn times(cues: &[Cue]) -> Vec<(i64, i64)> {
    cues.iter()
        .map(|cue| (cue.range.start.to_millis_round(), cue.range.end.to_millis_round()))
        .collect()
}

/// The cues that vtt.js reads out of the same file.
fn expected(json: &Value) -> Vec<(i64, i64)> {
    let millis = |cue: &Value, key: &str| (cue[key].as_f64().unwrap() * 1000.0).round() as i64;
    let cues = json["cues"].as_array().unwrap();
    cues.iter()
        .map(|cue| (millis(cue, "startTime"), millis(cue, "endTime")))
        .collect()
}

#[test]
fn webvtt_times_as_vtt_js_reads_them() {
    let Some(root) = collected() else { return };
    let root = root.join("subtitles/webvtt/vttjs");
    let mut compared = 0;
    for folder in ["cue-times", "cuetext"] {
        for path in files(&root.join(folder), ".vtt") {
            let Ok(json) = std::fs::read(path.with_extension("json")) else {
                continue;
            };
            let expected = expected(&serde_json::from_slice(&json).unwrap());
            match CueFormat::Vtt.read(&std::fs::read(&path).unwrap()) {
                Ok(read) => assert_eq!(times(&read.cues), expected, "{}", path.display()),
                // A tag that is never closed swallows the words behind it, and a cue without words is left out.
                Err(ReadError::Nothing(_)) => assert!(name(&path).contains("gt.vtt"), "{}", path.display()),
                Err(other) => panic!("{}: {other}", path.display()),
            }
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared} files compared");
}

#[test]
fn webvtt_as_the_web_platform_tests_mean_it() {
    let Some(root) = collected() else { return };
    let root = root.join("subtitles/webvtt/wpt-file-parsing");
    for (file, words) in [
        (
            "arrows.vtt",
            &["text0", "text1", "text2", "text3", "text4", "text5"][..],
        ),
        ("header-garbage.vtt", &["text"]),
        ("ids.vtt", &["text0", "text1", "text2", "text3", "text4"]),
        ("timings-60.vtt", &["text1", "text2"]),
    ] {
        let read = CueFormat::Vtt
            .read(&std::fs::read(root.join(file)).unwrap())
            .unwrap();
        let got: Vec<&str> = read.cues.iter().map(|cue| cue.text.as_str()).collect();
        assert_eq!(got, words, "{file}");
    }
    for file in [
        "timings-garbage.vtt",
        "timings-negative.vtt",
        "signature-timings.vtt",
    ] {
        let read = CueFormat::Vtt.read(&std::fs::read(root.join(file)).unwrap());
        assert!(matches!(read, Err(ReadError::Nothing(_))), "{file}: {read:?}");
    }
}

#[test]
fn subrip_from_many_hands() {
    let Some(root) = collected() else { return };
    let root = root.join("subtitles");
    for (file, cues) in [
        ("srt/alignment.srt", 9),
        ("misc/popcorn_unit.srt", 10),
        ("pycaption_same-content/example.srt", 1847),
        ("subtitleedit/auto_detect_Danish.srt", 301),
        ("subtitleedit/auto_detect_windows-1250.srt", 1132),
        ("subtitleedit/test2.srt", 2),
    ] {
        let read = CueFormat::Srt
            .read(&std::fs::read(root.join(file)).unwrap())
            .unwrap();
        assert_eq!(read.cues.len(), cues, "{file}");
        // What was read goes out in both forms and comes back at the same times with the same words.
        for format in [CueFormat::Srt, CueFormat::Vtt] {
            let written = format.write(&read.cues).unwrap();
            let again = format.read(written.text.as_bytes()).unwrap();
            assert_eq!(
                times(&again.cues),
                times(&read.cues),
                "{file} as {}",
                format.name()
            );
            assert_eq!(written.losses, [""; 0], "{file} as {}", format.name());
        }
    }
}

/// When the tests' own renderings show something: from each time up to the next, `+` or `-`.
fn shown(text: &str) -> Vec<(f64, bool)> {
    text.lines()
        .filter_map(|line| {
            let (at, what) = line.split_once(' ')?;
            Some((at.parse().ok()?, what.trim() == "+"))
        })
        .collect()
}

#[test]
fn imsc_as_the_w3c_tests_show_it() {
    let Some(root) = collected() else { return };
    let root = root.join("subtitles/imsc");
    let (mut read, mut compared, mut spans) = (0, 0, 0);
    let mut wordless = Vec::new();
    for path in files(&root, ".ttml") {
        let what = path.strip_prefix(&root).unwrap().with_extension("");
        let reading = match CueFormat::Ttml.read(&std::fs::read(&path).unwrap()) {
            Ok(reading) => reading,
            // Pictures, and words that are never taken away.
            Err(ReadError::Nothing(_)) => continue,
            Err(other) => panic!("{}: {other}", path.display()),
        };
        read += 1;
        let again = CueFormat::Ttml.write(&reading.cues).unwrap();
        let back = CueFormat::Ttml.read(again.text.as_bytes()).unwrap();
        let sorted = |cues: &[Cue]| {
            let mut times = times(cues);
            times.sort_unstable();
            times
        };
        assert_eq!(sorted(&back.cues), sorted(&reading.cues), "{}", path.display());
        let mut parts: Vec<_> = what.iter().map(|part| part.to_str().unwrap()).collect();
        parts.insert(1, "ttml");
        let Ok(isd) =
            std::fs::read_to_string(root.join("isd-times").join(format!("{}.txt", parts.join("_"))))
        else {
            continue;
        };
        // Grounds without words, and what only styles hide, are shown by the tests and are no cues here.
        if [
            "animation",
            "showBackground",
            "region",
            "png",
            "visibility",
            "display",
            "activeArea",
        ]
        .contains(&parts[2])
        {
            continue;
        }
        let isd = shown(&isd);
        for (n, (at, is_shown)) in isd.iter().enumerate() {
            let end = isd.get(n + 1).map_or(at + 1.0, |(next, _)| *next);
            let middle = ((at + end) / 2.0 * 1000.0) as i64;
            let has_cue = times(&reading.cues)
                .iter()
                .any(|(start, end)| *start <= middle && middle < *end);
            assert!(*is_shown || !has_cue, "{} at {middle} ms", path.display());
            if *is_shown && !has_cue {
                // A line break or a ground alone is something to the tests and no words.
                wordless.push(format!("{} at {middle} ms", what.display()));
            }
            spans += 1;
        }
        compared += 1;
    }
    println!("{read} documents read, {compared} compared in {spans} spans, without words: {wordless:#?}");
    assert!(wordless.len() * 20 < spans, "{} of {spans}", wordless.len());
    assert!(read > 120 && compared > 80, "{read} read, {compared} compared");
}
