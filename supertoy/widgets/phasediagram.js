/* PhaseDiagram: two features in one dimension. The optimum under the pointer is searched in the page, on a closed form. */
import { expectedLoss } from "./numerics.js";
import { BLUE, chart, digits, GREEN, GREY, h, handle, later, ORANGE, root, s, set, short, slider, ticker, watcher, whereIn } from "./ui.js";

const FACTORIAL = [1, 1, 2, 6, 24];
/** R_k(z) = ReLU(z)^k / k!: an integral over a strength turns R_k into a difference of R_{k+1}. */
const R = (k, z) => (z > 0 ? z ** k / FACTORIAL[k] : 0);

/** The expected loss of x̂ = ReLU(wᵀw x + b), n = 2, m = 1, in closed form: `theory.two_in_one_loss`. */
export function closedLoss([w1, w2, b1, b2], p, r) {
  const c = w1 * w2;
  if (Math.abs(c) < 1e-5 || w1 * w1 < 1e-5 || w2 * w2 < 1e-5) {
    return expectedLoss({ m: 1, n: 2, relu: true, W: [w1, w2], b: [b1, b2] }, p, [1, r]);
  }
  let total = 0;
  for (const [w, b, weight] of [[w1, b1, 1], [w2, b2, r]]) {
    const a = w * w;
    const own = (k, z) => R(k + 1, a + z) / a - (R(k + 2, a + z) - R(k + 2, z)) / (a * a);
    const none = 2 * R(2, b);
    const alone = 1 / 3 - 2 * own(1, b) + (2 * (R(3, a + b) - R(3, b))) / a;
    const reached = (2 * (R(3, c + b) - R(3, b))) / c;
    const square = (2 * (R(4, a + c + b) - R(4, a + b) - R(4, c + b) + R(4, b))) / (a * c);
    const both = 1 / 3 - (2 * (own(2, c + b) - own(2, b))) / c + square;
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

/** The best pair, the best of the other branches, and the best of all, at density p and importance r. */
export function optimum(p, r, near = {}) {
  const f = (x) => closedLoss(x, p, r);
  const turn = (x) => (r > 1 ? mirrored(x) : x);
  const pair = descend(f, near.pair ?? [0.95, -0.95, p / 4, p / 4]);
  const starts = [turn([1, -0.3, 0.1, p / 2]), turn([1, 0.15, 0, p / 2]), [0.75, 0.7, 0.05, 0.05]];
  const other = [...starts, ...(near.other ? [near.other] : [])]
    .map((start) => descend(f, start))
    .filter(({ x }) => Math.hypot(...x.map((v, i) => v - pair.x[i])) > 1e-3 && Math.hypot(...mirrored(x).map((v, i) => v - pair.x[i])) > 1e-3);
  const rest = [dropped(p, r), ...other].reduce((a, b) => (b.loss < a.loss - 1e-12 ? b : a));
  return { pair, other: rest, best: rest.loss < pair.loss ? rest : pair };
}

/** The number of a solution's phase, as chapter 8 counts them: the shorter length over the longer one decides. */
export function phase([w1, w2]) {
  const ratio = Math.min(Math.abs(w1), Math.abs(w2)) / Math.max(Math.abs(w1), Math.abs(w2));
  if (ratio <= 0.05) return Math.abs(w1) > Math.abs(w2) ? 0 : 2;
  if (w1 * w2 > 0) return 4;
  return ratio > 0.6 ? 1 : 3;
}

const NAMES = ["feature 2 dropped", "antipodal pair", "feature 1 dropped", "lopsided pair", "same side"];
const CUT = Array.from({ length: 60 }, (_, i) => 0.01 ** (1 - i / 59));

export function render({ model, el }) {
  const ui = root(el, "Phase diagram", "Point at a cell: what do two features in one dimension do there?");
  const map = chart({ label: "Map of the phases", width: 330, height: 330, xLabel: "importance r of feature 2", yLabel: "density p = 1−S", xLog: true, yLog: true, live: true, caption: "dashed: where the pair and dropping cost the same with fixed weights" });
  map.node.classList.add("st-half");
  const lines = chart({ label: "Losses along the density", width: 330, height: 250, xLabel: "density p = 1−S", yLabel: "loss / loss of dropping", xLog: true, caption: "at this importance: pair (blue), other branch (green), pair with fixed weights (orange), dropping (grey)" });
  lines.node.classList.add("st-half");
  const body = h("tbody", {});
  const heads = ["candidate", "w₁", "w₂", "b₁", "b₂", "loss"];
  const table = h("table", {}, h("thead", {}, h("tr", {}, ...heads.map((text) => h("th", { scope: "col" }, text)))), body);
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
  const border = s("path", { class: "st-line st-dashed", stroke: "#101418" });
  map.plot.append(areas, border);
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
    const curve = Array.from({ length: 100 }, (_, i) => 0.01 * (4 / 7 / 0.01) ** (i / 99)).map((q) => [(2 * q) / (4 - 5 * q), q]).filter(([x]) => x >= 0.1);
    border.setAttribute("d", map.path(curve) + map.path(curve.map(([x, q]) => [1 / x, q])));
    const used = [...new Set(labels.flat())].sort();
    key.replaceChildren(...used.map((k) => h("span", { class: "st-key-entry" }, swatch(colors[k]), ` ${names[k]} `)));
  };
  const swatch = (color) => {
    const box = h("span", { class: "st-swatch", "aria-hidden": "true" });
    box.style.background = color;
    return box;
  };

  let cut = null;
  const curves = { pair: s("path", { class: "st-line", stroke: BLUE }), other: s("path", { class: "st-line", stroke: GREEN }), fixed: s("path", { class: "st-line st-dashed", stroke: ORANGE }), one: s("path", { class: "st-line", stroke: GREY }), here: s("line", { class: "st-axis" }) };
  lines.plot.append(...Object.values(curves));
  // A few densities in each frame, the pair followed from sparse to dense: the page stays free.
  const work = ticker(ui.node, () => {
    const end = performance.now() + 8;
    while (cut.points.length < CUT.length && performance.now() < end) {
      const p = CUT[cut.points.length];
      const found = optimum(p, cut.r, cut.near);
      const paired = [1, 3].includes(phase(found.pair.x));
      cut.near = { pair: paired ? found.pair.x : null, other: found.other.x };
      const drop = dropped(p, cut.r).loss;
      cut.points.push([p, paired ? found.pair.loss / drop : NaN, found.other.loss / drop, ((1 + cut.r) * p * p) / 6 / drop]);
    }
    drawCut();
    if (cut.points.length === CUT.length) work.stop();
  });
  const drawCut = () => {
    lines.axes({ x: [0.01, 1], y: [0, 1.4] });
    const line = (k) => lines.path(cut.points.map((point) => [point[0], point[k] <= 1.4 ? point[k] : NaN]));
    curves.pair.setAttribute("d", line(1));
    curves.other.setAttribute("d", line(2));
    curves.fixed.setAttribute("d", line(3));
    curves.one.setAttribute("d", lines.path([[0.01, 1], [1, 1]]));
    const x = lines.x(get("density"));
    set(curves.here, { x1: x, x2: x, y1: lines.box.top, y2: lines.box.bottom });
  };
  const answer = later(() => {
    const [p, r] = [get("density"), get("importance")];
    density.value = p;
    importance.value = r;
    const found = optimum(p, r);
    const name = NAMES[phase(found.best.x)];
    const fixed = { x: [1, -1, 0, 0], loss: ((1 + r) * p * p) / 6 };
    const lines_of = [["the optimum", found.best], ["best pair", found.pair], ["best other", found.other], ["pair, fixed weights", fixed], ["one dropped", dropped(p, r)]];
    body.replaceChildren(...lines_of.map(([text, { x, loss }]) => h("tr", {}, h("th", { scope: "row" }, text), ...x.map((v) => h("td", {}, digits(v))), h("td", {}, short(loss)))));
    grip.at(map.x(r), map.y(p));
    grip.tell(r, `density ${short(p)}, importance ${short(r)}: ${name}`);
    ui.say(`p = ${short(p)}, r = ${short(r)}: ${name}. Least loss ${short(found.best.loss)}, ${digits((found.best.loss / dropped(p, r).loss) * 100, 0)} % of dropping the less important feature.`);
    if (!cut || cut.r !== r) {
      cut = { r, points: [], near: {} };
      work.start();
    }
    drawCut();
  });

  const watch = watcher(model);
  watch.watch(["density", "importance"], () => mine || answer());
  watch.watch(["labels", "densities", "importances", "names"], drawMap);
  drawMap();
  answer();
  return () => {
    watch.end();
    work.end();
    answer.cancel();
  };
}
