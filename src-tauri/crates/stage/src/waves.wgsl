// The waveform: one texel per pixel column and channel (lowest, highest, energy), one strip over the whole band.

struct Band {
    // x, y, width, height in device pixels
    rect: vec4<f32>,
    peak: vec4<f32>,
    rms: vec4<f32>,
    size: vec2<f32>,
    // column of the data under the band's left edge
    first: f32,
    channels: f32,
};

@group(0) @binding(0) var<uniform> band: Band;
@group(0) @binding(1) var wave: texture_2d<i32>;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) pixel: vec2<f32>,
};

@vertex
fn vs(@builtin(vertex_index) vertex: u32) -> Corner {
    let pixel = band.rect.xy + vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u)) * band.rect.zw;
    var out: Corner;
    out.position = vec4<f32>(pixel.x / band.size.x * 2.0 - 1.0, 1.0 - pixel.y / band.size.y * 2.0, 0.0, 1.0);
    out.pixel = pixel - band.rect.xy;
    return out;
}

// Quiet speech would be a hair line if drawn linearly: lifted, and still in order.
fn lift(sample: f32) -> f32 {
    return sign(sample) * pow(min(abs(sample), 1.0), 0.72);
}

// Share of the pixel at `y` inside low..high, all in pixels upwards from the middle.
fn inside(y: f32, low: f32, high: f32) -> f32 {
    return clamp(min(high, y + 0.5) - max(low, y - 0.5), 0.0, 1.0);
}

@fragment
fn fs(in: Corner) -> @location(0) vec4<f32> {
    let row = band.rect.w / band.channels;
    let channel = clamp(floor(in.pixel.y / row), 0.0, band.channels - 1.0);
    let half_row = row * 0.5;
    let up = half_row - (in.pixel.y - channel * row);
    let texel = textureLoad(wave, vec2<i32>(i32(band.first + floor(in.pixel.x)), i32(channel)), 0);
    let reach = half_row - 1.0;
    let low = min(lift(f32(texel.x) / 32767.0) * reach, -0.5);
    let high = max(lift(f32(texel.y) / 32767.0) * reach, 0.5);
    let energy = lift(f32(texel.z) / 32767.0) * reach;
    let peak = inside(up, low, high);
    let core = inside(up, max(-energy, low), min(energy, high));
    let a = band.peak.a * peak;
    let b = band.rms.a * core;
    return vec4<f32>(band.peak.rgb * a * (1.0 - b) + band.rms.rgb * b, a * (1.0 - b) + b);
}
