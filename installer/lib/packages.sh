# Packages by purpose. Sourced. Debian 12, Ubuntu 24.04 and newer share these names (older ones carry an FFmpeg below 5.1).
# shellcheck shell=bash disable=SC2034

DEBIAN_BUILD=(
  build-essential pkg-config mold clang libclang-dev curl ca-certificates git
  libwebkit2gtk-4.1-dev libgtk-3-dev librsvg2-dev libxdo-dev libdbus-1-dev libssl-dev libx11-dev libx11-xcb-dev
  libavcodec-dev libavformat-dev libavutil-dev libavfilter-dev libswscale-dev libswresample-dev libasound2-dev
)
# What the programs use at run time: a Vulkan and a GL driver (software ones where there is no GPU), text recognition.
DEBIAN_RUN=(
  libvulkan1 mesa-vulkan-drivers libgl1-mesa-dri libegl1 libgles2 tesseract-ocr fonts-dejavu-core
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-libav
)
DEBIAN_TEST=(
  xvfb openbox xdotool x11-utils imagemagick webkit2gtk-driver dbus-x11 at-spi2-core libnss3 strace ffmpeg python3-venv gnome-keyring dbus
)
# Debian's browser. Ubuntu has it as a snap only, which does not run headless from a service: see ensure_browser.
DEBIAN_BROWSER=(chromium)
HOMEBREW_BUILD=(pkg-config ffmpeg tesseract)
HOMEBREW_TEST=()
