// Small pictures of the video track, cut from a sheet.

struct Frame {
    size: vec2<f32>,
    radius: f32,
    // 1 as it is; less over a light desk or when faded.
    strength: f32,
};

@group(0) @binding(0) var<uniform> frame: Frame;
@group(0) @binding(1) var sheet: texture_2d<f32>;
@group(0) @binding(2) var smooth_sampler: sampler;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
    @location(1) at: vec2<f32>,
    @location(2) @interpolate(flat) half_size: vec2<f32>,
    @location(3) @interpolate(flat) bounds: vec4<f32>,
};

@vertex
fn vs(
    @builtin(vertex_index) vertex: u32,
    @location(0) rect: vec4<f32>,
    @location(1) uv: vec4<f32>,
) -> Corner {
    let unit = vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u));
    let pixel = rect.xy + unit * rect.zw;
    var out: Corner;
    out.position = vec4<f32>(pixel.x / frame.size.x * 2.0 - 1.0, 1.0 - pixel.y / frame.size.y * 2.0, 0.0, 1.0);
    out.uv = uv.xy + unit * uv.zw;
    out.at = (unit - 0.5) * rect.zw;
    out.half_size = rect.zw * 0.5;
    out.bounds = uv;
    return out;
}

@fragment
fn fs(in: Corner) -> @location(0) vec4<f32> {
    // Never past the middle of the outermost texels: the neighbour on the sheet is another picture.
    let texel = vec2<f32>(0.5) / vec2<f32>(textureDimensions(sheet));
    let uv = clamp(in.uv, in.bounds.xy + texel, in.bounds.xy + in.bounds.zw - texel);
    // Four taps across the pixel: the small pictures are usually drawn at half their size.
    let dx = dpdx(in.uv) * 0.25;
    let dy = dpdy(in.uv) * 0.25;
    let colour = (textureSampleLevel(sheet, smooth_sampler, uv + dx + dy, 0.0).rgb
        + textureSampleLevel(sheet, smooth_sampler, uv + dx - dy, 0.0).rgb
        + textureSampleLevel(sheet, smooth_sampler, uv - dx + dy, 0.0).rgb
        + textureSampleLevel(sheet, smooth_sampler, uv - dx - dy, 0.0).rgb) * 0.25;
    let q = abs(in.at) - in.half_size + frame.radius;
    let distance = length(max(q, vec2<f32>(0.0))) + min(max(q.x, q.y), 0.0) - frame.radius;
    let a = clamp(0.5 - distance, 0.0, 1.0) * frame.strength;
    return vec4<f32>(colour * a, a);
}
