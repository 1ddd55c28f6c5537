// A decoded picture on the screen: planes to RGB in one pass.

struct Picture {
    // x, y, width, height in device pixels
    rect: vec4<f32>,
    red: vec4<f32>,
    green: vec4<f32>,
    blue: vec4<f32>,
    size: vec2<f32>,
    // Shift of chroma in its own texels: left siting.
    chroma_shift: f32,
    // What a sample of 1.0 stands for, in code values.
    unit: f32,
};

@group(0) @binding(0) var<uniform> picture: Picture;
@group(0) @binding(1) var luma: texture_2d<f32>;
@group(0) @binding(2) var blue_difference: texture_2d<f32>;
@group(0) @binding(3) var red_difference: texture_2d<f32>;
@group(0) @binding(4) var smooth_sampler: sampler;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) uv: vec2<f32>,
};

@vertex
fn vs(@builtin(vertex_index) vertex: u32) -> Corner {
    let unit = vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u));
    let pixel = picture.rect.xy + unit * picture.rect.zw;
    var out: Corner;
    out.position = vec4<f32>(pixel.x / picture.size.x * 2.0 - 1.0, 1.0 - pixel.y / picture.size.y * 2.0, 0.0, 1.0);
    out.uv = unit;
    return out;
}

fn rgb_at(uv: vec2<f32>) -> vec3<f32> {
    let shift = vec2<f32>(picture.chroma_shift / f32(textureDimensions(blue_difference).x), 0.0);
    let code = vec4<f32>(
        textureSampleLevel(luma, smooth_sampler, uv, 0.0).r * picture.unit,
        textureSampleLevel(blue_difference, smooth_sampler, uv + shift, 0.0).r * picture.unit,
        textureSampleLevel(red_difference, smooth_sampler, uv + shift, 0.0).r * picture.unit,
        1.0,
    );
    return vec3<f32>(dot(picture.red, code), dot(picture.green, code), dot(picture.blue, code));
}

@fragment
fn fs(in: Corner) -> @location(0) vec4<f32> {
    let dx = dpdx(in.uv);
    let dy = dpdy(in.uv);
    let texels = vec2<f32>(textureDimensions(luma));
    // Samples per pixel: above one the plain filter would skip samples and shimmer.
    let step = max(abs(dx.x) * texels.x, abs(dy.y) * texels.y);
    if (step <= 1.05) {
        return vec4<f32>(clamp(rgb_at(in.uv), vec3<f32>(0.0), vec3<f32>(1.0)), 1.0);
    }
    let a = dx * 0.25;
    let b = dy * 0.25;
    let mean = (rgb_at(in.uv + a + b) + rgb_at(in.uv + a - b) + rgb_at(in.uv - a + b) + rgb_at(in.uv - a - b)) * 0.25;
    return vec4<f32>(clamp(mean, vec3<f32>(0.0), vec3<f32>(1.0)), 1.0);
}
