//! The stage's surfaces on macOS: views above the page that take no input, each with a Metal layer of its own; popups are cut
//! out by a mask. Written to the same trait as X11 and checked by the compiler; **not verified**: nobody has run it yet.

use std::{
    ffi::c_void,
    ptr::NonNull,
    sync::{Arc, mpsc::sync_channel},
    time::Duration,
};

use dispatch2::DispatchQueue;
use objc2::{MainThreadMarker, MainThreadOnly, define_class, msg_send, rc::Retained};
use objc2_app_kit::{NSView, NSWindowOrderingMode};
use objc2_core_foundation::{CGPoint, CGRect, CGSize};
use objc2_core_graphics::CGMutablePath;
use objc2_quartz_core::{CALayer, CAMetalLayer, CAShapeLayer, CATransaction, kCAFillRuleEvenOdd};
use stage::{
    Part, RawWindow,
    rwh::{AppKitDisplayHandle, AppKitWindowHandle, RawDisplayHandle, RawWindowHandle},
};

use super::{Child, HostError, OwnWindow, Pixels, Sheet, inbox::Inbox};

/// How long the main thread may take to make a view.
const MADE_WITHIN: Duration = Duration::from_secs(5);

define_class!(
    // SAFETY: NSView may be subclassed, and the class has no `Drop` of its own.
    #[unsafe(super(NSView))]
    #[thread_kind = MainThreadOnly]
    #[name = "CircleTakeStageView"]
    struct StageView;

    impl StageView {
        /// The pointer goes through to the page below.
        #[unsafe(method(hitTest:))]
        fn hit_test(&self, _point: CGPoint) -> *mut NSView {
            std::ptr::null_mut()
        }
    }
);

impl StageView {
    #[expect(unsafe_code, reason = "the superclass makes the object")]
    fn new(main: MainThreadMarker) -> Retained<Self> {
        let nowhere = CGRect::new(CGPoint::new(0.0, 0.0), CGSize::new(1.0, 1.0));
        let view = Self::alloc(main).set_ivars(());
        // SAFETY: the designated initialiser of NSView.
        unsafe { msg_send![super(view), initWithFrame: nowhere] }
    }
}

/// What the drawing thread holds of the platform.
pub(super) struct Display {
    /// Address of the view that holds the page; it lives as long as the desk's window.
    page: usize,
}

impl Display {
    pub(super) fn open(toplevel: u64, _inbox: &Arc<Inbox>) -> Result<Self, HostError> {
        match usize::try_from(toplevel) {
            Ok(page) if page != 0 => Ok(Self { page }),
            _none => Err(HostError::Unsupported("gave the stage no view to stand on")),
        }
    }

    pub(super) fn child(&self) -> Result<Box<dyn Child>, HostError> {
        let page = self.page;
        let (made, waited) = sync_channel(1);
        DispatchQueue::main().exec_async(move || {
            // Nobody waits any more when it took too long.
            let _late = made.send(make(page));
        });
        match waited.recv_timeout(MADE_WITHIN) {
            Ok(Some((view, layer))) => Ok(Box::new(MacChild { view, layer })),
            Ok(None) | Err(_) => Err(HostError::Unsupported("made no view for the stage")),
        }
    }

    pub(super) fn detached(&self) -> Result<OwnWindow, HostError> {
        Err(HostError::Unsupported(
            "has no window for the viewer alone in this version",
        ))
    }

    pub(super) fn fill_detached(&self) -> Result<(), HostError> {
        Ok(())
    }
}

/// On the main thread: a view above the page and its layer, both as addresses that own one reference each.
#[expect(unsafe_code, reason = "views are named by their address")]
fn make(page: usize) -> Option<(usize, usize)> {
    let main = MainThreadMarker::new()?;
    // SAFETY: the page's view lives as long as the desk's window, and the stage closes before that.
    let page = unsafe { (page as *const NSView).as_ref() }?;
    let view = StageView::new(main);
    let layer = CAMetalLayer::new();
    layer.setOpaque(true);
    view.setLayer(Some(&layer));
    view.setWantsLayer(true);
    view.setHidden(true);
    page.addSubview_positioned_relativeTo(&view, NSWindowOrderingMode::Above, None);
    Some((
        Retained::into_raw(view) as usize,
        Retained::into_raw(layer) as usize,
    ))
}

struct MacChild {
    /// A [`StageView`], owned, touched on the main thread only.
    view: usize,
    /// Its [`CAMetalLayer`], owned.
    layer: usize,
}

impl MacChild {
    /// Does something with the view on the main thread, later, without animation: the drawing thread must not wait for it, because
    /// the main thread waits for the drawing thread when the desk closes.
    #[expect(unsafe_code, reason = "the view is named by its address")]
    fn later(&self, work: impl FnOnce(&StageView) + Send + 'static) {
        let view = self.view;
        DispatchQueue::main().exec_async(move || {
            // SAFETY: the address owns a reference until `drop`, whose own work on this queue comes after this.
            if let Some(view) = unsafe { (view as *const StageView).as_ref() } {
                CATransaction::begin();
                CATransaction::setDisableActions(true);
                work(view);
                CATransaction::commit();
            }
        });
    }
}

/// Points of the view's parent for device pixels measured from its top left.
fn points(view: &StageView, at: Pixels) -> (CGRect, f64) {
    let scale = view.window().map_or(1.0, |window| window.backingScaleFactor());
    let (x, y) = (f64::from(at.x) / scale, f64::from(at.y) / scale);
    let size = CGSize::new(f64::from(at.width) / scale, f64::from(at.height) / scale);
    let bottom = |parent: &NSView| parent.bounds().size.height - y - size.height;
    // A parent that is not flipped counts from its lower edge.
    #[expect(unsafe_code, reason = "the toolkit marks the parent as unsafe to hold")]
    // SAFETY: used here and not kept.
    let parent = unsafe { view.superview() };
    let top = parent
        .filter(|parent| !parent.isFlipped())
        .map_or(y, |parent| bottom(&parent));
    (CGRect::new(CGPoint::new(x, top), size), scale)
}

impl Child for MacChild {
    fn place(&mut self, at: Pixels, visible: bool) -> Result<(), HostError> {
        self.later(move |view| {
            if visible {
                let (frame, scale) = points(view, at);
                view.setFrame(frame);
                if let Some(layer) = view.layer() {
                    layer.setContentsScale(scale);
                }
            }
            view.setHidden(!visible);
        });
        Ok(())
    }

    fn holes(&mut self, holes: &[Pixels]) -> Result<(), HostError> {
        let holes = holes.to_vec();
        self.later(move |view| {
            let Some(layer) = view.layer() else { return };
            let mask = mask(view, &holes);
            #[expect(unsafe_code, reason = "the toolkit asks that a mask has no other use")]
            // SAFETY: a layer made just now that nothing else holds.
            unsafe {
                layer.setMask(mask.as_deref());
            }
        });
        Ok(())
    }

    #[expect(unsafe_code, reason = "a surface is made from raw handles")]
    fn raw(&self) -> RawWindow {
        let of = |address: usize| NonNull::new(address as *mut c_void).unwrap_or(NonNull::dangling());
        let window = RawWindowHandle::AppKit(AppKitWindowHandle::new(of(self.view)));
        let display = RawDisplayHandle::AppKit(AppKitDisplayHandle::new());
        // SAFETY: view and layer are owned by this child, which outlives what is drawn on it; a Metal layer may be drawn on from
        // any thread.
        unsafe { RawWindow::new(display, window).with_layer(of(self.layer)) }
    }

    fn put(&mut self, _picture: &Sheet<'_>, _part: Part) -> Result<(), HostError> {
        Err(HostError::Unsupported("draws the stage with Metal only"))
    }

    fn shares_memory(&self) -> bool {
        false
    }
}

impl Drop for MacChild {
    #[expect(unsafe_code, reason = "gives back what `make` took")]
    fn drop(&mut self) {
        let (view, layer) = (self.view, self.layer);
        DispatchQueue::main().exec_async(move || {
            // SAFETY: both addresses own one reference since `make`, and nothing of ours comes after this on the queue.
            let (view, layer) = unsafe {
                (
                    Retained::from_raw(view as *mut StageView),
                    Retained::from_raw(layer as *mut CAMetalLayer),
                )
            };
            if let Some(view) = view {
                view.removeFromSuperview();
            }
            drop(layer);
        });
    }
}

/// Everything but the holes; nothing when there are none.
#[expect(unsafe_code, reason = "paths and rules of a C interface")]
fn mask(view: &StageView, holes: &[Pixels]) -> Option<Retained<CALayer>> {
    if holes.is_empty() {
        return None;
    }
    let bounds = view.bounds();
    let scale = view.window().map_or(1.0, |window| window.backingScaleFactor());
    let path = CGMutablePath::new();
    // SAFETY: a path of our own, and no transformation.
    unsafe { CGMutablePath::add_rect(Some(&path), std::ptr::null(), bounds) };
    for hole in holes {
        let size = CGSize::new(f64::from(hole.width) / scale, f64::from(hole.height) / scale);
        let below = bounds.size.height - f64::from(hole.y) / scale - size.height;
        let hole = CGRect::new(CGPoint::new(f64::from(hole.x) / scale, below), size);
        // SAFETY: as above.
        unsafe { CGMutablePath::add_rect(Some(&path), std::ptr::null(), hole) };
    }
    let mask = CAShapeLayer::new();
    mask.setPath(Some(&path));
    // SAFETY: a constant of the framework.
    mask.setFillRule(unsafe { kCAFillRuleEvenOdd });
    Some(Retained::into_super(mask))
}
