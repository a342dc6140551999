/* Trainer: a toy with m = 2 learns while you watch. Arrows, dot products and loss; all of it computed in the page. */
import { bind } from "./bind.js";
import { button, root, row } from "./controls.js";
import { BLUE, chart, digits, GREY, heatmap, ORANGE, plane, s, set, short } from "./drawing.js";
import { still } from "./motion.js";
import { adam, gradient, gram, random, rate, sample, start, workspace } from "./numerics.js";
import { expectedLoss } from "./quadrature.js";

const BATCH = 256;
const SCHEDULE = { lr: 0.03, warmup: 0.05 };
const FRAME = 9; // milliseconds of arithmetic in a frame of 16
const FIRST = 16; // milliseconds that the first frame stands for
const POINTS = 200; // of the loss curve, however long the run

export const importances = (n, decay) => Float64Array.from({ length: n }, (_, i) => decay ** i);

/** A run: weights, inputs and Adam, advanced step by step. */
export function run({ n, relu, density, decay, seed, steps, W = null, b = null }) {
  const toy = start(2, n, { relu, seed });
  if (W) toy.W.set(W);
  if (b) toy.b.set(b);
  const work = workspace(toy);
  const x = new Float64Array(BATCH * n);
  const uniform = random(seed + 1e6);
  const update = adam(3 * n);
  const self = {
    toy,
    density,
    importance: importances(n, decay),
    step: 0,
    steps,
    /** One update; returns the loss on the batch it was made from. */
    advance() {
      const loss = gradient(toy, sample(x, n, self.density, uniform), self.importance, work);
      update([toy.W, toy.b], [work.W, work.b], rate(self.step, { steps: self.steps, ...SCHEDULE }));
      self.step += 1;
      return loss;
    },
    exact: () => expectedLoss(toy, self.density, self.importance, { budget: n > 6 ? 256 : 4096 }),
  };
  return self;
}

/** A curve of so many points at most: where it gets longer, pairs are merged into their means. */
export function curve(most = POINTS) {
  const points = [];
  let [every, sum, count] = [1, 0, 0];
  return {
    points,
    add(step, value) {
      sum += value;
      count += 1;
      if (count < every) return;
      points.push([step, sum / count]);
      [sum, count] = [0, 0];
      if (points.length < 2 * most) return;
      for (let i = 0; i < most; i += 1) points[i] = [points[2 * i + 1][0], (points[2 * i][1] + points[2 * i + 1][1]) / 2];
      points.length = most;
      every *= 2;
    },
  };
}

const tipsOf = ({ n, W }) => Array.from({ length: n }, (_, i) => [W[i], W[n + i]]);
const lengthsOf = (toy) => tipsOf(toy).map((tip) => Math.hypot(...tip));
const stepText = ({ step, steps }) => `Step ${step.toLocaleString("en")} of ${steps.toLocaleString("en")}.`;
const storedText = (toy) => `${lengthsOf(toy).filter((l) => l > 0.5).length} of ${toy.n} features longer than ½`;
const whole = (v) => digits(v, 0);
const matrix = (toy) => [0, 1].map((k) => [...toy.W.slice(k * toy.n, (k + 1) * toy.n)]);

/** The three pictures of a run. */
function pictures() {
  const arrows = plane({ label: "Directions of the features", caption: "directions Wᵢ" });
  const overlaps = heatmap({ label: "Dot products of the directions", caption: "WᵀW" });
  const losses = chart({ label: "Loss over training", xLabel: "step", yLabel: "loss L", yLog: true, caption: "loss: batches (blue), storing nothing (dashed), exact at the end (orange)" });
  const line = s("path", { class: "st-line", stroke: BLUE });
  const nothing = s("path", { class: "st-line st-dashed", stroke: GREY });
  const exact = s("path", { class: "st-line", stroke: ORANGE });
  losses.plot.append(nothing, line, exact);
  const follow = ({ density: p, importance, steps }, { points }, found) => {
    const ignored = importance.reduce((a, v) => a + v, 0) * (p / 3 - (p * p) / 4);
    const values = points.map((point) => point[1]).filter((v) => v > 0);
    const low = Math.min(ignored, ...values, found ?? Infinity);
    losses.axes({ x: [0, steps], y: [Math.max(1e-6, 10 ** (Math.floor(Math.log10(low) * 4) / 4)), Math.max(ignored, ...values) * 1.2] });
    set(line, { d: losses.path(points) });
    set(nothing, { d: losses.path([[0, ignored], [steps, ignored]]) });
    set(exact, { d: found === null ? "" : losses.path([[steps * 0.6, found], [steps, found]]) });
  };
  return {
    nodes: [arrows.node, overlaps.node, losses.node],
    draw({ now, past, found }) {
      const tips = tipsOf(now.toy);
      const longest = Math.max(...tips.map((tip) => Math.hypot(...tip)));
      arrows.reach = Math.max(1.5, Math.ceil(longest * 2.4) / 2);
      arrows.arrows(tips);
      overlaps.show(gram(now.toy), tips.length, 1);
      follow(now, past, found);
    },
    describe(toy) {
      const lengths = lengthsOf(toy);
      const told = tipsOf(toy).map(([x, y], i) => `feature ${i + 1} length ${digits(lengths[i])}${lengths[i] > 0.05 ? ` at ${Math.round((Math.atan2(y, x) * 180) / Math.PI)} degrees` : ""}`);
      set(arrows.svg, { "aria-label": `Directions of ${toy.n} features in the plane: ${told.join(", ")}.` });
      set(overlaps.svg, { "aria-label": `Dot products of the directions of ${toy.n} features; on the diagonal ${lengths.map((l) => digits(l * l)).join(", ")}.` });
    },
  };
}

/** The run on show, the curve of its losses, and the exact loss where it stopped. */
function session(get) {
  const self = {
    now: null,
    past: null,
    found: null,
    /** From weights, or from a random start. */
    begin(warm = null) {
      const [n, density, decay, seed, steps] = ["n_features", "density", "importance_decay", "seed", "steps"].map(get);
      self.now = run({ n, relu: get("activation") === "relu", density, decay, seed, steps, W: warm?.W, b: warm?.b });
      self.past = curve();
      self.found = null;
    },
    /** A run that has ended goes on as a new one. */
    goOn() {
      if (self.now.step >= self.now.steps) self.begin(self.now.toy);
    },
    advance: () => self.past.add(self.now.step, self.now.advance()),
  };
  return self;
}

/** Training: so many steps a second as far as there is time in a frame. */
function player({ ui, bound, runs, draw, report }) {
  const { get } = bound;
  let [due, shown] = [0, 0];
  const play = bound.player("playing", ["Train", "Pause"], {
    begin() {
      runs.goOn();
      due = 0;
    },
    frame(elapsed, time) {
      due = Math.min(get("speed"), due + (get("speed") * (elapsed || FIRST)) / 1000);
      const end = performance.now() + FRAME;
      while (due >= 1 && runs.now.step < runs.now.steps && performance.now() < end) {
        runs.advance();
        due -= 1;
      }
      if (runs.now.step >= runs.now.steps) return play.halt();
      if (still() && time - shown < 500) return;
      if (time - shown > 500) {
        ui.say(stepText(runs.now));
        shown = time;
      }
      draw();
    },
    ended: report,
  });
  return play;
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Trainer", "Press Train and watch the directions find their places. Change the density while it trains.");
  const bound = bind(model, ui, ([name]) => {
    if (name === "density") runs.now.density = get("density");
    else if (name === "importance_decay") runs.now.importance = importances(runs.now.toy.n, get("importance_decay"));
    else if (name === "steps") {
      runs.now.steps = get("steps");
      runs.goOn();
    } else if (name !== "speed") return fresh();
    if (get("playing")) draw();
    else report();
  });
  const { get } = bound;
  const [view, runs] = [pictures(), session(get)];
  ui.views.append(...view.nodes);
  const draw = bound.frame(() => view.draw(runs));
  const report = () => {
    const { now } = runs;
    runs.found = now.exact();
    if (!Number.isFinite(runs.found)) ui.say("The weights are no longer finite numbers. Press Reset.", true);
    else {
      bound.put({ W: matrix(now.toy), b: [...now.toy.b], step: now.step, loss: runs.found });
      view.describe(now.toy);
      ui.say(`${stepText(now)} Exact loss ${short(runs.found)}; ${storedText(now.toy)}.`);
    }
    draw();
  };
  const play = player({ ui, bound, runs, draw, report });
  const fresh = () => {
    play.stop();
    runs.begin();
    report();
  };
  const single = () => {
    play.stop();
    runs.goOn();
    runs.advance();
    report();
  };
  ui.controls.append(
    row(play.button, button("Step", single), button("Reset", fresh)),
    bound.slider("density", { label: "density p = 1−S", format: short }),
    bound.slider("importance_decay", { label: "importance Iᵢ = cⁱ⁻¹, c" }),
    bound.slider("n_features", { label: "features n", format: whole }),
    bound.slider("speed", { label: "steps per second", format: whole }),
    bound.choice("activation", { label: "activation σ", texts: { relu: "ReLU" } }),
    row(bound.field("seed", { label: "seed" }), bound.field("steps", { label: "steps" })),
  );
  const given = () => (get("W").length ? { W: get("W").flat(), b: get("b") } : null);
  bound.watch(["W", "b"], () => {
    const warm = given();
    if (warm?.W.length !== 2 * get("n_features") || warm.b.length !== get("n_features")) return;
    runs.begin(warm);
    report();
  });
  runs.begin(given());
  report();
  play.follow();
  return bound.end;
}
