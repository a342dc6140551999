/* BasisRotation: two neurons turn in a plane of features. What each reads changes; the features do not. */
import { bind } from "./bind.js";
import { button, levels, root, row } from "./controls.js";
import { COLORS, digits, h, list, picture, plane, s, set } from "./drawing.js";
import { handle } from "./motion.js";
import { polygon } from "./numerics.js";

const AXIS = 1.3; // length of the neurons' axes: beyond the features' tips
const NEAR = 0.005; // readings this close look the same with two digits
const SUBSCRIPT = "₁₂₃₄₅₆₇₈";
const angle = (v) => digits(v, v % 1 ? 1 : 0);
const dot = (a, b) => a[0] * b[0] + a[1] * b[1];

/** Unit directions of n features: a regular n-gon; two are at right angles. */
export function directions(n) {
  return n === 2 ? [[1, 0], [0, 1]] : polygon(n);
}

/** Unit vectors along the two neurons' axes, turned by so many degrees. */
export function neurons(degrees) {
  const [c, s] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  return [[c, s], [-s, c]];
}

/** What a neuron along `axis` reads of each feature: f_i·axis. */
export const readings = (features, axis) => features.map((f) => dot(f, axis));

/** The activation vector a = Σ c_i f_i. */
export const activation = (features, strengths) => [0, 1].map((k) => features.reduce((sum, f, i) => sum + strengths[i] * f[k], 0));

/** The features a neuron answers to: those it reads as more than half of its largest reading, the largest first. */
export function answersTo(values) {
  const largest = Math.max(...values);
  if (largest < NEAR) return [];
  return values.flatMap((v, i) => (v > largest / 2 + 1e-9 ? [i] : [])).sort((i, j) => values[j] - values[i] || i - j);
}

/** What a neuron would be called: after the features that it reads best, by the rule of `answersTo`. */
export function called(values) {
  const found = answersTo(values);
  if (!found.length) return "answers to no feature with a plus";
  const best = found.filter((i) => values[found[0]] - values[i] < NEAR).map((i) => i + 1);
  const name = `would be named after feature${best.length > 1 ? "s" : ""} ${list(best.sort((i, j) => i - j))}`;
  const also = found.map((i) => i + 1).filter((i) => !best.includes(i));
  return `${name}${also.length ? ` but answers to ${list(also)} too` : ""} (${found.length > 1 ? "polysemantic" : "monosemantic"})`;
}

/** What neuron 1 does with features 1 and 2, where it is worth a sentence. */
export function remark(values) {
  const said = [];
  if (Math.abs(values[0]) < NEAR) said.push(" Neuron 1 does not answer to feature 1 at all.");
  if (Math.abs(values[0] - values[1]) < NEAR) said.push(" Neuron 1 answers to features 1 and 2 equally.");
  return said.join("");
}

/** Bars from −1 to 1, one for each feature, over numbers; a dashed line at half of the largest. */
function bars(label, most) {
  const [width, height, zero, unit] = [320, 146, 56, 50];
  const view = picture(width, height, label, { caption: "", className: "st-bars" });
  const parts = Array.from({ length: most }, (_, i) => ({
    bar: s("rect", { fill: COLORS[i] }),
    number: s("text", { class: "st-tick", y: height - 25 }),
    name: s("text", { class: "st-name", y: height - 8 }, i + 1),
  }));
  const half = s("line", { x1: 30, x2: width, class: "st-guide" });
  const halfName = s("text", { x: 14, class: "st-tick" }, "half");
  view.svg.append(...parts.flatMap((part) => Object.values(part)), s("line", { x1: 0, x2: width, y1: zero, y2: zero, class: "st-axis" }), half, halfName);
  return {
    ...view,
    caption: view.node.querySelector("figcaption"),
    show(values) {
      const step = (width - 30) / values.length;
      parts.forEach(({ bar, number, name }, i) => {
        for (const part of [bar, number, name]) part.style.display = i < values.length ? "" : "none";
        if (i >= values.length) return;
        const x = 30 + (i + 0.5) * step;
        const size = Math.abs(values[i]) * unit;
        set(bar, { x: x - step * 0.3, width: step * 0.6, y: values[i] > 0 ? zero - size : zero, height: size });
        set(number, { x });
        number.textContent = digits(values[i]);
        number.style.fontSize = values.length > 6 ? "9.5px" : ""; // so that minus signs keep apart
        set(name, { x });
      });
      const y = zero - (Math.max(0, ...values) * unit) / 2;
      set(half, { y1: y, y2: y });
      set(halfName, { y });
    },
  };
}

/** Features, activation and the neurons' axes in the plane; `onTurn(degrees)` and `onStep(degrees)` ask for another angle. */
function stage({ ranges, onTurn, onStep }) {
  const most = ranges.n_features.max;
  const map = plane({ label: "Features and neurons", size: 320, live: true, caption: "arrows: features, a = c₁f₁ + c₂f₂ + …; dashed: the neurons' axes, and what they read of a (dots)" });
  map.node.classList.add("st-half", "st-stage");
  const axes = [0, 1].map((k) => ({
    line: s("line", { class: "st-line st-neuron" }),
    drop: s("line", { class: "st-guide" }),
    dot: s("circle", { r: 4.5, class: "st-value-dot" }),
    name: s("text", { class: "st-name" }, `neuron ${k + 1}`),
  }));
  const present = Array.from({ length: most }, (_, i) => s("line", { stroke: COLORS[i], class: "st-present" }));
  map.svg.append(...present, ...axes.map((axis) => axis.line));
  map.arrows(Array(most + 1).fill([0, 0])); // before the axes' marks and the handle, which lie on top
  map.svg.append(...axes.flatMap(({ drop, dot: mark, name }) => [drop, mark, name]));
  const grip = handle(map.svg, {
    label: "axis of neuron 1: arrow keys turn both neurons",
    ...ranges.degrees,
    color: "#fefefe",
    onMove: (px, py) => onTurn(Math.round((Math.atan2(map.uny(py), map.unx(px)) * 360) / Math.PI) / 2),
    onKey: (dx, dy) => onStep(dx + dy),
  });
  const ends = (a, b) => ({ x1: map.x(a[0]), y1: map.y(a[1]), x2: map.x(b[0]), y2: map.y(b[1]) });
  const turn = ({ line, drop, dot: mark, name }, [x, y], a, says) => {
    const foot = [says * x, says * y];
    set(line, ends([-AXIS * x, -AXIS * y], [AXIS * x, AXIS * y]));
    set(drop, ends(a, foot));
    set(mark, { cx: map.x(foot[0]), cy: map.y(foot[1]) });
    const aside = 16 + 24 * Math.abs(y); // words are wider than high
    const keep = (v) => Math.min(map.size - 28, Math.max(28, v));
    set(name, { x: keep(map.x(AXIS * x) - aside * y), y: map.y(AXIS * y) - aside * x });
  };
  return {
    ...map,
    tell: grip.tell,
    show({ features, strengths, rows, a, says }) {
      const size = Math.hypot(...a);
      map.reach = size > AXIS ? Math.ceil(2 * (size + 0.4)) / 2 : 1.6;
      map.arrows([...features, a], { names: [...features.map((_, i) => i + 1), "a"], colors: [...COLORS.slice(0, features.length), "currentColor"] });
      rows.forEach((axis, k) => turn(axes[k], axis, a, says[k]));
      present.forEach((line, i) => set(line, ends([0, 0], strengths[i] > 0 ? features[i].map((v) => strengths[i] * v) : [0, 0])));
      grip.at(map.x(AXIS * rows[0][0]), map.y(AXIS * rows[0][1]));
    },
  };
}

/** All that the pictures and words are made of. */
function work(n, degrees, strengths) {
  const features = directions(n);
  const rows = neurons(degrees);
  const a = activation(features, strengths);
  return { features, strengths, rows, a, read: rows.map((axis) => readings(features, axis)), says: rows.map((axis) => dot(a, axis)) };
}

/** What the neurons say of what is active, and what is the same in any axes. */
function news({ features, strengths, a, says }) {
  const active = strengths.flatMap((c, i) => (c > 0 ? [`${i + 1} (strength ${digits(c)})`] : []));
  const what = active.length ? `Active: feature${active.length > 1 ? "s" : ""} ${list(active)}.` : "No feature is active.";
  const kept = features.map((f, i) => `f${SUBSCRIPT[i]}·a = ${digits(dot(f, a))}`).join(", ");
  return [`${what} The neurons say ${digits(says[0])} and ${digits(says[1])}.`, `In any axes, along the features' own directions: ${kept}.`];
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Basis rotation", "Turn the neurons. Which features does each answer to, and what do the features notice?");
  const bound = bind(model, ui, () => {
    strengthsBox.follow();
    draw();
  });
  const { get, change, ranges } = bound;
  const around = (v) => ((v % 360) + 360) % 360;
  const map = stage({ ranges, onTurn: (v) => change({ degrees: around(v) }), onStep: (by) => change({ degrees: around(Math.round(get("degrees")) + by) }) });
  const charts = [0, 1].map((k) => bars(`What neuron ${k + 1} reads of each feature`, ranges.n_features.max));
  const rule = h("p", { class: "st-reading" }, "By the rule here, a neuron answers to what it reads as more than half of its largest reading (dashed).");
  const [said, kept] = [h("p", { class: "st-reading" }), h("p", { class: "st-reading" })];
  ui.views.append(map.node, h("div", { class: "st-view st-half st-answers" }, ...charts.map((chart) => chart.node), rule, said, kept));
  const strengths = () => Array.from({ length: get("n_features") }, (_, i) => get("activity")[i] ?? 0);
  const strengthsBox = levels({
    ...ranges.activity,
    legend: "How strongly is each feature active?",
    most: ranges.n_features.max,
    label: (i) => `feature ${i + 1}, c${SUBSCRIPT[i]}`,
    values: strengths,
    onInput: (activity) => change({ activity }),
  });
  const draw = bound.frame(() => {
    const now = work(get("n_features"), get("degrees"), strengths());
    const { features, read } = now;
    map.show(now);
    charts.forEach((chart, k) => {
      chart.show(read[k]);
      chart.caption.textContent = `neuron ${k + 1} ${called(read[k])}`;
      set(chart.svg, { "aria-label": `Neuron ${k + 1} reads ${read[k].map((v, i) => `${digits(v)} of feature ${i + 1}`).join(", ")}. It ${called(read[k])}.` });
    });
    [said.textContent, kept.textContent] = news(now);
    const turned = angle(get("degrees"));
    map.tell(get("degrees"), `${turned} degrees; neuron 1 ${called(read[0])}`);
    set(map.svg, { "aria-label": `${features.length} features as directions in the plane, and two neurons at right angles, turned by ${turned} degrees. ${said.textContent}` });
    tell(`Turned by ${turned}°, neuron 1 ${called(read[0])}; neuron 2 ${called(read[1])}.${remark(read[0])}`);
  });
  const tell = bound.rest(ui.say);
  const all = (strength) => () => change({ activity: strengths().map(() => strength) });
  const resize = (n) => change({ n_features: n, activity: [...strengths(), ...Array(n).fill(0)].slice(0, n) });
  ui.controls.append(
    bound.slider("degrees", { label: "turn the neurons by", format: (v) => `${angle(v)}°` }),
    bound.slider("n_features", { label: "features n", format: (v) => digits(v, 0), onInput: resize }),
    row(button("All inactive", all(0)), button("All active", all(1))),
    strengthsBox.node,
  );
  bound.watch(["activity"]);
  bound.start();
  return bound.end;
}
