//! The grease pencil: the circle that says a take is taken. One stroke, drawn by hand: it starts upper left, goes round
//! clockwise, thins out and overshoots its own beginning. The shader draws the same curve (`pencil_*` in quads.wgsl).

/// Turns of the whole stroke: a little more than one.
pub(crate) const TURNS: f32 = 1.15;
/// Where the stroke starts, radians from the right, clockwise on screen.
pub(crate) const START_RADIANS: f32 = -2.05;

/// A point of the stroke in the unit square (-1 to 1, y down).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PencilPoint {
    /// Horizontal, -1 left to 1 right.
    pub x: f32,
    /// Vertical, -1 top to 1 bottom.
    pub y: f32,
    /// Width of the stroke here, relative to its nominal width.
    pub width: f32,
}

/// Distance of the stroke from the centre after `turns`, 1 being the edge of the unit square.
pub(crate) fn radius(turns: f32) -> f32 {
    let t = turns * std::f32::consts::TAU;
    0.745 + 0.195 * (turns / TURNS) + 0.03 * (t + 0.9).sin() + 0.02 * (2.0 * t + 2.2).sin()
}

/// Pressure after `turns`: full early in the stroke, light at the bottom left, tapered at both ends.
pub(crate) fn pressure(turns: f32) -> f32 {
    let smooth = |from: f32, to: f32| {
        let x = ((turns - from) / (to - from)).clamp(0.0, 1.0);
        x * x * (3.0 - 2.0 * x)
    };
    let taper = smooth(0.0, 0.09) * (1.0 - smooth(TURNS - 0.22, TURNS));
    let t = turns * std::f32::consts::TAU;
    taper * (0.88 + 0.34 * (t - 0.6).sin())
}

/// The stroke as `points` points (at least 8), for whoever draws it by other means than the stage.
pub fn circle_stroke(points: usize) -> Vec<PencilPoint> {
    let last = points.max(8) - 1;
    (0..=last)
        .map(|n| {
            let turns = TURNS * n as f32 / last as f32;
            let (sin, cos) = (START_RADIANS + turns * std::f32::consts::TAU).sin_cos();
            let r = radius(turns);
            PencilPoint {
                x: cos * r,
                y: sin * r,
                width: pressure(turns),
            }
        })
        .collect()
}

/// The stroke's outline as an SVG path in a square of `side`, filled, with a nominal stroke width of `width` (same unit).
pub fn circle_svg_path(side: f32, width: f32) -> String {
    use std::fmt::Write as _;
    let stroke = circle_stroke(64);
    let half = side / 2.0;
    let edge = |sign: f32| {
        stroke.iter().enumerate().map(move |(n, p)| {
            let turns = TURNS * n as f32 / 63.0;
            let (sin, cos) = (START_RADIANS + turns * std::f32::consts::TAU).sin_cos();
            let out = sign * p.width * width / 2.0;
            let inner = half - width * 0.5;
            (half + p.x * inner + cos * out, half + p.y * inner + sin * out)
        })
    };
    let outer: Vec<_> = edge(1.0).collect();
    let inner: Vec<_> = edge(-1.0).collect();
    let mut path = String::new();
    for (n, (x, y)) in outer.iter().chain(inner.iter().rev()).enumerate() {
        let verb = if n == 0 { 'M' } else { 'L' };
        let _infallible = write!(path, "{verb}{x:.2} {y:.2}");
    }
    path.push('Z');
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stroke_stays_in_its_square_and_overshoots_itself_apart() {
        let stroke = circle_stroke(200);
        assert!(stroke.iter().all(|p| p.x.abs() <= 1.0 && p.y.abs() <= 1.0));
        assert!(
            stroke[0].width < 0.01 && stroke[199].width < 0.01,
            "tapered at both ends"
        );
        assert!(stroke.iter().any(|p| p.width > 1.0));
        for n in 0..10 {
            let turns = n as f32 * 0.012;
            assert!(
                radius(turns + 1.0) - radius(turns) > 0.05,
                "the end runs outside the beginning"
            );
        }
    }

    #[test]
    fn the_svg_is_one_closed_path() {
        let path = circle_svg_path(20.0, 2.0);
        assert!(path.starts_with('M') && path.ends_with('Z'));
        assert_eq!(path.matches('L').count(), 127);
    }
}
