//! Real clips through the real program. Thresholds leave room for another machine's FFmpeg, not for another result.

use std::path::Path;

use serde_json::Value;

use crate::support::{Home, Said, real_media};

/// Ingests one clip with every second look and answers its asset.
fn take_in(home: &Home, clip: &Path) -> String {
    let said = home.json(&["ingest", clip.to_str().unwrap()]);
    said["done"][0]["asset"]
        .as_str()
        .unwrap_or_else(|| panic!("{}: {said}", clip.display()))
        .to_owned()
}

fn of_kind(home: &Home, asset: &str, kind: &str) -> Vec<Value> {
    home.json(&["proposals", asset, "--kind", kind])
        .as_array()
        .unwrap()
        .clone()
}

#[test]
fn cuts_of_annotated_clips_are_found() {
    let Some(media) = real_media("cuts_of_annotated_clips_are_found") else {
        return;
    };
    let clips = [
        ("bikes.json", "bikes_10s_h264_noaudio.mp4"),
        ("big-buck-bunny_30s.json", "big-buck-bunny_30s_h264_aac51.mp4"),
        ("elephants-dream_16s.json", "elephants-dream_16s_h264_aac.mp4"),
        ("spirit-of-43.json", "spirit-of-43_16s_h264.mp4"),
    ];
    let home = Home::new();
    let (mut hits, mut found, mut wanted) = (0, 0, 0);
    for (truth, clip) in clips {
        let truth: Value =
            serde_json::from_slice(&std::fs::read(media.join("shots").join(truth)).unwrap()).unwrap();
        let asset = home.json(&[
            "ingest",
            "--proxies-only",
            media.join("video").join(clip).to_str().unwrap(),
        ])["done"][0]["asset"]
            .as_str()
            .unwrap()
            .to_owned();
        let cuts: Vec<u64> = truth["cuts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cut| cut["frame"].as_u64().unwrap())
            .collect();
        let seen: Vec<u64> = of_kind(&home, &asset, "shots")
            .iter()
            .filter(|shot| shot["payload"]["transition_in"] == "cut")
            .map(|shot| shot["start_frame"].as_u64().unwrap())
            .collect();
        hits += seen
            .iter()
            .filter(|frame| cuts.iter().any(|cut| cut.abs_diff(**frame) <= 1))
            .count();
        found += seen.len();
        wanted += cuts.len();
    }
    let f1 = 2.0 * hits as f64 / (found + wanted) as f64;
    println!("cuts: {hits} of {wanted}, {found} found, F1 {f1:.3}");
    assert!(f1 >= 0.9, "F1 on cuts {f1:.3}");
}

#[test]
fn a_presenter_is_seen_read_and_heard() {
    let Some(media) = real_media("a_presenter_is_seen_read_and_heard") else {
        return;
    };
    let home = Home::new();
    let asset = take_in(&home, &media.join("video/boulder-eats-presenter_9s_h264_aac.mp4"));
    let faces = of_kind(&home, &asset, "faces");
    assert!(!faces.is_empty(), "somebody looks into the camera");
    let engines = home.json(&["doctor"]);
    let reads = engines["checks"].as_array().unwrap().iter().any(|check| {
        check["area"] == "engines"
            && check["state"] == "ok"
            && check["title"].as_str().unwrap().contains("local.text")
    });
    if reads {
        let texts = of_kind(&home, &asset, "text");
        let read = |text: &Value| {
            text["payload"]["text"]
                .as_str()
                .unwrap()
                .to_uppercase()
                .contains("STEEN")
        };
        assert!(
            texts.iter().any(read),
            "the lower third says JEFF STEEN: {texts:?}"
        );
    } else {
        println!("text was not tried: tesseract is not on this machine");
    }
    let cues = of_kind(&home, &asset, "cues");
    let spoken: f64 = cues
        .iter()
        .map(|cue| cue["end_secs"].as_f64().unwrap() - cue["start_secs"].as_f64().unwrap())
        .sum();
    assert!(
        (2.0..9.1).contains(&spoken),
        "he speaks most of the time, not {spoken} s"
    );
    for kind in ["highlights", "posters"] {
        let made = of_kind(&home, &asset, kind);
        assert!(!made.is_empty(), "{kind}");
        for proposal in made {
            assert!(
                !proposal["payload"]["reasons"].as_array().unwrap().is_empty(),
                "{kind} say why"
            );
        }
    }
}

/// Seconds from and to of every cue slot of a clip.
fn spoken_in(home: &Home, clip: &Path) -> Vec<(f64, f64)> {
    let asset = take_in(home, clip);
    let secs = |cue: &Value, key: &str| cue[key].as_f64().unwrap();
    of_kind(home, &asset, "cues")
        .iter()
        .map(|cue| (secs(cue, "start_secs"), secs(cue, "end_secs")))
        .collect()
}

#[test]
fn speech_is_found_where_people_speak_and_music_is_let_be() {
    let Some(media) = real_media("speech_is_found_where_people_speak_and_music_is_let_be") else {
        return;
    };
    let home = Home::new();
    let slots = spoken_in(&home, &media.join("speech/two-speakers_30s.wav"));
    let truth = std::fs::read_to_string(media.join("speech/two-speakers_30s.rttm")).unwrap();
    let truth: Vec<(f64, f64)> = truth
        .lines()
        .map(|line| {
            let number = |column: usize| {
                line.split_whitespace()
                    .nth(column)
                    .unwrap()
                    .parse::<f64>()
                    .unwrap()
            };
            (number(3), number(3) + number(4))
        })
        .collect();
    let within = |spans: &[(f64, f64)], at: f64| spans.iter().any(|(from, to)| (*from..*to).contains(&at));
    let hundredths = (0..3000).map(|at| f64::from(at) / 100.0);
    let (mut spoken, mut found, mut beside) = (0, 0, 0);
    for at in hundredths {
        let (speaks, slot) = (within(&truth, at), within(&slots, at));
        spoken += u32::from(speaks);
        found += u32::from(speaks && slot);
        beside += u32::from(!speaks && slot);
    }
    println!("speech: {found} of {spoken} hundredths of a second, {beside} beside it");
    assert!(found * 100 >= spoken * 95, "{found} of {spoken}: {slots:?}");
    assert!(beside <= 150, "{beside} hundredths beside speech: {slots:?}");
    // a minute of music and birds in which nobody speaks
    let slots = spoken_in(&home, &media.join("video/big-buck-bunny_60s_h264_aac.mp4"));
    let taken: f64 = slots.iter().map(|(from, to)| to - from).sum();
    println!("speech: {taken:.1} s of a minute of music");
    assert!(
        taken <= 12.0,
        "{taken} s of music are taken for speech: {slots:?}"
    );
}

#[test]
fn timecode_rates_and_oddities_are_told_as_they_are() {
    let Some(media) = real_media("timecode_rates_and_oddities_are_told_as_they_are") else {
        return;
    };
    let home = Home::new();
    let show = |clip: &str| {
        let said = home.json(&[
            "ingest",
            "--proxies-only",
            media.join("video").join(clip).to_str().unwrap(),
        ]);
        home.json(&["show", said["done"][0]["asset"].as_str().unwrap()])
    };
    let interlaced = show("derived/interlaced_2997i_mpeg2-422_dropframe.mxf");
    assert_eq!(
        (
            &interlaced["frame_rate"],
            &interlaced["start_timecode"],
            &interlaced["drop_frame"],
            &interlaced["interlaced"]
        ),
        (
            &"30000/1001".into(),
            &"00:08:58;00".into(),
            &true.into(),
            &true.into()
        )
    );
    let prores = show("derived/prores422_2997df.mov");
    assert_eq!(
        (&prores["frame_count"], &prores["start_timecode"]),
        (&150.into(), &"00:08:58;00".into())
    );
    assert_eq!(show("odd/vfr-600base.mov")["vfr"], true);
    let turned = show("odd/rotation_90.mov");
    assert_eq!((&turned["width"], &turned["height"]), (&320.into(), &568.into()));
    assert_eq!(show("odd/av1-hdr10-mdcv-clli.mp4")["hdr"], "pq");
    let sound = show("odd/wav-rf64.wav");
    assert_eq!(
        (&sound["frame_count"], &sound["frame_rate"]),
        (&0.into(), &Value::Null)
    );
    let short = show("derived/truncated_bbb_2400000bytes.mp4");
    assert!(
        !short["notes"].as_array().unwrap().is_empty(),
        "a truncated file is said to be one"
    );
}

#[test]
fn what_is_no_media_is_refused_with_a_reason_and_the_rest_goes_on() {
    let Some(media) = real_media("what_is_no_media_is_refused_with_a_reason_and_the_rest_goes_on") else {
        return;
    };
    let home = Home::new();
    let folder = home.dir.path().join("card");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("empty.mov"), b"").unwrap();
    for (name, from) in [
        ("broken.mp4", "odd/broken-moov.mp4"),
        ("flower.mp4", "odd/video-1x-flower_5s.mp4"),
    ] {
        std::fs::copy(media.join("video").join(from), folder.join(name)).unwrap();
    }
    let said: Said = home.run(&["--json", "ingest", "--proxies-only", folder.to_str().unwrap()]);
    assert_eq!(said.status, 3, "{said:?}");
    assert_eq!(said.json["done"].as_array().unwrap().len(), 1);
    let mut codes: Vec<&str> = said.json["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refused| refused["code"].as_str().unwrap())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes.len(), 2);
    assert!(codes.contains(&"empty-media"), "{codes:?}");
}

#[test]
fn a_real_subtitle_file_comes_in_and_goes_out() {
    let Some(media) = real_media("a_real_subtitle_file_comes_in_and_goes_out") else {
        return;
    };
    let folder = media.join("subtitles/srt");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "srt"));
    let home = Home::new();
    let asset = home.json(&[
        "ingest",
        "--proxies-only",
        media
            .join("video/tears-of-steel-battle_70s_vp8_vorbis.webm")
            .to_str()
            .unwrap(),
    ])["done"][0]["asset"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut imported = 0;
    for file in files {
        let said = home.run(&["--json", "import", &asset, file.to_str().unwrap()]);
        if said.status == 0 {
            imported += said.json["cues"].as_u64().unwrap();
        } else {
            // A file of another film may lie wholly after this one's end, a broken one may not read: it says so.
            assert_eq!(
                (said.status, said.json["fault"]["code"].as_str()),
                (1, Some("bad-request")),
                "{file:?}: {said:?}"
            );
        }
    }
    assert!(imported > 0);
    let out = home.dir.path().join("out.srt");
    let exported = home.json(&["export", &asset, "--to", "srt", "-o", out.to_str().unwrap()]);
    assert!(exported["items"].as_u64().unwrap() > 0);
}
