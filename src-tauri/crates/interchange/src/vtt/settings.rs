//! What stands behind a cue's times: where it is shown.

use ledger::payload::{CueColumns, CueEdge, CuePlace};

/// The place that settings name, nothing for the usual one, and whether all of them were understood.
pub(super) fn read(settings: &str) -> (Option<CuePlace>, bool) {
    let mut place = CuePlace::default();
    let mut all_read = true;
    for setting in settings.split_whitespace() {
        let known = setting
            .split_once(':')
            .and_then(|(name, value)| one(name, value, &mut place));
        all_read &= known.is_some();
    }
    ((place != CuePlace::default()).then_some(place), all_read)
}

fn one(name: &str, value: &str, place: &mut CuePlace) -> Option<()> {
    let (first, edge) = match value.split_once(',') {
        Some((first, edge)) => (first, Some(edge)),
        None => (value, None),
    };
    match name {
        "vertical" => {
            place.columns = Some(match value {
                "rl" => CueColumns::ToTheLeft,
                "lr" => CueColumns::ToTheRight,
                _ => return None,
            });
        }
        "line" => {
            let edge = match edge {
                Some(word) => Some(line_edge(word)?),
                None => None,
            };
            match permille(first) {
                Some(share) => (place.line_permille, place.row) = (Some(share), None),
                None => (place.row, place.line_permille) = (Some(first.parse().ok()?), None),
            }
            place.line_edge = edge.filter(|edge| *edge != CueEdge::Start);
        }
        "position" => {
            place.position_permille = Some(permille(first)?);
            place.position_edge = match edge {
                Some(word) => Some(position_edge(word)?),
                None => None,
            };
        }
        "size" => place.size_permille = Some(permille(first)?),
        "align" => {
            place.align = match value {
                "start" => Some(CueEdge::Start),
                // Older files say middle.
                "center" | "middle" => None,
                "end" => Some(CueEdge::End),
                "left" => Some(CueEdge::Left),
                "right" => Some(CueEdge::Right),
                _ => return None,
            };
        }
        _ => return None,
    }
    Some(())
}

fn line_edge(word: &str) -> Option<CueEdge> {
    match word {
        "start" => Some(CueEdge::Start),
        "center" => Some(CueEdge::Middle),
        "end" => Some(CueEdge::End),
        _ => None,
    }
}

fn position_edge(word: &str) -> Option<CueEdge> {
    match word {
        "line-left" => Some(CueEdge::Left),
        "center" => Some(CueEdge::Middle),
        "line-right" => Some(CueEdge::Right),
        _ => None,
    }
}

/// `84.5%` in thousandths.
fn permille(text: &str) -> Option<u16> {
    let share: f64 = text.strip_suffix('%')?.parse().ok()?;
    (0.0..=100.0)
        .contains(&share)
        .then(|| (share * 10.0).round() as u16)
}

/// The settings that name a place, each with a space before it.
pub(super) fn write(place: &CuePlace) -> String {
    let mut out = String::new();
    let percent = |permille: u16| format!("{}%", f64::from(permille) / 10.0);
    if let Some(columns) = place.columns {
        out.push_str(match columns {
            CueColumns::ToTheLeft => " vertical:rl",
            CueColumns::ToTheRight => " vertical:lr",
        });
    }
    let line = place
        .line_permille
        .map(percent)
        .or(place.row.map(|row| row.to_string()));
    if let Some(line) = line {
        let edge = match place.line_edge {
            Some(CueEdge::Middle) => ",center",
            Some(CueEdge::End | CueEdge::Right) => ",end",
            _ => "",
        };
        out.push_str(&format!(" line:{line}{edge}"));
    }
    if let Some(position) = place.position_permille {
        let edge = match place.position_edge {
            Some(CueEdge::Left | CueEdge::Start) => ",line-left",
            Some(CueEdge::Middle) => ",center",
            Some(CueEdge::Right | CueEdge::End) => ",line-right",
            None => "",
        };
        out.push_str(&format!(" position:{}{edge}", percent(position)));
    }
    if let Some(size) = place.size_permille {
        out.push_str(&format!(" size:{}", percent(size)));
    }
    out.push_str(match place.align {
        Some(CueEdge::Start) => " align:start",
        Some(CueEdge::End) => " align:end",
        Some(CueEdge::Left) => " align:left",
        Some(CueEdge::Right) => " align:right",
        Some(CueEdge::Middle) | None => "",
    });
    out
}
