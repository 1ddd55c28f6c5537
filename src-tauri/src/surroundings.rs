//! What kind of display and card the desk stands on, found before the toolkit starts, and what it must be told in the
//! environment: it offers no other way.

use std::sync::OnceLock;

use api::wire::{Check, CheckState};
use fault::{Code, Fault};

/// What was found, and what was set for it; once.
static SURROUNDINGS: OnceLock<Surroundings> = OnceLock::new();

/// What the desk stands on.
#[derive(Clone, Debug, Default, PartialEq)]
struct Found {
    /// The kernel offers a card that programs may draw with.
    card: bool,
    /// It is driven by NVIDIA's own driver.
    nvidia: bool,
    /// The window system takes buffers from the card itself (DRI3). Virtual displays do not.
    takes_buffers: bool,
    /// What the window system is, when it is on this machine.
    server: Option<Server>,
    /// It is reached over a network, as by `ssh -X`.
    forwarded: bool,
    /// A program of Amazon DCV watches this machine's screen.
    watched_by_dcv: bool,
    /// Microseconds from a question to the window system to its answer.
    round_trip_micros: Option<u64>,
}

/// Kinds of X11 servers, by the name of their program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    Xorg,
    Wayland,
    Dcv,
    Vnc,
    Virtual,
}

/// A variable for the toolkit and why it is set.
struct Setting {
    name: &'static str,
    value: &'static str,
    why: &'static str,
}

struct Surroundings {
    found: Found,
    /// What was set, or left as the person has it, in words.
    told: Vec<String>,
}

/// Prepares the environment. To be called before there is any other thread.
#[expect(
    unsafe_code,
    reason = "the toolkit takes its backend from the environment only"
)]
pub(crate) fn prepare() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let found = look();
    let mut told = Vec::new();
    for Setting { name, value, why } in wanted(&found) {
        // The stage cannot do without X11; in everything else the person's own word counts.
        let own = std::env::var_os(name).filter(|_| name != "GDK_BACKEND");
        match own {
            Some(own) => told.push(format!("{name}={} (yours)", own.to_string_lossy())),
            None => {
                // SAFETY: the first thing the program does: no other thread runs that could read the environment meanwhile.
                unsafe { std::env::set_var(name, value) };
                told.push(format!("{name}={value}: {why}"));
            }
        }
    }
    // Called once; a second call would find what the first has set.
    drop(SURROUNDINGS.set(Surroundings { found, told }));
}

/// Whether there is a screen to open a window on.
///
/// # Errors
/// When there is none: the toolkit itself would panic.
pub(crate) fn check() -> Result<(), Fault> {
    if cfg!(target_os = "linux") && std::env::var_os("DISPLAY").is_none_or(|name| name.is_empty()) {
        let none = Fault::new(
            Code::Missing,
            "There is no screen to open the desk on: DISPLAY is not set.",
        );
        return Err(none.hint(
            "Start it inside a desktop session with X11, or serve the desk to a browser: circletake serve",
        ));
    }
    Ok(())
}

/// For the doctor: what the display is and what the page was told.
pub(crate) fn checks() -> Vec<Check> {
    let Some(surroundings) = SURROUNDINGS.get() else {
        return Vec::new();
    };
    let found = &surroundings.found;
    let check = |title: &str, state, words: String, hint: &str| Check {
        area: "stage".to_owned(),
        title: title.to_owned(),
        state,
        words,
        hint: hint.to_owned(),
    };
    let remote = found.remote();
    let state = if remote.is_some() {
        CheckState::Warn
    } else {
        CheckState::Ok
    };
    let hint = remote.map_or("", Remote::hint);
    vec![
        check("This display", state, found.words(), hint),
        check(
            "The page in this window",
            CheckState::Ok,
            surroundings.told.join("; "),
            "",
        ),
    ]
}

/// Behind what display the person sits, for the health strip; nothing for one at this machine.
pub(crate) fn remote_words() -> Option<&'static str> {
    SURROUNDINGS.get()?.found.remote().map(Remote::words)
}

/// How a picture gets from here to an eye elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Remote {
    Dcv,
    Vnc,
    Forwarded,
}

impl Remote {
    const fn words(self) -> &'static str {
        match self {
            Self::Dcv => "Amazon DCV",
            Self::Vnc => "VNC",
            Self::Forwarded => "forwarded display",
        }
    }

    /// What it does to colour and to the hand.
    const fn hint(self) -> &'static str {
        match self {
            Self::Dcv => {
                "DCV may send colour at a quarter of the resolution (4:2:0) and compressed: for judging colour and fine text have the \
                 server send 4:4:4 (enable-yuv444-encoding in dcv.conf) and the client ask for the best quality. What a hand feels is \
                 the client's latency, which this machine cannot see."
            }
            Self::Vnc => {
                "VNC compresses with loss unless told otherwise and knows no sound: judge neither colour nor sync through it."
            }
            Self::Forwarded => {
                "Every picture goes through the network as it is: start the desk on the machine with the screen, or use \
                 `circletake serve` and a browser there."
            }
        }
    }
}

impl Found {
    const fn remote(&self) -> Option<Remote> {
        match self.server {
            _ if self.forwarded => Some(Remote::Forwarded),
            Some(Server::Dcv) => Some(Remote::Dcv),
            Some(Server::Vnc) => Some(Remote::Vnc),
            _ if self.watched_by_dcv => Some(Remote::Dcv),
            _ => None,
        }
    }

    fn words(&self) -> String {
        let server = match self.server {
            _ if self.forwarded => "A display on another machine",
            Some(Server::Xorg) => "Xorg",
            Some(Server::Wayland) => "Xwayland",
            Some(Server::Dcv) => "Xdcv, a virtual session of Amazon DCV",
            Some(Server::Vnc) => "A VNC server",
            Some(Server::Virtual) => "A virtual display",
            None => "An X11 server",
        };
        let card = match (self.card, self.nvidia) {
            (true, true) => "NVIDIA's driver",
            (true, false) => "a graphics card",
            (false, _) => "no graphics card",
        };
        let buffers = if self.takes_buffers {
            "takes buffers from the card"
        } else {
            "takes no buffers from a card"
        };
        let watched = match self.server {
            Some(Server::Dcv) | None => "",
            _ if self.watched_by_dcv => ", watched by Amazon DCV",
            _ => "",
        };
        let answer = self
            .round_trip_micros
            .map(|micros| format!("; answers in {:.1} ms", micros as f64 / 1000.0))
            .unwrap_or_default();
        format!("{server}{watched}, {card}; it {buffers}{answer}.")
    }
}

/// What the toolkit is to be told. The stage is an X11 window inside the desk's, so the desk must be one too, under Wayland as
/// well. Without a graphics card the page is painted by the processor either way: directly, it takes half the time and memory of
/// pretending to be one. WebKit hands its pictures over in buffers of the card (DMA-BUF); with NVIDIA's driver, and on displays
/// that take none, the window stays blank.
fn wanted(found: &Found) -> Vec<Setting> {
    let set = |name, value, why| Setting { name, value, why };
    let mut wanted = vec![
        set("GDK_BACKEND", "x11", "the stage is an X11 window"),
        // Ones that fade in and out would have every list painted again for two seconds, and hide how much more there is.
        set(
            "GTK_OVERLAY_SCROLLING",
            "0",
            "scroll bars that stay need no repaint",
        ),
    ];
    if !found.card {
        let why = "without a graphics card the processor paints the page itself";
        wanted.push(set("WEBKIT_DISABLE_COMPOSITING_MODE", "1", why));
        wanted.push(set("GDK_GL", "disable", why));
    } else if found.nvidia {
        let why = "with NVIDIA's driver the page would stay blank";
        wanted.push(set("WEBKIT_DISABLE_DMABUF_RENDERER", "1", why));
    } else if !found.takes_buffers {
        let why = "this display takes no buffers from the card";
        wanted.push(set("WEBKIT_DISABLE_DMABUF_RENDERER", "1", why));
    }
    wanted
}

/// Whether the kernel offers a card that programs may draw with.
pub(crate) fn has_graphics_card() -> bool {
    let cards = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    cards
        .into_iter()
        .any(|entry| is_render_node(&entry.file_name().to_string_lossy()))
        || ["/dev/nvidia0", "/dev/dxg"]
            .iter()
            .any(|place| std::path::Path::new(place).exists())
}

fn is_render_node(name: &str) -> bool {
    name.strip_prefix("renderD")
        .is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Which server a program of this name is. The kernel cuts names after 15 bytes.
fn server_of(program: &str) -> Option<Server> {
    match program.trim() {
        "Xorg" | "X" | "Xorg.bin" => Some(Server::Xorg),
        "Xwayland" => Some(Server::Wayland),
        "Xdcv" => Some(Server::Dcv),
        "Xvfb" | "Xdummy" | "Xephyr" => Some(Server::Virtual),
        name if name.to_ascii_lowercase().contains("vnc") => Some(Server::Vnc),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
fn look() -> Found {
    Found::default()
}

#[cfg(target_os = "linux")]
fn look() -> Found {
    let exists = |place: &str| std::path::Path::new(place).exists();
    let mut found = Found {
        card: has_graphics_card(),
        nvidia: exists("/proc/driver/nvidia/version"),
        watched_by_dcv: runs("dcvagent"),
        ..Found::default()
    };
    if let Err(error) = ask_server(&mut found) {
        // Whatever keeps us from asking keeps the toolkit from starting, which says so in a sentence.
        tracing::debug!(error = fault::chain(&*error), "the window system was not asked");
    }
    found
}

/// Asks the window system itself.
#[cfg(target_os = "linux")]
fn ask_server(found: &mut Found) -> Result<(), Box<dyn std::error::Error>> {
    use std::{os::fd::AsFd as _, time::Instant};

    use x11rb::{connection::RequestConnection as _, protocol::xproto::ConnectionExt as _};
    let (connection, _screen) = x11rb::xcb_ffi::XCBConnection::connect(None)?;
    found.takes_buffers = connection.extension_information("DRI3")?.is_some();
    let asked = Instant::now();
    connection.get_input_focus()?.reply()?;
    found.round_trip_micros = u64::try_from(asked.elapsed().as_micros()).ok();
    // A socket of this machine knows who is at its other end; one of the network does not.
    match rustix::net::sockopt::socket_peercred(connection.as_fd()) {
        Ok(peer) => {
            let name = std::fs::read_to_string(format!("/proc/{}/comm", peer.pid));
            found.server = name.ok().as_deref().and_then(server_of);
        }
        Err(_no_local_socket) => found.forwarded = true,
    }
    Ok(())
}

/// Whether a program of this name runs on this machine.
#[cfg(target_os = "linux")]
fn runs(program: &str) -> bool {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.into_iter().any(|process| {
        std::fs::read_to_string(process.path().join("comm")).is_ok_and(|name| name.trim() == program)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSTATION: Found = Found {
        card: true,
        nvidia: false,
        takes_buffers: true,
        server: Some(Server::Xorg),
        forwarded: false,
        watched_by_dcv: false,
        round_trip_micros: Some(120),
    };

    fn names(found: &Found) -> Vec<&'static str> {
        wanted(found)
            .iter()
            .map(|setting| setting.name)
            .filter(|name| name.starts_with("WEBKIT"))
            .collect()
    }

    #[test]
    fn a_screen_without_a_renderer_is_no_graphics_card() {
        assert!(is_render_node("renderD128"));
        for other in ["card0", "renderD", "by-path", "renderDx"] {
            assert!(!is_render_node(other), "{other}");
        }
    }

    #[test]
    fn what_webkit_is_told_follows_from_card_driver_and_display() {
        const DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
        assert_eq!(
            names(&WORKSTATION),
            [""; 0],
            "with a graphics card the page keeps using it"
        );
        let no_card = Found {
            card: false,
            ..WORKSTATION
        };
        assert_eq!(names(&no_card), ["WEBKIT_DISABLE_COMPOSITING_MODE"]);
        let nvidia = Found {
            nvidia: true,
            ..WORKSTATION
        };
        assert_eq!(names(&nvidia), [DMABUF]);
        let virtual_session = Found {
            takes_buffers: false,
            server: Some(Server::Dcv),
            ..WORKSTATION
        };
        assert_eq!(names(&virtual_session), [DMABUF]);
    }

    #[test]
    fn remote_displays_are_told_by_their_server_the_network_or_who_watches() {
        let on = |server, forwarded, watched_by_dcv| {
            Found {
                server,
                forwarded,
                watched_by_dcv,
                ..WORKSTATION
            }
            .remote()
        };
        assert_eq!(on(Some(Server::Xorg), false, false), None);
        assert_eq!(on(Some(Server::Xorg), false, true), Some(Remote::Dcv));
        assert_eq!(on(server_of("Xdcv\n"), false, false), Some(Remote::Dcv));
        assert_eq!(on(server_of("Xtigervnc"), false, false), Some(Remote::Vnc));
        assert_eq!(on(server_of("Xvfb"), false, false), None);
        assert_eq!(on(None, true, false), Some(Remote::Forwarded));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_that_runs_is_found_by_its_name() {
        let own = std::fs::read_to_string("/proc/self/comm").unwrap();
        assert!(runs(own.trim()));
        assert!(!runs("no such program"));
    }
}
