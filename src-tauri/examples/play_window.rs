//! The product's end of the play contract where pictures are seen: `play_window FILE START LENGTH [WIDTHxHEIGHT]` plays a stretch,
//! in seconds, in real time with the desk's own player and the desk's own stage in a bare window, and prints
//! `{"shown":N,"dropped":N}` last. What the page around it costs is not in it. `CIRCLETAKE_PRESENTER` chooses the way to show.

#[cfg(target_os = "linux")]
#[path = "../src/stage_host/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the desk uses the rest")]
mod stage_host;
#[cfg(target_os = "linux")]
#[path = "../src/surroundings.rs"]
#[expect(dead_code, reason = "the desk uses the rest")]
mod surroundings;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    testkit::ends::exit(window::run())
}

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod window {
    use std::{
        sync::Arc,
        time::{Duration, Instant},
    };

    use api::wire::{StageRect, TransportState};
    use playback::Act;
    use testkit::ends::{self, EndError};
    use timebase::Flicks;
    use x11rb::{
        connection::Connection as _,
        protocol::xproto::{ConnectionExt as _, CreateWindowAux, WindowClass},
        rust_connection::RustConnection,
    };

    use super::stage_host::{Listener, Reel, StageHost, VIEWER};

    /// How long the first picture may take to stand.
    const PATIENCE: Duration = Duration::from_secs(60);
    const LOOK: Duration = Duration::from_millis(10);

    /// Nobody listens to this stage.
    struct Nobody;

    impl Listener for Nobody {
        fn presenter(&self, _words: &str) {}
        fn detached(&self, _detached: bool, _refused: bool) {}
        fn transport(&self, _state: &TransportState) {}
    }

    #[expect(clippy::print_stdout, reason = "a program whose answer is its output")]
    pub(super) fn run() -> Result<(), EndError> {
        let usage = || EndError::Usage("play_window FILE START LENGTH [WIDTHxHEIGHT]");
        let mut words = std::env::args_os().skip(1);
        let file = words.next().ok_or_else(usage)?;
        let mut seconds = || words.next()?.to_str()?.parse::<f64>().ok();
        let (start, length) = (seconds().ok_or_else(usage)?, seconds().ok_or_else(usage)?);
        let size = match words.next() {
            Some(size) => read_size(&size).ok_or_else(usage)?,
            None => (1920, 1080),
        };
        let index = ends::index(file.as_ref())?;
        let at = |seconds: f64| index.frame_at(Flicks::from_millis((seconds * 1000.0) as i64));
        let (first, last) = (at(start), at(start + length).saturating_sub(1));
        let player = Arc::new(ends::player_with(file.as_ref(), index)?);
        player.act(Act::MarkOut(Some(last)));
        player.act(Act::Seek(first));
        let window = Window::open(size).map_err(std::io::Error::other)?;
        let host = StageHost::open(u64::from(window.number), Arc::new(Nobody))
            .map_err(|fault| std::io::Error::other(fault.message))?;
        let rect = StageRect {
            x: 0.0,
            y: 0.0,
            width: f64::from(size.0),
            height: f64::from(size.1),
        };
        host.place(VIEWER, rect, 1.0, true);
        host.play(Some(Reel {
            asset: String::new(),
            player: Arc::clone(&player),
            original: true,
            notice: "",
        }));
        let begin = Instant::now();
        while host.facts().last_frame != Some(first) {
            if begin.elapsed() > PATIENCE {
                let why = player.facts().fault.or(host.facts().fault);
                return Err(EndError::NotShown { frame: first, why });
            }
            std::thread::sleep(LOOK);
        }
        let (dropped, drawn) = (player.facts().dropped, host.facts().viewer.drawn);
        let cpu = cpu_micros();
        player.act(Act::Play);
        std::thread::sleep(Duration::from_millis((length * 1000.0) as u64));
        let (dropped, shown) = (
            player.facts().dropped - dropped,
            host.facts().viewer.drawn - drawn,
        );
        let cpu = (cpu_micros() - cpu) as f64 / 1e6;
        let way = host.facts().presenter;
        host.close();
        println!("{way}: {:.3} s of CPU a second while it ran", cpu / length);
        println!("{{\"shown\":{shown},\"dropped\":{dropped}}}");
        Ok(())
    }

    fn read_size(words: &std::ffi::OsStr) -> Option<(u16, u16)> {
        let (width, height) = words.to_str()?.split_once('x')?;
        Some((width.parse().ok()?, height.parse().ok()?))
    }

    /// What this process has taken of the processor.
    fn cpu_micros() -> i64 {
        let taken = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        taken.tv_sec * 1_000_000 + taken.tv_nsec / 1000
    }

    /// A window with nothing in it but the stage.
    struct Window {
        _connection: RustConnection,
        number: u32,
    }

    impl Window {
        fn open((width, height): (u16, u16)) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
            let (connection, screen) = x11rb::connect(None)?;
            let number = connection.generate_id()?;
            let root = &connection.setup().roots[screen];
            let look = CreateWindowAux::new().background_pixel(root.black_pixel);
            connection
                .create_window(
                    x11rb::COPY_DEPTH_FROM_PARENT,
                    number,
                    root.root,
                    0,
                    0,
                    width,
                    height,
                    0,
                    WindowClass::INPUT_OUTPUT,
                    x11rb::COPY_FROM_PARENT,
                    &look,
                )?
                .check()?;
            connection.map_window(number)?.check()?;
            Ok(Self {
                _connection: connection,
                number,
            })
        }
    }
}
