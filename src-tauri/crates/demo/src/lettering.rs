//! Titles set in the house's own type: glyph outlines become paths.

use ab_glyph::{Font, FontRef, OutlineCurve};
use tiny_skia::{FillRule, Paint, PathBuilder, PixmapMut, Transform};

use crate::DemoError;

/// The face of the titles.
pub(crate) struct Face {
    font: FontRef<'static>,
}

impl Face {
    /// The face that ships with the film.
    ///
    /// # Errors
    /// When the embedded font does not read, which would be a fault of the build.
    pub(crate) fn open() -> Result<Self, DemoError> {
        let font = FontRef::try_from_slice(crate::FACE)?;
        Ok(Self { font })
    }

    /// One line of type centred on `x`, its baseline at `y`; `size` is the em in px, `tracking` the extra space between
    /// letters in em.
    pub(crate) fn centred(
        &self,
        sheet: &mut PixmapMut<'_>,
        text: &str,
        x: f32,
        y: f32,
        set: Set,
        paint: &Paint<'_>,
    ) {
        let unit = set.size / self.font.units_per_em().unwrap_or(1000.0);
        let gap = set.tracking * set.size;
        let advance = |letter: char| self.font.h_advance_unscaled(self.font.glyph_id(letter)) * unit + gap;
        let width: f32 = text.chars().map(advance).sum::<f32>() - gap;
        let mut pen = x - width / 2.0;
        let mut path = PathBuilder::new();
        for letter in text.chars() {
            self.outline(&mut path, letter, pen, y, unit);
            pen += advance(letter);
        }
        if let Some(path) = path.finish() {
            sheet.fill_path(&path, paint, FillRule::Winding, Transform::identity(), None);
        }
    }

    fn outline(&self, path: &mut PathBuilder, letter: char, x: f32, y: f32, unit: f32) {
        let Some(outline) = self.font.outline(self.font.glyph_id(letter)) else {
            return;
        };
        let to = |p: ab_glyph::Point| (x + p.x * unit, y - p.y * unit);
        let mut pen: Option<ab_glyph::Point> = None;
        for curve in outline.curves {
            let (start, end) = match &curve {
                OutlineCurve::Line(a, b) | OutlineCurve::Quad(a, _, b) | OutlineCurve::Cubic(a, _, _, b) => {
                    (*a, *b)
                }
            };
            if pen != Some(start) {
                if pen.is_some() {
                    path.close();
                }
                let (sx, sy) = to(start);
                path.move_to(sx, sy);
            }
            let (ex, ey) = to(end);
            match curve {
                OutlineCurve::Line(..) => path.line_to(ex, ey),
                OutlineCurve::Quad(_, c, _) => path.quad_to(to(c).0, to(c).1, ex, ey),
                OutlineCurve::Cubic(_, c, d, _) => path.cubic_to(to(c).0, to(c).1, to(d).0, to(d).1, ex, ey),
            }
            pen = Some(end);
        }
        if pen.is_some() {
            path.close();
        }
    }
}

/// How a line is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Set {
    /// The em, px.
    pub(crate) size: f32,
    /// Extra space between letters, em.
    pub(crate) tracking: f32,
}
