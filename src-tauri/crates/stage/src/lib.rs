//! Viewer and timeline drawing on wgpu, off-screen or on a window's surface.
