//! The strip of small pictures: a few of a sheet look as they do from the whole sheet.

use stage::{TimelineCursor, TimelineScene};

use crate::{easel, scenes};

#[test]
fn a_few_pictures_look_as_they_do_from_the_whole_sheet() {
    let Some(mut easel) = easel() else { return };
    let mut parts = scenes::review_parts();
    // Only the strip: what is drawn over it is not compared.
    (parts.lanes, parts.waveform) = (Vec::new(), None);
    let scene = TimelineScene::new(parts);
    let mut draw = |width_px: f64| {
        let mut view = scenes::review_view(1.0);
        (view.width_px, view.height_px, view.px_per_sec) = (width_px, 90.0, 9.8);
        easel
            .timeline(&scene, &view, &TimelineCursor::default())
            .expect("a picture")
    };
    let few = draw(260.0);
    draw(700.0);
    let whole = draw(260.0);
    assert!(
        few.rgba
            .chunks_exact(4)
            .any(|pixel| pixel[2] > pixel[0].saturating_add(40)),
        "a sky shows"
    );
    let differences = few.rgba.iter().zip(&whole.rgba).map(|(a, b)| a.abs_diff(*b));
    let (count, most) = differences
        .filter(|difference| *difference > 6)
        .fold((0, 0), |(count, most), difference| {
            (count + 1, difference.max(most))
        });
    // At its own edges a picture that stands alone has no neighbour to be mixed with.
    assert!(
        count * 200 < few.rgba.len(),
        "{count} of {} differ, by up to {most}",
        few.rgba.len()
    );
}
