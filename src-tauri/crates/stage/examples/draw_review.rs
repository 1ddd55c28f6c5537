//! Draws the review timeline and viewer of the tests into PNG files, to be looked at: `draw_review <folder> [scale]`.

#[path = "../tests/it/scenes.rs"]
mod scenes;

use std::path::PathBuf;

use stage::{
    ChromaLayout, Gpu, ItemState, Matrix, SafeAreas, Theme, TimelineCursor, Typefaces, ViewerBox,
    ViewerScene, Want, draw_timeline, draw_viewer,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let folder = PathBuf::from(args.next().ok_or("name a folder")?);
    let scale: f64 = args.next().map_or(Ok(1.0), |s| s.parse())?;
    let gpu = Gpu::new(Want::Best)?;
    let cursor = TimelineCursor {
        playhead: Some(scenes::secs(56.4)),
    };
    let scene = scenes::review();
    for (name, theme) in [
        ("dark", Theme::Dark),
        ("light", Theme::Light),
        ("contrast", Theme::Contrast),
    ] {
        let mut view = scenes::review_view(scale);
        view.theme = theme;
        (view.mark_in_secs, view.mark_out_secs) = (Some(50.3), Some(60.7));
        let picture = draw_timeline(&gpu, &scene, &view, &cursor, Typefaces::Bundled)?;
        std::fs::write(folder.join(format!("timeline-{name}.png")), picture.to_png()?)?;
    }
    let mut near = scenes::review_view(scale);
    (near.px_per_sec, near.start_secs) = (64.0, 25.0);
    near.selected = Some("cues-1".into());
    let picture = draw_timeline(
        &gpu,
        &scene,
        &near,
        &TimelineCursor::default(),
        Typefaces::Bundled,
    )?;
    std::fs::write(folder.join("timeline-near.png"), picture.to_png()?)?;
    let found = |x: f32, label: &str, state: ItemState| ViewerBox {
        x,
        y: 0.3,
        width: 0.16,
        height: 0.4,
        label: label.to_owned(),
        state,
    };
    let over = ViewerScene {
        boxes: vec![
            found(0.06, "Marten 0.97", ItemState::Open),
            found(0.3, "Jule", ItemState::Circled),
            found(0.54, "Statue", ItemState::Rejected),
            found(0.78, "Marten", ItemState::Conflict),
        ],
        subtitles: vec![stage::Subtitle::plain("(yawns)\nWho is there?")],
        timecode: Some("01:00:56:10".into()),
        safe: SafeAreas {
            action: true,
            graphics: false,
        },
        ..ViewerScene::default()
    };
    let ramps = scenes::ramps((640, 360), ChromaLayout::Yuv420, 8, Matrix::Bt709, false);
    let size = ((960.0 * scale) as u32, (560.0 * scale) as u32);
    let picture = draw_viewer(&gpu, Some(&ramps), &over, size, scale, Typefaces::Bundled)?;
    std::fs::write(folder.join("viewer.png"), picture.to_png()?)?;
    Ok(())
}
