/* TwoInOne: two features share one number. Where the loss is low, and what the toy answers to each input. */
import { expectedLoss } from "./numerics.js";
import { pair, tied } from "./onehot.js";
import { BLUE, button, chart, choice, digits, h, landscape, later, ORANGE, root, row, s, set, short, slider, toggle, watcher } from "./ui.js";

const F = 2; // |f| and |b| go up to these, as in Python
const B = 3;
const EXACT = 1e-6; // an answer this close is one
const round = (v) => Math.round(v * 100) / 100;
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

export function render({ model, el }) {
  const ui = root(el, "Two in one", "Two features, one number h = f₁x₁ + f₂x₂. Drag the point, or move f₁ and f₂, until both come back.");
  const get = (name) => model.get(name);
  const map = landscape({
    label: "Loss over f₁ and f₂",
    pointLabel: "the weights (f₁, f₂), arrow keys move them",
    reach: F,
    onMove: (f1, f2) => change({ f1: round(f1), f2: round(f2) }),
    caption: "",
  });
  const caption = map.node.querySelector("figcaption");
  const free = [1, -1].map(() => s("path", { class: "st-line st-free" }));
  map.layer.append(...free);
  const body = h("tbody");
  const heads = ["input x", "h", "x̂₁", "x̂₂", "squared error"].map((text) => h("th", { scope: "col" }, text));
  const lines = chart({ label: "Outputs over h", height: 200, xLabel: "h", yLabel: "output x̂", caption: "x̂₁ (blue) and x̂₂ (orange) over h; dots: the answers to e₁ at h = f₁ and to e₂ at h = f₂; rings: wanted" });
  const outputs = [BLUE, ORANGE].map((stroke) => s("path", { class: "st-line", stroke }));
  const dots = [BLUE, ORANGE, BLUE, ORANGE].map((fill) => s("circle", { r: 4.5, fill }));
  const rings = [BLUE, ORANGE, BLUE, ORANGE].map((stroke) => s("circle", { r: 8, fill: "none", stroke, "stroke-width": 2 }));
  lines.plot.append(...outputs, ...rings, ...dots);
  const sum = h("p", {});
  const meeting = h("p", {});
  const answersView = h("div", { class: "st-view st-half st-answers" }, h("table", {}, h("caption", {}, "Answers x̂ = σ(f h + b)"), h("thead", {}, h("tr", {}, ...heads)), body), sum, meeting, lines.node);
  ui.views.append(map.node, answersView);

  let mine = false;
  let painted = "";
  const bias = () => (get("tie_bias") ? tied([get("f1"), get("f2")]) : [get("b1"), get("b2")]);
  const put = (values) => {
    mine = true;
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    mine = false;
    model.save_changes();
  };
  const paint = () => {
    const [tie, b1, b2, relu] = [get("tie_bias"), get("b1"), get("b2"), get("activation") === "relu"];
    const key = [relu, tie, ...(tie ? [] : [b1, b2])].join();
    if (key === painted) return;
    painted = key;
    const one = pair({ relu });
    map.show(tie ? (f1, f2) => one.loss(f1, f2, ...tied([f1, f2])) : (f1, f2) => one.loss(f1, f2, b1, b2));
    const line = tie && relu ? border(1.1 * F) : [];
    free.forEach((path, side) => set(path, { d: map.curve(line.map(([f1, f2]) => (side ? [-f1, -f2] : [f1, f2]))) }));
    const rule = tie ? "each bias bⱼ = 1 − fⱼ²" : `b = (${digits(b1)}, ${digits(b2)})`;
    caption.textContent = `loss L, ${rule}: dark is 0, light 1.2 and more${line.length ? "; beyond the dashed lines it is 0" : ""}`;
  };
  const numbers = () => {
    const one = pair({ relu: get("activation") === "relu" });
    const loss = one.loss(get("f1"), get("f2"), ...bias());
    const inputs = [[1, 0], [0, 1], ...(get("both_active") ? [[1, 1]] : [])];
    return { loss, toy: one.toy, answers: inputs.map((x) => one.answer(x)) };
  };
  /* σ(f_j h + b_j) over h: what the outputs make of the one number, whatever made it. */
  const graph = (toy, answers) => {
    const output = (j, value) => (toy.relu ? Math.max(0, toy.W[j] * value + toy.b[j]) : toy.W[j] * value + toy.b[j]);
    const places = Array.from({ length: 161 }, (_, i) => (i / 80 - 1) * F);
    const values = answers.flatMap(({ found }) => [...found]);
    const [low, high] = [Math.min(toy.relu ? 0 : -0.5, ...values), Math.max(1, ...values)].map((v, i) => (i ? Math.ceil(v * 2 + 0.4) : Math.floor(v * 2)) / 2);
    lines.axes({ x: [-F, F], y: [low, high] });
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
  };
  const cells = (values, head) => h("tr", {}, h("th", { scope: "row" }, head), ...values.map((v) => h("td", {}, v)));
  const draw = later(() => {
    paint();
    const { loss, toy, answers } = numbers();
    const names = ["e₁", "e₂", "e₁ + e₂"];
    body.replaceChildren(...answers.map(({ h: hidden, found, error }, i) => cells([tidy(hidden), tidy(found[0]), tidy(found[1]), lossText(error)], names[i])));
    sum.textContent = `Loss L, the mean of the first two errors: ${lossText(loss)}`;
    if (answers[2]) {
      const [first, second] = collision(toy).map(lossText);
      meeting.textContent = `Both active, strengths x₁, x₂ ∼ U[0, 1]: mean squared error ${first} for feature 1, ${second} for feature 2.`;
    }
    set(meeting, { hidden: !answers[2] });
    graph(toy, answers);
    set(map.svg, { "aria-label": `Loss over f₁ and f₂, ${caption.textContent}. At f₁ ${digits(get("f1"))}, f₂ ${digits(get("f2"))} it is ${lossText(loss)}.` });
    map.point(get("f1"), get("f2"), `f₁ ${digits(get("f1"))}, f₂ ${digits(get("f2"))}, loss ${lossText(loss)}`);
    report(loss, answers);
  });
  // The words wait until the hand rests, so that a screen reader isn't told of every place on the way.
  let resting = 0;
  const report = (loss, answers) => {
    clearTimeout(resting);
    resting = setTimeout(() => ui.say(`Loss ${lossText(loss)}. ${outcome(answers)}`), 150);
  };

  const control = {
    f1: slider({ label: "weight f₁", min: -F, max: F, step: 0.01, value: get("f1"), onInput: (v) => change({ f1: round(v) }) }),
    f2: slider({ label: "weight f₂", min: -F, max: F, step: 0.01, value: get("f2"), onInput: (v) => change({ f2: round(v) }) }),
    b1: slider({ label: "bias b₁", min: -B, max: B, step: 0.01, value: get("b1"), onInput: (v) => change({ b1: round(v) }) }),
    b2: slider({ label: "bias b₂", min: -B, max: B, step: 0.01, value: get("b2"), onInput: (v) => change({ b2: round(v) }) }),
    tie_bias: toggle({ label: "tie the bias: bⱼ = 1 − fⱼ²", value: get("tie_bias"), onInput: (v) => change({ tie_bias: v }) }),
    both_active: toggle({ label: "also both at once", value: get("both_active"), onInput: (v) => change({ both_active: v }) }),
    activation: choice({ label: "activation σ", options: [["relu", "ReLU"], ["linear", "linear"]], value: get("activation"), onInput: (v) => change({ activation: v }) }),
  };
  const change = (values) => {
    put(values);
    follow();
  };
  const follow = () => {
    if (get("tie_bias")) {
      const [b1, b2] = bias();
      if (b1 !== get("b1") || b2 !== get("b2")) put({ b1, b2 });
    }
    for (const [name, one] of Object.entries(control)) one.value = get(name);
    for (const name of ["b1", "b2"]) set(control[name].input, { disabled: get("tie_bias") });
    draw();
  };
  ui.controls.append(
    set(row(
      button("antipodal: f = (1, −1), b = 0", () => change({ f1: 1, f2: -1, b1: 0, b2: 0 })),
      button("dedicated: f = (1, 0), b = 0", () => change({ tie_bias: false, f1: 1, f2: 0, b1: 0, b2: 0 })),
      control.tie_bias.node,
      control.both_active.node,
    ), { class: "st-row st-across" }),
    ...["f1", "f2", "b1", "b2", "activation"].map((name) => control[name].node),
  );

  const watch = watcher(model);
  watch.watch(Object.keys(control), () => mine || follow());
  follow();
  return () => {
    watch.end();
    draw.cancel();
    clearTimeout(resting);
  };
}
