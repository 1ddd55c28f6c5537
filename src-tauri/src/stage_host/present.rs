//! How frames reach a surface, chosen by trying.

use stage::{
    Backend, Gpu, OffscreenPresenter, Presenter, Shown, StageError, SurfacePresenter, Target,
    TimelineRenderer, Typefaces, ViewerRenderer, Want,
};

use super::{Child, HostError, Sheet, Way};

/// One way of showing, for both surfaces.
pub(super) struct Showing {
    pub(super) way: Way,
    pub(super) gpu: Gpu,
    pub(super) presenters: Vec<Shower>,
}

/// The presenter of one surface.
pub(super) enum Shower {
    /// Into the window's own surface.
    Surface(SurfacePresenter),
    /// Into memory, then row by row into the window.
    Copy(OffscreenPresenter),
}

impl Showing {
    pub(super) fn open(
        way: Way,
        children: &[Box<dyn Child>],
        sizes: &[(u32, u32)],
    ) -> Result<Self, StageError> {
        let want = match way {
            Way::Vulkan => Want::Only(Backend::Vulkan),
            Way::Metal => Want::Only(Backend::Metal),
            Way::Gl => Want::Only(Backend::Gl),
            Way::Copy => return Self::copying(sizes),
        };
        let (Some(first), Some(&(width, height))) = (children.first(), sizes.first()) else {
            return Self::copying(sizes);
        };
        let (gpu, presenter) = Gpu::for_window(first.raw(), want, width, height)?;
        let mut presenters = vec![Shower::Surface(presenter)];
        for (child, &(width, height)) in children.iter().zip(sizes).skip(1) {
            presenters.push(Shower::Surface(gpu.present_on(child.raw(), width, height)?));
        }
        Ok(Self { way, gpu, presenters })
    }

    fn copying(sizes: &[(u32, u32)]) -> Result<Self, StageError> {
        let gpu = Gpu::new(Want::Best)?;
        let presenters = sizes
            .iter()
            .map(|&(width, height)| OffscreenPresenter::new_bgra(&gpu, width, height).map(Shower::Copy));
        let presenters = presenters.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            way: Way::Copy,
            gpu,
            presenters,
        })
    }

    /// Shows one of the surfaces in another window from now on.
    pub(super) fn move_to(
        &mut self,
        surface: usize,
        child: &dyn Child,
        (width, height): (u32, u32),
    ) -> Result<(), StageError> {
        if let Some(shower @ Shower::Surface(_)) = self.presenters.get_mut(surface) {
            *shower = Shower::Surface(self.gpu.present_on(child.raw(), width, height)?);
        }
        Ok(())
    }

    /// How pictures reach the screen, in words.
    pub(super) fn words(&self, shares_memory: bool) -> String {
        match self.way {
            Way::Vulkan | Way::Metal | Way::Gl => self.gpu.words(),
            Way::Copy if shares_memory => format!("{}, shared memory", self.gpu.words()),
            Way::Copy => format!("{}, copied", self.gpu.words()),
        }
    }
}

impl Shower {
    fn presenter(&mut self) -> &mut dyn Presenter {
        match self {
            Self::Surface(surface) => surface,
            Self::Copy(memory) => memory,
        }
    }

    /// A viewer that draws for this surface.
    pub(super) fn viewer(&self, gpu: &Gpu) -> ViewerRenderer {
        match self {
            Self::Surface(surface) => ViewerRenderer::new(gpu, surface.format(), Typefaces::WithSystem),
            Self::Copy(memory) => ViewerRenderer::new(gpu, memory.format(), Typefaces::WithSystem),
        }
    }

    /// A timeline that draws for this surface.
    pub(super) fn timeline(&self, gpu: &Gpu) -> TimelineRenderer {
        match self {
            Self::Surface(surface) => TimelineRenderer::new(gpu, surface.format(), Typefaces::WithSystem),
            Self::Copy(memory) => TimelineRenderer::new(gpu, memory.format(), Typefaces::WithSystem),
        }
    }

    /// Draws one picture of this size and brings it onto the child.
    pub(super) fn show(
        &mut self,
        gpu: &Gpu,
        child: &mut dyn Child,
        size: (u32, u32),
        draw: &mut dyn FnMut(&mut Target<'_>) -> Result<(), StageError>,
    ) -> Result<Shown, HostError> {
        let presenter = self.presenter();
        presenter.resize(gpu, size.0, size.1)?;
        let shown = presenter.present(gpu, draw)?;
        if let Self::Copy(memory) = self {
            memory.read(gpu, |rows, stride_bytes| {
                let sheet = Sheet {
                    rows,
                    stride_bytes,
                    size,
                };
                child.put(&sheet, sheet.whole())
            })??;
        }
        Ok(shown)
    }
}
