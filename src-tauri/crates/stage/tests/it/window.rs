//! A real window of an X11 server, when there is one: what is drawn is what the server shows, also after it was resized.

use std::ptr::NonNull;

use stage::rwh::{RawDisplayHandle, RawWindowHandle, XcbDisplayHandle, XcbWindowHandle};
use stage::{
    Backend, Gpu, Presenter, RawWindow, Shown, SurfacePresenter, Theme, Typefaces, ViewerRenderer,
    ViewerScene, Want,
};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{ConfigureWindowAux, ConnectionExt, CreateWindowAux, ImageFormat, WindowClass};
use x11rb::wrapper::ConnectionExt as _;
use x11rb::xcb_ffi::XCBConnection;

struct Window {
    connection: XCBConnection,
    id: u32,
}

impl Window {
    /// A window of 64 × 48 at `left`: side by side, because what another window covers the server does not keep.
    fn open(left: i16) -> Option<(Self, RawWindow)> {
        let (connection, screen_number) = match XCBConnection::connect(None) {
            Ok(connected) => connected,
            Err(error) => {
                println!("not run: no X11 server ({error})");
                return None;
            }
        };
        let screen = &connection.setup().roots[screen_number];
        let id = connection.generate_id().expect("an id");
        let (depth, root, visual) = (screen.root_depth, screen.root, screen.root_visual);
        let wish = CreateWindowAux::new().override_redirect(1);
        connection
            .create_window(
                depth,
                id,
                root,
                left,
                0,
                64,
                48,
                0,
                WindowClass::INPUT_OUTPUT,
                visual,
                &wish,
            )
            .expect("a window");
        connection.map_window(id).expect("mapped");
        connection.sync().expect("done");
        let display = XcbDisplayHandle::new(
            NonNull::new(connection.get_raw_xcb_connection().cast()),
            i32::try_from(screen_number).expect("a small number"),
        );
        let mut handle = XcbWindowHandle::new(id.try_into().expect("not zero"));
        handle.visual_id = visual.try_into().ok();
        #[expect(unsafe_code, reason = "the test vouches for its own window")]
        // SAFETY: connection and window live until the end of the test, after presenter and device.
        let raw = unsafe { RawWindow::new(RawDisplayHandle::Xcb(display), RawWindowHandle::Xcb(handle)) };
        Some((Self { connection, id }, raw))
    }

    fn resize(&self, width: u32, height: u32) {
        let wish = ConfigureWindowAux::new().width(width).height(height);
        self.connection.configure_window(self.id, &wish).expect("asked");
        self.connection.sync().expect("done");
    }

    /// Blue, green, red of the pixel in the middle, as the server has it.
    fn middle(&self, width: i16, height: i16) -> [u8; 3] {
        let image = self
            .connection
            .get_image(
                ImageFormat::Z_PIXMAP,
                self.id,
                width / 2,
                height / 2,
                1,
                1,
                u32::MAX,
            )
            .expect("asked")
            .reply()
            .expect("an image");
        [image.data[0], image.data[1], image.data[2]]
    }
}

fn show(gpu: &Gpu, presenter: &mut SurfacePresenter, theme: Theme) {
    let mut viewer = ViewerRenderer::new(gpu, presenter.format(), Typefaces::Bundled);
    let scene = ViewerScene {
        theme,
        ..ViewerScene::default()
    };
    // A surface may need a second try just after its window changed.
    for _attempt in 0..10 {
        let shown = presenter
            .present(gpu, &mut |t| viewer.draw(gpu, t, &scene, 1.0))
            .expect("presented");
        if shown == Shown::Drawn {
            return;
        }
    }
    panic!("never drawn");
}

fn draws_into_a_window(want: Want, left: i16) {
    let Some((window, raw)) = Window::open(left) else {
        return;
    };
    let made = Gpu::for_window(raw, want, 64, 48);
    let (gpu, mut presenter) = match made {
        Ok(made) => made,
        Err(error) => {
            println!("not run: {want:?}: {error}");
            return;
        }
    };
    println!("{}", presenter.words());
    show(&gpu, &mut presenter, Theme::Dark);
    wait_for(&gpu, &window, (64, 48), [0x14; 3]);
    window.resize(120, 90);
    presenter.resize(&gpu, 120, 90).expect("resized");
    assert!(
        presenter.resize(&gpu, 0, 90).is_err(),
        "a window without area is refused, the old size stays"
    );
    assert_eq!(presenter.size(), (120, 90));
    show(&gpu, &mut presenter, Theme::Light);
    wait_for(&gpu, &window, (120, 90), [0xd9; 3]);
}

/// Showing goes through the server, which takes a moment: looks again until it is there, at most some hundred times.
fn wait_for(gpu: &Gpu, window: &Window, (width, height): (i16, i16), wanted: [u8; 3]) {
    gpu.check().expect("the device lives");
    for _look in 0..400 {
        window.connection.sync().expect("done");
        if window.middle(width, height) == wanted {
            return;
        }
        std::thread::yield_now();
    }
    assert_eq!(window.middle(width, height), wanted);
}

#[test]
fn draws_with_vulkan_or_whatever_is_best() {
    draws_into_a_window(Want::Best, 0);
}

#[test]
fn draws_with_opengl() {
    draws_into_a_window(Want::Only(Backend::Gl), 200);
}
