/* Trainer: a toy with m = 2 learns while you watch. Arrows, dot products and loss; all of it computed in the page. */
import { adam, expectedLoss, gradient, gram, random, rate, sample, start, workspace } from "./numerics.js";
import { BLUE, button, chart, choice, digits, field, GREY, heatmap, later, ORANGE, plane, root, row, s, set, short, slider, still, ticker, watcher } from "./ui.js";

const BATCH = 256;
const SCHEDULE = { lr: 0.03, warmup: 0.05 };
const FRAME = 9; // milliseconds of arithmetic in a frame of 16
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

const matrix = (toy) => [0, 1].map((k) => [...toy.W.slice(k * toy.n, (k + 1) * toy.n)]);

export function render({ model, el }) {
  const ui = root(el, "Trainer", "Press Train and watch the directions find their places. Change the density while it trains.");
  const arrows = plane({ label: "Directions of the features", caption: "directions Wᵢ" });
  const overlaps = heatmap({ label: "Dot products of the directions", caption: "WᵀW" });
  const losses = chart({ label: "Loss over training", xLabel: "step", yLabel: "loss L", yLog: true, caption: "loss: batches (blue), storing nothing (dashed), exact at the end (orange)" });
  const line = s("path", { class: "st-line", stroke: BLUE });
  const nothing = s("path", { class: "st-line st-dashed", stroke: GREY });
  const exact = s("path", { class: "st-line", stroke: ORANGE });
  losses.plot.append(nothing, line, exact);
  ui.views.append(arrows.node, overlaps.node, losses.node);

  let [now, past, found, mine] = [null, curve(), null, false];
  const get = (name) => model.get(name);
  const put = (values) => {
    mine = true;
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    mine = false;
    model.save_changes();
  };
  const begin = (warm) => {
    const n = get("n_features");
    now = run({
      n,
      relu: get("activation") === "relu",
      density: get("density"),
      decay: get("importance_decay"),
      seed: get("seed"),
      steps: get("steps"),
      W: warm ? warm.W : null,
      b: warm ? warm.b : null,
    });
    past = curve();
    found = null;
  };
  const given = () => (get("W").length ? { W: get("W").flat(), b: get("b") } : null);

  const draw = later(() => {
    const { toy } = now;
    const n = toy.n;
    const tips = Array.from({ length: n }, (_, i) => [toy.W[i], toy.W[n + i]]);
    const longest = Math.max(...tips.map((tip) => Math.hypot(...tip)));
    arrows.reach = Math.max(1.5, Math.ceil(longest * 2.4) / 2);
    arrows.arrows(tips);
    overlaps.show(gram(toy), n, 1);
    const p = now.density;
    const ignored = now.importance.reduce((a, v) => a + v, 0) * (p / 3 - (p * p) / 4);
    const values = past.points.map((point) => point[1]).filter((v) => v > 0);
    const low = Math.min(ignored, ...values, found ?? Infinity);
    losses.axes({ x: [0, now.steps], y: [Math.max(1e-6, 10 ** (Math.floor(Math.log10(low) * 4) / 4)), Math.max(ignored, ...values) * 1.2] });
    line.setAttribute("d", losses.path(past.points));
    nothing.setAttribute("d", losses.path([[0, ignored], [now.steps, ignored]]));
    exact.setAttribute("d", found === null ? "" : losses.path([[now.steps * 0.6, found], [now.steps, found]]));
  });
  const describe = () => {
    const { toy } = now;
    const n = toy.n;
    const lengths = Array.from({ length: n }, (_, i) => Math.hypot(toy.W[i], toy.W[n + i]));
    const stored = lengths.filter((l) => l > 0.5).length;
    set(arrows.svg, { "aria-label": `Directions of ${n} features in the plane: ${lengths.map((l, i) => `feature ${i + 1} length ${digits(l)}${l > 0.05 ? ` at ${Math.round((Math.atan2(toy.W[n + i], toy.W[i]) * 180) / Math.PI)} degrees` : ""}`).join(", ")}.` });
    set(overlaps.svg, { "aria-label": `Dot products of the directions of ${n} features; on the diagonal ${lengths.map((l) => digits(l * l)).join(", ")}.` });
    ui.say(`Step ${now.step.toLocaleString("en")} of ${now.steps.toLocaleString("en")}. Exact loss ${short(found)}; ${stored} of ${n} features longer than ½.`);
  };
  const report = () => {
    found = now.exact();
    if (!Number.isFinite(found)) ui.say("The weights are no longer finite numbers. Press Reset.", true);
    else {
      put({ W: matrix(now.toy), b: [...now.toy.b], step: now.step, loss: found });
      describe();
    }
    draw();
  };

  let last = null;
  let due = 0;
  let shown = 0;
  const loop = ticker(ui.node, (time) => {
    due = Math.min(get("speed"), due + (get("speed") * Math.min(100, time - (last ?? time - 16))) / 1000);
    last = time;
    const end = performance.now() + FRAME;
    while (due >= 1 && now.step < now.steps && performance.now() < end) {
      past.add(now.step, now.advance());
      due -= 1;
    }
    if (now.step >= now.steps) put({ playing: false });
    if (get("playing")) {
      if (still() && time - shown < 500) return;
      if (time - shown > 500) ui.say(`Step ${now.step.toLocaleString("en")} of ${now.steps.toLocaleString("en")}.`);
      if (time - shown > 500) shown = time;
      draw();
    } else halt();
  });
  const halt = () => {
    loop.stop();
    last = null;
    play.textContent = "Train";
    report();
  };
  const go = () => {
    if (now.step >= now.steps) begin({ W: now.toy.W, b: now.toy.b });
    play.textContent = "Pause";
    due = 0;
    loop.start();
  };
  const fresh = () => {
    if (get("playing")) put({ playing: false });
    loop.stop();
    play.textContent = "Train";
    begin(null);
    report();
  };

  const play = button("Train", () => {
    put({ playing: !get("playing") });
    (get("playing") ? go : halt)();
  });
  const single = button("Step", () => {
    if (get("playing")) put({ playing: false });
    loop.stop();
    play.textContent = "Train";
    if (now.step >= now.steps) begin({ W: now.toy.W, b: now.toy.b });
    past.add(now.step, now.advance());
    report();
  });
  const control = {
    n_features: slider({ label: "features n", min: 1, max: 8, step: 1, value: get("n_features"), format: (v) => digits(v, 0), onInput: (v) => change("n_features", v) }),
    density: slider({ label: "density p = 1−S", min: 0.01, max: 1, log: true, value: get("density"), format: short, onInput: (v) => change("density", v) }),
    importance_decay: slider({ label: "importance Iᵢ = cⁱ⁻¹, c", min: 0.5, max: 1, step: 0.01, value: get("importance_decay"), format: digits, onInput: (v) => change("importance_decay", v) }),
    speed: slider({ label: "steps per second", min: 1, max: 20000, log: true, value: get("speed"), format: (v) => digits(v, 0), onInput: (v) => change("speed", Math.round(v)) }),
    activation: choice({ label: "activation σ", options: [["relu", "ReLU"], ["linear", "linear"]], value: get("activation"), onInput: (v) => change("activation", v) }),
    seed: field({ label: "seed", min: 0, max: 1e6, value: get("seed"), onInput: (v) => change("seed", v), say: ui.say }),
    steps: field({ label: "steps", min: 1, max: 1e6, value: get("steps"), onInput: (v) => change("steps", v), say: ui.say }),
  };
  const change = (name, value) => {
    put({ [name]: value });
    follow(name);
  };
  const follow = (name) => {
    control[name].value = get(name);
    if (name === "density") now.density = get("density");
    else if (name === "importance_decay") now.importance = importances(now.toy.n, get("importance_decay"));
    else if (name === "steps") {
      now.steps = get("steps");
      if (now.step >= now.steps) begin({ W: now.toy.W, b: now.toy.b });
    } else if (name !== "speed") return fresh();
    if (get("playing")) draw();
    else report();
  };
  ui.controls.append(
    row(play, single, button("Reset", fresh)),
    ...["density", "importance_decay", "n_features", "speed", "activation"].map((name) => control[name].node),
    row(control.seed.node, control.steps.node),
  );

  const watch = watcher(model);
  for (const name of Object.keys(control)) watch.watch([name], () => mine || follow(name));
  watch.watch(["playing"], () => mine || (get("playing") ? go : halt)());
  watch.watch(["W", "b"], () => {
    const warm = given();
    if (mine || !warm || warm.W.length !== 2 * get("n_features") || warm.b.length !== get("n_features")) return;
    begin(warm);
    report();
  });
  begin(given());
  report();
  if (get("playing")) go();
  return () => {
    watch.end();
    loop.end();
    draw.cancel();
  };
}
