# Shared by installer/run, installer/test and installer/package: what they say, where they keep things, how they install
# what is missing. Sourced, not run. Everything is idempotent and nothing asks.
# shellcheck shell=bash

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
CACHE="${CIRCLETAKE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/circletake}"
TOOLS="$CACHE/tools"
mkdir -p "$CACHE" "$TOOLS"

# Builds are kept outside the checkout, so that a fresh clone rebuilds only our own crates.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$CACHE/target}"
export PATH="$TOOLS/bin:$TOOLS/node/bin:$HOME/.cargo/bin:$PATH"

NODE_AT_LEAST="20.19.0"
RUST_VERSION="$(sed -n 's/^channel = "\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml")"

say() { printf '\033[1m› %s\033[0m\n' "$*"; }
note() { printf '  %s\n' "$*"; }
# One sentence of what happened, one of what to do.
fail() {
  printf '\ncircletake: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '  %s\n' "$2" >&2
  exit 1
}

STEP_STARTED=0
step() {
  step_done
  STEP_STARTED=$SECONDS
  STEP_NAME="$*"
  say "$*"
}
step_done() {
  if [ "$STEP_STARTED" -ne 0 ]; then note "$STEP_NAME: $((SECONDS - STEP_STARTED)) s"; fi
  STEP_STARTED=0
}

have() { command -v "$1" >/dev/null 2>&1; }

# at_least 20.20.2 20.19.0 → true
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

system() {
  case "$(uname -s)" in
    Linux) if have apt-get; then echo debian; else echo linux; fi ;;
    Darwin) echo macos ;;
    *) echo other ;;
  esac
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  elif have sudo && [ -t 0 ]; then
    note "needs your password to install Debian packages"
    sudo "$@"
  else
    fail "installing packages needs root, and sudo is not usable here." \
      "Run this once as root, then again as yourself: apt-get install -y ${*: -1:1} …  (the list is in installer/lib/packages.sh)"
  fi
}

# install_packages NAME… : Debian packages that are missing, in one go.
install_debian_packages() {
  local missing=()
  local name
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -q '^installed$' || missing+=("$name")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    note "Debian packages: all there"
    return
  fi
  note "Debian packages to install: ${missing[*]}"
  local log="$CACHE/apt.log"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >"$log" 2>&1 ||
    note "apt-get update failed; trying with the lists at hand (log: $log)"
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    tail -n 15 "$log" >&2
    fail "apt-get could not install the packages above." \
      "Read the lines above or $log, mend the package sources (this needs Debian 12 or Ubuntu 24.04, or newer), and run this again."
  fi
}

# FFmpeg 5.1 brought the channel layouts the programs are written against. Older distributions cannot build them.
ensure_ffmpeg() {
  pkg-config --atleast-version=59.37 libavcodec && return
  fail "the FFmpeg libraries of this system are too old ($(pkg-config --modversion libavcodec 2>/dev/null || echo 'none found'); libavcodec 59.37 of FFmpeg 5.1 is needed)." \
    "Use Debian 12, Ubuntu 24.04 or newer, or put a newer FFmpeg's pkgconfig folder into PKG_CONFIG_PATH, and run this again."
}

# ensure_browser : a Chromium for the end-to-end runs; its path is left in CHROMIUM. Debian has a package; elsewhere (Ubuntu
# has a snap only) Playwright fetches one, once.
ensure_browser() {
  local name
  if [ -n "${CHROMIUM:-}" ]; then return; fi
  if [ "$(system)" = debian ] && ! have chromium && [[ "$(apt-cache policy chromium 2>/dev/null || true)" == *"Candidate: "[0-9]* ]]; then
    install_debian_packages "${DEBIAN_BROWSER[@]}"
  fi
  for name in chromium google-chrome-stable google-chrome; do
    if have "$name"; then CHROMIUM="$(command -v "$name")"; export CHROMIUM; return; fi
  done
  note "Chromium: fetching the one Playwright ships (this system has no package of it)"
  (cd "$ROOT/ui" && PLAYWRIGHT_BROWSERS_PATH="$TOOLS/browsers" npx --no-install playwright-core install chromium >"$CACHE/browser.log" 2>&1) ||
    { tail -n 10 "$CACHE/browser.log" >&2; fail "no browser for the end-to-end runs could be had." "Install Chromium or Google Chrome, or name one in CHROMIUM, and run this again."; }
  CHROMIUM="$(find "$TOOLS/browsers" -type f -perm -u+x \( -name chrome -o -name Chromium \) -print -quit || true)"
  [ -n "$CHROMIUM" ] || fail "the browser that was fetched is not where it should be." "Name a Chromium or Google Chrome in CHROMIUM, and run this again."
  export CHROMIUM
}

install_homebrew_packages() {
  have brew || fail "Homebrew is missing." "Install it from https://brew.sh and run this again."
  local missing=()
  local name
  for name in "$@"; do brew list --formula "$name" >/dev/null 2>&1 || missing+=("$name"); done
  [ ${#missing[@]} -eq 0 ] && { note "Homebrew packages: all there"; return; }
  note "Homebrew packages to install: ${missing[*]}"
  HOMEBREW_NO_AUTO_UPDATE=1 brew install --quiet "${missing[@]}" ||
    fail "brew could not install: ${missing[*]}." "Run 'brew doctor', then this again."
}

# A distribution's Rust is often too old. rustup installs the pinned toolchain beside it, in the home folder.
ensure_rust() {
  if have cargo && have rustc && [ "$(rustc --version 2>/dev/null | cut -d' ' -f2)" = "$RUST_VERSION" ]; then
    note "Rust $RUST_VERSION: there"
    return
  fi
  if ! have rustup; then
    note "Rust $RUST_VERSION: installing with rustup into ~/.cargo (your system's Rust stays as it is)"
    local script="$CACHE/rustup-init.sh"
    curl --proto '=https' --tlsv1.2 -fsS --retry 3 https://sh.rustup.rs -o "$script" ||
      fail "rustup could not be downloaded." "Check the network, or install Rust $RUST_VERSION yourself (https://rustup.rs), and run this again."
    sh "$script" -y --quiet --no-modify-path --profile minimal --default-toolchain "$RUST_VERSION" \
      -c rustfmt -c clippy || fail "rustup did not finish." "Its lines above say why."
  elif ! rustup toolchain list | grep -q "^$RUST_VERSION"; then
    note "Rust $RUST_VERSION: installing (rustup)"
    rustup toolchain install "$RUST_VERSION" --profile minimal -c rustfmt -c clippy ||
      fail "rustup could not install Rust $RUST_VERSION." "Check the network and run this again."
  fi
  [ "$(cd "$ROOT" && rustc --version 2>/dev/null | cut -d' ' -f2)" = "$RUST_VERSION" ] ||
    fail "Rust $RUST_VERSION is not the one in use: $(cd "$ROOT" && rustc --version 2>&1 | head -n 1)." \
      "Remove RUSTUP_TOOLCHAIN from the environment, or put ~/.cargo/bin first in PATH."
}

# A distribution's Node is often too old: then one comes from the npm registry, which ships the official binary as a package.
ensure_node() {
  if have node && have npm && at_least "$(node --version | tr -d v)" "$NODE_AT_LEAST"; then
    note "Node $(node --version | tr -d v): there"
    return
  fi
  local machine
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) machine=linux-x64 ;;
    Linux-aarch64) machine=linux-arm64 ;;
    Darwin-arm64) machine=darwin-arm64 ;;
    Darwin-x86_64) machine=darwin-x64 ;;
    *) fail "no Node for $(uname -s) $(uname -m) is known here." "Install Node $NODE_AT_LEAST or newer yourself and run this again." ;;
  esac
  local version=22.20.0 npm_version=11.6.2 registry=https://registry.npmjs.org
  note "Node ${version}: installing into $TOOLS/node (the system's is ${1:-$(node --version 2>/dev/null || echo missing)})"
  rm -rf "$TOOLS/node.new" && mkdir -p "$TOOLS/node.new/bin" "$TOOLS/node.new/lib/node_modules/npm"
  fetch_npm_tarball "$registry/node-$machine/-/node-$machine-$version.tgz" "$TOOLS/node.new"
  fetch_npm_tarball "$registry/npm/-/npm-$npm_version.tgz" "$TOOLS/node.new/lib/node_modules/npm"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$TOOLS/node.new/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$TOOLS/node.new/bin/npx"
  chmod +x "$TOOLS/node.new/bin/node" "$TOOLS/node.new/lib/node_modules/npm/bin/"*-cli.js
  rm -rf "$TOOLS/node" && mv "$TOOLS/node.new" "$TOOLS/node"
  "$TOOLS/node/bin/node" --version >/dev/null || fail "the Node just installed does not start." "Install Node $NODE_AT_LEAST or newer yourself and run this again."
}

fetch_npm_tarball() {
  curl -fsS --retry 3 "$1" | tar -xz --strip-components=1 -C "$2" ||
    fail "Node could not be downloaded: $1" "Check the network, or install Node $NODE_AT_LEAST or newer yourself, and run this again."
}

# cargo_tool NAME VERSION PROGRAM : a command-line tool from crates.io, once, kept with the cache.
cargo_tool() {
  local mark="$TOOLS/.$1-$2"
  [ -e "$mark" ] && [ -x "$TOOLS/bin/$3" ] && return
  note "$1 $2: building once"
  CARGO_TARGET_DIR="$CACHE/tools-target" cargo install --quiet --locked --debug --root "$TOOLS" "$1" --version "$2" \
    >"$CACHE/$1.log" 2>&1 || { tail -n 15 "$CACHE/$1.log" >&2; fail "$1 did not build." "The lines above say why; the whole log is $CACHE/$1.log."; }
  touch "$mark"
}

# The desk is embedded into the programs, so it is built first. Skipped when nothing in ui/ has changed.
build_ui() {
  cd "$ROOT/ui"
  local lock_mark="node_modules/.installed-from"
  if ! cmp -s package-lock.json "$lock_mark"; then
    npm ci --no-fund --no-audit --loglevel=error || fail "npm could not install the desk's packages." "Check the network; 'npm ci' in ui/ shows more."
    cp package-lock.json "$lock_mark"
  fi
  npm run --silent build >"$CACHE/ui-build.log" 2>&1 || { tail -n 30 "$CACHE/ui-build.log" >&2; fail "the desk did not build." "The lines above say why."; }
  cd "$ROOT"
}
