use std::path::Path;

use image::{ImageDecoder, metadata::Orientation};
use timebase::{Rate, TimeBase, Timecode};

use crate::{
    AudioInfo, FieldOrder, Hdr, MediaError, MediaInfo, OtherStream, Turn, VideoInfo,
    av::{Input, Kind, StreamView, ffi},
    limits,
};

/// Reads what a file is without decoding it through.
///
/// The main picture is the first default video stream that is not cover art, or else the largest; the main sound is the
/// first default audio track, or else the first. Data streams are noted and ignored.
///
/// # Errors
/// [`MediaError::Unreadable`], [`MediaError::Empty`], [`MediaError::NotMedia`], [`MediaError::Damaged`],
/// [`MediaError::BeyondLimits`] for absurd sizes, [`MediaError::Unsupported`] when no decoder exists.
pub fn probe(path: &Path) -> Result<MediaInfo, MediaError> {
    let input = Input::open(&path.into())?;
    describe(&input, path)
}

/// [`probe`] for an input that is open already.
pub(crate) fn describe(input: &Input, path: &Path) -> Result<MediaInfo, MediaError> {
    let video = main_video(input);
    let audio = main_audio(input);
    if video.is_none() && audio.is_none() {
        return Err(without_streams(input));
    }
    let still = video.is_some_and(|v| is_still(input, &v)) || input.is_image_format();
    let video_info = video.map(|stream| video_info(&stream, still, path)).transpose()?;
    let audio_tracks: Vec<AudioInfo> = input
        .streams()
        .filter(|s| s.kind() == Kind::Audio)
        .map(|s| audio_info(&s, audio.is_some_and(|a| a.index() == s.index())))
        .collect();
    check_audio(&audio_tracks)?;
    let used = |s: &StreamView<'_>| s.kind() == Kind::Audio || video.is_some_and(|v| v.index() == s.index());
    let other_streams = input.streams().filter(|s| !used(s)).map(|s| other(&s)).collect();
    let rate = video_info.as_ref().and_then(|v| v.rate);
    Ok(MediaInfo {
        container: input.container(),
        duration: if still { None } else { input.duration() },
        start_timecode: start_timecode(input, video, rate),
        video: video_info,
        audio: audio_tracks,
        other_streams,
        size_bytes: input.size(),
        still,
    })
}

/// The stream whose pictures become the asset's frames.
pub(crate) fn main_video(input: &Input) -> Option<StreamView<'_>> {
    let videos = || input.streams().filter(|s| s.kind() == Kind::Video);
    let area = |s: &StreamView<'_>| i64::from(s.codec().width) * i64::from(s.codec().height);
    // Several defaults (every stream of an MP4 can be one) say nothing; then the first stays the main one.
    videos().find(StreamView::is_default).or_else(|| {
        // max_by_key answers the last of equals; the first is wanted.
        videos().fold(None, |best: Option<StreamView<'_>>, s| match best {
            Some(b) if area(&b) >= area(&s) => Some(b),
            _ => Some(s),
        })
    })
}

/// The track that is heard.
pub(crate) fn main_audio(input: &Input) -> Option<StreamView<'_>> {
    let usable = |s: &StreamView<'_>| s.kind() == Kind::Audio && s.codec().ch_layout.nb_channels > 0;
    input
        .streams()
        .find(|s| usable(s) && s.is_default())
        .or_else(|| input.streams().find(usable))
        .or_else(|| input.streams().find(|s| s.kind() == Kind::Audio))
}

fn without_streams(input: &Input) -> MediaError {
    if input
        .streams()
        .any(|s| s.kind() == Kind::Other && s.codec_name() == "none")
    {
        // A stream that does not even say what it is: its description was cut off.
        input.damaged("its streams are not described")
    } else if input.streams().next().is_some() {
        MediaError::Unsupported {
            what: format!("this {} holds neither picture nor sound", input.container()),
        }
    } else {
        MediaError::Empty {
            what: "it has no streams",
        }
    }
}

/// A container that holds exactly one picture and no sound, such as a one-picture GIF, is a still too.
fn is_single_picture(input: &Input, video: &StreamView<'_>) -> bool {
    let picture_codec = matches!(
        video.codec_name().as_str(),
        "png" | "mjpeg" | "webp" | "bmp" | "tiff" | "gif"
    );
    picture_codec && video.stated_frames() == 1 && !input.streams().any(|s| s.kind() == Kind::Audio)
}

fn is_still(input: &Input, video: &StreamView<'_>) -> bool {
    input.is_image_format() || is_single_picture(input, video)
}

/// How the pictures of a stream are turned to stand upright, and the width to the height of one sample.
pub(crate) fn posture(input: &Input, stream: &StreamView<'_>, path: &Path) -> (Turn, (u32, u32)) {
    let (degrees, mirrored) = stated_orientation(stream, is_still(input, stream), path);
    let turn = Turn {
        quarters: (degrees / 90 % 4) as u8,
        mirrored,
    };
    (turn, reduce(stream.sample_aspect()))
}

fn stated_orientation(stream: &StreamView<'_>, still: bool, path: &Path) -> (u16, bool) {
    match stream.display_matrix() {
        None if still => photo_orientation(path),
        matrix => orientation(matrix),
    }
}

fn video_info(stream: &StreamView<'_>, still: bool, path: &Path) -> Result<VideoInfo, MediaError> {
    let codec = stream.codec();
    let size = |v: i32| u32::try_from(v).unwrap_or(0);
    let (width, height) = (size(codec.width), size(codec.height));
    check_size(stream, width, height, path)?;
    let sample_aspect = reduce(stream.sample_aspect());
    let (rotation_degrees, mirrored) = stated_orientation(stream, still, path);
    let (display_width, display_height) = display_size(width, height, sample_aspect, rotation_degrees);
    let rate = if still { None } else { nominal_rate(stream) };
    let time_base = stream.time_base().or_else(|| TimeBase::new(1, 90_000).ok());
    let time_base = time_base.ok_or(MediaError::NotMedia)?;
    let format = crate::av::PixelFormat::of(codec.format);
    Ok(VideoInfo {
        stream_index: stream.index(),
        codec: stream.codec_name(),
        profile: stream.profile(),
        width,
        height,
        display_width,
        display_height,
        sample_aspect,
        rotation_degrees,
        mirrored,
        rate,
        time_base,
        vfr: false,
        field_order: match codec.field_order {
            ffi::AVFieldOrder::AV_FIELD_TT | ffi::AVFieldOrder::AV_FIELD_BT => FieldOrder::TopFirst,
            ffi::AVFieldOrder::AV_FIELD_BB | ffi::AVFieldOrder::AV_FIELD_TB => FieldOrder::BottomFirst,
            _ => FieldOrder::Progressive,
        },
        bit_depth: format.bit_depth(),
        full_range: match codec.color_range {
            ffi::AVColorRange::AVCOL_RANGE_JPEG => true,
            ffi::AVColorRange::AVCOL_RANGE_MPEG => format.is_full_range(),
            _ => format.is_full_range() || format.name().starts_with("gray"),
        },
        pixel_format: format.name(),
        primaries: crate::av::primaries_name(codec.color_primaries),
        transfer: crate::av::transfer_name(codec.color_trc),
        matrix: crate::av::matrix_name(codec.color_space),
        hdr: hdr(codec.color_trc),
    })
}

/// High dynamic range by transfer characteristic.
pub(crate) fn hdr(transfer: ffi::AVColorTransferCharacteristic) -> Option<Hdr> {
    match transfer {
        ffi::AVColorTransferCharacteristic::AVCOL_TRC_SMPTE2084 => Some(Hdr::Pq),
        ffi::AVColorTransferCharacteristic::AVCOL_TRC_ARIB_STD_B67 => Some(Hdr::Hlg),
        _ => None,
    }
}

/// Refuses sizes over the limits of [`limits`].
pub(crate) fn check_picture_size(width: u32, height: u32) -> Result<(), MediaError> {
    let too_long = width.max(height) > limits::SIDE_MAX_PIXELS;
    if too_long || u64::from(width) * u64::from(height) > limits::PIXELS_MAX {
        let side = limits::SIDE_MAX_PIXELS;
        let area = limits::PIXELS_MAX >> 20;
        let what =
            format!("the picture is {width}×{height}, the limit is {side} a side and {area} Mi pixels");
        return Err(MediaError::BeyondLimits { what });
    }
    Ok(())
}

fn check_size(stream: &StreamView<'_>, width: u32, height: u32, path: &Path) -> Result<(), MediaError> {
    if width == 0 || height == 0 {
        // FFmpeg refuses sizes beyond its own limits by leaving them out; a still's header tells what they were.
        if let Ok((w, h)) = image::image_dimensions(path).or_else(|_unknown| guessed_dimensions(path)) {
            check_picture_size(w, h)?;
        }
        let what = format!(
            "the {} picture has no size; it may be damaged or without a decoder",
            stream.codec_name()
        );
        return Err(MediaError::Damaged {
            container: stream.codec_name(),
            what,
        });
    }
    check_picture_size(width, height)
}

fn guessed_dimensions(path: &Path) -> image::ImageResult<(u32, u32)> {
    image::ImageReader::open(path)?
        .with_guessed_format()?
        .into_dimensions()
}

fn check_audio(tracks: &[AudioInfo]) -> Result<(), MediaError> {
    match tracks
        .iter()
        .find(|t| t.channels > limits::CHANNELS_MAX || t.sample_rate > limits::SAMPLE_RATE_MAX)
    {
        Some(track) => {
            let what = format!(
                "an audio track has {} channels at {} Hz",
                track.channels, track.sample_rate
            );
            Err(MediaError::BeyondLimits { what })
        }
        None => Ok(()),
    }
}

/// The rate to show: the average when the container counted it, snapped to the base rate when they agree within 1 %.
fn nominal_rate(stream: &StreamView<'_>) -> Option<Rate> {
    let sane = |r: &Rate| r.as_f64() <= 1000.0 && r.as_f64() >= 0.01;
    let average = stream.average_rate().filter(sane);
    let base = stream.base_rate().filter(sane);
    match (average, base) {
        (Some(average), Some(base)) => {
            let close = (average.as_f64() / base.as_f64() - 1.0).abs() < 0.01;
            Some(if close { base } else { average })
        }
        (average, base) => average.or(base),
    }
}

/// Size as shown. The height of the coded picture is kept and the width follows the sample aspect, then the turn.
pub(crate) fn display_size(width: u32, height: u32, aspect: (u32, u32), rotation: u16) -> (u32, u32) {
    let wide = u64::from(width) * u64::from(aspect.0);
    let squared = (wide + u64::from(aspect.1) / 2) / u64::from(aspect.1).max(1);
    let squared = u32::try_from(squared)
        .unwrap_or(u32::MAX)
        .clamp(1, limits::SIDE_MAX_PIXELS);
    if rotation == 90 || rotation == 270 {
        (height, squared)
    } else {
        (squared, height)
    }
}

fn reduce((num, den): (u32, u32)) -> (u32, u32) {
    let (mut a, mut b) = (num, den);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let a = a.max(1);
    let reduced = (num / a, den / a);
    // More than 1:16 either way is a broken header, not a lens.
    let ratio = f64::from(reduced.0) / f64::from(reduced.1.max(1));
    if reduced.0 == 0 || reduced.1 == 0 || !(0.0625..=16.0).contains(&ratio) {
        (1, 1)
    } else {
        reduced
    }
}

/// Clockwise turn in quarter steps and mirroring that make the picture upright. Other angles are rounded.
fn orientation(matrix: Option<[i32; 9]>) -> (u16, bool) {
    let Some(m) = matrix else { return (0, false) };
    // a b u / c d v / x y w, the upper left 2×2 part in 16.16. A point (p, q) goes to (a·p + c·q, b·p + d·q).
    let [a, b, c, d] = [m[0], m[1], m[3], m[4]].map(f64::from);
    let mirrored = a * d - b * c < 0.0;
    // The image of the x axis tells the turn; a mirrored picture has its x axis flipped first.
    let (x, y) = if mirrored { (-a, -b) } else { (a, b) };
    if x == 0.0 && y == 0.0 {
        return (0, false);
    }
    let quarters = (y.atan2(x).to_degrees() / 90.0).round().rem_euclid(4.0);
    (quarters as u16 * 90, mirrored)
}

/// The same as [`orientation`] from what a camera wrote into a photograph (EXIF), which FFmpeg leaves to the caller. A
/// photograph without it, or whose note does not read, is shown as it is stored.
fn photo_orientation(path: &Path) -> (u16, bool) {
    let noted = image::ImageReader::open(path)
        .and_then(image::ImageReader::with_guessed_format)
        .map_err(image::ImageError::from)
        .and_then(image::ImageReader::into_decoder)
        .and_then(|mut decoder| decoder.orientation());
    let noted = noted.unwrap_or_else(|error| {
        tracing::debug!("no orientation is read from this still: {error}");
        Orientation::NoTransforms
    });
    match noted {
        Orientation::NoTransforms => (0, false),
        Orientation::Rotate90 => (90, false),
        Orientation::Rotate180 => (180, false),
        Orientation::Rotate270 => (270, false),
        Orientation::FlipHorizontal => (0, true),
        Orientation::FlipVertical => (180, true),
        // theirs turn first and mirror then; ours mirror first
        Orientation::Rotate90FlipH => (270, true),
        Orientation::Rotate270FlipH => (90, true),
    }
}

fn audio_info(stream: &StreamView<'_>, main: bool) -> AudioInfo {
    let codec = stream.codec();
    AudioInfo {
        stream_index: stream.index(),
        codec: stream.codec_name(),
        channels: u32::try_from(codec.ch_layout.nb_channels).unwrap_or(0),
        layout: crate::av::layout_name(codec),
        sample_rate: u32::try_from(codec.sample_rate).unwrap_or(0),
        language: stream.metadata("language").filter(|l| l != "und"),
        title: stream
            .metadata("title")
            .or_else(|| stream.metadata("handler_name")),
        main,
    }
}

fn other(stream: &StreamView<'_>) -> OtherStream {
    let kind = match stream.kind() {
        Kind::Video => "video",
        Kind::Cover => "cover",
        Kind::Subtitle => "subtitle",
        Kind::Attachment => "attachment",
        Kind::Audio | Kind::Other => "data",
    };
    let codec = stream.codec_name();
    OtherStream {
        stream_index: stream.index(),
        kind: kind.to_owned(),
        codec: if codec == "none" { String::new() } else { codec },
        language: stream.metadata("language").filter(|l| l != "und"),
    }
}

/// The start label: from the main video's own metadata, the container, or any timecode track, in this order. A label that
/// does not exist at this rate (a drop-frame label at 25) is read without drop-frame, else left out.
fn start_timecode(input: &Input, video: Option<StreamView<'_>>, rate: Option<Rate>) -> Option<Timecode> {
    let text = video
        .and_then(|s| s.metadata("timecode"))
        .or_else(|| input.metadata("timecode"))
        .or_else(|| input.streams().find_map(|s| s.metadata("timecode")))?;
    // Audio-only files carry labels of a video rate they do not state; without a rate there is no frame to count.
    let rate = rate?;
    Timecode::parse(&text, rate)
        .or_else(|_odd| Timecode::parse(&text.replace([';', '.', ','], ":"), rate))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: i32 = 1 << 16;

    #[test]
    fn display_matrices_become_quarter_turns() {
        assert_eq!(orientation(None), (0, false));
        assert_eq!(
            orientation(Some([ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30])),
            (0, false)
        );
        assert_eq!(
            orientation(Some([0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30])),
            (90, false)
        );
        assert_eq!(
            orientation(Some([-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30])),
            (180, false)
        );
        assert_eq!(
            orientation(Some([0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30])),
            (270, false)
        );
        assert_eq!(
            orientation(Some([-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30])),
            (0, true)
        );
    }

    #[test]
    fn the_width_follows_the_sample_aspect_and_the_turn() {
        assert_eq!(display_size(720, 576, (16, 11), 0), (1047, 576));
        assert_eq!(display_size(1440, 1080, (4, 3), 0), (1920, 1080));
        assert_eq!(display_size(568, 320, (1, 1), 90), (320, 568));
        assert_eq!(reduce((0, 5)), (1, 1));
        assert_eq!(reduce((1000, 1)), (1, 1));
    }

    #[test]
    fn absurd_sizes_are_beyond_the_limits() {
        assert!(check_picture_size(16_384, 8192).is_ok());
        assert!(matches!(
            check_picture_size(16_385, 2),
            Err(MediaError::BeyondLimits { .. })
        ));
        assert!(matches!(
            check_picture_size(16_384, 16_384),
            Err(MediaError::BeyondLimits { .. })
        ));
    }
}
