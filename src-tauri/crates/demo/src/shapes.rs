//! Small words for drawing with paths.

use tiny_skia::{
    FillRule, GradientStop, LinearGradient, Paint, Path, PathBuilder, PixmapMut, Point, Rect, Shader,
    SpreadMode, Stroke, Transform,
};

use crate::paint::Rgb;

/// A flat ink with a coverage of 0..1.
pub(crate) fn ink(colour: Rgb, cover: f32) -> Paint<'static> {
    let mut paint = Paint {
        anti_alias: true,
        ..Paint::default()
    };
    paint.set_color_rgba8(
        colour.0,
        colour.1,
        colour.2,
        (cover.clamp(0.0, 1.0) * 255.0) as u8,
    );
    paint
}

/// An ink that runs from `from` at one point to `to` at another.
pub(crate) fn run(start: (f32, f32), from: Rgb, end: (f32, f32), to: Rgb) -> Paint<'static> {
    let colour = |c: Rgb| tiny_skia::Color::from_rgba8(c.0, c.1, c.2, 255);
    let stops = vec![
        GradientStop::new(0.0, colour(from)),
        GradientStop::new(1.0, colour(to)),
    ];
    let (start, end) = (Point::from_xy(start.0, start.1), Point::from_xy(end.0, end.1));
    let shader = LinearGradient::new(start, end, stops, SpreadMode::Pad, Transform::identity());
    Paint {
        shader: shader.unwrap_or(Shader::SolidColor(colour(from))),
        anti_alias: true,
        ..Paint::default()
    }
}

/// A closed shape through the points.
pub(crate) fn shape(points: &[(f32, f32)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (at, &(x, y)) in points.iter().enumerate() {
        if at == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    path.close();
    path.finish()
}

/// A closed soft shape: the points are the middles of its curves.
pub(crate) fn blob(points: &[(f32, f32)]) -> Option<Path> {
    let middle = |a: (f32, f32), b: (f32, f32)| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
    let (first, last) = (*points.first()?, *points.last()?);
    let mut path = PathBuilder::new();
    let start = middle(last, first);
    path.move_to(start.0, start.1);
    for (at, &(x, y)) in points.iter().enumerate() {
        let to = middle((x, y), points[(at + 1) % points.len()]);
        path.quad_to(x, y, to.0, to.1);
    }
    path.close();
    path.finish()
}

/// Fills a path.
pub(crate) fn fill(sheet: &mut PixmapMut<'_>, path: Option<Path>, paint: &Paint<'_>, place: Transform) {
    if let Some(path) = path {
        sheet.fill_path(&path, paint, FillRule::Winding, place, None);
    }
}

/// Fills a box, px.
pub(crate) fn block(sheet: &mut PixmapMut<'_>, x: f32, y: f32, width: f32, height: f32, paint: &Paint<'_>) {
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        sheet.fill_rect(rect, paint, Transform::identity(), None);
    }
}

/// Fills an oval by its middle.
pub(crate) fn oval(sheet: &mut PixmapMut<'_>, x: f32, y: f32, across: f32, down: f32, paint: &Paint<'_>) {
    let path =
        Rect::from_xywh(x - across, y - down, across * 2.0, down * 2.0).and_then(PathBuilder::from_oval);
    fill(sheet, path, paint, Transform::identity());
}

/// Draws an open line through the points, round ends.
pub(crate) fn trace(sheet: &mut PixmapMut<'_>, points: &[(f32, f32)], width: f32, paint: &Paint<'_>) {
    let mut path = PathBuilder::new();
    for (at, &(x, y)) in points.iter().enumerate() {
        if at == 0 {
            path.move_to(x, y);
        } else {
            path.line_to(x, y);
        }
    }
    let stroke = Stroke {
        width,
        line_cap: tiny_skia::LineCap::Round,
        line_join: tiny_skia::LineJoin::Round,
        ..Stroke::default()
    };
    if let Some(path) = path.finish() {
        sheet.stroke_path(&path, paint, &stroke, Transform::identity(), None);
    }
}

/// Turns by `degrees` and scales about the origin, then moves to (x, y).
pub(crate) fn place(x: f32, y: f32, scale: f32, degrees: f32) -> Transform {
    Transform::from_rotate(degrees)
        .post_scale(scale, scale)
        .post_translate(x, y)
}
