// The shield, and comparing with a still. Everything is in device pixels of the target; both pictures have its size.

struct Uniform {
    // Left, top, width, height of the picture and of the still.
    live: vec4<f32>,
    still: vec4<f32>,
    // Target size; cell of the shield; column of a wipe.
    size: vec2<f32>,
    cell: f32,
    line: f32,
    // 0 picture alone, 1 side by side, 2 wipe, 3 difference, 4 still alone.
    mode: u32,
    areas: u32,
    // Whether the still is shielded as well.
    still_too: u32,
    still_cell: f32,
    parts: array<vec4<f32>, 16>,
}

@group(0) @binding(0) var<uniform> u: Uniform;
@group(0) @binding(1) var live_picture: texture_2d<f32>;
@group(0) @binding(2) var still_picture: texture_2d<f32>;
@group(0) @binding(3) var small_live: texture_2d<f32>;
@group(0) @binding(4) var small_still: texture_2d<f32>;

@vertex
fn vs(@builtin(vertex_index) at: u32) -> @builtin(position) vec4<f32> {
    return vec4<f32>(f32(at & 1u) * 2.0 - 1.0, f32(at >> 1u) * 2.0 - 1.0, 0.0, 1.0);
}

fn inside(at: vec2<f32>, rect: vec4<f32>) -> bool {
    return all(at >= rect.xy) && all(at < rect.xy + rect.zw);
}

fn spline(t: f32) -> vec3<f32> {
    return vec3<f32>(0.5 * (0.5 - t) * (0.5 - t), 0.75 - t * t, 0.5 * (0.5 + t) * (0.5 + t));
}

fn veiled(small: texture_2d<f32>, from_corner: vec2<f32>, rect: vec4<f32>, cell: f32) -> vec3<f32> {
    let at = from_corner / cell;
    let middle = floor(at);
    let wx = spline(at.x - middle.x - 0.5);
    let wy = spline(at.y - middle.y - 0.5);
    let last = vec2<i32>(ceil(rect.zw / cell)) - 1;
    var sum = 0.0;
    for (var y = 0; y < 3; y++) {
        for (var x = 0; x < 3; x++) {
            let place = clamp(vec2<i32>(middle) + vec2<i32>(x - 1, y - 1), vec2<i32>(0), last);
            sum += wx[x] * wy[y] * textureLoad(small, place, 0).r;
        }
    }
    return vec3<f32>(sum * 0.55 + 34.0 / 255.0);
}

@fragment
fn fs(@builtin(position) place: vec4<f32>) -> @location(0) vec4<f32> {
    let at = floor(place.xy);
    let pixel = vec2<i32>(at);
    var live = textureLoad(live_picture, pixel, 0).rgb;
    var still = textureLoad(still_picture, pixel, 0).rgb;
    if (inside(at, u.live)) {
        for (var n = 0u; n < u.areas; n++) {
            if (inside(at, u.parts[n])) {
                live = veiled(small_live, at - u.live.xy, u.live, u.cell);
                break;
            }
        }
    }
    if (u.still_too == 1u && inside(at, u.still)) {
        still = veiled(small_still, at - u.still.xy, u.still, u.still_cell);
    }
    var seen = live;
    switch u.mode {
        case 1u: {
            if (inside(at, u.still)) { seen = still; }
        }
        case 2u: {
            if (at.x < u.line) { seen = still; }
        }
        case 3u: {
            if (inside(at, u.live) || inside(at, u.still)) { seen = abs(live - still); }
        }
        case 4u: {
            seen = still;
        }
        default: {}
    }
    return vec4<f32>(seen, 1.0);
}
