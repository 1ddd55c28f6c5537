//! An asset's files as something to play: the proxy, or the original with the proxy to fall back to.

use std::{ops::ControlFlow, sync::Arc};

use media::{
    AudioReader, ChannelMix, ChannelPeaks, Footage, FrameIndex, FrameReader, Hardware, Hdr, MediaError,
    OnWay, Patience, VideoFrame,
};
use timebase::Flicks;

use crate::{error::PlaybackError, player::FrameSource, sound::SoundSource};

/// How pictures are come by, in words for the health strip.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FrameWay {
    /// Whether they are the original's own.
    pub original: bool,
    /// What is shown: `original 2160p HEVC`, `original 1080i MPEG-2`, `proxy 720p`.
    pub source: String,
    /// What decodes: `software, 3 threads`.
    pub decoder: String,
    /// What was done to a picture to show it: `HDR (PQ) shown as SDR`, `deinterlaced`; empty when nothing a person must know of.
    pub shown_as: String,
    /// Why something else is shown than was asked for; empty when it is that.
    pub notice: String,
}

/// Pictures of an asset.
pub(crate) struct Film {
    reader: FrameReader,
    /// What is left to fall back to.
    proxy: Option<Footage>,
    index: FrameIndex,
    way: FrameWay,
    /// What the last picture was made of light beyond a screen's.
    hdr: Option<Hdr>,
    /// How long what is on its way is waited for.
    patience: Patience,
}

/// Two files of one reader, which waits for neither of them longer than for the other.
fn patiently(film: Footage, proxy: Option<Footage>) -> (Footage, Option<Footage>, Patience) {
    let patience = film.patience().own();
    let like = |footage: Footage| footage.for_as_long_as(patience.clone());
    (like(film), proxy.map(like), patience)
}

impl Film {
    /// Opens what is to be played. An original that does not open is played from its proxy.
    pub fn open(
        film: Footage,
        proxy: Option<Footage>,
        index: FrameIndex,
        hardware: Hardware,
    ) -> Result<Self, PlaybackError> {
        let (film, proxy, patience) = patiently(film, proxy);
        let opened = FrameReader::open_to_show(film, index.clone(), hardware);
        let (reader, proxy, notice) = match (opened, proxy) {
            (Ok(reader), proxy) => (reader, proxy, String::new()),
            (Err(error), Some(proxy)) => {
                tracing::warn!(%error, "the original does not open");
                let reader = FrameReader::open_to_show(proxy, index.clone(), Hardware::Off)?;
                (
                    reader,
                    None,
                    "The original cannot be read; its proxy is shown.".to_owned(),
                )
            }
            (Err(error), None) => return Err(error.into()),
        };
        let mut film = Self {
            reader,
            proxy,
            index,
            way: FrameWay {
                notice,
                ..FrameWay::default()
            },
            hdr: None,
            patience,
        };
        film.describe();
        Ok(film)
    }

    /// Frames that decode together.
    pub fn group(&self) -> u64 {
        if self.reader.is_proxy() {
            u64::from(media::PROXY_GOP_FRAMES)
        } else {
            self.reader.group_frames()
        }
    }

    fn describe(&mut self) {
        let decoding = self.reader.decoding();
        self.way.original = !self.reader.is_proxy();
        self.way.source = if self.way.original {
            let scanned = if decoding.interlaced { 'i' } else { 'p' };
            let codec = codec_words(&decoding.codec);
            format!("original {}{scanned} {codec}", decoding.lines)
        } else {
            format!("proxy {}p", decoding.lines)
        };
        self.way.decoder = decoding.words();
        self.way.shown_as = shown_as(self.hdr, decoding.interlaced);
    }

    fn find_here(
        &mut self,
        n: u64,
        whole_from: u64,
        on_way: &mut dyn FnMut(OnWay<Arc<VideoFrame>>) -> ControlFlow<()>,
    ) -> Result<Arc<VideoFrame>, MediaError> {
        let found = self.reader.find(n, whole_from, &mut |way| {
            on_way(match way {
                OnWay::Packet => OnWay::Packet,
                OnWay::Frame(number, frame) => OnWay::Frame(number, Arc::new(frame)),
            })
        })?;
        self.hdr = found.hdr();
        Ok(Arc::new(found))
    }
}

impl FrameSource for Film {
    type Picture = Arc<VideoFrame>;

    fn find(
        &mut self,
        n: u64,
        whole_from: u64,
        on_way: &mut dyn FnMut(OnWay<Arc<VideoFrame>>) -> ControlFlow<()>,
    ) -> Result<Arc<VideoFrame>, PlaybackError> {
        let found = self.find_here(n, whole_from, on_way);
        if found.is_ok() || self.way.decoder.is_empty() {
            self.describe();
        }
        let error = match found {
            Err(error) if !matches!(error, MediaError::Cancelled | MediaError::NoSuchFrame { .. }) => error,
            found => return Ok(found?),
        };
        let Some(proxy) = self.proxy.take() else {
            return Err(error.into());
        };
        tracing::warn!(frame = n, %error, "the original fails: on with the proxy");
        self.reader = FrameReader::open_to_show(proxy, self.index.clone(), Hardware::Off)?;
        self.way.notice = format!("The original fails at frame {n}; its proxy is shown.");
        let found = self.find_here(n, whole_from, on_way)?;
        self.describe();
        Ok(found)
    }

    fn size_bytes(picture: &Arc<VideoFrame>) -> usize {
        picture.size_bytes()
    }

    fn way(&self) -> FrameWay {
        self.way.clone()
    }

    fn patience(&self) -> Option<Patience> {
        Some(self.patience.clone())
    }
}

/// What is done to pictures before they are shown, in words.
fn shown_as(hdr: Option<Hdr>, interlaced: bool) -> String {
    let light = match hdr {
        None => "",
        Some(Hdr::Pq) => "HDR (PQ) shown as SDR",
        Some(Hdr::Hlg) => "HDR (HLG) shown as SDR",
    };
    match (light, interlaced) {
        ("", true) => "deinterlaced".to_owned(),
        (light, true) => format!("deinterlaced, {light}"),
        (light, false) => light.to_owned(),
    }
}

/// A codec as people call it.
fn codec_words(name: &str) -> String {
    match name {
        "h264" => "H.264".to_owned(),
        "mpeg2video" => "MPEG-2".to_owned(),
        "mpeg4" => "MPEG-4".to_owned(),
        "prores" => "ProRes".to_owned(),
        "dnxhd" => "DNxHD".to_owned(),
        "jpeg2000" => "JPEG 2000".to_owned(),
        "mjpeg" => "JPEG".to_owned(),
        "rawvideo" | "v210" => "uncompressed".to_owned(),
        "libdav1d" => "AV1".to_owned(),
        other => other.to_uppercase(),
    }
}

/// Sound of an asset: the original's, and the proxy's where that fails.
pub(crate) struct FilmSound {
    reader: AudioReader,
    proxy: Option<Footage>,
    mix: Vec<ChannelMix>,
    patience: Patience,
    watched: bool,
}

impl FilmSound {
    pub fn open(film: Footage, proxy: Option<Footage>) -> Result<Self, MediaError> {
        let (film, proxy, patience) = patiently(film, proxy);
        match (AudioReader::open(film), proxy) {
            (Ok(reader), proxy) => Ok(Self {
                reader,
                proxy,
                mix: Vec::new(),
                patience,
                watched: false,
            }),
            (Err(error), Some(proxy)) => {
                tracing::warn!(%error, "the original's sound does not open");
                let reader = AudioReader::open(proxy)?;
                Ok(Self {
                    reader,
                    proxy: None,
                    mix: Vec::new(),
                    patience,
                    watched: false,
                })
            }
            (Err(error), None) => Err(error),
        }
    }

    /// Goes on with the proxy at an instant, if there is one.
    fn fall_back(&mut self, error: MediaError, at: Flicks) -> Result<(), MediaError> {
        if matches!(error, MediaError::Cancelled) {
            return Err(error);
        }
        let Some(proxy) = self.proxy.take() else {
            return Err(error);
        };
        tracing::warn!(%error, "the original's sound fails: on with the proxy's");
        let channels = self.reader.channels().len();
        self.reader = AudioReader::open(proxy)?;
        // What was muted stays so where the proxy's channels are the same ones; more than two it has mixed.
        if self.reader.channels().len() == channels {
            self.reader.set_mix(&self.mix);
            self.reader.watch(self.watched);
        }
        self.reader.seek(at)
    }
}

impl SoundSource for FilmSound {
    fn seek(&mut self, to: Flicks) -> Result<(), PlaybackError> {
        match self.reader.seek(to) {
            Ok(()) => Ok(()),
            Err(error) => Ok(self.fall_back(error, to)?),
        }
    }

    fn read(&mut self, out: &mut [f32]) -> Result<usize, PlaybackError> {
        let at = self.reader.position();
        match self.reader.read(out) {
            Ok(read) => Ok(read),
            Err(error) => {
                self.fall_back(error, at)?;
                Ok(self.reader.read(out)?)
            }
        }
    }

    fn channels(&self) -> Vec<String> {
        self.reader.channels().to_vec()
    }

    fn patience(&self) -> Option<Patience> {
        Some(self.patience.clone())
    }

    fn set_mix(&mut self, mix: &[ChannelMix]) {
        self.mix = mix.to_vec();
        self.reader.set_mix(mix);
    }

    fn watch(&mut self, on: bool) {
        self.watched = on;
        self.reader.watch(on);
    }

    fn peaks(&self, from: Flicks, to: Flicks) -> Option<ChannelPeaks> {
        self.reader.peaks(from, to)
    }
}
