//! Which device helps to decode a film, found by trying: what opens is used until it fails, and then the next, and the processor
//! at the end. Frame numbers do not depend on it: each picture is proved by its timestamp whoever decoded it.

use crate::{
    MediaError,
    av::{Decoder, Device, StreamView, kinds_built_in, offered},
};

/// Whether devices are asked to help with decoding originals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hardware {
    /// The first kind that works, and the processor where none does.
    #[default]
    Auto,
    /// The processor alone.
    Off,
}

/// How a file is decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoding {
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// Lines of the upright picture, before its samples are made square.
    pub lines: u32,
    /// Whether pictures were two fields, of which one was made to show them.
    pub interlaced: bool,
    /// Threads of the processor.
    pub threads: u32,
    /// The device that helps, by FFmpeg's name of its kind.
    pub device: Option<String>,
    /// Devices that were tried on this file and failed, with why.
    pub given_up: Vec<String>,
}

impl Decoding {
    /// What decodes, in words.
    pub fn words(&self) -> String {
        let failed = if self.given_up.is_empty() {
            String::new()
        } else {
            format!(" ({} failed)", self.given_up.join(", "))
        };
        match (&self.device, self.threads) {
            (Some(device), _) => format!("{}{failed}", device_words(device)),
            (None, 1) => format!("software, 1 thread{failed}"),
            (None, threads) => format!("software, {threads} threads{failed}"),
        }
    }
}

/// A kind of device as people call it.
pub(crate) fn device_words(kind: &str) -> String {
    match kind {
        "cuda" => "NVDEC".to_owned(),
        "vaapi" => "VA-API".to_owned(),
        "videotoolbox" => "VideoToolbox".to_owned(),
        "d3d11va" => "D3D11VA".to_owned(),
        other => other.to_owned(),
    }
}

/// The kinds of device this FFmpeg can decode on, by name, with whether one opens here.
pub fn decoding_devices() -> Vec<(String, bool)> {
    crate::init();
    kinds_built_in()
        .into_iter()
        .map(|(kind, opens)| (device_words(&kind), opens))
        .collect()
}

/// Gives decoders that a device helps.
pub(crate) trait Devices: Send {
    /// The next one to try with this stream; none when only the processor is left. What was given once is not given again.
    fn next(&mut self, stream: &StreamView<'_>) -> Option<Decoder>;
}

/// The processor alone.
pub(crate) struct NoDevices;

impl Devices for NoDevices {
    fn next(&mut self, _stream: &StreamView<'_>) -> Option<Decoder> {
        None
    }
}

/// What this machine has.
#[derive(Default)]
pub(crate) struct MachineDevices {
    /// How many of the kinds on offer were tried.
    tried: usize,
}

impl Devices for MachineDevices {
    fn next(&mut self, stream: &StreamView<'_>) -> Option<Decoder> {
        for kind in offered(stream.codec().codec_id).into_iter().skip(self.tried) {
            self.tried += 1;
            let opened = Device::open(kind)
                .map_err(|error| error.during("opening a device to decode on"))
                // The device does the work; more threads would only wait for it.
                .and_then(|device| Decoder::open_on(stream, 1, Some((&device, kind))));
            match opened {
                Ok(decoder) => return Some(decoder),
                Err(error) => tracing::debug!(kind = kind.name(), %error, "not decoding on this device"),
            }
        }
        None
    }
}

impl Hardware {
    pub(crate) fn devices(self) -> Box<dyn Devices> {
        match self {
            Self::Auto => Box::new(MachineDevices::default()),
            Self::Off => Box::new(NoDevices),
        }
    }
}

/// A device's own failure, told apart from a file's.
pub(crate) fn failed(words: &str) -> MediaError {
    MediaError::Ffmpeg {
        during: "decoding on a device",
        message: words.to_owned(),
    }
}
