// A picture of pixels, as it is, in its place.

struct Uniform {
    // Left, top, width, height in device pixels.
    rect: vec4<f32>,
    size: vec2<f32>,
    pad: vec2<f32>,
}

@group(0) @binding(0) var<uniform> u: Uniform;
@group(0) @binding(1) var picture: texture_2d<f32>;

@vertex
fn vs(@builtin(vertex_index) at: u32) -> @builtin(position) vec4<f32> {
    let pixel = u.rect.xy + vec2<f32>(f32(at & 1u), f32(at >> 1u)) * u.rect.zw;
    return vec4<f32>(pixel.x / u.size.x * 2.0 - 1.0, 1.0 - pixel.y / u.size.y * 2.0, 0.0, 1.0);
}

@fragment
fn fs(@builtin(position) place: vec4<f32>) -> @location(0) vec4<f32> {
    let last = vec2<i32>(textureDimensions(picture)) - 1;
    return textureLoad(picture, clamp(vec2<i32>(place.xy - u.rect.xy), vec2<i32>(0), last), 0);
}
