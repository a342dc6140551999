/* AbsLayer: ReLU neurons compute absolute values. Each has a hinge; their sum, cut off at 0, is the answer. */
import { bind } from "./bind.js";
import { root } from "./controls.js";
import { chart, COLORS, digits, h, list, s, set } from "./drawing.js";
import { handle } from "./motion.js";

const SUBSCRIPT = "₁₂₃";
const EXACT = 1e-9;
const POINTS = 81; // odd, so that the hinge at 0 is one of them
const PLACES = Array.from({ length: POINTS }, (_, i) => (2 * i) / (POINTS - 1) - 1); // from −1 to 1
const relu = (v) => Math.max(0, v);
const tidy = (v) => (Math.abs(v) < EXACT ? "0" : digits(v));
const moved = (x, feature, value) => x.map((v, i) => (i === feature ? value : v));

/** What the first `count` neurons say, the sums that the outputs get of them, and the answers ReLU(sum). */
export function forward({ W, V }, x, count = W.length) {
  const says = W.slice(0, count).map((row) => relu(row.reduce((sum, w, i) => sum + w * x[i], 0)));
  const sums = V.map((row) => says.reduce((sum, v, k) => sum + row[k] * v, 0));
  return { says, sums, answers: sums.map(relu) };
}

/** A weighted sum as people write it: 2 x₁ − ½ x₂. */
export function formula(weights, letter) {
  const parts = weights.flatMap((w, i) => {
    if (w === 0) return [];
    const size = Math.abs(w) === 1 ? "" : Math.abs(w) === 0.5 ? "½\u00a0" : `${Math.abs(w)}\u00a0`;
    return [`${w < 0 ? "−" : "+"}\u00a0${size}${letter}${SUBSCRIPT[i]}`]; // lines break before a sign only
  });
  return parts.join(" ").replace(/^\+\u00a0/, "").replace(/^−\u00a0/, "−") || "nothing";
}

/** Which neurons fire, who takes away what another writes, and whether the answers are right. */
export function account({ V }, x, { says, sums, answers }) {
  const firing = says.flatMap((v, k) => (v > EXACT ? [k] : []));
  const who = firing.length ? `Neuron${firing.length > 1 ? "s" : ""} ${list(firing.map((k) => k + 1))} fire${firing.length > 1 ? "" : "s"}.` : "No neuron fires.";
  const pushes = V.flatMap((row, j) => {
    const up = firing.filter((k) => row[k] > 0);
    const down = firing.filter((k) => row[k] < 0);
    if (!down.length || !up.length) return [];
    const from = (ks) => list(ks.map((k) => `${tidy(row[k] * says[k])} from neuron ${k + 1}`));
    return [` Output ${j + 1} gets ${from(up)} and ${from(down)}: ${tidy(sums[j])} in all.`];
  });
  const wrong = answers.flatMap((v, j) => (Math.abs(v - Math.abs(x[j])) > 1e-6 ? [`ŷ${SUBSCRIPT[j]} = ${tidy(v)} where ${tidy(Math.abs(x[j]))} is wanted`] : []));
  return `${who}${pushes.join("")} ${wrong.length ? `Wrong: ${list(wrong)}.` : "All answers are right."}`;
}

/** The outputs as one feature moves, with a handle at where it is. */
function outputs({ ranges, onMove, onStep }) {
  const caption = h("span", {});
  const view = chart({ label: "Outputs", height: 270, xLabel: "the feature that moves", yLabel: "output", live: true, caption: "" });
  view.node.classList.add("st-half");
  view.node.querySelector("figcaption").append(caption);
  const below = COLORS.slice(0, 3).map((stroke) => s("path", { class: "st-line st-dashed", stroke, "stroke-opacity": 0.5 }));
  const lines = COLORS.slice(0, 3).map((stroke) => s("path", { class: "st-line", stroke }));
  const wanted = s("path", { class: "st-guide" });
  const dots = COLORS.slice(0, 3).map((fill) => s("circle", { r: 4.5, fill }));
  view.plot.append(...below, wanted, ...lines, ...dots);
  const grip = handle(view.svg, {
    label: "the feature that moves",
    ...ranges.x1,
    color: "#fefefe",
    onMove: (px) => onMove(view.x.back(px)),
    onKey: (dx, dy) => onStep(dx + dy),
  });
  return {
    ...view,
    show(layer, x, feature, count, now) {
      const reach = layer.V.flat().some((v) => Math.abs(v) > 2) ? 4 : 2;
      view.axes({ x: [-1, 1], y: [-reach, reach] });
      const found = PLACES.map((v) => forward(layer, moved(x, feature, v), count));
      const keep = (v) => (Math.abs(v) > reach ? NaN : v);
      lines.forEach((line, j) => {
        const here = j < x.length;
        for (const part of [line, below[j], dots[j]]) part.style.display = here ? "" : "none";
        if (!here) return;
        set(line, { d: view.path(PLACES.map((v, i) => [v, keep(found[i].answers[j])])) });
        set(below[j], { d: view.path(PLACES.map((v, i) => [v, found[i].sums[j] < 0 ? keep(found[i].sums[j]) : NaN])) });
        set(dots[j], { cx: view.x(x[feature]), cy: view.y(Math.min(reach, now.answers[j])) });
      });
      set(wanted, { d: view.path(PLACES.map((v) => [v, Math.abs(v)])) });
      grip.at(view.x(x[feature]), view.y(0));
      const name = `x${SUBSCRIPT[feature]}`;
      const colors = ["blue", "orange", "green"].slice(0, x.length).map((color, j) => `ŷ${SUBSCRIPT[j]} ${color}`);
      caption.textContent = `outputs as ${name} moves: ${colors.join(", ")}; dashed: |${name}|, and sums that the ReLU cuts off`;
      const text = `${name} ${digits(x[feature])}; answers ${now.answers.map(tidy).join(", ")}`;
      grip.tell(x[feature], text);
      set(view.svg, { "aria-label": `Outputs as ${name} moves from −1 to 1. At ${text}.` });
    },
  };
}

/** One neuron's hinge over the feature that moves. */
function hinge() {
  const [width, height] = [76, 30];
  const line = s("path", { class: "st-line", stroke: "currentColor" });
  const dot = s("circle", { r: 4, class: "st-value-dot" });
  const axis = s("line", { x1: 2, x2: width - 2, y1: height - 5, y2: height - 5, class: "st-grid" });
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "hinge", style: "width: 4.6rem; display: inline-block; vertical-align: middle" }, axis, line, dot);
  const place = (v, says, most) => [2 + ((v + 1) / 2) * (width - 4), height - 5 - (says / most) * (height - 10)];
  return {
    svg,
    show(row, x, feature, active) {
      const says = (v) => relu(moved(x, feature, v).reduce((sum, value, i) => sum + row[i] * value, 0));
      const most = Math.max(1, says(-1), says(1));
      set(line, { d: `M${PLACES.map((v) => place(v, says(v), most).map((c) => c.toFixed(1)).join()).join("L")}` });
      const [cx, cy] = place(x[feature], says(x[feature]), most);
      set(dot, { cx, cy });
      set(svg, { "aria-label": `says ${digits(says(-1))} at −1, ${digits(says(0))} at 0, ${digits(says(1))} at 1`, opacity: active ? 1 : 0.35 });
    },
  };
}

/** The neurons, what they read, say and write; below them the sums and answers. */
function table(most) {
  const rows = Array.from({ length: most }, (_, k) => {
    const drawn = hinge();
    const [reads, says, writes] = [h("td", {}), h("td", {}), h("td", {})];
    return { node: h("tr", {}, h("th", { scope: "row" }, k + 1), reads, h("td", {}, drawn.svg), says, writes), reads, says, writes, drawn };
  });
  const ends = Array.from({ length: 3 }, (_, j) => {
    const cells = [h("td", {}), h("td", {}), h("td", {})];
    return { node: h("tr", {}, h("th", { scope: "row" }, `ŷ${SUBSCRIPT[j]}`), ...cells), cells };
  });
  const head = (...texts) => h("thead", {}, h("tr", {}, ...texts.map((text) => h("th", { scope: "col" }, text))));
  const neurons = h("table", { class: "st-packed" }, head("neuron", "reads", "hinge", "says", "writes to"), h("tbody", {}, ...rows.map((row) => row.node)));
  const results = h("table", { class: "st-packed" }, head("output", "sum", "after ReLU", "wanted"), h("tbody", {}, ...ends.map((end) => end.node)));
  return {
    node: h("div", { class: "st-view st-half st-answers" }, neurons, results),
    show(layer, x, feature, count, { says, sums, answers }) {
      rows.forEach(({ node, reads, says: saysCell, writes, drawn }, k) => {
        set(node, { hidden: k >= layer.W.length });
        if (k >= layer.W.length) return;
        const added = k < count;
        reads.textContent = formula(layer.W[k], "x");
        saysCell.textContent = added ? tidy(says[k]) : "—";
        writes.textContent = formula(layer.V.map((row) => row[k]), "ŷ");
        node.style.opacity = added ? "" : "0.72";
        drawn.show(layer.W[k], x, feature, added);
      });
      ends.forEach(({ node, cells }, j) => {
        set(node, { hidden: j >= x.length, class: j < x.length && Math.abs(answers[j] - Math.abs(x[j])) > 1e-6 ? "st-wrong" : null });
        if (j < x.length) [sums[j], answers[j], Math.abs(x[j])].forEach((v, i) => (cells[i].textContent = tidy(v)));
      });
    },
  };
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Abs layer", "Drag the white point, or add neurons one by one. When are the outputs the absolute values?");
  const bound = bind(model, ui, () => draw());
  const { get, change, ranges, keep } = bound;
  const layer = () => get("layers")[get("layer")];
  const input = () => [get("x1"), get("x2"), get("x3")].slice(0, layer().V.length);
  const feature = () => Math.min(get("feature"), layer().V.length) - 1;
  const count = () => Math.min(get("neurons"), layer().W.length);
  const to = (value) => {
    const name = `x${feature() + 1}`;
    change({ [name]: keep(name, Math.round(value * 100) / 100) });
  };
  const view = outputs({ ranges, onMove: to, onStep: (by) => to(input()[feature()] + by * 0.05) });
  const cells = table(ranges.neurons.max);
  ui.views.append(view.node, cells.node);
  const draw = bound.frame(() => {
    const [now, x] = [layer(), input()];
    const found = forward(now, x, count());
    for (const part of [view, cells]) part.show(now, x, feature(), count(), found);
    bound.controls.x3.node.style.display = x.length < 3 ? "none" : "";
    tell(`x = (${x.map(tidy).join(", ")}), ${count()} of ${now.W.length} neurons. ${account(now, x, found)}`);
  });
  const tell = bound.rest(ui.say);
  const format = (v) => (v >= layer().W.length ? `all ${layer().W.length}` : digits(v, 0));
  const across = (node) => set(node, { class: `${node.getAttribute("class")} st-across` });
  ui.controls.append(
    across(bound.choice("layer", { label: "layer:", texts: { "two each": "six neurons, two each", shared: "five neurons, shared", asymmetric: "unequal weights" } })),
    bound.slider("neurons", { label: "neurons added up", format }),
    bound.choice("feature", { label: "move", texts: { 1: "x₁", 2: "x₂", 3: "x₃" } }),
    bound.slider("x1", { label: "x₁" }),
    bound.slider("x2", { label: "x₂" }),
    bound.slider("x3", { label: "x₃" }),
  );
  bound.start();
  return bound.end;
}
