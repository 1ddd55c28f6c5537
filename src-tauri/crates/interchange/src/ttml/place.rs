//! Regions as places of cues, and places as regions.
//!
//! A region that is the safe area with its words at the foot is the usual place; with its words at the top it is the first row.

use ledger::payload::{CueColumns, CueEdge, CuePlace};
use roxmltree::Node;

use super::style::{Own, parameter};

/// Thousandths of the picture that its edge takes outside the safe area.
const SAFE: f64 = 50.0;
const WHOLE: f64 = 1000.0;
/// Rows of the safe area.
const ROW: f64 = 60.0;
/// How long a line is where a cue says nothing of it: the safe area's width.
const MEASURE: f64 = WHOLE - 2.0 * SAFE;

/// What lengths are measured in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pixels: Option<(f64, f64)>,
    cells: (f64, f64),
}

/// `[left, top, width, height]` in thousandths of the picture.
type Rect = [f64; 4];

impl Frame {
    pub fn of(root: Node<'_, '_>, own: Own<'_>) -> Self {
        let pixels = own.extent.and_then(|extent| {
            let mut parts = extent
                .split_whitespace()
                .map(|part| part.strip_suffix("px")?.parse::<f64>().ok());
            Some((parts.next()??, parts.next()??)).filter(|(w, h)| *w > 0.0 && *h > 0.0)
        });
        let cells = parameter(root, "cellResolution").and_then(|text| {
            let mut parts = text.split_whitespace().map(|part| part.parse::<f64>().ok());
            Some((parts.next()??, parts.next()??)).filter(|(w, h)| *w > 0.0 && *h > 0.0)
        });
        Self {
            pixels,
            cells: cells.unwrap_or((32.0, 15.0)),
        }
    }

    fn length(&self, text: &str, is_across: bool) -> Option<f64> {
        let unit_at = text.find(|c: char| c.is_ascii_alphabetic() || c == '%')?;
        let (number, unit) = text.split_at(unit_at);
        let number: f64 = number.parse().ok().filter(|v: &f64| v.is_finite())?;
        let of = |(across, down): (f64, f64)| if is_across { across } else { down };
        match unit {
            "%" => Some(number * 10.0),
            "rw" if is_across => Some(number * 10.0),
            "rh" if !is_across => Some(number * 10.0),
            "c" => Some(number / of(self.cells) * WHOLE),
            "px" => Some(number / of(self.pixels?) * WHOLE),
            _ => None,
        }
    }

    fn pair(&self, text: &str) -> Option<(f64, f64)> {
        let mut parts = text.split_whitespace();
        let (across, down) = (parts.next()?, parts.next()?);
        parts.next().is_none().then_some(())?;
        Some((self.length(across, true)?, self.length(down, false)?))
    }

    /// Where a region lies; nothing when what it says does not read.
    fn rect(&self, own: &Own<'_>) -> Option<Rect> {
        let (w, h) = match own.extent {
            None | Some("auto") => (WHOLE, WHOLE),
            Some(extent) => self.pair(extent)?,
        };
        let (x, y) = match (own.origin, own.position) {
            (Some(origin), _) if origin != "auto" => self.pair(origin)?,
            (_, Some(position)) => self.positioned(position, (w, h))?,
            _ => (0.0, 0.0),
        };
        Some([x, y, w, h])
    }

    /// TTML 2's position: shares of what the region leaves free, or edges by their names.
    fn positioned(&self, text: &str, (w, h): (f64, f64)) -> Option<(f64, f64)> {
        let free = |length: &str, room: f64, is_across: bool| match length {
            "left" | "top" => Some(0.0),
            "center" => Some(room / 2.0),
            "right" | "bottom" => Some(room),
            _ => match length.strip_suffix('%') {
                Some(share) => share.parse::<f64>().ok().map(|share| share / 100.0 * room),
                None => self.length(length, is_across),
            },
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let (across, down) = match words.as_slice() {
            [one @ ("top" | "bottom")] => ("center", *one),
            [one] => (*one, "center"),
            [down @ ("top" | "bottom"), across] => (*across, *down),
            [across, down] => (*across, *down),
            _ => return None,
        };
        Some((free(across, WHOLE - w, true)?, free(down, WHOLE - h, false)?))
    }

    /// The place that a region with these styles is, its words aligned so; an error when it does not read. Nothing is the usual place.
    pub fn place(&self, own: &Own<'_>, align: Option<CueEdge>) -> Result<Option<CuePlace>, ()> {
        let [x, y, w, h] = self.rect(own).ok_or(())?;
        // Lines run along one side of the region and stack along the other.
        let ((from, length), (first, depth)) = match own.columns {
            None => ((x, w), (y, h)),
            Some(CueColumns::ToTheRight) => ((y, h), (x, w)),
            Some(CueColumns::ToTheLeft) => ((y, h), (WHOLE - x - w, w)),
        };
        let mut place = CuePlace {
            align: match align.unwrap_or(CueEdge::Start) {
                CueEdge::Middle => None,
                edge => Some(edge),
            },
            columns: own.columns,
            ..CuePlace::default()
        };
        match own.display_align {
            Some("after") if near(first + depth, WHOLE - SAFE) => {}
            Some("after") => {
                (place.line_permille, place.line_edge) = (Some(permille(first + depth)), Some(CueEdge::End));
            }
            Some("center") => {
                (place.line_permille, place.line_edge) =
                    (Some(permille(first + depth / 2.0)), Some(CueEdge::Middle));
            }
            _ if near(first, SAFE) => place.row = Some(0),
            _before => place.line_permille = Some(permille(first)),
        }
        if !(near(from, SAFE) && near(length, MEASURE)) {
            place.size_permille = Some(permille(length));
            place.position_permille = Some(permille(from + length / 2.0));
            place.position_edge = place.align.map(|_| CueEdge::Middle);
        }
        Ok((place != CuePlace::default()).then_some(place))
    }
}

/// What a region says of itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Region {
    pub origin: String,
    pub extent: String,
    pub display_align: &'static str,
    pub text_align: &'static str,
    pub writing_mode: Option<&'static str>,
}

/// Where a cue of so many lines stands, as a region.
pub(super) fn region(place: Option<&CuePlace>, lines: usize) -> Region {
    let place = place.copied().unwrap_or_default();
    let meant = Meant::of(&place, lines);
    let (from, to) = meant.along;
    let ((first, depth), display_align) = match meant.edge {
        CueEdge::End | CueEdge::Right => ((0.0, meant.line), "after"),
        CueEdge::Middle => {
            let half = meant.line.min(WHOLE - meant.line);
            ((meant.line - half, 2.0 * half), "center")
        }
        CueEdge::Start | CueEdge::Left => ((meant.line, WHOLE - meant.line), "before"),
    };
    let [x, y, w, h] = match place.columns {
        None => [from, first, to - from, depth],
        Some(CueColumns::ToTheRight) => [first, from, depth, to - from],
        Some(CueColumns::ToTheLeft) => [WHOLE - first - depth, from, depth, to - from],
    };
    let pair = |a: f64, b: f64| format!("{}% {}%", percent(a), percent(b));
    Region {
        origin: pair(x, y),
        extent: pair(w, h),
        display_align,
        text_align: match meant.align {
            CueEdge::Start => "start",
            CueEdge::Middle => "center",
            CueEdge::End => "end",
            CueEdge::Left => "left",
            CueEdge::Right => "right",
        },
        writing_mode: place.columns.map(|columns| match columns {
            CueColumns::ToTheLeft => "tbrl",
            CueColumns::ToTheRight => "tblr",
        }),
    }
}

/// What a place says, in thousandths of the picture, however it says it.
#[derive(Clone, Copy, Debug)]
struct Meant {
    line: f64,
    edge: CueEdge,
    along: (f64, f64),
    align: CueEdge,
    columns: Option<CueColumns>,
}

impl Meant {
    fn of(place: &CuePlace, lines: usize) -> Self {
        let (line, edge) = match (place.line_permille, place.row) {
            (Some(line), _) => (f64::from(line), place.line_edge.unwrap_or(CueEdge::Start)),
            (None, None) => (WHOLE - SAFE, CueEdge::End),
            (None, Some(row)) if row >= 0 => {
                ((SAFE + ROW * f64::from(row)).min(WHOLE - SAFE), CueEdge::Start)
            }
            (None, Some(row)) => {
                let foot = WHOLE - SAFE + ROW * (f64::from(row) + lines as f64);
                (foot.clamp(SAFE, WHOLE - SAFE), CueEdge::End)
            }
        };
        Self {
            line: line.clamp(0.0, WHOLE),
            edge,
            along: along(place),
            align: place.align.unwrap_or(CueEdge::Middle),
            columns: place.columns,
        }
    }
}

/// Between which ends lines are set.
fn along(place: &CuePlace) -> (f64, f64) {
    let align = place.align.unwrap_or(CueEdge::Middle);
    if place.position_permille.is_none() && place.size_permille.is_none() {
        return (SAFE, WHOLE - SAFE);
    }
    let usual = match align {
        CueEdge::Start | CueEdge::Left => 0.0,
        CueEdge::Middle => WHOLE / 2.0,
        CueEdge::End | CueEdge::Right => WHOLE,
    };
    let position = place.position_permille.map_or(usual, f64::from).clamp(0.0, WHOLE);
    let anchor = place.position_edge.unwrap_or(align);
    let most = match anchor {
        CueEdge::Start | CueEdge::Left => WHOLE - position,
        CueEdge::End | CueEdge::Right => position,
        CueEdge::Middle => 2.0 * position.min(WHOLE - position),
    };
    let size = place.size_permille.map_or(WHOLE, f64::from).min(most).max(10.0);
    let from = match anchor {
        CueEdge::Start | CueEdge::Left => position,
        CueEdge::End | CueEdge::Right => position - size,
        CueEdge::Middle => position - size / 2.0,
    };
    let from = from.clamp(0.0, WHOLE - size);
    (from, from + size)
}

/// Whether two places of a cue of so many lines are the same, however they are said.
pub(crate) fn same_place(a: Option<&CuePlace>, b: Option<&CuePlace>, lines: usize) -> bool {
    if a == b {
        return true;
    }
    let [a, b] = [a, b].map(|place| Meant::of(&place.copied().unwrap_or_default(), lines));
    let sides = |meant: &Meant| match meant.edge {
        CueEdge::Left => CueEdge::Start,
        CueEdge::Right => CueEdge::End,
        other => other,
    };
    near(a.line, b.line)
        && sides(&a) == sides(&b)
        && near(a.along.0, b.along.0)
        && near(a.along.1, b.along.1)
        && a.align == b.align
        && a.columns == b.columns
}

/// To a thousandth, which is what a cue keeps.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1.01
}

fn permille(value: f64) -> u16 {
    value.round().clamp(0.0, WHOLE) as u16
}

/// Thousandths as a percentage, without a zero that says nothing.
fn percent(thousandths: f64) -> f64 {
    (thousandths * 10.0).round() / 100.0
}
