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
    @location(4) @interpolate(flat) shield: f32,
};

@vertex
fn vs(
    @builtin(vertex_index) vertex: u32,
    @location(0) rect: vec4<f32>,
    @location(1) uv: vec4<f32>,
    @location(2) shield: f32,
) -> Corner {
    let unit = vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u));
    let pixel = rect.xy + unit * rect.zw;
    var out: Corner;
    out.position = vec4<f32>(pixel.x / frame.size.x * 2.0 - 1.0, 1.0 - pixel.y / frame.size.y * 2.0, 0.0, 1.0);
    out.uv = uv.xy + unit * uv.zw;
    out.at = (unit - 0.5) * rect.zw;
    out.half_size = rect.zw * 0.5;
    out.bounds = uv;
    out.shield = shield;
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
    var colour = (textureSampleLevel(sheet, smooth_sampler, uv + dx + dy, 0.0).rgb
        + textureSampleLevel(sheet, smooth_sampler, uv + dx - dy, 0.0).rgb
        + textureSampleLevel(sheet, smooth_sampler, uv - dx + dy, 0.0).rgb
        + textureSampleLevel(sheet, smooth_sampler, uv - dx - dy, 0.0).rgb) * 0.25;
    if in.shield > 0.5 {
        // So wide that only the light of the picture is left: it is small, and a narrow blur would still show it.
        var sum = vec3<f32>(0.0);
        for (var i = 0; i < 81; i += 1) {
            let step = vec2<f32>(f32(i % 9 - 4), f32(i / 9 - 4)) / 4.0;
            let at = clamp(in.uv + step * in.bounds.zw * 0.35, in.bounds.xy + texel, in.bounds.xy + in.bounds.zw - texel);
            sum += textureSampleLevel(sheet, smooth_sampler, at, 0.0).rgb;
        }
        let grey = dot(sum / 81.0, vec3<f32>(0.2126, 0.7152, 0.0722));
        colour = vec3<f32>(grey * 0.6);
    }
    let q = abs(in.at) - in.half_size + frame.radius;
    let distance = length(max(q, vec2<f32>(0.0))) + min(max(q.x, q.y), 0.0) - frame.radius;
    let a = clamp(0.5 - distance, 0.0, 1.0) * frame.strength;
    return vec4<f32>(colour * a, a);
}
