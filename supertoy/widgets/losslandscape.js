/* LossLandscape: two features in one dimension without a bias. A ring of minima, what breaks it, and what rolls where. */
import { normal, random } from "./numerics.js";
import { pair } from "./onehot.js";
import { BLUE, button, chart, choice, digits, h, landscape, later, ORANGE, root, row, s, set, short, slider, still, ticker, watcher } from "./ui.js";

const F = 1.6; // |f| goes up to this, as in Python
const STARTS = 40;
const ROLL = { rate: 0.02, most: 2000, flat: 1e-6 };
const SECONDS = 2.5; // that a roll takes on screen
const round = (v) => Math.round(v * 100) / 100;
const lossText = (v) => (v < 1e-9 ? "0" : short(v));

/** The valley: how far out the loss is least at an angle θ, and what it is there.
 *
 * Along a ray f = r (c, s) the loss is a parabola in q = r²: L = ½[I₁ + I₂ − 2Aq + Bq²], A = I₁c² + I₂s²,
 * B = I₁c⁴ + I₂s⁴ + (I₁ + I₂)c²s², the last term only where interference reaches the output. So q = A/B.
 */
export function valley(angle, { relu, importance: [first, second] }) {
  const [c, d] = [Math.cos(angle) ** 2, Math.sin(angle) ** 2];
  const shared = relu && Math.cos(angle) * Math.sin(angle) < 0 ? 0 : (first + second) * c * d;
  const A = first * c + second * d;
  const B = first * c * c + second * d * d + shared;
  return { radius: Math.sqrt(A / B), loss: (first + second - (A * A) / B) / 2 };
}

/** The lowest points, none if they are a whole ring (linear, equal importance), and the loss there. */
export function minima({ relu, importance: [first, second] }) {
  if (relu) return { points: [[1, -1], [-1, 1]], loss: 0 };
  const loss = Math.min(first, second) / 2;
  if (first === second) return { points: [], loss };
  return { points: first > second ? [[1, 0], [-1, 0]] : [[0, 1], [0, -1]], loss };
}

/** Plain gradient descent from f: every point it visits, until the slope is gone or the steps are used up. */
export function descend(start, options, { rate, most, flat } = ROLL) {
  const one = pair(options);
  let [f1, f2] = start;
  const path = [[f1, f2]];
  let loss = one.loss(f1, f2);
  while (path.length <= most && Math.hypot(...one.slope) > flat) {
    f1 -= rate * one.slope[0];
    f2 -= rate * one.slope[1];
    path.push([f1, f2]);
    loss = one.loss(f1, f2);
  }
  return { path, end: [f1, f2], loss, slope: Math.hypot(...one.slope), steps: path.length - 1 };
}

/** Starts f ~ N(0, 0.6²), as far out as the picture goes. */
export function randomStarts(count, seed) {
  const draw = normal(random(seed));
  const next = () => Math.min(F, Math.max(-F, 0.6 * draw()));
  return Array.from({ length: count }, () => [next(), next()]);
}

/** What an end is: "pair", "first" or "second" (that feature alone), "arc" (a place on the ring), or "sliding". */
export function kind({ end: [f1, f2], slope }, { relu, importance: [first, second] }) {
  const near = (x, y) => Math.hypot(Math.abs(f1) - x, Math.abs(f2) - y) < 0.02;
  if (relu && f1 * f2 < 0 && near(1, 1)) return "pair";
  if (first === second && Math.abs(Math.hypot(f1, f2) - 1) < 0.01) return "arc";
  if (first > second && near(1, 0)) return "first"; // the other corner is a saddle
  if (second > first && near(0, 1)) return "second";
  return slope > ROLL.flat ? "sliding" : "flat";
}

const words = ({ relu, importance: [first, second] }) => ({
  pair: "in an antipodal pair, L = 0",
  arc: `on the ${relu ? "arcs" : "ring"}, each at a place of its own, L = ${digits(first / 2)}`,
  first: `at (±1, 0): feature 1 kept, L = ${short(second / 2)}`,
  second: `at (0, ±1): feature 2 kept, L = ${short(first / 2)}`,
  sliding: `still on their way after ${ROLL.most.toLocaleString("en")} steps`,
  flat: "on a saddle, where the slope is 0",
});

/** Where runs ended, in words. */
export function census(runs, options) {
  const counts = new Map();
  for (const run of runs) counts.set(kind(run, options), (counts.get(kind(run, options)) ?? 0) + 1);
  const text = words(options);
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${count} ${text[name]}`);
  return `Of ${runs.length} random starts: ${parts.join("; ")}.`;
}

/** How one run ended, in words. */
export function verdict(run, options) {
  const at = `(${run.end.map((v) => digits(v)).join(", ")})`;
  if (run.steps === 0) return `The slope is 0 at ${at}, where the loss is ${lossText(run.loss)}: nothing rolls from here.`;
  const name = kind(run, options);
  const steps = `${run.steps.toLocaleString("en")} step${run.steps > 1 ? "s" : ""}`;
  if (name === "sliding") return `After ${steps} at ${at}, loss ${lossText(run.loss)}, and still on its way: the slope is ${short(run.slope)}. Roll on.`;
  const kinds = { pair: "the antipodal pair", arc: options.relu ? "an arc of the ring" : "a point of the ring", first: "feature 1 kept, feature 2 dropped", second: "feature 2 kept, feature 1 dropped", flat: "a saddle, without slope" };
  return `Down in ${steps}, at ${at}: ${kinds[name]}, loss ${lossText(run.loss)}.`;
}

export function render({ model, el }) {
  const ui = root(el, "Loss landscape", "Where would you end if you rolled downhill? Drag the point and try; then break the ring.");
  const get = (name) => model.get(name);
  const options = () => ({ relu: get("activation") === "relu", importance: [1, get("importance")] });
  const map = landscape({
    label: "Loss over f₁ and f₂",
    pointLabel: "the weights (f₁, f₂), arrow keys move them",
    reach: F,
    onMove: (f1, f2) => change({ f1: round(f1), f2: round(f2) }),
    caption: "loss L: dark is 0, light 1.2 and more. Dashed: the valley, least in each direction; crosses: minima; orange: downhill",
  });
  const floor = s("path", { class: "st-line st-free" });
  const tracks = s("g", {});
  const downhill = s("path", { class: "st-line st-downhill" });
  map.layer.append(floor, tracks, downhill);
  const heights = chart({ label: "Loss along the valley", xLabel: "angle θ of (f₁, f₂), degrees", yLabel: "loss L", caption: "the valley's floor; the dot is the point's own angle and loss" });
  heights.node.classList.add("st-half");
  const line = s("path", { class: "st-line", stroke: BLUE });
  const dot = s("circle", { r: 5, fill: ORANGE, class: "st-dot" });
  heights.plot.append(line, dot);
  const reading = h("p", { class: "st-reading" });
  heights.node.append(reading);
  ui.views.append(map.node, heights.node);

  let [mine, painted, seed] = [false, "", 0];
  let runs = []; // what rolls or has rolled
  let shown = 0; // steps of it that are on screen
  let [single, begun] = [false, null];
  const put = (values) => {
    mine = true;
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    mine = false;
    model.save_changes();
  };
  let where = "";
  let resting = 0;
  const say = (text) => {
    clearTimeout(resting);
    set(map.svg, { "aria-label": `Loss over f₁ and f₂, along the valley ${where}. ${text}` });
    ui.say(text);
  };
  const angles = Array.from({ length: 181 }, (_, i) => -180 + 2 * i);

  const paint = () => {
    const now = options();
    const key = JSON.stringify(now);
    if (key === painted) return;
    painted = key;
    const one = pair(now);
    map.show((f1, f2) => one.loss(f1, f2));
    map.marks(minima(now).points);
    const bottom = angles.map((degrees) => ({ angle: (degrees * Math.PI) / 180, degrees, ...valley((degrees * Math.PI) / 180, now) }));
    set(floor, { d: map.curve(bottom.map(({ angle, radius }) => [radius * Math.cos(angle), radius * Math.sin(angle)])) });
    heights.axes({ x: [-180, 180], y: [0, Math.max(1, 0.5 * (1 + get("importance")))] });
    set(line, { d: heights.path(bottom.map(({ degrees, loss }) => [degrees, loss])) });
    const least = minima(now);
    where = least.points.length ? `least, ${lossText(least.loss)}, at ${least.points.map((p) => `(${p.map((v) => digits(v, 0)).join(", ")})`).join(" and ")}` : `the same, ${lossText(least.loss)}, all around the ring`;
    set(heights.svg, { "aria-label": `Loss along the valley over the angle of (f₁, f₂): ${where}.` });
  };
  const draw = later(() => {
    paint();
    const one = pair(options());
    const [f1, f2] = single && loop.running ? along(runs[0]) : [get("f1"), get("f2")];
    const loss = one.loss(f1, f2);
    const [d1, d2] = one.slope;
    map.point(f1, f2, `f₁ ${digits(f1)}, f₂ ${digits(f2)}, loss ${lossText(loss)}`);
    const size = Math.hypot(d1, d2);
    const step = (0.2 + 0.3 * Math.tanh(size)) / size; // so long that it is seen, and never across the picture
    set(downhill, { d: size > 1e-3 ? map.curve([[f1, f2], [f1 - step * d1, f2 - step * d2]]) : "" });
    const top = heights.range.y[1];
    set(dot, { cx: heights.x((Math.atan2(f2, f1) * 180) / Math.PI), cy: heights.y(Math.min(top, loss)) });
    reading.textContent = `At (${digits(f1)}, ${digits(f2)}): L = ${lossText(loss)}, slope ∂L/∂f = (${digits(d1, 3)}, ${digits(d2, 3)})`;
    for (const [i, track] of [...tracks.children].entries()) {
      const [path, begin, end] = track.children;
      set(path, { d: map.curve(thin(runs[i].path.slice(0, shown + 1))) });
      const at = along(runs[i]);
      set(begin, { cx: map.x(runs[i].path[0][0]), cy: map.y(runs[i].path[0][1]) });
      set(end, { cx: map.x(at[0]), cy: map.y(at[1]) });
    }
  });
  const along = (run) => run.path[Math.min(shown, run.steps)];
  /* Sixty points, close together where the steps are long, draw a path of thousands. */
  const thin = (path) => {
    const kept = path.filter((_, i) => i < 30 || i % Math.ceil(path.length / 60) === 0);
    return kept.at(-1) === path.at(-1) ? kept : [...kept, path.at(-1)];
  };

  const loop = ticker(ui.node, (time) => {
    begun ??= time;
    const share = Math.min(1, (time - begun) / 1000 / SECONDS);
    const longest = Math.max(...runs.map((run) => run.steps));
    shown = Math.floor(Math.expm1(share * Math.log1p(longest))); // later steps are smaller: more of them to the second
    if (share === 1) finish();
    else draw();
  });
  const finish = () => {
    loop.stop();
    shown = Infinity;
    const now = options();
    if (single) {
      put({ f1: clip(runs[0].end[0]), f2: clip(runs[0].end[1]), playing: false });
      for (const name of ["f1", "f2"]) control[name].value = get(name);
      say(verdict(runs[0], now));
    } else say(census(runs, now));
    label();
    draw();
  };
  const clip = (v) => Math.min(F, Math.max(-F, v));
  const label = () => {
    roll.textContent = loop.running && single ? "Stop" : "Roll downhill";
  };
  const launch = (starts, alone) => {
    loop.stop();
    single = alone;
    runs = starts.map((start) => descend(start, options()));
    shown = 0;
    begun = null;
    tracks.replaceChildren(
      ...runs.map(() =>
        s("g", {}, s("path", { class: "st-line st-track" }), s("circle", { r: alone ? 3.5 : 2.2, class: "st-begin" }), s("circle", { r: alone ? 0 : 4.5, class: "st-stop" })),
      ),
    );
    if (still() || runs.every((run) => run.steps === 0)) return finish();
    loop.start();
    label();
    draw();
  };
  const go = () => {
    put({ playing: true });
    launch([[get("f1"), get("f2")]], true);
  };
  /* The point stays where it was seen last, unless somebody else has moved it. */
  const halt = (stay = true) => {
    const at = single && loop.running && stay ? along(runs[0]) : null;
    loop.stop();
    put({ playing: false, ...(at ? { f1: clip(at[0]), f2: clip(at[1]) } : {}) });
    label();
  };
  const clear = (stay = true) => {
    if (loop.running) halt(stay);
    runs = [];
    tracks.replaceChildren();
  };

  const tell = () => {
    clearTimeout(resting);
    resting = setTimeout(() => {
      if (loop.running) return;
      const now = options();
      const loss = pair(now).loss(get("f1"), get("f2"));
      say(`At (${digits(get("f1"))}, ${digits(get("f2"))}) the loss is ${lossText(loss)}; the least there is, ${lossText(minima(now).loss)}.`);
    }, 150);
  };
  const roll = button("Roll downhill", () => {
    if (!(single && loop.running)) return go();
    halt();
    follow();
  });
  const many = button(`From ${STARTS} random starts`, () => {
    clear();
    for (const name of ["f1", "f2"]) control[name].value = get(name);
    seed += 1;
    launch(randomStarts(STARTS, seed), false);
  });
  const control = {
    f1: slider({ label: "weight f₁", min: -F, max: F, step: 0.01, value: get("f1"), onInput: (v) => change({ f1: round(v) }) }),
    f2: slider({ label: "weight f₂", min: -F, max: F, step: 0.01, value: get("f2"), onInput: (v) => change({ f2: round(v) }) }),
    importance: slider({ label: "importance I₂ (I₁ = 1)", min: 0.1, max: 2, step: 0.01, value: get("importance"), onInput: (v) => change({ importance: round(v) }) }),
    activation: choice({ label: "activation σ", options: [["linear", "linear"], ["relu", "ReLU"]], value: get("activation"), onInput: (v) => change({ activation: v }) }),
  };
  const change = (values) => {
    clear();
    put(values);
    follow();
  };
  const follow = () => {
    for (const [name, one] of Object.entries(control)) one.value = get(name);
    draw();
    tell();
  };
  ui.controls.append(set(row(roll, many), { class: "st-row st-across" }), ...["importance", "f1", "f2", "activation"].map((name) => control[name].node));

  const watch = watcher(model);
  watch.watch(Object.keys(control), () => {
    if (mine) return;
    clear(false);
    follow();
  });
  watch.watch(["playing"], () => {
    if (mine) return;
    if (get("playing")) go();
    else if (loop.running) {
      halt();
      follow();
    }
  });
  follow();
  if (get("playing")) go();
  return () => {
    watch.end();
    loop.end();
    draw.cancel();
    clearTimeout(resting);
  };
}
