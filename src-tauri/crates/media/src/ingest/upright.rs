use crate::{VideoInfo, av::Frame};

/// Turn and mirroring that make a picture upright.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Turn {
    /// Clockwise, in quarters: 0 to 3.
    pub quarters: u8,
    /// Mirrored left to right before it is turned.
    pub mirrored: bool,
}

impl Turn {
    /// What a stream says of its pictures.
    pub(crate) const fn of(info: &VideoInfo) -> Self {
        Self {
            quarters: (info.rotation_degrees / 90 % 4) as u8,
            mirrored: info.mirrored,
        }
    }

    /// Whether the picture stands upright as it is.
    pub const fn is_none(self) -> bool {
        self.quarters == 0 && !self.mirrored
    }

    /// Where a sample of the upright picture comes from, in a picture of this size.
    pub(crate) const fn source_of(
        self,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
    ) -> (usize, usize) {
        let (sx, sy) = match self.quarters {
            0 => (x, y),
            1 => (y, height - 1 - x),
            2 => (width - 1 - x, height - 1 - y),
            _ => (width - 1 - y, x),
        };
        (if self.mirrored { width - 1 - sx } else { sx }, sy)
    }

    /// Whether width and height change places.
    pub const fn swaps(self) -> bool {
        self.quarters % 2 == 1
    }
}

/// Writes `source` (planar 8-bit 4:2:0) turned into `target`, which has its size with width and height swapped as needed.
pub(crate) fn turn(source: &Frame, target: &mut Frame, turn: Turn) {
    for plane in 0..3 {
        let shrink = |size: u32| {
            if plane == 0 {
                size as usize
            } else {
                (size as usize).div_ceil(2)
            }
        };
        let (width, height) = (shrink(source.width()), shrink(source.height()));
        let from_stride = usize::try_from(source.stride(plane)).unwrap_or(0);
        let to_stride = usize::try_from(target.stride(plane)).unwrap_or(0);
        let from = source.plane(plane);
        turn_plane(
            from,
            from_stride,
            (width, height),
            target.plane_mut(plane),
            to_stride,
            turn,
        );
    }
}

/// One plane. Sizes are the source's.
fn turn_plane(
    from: &[u8],
    from_stride: usize,
    size: (usize, usize),
    to: &mut [u8],
    to_stride: usize,
    turn: Turn,
) {
    let (width, height) = size;
    let (out_width, out_height) = if turn.swaps() {
        (height, width)
    } else {
        (width, height)
    };
    for y in 0..out_height {
        let Some(line) = to.get_mut(y * to_stride..y * to_stride + out_width) else {
            return;
        };
        for (x, out) in line.iter_mut().enumerate() {
            let (sx, sy) = turn.source_of((x, y), size);
            *out = from.get(sy * from_stride + sx).copied().unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(quarters: u8, mirrored: bool) -> Vec<u8> {
        // 1 2 3
        // 4 5 6
        let from = [1, 2, 3, 4, 5, 6];
        let mut to = [0; 6];
        let turn = Turn { quarters, mirrored };
        turn_plane(&from, 3, (3, 2), &mut to, if turn.swaps() { 2 } else { 3 }, turn);
        to.to_vec()
    }

    #[test]
    fn quarters_are_clockwise() {
        assert_eq!(turned(0, false), [1, 2, 3, 4, 5, 6]);
        assert_eq!(turned(1, false), [4, 1, 5, 2, 6, 3]);
        assert_eq!(turned(2, false), [6, 5, 4, 3, 2, 1]);
        assert_eq!(turned(3, false), [3, 6, 2, 5, 1, 4]);
        assert_eq!(turned(0, true), [3, 2, 1, 6, 5, 4]);
        assert_eq!(turned(1, true), [6, 3, 5, 2, 4, 1]);
    }
}
