// A decoded picture on the screen: planes to RGB in one pass.

struct Picture {
    // x, y, width, height in device pixels
    rect: vec4<f32>,
    red: vec4<f32>,
    green: vec4<f32>,
    blue: vec4<f32>,
    size: vec2<f32>,
    // What a sample of 1.0 stands for, in code values.
    unit: f32,
    // 0 for SDR, 1 for PQ, 2 for HLG; with BT.2020's primaries 4 more.
    tone: u32,
    // Chroma texels per luma texel across and down, and the shift of chroma in its own texels.
    chroma: vec4<f32>,
    // From the middle of the upright picture to the middle of the lying one: two rows.
    turn: vec4<f32>,
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
    let off = unit - 0.5;
    out.uv = vec2<f32>(dot(picture.turn.xy, off), dot(picture.turn.zw, off)) + 0.5;
    return out;
}

fn rgb_at(uv: vec2<f32>) -> vec3<f32> {
    let texel = uv * vec2<f32>(textureDimensions(luma)) * picture.chroma.xy + picture.chroma.zw;
    let chroma_uv = texel / vec2<f32>(textureDimensions(blue_difference));
    let code = vec4<f32>(
        textureSampleLevel(luma, smooth_sampler, uv, 0.0).r * picture.unit,
        textureSampleLevel(blue_difference, smooth_sampler, chroma_uv, 0.0).r * picture.unit,
        textureSampleLevel(red_difference, smooth_sampler, chroma_uv, 0.0).r * picture.unit,
        1.0,
    );
    return vec3<f32>(dot(picture.red, code), dot(picture.green, code), dot(picture.blue, code));
}

// Light of a PQ signal, 1 is the white of an SDR screen (203 cd/m², BT.2408).
fn light_of_pq(signal: vec3<f32>) -> vec3<f32> {
    let power = pow(signal, vec3<f32>(1.0 / 78.84375));
    let ratio = max(power - 0.8359375, vec3<f32>(0.0)) / (18.8515625 - 18.6875 * power);
    return 10000.0 / 203.0 * pow(ratio, vec3<f32>(1.0 / 0.1593017578125));
}

// Light of an HLG signal on a display of 1000 cd/m², each component by itself.
fn light_of_hlg(signal: vec3<f32>) -> vec3<f32> {
    let low = signal * signal / 3.0;
    let high = (exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12.0;
    return 1000.0 / 203.0 * pow(select(high, low, signal <= vec3<f32>(0.5)), vec3<f32>(1.2));
}

// What HDR looks like on an SDR screen: the rule of the proxies. Light is kept up to 70 % of white and rolled off above, the
// same factor for all three so that hues stay; BT.2020 becomes BT.709; shown with gamma 2.4.
fn brought_down(signal: vec3<f32>) -> vec3<f32> {
    var light: vec3<f32>;
    if ((picture.tone & 3u) == 1u) {
        light = light_of_pq(signal);
    } else {
        light = light_of_hlg(signal);
    }
    if (picture.tone >= 4u) {
        light = vec3<f32>(
            dot(vec3<f32>(1.6605, -0.5876, -0.0728), light),
            dot(vec3<f32>(-0.1246, 1.1329, -0.0083), light),
            dot(vec3<f32>(-0.0182, -0.1006, 1.1187), light),
        );
    }
    let brightest = max(max(light.r, light.g), max(light.b, 1e-6));
    let rolled = select(0.7 + 0.3 * (1.0 - exp((0.7 - brightest) / 0.3)), brightest, brightest <= 0.7);
    return pow(clamp(light * (rolled / brightest), vec3<f32>(0.0), vec3<f32>(1.0)), vec3<f32>(1.0 / 2.4));
}

@fragment
fn fs(in: Corner) -> @location(0) vec4<f32> {
    let dx = dpdx(in.uv);
    let dy = dpdy(in.uv);
    let texels = vec2<f32>(textureDimensions(luma));
    // Samples per pixel, whichever way the picture lies: above one the plain filter would skip samples and shimmer.
    let across = max(abs(dx), abs(dy)) * texels;
    let step = max(across.x, across.y);
    var rgb = vec3<f32>(0.0);
    if (step <= 1.05) {
        rgb = rgb_at(in.uv);
    } else {
        // Each look takes in two samples each way.
        let looks = clamp(i32(ceil(step * 0.5)), 2, 8);
        for (var y = 0; y < looks; y += 1) {
            for (var x = 0; x < looks; x += 1) {
                let at = (vec2<f32>(f32(x), f32(y)) + 0.5) / f32(looks) - 0.5;
                rgb += rgb_at(in.uv + dx * at.x + dy * at.y);
            }
        }
        rgb /= f32(looks * looks);
    }
    rgb = clamp(rgb, vec3<f32>(0.0), vec3<f32>(1.0));
    if (picture.tone != 0u) {
        rgb = brought_down(rgb);
    }
    return vec4<f32>(rgb, 1.0);
}
