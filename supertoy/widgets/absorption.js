/* Absorption: a child's atom leans towards its parent's. Between the atoms codes are exact; outside one would be negative. */
import { bind } from "./bind.js";
import { button, root, row } from "./controls.js";
import { BLUE, chart, digits, ORANGE, s, set, short } from "./drawing.js";
import { handle } from "./motion.js";

const POINTS = 24;
const TILTS = 121;
const MOST = 1.2;
const REACH = 2.1;
const DIM = 0.16;
const tilts = Array.from({ length: TILTS }, (_, i) => (MOST * i) / (TILTS - 1));
const strengths = (spread) => Array.from({ length: POINTS }, (_, i) => 1 + spread * ((2 * (i + 0.5)) / POINTS - 1));

/** The least of the squared error and the price of the codes, which are not negative, for strengths p and c. */
export function least(p, c, tilt, price) {
  const length = Math.hypot(1, tilt);
  const overlap = tilt / length;
  const [up, along] = [p - price / 2, (tilt * p + c) / length - price / 2];
  const loss = (a, d) => p * p + c * c + a * a + d * d + 2 * overlap * a * d - 2 * (a * up + d * along);
  const [a, d] = [(up - overlap * along) * length ** 2, (along - overlap * up) * length ** 2];
  if (a > 0 && d > 0) return loss(a, d);
  return Math.min(loss(Math.max(0, up), 0), loss(0, Math.max(0, along)));
}

/** The mean of that over strengths of both, as `theory.absorption_loss`. */
export function loss(tilt, spread, price) {
  const all = strengths(spread);
  return all.reduce((sum, p) => sum + all.reduce((part, c) => part + least(p, c, tilt, price), 0), 0) / POINTS ** 2;
}

/** What each tilt costs beyond no tilt, and the best of them. */
export function curve(spread, price) {
  const found = tilts.map((tilt) => loss(tilt, spread, price));
  const beyond = found.map((v) => v - found[0]);
  return { tilts, beyond, none: found[0], best: tilts[beyond.indexOf(Math.min(...beyond))] };
}

/** The share of inputs for which the parent's code would have to be negative. */
export function outside(tilt, spread) {
  const all = strengths(spread);
  return all.reduce((sum, p) => sum + all.filter((c) => p < tilt * c - 1e-12).length, 0) / POINTS ** 2;
}

/** The plane of both features: the square of inputs, the wedge where codes are exact, and the child's atom to be dragged. */
function stage({ ranges, onMove, onStep }) {
  const view = chart({ label: "Inputs and atoms", height: 270, xLabel: "parent's strength", yLabel: "child's strength", live: true, caption: "square: inputs; blue: the parent's atom, orange: the child's; between them codes are exact" });
  view.node.classList.add("st-half");
  const wedge = s("path", { fill: BLUE, "fill-opacity": DIM });
  const square = s("rect", { class: "st-guide", fill: "none" });
  const parent = s("line", { class: "st-arrow", stroke: BLUE, "stroke-width": 3 });
  const child = s("line", { class: "st-arrow", stroke: ORANGE, "stroke-width": 3 });
  view.plot.append(wedge, square, parent, child);
  view.axes({ x: [0, REACH], y: [0, REACH] });
  const grip = handle(view.svg, {
    label: "tilt of the child's atom",
    ...ranges.tilt,
    color: ORANGE,
    onMove: (px) => onMove(view.x.back(px)),
    onKey: (dx, dy) => onStep(dx + dy),
  });
  return {
    ...view,
    show(tilt, spread, text) {
      const end = tilt < 1 ? [[REACH, REACH], [tilt * REACH, REACH]] : [[REACH, REACH / tilt]];
      set(wedge, { d: `${view.path([[0, 0], [REACH, 0], ...end])}Z` });
      set(square, { x: view.x(1 - spread), y: view.y(1 + spread), width: view.x(2 * spread) - view.x(0), height: view.y(0) - view.y(2 * spread) });
      set(parent, { x1: view.x(0), y1: view.y(0), x2: view.x(1), y2: view.y(0) });
      set(child, { x1: view.x(0), y1: view.y(0), x2: view.x(tilt), y2: view.y(1) });
      grip.at(view.x(tilt), view.y(1));
      grip.tell(tilt, `β ${digits(tilt)}`);
      set(view.svg, { "aria-label": `Inputs and atoms. ${text}` });
    },
  };
}

/** The loss over the tilt. */
function costs() {
  const view = chart({ label: "Loss over the tilt", height: 270, xLabel: "tilt β", yLabel: "loss, beyond no tilt", caption: "orange: this tilt; dashed: the best" });
  view.node.classList.add("st-half");
  const line = s("path", { class: "st-line", stroke: "currentColor" });
  const best = s("path", { class: "st-guide" });
  const here = s("circle", { r: 5, fill: ORANGE });
  view.plot.append(best, line, here);
  return {
    ...view,
    show(found, tilt, now) {
      const low = Math.min(...found.beyond);
      const high = Math.max(0, ...found.beyond);
      const room = 0.08 * (high - low || 1e-6);
      view.axes({ x: [0, MOST], y: [low - room, high + room] });
      set(line, { d: view.path(found.tilts.map((v, i) => [v, found.beyond[i]])) });
      set(best, { d: view.path([[found.best, low - room], [found.best, high + room]]) });
      set(here, { cx: view.x(tilt), cy: view.y(now) });
      set(view.svg, { "aria-label": `Loss over the tilt, least at ${digits(found.best)}; at ${digits(tilt)} it is ${short(now)} beyond no tilt.` });
    },
  };
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Absorption", "Drag the tip of the child's atom. When does it pay to lean towards the parent?");
  const bound = bind(model, ui, () => draw());
  const { get, change, ranges, keep } = bound;
  const to = (value) => change({ tilt: keep("tilt", Math.round(value * 100) / 100) });
  const plane = stage({ ranges, onMove: to, onStep: (by) => to(get("tilt") + 0.02 * by) });
  const view = costs();
  ui.views.append(plane.node, view.node);
  let known = "";
  let found = curve(get("spread"), get("price"));
  const draw = bound.frame(() => {
    const [tilt, spread, price] = ["tilt", "spread", "price"].map(get);
    const key = `${spread} ${price}`;
    if (key !== known) [known, found] = [key, curve(spread, price)];
    const now = loss(tilt, spread, price) - found.none;
    const share = digits(100 * outside(tilt, spread), 0);
    const text = `β = ${digits(tilt)} ${now < 0 ? "saves" : "costs"} ${short(Math.abs(now))}; ${share} % of the inputs lie outside the wedge. Least at β = ${digits(found.best)}.`;
    plane.show(tilt, spread, text);
    view.show(found, tilt, now);
    tell(text);
  });
  const tell = bound.rest(ui.say);
  ui.controls.append(
    set(row(button("No tilt", () => change({ tilt: 0 })), button("Best tilt", () => to(found.best))), { class: "st-row st-across" }),
    bound.slider("tilt", { label: "tilt β" }),
    bound.slider("spread", { label: "spread s of the strengths" }),
    bound.slider("price", { label: "price λ", format: short }),
  );
  bound.start();
  return bound.end;
}
