//! Subtitles as viewers of the film would see them, in scripts that are written in different ways.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use stage::{
    ChromaLayout, Easel, Matrix, Picture, Subtitle, SubtitleColumns, SubtitleEdge, SubtitleLine,
    SubtitleLook, SubtitlePlace, SubtitleSpan, Typefaces, ViewerScene,
};

use crate::{golden::check, gpu, scenes};

/// Faces for scripts the bundled ones lack, so that these pictures are the same everywhere.
const FACES: &[&[u8]] = &[
    include_bytes!("../fonts/DejaVuSans-he-ar.subset.ttf"),
    include_bytes!("../fonts/Lohit-Devanagari.subset.ttf"),
    include_bytes!("../fonts/VL-Gothic.subset.ttf"),
];

fn easel() -> Option<MutexGuard<'static, Easel>> {
    static EASEL: OnceLock<Option<Mutex<Easel>>> = OnceLock::new();
    let made = || gpu().map(|gpu| Mutex::new(Easel::new(gpu, Typefaces::With(FACES)).expect("an easel")));
    let easel = EASEL.get_or_init(made);
    easel
        .as_ref()
        .map(|easel| easel.lock().unwrap_or_else(PoisonError::into_inner))
}

fn draw(easel: &mut Easel, subtitles: Vec<Subtitle>, look: SubtitleLook) -> Picture {
    let scene = ViewerScene {
        subtitles,
        subtitle_look: look,
        ..ViewerScene::default()
    };
    let picture = scenes::ramps((320, 180), ChromaLayout::Yuv420, 8, Matrix::Bt709, false);
    easel
        .viewer(Some(&picture), &scene, (640, 360), 1.0)
        .expect("a picture")
}

fn span(text: &str, words: &str, style: SubtitleSpan) -> SubtitleSpan {
    let from = text.find(words).expect("words of the text");
    SubtitleSpan {
        from,
        to: from + words.len(),
        ..style
    }
}

#[test]
fn scripts_are_shaped_ordered_and_broken_as_their_readers_expect() {
    let Some(mut easel) = easel() else { return };
    for (name, words) in [
        (
            "subtitle-latin",
            "– Where did they go?\n– To the “Café Überfluß”, I think.",
        ),
        ("subtitle-arabic", "قال: «الفيلم Casablanca رائع»\nفي عام 1942!"),
        ("subtitle-hebrew", "הרכבת יוצאת ב-14:35\nמרציף 7, לא 12."),
        (
            "subtitle-japanese",
            "春はあけぼの。やうやう白くなりゆく山ぎは、少し明かりて紫だちたる雲の細くなびきたる。",
        ),
        ("subtitle-devanagari", "क्या आप हिन्दी में\nशक्ति लिख सकते हैं?"),
    ] {
        let drawn = draw(&mut easel, vec![Subtitle::plain(words)], SubtitleLook::Outline);
        assert!(easel.missing().is_empty(), "{name}: {:?}", easel.missing());
        check(name, &drawn);
    }
}

#[test]
fn styles_and_places_of_a_file_are_kept() {
    let Some(mut easel) = easel() else { return };
    let text = "One slanted, one bold, one underlined\nand one yellow on blue";
    let plain = SubtitleSpan::default();
    let spans = vec![
        span(
            text,
            "slanted",
            SubtitleSpan {
                italic: true,
                ..plain
            },
        ),
        span(text, "bold", SubtitleSpan { bold: true, ..plain }),
        span(
            text,
            "underlined",
            SubtitleSpan {
                underline: true,
                ..plain
            },
        ),
        span(
            text,
            "yellow on blue",
            SubtitleSpan {
                colour: Some([255, 255, 0, 255]),
                background: Some([0, 0, 160, 255]),
                ..plain
            },
        ),
    ];
    let at = |text: &str, place: SubtitlePlace| Subtitle {
        place,
        ..Subtitle::plain(text)
    };
    let usual = SubtitlePlace::default();
    let cues = vec![
        Subtitle {
            text: text.to_owned(),
            spans,
            ..Subtitle::default()
        },
        Subtitle::plain("A second speaker, at the same time"),
        at(
            "first row,\nfrom the left",
            SubtitlePlace {
                line: Some(SubtitleLine::Row(0)),
                align: SubtitleEdge::Start,
                ..usual
            },
        ),
        at(
            "a quarter across, halfway down",
            SubtitlePlace {
                line: Some(SubtitleLine::Share(0.5, SubtitleEdge::Middle)),
                position: Some(0.25),
                size: Some(0.3),
                ..usual
            },
        ),
        at(
            "「だッーパ、」\n山ぎは。",
            SubtitlePlace {
                line: Some(SubtitleLine::Row(0)),
                align: SubtitleEdge::Start,
                columns: Some(SubtitleColumns::ToTheLeft),
                ..usual
            },
        ),
    ];
    for (name, look) in [
        ("subtitle-styles", SubtitleLook::Outline),
        ("subtitle-boxes", SubtitleLook::Box),
    ] {
        check(name, &draw(&mut easel, cues.clone(), look));
    }
}

#[test]
fn what_a_page_lays_over_its_picture_hides_nothing_else() {
    let Some(mut easel) = easel() else { return };
    let scene = ViewerScene {
        subtitles: vec![Subtitle::plain("Words")],
        ..ViewerScene::default()
    };
    let over = easel.over(&scene, (320, 180), 1.0).expect("a picture");
    let rows = &over.rgba[..140 * 320 * 4];
    assert!(
        rows.chunks_exact(4).all(|pixel| pixel[3] == 0),
        "nothing above the words"
    );
    let white = |pixel: &[u8]| pixel.iter().all(|channel| *channel > 200);
    assert!(over.rgba.chunks_exact(4).any(white), "white letters");
}

#[test]
fn letters_that_no_face_has_are_told() {
    let Some(gpu) = gpu() else { return };
    let mut easel = Easel::new(gpu, Typefaces::Bundled).expect("an easel");
    draw(
        &mut easel,
        vec![Subtitle::plain("春は שלום abc")],
        SubtitleLook::Outline,
    );
    assert_eq!(
        easel.missing().iter().copied().collect::<Vec<_>>(),
        ["Chinese", "Hebrew", "Japanese"]
    );
}
