use std::ops::ControlFlow;

use crate::{
    Decoding, FieldOrder, Footage, FrameIndex, Hardware, MediaError, Turn, VideoFrame,
    aid::{self, Devices, NoDevices},
    av::{Decoder, Frame, Input, Packet, ReadEnd, Received, Scaler},
    convert, ingest, probe,
};

/// Frames decoded forward rather than seeking, when no keyframe lies between.
const FORWARD_FRAMES_MAX: u64 = 512;
/// Frames in a row that seeking did not lead to, after which it is not tried any more.
const LOST_SEEKS_MAX: u32 = 3;
/// Mean number of frames from one keyframe to the next from which on decoding on all cores pays: below, waiting for the others
/// costs a single frame more than they save it.
const LONG_GOP_FRAMES: u64 = 24;

/// What happens while a frame is looked for.
#[derive(Debug)]
pub enum OnWay<P = VideoFrame> {
    /// Another packet is about to be decoded: the moment to give up what nobody waits for any more.
    Packet,
    /// A frame that lies before the one looked for, its number and its picture, as exact as if it had been asked for.
    Frame(u64, P),
}

/// Who is told what happens on the way; answering `Break` gives up.
type Tell<'a> = &'a mut dyn FnMut(OnWay) -> ControlFlow<()>;

/// Gives any frame of an original or a proxy by its number, exactly: the picture that has this number in the index, proved
/// by its timestamp. Goes on decoding forward when that is nearer than the keyframe. On the way to a frame, pictures that no
/// other is made from are left undecoded.
pub struct FrameReader {
    footage: Footage,
    index: FrameIndex,
    proxy: bool,
    threads: u32,
    source: Source,
    scaler: Scaler,
    /// Whether frames are made fit to be looked at: two fields become one picture.
    to_show: bool,
    /// Whether a picture came that was two fields.
    interlaced: bool,
    /// What may help to decode.
    devices: Box<dyn Devices>,
    /// What helped and failed, for people.
    given_up: Vec<String>,
    /// The frame delivered last.
    current: Option<VideoFrame>,
    /// Number of the frame the decoder gave last.
    at: Option<u64>,
    /// Whether everything the decoder gives from here on is sound: a keyframe came since the last seek.
    armed: bool,
    /// Whether numbers come from counting since the start instead of timestamps, until the next seek.
    counting: bool,
    /// Frames in a row that seeking did not lead to.
    lost_seeks: u32,
    /// Whether leaving out pictures on the way led past a frame that was found without; then it is not done any more.
    thinning_misleads: bool,
}

struct Source {
    input: Input,
    stream: usize,
    decoder: Decoder,
    packet: Packet,
    frame: Frame,
    /// Ticks of the stream per tick of the index: (multiply, divide).
    scale: (i64, i64),
    /// How its pictures are turned to stand upright, and the width to the height of one sample.
    posture: (Turn, (u32, u32)),
    codec: String,
    /// As stored.
    size: (u32, u32),
    draining: bool,
    decoded: u64,
    /// Packets with an earlier time than this, in ticks of the stream, need not give a picture of their own.
    whole_from: Option<i64>,
}

/// How one attempt to find a frame is made.
#[derive(Clone, Copy)]
struct Attempt {
    /// The frame looked for.
    frame: u64,
    /// The first frame on the way that is wanted too.
    whole_from: u64,
    /// Whether pictures before that may be left out.
    thin: bool,
}

impl FrameReader {
    /// Opens a file with the index of its asset. A proxy is recognised by its own mark and read with the same index.
    ///
    /// # Errors
    /// As [`crate::probe`]; [`MediaError::Empty`] when the file has no picture.
    pub fn open(footage: impl Into<Footage>, index: FrameIndex) -> Result<Self, MediaError> {
        Self::open_with(footage, index, 0)
    }

    /// As [`Self::open`] with a number of decoder threads; 0 is one per core, 1 gives the least delay for single frames.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(
        footage: impl Into<Footage>,
        index: FrameIndex,
        threads: u32,
    ) -> Result<Self, MediaError> {
        let devices = Box::new(NoDevices);
        Self::open_by(footage.into(), index, &|_proxy| threads, devices)
    }

    /// As [`Self::open`], with the number of decoder threads that shows any frame soonest: one for a proxy and whatever else
    /// has a keyframe every second or more often, all cores where a frame may have hundreds before it. Its frames are made to be
    /// looked at: two woven fields become one picture (see [`VideoFrame::of_one_moment`]).
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_to_show(
        footage: impl Into<Footage>,
        index: FrameIndex,
        hardware: Hardware,
    ) -> Result<Self, MediaError> {
        Self::open_shown_by(footage.into(), index, hardware.devices())
    }

    fn open_shown_by(
        footage: Footage,
        index: FrameIndex,
        devices: Box<dyn Devices>,
    ) -> Result<Self, MediaError> {
        let long = mean_group(&index) > LONG_GOP_FRAMES;
        let threads_for = |proxy: bool| {
            if proxy || !long {
                1
            } else {
                threads_for_long_groups()
            }
        };
        let mut reader = Self::open_by(footage, index, &threads_for, devices)?;
        reader.to_show = true;
        Ok(reader)
    }

    fn open_by(
        footage: Footage,
        index: FrameIndex,
        threads_for: &dyn Fn(bool) -> u32,
        mut devices: Box<dyn Devices>,
    ) -> Result<Self, MediaError> {
        let (source, proxy) = Source::open(&footage, &index, threads_for, devices.as_mut())?;
        let threads = threads_for(proxy);
        Ok(Self {
            footage,
            index: if proxy { index.of_proxy() } else { index },
            proxy,
            threads,
            source,
            scaler: Scaler::exact(),
            to_show: false,
            interlaced: false,
            devices,
            given_up: Vec::new(),
            current: None,
            at: None,
            armed: false,
            counting: false,
            lost_seeks: 0,
            thinning_misleads: false,
        })
    }

    /// How the file is decoded now.
    pub fn decoding(&self) -> Decoding {
        let (width, height) = self.source.size;
        let device = self.source.decoder.aid();
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Decoding {
            codec: self.source.codec.clone(),
            lines: if self.source.posture.0.swaps() {
                width
            } else {
                height
            },
            interlaced: self.interlaced,
            threads: match (device, self.threads) {
                (Some(_), _) => 1,
                (None, 0) => u32::try_from(cores()).unwrap_or(1),
                (None, threads) => threads,
            },
            device: device.map(str::to_owned),
            given_up: self.given_up.clone(),
        }
    }

    /// The index in use (the proxy's own when this is a proxy).
    pub fn index(&self) -> &FrameIndex {
        &self.index
    }

    /// Whether the file is a proxy of ours.
    pub const fn is_proxy(&self) -> bool {
        self.proxy
    }

    /// How many frames decode together, on average: from one keyframe to the next.
    pub fn group_frames(&self) -> u64 {
        mean_group(&self.index)
    }

    /// Frame `n`.
    ///
    /// # Errors
    /// [`MediaError::NoSuchFrame`] past the end, [`MediaError::Damaged`] when the file no longer gives this frame.
    pub fn frame(&mut self, n: u64) -> Result<VideoFrame, MediaError> {
        self.find(n, n, &mut |_way| ControlFlow::Continue(()))
    }

    /// Frame `n`, telling `on_way` before each packet and giving it the frames from `whole_from` to `n` that are decoded on the
    /// way, so that nobody has to come back for them. They are those from the keyframe on at best: a group before that is not
    /// decoded for their sake.
    ///
    /// # Errors
    /// As [`Self::frame`], and [`MediaError::Cancelled`] when `on_way` answers `Break`, or the patience for what is on its way does
    /// not last; the reader goes on from where it was.
    pub fn find(&mut self, n: u64, whole_from: u64, on_way: Tell<'_>) -> Result<VideoFrame, MediaError> {
        loop {
            let found = self.find_as_it_is(n, whole_from, on_way);
            let Err(error) = &found else { return found };
            if self.source.input.gave_up() {
                // Where the container stands nobody knows: the next frame is sought.
                (self.at, self.armed, self.counting) = (None, false, false);
            }
            let of_no_device = matches!(error, MediaError::Cancelled | MediaError::NoSuchFrame { .. });
            if of_no_device || self.source.decoder.aid().is_none() {
                return found;
            }
            self.give_up_device(error)?;
        }
    }

    /// Goes on without the device that failed: with the next that opens, or with the processor.
    fn give_up_device(&mut self, error: &MediaError) -> Result<(), MediaError> {
        let name = self
            .source
            .decoder
            .aid()
            .map(aid::device_words)
            .unwrap_or_default();
        tracing::warn!(device = name, %error, "decoding goes on without a device that failed");
        self.given_up.push(name);
        let threads = self.threads;
        let (source, _) = Source::open(
            &self.footage,
            &self.index,
            &|_proxy| threads,
            self.devices.as_mut(),
        )?;
        self.source = source;
        self.at = None;
        self.armed = false;
        self.counting = false;
        self.lost_seeks = 0;
        self.thinning_misleads = false;
        Ok(())
    }

    fn find_as_it_is(&mut self, n: u64, whole_from: u64, on_way: Tell<'_>) -> Result<VideoFrame, MediaError> {
        let last = self.index.len().checked_sub(1).ok_or(MediaError::Empty {
            what: "it has no frames",
        })?;
        if n > last {
            return Err(MediaError::NoSuchFrame { frame: n, last });
        }
        if let Some(current) = self.current.as_ref().filter(|c| c.number == n) {
            return Ok(current.clone());
        }
        let whole_from = whole_from.max(self.index.keyframe_before(n)).min(n);
        let thin = !self.thinning_misleads && self.source.decoder.can_thin();
        let thinly = Attempt {
            frame: n,
            whole_from,
            thin,
        };
        let wholly = Attempt {
            thin: false,
            ..thinly
        };
        if self.forward_is_cheap(n) && self.decode_to(thinly, on_way)? {
            return self.deliver(n);
        }
        if self.times_lead_to(n) {
            if thin && self.seek(n, 0)? && self.decode_to(thinly, on_way)? {
                self.lost_seeks = 0;
                return self.deliver(n);
            }
            for back in [0, 1, 4, 16] {
                if self.seek(n, back)? && self.decode_to(wholly, on_way)? {
                    self.thinning_misleads |= thin && back == 0;
                    self.lost_seeks = 0;
                    return self.deliver(n);
                }
            }
            self.lost_seeks += 1;
        }
        // Timestamps did not lead there: count from the start.
        self.restart()?;
        if self.decode_to(wholly, on_way)? {
            return self.deliver(n);
        }
        Err(self
            .source
            .input
            .damaged(&format!("frame {n} cannot be decoded any more")))
    }

    /// Whether frame `n` may be looked for by its timestamp.
    fn times_lead_to(&self, n: u64) -> bool {
        self.lost_seeks < LOST_SEEKS_MAX && self.index.time_identifies(n)
    }

    fn forward_is_cheap(&self, n: u64) -> bool {
        let timed = self.times_lead_to(n);
        let sound = self.counting || (timed && self.armed);
        let Some(at) = self.at.filter(|at| *at < n && sound) else {
            return false;
        };
        let key = self.index.keyframe_before(n);
        !timed || (key <= at + 3 && n - at <= FORWARD_FRAMES_MAX) || n - at <= 3
    }

    /// Decodes forward until the attempt's frame is in the decoder's frame. `Ok(false)` when it was missed, or met before
    /// there was a keyframe.
    fn decode_to(&mut self, attempt: Attempt, on_way: Tell<'_>) -> Result<bool, MediaError> {
        let n = attempt.frame;
        // Who counts pictures must see all of them.
        let thin = attempt.thin && !self.counting;
        self.source.whole_from = thin
            .then(|| usize::try_from(attempt.whole_from).ok())
            .flatten()
            .and_then(|from| self.index.pts().get(from))
            .map(|ticks| self.source.of_stream(*ticks));
        while self.source.next(on_way)? {
            let number = if self.counting {
                Some(self.source.decoded - 1)
            } else {
                self.source
                    .timestamp()
                    .and_then(|t| self.index.frame_with_time(t))
            };
            // A picture the index does not know (hidden by the edit list, or without a time after a seek) has no number.
            let Some(number) = number else { continue };
            self.at = Some(number);
            self.armed |= self.counting
                || self.source.frame.is_key()
                || number == 0
                || self.index.keyframes().binary_search(&number).is_ok();
            if number == n {
                return Ok(self.armed);
            }
            if number > n {
                return Ok(false);
            }
            if number >= attempt.whole_from && self.armed {
                let frame = self.take_over(number)?;
                if on_way(OnWay::Frame(number, frame)).is_break() {
                    return Err(MediaError::Cancelled);
                }
            }
        }
        self.at = None;
        Ok(false)
    }

    /// Goes to the keyframe for `n`, or `back` keyframes earlier. `false` when the container cannot.
    fn seek(&mut self, n: u64, back: usize) -> Result<bool, MediaError> {
        let target = if self.proxy {
            n.saturating_sub(back as u64 * u64::from(ingest::PROXY_GOP_FRAMES))
        } else {
            let keys = self.index.keyframes();
            let here = keys
                .partition_point(|k| *k <= n)
                .saturating_sub(1)
                .saturating_sub(back);
            keys.get(here).copied().unwrap_or(0)
        };
        let ticks = usize::try_from(target)
            .ok()
            .and_then(|t| self.index.pts().get(t))
            .copied()
            .unwrap_or(0);
        self.at = None;
        self.armed = false;
        self.counting = false;
        let sought = self.source.seek(ticks).is_ok();
        if self.source.input.gave_up() {
            return Err(MediaError::Cancelled);
        }
        Ok(sought)
    }

    /// Opens the file anew, to count pictures from its start.
    fn restart(&mut self) -> Result<(), MediaError> {
        let threads = self.threads;
        let (source, _) = Source::open(&self.footage, &self.index, &|_proxy| threads, &mut NoDevices)?;
        self.source = source;
        self.at = None;
        self.armed = true;
        self.counting = true;
        Ok(())
    }

    /// The picture in the decoder's frame, with what has to be done to show it.
    fn take_over(&mut self, number: u64) -> Result<VideoFrame, MediaError> {
        let mut frame = convert::video_frame(number, &self.source.frame, &mut self.scaler)?;
        (frame.turn, frame.sample_aspect) = self.source.posture;
        self.interlaced |= frame.fields != FieldOrder::Progressive;
        Ok(if self.to_show {
            frame.of_one_moment()
        } else {
            frame
        })
    }

    fn deliver(&mut self, n: u64) -> Result<VideoFrame, MediaError> {
        let frame = self.take_over(n)?;
        self.current = Some(frame.clone());
        Ok(frame)
    }
}

/// Decoder threads where hundreds of frames may have to be decoded for one: two more than cores, because each waits for the rows
/// of the picture before it now and then. FFmpeg takes 16 at most.
fn threads_for_long_groups() -> u32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(cores + 2).map_or(16, |threads| threads.min(16))
}

/// Frames from one keyframe to the next, on average; 1 for an index without frames.
fn mean_group(index: &FrameIndex) -> u64 {
    index
        .len()
        .div_ceil((index.keyframes().len() as u64).max(1))
        .max(1)
}

impl Source {
    fn open(
        footage: &Footage,
        index: &FrameIndex,
        threads_for: &dyn Fn(bool) -> u32,
        devices: &mut dyn Devices,
    ) -> Result<(Self, bool), MediaError> {
        let mut input = Input::open(footage)?;
        let proxy = input.metadata("comment").is_some_and(|c| c == ingest::PROXY_MARK);
        let none = MediaError::Empty {
            what: "it has no picture",
        };
        let stream = probe::main_video(&input).ok_or(none)?;
        let number = stream.index();
        // A proxy is decoded sooner than a device has handed it over.
        let helped = if proxy { None } else { devices.next(&stream) };
        let decoder = match helped {
            Some(helped) => helped,
            None => Decoder::open(&stream, threads_for(proxy))?,
        };
        let side = |side: i32| u32::try_from(side).unwrap_or(0);
        let size = (side(stream.codec().width), side(stream.codec().height));
        // Proxies are upright and have square samples.
        let posture = if proxy {
            (Turn::default(), (1, 1))
        } else {
            probe::posture(&input, &stream, footage.path())
        };
        let codec = stream.codec_name();
        let here = stream.time_base().unwrap_or(index.time_base());
        let there = if proxy {
            index.of_proxy().time_base()
        } else {
            index.time_base()
        };
        // stream tick * here = index tick * there
        let scale = (
            i64::from(there.num()) * i64::from(here.den()),
            i64::from(there.den()) * i64::from(here.num()),
        );
        input.keep_only(&[number]);
        let during = "opening a decoder";
        let source = Self {
            input,
            stream: number,
            decoder,
            packet: Packet::empty().map_err(|e| e.during(during))?,
            frame: Frame::empty().map_err(|e| e.during(during))?,
            scale,
            posture,
            codec,
            size,
            draining: false,
            decoded: 0,
            whole_from: None,
        };
        Ok((source, proxy))
    }

    /// Decodes the next picture; `Ok(false)` at the end.
    fn next(&mut self, on_way: Tell<'_>) -> Result<bool, MediaError> {
        loop {
            match self.decoder.receive(&mut self.frame) {
                Received::Frame => {
                    self.decoded += 1;
                    return Ok(true);
                }
                Received::End => return Ok(false),
                Received::Undecodable if self.decoder.aid().is_some() => {
                    return Err(aid::failed("a picture did not come"));
                }
                Received::Undecodable => {}
                Received::Hungry if self.draining => return Ok(false),
                Received::Hungry if on_way(OnWay::Packet).is_break() => return Err(MediaError::Cancelled),
                Received::Hungry => self.feed()?,
            }
        }
    }

    fn feed(&mut self) -> Result<(), MediaError> {
        loop {
            match self.input.read(&mut self.packet) {
                ReadEnd::Packet if self.packet.stream() == self.stream => {
                    let early = self.packet.presentation().zip(self.whole_from);
                    self.decoder.thin(early.is_some_and(|(at, from)| at < from));
                    // A packet that cannot be decoded gives no frame, here as in the pass that numbered them.
                    if let Err(error) = self.decoder.send(Some(&self.packet)) {
                        if self.decoder.aid().is_some() {
                            return Err(aid::failed(&error.words()));
                        }
                        tracing::debug!("a packet cannot be decoded: {}", error.words());
                    }
                    return Ok(());
                }
                ReadEnd::Packet => {}
                ReadEnd::GivenUp => return Err(MediaError::Cancelled),
                ReadEnd::End | ReadEnd::Broken => {
                    self.draining = true;
                    if let Err(error) = self.decoder.send(None) {
                        tracing::debug!("the decoder does not drain: {}", error.words());
                    }
                    return Ok(());
                }
            }
        }
    }

    /// Time of the decoded picture in ticks of the index, when it is a whole one.
    fn timestamp(&self) -> Option<i64> {
        let (there, here) = self.scale;
        let wide = i128::from(self.frame.timestamp()?) * i128::from(here);
        (wide % i128::from(there) == 0)
            .then(|| i64::try_from(wide / i128::from(there)).ok())
            .flatten()
    }

    /// Ticks of the index as ticks of the stream, rounded towards zero.
    fn of_stream(&self, ticks: i64) -> i64 {
        let (there, here) = self.scale;
        let wide = i128::from(ticks) * i128::from(there) / i128::from(here).max(1);
        i64::try_from(wide).unwrap_or(0)
    }

    fn seek(&mut self, ticks: i64) -> Result<(), crate::av::AvError> {
        let ticks = self.of_stream(ticks);
        self.input.seek(self.stream, ticks)?;
        self.decoder.flush();
        self.draining = false;
        Ok(())
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
