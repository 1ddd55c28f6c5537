//! What a picture of the timeline costs the processor when more and more items lie beside what is on the screen. Prints
//! milliseconds of CPU time per picture: laying out, preparing (everything moved) and drawing again (only the playhead moved).

#![expect(clippy::print_stdout, reason = "a program that prints its measurements")]

use stage::{
    Gpu, Item, ItemState, LaneParts, OffscreenPresenter, Presenter, RulerBase, StageError, TimelineCursor,
    TimelineParts, TimelineRenderer, TimelineScene, TimelineView, Typefaces, Want, layout,
};
use timebase::{Flicks, Rate, Timecode};

const PICTURES: u32 = 60;

/// CPU time of this thread in milliseconds: the clock on the wall would count other programs too.
fn cpu_millis() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos: f64 = stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
    nanos / 1e6
}

fn scene(items: u32) -> TimelineScene {
    let kinds = ["shots", "faces", "text", "cues"];
    let per_lane = items / kinds.len() as u32;
    let lane = |kind: &&str| LaneParts {
        id: (*kind).to_owned(),
        label: (*kind).to_owned(),
        items: (0..per_lane)
            .map(|n| Item {
                proposal: format!("{kind}-{n}"),
                kind: (*kind).to_owned(),
                start: Flicks::from_millis(i64::from(n) * 2000),
                end: Flicks::from_millis(i64::from(n) * 2000 + 1800),
                state: [
                    ItemState::Open,
                    ItemState::Circled,
                    ItemState::Rejected,
                    ItemState::Conflict,
                ][n as usize % 4],
                label: format!("{kind} {n}"),
            })
            .collect(),
    };
    TimelineScene::new(TimelineParts {
        asset: "cost".into(),
        duration: Flicks::from_millis(i64::from(per_lane) * 2000),
        ruler: RulerBase::Timecode(Timecode::zero(Rate::PAL)),
        lanes: kinds.iter().map(lane).collect(),
        shots: Vec::new(),
        markers: Vec::new(),
        comments: Vec::new(),
        flagged: Vec::new(),
        sprites: None,
        waveform: None,
    })
}

fn view(start_secs: f64) -> TimelineView {
    TimelineView {
        asset: "cost".into(),
        start_secs,
        px_per_sec: 25.0,
        width_px: 1336.0,
        height_px: 160.0,
        ..TimelineView::default()
    }
}

fn main() -> Result<(), StageError> {
    let gpu = Gpu::new(Want::Best)?;
    println!("{}", gpu.words());
    println!(
        "{:>8} {:>8} {:>12} {:>12} {:>12}",
        "items", "shown", "layout ms", "moved ms", "playhead ms"
    );
    for items in [100, 1_000, 10_000, 100_000] {
        let scene = scene(items);
        let middle = scene.duration().as_secs_f64() / 2.0 - 24.0;
        let shown = layout(&scene, &view(middle)).items.len();
        let begin = cpu_millis();
        for n in 0..PICTURES {
            std::hint::black_box(layout(&scene, &view(middle + f64::from(n) * 0.02)));
        }
        let laid_out = cpu_millis() - begin;
        let (width, height) = view(middle).size();
        let mut presenter = OffscreenPresenter::new(&gpu, width, height)?;
        let mut renderer = TimelineRenderer::new(&gpu, presenter.format(), Typefaces::Bundled);
        let mut recording = |moving: bool| -> Result<f64, StageError> {
            let mut spent = 0.0;
            for n in 0..PICTURES {
                let step = f64::from(n) * 0.02;
                let view = view(if moving { middle + step } else { middle });
                let cursor = TimelineCursor {
                    playhead: Some(Flicks::from_millis(((middle + 10.0 + step) * 1000.0) as i64)),
                };
                // Only recording is timed: rasterising in software is another matter than the timeline's own cost.
                presenter.present(&gpu, &mut |target| {
                    let begin = cpu_millis();
                    let drawn = renderer.draw(&gpu, target, &scene, &view, &cursor);
                    spent += cpu_millis() - begin;
                    drawn
                })?;
                presenter.read(&gpu, |_rows, _stride| ())?;
            }
            Ok(spent / f64::from(PICTURES))
        };
        let moved = recording(true)?;
        let playhead = recording(false)?;
        let layout_millis = laid_out / f64::from(PICTURES);
        println!("{items:>8} {shown:>8} {layout_millis:>12.3} {moved:>12.3} {playhead:>12.3}");
    }
    Ok(())
}
