// What a shield shows of a picture: the mean luma of each of its cells.

struct Uniform {
    // Left, top, width, height of the picture in device pixels.
    rect: vec4<f32>,
    // Of the whole texture.
    size: vec2<f32>,
    cell: f32,
    pad: f32,
}

@group(0) @binding(0) var<uniform> u: Uniform;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var smooth_sampler: sampler;

@vertex
fn vs(@builtin(vertex_index) at: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(at & 1u) * 2.0 - 1.0, f32(at >> 1u) * 2.0 - 1.0, 0.0, 1.0);
}

@fragment
fn fs(@builtin(position) place: vec4<f32>) -> @location(0) vec4<f32> {
    let first = u.rect.xy + floor(place.xy) * u.cell;
    var sum = 0.0;
    var count = 0.0;
    for (var y = 0; y < 8; y++) {
        for (var x = 0; x < 8; x++) {
            let at = first + (vec2<f32>(f32(x), f32(y)) + 0.5) * u.cell / 8.0;
            if (all(at >= u.rect.xy) && all(at < u.rect.xy + u.rect.zw)) {
                let colour = textureSampleLevel(picture, smooth_sampler, at / u.size, 0.0).rgb;
                sum += dot(colour, vec3<f32>(0.2126, 0.7152, 0.0722));
                count += 1.0;
            }
        }
    }
    return vec4<f32>(vec3<f32>(sum / max(count, 1.0)), 1.0);
}
