/* AttackPlane: a small push on the input of a toy with two hidden dimensions. What do its outputs say then? */
import { bind } from "./bind.js";
import { button, levels, root, row } from "./controls.js";
import { COLORS, digits, h, list, picture, plane, RED, s, set, short } from "./drawing.js";
import { handle } from "./motion.js";

const [STARTS, ROUNDS, STEP, LOUD, MUCH] = [72, 8, 0.02, 0.05, 0.25]; // an arrow key's step; what counts as an answer, and as too much
const SUBSCRIPT = "₁₂₃₄₅₆₇₈";
const tidy = (v) => (Math.abs(v) < 1e-9 ? "0" : short(v));

/** The toy with its pushes: F^(1/2) with F = WWᵀ takes u, which is as long as the push, to what it adds to the hidden state. */
export function target({ W, b }) {
  const [xs, ys] = W;
  const dot = (p, q) => p.reduce((sum, v, i) => sum + v * q[i], 0);
  const F = [dot(xs, xs), dot(xs, ys), dot(ys, ys)]; // both ends of the diagonal, and between them what is beside it
  const det = Math.sqrt(Math.max(0, F[0] * F[2] - F[1] ** 2));
  const scale = Math.sqrt(F[0] + F[2] + 2 * det);
  const [p, q, r] = [(F[0] + det) / scale, F[1] / scale, (F[2] + det) / scale];
  const whole = p * r - q * q;
  const self = {
    n: xs.length,
    tips: xs.map((x, i) => [x, ys[i]]),
    hidden: (x) => [dot(xs, x), dot(ys, x)],
    reach: (u) => [p * u[0] + q * u[1], q * u[0] + r * u[1]],
    back: (d) => [(r * d[0] - q * d[1]) / whole, (p * d[1] - q * d[0]) / whole],
    /** x̂ of an input with a push. */
    outputs(x, u) {
      const moved = self.reach(u);
      const [h1, h2] = self.hidden(x).map((v, k) => v + moved[k]);
      return b.map((bias, i) => Math.max(0, xs[i] * h1 + ys[i] * h2 + bias));
    },
    error: (x, u) => self.outputs(x, u).reduce((sum, v, i) => sum + (v - x[i]) ** 2, 0),
    /** Half the slope of the squared error by u. */
    slope(x, u) {
      const wrong = self.outputs(x, u).map((v, i) => (v > 0 ? v - x[i] : 0));
      return self.reach(self.hidden(wrong));
    },
  };
  return self;
}

/** The worst push of this length that is found by following the slope round after round, from several starts. */
export function worst(toy, x, epsilon) {
  let best = { u: [0, 0], error: -1 };
  for (let k = 0; k < STARTS; k += 1) {
    let u = [Math.cos((2 * Math.PI * k) / STARTS), Math.sin((2 * Math.PI * k) / STARTS)].map((v) => epsilon * v);
    for (let round = 0; round <= ROUNDS; round += 1) {
      const error = toy.error(x, u);
      if (error > best.error) best = { u, error };
      const slope = toy.slope(x, u);
      const length = Math.hypot(...slope);
      if (length < 1e-12) break; // nothing answers: no slope to follow
      u = slope.map((v) => (epsilon * v) / length);
    }
  }
  return best;
}

/** Degrees from 0 to 360, and the length. */
export const polar = ([u, v]) => [((Math.atan2(v, u) * 180) / Math.PI + 360) % 360, Math.hypot(u, v)];

/** Which outputs speak where they should be silent, which say too much, and which lost half of what they should say. */
export function damage(x, found) {
  const some = (test, [one, more]) => {
    const which = found.flatMap((v, i) => (test(v, x[i]) ? [i + 1] : []));
    return which.length ? [`output${which.length > 1 ? "s" : ""} ${list(which)} ${which.length > 1 ? more : one}`] : [];
  };
  const said = [
    ...some((v, wanted) => wanted === 0 && v > LOUD, ["answers to what is not there", "answer to what is not there"]),
    ...some((v, wanted) => wanted > 0 && v > wanted + MUCH, ["says too much", "say too much"]),
    ...some((v, wanted) => wanted > LOUD && v < wanted / 2, ["has lost half and more", "have lost half and more"]),
  ];
  return said.length ? `${said.join("; ")}.`.replace(/^o/, "O") : "No output is far off.";
}

/** The hidden plane: directions, the hidden state, all that pushes reach, and the push to be dragged. */
function stage({ ranges, onPlace, onStep }) {
  const map = plane({ label: "Hidden plane", size: 320, live: true, caption: "arrows: the features Wᵢ; dot: h = Wx; red: as far as a push of length ε can move it" });
  map.node.classList.add("st-half", "st-stage");
  const edge = s("path", { class: "st-line st-dashed", stroke: RED });
  const line = s("line", { class: "st-line", stroke: "currentColor" });
  const dot = s("circle", { r: 4.5, class: "st-value-dot" });
  map.arrows(Array(8).fill([0, 0])); // before the marks, which must lie on top
  map.svg.append(edge, line, dot);
  const grip = handle(map.svg, {
    label: "the push, arrow keys move it",
    ...ranges.angle,
    color: "#fefefe",
    onMove: (px, py) => onPlace(map.unx(px), map.uny(py)),
    onKey: (dx, dy) => onStep(dx * STEP, dy * STEP),
  });
  return {
    ...map,
    tell: grip.tell,
    show(toy, x, u, epsilon) {
      const at = toy.hidden(x);
      const moved = (v) => toy.reach(v).map((d, k) => at[k] + d);
      const round = Array.from({ length: 73 }, (_, k) => moved([epsilon * Math.cos((k * Math.PI) / 36), epsilon * Math.sin((k * Math.PI) / 36)]));
      map.reach = 1.2 * Math.max(...[...toy.tips, ...round].map((tip) => Math.hypot(...tip)));
      map.arrows(toy.tips);
      set(edge, { d: round.map(([px, py], k) => `${k ? "L" : "M"}${map.x(px).toFixed(1)},${map.y(py).toFixed(1)}`).join("") });
      const end = moved(u);
      set(line, { x1: map.x(at[0]), y1: map.y(at[1]), x2: map.x(end[0]), y2: map.y(end[1]) });
      set(dot, { cx: map.x(at[0]), cy: map.y(at[1]) });
      grip.at(map.x(end[0]), map.y(end[1]));
    },
  };
}

/** The outputs as bars: pale without the push, full with it, dashed what is wanted. */
function bars() {
  const [width, height, zero, left] = [320, 230, 195, 26];
  const view = picture(width, height, "Outputs", { caption: "outputs x̂: pale without the push, full with it; dashed: wanted" });
  const marks = s("g", {});
  const parts = COLORS.map((fill, i) => ({ clean: s("rect", { fill, "fill-opacity": 0.35 }), pushed: s("rect", { fill }), wanted: s("rect", { class: "st-guide" }), number: s("text", { class: "st-tick" }), name: s("text", { class: "st-name", y: height - 14 }, i + 1) }));
  view.svg.append(marks, ...parts.flatMap((part) => Object.values(part)), s("line", { x1: left, x2: width, y1: zero, y2: zero, class: "st-axis" }));
  return {
    ...view,
    show(x, clean, pushed, top) {
      const unit = (zero - 24) / top;
      const step = (width - left) / x.length;
      const ticks = Array.from({ length: Math.floor(top / 0.5) + 1 }, (_, k) => k / 2);
      marks.replaceChildren(...ticks.flatMap((t) => [s("line", { x1: left, x2: width, y1: zero - t * unit, y2: zero - t * unit, class: "st-grid" }), s("text", { x: left - 5, y: zero - t * unit, class: "st-tick st-end" }, digits(t, 1))]));
      parts.forEach((part, i) => {
        for (const node of Object.values(part)) node.style.display = i < x.length ? "" : "none";
        if (i >= x.length) return;
        const middle = left + (i + 0.5) * step;
        const box = (value, share) => ({ x: middle - (share * step) / 2, width: share * step, y: zero - value * unit, height: value * unit });
        set(part.clean, box(clean[i], 0.76));
        set(part.pushed, box(pushed[i], 0.42));
        set(part.wanted, box(x[i], 0.76));
        set(part.number, { x: middle, y: zero - Math.max(clean[i], pushed[i], x[i]) * unit - 9 });
        part.number.textContent = digits(pushed[i]);
        set(part.name, { x: middle });
      });
    },
  };
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Attack plane", "Push the input by a length of at most ε. Which push does the most harm?");
  const bound = bind(model, ui, () => {
    inputs.follow();
    draw();
  });
  const { get, change, ranges } = bound;
  const per = (name) => get("W")[0].map((_, i) => get(name)[i] ?? 0);
  const toy = () => target({ W: get("W"), b: per("b") });
  const now = () => [Math.cos, Math.sin].map((f) => get("epsilon") * get("size") * f((get("angle") * Math.PI) / 180));
  const place = (u) => {
    const [angle, length] = polar(u);
    const size = Math.min(1, Number((length / get("epsilon")).toFixed(3)));
    change(size > 0 ? { angle: Number(angle.toFixed(1)), size } : { size });
  };
  const map = stage({
    ranges,
    onPlace: (px, py) => place(toy().back([px, py].map((v, k) => v - toy().hidden(per("x"))[k]))),
    onStep: (dx, dy) => place([now()[0] + dx, now()[1] + dy]),
  });
  const outputs = bars();
  const inputs = levels({
    ...ranges.x,
    legend: "The input x: how strongly is each feature active?",
    most: COLORS.length,
    label: (i) => `feature ${i + 1}, x${SUBSCRIPT[i]}`,
    values: () => per("x"),
    onInput: (x) => change({ x }),
  });
  const said = h("p", { class: "st-reading" });
  ui.views.append(map.node, h("div", { class: "st-view st-half st-answers" }, outputs.node, said));
  const draw = bound.frame(() => {
    const [one, x, u, epsilon] = [toy(), per("x"), now(), get("epsilon")];
    const [clean, pushed, most] = [one.outputs(x, [0, 0]), one.outputs(x, u), worst(one, x, epsilon)];
    map.show(one, x, u, epsilon);
    outputs.show(x, clean, pushed, Math.ceil(2.2 * Math.max(1, ...one.outputs(x, most.u), ...pushed)) / 2);
    const [before, after] = [one.error(x, [0, 0]), one.error(x, u)].map(tidy);
    said.textContent = `Squared error ${before} without the push, ${after} with it. The worst push of this length that was found: ${tidy(most.error)}.`;
    set(outputs.svg, { "aria-label": `Outputs with the push: ${pushed.map((v) => digits(v)).join(", ")}; without: ${clean.map((v) => digits(v)).join(", ")}; wanted: ${x.map((v) => digits(v)).join(", ")}.` });
    set(map.svg, { "aria-label": `${one.n} features in the hidden plane, and a push of length ${digits(Math.hypot(...u))} at ${digits(get("angle"), 0)} degrees. ${said.textContent}` });
    map.tell(get("angle"), `${digits(get("angle"), 0)} degrees, length ${digits(Math.hypot(...u))}, squared error ${after}`);
    tell(`Push of length ${digits(Math.hypot(...u))}: squared error ${before} → ${after}. ${damage(x, pushed)}`);
  });
  const tell = bound.rest(ui.say);
  ui.controls.append(
    set(row(
      button("No push", () => change({ size: 0 })),
      button("Random push", () => change({ angle: Math.round(360 * Math.random()) % ranges.angle.max, size: 1 })),
      button("Worst push", () => place(worst(toy(), per("x"), get("epsilon")).u)),
    ), { class: "st-row st-across" }),
    bound.slider("epsilon", { label: "longest push ε" }),
    bound.slider("angle", { label: "angle of the push", format: (v) => `${digits(v, 0)}°` }),
    bound.slider("size", { label: "its length, as a share of ε" }),
    inputs.node,
  );
  bound.watch(["W", "b", "x"]);
  bound.start();
  return bound.end;
}
