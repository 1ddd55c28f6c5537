//! What the four marks must show wherever they are drawn, whatever the blessed pictures say.

use stage::{
    Item, ItemState, LaneParts, Picture, RulerBase, SceneChange, TimelineCursor, TimelineParts,
    TimelineScene, TimelineView, Typefaces, layout,
};

use crate::{easel, gpu, scenes::secs};

fn scene() -> TimelineScene {
    let states = [
        ItemState::Open,
        ItemState::Circled,
        ItemState::Rejected,
        ItemState::Conflict,
    ];
    let items = states.iter().enumerate().map(|(n, &state)| Item {
        proposal: format!("p{n}"),
        kind: "shots".into(),
        start: secs(n as f64 * 10.0),
        end: secs(n as f64 * 10.0 + 9.0),
        state,
        label: String::new(),
    });
    TimelineScene::new(TimelineParts {
        asset: "marks".into(),
        duration: secs(40.0),
        ruler: RulerBase::Time,
        lanes: vec![LaneParts {
            id: "shots".into(),
            label: "Shots".into(),
            items: items.collect(),
        }],
        shots: Vec::new(),
        markers: Vec::new(),
        comments: Vec::new(),
        flagged: Vec::new(),
        sprites: None,
        waveform: None,
    })
}

fn view(scale: f64) -> TimelineView {
    TimelineView {
        asset: "marks".into(),
        start_secs: 0.0,
        px_per_sec: 10.0,
        width_px: 520.0,
        height_px: 60.0,
        scale,
        ..TimelineView::default()
    }
}

/// Colours of the pixels in an item's rectangle.
fn pixels(picture: &Picture, scene: &TimelineScene, scale: f64, at: usize) -> Vec<[u8; 4]> {
    let item = layout(scene, &view(scale)).items[at].clone();
    let px = |v: f64| (v * scale).round() as u32;
    let mut out = Vec::new();
    for y in px(item.y)..px(item.y + item.height) {
        for x in px(item.x)..px(item.x + item.width) {
            out.extend(picture.pixel(x, y));
        }
    }
    out
}

fn is_pencil([r, g, b, _]: [u8; 4]) -> bool {
    r > 215 && (80..140).contains(&g) && b < 95
}

#[test]
fn each_mark_is_told_by_its_form() {
    let Some(mut easel) = easel() else { return };
    for scale in [1.0, 1.5, 2.0] {
        let scene = scene();
        let picture = easel
            .timeline(&scene, &view(scale), &TimelineCursor::default())
            .expect("a picture");
        let [open, circled, rejected, conflict] = [0, 1, 2, 3].map(|at| pixels(&picture, &scene, scale, at));
        let pencil = |px: &[[u8; 4]]| px.iter().filter(|&&p| is_pencil(p)).count();
        assert!(
            pencil(&circled) as f64 > 30.0 * scale * scale,
            "the circle is there at {scale}"
        );
        assert_eq!(
            [&open, &rejected, &conflict].map(|p| pencil(p)),
            [0, 0, 0],
            "and only on the circled one"
        );
        let mean = |px: &[[u8; 4]]| {
            px.iter()
                .map(|p| f64::from(p[0]) + f64::from(p[1]) + f64::from(p[2]))
                .sum::<f64>()
                / px.len() as f64
        };
        assert!(mean(&circled) > mean(&open) * 1.3, "solid against dashed");
        assert!(mean(&rejected) < mean(&open), "faded");
        let amber = |px: &[[u8; 4]]| px.iter().filter(|p| p[0] > 180 && p[2] < 100).count();
        assert!(
            amber(&conflict) as f64 > 100.0 * scale,
            "edged in the conflict's colour"
        );
        assert_eq!(amber(&rejected), 0);
    }
}

#[test]
fn the_edge_of_an_open_item_is_broken_evenly() {
    let Some(mut easel) = easel() else { return };
    let scene = scene();
    let picture = easel
        .timeline(&scene, &view(1.0), &TimelineCursor::default())
        .expect("a picture");
    let item = layout(&scene, &view(1.0)).items[0].clone();
    let y = item.y.round() as u32;
    let bright: Vec<bool> = (item.x as u32 + 5..(item.x + item.width) as u32 - 5)
        .filter_map(|x| picture.pixel(x, y))
        .map(|p| p[1] > 90)
        .collect();
    let dashes = bright.windows(2).filter(|w| !w[0] && w[1]).count();
    assert!((9..=14).contains(&dashes), "{dashes} dashes on 80 pixels");
    let share = bright.iter().filter(|&&b| b).count() as f64 / bright.len() as f64;
    assert!((0.4..0.75).contains(&share), "{share}");
}

#[test]
fn a_moving_playhead_draws_the_same_as_a_fresh_picture() {
    use stage::{OffscreenPresenter, Presenter, TimelineRenderer};
    let Some(gpu) = gpu() else { return };
    let scene = scene();
    let view = view(1.0);
    let at = |s: f64| TimelineCursor {
        playhead: Some(secs(s)),
    };
    let (width, height) = view.size();
    let mut presenter = OffscreenPresenter::new(&gpu, width, height).expect("a target");
    let mut renderer = TimelineRenderer::new(&gpu, presenter.format(), Typefaces::Bundled);
    let mut shot = |scene: &TimelineScene, cursor: &TimelineCursor| {
        presenter
            .present(&gpu, &mut |t| renderer.draw(&gpu, t, scene, &view, cursor))
            .expect("drawn");
        presenter.picture(&gpu).expect("read back")
    };
    let first = shot(&scene, &at(3.0));
    let moved = shot(&scene, &at(13.0));
    assert_ne!(first, moved);
    let fresh = |scene: &TimelineScene, s: f64| {
        easel()
            .expect("an easel")
            .timeline(scene, &view, &at(s))
            .expect("a picture")
    };
    assert_eq!(moved, fresh(&scene, 13.0));
    let circled = Item {
        state: ItemState::Circled,
        ..scene.item("p0").expect("an item").clone()
    };
    let change = SceneChange {
        items: vec![circled],
        markers: scene.markers().to_vec(),
        ..SceneChange::default()
    };
    let scene = scene.with(change).expect("nothing new");
    let verdict = shot(&scene, &at(13.0));
    assert_ne!(verdict, moved, "a verdict shows at once");
    assert_eq!(verdict, fresh(&scene, 13.0));
}

#[test]
fn small_pictures_that_load_later_end_in_the_same_picture() {
    use crate::scenes::{review, review_view};
    use stage::{OffscreenPresenter, Presenter, TimelineRenderer};
    let Some(gpu) = gpu() else { return };
    let scene = review();
    let mut view = review_view(1.0);
    view.width_px = 500.0;
    let cursor = TimelineCursor::default();
    let wanted = easel()
        .expect("an easel")
        .timeline(&scene, &view, &cursor)
        .expect("a picture");
    let (width, height) = view.size();
    let mut presenter = OffscreenPresenter::new(&gpu, width, height).expect("a target");
    let mut renderer = TimelineRenderer::new(&gpu, presenter.format(), Typefaces::Bundled);
    renderer.load_pictures_later();
    let mut shot = || {
        presenter
            .present(&gpu, &mut |t| renderer.draw(&gpu, t, &scene, &view, &cursor))
            .expect("drawn");
        (presenter.picture(&gpu).expect("read back"), renderer.is_loading())
    };
    let (first, loading) = shot();
    assert!(loading, "the first picture does not wait");
    assert_ne!(first, wanted);
    let last = std::iter::repeat_with(shot)
        .take(2000)
        .find(|(_, loading)| !loading);
    assert_eq!(last.map(|(picture, _)| picture), Some(wanted));
}
