/* NeuronStack: what each neuron holds, in recorded solutions from dense to sparse. */
import { bind } from "./bind.js";
import { root } from "./controls.js";
import { BLUE, chart, digits, GREY, h, list, ORANGE, picture, s, set, short } from "./drawing.js";
import { handle, whereIn } from "./motion.js";

const REPRESENTED = 0.5; // a feature longer than this is represented
const INKS = [GREY, BLUE, ORANGE]; // of features that no neuron holds, that are alone, that share a neuron
const LEAST = 0.03; // weights below this have no bar
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

/** The features that each neuron holds, from 0: those with weights larger than `holds`. */
export const held = (W, holds) => W.map((row) => row.flatMap((w, i) => (Math.abs(w) > holds ? [i] : [])));

/** The length of each feature's column of W. */
export const lengths = (W) => W[0].map((_, i) => Math.hypot(...W.map((row) => row[i])));

/** Neurons that hold one feature, and several; features represented; each feature: 0 no neuron holds it, 1 alone, 2 shares one. */
export function census(W, holds) {
  const each = held(W, holds);
  const crowd = new Set(each.filter((some) => some.length > 1).flat());
  return {
    one: each.filter((some) => some.length === 1).length,
    several: each.filter((some) => some.length > 1).length,
    represented: lengths(W).filter((v) => v > REPRESENTED).length,
    roles: W[0].map((_, i) => (crowd.has(i) ? 2 : Number(each.some((some) => some.includes(i))))),
  };
}

/** The bars of a neuron: [feature, from, to], stacked up and down from 0 in the order of the features. */
export function bars(row) {
  const reach = { up: 0, down: 0 };
  return row.flatMap((w, i) => {
    if (Math.abs(w) < LEAST) return [];
    const side = w > 0 ? "up" : "down";
    const from = reach[side];
    reach[side] += w;
    return [[i, from, reach[side]]];
  });
}

/** What there is at a record, in words; of one feature (from 1), also on which neurons it writes and where it has a veto. */
export function says({ p, W, loss, holds, feature }) {
  const { one, several, represented } = census(W, holds);
  const parts = [`p = ${short(p)}: ${plural(one, "neuron")} with one feature, ${several} with several; ${plural(represented, "feature")} represented; loss ${short(loss)}.`];
  if (feature) {
    const neurons = (sign) => W.flatMap((row, k) => (sign * row[feature - 1] > holds ? [k + 1] : []));
    const [on, off] = [neurons(1), neurons(-1)];
    const name = (some) => `${some.length > 1 ? "neurons" : "neuron"} ${list(some)}`;
    const writes = on.length ? `writes on ${name(on)}` : "writes on no neuron";
    parts.push(`Feature ${feature} ${writes}${off.length ? `, with a veto on ${name(off)}` : ""}.`);
  }
  return parts.join(" ");
}

/** The stacks of m neurons; from `low` to `high` is how far those of all records go. */
function stacks(m, low, high) {
  const [width, height, left, top, bottom] = [330, 270, 34, 8, 228];
  const view = picture(width, height, "Weights of each neuron", { caption: "weights of each neuron; blue: alone, orange: shares a neuron, grey: in none", className: "st-half st-chart" });
  const unit = (width - left) / m;
  const y = (v) => bottom + ((v - low) / (high - low)) * (top - bottom);
  const x = (k) => left + (k + 0.5) * unit;
  const lines = [];
  for (let v = Math.ceil(low); v <= high; v += 1) lines.push(s("line", { x1: left, x2: width, y1: y(v), y2: y(v), class: v ? "st-grid" : "st-axis" }), s("text", { x: left - 6, y: y(v), class: "st-tick st-end" }, digits(v, 0)));
  for (let k = 0; k < m; k += 1) lines.push(s("text", { x: x(k), y: bottom + 14, class: "st-tick" }, k + 1));
  const rects = s("g", {});
  view.svg.append(...lines, s("text", { x: (left + width) / 2, y: height - 8, class: "st-label" }, "neuron"), rects);
  return {
    node: view.node,
    show({ W, holds, feature }) {
      const { roles } = census(W, holds);
      const draw = (row, k, [i, from, to]) => {
        const [y1, y2] = [y(Math.max(from, to)), y(Math.min(from, to))];
        const faint = feature && feature !== i + 1 ? 0.3 : 1;
        const bar = s("rect", { x: x(k) - 0.4 * unit, width: 0.8 * unit, y: y1, height: y2 - y1, fill: INKS[roles[i]], class: "st-white", opacity: faint });
        const named = Math.abs(row[i]) > holds && y2 - y1 > 9;
        return named ? [bar, s("text", { x: x(k), y: (y1 + y2) / 2, class: "st-on-colors" }, i + 1)] : [bar];
      };
      rects.replaceChildren(...W.flatMap((row, k) => bars(row).flatMap((bar) => draw(row, k, bar))));
      const each = held(W, holds).map((some, k) => `neuron ${k + 1}: ${some.length ? list(some.map((i) => i + 1)) : "none"}`);
      view.svg.setAttribute("aria-label", `Weights of each neuron; features held, ${each.join("; ")}.`);
    },
  };
}

/** The length of each feature, in the colours of the stacks; dashed at ½. */
function features(n, top) {
  const [width, height, base, left] = [330, 120, 96, 30];
  const view = picture(width, height, "Lengths of the features", { caption: "length of each feature; above the dashed line it is represented" });
  const step = (width - left) / n;
  const unit = (base - 8) / top;
  const rects = Array.from({ length: n }, (_, i) => s("rect", { x: left + (i + 0.15) * step, width: 0.7 * step }));
  const names = rects.map((_, i) => s("text", { x: left + (i + 0.5) * step, y: height - 10, class: "st-tick" }, i + 1));
  const line = base - REPRESENTED * unit;
  view.svg.append(...rects, ...names, s("line", { x1: left, x2: width, y1: base, y2: base, class: "st-axis" }), s("line", { x1: left, x2: width, y1: line, y2: line, class: "st-guide" }), s("text", { x: left - 12, y: line, class: "st-tick" }, "½"));
  return {
    node: view.node,
    show({ W, holds, feature }) {
      const { roles } = census(W, holds);
      lengths(W).forEach((v, i) => set(rects[i], { y: base - v * unit, height: v * unit, fill: INKS[roles[i]], opacity: feature && feature !== i + 1 ? 0.3 : 1 }));
      view.svg.setAttribute("aria-label", `Lengths of the features: ${lengths(W).map((v, i) => `${i + 1}: ${digits(v)}`).join(", ")}.`);
    },
  };
}

const LINES = [["one", BLUE, "neurons with one feature"], ["several", ORANGE, "neurons with several"], ["represented", GREY, "features represented"]];

/** The counts over all records, and a handle on the density: `onSeek(record)`, `onStep(by)`. */
function counts({ densities, W, onSeek, onStep }) {
  const view = chart({ label: "Counts over the density", width: 330, height: 230, xLabel: "density p = 1−S", yLabel: "count", xLog: true, live: true, caption: "" });
  view.node.querySelector("figcaption").append(...LINES.map(([, color, name]) => {
    const swatch = h("span", { class: "st-swatch", "aria-hidden": "true" });
    swatch.style.background = color;
    return h("span", { class: "st-key-entry" }, swatch, ` ${name}`);
  }));
  const range = densities.length > 1 ? [densities[0], densities.at(-1)] : [densities[0] * 1.1, densities[0] / 1.1];
  view.axes({ x: range, y: [0, Math.max(...W.map((one) => Math.max(one.length, one[0].length))) + 0.5] });
  const lines = LINES.map(([name, color]) => [name, s("path", { class: "st-line", stroke: color })]);
  const cursor = s("line", { y1: view.box.top, y2: view.box.bottom, class: "st-cursor" });
  view.plot.append(cursor, ...lines.map(([, line]) => line));
  const places = densities.map(view.x);
  const nearest = (x) => onSeek(places.reduce((best, place, k) => (Math.abs(place - x) < Math.abs(places[best] - x) ? k : best), 0));
  const grip = handle(view.svg, { label: "density", min: densities.at(-1), max: densities[0], color: ORANGE, onMove: nearest, onKey: (dx, dy) => onStep(dx + dy) });
  set(view.svg, { click: (event) => nearest(whereIn(view.svg, event)[0]) });
  return {
    node: view.node,
    show({ p, holds, position }) {
      const all = W.map((one) => census(one, holds));
      for (const [name, line] of lines) set(line, { d: view.path(all.map((found, k) => [densities[k], found[name]])) });
      set(cursor, { x1: places[position], x2: places[position] });
      grip.at(places[position], view.y(all[position].one));
      grip.tell(p, `density ${short(p)}: ${plural(all[position].one, "neuron")} with one feature`);
      view.svg.setAttribute("aria-label", `Counts over ${plural(densities.length, "density").replace("densitys", "densities")}; neurons with one feature: ${all.map((found) => found.one).join(", ")}.`);
    },
  };
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Neuron stack", "Move along the density: which features does each neuron hold?");
  let views = [];
  const bound = bind(model, ui, () => draw());
  const { get, change } = bound;
  const last = () => get("densities").length - 1;
  const now = () => {
    const position = Math.min(last(), get("position"));
    const W = get("W")[position];
    return { position, W, p: get("densities")[position], loss: get("loss")[position], holds: get("holds"), feature: Math.min(get("feature"), W[0].length) };
  };
  const tell = bound.rest(() => ui.say(says(now())), 150);
  const draw = bound.frame(() => {
    for (const view of views) view.show(now());
    tell();
  });
  const seek = (k) => change({ position: Math.min(last(), Math.max(0, Math.round(k))) });
  const load = bound.frame(() => {
    const [densities, W, loss] = [get("densities"), get("W"), get("loss")];
    if (W.length !== densities.length || loss.length !== densities.length || !W.length) return; // Python sends part by part
    const ends = W.flatMap((one) => one.flatMap((row) => bars(row).map(([, , to]) => to)));
    const [top, count] = [Math.max(1, ...W.flatMap(lengths)), W[0][0].length];
    views = [stacks(W[0].length, Math.min(0, ...ends) * 1.05, Math.max(1, ...ends) * 1.05), counts({ densities, W, onSeek: seek, onStep: (by) => seek(now().position + by) }), features(W[0][0].length, top)];
    const [stack, ...others] = views.map((view) => view.node);
    ui.views.replaceChildren(stack, h("div", { class: "st-view st-half st-chart" }, ...others));
    const format = (k) => short(densities[Math.min(last(), Math.round(k))]);
    const name = (i) => (i ? `${i}` : "none");
    ui.controls.replaceChildren(
      bound.slider("position", { label: "density p = 1−S", max: last(), format }),
      bound.slider("feature", { label: "feature that stands out", max: count, format: name }),
      bound.slider("holds", { label: "a weight counts above" }),
    );
    draw();
  });
  bound.watch(["densities", "W", "loss"], load);
  load();
  return bound.end;
}
