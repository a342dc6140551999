/* PhaseDiagram: two features in one dimension. The optimum under the pointer is searched in the page, on a closed form. */
import { bind } from "./bind.js";
import { root } from "./controls.js";
import { BLUE, chart, digits, GREEN, GREY, h, ORANGE, s, set, short } from "./drawing.js";
import { handle, whereIn } from "./motion.js";
import { border, change, dropped, optimum, phase } from "./phases.js";

const NAMES = ["feature 2 dropped", "antipodal pair", "feature 1 dropped", "lopsided pair", "same side"];
/** Densities of the cut, i/80 for i = 1 … 80, coarse ones first: a curve stands at once and is refined. */
const CUT = [8, 4, 2, 1].flatMap((step) => Array.from({ length: 80 / step }, (_, i) => (i + 1) * step).filter((i) => step === 8 || i % (2 * step))).map((i) => i / 80);

const limit = (v, low, high) => Math.min(high, Math.max(low, v));
/** @type {(range: {min: number, max: number}) => [number, number]} */
const ends = ({ min, max }) => [min, max];

/** The map of the phases: one to point at, by mouse, touch or key; `onMove(p, r)` and `onStep(down, right)` ask for a place. */
function atlas({ ranges, onMove, onStep }) {
  const view = chart({ label: "Map of the phases", width: 330, height: 330, xLabel: "importance r of feature 2", yLabel: "density p = 1−S", xLog: true, yLog: true, live: true, caption: "dashed: where the pair and dropping cost the same with fixed weights" });
  view.node.classList.add("st-half");
  const [rs, ps] = [ends(ranges.importance), ends(ranges.density)];
  const place = (px, py) => {
    const share = limit((view.box.bottom - py) / (view.box.bottom - view.box.top), 0, 1);
    onMove(ps[0] ** share, limit(view.x.back(px), ...rs));
  };
  const areas = s("g", { "shape-rendering": "crispEdges" });
  const dashes = s("path", { class: "st-line st-dashed", stroke: "#101418" });
  view.plot.append(areas, dashes);
  const grip = handle(view.svg, { label: "chosen cell", ...ranges.importance, color: "#fff", onMove: place, onKey: (dx, dy) => onStep(dy, dx) });
  const at = (event) => {
    const [x, y] = whereIn(view.svg, event);
    if (x >= view.box.left && x <= view.box.right && y >= view.box.top && y <= view.box.bottom) place(x, y);
  };
  set(view.svg, {
    pointermove: (event) => event.pointerType === "mouse" && event.buttons === 0 && at(event),
    click: at,
  });
  const edges = (values, [low, high]) => [low, ...values.slice(1).map((v, i) => Math.sqrt(v * values[i])), high];
  return {
    node: view.node,
    show({ densities, importances, labels, colors }) {
      view.axes({ x: rs, y: [...ps].reverse() });
      const [rows, columns] = [edges(densities, ps), edges(importances, rs)];
      areas.replaceChildren();
      labels.forEach((line, i) => {
        for (let from = 0; from < line.length; ) {
          let to = from + 1;
          while (to < line.length && line[to] === line[from]) to += 1;
          const [x1, x2, y1, y2] = [view.x(columns[from]), view.x(columns[to]), view.y(rows[i]), view.y(rows[i + 1])];
          areas.append(s("rect", { x: x1, width: x2 - x1, y: Math.min(y1, y2) - 0.2, height: Math.abs(y2 - y1) + 0.4, fill: colors[line[from]] }));
          from = to;
        }
      });
      dashes.setAttribute("d", view.path(Array.from({ length: 201 }, (_, i) => 10 ** (i / 100 - 1)).map((x) => [x, border(x)])));
    },
    stand(p, r, name) {
      grip.at(view.x(r), view.y(p));
      grip.tell(r, `density ${short(p)}, importance ${short(r)}: ${name}`);
      view.svg.setAttribute("aria-label", `Map of the phases, chosen: density ${short(p)}, importance ${short(r)}`);
    },
  };
}

/** The colours of the phases that are on the map, and their names. */
function key({ labels, names, colors }) {
  return [...new Set(labels.flat())].sort().map((k) => {
    const swatch = h("span", { class: "st-swatch", "aria-hidden": "true" });
    swatch.style.background = colors[k];
    return h("span", { class: "st-key-entry" }, swatch, ` ${names[k]} `);
  });
}

/** The name that the map has for a place. */
function mapped({ densities, importances, labels, names }, p, r) {
  const nearest = (values, v) => values.reduce((at, u, i) => (Math.abs(Math.log(u / v)) < Math.abs(Math.log(values[at] / v)) ? i : at), 0);
  return names[labels[nearest(densities, p)][nearest(importances, r)]];
}

/** The candidates at a place, a row each. */
function table() {
  const body = h("tbody", {});
  const heads = ["candidate", "w₁", "w₂", "b₁", "b₂", "loss"];
  const cells = (end) => (end ? [...end.x.map((v) => digits(v)), short(end.loss)] : ["—", "—", "—", "—", "no minimum"]);
  return {
    node: h("table", {}, h("thead", {}, h("tr", {}, ...heads.map((text, i) => h("th", { scope: "col", style: i ? null : "text-align: left" }, text)))), body),
    show({ best, pair, other }, p, r) {
      const fixed = { x: [1, -1, 0, 0], loss: ((1 + r) * p * p) / 6 };
      const rows = [["the optimum", best], ["antipodal pair", pair], [`other: ${NAMES[phase(other.x)]}`, other], ["pair, fixed weights", fixed], ["one dropped", dropped(p, r)]];
      body.replaceChildren(...rows.map(([text, end]) => h("tr", {}, h("th", { scope: "row" }, text), ...cells(end).map((v) => h("td", {}, v)))));
    },
  };
}

/** The losses along the density at one importance: `add` one more point or change, which takes a moment. */
function cut(r) {
  const self = { r, points: [], changes: [], done: false };
  self.sorted = () => [...self.points].sort((a, b) => a[0] - b[0]);
  self.addPoint = () => {
    const p = CUT[self.points.length];
    const { pair, other, best } = optimum(p, r);
    const drop = dropped(p, r).loss;
    self.points.push([p, pair ? pair.loss / drop : NaN, other.loss / drop, phase(best.x)]);
  };
  self.addChange = () => {
    const sorted = self.sorted();
    const all = sorted.slice(1).flatMap((point, i) => (point[3] === sorted[i][3] ? [] : [[sorted[i][0], point[0]]]));
    if (self.changes.length < all.length) self.changes.push(change(...all[self.changes.length], r));
    self.done = self.changes.length === all.length;
  };
  /** A few densities, then the places where the phase changes, one in each frame: the page stays free. */
  self.work = () => {
    const end = performance.now() + 8;
    while (self.points.length < CUT.length && performance.now() < end) self.addPoint();
    if (self.points.length === CUT.length) self.addChange();
  };
  self.says = () => {
    if (!self.done) return `Following the minima at r = ${short(r)} …`;
    const parts = self.changes.map(([p, below]) => `${NAMES[below]} up to p = ${digits(p, 3)}`);
    const last = parts.length ? self.changes.at(-1)[2] : self.points[0][3];
    return `Best at r = ${short(r)}: ${[...parts, `${NAMES[last]}${parts.length ? " beyond" : ""}`].join(", ")}.`;
  };
  return self;
}

/** A cut as curves over the density. */
function section() {
  const view = chart({ label: "Losses along the density", width: 330, height: 250, xLabel: "density p = 1−S", yLabel: "loss / loss of dropping", caption: "at this importance: antipodal pair (blue), best other minimum (green, dotted), pair with fixed weights (orange, dashed), dropping (grey)" });
  view.node.classList.add("st-half");
  const reading = h("p", { class: "st-reading" });
  view.node.append(reading);
  const curve = (stroke, more = {}) => s("path", { class: "st-line", stroke, ...more });
  const [one, pair, other, fixed] = [curve(GREY), curve(BLUE), curve(GREEN, { "stroke-dasharray": "2 3" }), curve(ORANGE, { class: "st-line st-dashed" })];
  const here = s("line", { class: "st-axis" });
  view.plot.append(one, pair, other, fixed, here);
  const top = 1.4;
  return {
    node: view.node,
    show(now, density) {
      view.axes({ x: [0, 1], y: [0, top] });
      const sorted = now.sorted();
      const line = (k) => view.path(sorted.map((point) => [point[0], point[k] <= top ? point[k] : NaN]));
      const bent = CUT.map((p) => [p, ((1 + now.r) * p * p) / 6 / dropped(p, now.r).loss]).filter(([, y]) => y <= top);
      set(pair, { d: line(1) });
      set(other, { d: line(2) });
      set(fixed, { d: view.path(bent.sort((a, b) => a[0] - b[0])) });
      set(one, { d: view.path([[0, 1], [1, 1]]) });
      const x = view.x(density);
      set(here, { x1: x, x2: x, y1: view.box.top, y2: view.box.bottom });
      reading.textContent = `${now.says()} With fixed weights the pair would end at p = ${digits(border(now.r), 3)}.`;
      view.svg.setAttribute("aria-label", `Losses along the density. ${reading.textContent}`);
    },
  };
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Phase diagram", "Point at a cell: what do two features in one dimension do there?");
  const bound = bind(model, ui, () => answer());
  const { get, keep, ranges } = bound;
  const all = () => ({ labels: get("labels"), densities: get("densities"), importances: get("importances"), names: get("names"), colors: get("colors") });
  const put = (p, r) => bound.change({ density: Number(keep("density", p).toPrecision(4)), importance: Number(keep("importance", r).toPrecision(4)) });
  const map = atlas({ ranges, onMove: put, onStep: (down, right) => put(get("density") * 0.97 ** down, get("importance") * 1.03 ** right) });
  const [lines, candidates, legend] = [section(), table(), h("p", { class: "st-key" })];
  ui.views.append(map.node, lines.node, h("div", { class: "st-view st-full" }, legend, candidates.node));
  ui.controls.append(bound.slider("density", { label: "density p = 1−S", format: short }), bound.slider("importance", { label: "importance r", format: short }));
  let now = null;
  const work = bound.loop(() => {
    now.work();
    if (now.done) work.stop();
    lines.show(now, get("density"));
  });
  const answer = bound.frame(() => {
    const [p, r] = [get("density"), get("importance")];
    const found = optimum(p, r);
    const name = NAMES[phase(found.best.x)];
    candidates.show(found, p, r);
    map.stand(p, r, name);
    const there = mapped(all(), p, r);
    const differs = there === name ? "" : ` (the map's cell: ${there})`;
    ui.say(`p = ${short(p)}, r = ${short(r)}: ${name}${differs}. Least loss ${short(found.best.loss)}, ${digits((found.best.loss / dropped(p, r).loss) * 100, 0)} % of dropping the less important feature.`);
    if (now?.r !== r) {
      now = cut(r);
      work.start();
    }
    lines.show(now, p);
  });
  // Python sends a new map part by part: wait until its parts fit.
  const remap = () => {
    const { labels, densities, importances } = all();
    if (labels.length !== densities.length || labels[0].length !== importances.length) return;
    map.show(all());
    legend.replaceChildren(...key(all()));
    answer();
  };
  bound.watch(["labels", "densities", "importances", "names"], remap);
  remap();
  return bound.end;
}
