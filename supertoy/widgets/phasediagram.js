/* PhaseDiagram: two features in one dimension. The optimum under the pointer is searched in the page, on a closed form. */
import { BLUE, chart, digits, GREEN, GREY, h, handle, later, ORANGE, root, s, set, short, slider, ticker, watcher, whereIn } from "./ui.js";

/** D_k(g, z) = ∫₀¹ R_k(g t + z) dt with R_k(z) = ReLU(z)^k / k!, written so that nothing cancels as g → 0. */
function mean(k, g, z) {
  const [A, B] = [Math.max(0, g + z), Math.max(0, z)];
  const share = A > 0 && B > 0 ? 1 : A === B ? 0 : (A - B) / g;
  let [sum, factorial] = [0, 1];
  for (let i = 0; i <= k; i += 1) {
    sum += A ** i * B ** (k - i);
    factorial *= i + 1;
  }
  return (share * sum) / factorial;
}

/** M_k(a, z) = ∫₀¹ x R_k(a x + z) dx for k = 1, 2 and a ≥ 0, likewise. */
function moment(k, a, z) {
  if (z >= 0) return k === 1 ? a / 3 + z / 2 : (a * a) / 8 + (a * z) / 3 + (z * z) / 4;
  if (a + z <= 0) return 0;
  const low = -z / a;
  const high = 1 - low;
  return k === 1 ? a * ((low * high ** 2) / 2 + high ** 3 / 3) : (a * a * ((low * high ** 3) / 3 + high ** 4 / 4)) / 2;
}

/** ∫₀¹ f(g t + z) dt, where F' = f: by F, or where that would cancel, by three points of Gauss. */
function over(g, z, f, F) {
  if (Math.abs(g) > 1e-4) return (F(g + z) - F(z)) / g;
  return (5 * f(z + 0.1127016653792583 * g) + 8 * f(z + 0.5 * g) + 5 * f(z + 0.8872983346207417 * g)) / 18;
}

/** The expected loss of x̂ = ReLU(wᵀw x + b), n = 2, m = 1, in closed form: `theory.two_in_one_loss`, also where w → 0. */
export function closedLoss([w1, w2, b1, b2], p, r) {
  const c = w1 * w2;
  let total = 0;
  for (const [w, b, weight] of [[w1, b1, 1], [w2, b2, r]]) {
    const a = w * w;
    const none = Math.max(0, b) ** 2;
    const alone = 1 / 3 - 2 * moment(1, a, b) + 2 * mean(2, a, b);
    const reached = 2 * mean(2, c, b);
    const [wide, narrow] = a > Math.abs(c) ? [a, c] : [c, a];
    const square = 2 * over(wide, b, (z) => mean(2, narrow, z), (z) => mean(3, narrow, z));
    const both = 1 / 3 - 2 * over(c, b, (z) => moment(1, a, z), (z) => moment(2, a, z)) + square;
    total += weight * ((1 - p) ** 2 * none + p * (1 - p) * (alone + reached) + p * p * both);
  }
  return total;
}

/** The minimum near a start: BFGS with central differences; `{x, loss}`. */
export function descend(f, start, steps = 80) {
  const n = start.length;
  let x = [...start];
  let loss = f(x);
  const slope = (at) => at.map((_, i) => {
    const moved = (by) => f(at.map((v, j) => (i === j ? v + by : v)));
    return (moved(1e-5) - moved(-1e-5)) / 2e-5;
  });
  let g = slope(x);
  let H = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  for (let step = 0; step < steps; step += 1) {
    let way = H.map((line) => -line.reduce((a, v, j) => a + v * g[j], 0));
    let down = way.reduce((a, v, i) => a + v * g[i], 0);
    if (down >= 0) {
      H = H.map((line, i) => line.map((_, j) => (i === j ? 1 : 0)));
      way = g.map((v) => -v);
      down = -g.reduce((a, v) => a + v * v, 0);
    }
    let size = Math.min(1, 0.5 / Math.hypot(...way));
    let next = null;
    while (size > 1e-9) {
      const tried = x.map((v, i) => v + size * way[i]);
      const found = f(tried);
      if (found <= loss + 1e-4 * size * down) {
        next = [tried, found];
        break;
      }
      size /= 2;
    }
    if (!next) break;
    const gain = loss - next[1];
    const gNew = slope(next[0]);
    const d = next[0].map((v, i) => v - x[i]);
    const y = gNew.map((v, i) => v - g[i]);
    const dy = d.reduce((a, v, i) => a + v * y[i], 0);
    [x, loss] = next;
    g = gNew;
    if (dy > 1e-14) {
      const Hy = H.map((line) => line.reduce((a, v, j) => a + v * y[j], 0));
      const yHy = y.reduce((a, v, i) => a + v * Hy[i], 0);
      H = H.map((line, i) => line.map((v, j) => v + ((1 + yHy / dy) * d[i] * d[j]) / dy - (Hy[i] * d[j] + d[i] * Hy[j]) / dy));
    }
    if (gain < 1e-13 && Math.hypot(...g) < 1e-6) break;
  }
  return { x, loss };
}

const variance = (p) => p / 3 - (p * p) / 4;

/** Dropping the less important feature: W = (1, 0), b = (0, p/2), or the other way round. Exact. */
export function dropped(p, r) {
  return r <= 1 ? { x: [1, 0, 0, p / 2], loss: r * variance(p) } : { x: [0, 1, p / 2, 0], loss: variance(p) };
}

const mirrored = ([w1, w2, b1, b2]) => [w2, w1, b2, b1];

/** The number of a solution's phase, as chapter 8 counts them: the shorter length over the longer one decides. */
export function phase([w1, w2]) {
  const ratio = Math.min(Math.abs(w1), Math.abs(w2)) / Math.max(Math.abs(w1), Math.abs(w2));
  if (ratio <= 0.05) return Math.abs(w1) > Math.abs(w2) ? 0 : 2;
  if (w1 * w2 > 0) return 4;
  return ratio > 0.6 ? 1 : 3;
}

/** The minima at density p and importance r: the antipodal pair (null where there is none), the best other one, the best. */
export function optimum(p, r) {
  const f = (x) => closedLoss(x, p, r);
  const turn = (x) => (r > 1 ? mirrored(x) : x);
  const starts = [[0.95, -0.95, p / 4, p / 4], turn([1, -0.3, 0.1, p / 2]), turn([1, 0.15, 0, p / 2]), [0.75, 0.7, 0.05, 0.05]];
  const found = starts.map((start) => descend(f, start));
  const least = (some) => some.reduce((a, b) => (b.loss < a.loss - 1e-12 ? b : a));
  const pairs = found.filter(({ x }) => phase(x) === 1);
  const pair = pairs.length ? least(pairs) : null;
  const other = least([dropped(p, r), ...found.filter(({ x }) => phase(x) !== 1)]);
  return { pair, other, best: pair && pair.loss <= other.loss ? pair : other };
}

const NAMES = ["feature 2 dropped", "antipodal pair", "feature 1 dropped", "lopsided pair", "same side"];
/** Densities of the cut, i/80 for i = 1 … 80, coarse ones first: a curve stands at once and is refined. */
const CUT = [8, 4, 2, 1].flatMap((step) => Array.from({ length: 80 / step }, (_, i) => (i + 1) * step).filter((i) => step === 8 || i % (2 * step))).map((i) => i / 80);

/** Where the best phase changes between two densities, to 0.0005: [the density, the phase below it, the phase above it]. */
export function change(low, high, r) {
  const at = (p) => phase(optimum(p, r).best.x);
  const below = at(low);
  while (high - low > 5e-4) {
    const middle = (low + high) / 2;
    if (at(middle) === below) low = middle;
    else high = middle;
  }
  return [(low + high) / 2, below, at(high)];
}

/** The density at which the pair and dropping cost the same with fixed weights, p = 4s/(2 + 5s) with s = min(r, 1/r). */
export function border(r) {
  const s = Math.min(r, 1 / r);
  return (4 * s) / (2 + 5 * s);
}

export function render({ model, el }) {
  const ui = root(el, "Phase diagram", "Point at a cell: what do two features in one dimension do there?");
  const map = chart({ label: "Map of the phases", width: 330, height: 330, xLabel: "importance r of feature 2", yLabel: "density p = 1−S", xLog: true, yLog: true, live: true, caption: "dashed: where the pair and dropping cost the same with fixed weights" });
  map.node.classList.add("st-half");
  const lines = chart({ label: "Losses along the density", width: 330, height: 250, xLabel: "density p = 1−S", yLabel: "loss / loss of dropping", caption: "at this importance: antipodal pair (blue), best other minimum (green, dotted), pair with fixed weights (orange, dashed), dropping (grey)" });
  lines.node.classList.add("st-half");
  const reading = h("p", { class: "st-reading" });
  lines.node.append(reading);
  const body = h("tbody", {});
  const heads = ["candidate", "w₁", "w₂", "b₁", "b₂", "loss"];
  const table = h("table", {}, h("thead", {}, h("tr", {}, ...heads.map((text, i) => h("th", { scope: "col", style: i ? null : "text-align: left" }, text)))), body);
  const key = h("p", { class: "st-key" });
  ui.views.append(map.node, lines.node, h("div", { class: "st-view st-full" }, key, table));

  const get = (name) => model.get(name);
  let mine = false;
  const limit = (v, low, high) => Math.min(high, Math.max(low, v));
  const put = (p, r) => {
    mine = true;
    model.set("density", Number(limit(p, 0.01, 1).toPrecision(4)));
    model.set("importance", Number(limit(r, 0.1, 10).toPrecision(4)));
    mine = false;
    model.save_changes();
    answer();
  };
  const place = (px, py) => {
    const share = limit((map.box.bottom - py) / (map.box.bottom - map.box.top), 0, 1);
    put(0.01 ** share, limit(map.unx(px), 0.1, 10));
  };
  const areas = s("g", { "shape-rendering": "crispEdges" });
  const dashes = s("path", { class: "st-line st-dashed", stroke: "#101418" });
  map.plot.append(areas, dashes);
  const grip = handle(map.svg, {
    label: "chosen cell",
    min: 0.1,
    max: 10,
    color: "#fff",
    onMove: place,
    onKey: (dx, dy) => put(get("density") * 0.97 ** dy, get("importance") * 1.03 ** dx),
  });
  set(map.svg, {
    pointermove(event) {
      if (event.pointerType === "mouse" && event.buttons === 0 && inside(event)) place(...whereIn(map.svg, event));
    },
    click(event) {
      if (inside(event)) place(...whereIn(map.svg, event));
    },
  });
  const inside = (event) => {
    const [x, y] = whereIn(map.svg, event);
    return x >= map.box.left && x <= map.box.right && y >= map.box.top && y <= map.box.bottom;
  };
  const density = slider({ label: "density p = 1−S", min: 0.01, max: 1, log: true, value: get("density"), format: short, onInput: (v) => put(v, get("importance")) });
  const importance = slider({ label: "importance r", min: 0.1, max: 10, log: true, value: get("importance"), format: short, onInput: (v) => put(get("density"), v) });
  ui.controls.append(density.node, importance.node);

  const drawMap = () => {
    const [p, r, labels, names, colors] = ["densities", "importances", "labels", "names", "colors"].map(get);
    map.axes({ x: [0.1, 10], y: [1, 0.01] });
    const edges = (values, low, high) => [low, ...values.slice(1).map((v, i) => Math.sqrt(v * values[i])), high];
    const [rows, columns] = [edges(p, 0.01, 1), edges(r, 0.1, 10)];
    areas.replaceChildren();
    labels.forEach((line, i) => {
      for (let from = 0; from < line.length; ) {
        let to = from + 1;
        while (to < line.length && line[to] === line[from]) to += 1;
        const [x1, x2, y1, y2] = [map.x(columns[from]), map.x(columns[to]), map.y(rows[i]), map.y(rows[i + 1])];
        areas.append(s("rect", { x: x1, width: x2 - x1, y: Math.min(y1, y2) - 0.2, height: Math.abs(y2 - y1) + 0.4, fill: colors[line[from]] }));
        from = to;
      }
    });
    dashes.setAttribute("d", map.path(Array.from({ length: 201 }, (_, i) => 10 ** (i / 100 - 1)).map((x) => [x, border(x)])));
    const used = [...new Set(labels.flat())].sort();
    key.replaceChildren(...used.map((k) => h("span", { class: "st-key-entry" }, swatch(colors[k]), ` ${names[k]} `)));
  };
  const swatch = (color) => {
    const box = h("span", { class: "st-swatch", "aria-hidden": "true" });
    box.style.background = color;
    return box;
  };

  let cut = null;
  const curves = { one: s("path", { class: "st-line", stroke: GREY }), pair: s("path", { class: "st-line", stroke: BLUE }), other: s("path", { class: "st-line", stroke: GREEN, "stroke-dasharray": "2 3" }), fixed: s("path", { class: "st-line st-dashed", stroke: ORANGE }), here: s("line", { class: "st-axis" }) };
  lines.plot.append(...Object.values(curves));
  // A few densities in each frame, then the places where the phase changes, one in each: the page stays free.
  const work = ticker(ui.node, () => {
    const end = performance.now() + 8;
    while (cut.points.length < CUT.length && performance.now() < end) {
      const p = CUT[cut.points.length];
      const { pair, other, best } = optimum(p, cut.r);
      const drop = dropped(p, cut.r).loss;
      cut.points.push([p, pair ? pair.loss / drop : NaN, other.loss / drop, phase(best.x)]);
    }
    if (cut.points.length === CUT.length) {
      const sorted = [...cut.points].sort((a, b) => a[0] - b[0]);
      const all = sorted.slice(1).flatMap((point, i) => (point[3] === sorted[i][3] ? [] : [[sorted[i][0], point[0]]]));
      if (cut.changes.length < all.length) cut.changes.push(change(...all[cut.changes.length], cut.r));
      cut.done = cut.changes.length === all.length;
      if (cut.done) work.stop();
    }
    drawCut();
  });
  const drawCut = () => {
    lines.axes({ x: [0, 1], y: [0, 1.4] });
    const sorted = [...cut.points].sort((a, b) => a[0] - b[0]);
    const line = (k) => lines.path(sorted.map((point) => [point[0], point[k] <= 1.4 ? point[k] : NaN]));
    curves.pair.setAttribute("d", line(1));
    curves.other.setAttribute("d", line(2));
    const fixed = CUT.map((p) => [p, ((1 + cut.r) * p * p) / 6 / dropped(p, cut.r).loss]).filter(([, y]) => y <= 1.4);
    curves.fixed.setAttribute("d", lines.path(fixed.sort((a, b) => a[0] - b[0])));
    curves.one.setAttribute("d", lines.path([[0, 1], [1, 1]]));
    const x = lines.x(get("density"));
    set(curves.here, { x1: x, x2: x, y1: lines.box.top, y2: lines.box.bottom });
    const parts = cut.changes.map(([p, below]) => `${NAMES[below]} up to p = ${digits(p, 3)}`);
    const last = cut.changes.length ? cut.changes.at(-1)[2] : cut.points[0]?.[3];
    const best = cut.done ? `Best at r = ${short(cut.r)}: ${[...parts, `${NAMES[last]}${parts.length ? " beyond" : ""}`].join(", ")}.` : `Following the minima at r = ${short(cut.r)} …`;
    reading.textContent = `${best} With fixed weights the pair would end at p = ${digits(border(cut.r), 3)}.`;
    lines.svg.setAttribute("aria-label", `Losses along the density. ${reading.textContent}`);
  };
  /** The name that the map has for a place. */
  const mapped = (p, r) => {
    const nearest = (values, v) => values.reduce((at, u, i) => (Math.abs(Math.log(u / v)) < Math.abs(Math.log(values[at] / v)) ? i : at), 0);
    return get("names")[get("labels")[nearest(get("densities"), p)][nearest(get("importances"), r)]];
  };
  const answer = later(() => {
    const [p, r] = [get("density"), get("importance")];
    density.value = p;
    importance.value = r;
    const found = optimum(p, r);
    const name = NAMES[phase(found.best.x)];
    const fixed = { x: [1, -1, 0, 0], loss: ((1 + r) * p * p) / 6 };
    const rows = [["the optimum", found.best], ["antipodal pair", found.pair], [`other: ${NAMES[phase(found.other.x)]}`, found.other], ["pair, fixed weights", fixed], ["one dropped", dropped(p, r)]];
    const cells = (end) => (end ? [...end.x.map((v) => digits(v)), short(end.loss)] : ["—", "—", "—", "—", "no minimum"]);
    body.replaceChildren(...rows.map(([text, end]) => h("tr", {}, h("th", { scope: "row" }, text), ...cells(end).map((v) => h("td", {}, v)))));
    grip.at(map.x(r), map.y(p));
    grip.tell(r, `density ${short(p)}, importance ${short(r)}: ${name}`);
    map.svg.setAttribute("aria-label", `Map of the phases, chosen: density ${short(p)}, importance ${short(r)}`);
    const there = mapped(p, r);
    const differs = there === name ? "" : ` (the map's cell: ${there})`;
    ui.say(`p = ${short(p)}, r = ${short(r)}: ${name}${differs}. Least loss ${short(found.best.loss)}, ${digits((found.best.loss / dropped(p, r).loss) * 100, 0)} % of dropping the less important feature.`);
    if (!cut || cut.r !== r) {
      cut = { r, points: [], changes: [], done: false };
      work.start();
    }
    drawCut();
  });

  const fits = () => get("labels").length === get("densities").length && get("labels")[0].length === get("importances").length;
  // Python sends a new map part by part: wait until its parts fit.
  const remap = () => {
    if (!fits()) return;
    drawMap();
    answer();
  };
  const watch = watcher(model);
  watch.watch(["density", "importance"], () => mine || answer());
  watch.watch(["labels", "densities", "importances", "names"], remap);
  remap();
  return () => {
    watch.end();
    work.end();
    answer.cancel();
  };
}
