/* Workbench: toys of up to a hundred features in twenty dimensions, trained in a worker while the page stays alive. */
import { benchRun, workerText } from "./benchwork.js";
import { bind } from "./bind.js";
import { button, root, row } from "./controls.js";
import { BLUE, chart, digits, h, ORANGE, s, set, short } from "./drawing.js";

const [VIOLET, AMBER] = [[122, 91, 181], [217, 115, 13]]; // dot products above and below 0
const SETTINGS = ["n_features", "n_hidden", "density", "importance_decay", "tie", "group_size", "activation", "seed", "steps"];
const whole = (v) => digits(v, 0);

/** All dot products as a bitmap, which stays quick at a hundred features. */
function overlapsView() {
  const canvas = h("canvas", { role: "img", class: "st-bitmap" });
  const node = h("figure", { class: "st-view" }, canvas, h("figcaption", {}, "dot products WᵀW: purple above 0, orange below"));
  return {
    node,
    show(V, n, m) {
      set(canvas, { width: n, height: n });
      const image = new ImageData(n, n);
      for (let i = 0; i < n; i += 1) {
        for (let j = 0; j < n; j += 1) {
          let dot = 0;
          for (let k = 0; k < m; k += 1) dot += V[i * m + k] * V[j * m + k];
          image.data.set([...(dot < 0 ? AMBER : VIOLET), 255 * Math.min(1, Math.abs(dot))], 4 * (i * n + j));
        }
      }
      canvas.getContext("2d").putImageData(image, 0, 0);
    },
    describe: (text) => set(canvas, { "aria-label": text }),
  };
}

/** The pictures of a run: lengths, dot products, loss. */
function pictures() {
  const lengths = chart({ label: "Lengths of the features' directions", xLabel: "feature i", yLabel: "length ‖Wᵢ‖", caption: "lengths: 1 is stored whole, 0 is dropped" });
  const bars = s("path", { class: "st-line", stroke: BLUE });
  lengths.plot.append(bars);
  const overlaps = overlapsView();
  const losses = chart({ label: "Loss over training", xLabel: "step", yLabel: "loss L", yLog: true, caption: "loss on batches (blue), measured at the end (orange)" });
  const [line, end] = [s("path", { class: "st-line", stroke: BLUE }), s("path", { class: "st-line", stroke: ORANGE })];
  losses.plot.append(line, end);
  return {
    nodes: [lengths.node, overlaps.node, losses.node],
    draw({ V, norms, past, found, settings: { n_features: n, n_hidden: m, steps } }) {
      lengths.axes({ x: [0.5, n + 0.5], y: [0, Math.max(1.25, ...norms)] });
      set(bars, { d: norms.map((v, i) => `M${lengths.x(i + 1).toFixed(1)},${lengths.y(0)}V${lengths.y(v).toFixed(1)}`).join("") });
      set(bars, { "stroke-width": Math.max(1.5, Math.min(12, 130 / n)) });
      overlaps.show(V, n, m);
      const values = past.map(([, v]) => v).filter((v) => v > 0);
      if (values.length) losses.axes({ x: [0, steps], y: [Math.min(...values) / 1.3, Math.max(...values) * 1.3] });
      set(line, { d: losses.path(past) });
      set(end, { d: found ? losses.path([[steps * 0.7, found[0]], [steps, found[0]]]) : "" });
    },
    describe(text) {
      set(lengths.svg, { "aria-label": `Lengths of the features' directions. ${text}` });
      overlaps.describe(`Dot products of the directions. ${text}`);
    },
  };
}

/** A worker from a text of its own; `heard` gets what it posts, `failed` why there is none. */
function hired(heard, failed) {
  const address = URL.createObjectURL(new Blob([workerText()], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.onmessage = ({ data }) => heard(data);
  worker.onerror = (event) => failed(event.message);
  return {
    worker,
    dismiss() {
      worker.terminate();
      URL.revokeObjectURL(address);
    },
  };
}

/** What the settings forbid, or nothing. */
export function forbidden({ tie, group_size: size, n_features: n, density: p }) {
  if (tie === "anticorrelated" && size <= n && size * p > 1 + 1e-9) return `Of a group at most one is active, so density times group size must be at most 1, and it is ${short(size * p)}.`;
  return "";
}

const stored = ({ norms, settings }) => `${norms.filter((v) => v > 0.5).length} of ${settings.n_features} features longer than ½ in ${settings.n_hidden} dimensions`;

/** The run on show: from a random start on, and from `begin` to the end or to `stop` in the hands of a worker. */
function course({ get, ui, view, draw, switched }) {
  let staff = null;
  const self = {
    run: null,
    get busy() {
      return staff !== null;
    },
    stop(word = "") {
      if (!staff) return;
      staff.dismiss();
      staff = null;
      switched("Train");
      if (word) ui.say(word);
    },
    /** The random start of a toy as it is set now; false if there can be none. */
    fresh(word = "") {
      self.stop();
      const settings = /** @type {any} */ (Object.fromEntries(SETTINGS.map((name) => [name, get(name)])));
      self.run = { settings, past: [], found: null, began: performance.now(), said: 0 };
      follow(benchRun(settings, { batch: 1 }).toy.V);
      const fault = forbidden(settings);
      ui.say(fault || `${word} At the random start ${stored(self.run)}. Press Train.`.trim(), !!fault);
      view.describe(`${stored(self.run)}.`);
      draw();
      return !fault;
    },
    begin() {
      if (!self.fresh()) return;
      staff = hired(heard, (why) => {
        self.stop();
        ui.say(`The worker failed (${why}).`, true);
      });
      staff.worker.postMessage(self.run.settings);
      switched("Stop");
    },
  };
  const follow = (V) => {
    const { n_features: n, n_hidden: m } = self.run.settings;
    Object.assign(self.run, { V, norms: Array.from({ length: n }, (_, i) => Math.hypot(...V.subarray(i * m, (i + 1) * m))) });
  };
  const heard = ({ step, loss, V, found }) => {
    const { run } = self;
    follow(V);
    run.found = found;
    run.past.push([step, loss]);
    const now = performance.now();
    if (found) {
      self.stop();
      ui.say(`${stored(run)}; loss ${short(found[0])} ± ${short(found[1])} (20,000 draws, one standard error); ${digits((now - run.began) / 1000, 1)} s.`);
      view.describe(`${stored(run)}.`);
    } else if (now - run.said > 500) {
      run.said = now;
      ui.say(`Step ${step.toLocaleString("en")} of ${run.settings.steps.toLocaleString("en")}.`);
    }
    draw();
  };
  return self;
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Workbench", "Choose a toy and press Train. It learns in the background; a change of a setting stops it.");
  const view = pictures();
  ui.views.append(...view.nodes);
  const bound = bind(model, ui, () => runs.fresh(runs.busy ? "Stopped, as a setting changed." : ""));
  const switched = (text) => {
    train.textContent = text;
  };
  const runs = course({ get: bound.get, ui, view, draw: bound.frame(() => view.draw(runs.run)), switched });
  const train = button("Train", () => (runs.busy ? runs.stop("Stopped.") : runs.begin()));
  ui.controls.append(
    row(train),
    bound.slider("n_features", { label: "features n", format: whole }),
    bound.slider("n_hidden", { label: "hidden dimensions m", format: whole }),
    bound.slider("density", { label: "density p = 1−S", format: short }),
    bound.slider("importance_decay", { label: "importance Iᵢ = cⁱ⁻¹, c" }),
    bound.choice("tie", { label: "features are" }),
    bound.slider("group_size", { label: "in groups of", format: whole }),
    bound.choice("activation", { label: "activation σ", texts: { relu: "ReLU" } }),
    row(bound.field("seed", { label: "seed" }), bound.field("steps", { label: "steps" })),
  );
  bound.start();
  return () => {
    runs.stop();
    bound.end();
  };
}
