//! The player on a real film, made here, with the clocked stand-in for a sound device.

mod led;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use media::{FilmSpec, FilmWriter, FrameIndex, Hardware, IngestOptions, OnWay, VideoFrame};
use playback::{Act, FrameSource, PlaybackError, Player, PlayerFiles, PlayerOptions, SoundOut};
use timebase::Rate;

const FRAMES: u64 = 75;
const SAMPLES: usize = 48_000 / 25;

/// Three seconds of a film whose grey says its frame number, with a tone, ingested as every film is.
fn ingested(folder: &Path) -> PlayerFiles {
    ingested_as(folder, false)
}

/// As [`ingested`], of frames or of pairs of fields.
fn ingested_as(folder: &Path, interlaced: bool) -> PlayerFiles {
    let film = folder.join("film.mp4");
    let mut spec = FilmSpec::new(160, 96, Rate::PAL);
    spec.audio_rate = Some(48_000);
    spec.coding.interlaced = interlaced;
    let mut writer = FilmWriter::create(&film, spec).expect("a film");
    for n in 0..FRAMES {
        let grey = 20 + (n * 3) as u8;
        let pixel = [grey, grey, grey, 255];
        writer.push_rgba(&pixel.repeat(160 * 96)).expect("a frame");
        let tone = |i: usize| ((n as usize * SAMPLES + i) as f32 * 0.05).sin() * 0.1;
        let sound: Vec<f32> = (0..SAMPLES).flat_map(|i| [tone(i); 2]).collect();
        writer.push_audio(&sound).expect("sound");
    }
    writer.finish().expect("a whole film");
    let options = IngestOptions::default();
    media::ingest(
        &film,
        folder,
        &options,
        &mut |_progress| ControlFlow::Continue(()),
    )
    .expect("ingested");
    let index = FrameIndex::load(&folder.join(media::FRAMES_FILE)).expect("an index");
    PlayerFiles {
        film: folder.join(media::PROXY_FILE).into(),
        sound: None,
        proxy: None,
        index,
        has_sound: true,
        hardware: Hardware::Auto,
    }
}

fn quiet() -> PlayerOptions {
    PlayerOptions {
        out: SoundOut::Silent,
        cache_bytes: 64 << 20,
        at: 0,
    }
}

/// The frame number a picture's grey says.
fn said(picture: &VideoFrame) -> f64 {
    let luma = &picture.planes[0];
    let middle = luma.data[luma.stride * (picture.height as usize / 2) + picture.width as usize / 2];
    let grey = (f64::from(middle) - 16.0) * 255.0 / 219.0;
    (grey - 20.0) / 3.0
}

/// Draws until `done`, as a render loop would; the limit only ends a test that hangs.
fn draw_until(player: &Player, seen: &mut Vec<u64>, mut done: impl FnMut(&[u64]) -> bool) {
    let begin = Instant::now();
    while !done(seen) {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "hangs after {seen:?}: {:?}",
            player.facts()
        );
        player.wait(Duration::from_millis(500));
        if let Some((frame, picture)) = player.newest() {
            assert!(
                (said(&picture) - frame as f64).abs() < 0.6,
                "{frame} says {}",
                said(&picture)
            );
            seen.push(frame);
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_film_seeks_steps_plays_to_its_end_and_follows_its_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = ingested(folder.path());
    assert_eq!(files.index.len(), FRAMES);
    let player = Player::open(files, quiet()).expect("a player");
    let mut seen = Vec::new();
    draw_until(&player, &mut seen, |seen| seen.last() == Some(&0));
    for target in [50, 3, 74, 20] {
        player.act(Act::Seek(target));
        draw_until(&player, &mut seen, |seen| seen.last() == Some(&target));
    }
    player.act(Act::Step(-1));
    draw_until(&player, &mut seen, |seen| seen.last() == Some(&19));
    player.act(Act::Seek(40));
    draw_until(&player, &mut seen, |seen| seen.last() == Some(&40));
    seen.clear();
    player.act(Act::Play);
    draw_until(&player, &mut seen, |seen| seen.last() == Some(&(FRAMES - 1)));
    assert!(seen.windows(2).all(|w| w[0] < w[1]), "{seen:?}");
    draw_until(&player, &mut seen, |_| !player.facts().playing);
    let facts = player.facts();
    assert_eq!(
        (facts.frame, facts.shown, facts.fault),
        (FRAMES - 1, Some(FRAMES - 1), None)
    );
    assert_eq!(facts.dropped + seen.len() as u64, FRAMES - 41, "shown or counted");
    assert!(facts.audio.contains("clock only"), "{}", facts.audio);
    assert!(facts.decode_millis > 0.0 && facts.cache_bytes > 0);
}

#[test]
fn the_shuttle_follows_its_sound_both_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let player = Player::open(ingested(folder.path()), quiet()).expect("a player");
    let mut seen = Vec::new();
    draw_until(&player, &mut seen, |seen| seen.last() == Some(&0));
    for (speed, end) in [(2, FRAMES - 1), (-1, 0), (1, FRAMES - 1), (-2, 0)] {
        seen.clear();
        let mut followed = false;
        player.act(Act::Speed(speed));
        draw_until(&player, &mut seen, |_| {
            let facts = player.facts();
            followed |= facts.sound_lead_millis.is_some();
            !facts.playing && facts.shown == Some(end)
        });
        assert!(followed, "pictures follow sound at {speed}");
        let onward = |w: &[u64]| if speed > 0 { w[0] < w[1] } else { w[0] > w[1] };
        assert!(seen.windows(2).all(onward), "{speed}: {seen:?}");
        assert!(seen.len() > 10, "{speed}: {seen:?}");
    }
}

#[test]
fn at_rest_nothing_wakes_the_one_who_draws() {
    let folder = tempfile::tempdir().expect("a folder");
    let player = Player::open(ingested(folder.path()), quiet()).expect("a player");
    let mut seen = Vec::new();
    draw_until(&player, &mut seen, |seen| seen.last() == Some(&0));
    assert!(
        !player.wait(Duration::from_millis(600)),
        "not even when the surroundings are decoded"
    );
    assert!(player.newest().is_none());
    player.act(Act::Toggle);
    assert!(player.wait(Duration::from_secs(5)));
}

/// Two seconds of a tone as a 16-bit WAV file.
fn voice() -> Vec<u8> {
    let rate = 48_000_u32;
    let data: Vec<u8> = (0..rate * 2)
        .flat_map(|n| (((n as f32 * 0.05).sin() * 8000.0) as i16).to_le_bytes())
        .collect();
    let length = data.len() as u32;
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&(36 + length).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    out.extend_from_slice(&rate.to_le_bytes());
    out.extend_from_slice(&(rate * 2).to_le_bytes());
    out.extend_from_slice(b"\x02\0\x10\0data");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&data);
    out
}

#[test]
fn sound_without_picture_seeks_and_plays_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("voice.wav");
    std::fs::write(&source, voice()).expect("a voice");
    let options = IngestOptions::default();
    media::ingest(&source, folder.path(), &options, &mut |_progress| {
        ControlFlow::Continue(())
    })
    .expect("ingested");
    let proxy = folder.path().join(media::PROXY_FILE);
    let clock = FrameIndex::steady(Rate::PAL, 50);
    let player = Player::open_sound(proxy.into(), None, clock, quiet()).expect("a player");
    player.act(Act::Seek(20));
    player.act(Act::Play);
    let begin = Instant::now();
    let mut last = None;
    while last != Some(49) || player.facts().playing {
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", player.facts());
        player.wait(Duration::from_millis(500));
        if let Some((frame, picture)) = player.newest() {
            assert!(frame >= 20 || last.is_none(), "back to {frame}");
            assert!(picture.planes[0].data.iter().all(|level| *level == 16));
            last = Some(frame);
        }
        std::thread::yield_now();
    }
    let facts = player.facts();
    assert_eq!((facts.frame, facts.fault), (49, None));
    assert!(facts.audio.contains("clock only"), "{}", facts.audio);
}

/// Plays the original with its proxy to fall back to.
fn original(folder: &Path) -> PlayerFiles {
    PlayerFiles {
        film: folder.join("film.mp4").into(),
        proxy: Some(folder.join(media::PROXY_FILE).into()),
        ..ingested(folder)
    }
}

#[test]
fn the_original_plays_by_the_same_frame_numbers_and_says_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let player = Player::open(original(folder.path()), quiet()).expect("a player");
    let mut seen = Vec::new();
    for frame in [0, 40, 12, 74] {
        player.act(Act::Seek(frame));
        draw_until(&player, &mut seen, |seen| seen.last() == Some(&frame));
    }
    let facts = player.facts();
    assert!(facts.way.original, "{facts:?}");
    assert_eq!(
        (facts.way.source.as_str(), facts.way.notice.as_str()),
        ("original 96p H.264", "")
    );
    assert!(facts.way.decoder.starts_with("software, "), "{facts:?}");
    assert_eq!(facts.cache_limit_bytes, 64 << 20);
    assert!(facts.cache_bytes > 0 && facts.cache_bytes <= facts.cache_limit_bytes);
}

#[test]
fn an_original_of_fields_is_called_so_and_its_proxy_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let fields = ingested_as(folder.path(), true);
    let original = PlayerFiles {
        film: folder.path().join("film.mp4").into(),
        ..fields.clone()
    };
    for (files, source, shown_as) in [
        (original, "original 96i H.264", "deinterlaced"),
        (fields, "proxy 96p", ""),
    ] {
        let player = Player::open(files, quiet()).expect("a player");
        let mut seen = Vec::new();
        player.act(Act::Seek(9));
        draw_until(&player, &mut seen, |seen| seen.last() == Some(&9));
        let way = player.facts().way;
        assert_eq!((way.source.as_str(), way.shown_as.as_str()), (source, shown_as));
    }
}

#[test]
fn an_original_that_is_away_is_shown_from_its_proxy_and_said_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = original(folder.path());
    std::fs::remove_file(files.film.path()).expect("gone");
    let player = Player::open(files, quiet()).expect("a player");
    let mut seen = Vec::new();
    player.act(Act::Seek(33));
    draw_until(&player, &mut seen, |seen| seen.last() == Some(&33));
    let way = player.facts().way;
    assert!(!way.original && way.source == "proxy 96p", "{way:?}");
    assert!(way.notice.contains("its proxy is shown"), "{way:?}");
}

#[test]
fn an_original_that_breaks_on_the_way_goes_on_from_its_proxy_at_the_same_frame() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = original(folder.path());
    // All bytes are there, and behind the middle none of them means anything: as long a file, another picture.
    let bytes = std::fs::read(files.film.path()).expect("readable");
    let keep = bytes.len() / 8;
    let broken = folder.path().join("broken.mp4");
    let scrambled = bytes
        .iter()
        .enumerate()
        .map(|(at, byte)| if at < keep { *byte } else { 0 });
    std::fs::write(&broken, scrambled.collect::<Vec<u8>>()).expect("written");
    files.film = broken.into();
    let player = Player::open(files, quiet()).expect("a player");
    let mut seen = Vec::new();
    for frame in [70, 2, 51] {
        player.act(Act::Seek(frame));
        draw_until(&player, &mut seen, |seen| seen.last() == Some(&frame));
    }
    let way = player.facts().way;
    assert!(
        !way.original && way.notice.contains("its proxy is shown"),
        "{way:?}"
    );
    assert_eq!(player.facts().fault, None);
}

#[test]
fn another_player_of_the_same_asset_goes_on_at_the_same_frame_with_the_same_marks() {
    let folder = tempfile::tempdir().expect("a folder");
    let proxy = Player::open(ingested(folder.path()), quiet()).expect("a player");
    for act in [
        Act::MarkIn(Some(20)),
        Act::MarkOut(Some(60)),
        Act::Loop(true),
        Act::Seek(47),
    ] {
        proxy.act(act);
    }
    let options = PlayerOptions { at: 47, ..quiet() };
    let other = Player::open(original(folder.path()), options).expect("a player");
    other.take_over(&proxy);
    let mut seen = Vec::new();
    draw_until(&other, &mut seen, |seen| seen.last() == Some(&47));
    assert_eq!(seen, [47], "no other frame flashes up");
    let facts = other.facts();
    assert_eq!(
        (facts.mark_in, facts.mark_out, facts.looping),
        (Some(20), Some(60), true)
    );
    assert!(!facts.playing);
    proxy.act(Act::Speed(2));
    other.take_over(&proxy);
    assert_eq!((other.facts().speed, proxy.facts().playing), (2, false));
}

/// A share that does not answer: the first frame comes when somebody lets it.
struct Hanging {
    begun: mpsc::SyncSender<()>,
    answers: mpsc::Receiver<()>,
    /// Dropped with the source, at the end of the thread that owns it.
    _ended: mpsc::SyncSender<()>,
}

impl FrameSource for Hanging {
    type Picture = ();

    fn find(
        &mut self,
        _n: u64,
        _whole_from: u64,
        _on_way: &mut dyn FnMut(OnWay<()>) -> ControlFlow<()>,
    ) -> Result<(), PlaybackError> {
        self.begun.send(()).expect("the test waits");
        self.answers.recv().expect("the test answers");
        Ok(())
    }

    fn size_bytes((): &()) -> usize {
        1
    }
}

#[test]
fn a_player_whose_file_does_not_answer_can_be_let_go_of() {
    let (begun, has_begun) = mpsc::sync_channel(1);
    let (answer, answers) = mpsc::sync_channel(1);
    let (ended, has_ended) = mpsc::sync_channel::<()>(0);
    let source = Hanging {
        begun,
        answers,
        _ended: ended,
    };
    let index = FrameIndex::steady(Rate::PAL, 10);
    let player = Player::start(source, index, None::<media::AudioReader>, 1, quiet()).expect("a player");
    has_begun.recv().expect("it looks for its first frame");
    let (gone, is_gone) = mpsc::sync_channel(1);
    let let_go = move || {
        drop(player);
        gone.send(()).expect("the test waits");
    };
    let hand = std::thread::Builder::new()
        .name("hand".to_owned())
        .spawn(let_go)
        .expect("a thread");
    is_gone
        .recv_timeout(Duration::from_secs(60))
        .expect("whoever drops it does not wait for the file");
    answer.send(()).expect("the thread is still there");
    // Nobody sends: it ends when the thread has dropped its source.
    assert!(has_ended.recv().is_err());
    hand.join().expect("no panic");
}
