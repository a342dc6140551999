/* TwoInOne: two features share one number. Where the loss is low, and what the toy answers to each input. */
import { bind } from "./bind.js";
import { button, root, row } from "./controls.js";
import { BLUE, chart, digits, h, ORANGE, s, set, short } from "./drawing.js";
import { landscape } from "./landscape.js";
import { pair, tied } from "./onehot.js";
import { expectedLoss } from "./quadrature.js";

const EXACT = 1e-6; // an answer this close is one
const tidy = (v) => (Math.abs(v) < EXACT ? "0" : digits(v));
const lossText = (v) => (v < EXACT ** 2 ? "0" : short(v));
const basis = (k) => [k === 0 ? 1 : 0, k === 0 ? 0 : 1];

/** What happens to feature k when it alone is active: "kept", "lost" (its output says nothing) or "changed". */
export function fate(k, answer) {
  const wanted = basis(k);
  if (answer.found.every((v, j) => Math.abs(v - wanted[j]) < EXACT)) return "kept";
  return Math.abs(answer.found[k]) < EXACT ? "lost" : "changed";
}

function about(k, answer) {
  const kind = fate(k, answer);
  const name = `feature ${k + 1}`;
  if (kind === "kept") return `${name} comes back exactly`;
  const leak = answer.found[1 - k];
  const own = kind === "lost" ? `${name} is lost` : Math.abs(answer.found[k] - 1) < EXACT ? `${name} comes back` : `${name} comes back as ${digits(answer.found[k])}`;
  return Math.abs(leak) < EXACT ? own : `${own}, and output ${2 - k} wrongly says ${digits(leak)}`;
}

/** A sentence or two about the answers to e₁, e₂ and, if it is asked, e₁ + e₂. */
export function outcome(answers) {
  const [first, second, both] = answers;
  const fates = [fate(0, first), fate(1, second)];
  let text = `${about(0, first)}; ${about(1, second)}.`;
  if (fates[0] === fates[1] && fates[0] === "kept") text = "both features come back exactly.";
  else if (Math.abs(first.h - second.h) < EXACT) text = `both inputs give h = ${tidy(first.h)}, so the answers are the same and can't both be right.`;
  text = text[0].toUpperCase() + text.slice(1);
  if (!both) return text;
  const answer = `(${tidy(both.found[0])}, ${tidy(both.found[1])})`;
  if (both.error < EXACT ** 2) return `${text} Both at once come back exactly too.`;
  const zero = Math.abs(both.h) < EXACT ? "h = 0, " : "";
  const lost = both.found.every((v) => Math.abs(v) < EXACT) ? ": both are lost" : "";
  return `${text} Both at once: ${zero}x̂ = ${answer}${lost}.`;
}

/** Mean squared errors of the two features when both are active, at strengths drawn from U[0, 1]. */
export const collision = (toy) => [0, 1].map((k) => expectedLoss(toy, 1, basis(k)));

/** The border of the region without loss under the tied bias: f₁(f₁ − f₂) = 1 or f₂(f₂ − f₁) = 1, where f₁ > 0 > f₂. */
export function border(reach) {
  const points = [];
  for (let k = 0; k <= 200; k += 1) {
    const angle = (Math.PI / 2) * (k / 200);
    const [c, d] = [Math.cos(angle), Math.sin(angle)];
    const shorter = Math.min(c, d);
    const r = 1 / Math.sqrt(shorter * (c + d));
    if (r * Math.max(c, d) <= reach) points.push([r * c, -r * d]);
  }
  return points;
}

/** The loss over f₁ and f₂, painted anew when what it depends on changes. */
function map({ get, change, ranges }) {
  const reach = ranges.f1.max;
  const view = landscape({ reach, onMove: change, caption: "" });
  const caption = view.node.querySelector("figcaption");
  const free = [1, -1].map(() => s("path", { class: "st-line st-free" }));
  view.layer.append(...free);
  let painted = "";
  const paint = () => {
    const [tie, b1, b2, relu] = [get("tie_bias"), get("b1"), get("b2"), get("activation") === "relu"];
    const key = [relu, tie, ...(tie ? [] : [b1, b2])].join();
    if (key === painted) return;
    painted = key;
    const one = pair({ relu });
    view.show(tie ? (f1, f2) => one.loss(f1, f2, ...tied([f1, f2])) : (f1, f2) => one.loss(f1, f2, b1, b2));
    const line = tie && relu ? border(1.1 * reach) : [];
    free.forEach((path, side) => set(path, { d: view.curve(line.map(([f1, f2]) => (side ? [-f1, -f2] : [f1, f2]))) }));
    const rule = tie ? "each bias bⱼ = 1 − fⱼ²" : `b = (${digits(b1)}, ${digits(b2)})`;
    caption.textContent = `loss L, ${rule}: dark is 0, light 1.2 and more${line.length ? "; beyond the dashed lines it is 0" : ""}`;
  };
  return {
    node: view.node,
    show(loss) {
      paint();
      const [f1, f2] = [digits(get("f1")), digits(get("f2"))];
      set(view.svg, { "aria-label": `Loss over f₁ and f₂, ${caption.textContent}. At f₁ ${f1}, f₂ ${f2} it is ${lossText(loss)}.` });
      view.point(get("f1"), get("f2"), `f₁ ${f1}, f₂ ${f2}, loss ${lossText(loss)}`);
    },
  };
}

/** σ(f_j h + b_j) over h: what the outputs make of the one number, whatever made it. */
function graph(reach) {
  const lines = chart({ label: "Outputs over h", height: 200, xLabel: "h", yLabel: "output x̂", caption: "x̂₁ (blue) and x̂₂ (orange) over h; dots: the answers to e₁ at h = f₁ and to e₂ at h = f₂; rings: wanted" });
  const outputs = [BLUE, ORANGE].map((stroke) => s("path", { class: "st-line", stroke }));
  const dots = [BLUE, ORANGE, BLUE, ORANGE].map((fill) => s("circle", { r: 4.5, fill }));
  const rings = [BLUE, ORANGE, BLUE, ORANGE].map((stroke) => s("circle", { r: 8, fill: "none", stroke, "stroke-width": 2 }));
  lines.plot.append(...outputs, ...rings, ...dots);
  const places = Array.from({ length: 161 }, (_, i) => (i / 80 - 1) * reach);
  return {
    node: lines.node,
    show(toy, answers) {
      const output = (j, value) => (toy.relu ? Math.max(0, toy.W[j] * value + toy.b[j]) : toy.W[j] * value + toy.b[j]);
      const values = answers.flatMap(({ found }) => [...found]);
      const [low, high] = [Math.min(toy.relu ? 0 : -0.5, ...values), Math.max(1, ...values)].map((v, i) => (i ? Math.ceil(v * 2 + 0.4) : Math.floor(v * 2)) / 2);
      lines.axes({ x: [-reach, reach], y: [low, high] });
      outputs.forEach((line, j) => set(line, { d: lines.path(places.map((v) => [v, output(j, v)]).map(([v, z]) => [v, z < low || z > high ? NaN : z])) }));
      for (let k = 0; k < 2; k += 1) {
        for (let j = 0; j < 2; j += 1) {
          const cx = lines.x(toy.W[k]);
          set(dots[2 * k + j], { cx, cy: lines.y(answers[k].found[j]) });
          set(rings[2 * k + j], { cx, cy: lines.y(k === j ? 1 : 0) });
        }
      }
      const told = answers.slice(0, 2).map(({ h: hidden, found }, k) => `at h = ${tidy(hidden)}, from e${"₁₂"[k]}, they are ${tidy(found[0])} and ${tidy(found[1])}`);
      set(lines.svg, { "aria-label": `The two outputs over h: ${told.join("; ")}.` });
    },
  };
}

/** The answers to each input as a table, and what they add up to. */
function table() {
  const body = h("tbody");
  const heads = ["input x", "h", "x̂₁", "x̂₂", "squared error"].map((text) => h("th", { scope: "col" }, text));
  const sum = h("p", {});
  const meeting = h("p", {});
  const cells = (values, head) => h("tr", {}, h("th", { scope: "row" }, head), ...values.map((v) => h("td", {}, v)));
  return {
    nodes: [h("table", {}, h("caption", {}, "Answers x̂ = σ(f h + b)"), h("thead", {}, h("tr", {}, ...heads)), body), sum, meeting],
    show(toy, answers, loss) {
      const names = ["e₁", "e₂", "e₁ + e₂"];
      body.replaceChildren(...answers.map(({ h: hidden, found, error }, i) => cells([tidy(hidden), tidy(found[0]), tidy(found[1]), lossText(error)], names[i])));
      sum.textContent = `Loss L, the mean of the first two errors: ${lossText(loss)}`;
      if (answers[2]) {
        const [first, second] = collision(toy).map(lossText);
        meeting.textContent = `Both active, strengths x₁, x₂ ∼ U[0, 1]: mean squared error ${first} for feature 1, ${second} for feature 2.`;
      }
      set(meeting, { hidden: !answers[2] });
    },
  };
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Two in one", "Two features, one number h = f₁x₁ + f₂x₂. Drag the point, or move f₁ and f₂, until both come back.");
  const bound = bind(model, ui, () => {
    if (get("tie_bias")) {
      const [b1, b2] = bias();
      if (b1 !== get("b1") || b2 !== get("b2")) bound.put({ b1, b2 });
    }
    for (const name of ["b1", "b2"]) set(bound.controls[name].input, { disabled: get("tie_bias") });
    draw();
  });
  const { get, change } = bound;
  const [loss, answers, outputs] = [map(bound), table(), graph(bound.ranges.f1.max)];
  ui.views.append(loss.node, h("div", { class: "st-view st-half st-answers" }, ...answers.nodes, outputs.node));
  const bias = () => (get("tie_bias") ? tied([get("f1"), get("f2")]) : [get("b1"), get("b2")]);
  const draw = bound.frame(() => {
    const one = pair({ relu: get("activation") === "relu" });
    const now = one.loss(get("f1"), get("f2"), ...bias());
    const inputs = [[1, 0], [0, 1], ...(get("both_active") ? [[1, 1]] : [])];
    const found = inputs.map((x) => one.answer(x));
    answers.show(one.toy, found, now);
    outputs.show(one.toy, found);
    loss.show(now);
    tell(`Loss ${lossText(now)}. ${outcome(found)}`);
  });
  const tell = bound.rest(ui.say);
  ui.controls.append(
    set(row(
      button("antipodal: f = (1, −1), b = 0", () => change({ f1: 1, f2: -1, b1: 0, b2: 0 })),
      button("dedicated: f = (1, 0), b = 0", () => change({ tie_bias: false, f1: 1, f2: 0, b1: 0, b2: 0 })),
      bound.toggle("tie_bias", { label: "tie the bias: bⱼ = 1 − fⱼ²" }),
      bound.toggle("both_active", { label: "also both at once" }),
    ), { class: "st-row st-across" }),
    bound.slider("f1", { label: "weight f₁" }),
    bound.slider("f2", { label: "weight f₂" }),
    bound.slider("b1", { label: "bias b₁" }),
    bound.slider("b2", { label: "bias b₂" }),
    bound.choice("activation", { label: "activation σ", texts: { relu: "ReLU" } }),
  );
  bound.start();
  return bound.end;
}
