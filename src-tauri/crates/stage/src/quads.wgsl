// Every box, line and mark of the timeline and of the viewer's overlays. One instance each; all lengths are device pixels.

struct Frame {
    size: vec2<f32>,
    scale: f32,
    unused: f32,
};

@group(0) @binding(0) var<uniform> frame: Frame;

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) at: vec2<f32>,
    @location(1) @interpolate(flat) half_size: vec2<f32>,
    @location(2) @interpolate(flat) fill: vec4<f32>,
    @location(3) @interpolate(flat) border: vec4<f32>,
    // radius, border width, style, phase
    @location(4) @interpolate(flat) params: vec4<f32>,
};

const SOLID: f32 = 0.0;
const DASHED: f32 = 1.0;
const SPLIT: f32 = 2.0;
const PENCIL: f32 = 3.0;
const HEAD: f32 = 4.0;

const TAU: f32 = 6.2831853;
// Twins of pencil.rs.
const PENCIL_TURNS: f32 = 1.15;
const PENCIL_START: f32 = -2.05;

@vertex
fn vs(
    @builtin(vertex_index) vertex: u32,
    @location(0) rect: vec4<f32>,
    @location(1) fill: vec4<f32>,
    @location(2) border: vec4<f32>,
    @location(3) params: vec4<f32>,
) -> Corner {
    let unit = vec2<f32>(f32(vertex & 1u), f32(vertex >> 1u)) * 2.0 - 1.0;
    let half_size = rect.zw * 0.5;
    // One pixel of air for the smoothing of the edge.
    let at = unit * (half_size + 1.0);
    let pixel = rect.xy + half_size + at;
    var out: Corner;
    out.position = vec4<f32>(pixel.x / frame.size.x * 2.0 - 1.0, 1.0 - pixel.y / frame.size.y * 2.0, 0.0, 1.0);
    out.at = at;
    out.half_size = half_size;
    out.fill = fill;
    out.border = border;
    out.params = params;
    return out;
}

fn cover(distance: f32) -> f32 {
    return clamp(0.5 - distance, 0.0, 1.0);
}

fn round_box(at: vec2<f32>, half_size: vec2<f32>, radius: f32) -> f32 {
    let q = abs(at) - half_size + radius;
    return length(max(q, vec2<f32>(0.0))) + min(max(q.x, q.y), 0.0) - radius;
}

// 1 on a dash, 0 between. Corners are always drawn, and the period is stretched so that the dashes meet them evenly;
// with a phase (the box is cut off at the left) the period is kept, so that dashes do not crawl while scrolling.
fn dash(at: vec2<f32>, half_size: vec2<f32>, radius: f32, phase: f32) -> f32 {
    let straight = half_size - radius;
    let to_edge = half_size - abs(at);
    var along = 0.0;
    var reach = 0.0;
    if (abs(at.x) <= straight.x && to_edge.y <= to_edge.x) {
        along = at.x + straight.x;
        reach = straight.x * 2.0;
    } else if (abs(at.y) <= straight.y) {
        along = at.y + straight.y;
        reach = straight.y * 2.0;
    } else {
        return 1.0;
    }
    let wanted = 7.0 * frame.scale;
    var period = reach / max(1.0, round(reach / wanted));
    if (phase > 0.0 && to_edge.y <= to_edge.x) {
        period = wanted;
        along += phase;
    }
    let in_period = fract(along / period);
    return clamp((abs(in_period - 0.5) - 0.21) * period + 0.5, 0.0, 1.0);
}

fn over(top: vec4<f32>, under: vec4<f32>) -> vec4<f32> {
    return top + under * (1.0 - top.a);
}

fn ink(colour: vec4<f32>, coverage: f32) -> vec4<f32> {
    let a = colour.a * coverage;
    return vec4<f32>(colour.rgb * a, a);
}

fn box_ink(in: Corner, dashed: bool) -> vec4<f32> {
    let radius = min(in.params.x, min(in.half_size.x, in.half_size.y));
    let distance = round_box(in.at, in.half_size, radius);
    let body = cover(distance);
    if (in.params.y <= 0.0) {
        return ink(in.fill, body);
    }
    var edge = body - cover(distance + in.params.y);
    if (dashed) {
        edge *= dash(in.at, in.half_size, radius, in.params.w);
        return over(ink(in.border, edge), ink(in.fill, body));
    }
    return over(ink(in.border, edge), ink(in.fill, body - edge));
}

// Two halves that no longer meet: one as if taken, the other as if turned down.
fn split_ink(in: Corner) -> vec4<f32> {
    let radius = min(in.params.x, min(in.half_size.x, in.half_size.y));
    let distance = round_box(in.at, in.half_size, radius);
    let body = cover(distance);
    let edge = body - cover(distance + in.params.y);
    // The seam leans as a tear does; its lean shrinks with the box so that narrow items are split too.
    let lean = min(0.42, in.half_size.x / (in.half_size.y * 3.0));
    let across = (in.at.x + in.at.y * lean) / sqrt(1.0 + lean * lean);
    // A hollow box is split wider and its lesser half drawn lighter: there is no ground to tell the halves apart.
    let hollow = in.fill.a == 0.0;
    let gap = min(select(1.5, 5.0, hollow) * frame.scale, in.half_size.x * 0.34);
    let kept = cover(gap - abs(across));
    let stripes = fract((in.at.x + in.at.y) / (6.0 * frame.scale));
    let hatch = cover((abs(stripes - 0.5) - 0.11) * 6.0 * frame.scale * 0.7071);
    let left = over(ink(in.border, edge), ink(in.fill, body - edge));
    let right = over(
        ink(in.border, edge * select(1.0, 0.5, hollow)),
        ink(in.border, (body - edge) * hatch * select(0.42, 0.0, hollow)),
    );
    return select(right, left, across < 0.0) * kept;
}

fn pencil_radius(turns: f32) -> f32 {
    let t = turns * TAU;
    return 0.745 + 0.195 * (turns / PENCIL_TURNS) + 0.03 * sin(t + 0.9) + 0.02 * sin(2.0 * t + 2.2);
}

fn pencil_pressure(turns: f32) -> f32 {
    let taper = smoothstep(0.0, 0.09, turns) * (1.0 - smoothstep(PENCIL_TURNS - 0.22, PENCIL_TURNS, turns));
    return taper * (0.88 + 0.34 * sin(turns * TAU - 0.6));
}

// The circle of the grease pencil; params.y is the width of its stroke.
fn pencil_ink(in: Corner) -> vec4<f32> {
    let reach = in.half_size - in.params.y * 0.5;
    let q = in.at / reach;
    let away = max(length(q), 1e-4);
    let turned = fract((atan2(q.y, q.x) - PENCIL_START) / TAU);
    // Change of `away` per pixel: turns a distance in the unit circle into pixels, on ellipses too.
    let slope = length(q / (reach * away));
    var coverage = 0.0;
    for (var lap = 0; lap < 2; lap++) {
        let turns = turned + f32(lap);
        if (turns < PENCIL_TURNS) {
            // Wax on paper: the stroke's edge breathes a little.
            let grain = 1.0 + 0.06 * sin(turns * 17.0 + 0.5) + 0.03 * sin(turns * 47.0);
            let wide = in.params.y * pencil_pressure(turns) * grain;
            let distance = abs(away - pencil_radius(turns)) / slope - wide * 0.5;
            coverage = max(coverage, cover(distance) * smoothstep(0.0, 0.35 * in.params.y, wide));
        }
    }
    return ink(in.fill, coverage);
}

// The playhead's head: a shield pointing down.
fn head_ink(in: Corner) -> vec4<f32> {
    let shoulder = -in.half_size.y + in.half_size.y * 0.7;
    let slant = (abs(in.at.x) * (in.half_size.y - shoulder) + (in.at.y - in.half_size.y) * in.half_size.x)
        / length(vec2<f32>(in.half_size.x, in.half_size.y - shoulder));
    let sides = round_box(in.at, in.half_size, min(1.5 * frame.scale, in.half_size.x));
    return ink(in.fill, cover(max(slant, sides)));
}

@fragment
fn fs(in: Corner) -> @location(0) vec4<f32> {
    let style = in.params.z;
    if (style == PENCIL) {
        return pencil_ink(in);
    }
    if (style == SPLIT) {
        return split_ink(in);
    }
    if (style == HEAD) {
        return head_ink(in);
    }
    return box_ink(in, style == DASHED);
}
