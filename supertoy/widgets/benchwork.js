/* What the workbench computes, in a worker or in a test: a toy of up to 100 features, trained on draws. It knows no document.
 *
 * The directions stand row by row, V[i * m + k], so that what one feature needs lies together.
 */
import { adam, normal, random, rate, start } from "./numerics.js";

/** Draws inputs: `draw(x, active)` writes one into x, all 0 before, and which features are active; it returns how many.
 *
 * As `GroupedUniform`: neighbours in groups of `group_size` come together, or never together; who is left over is independent.
 */
export function drawer({ n_features: n, density: p, tie, group_size: size }, uniform) {
  const groups = tie === "independent" ? 0 : Math.floor(n / size);
  return (x, active) => {
    let count = 0;
    const put = (i) => {
      x[i] = 1 - uniform(); // in (0, 1]
      active[count] = i;
      count += 1;
    };
    for (let g = 0; g < groups; g += 1) {
      const s = uniform();
      if (tie === "anticorrelated") {
        if (s < p * size) put(g * size + Math.min(size - 1, Math.floor(s / p)));
      } else if (s < p) for (let i = g * size; i < (g + 1) * size; i += 1) put(i);
    }
    for (let i = groups * size; i < n; i += 1) if (uniform() < p) put(i);
    return count;
  };
}

/** The loss Σ_i I_i (x_i − x̂_i)² of one input, and its gradient added to `slope` where there is one. */
export function lossOf({ n, m, V, b, relu, importance }, { x, active, h, back }, count, slope = null) {
  h.fill(0);
  back.fill(0);
  for (let a = 0; a < count; a += 1) {
    const at = active[a] * m;
    for (let k = 0; k < m; k += 1) h[k] += V[at + k] * x[active[a]];
  }
  let loss = 0;
  for (let i = 0; i < n; i += 1) {
    const at = i * m;
    let z = b[i];
    for (let k = 0; k < m; k += 1) z += V[at + k] * h[k];
    const on = !relu || z > 0;
    const error = (on ? z : 0) - x[i];
    loss += importance[i] * error * error;
    if (!on || slope === null) continue;
    const e = 2 * slope.share * importance[i] * error;
    slope.b[i] += e;
    for (let k = 0; k < m; k += 1) {
      slope.V[at + k] += h[k] * e;
      back[k] += V[at + k] * e;
    }
  }
  for (let a = 0; slope !== null && a < count; a += 1) {
    const at = active[a] * m;
    for (let k = 0; k < m; k += 1) slope.V[at + k] += back[k] * x[active[a]];
  }
  return loss;
}

/** A run: a toy at a random start, `advance()` for one step of Adam on a batch, and `measure()` for its loss on fresh draws. */
export function benchRun(settings, { batch = 256, lr = 0.03, warmup = 0.05 } = {}) {
  const { n_features: n, n_hidden: m, steps, seed } = settings;
  const first = start(m, n, { seed });
  const V = Float64Array.from({ length: n * m }, (_, at) => first.W[(at % m) * n + Math.floor(at / m)]);
  const importance = Float64Array.from({ length: n }, (_, i) => settings.importance_decay ** i);
  const toy = { n, m, V, b: new Float64Array(n), relu: settings.activation === "relu", importance };
  const room = { x: new Float64Array(n), active: new Int32Array(n), h: new Float64Array(m), back: new Float64Array(m) };
  const slope = { share: 1 / batch, V: new Float64Array(n * m), b: new Float64Array(n) };
  const draw = drawer(settings, random(seed + 1e6));
  const update = adam(n * m + n);
  const one = (source, into) => {
    const count = source(room.x, room.active);
    const loss = lossOf(toy, room, count, into);
    for (let a = 0; a < count; a += 1) room.x[room.active[a]] = 0;
    return loss;
  };
  const self = {
    toy,
    step: 0,
    advance() {
      slope.V.fill(0);
      slope.b.fill(0);
      let loss = 0;
      for (let p = 0; p < batch; p += 1) loss += one(draw, slope) / batch;
      update([toy.V, toy.b], [slope.V, slope.b], rate(self.step, { steps, lr, warmup }));
      self.step += 1;
      return loss;
    },
    /** The expected loss, as a mean over so many draws, and the standard error of that. */
    measure(draws = 20000) {
      const fresh = drawer(settings, random(seed + 2e6));
      let [sum, squares] = [0, 0];
      for (let p = 0; p < draws; p += 1) {
        const loss = one(fresh, null);
        sum += loss;
        squares += loss * loss;
      }
      const mean = sum / draws;
      return [mean, Math.sqrt(Math.max(0, squares / draws - mean * mean) / (draws - 1))];
    },
  };
  return self;
}

/** The worker's side: told the settings, it posts how far it is about every 40 ms, and at the end the measured loss. */
export function serve(scope) {
  scope.onmessage = ({ data: settings }) => {
    const run = benchRun(settings);
    const turn = () => {
      const until = performance.now() + 40;
      let [sum, count] = [0, 0];
      while (run.step < settings.steps && performance.now() < until) {
        sum += run.advance();
        count += 1;
      }
      const done = run.step >= settings.steps;
      scope.postMessage({ step: run.step, loss: sum / count, V: run.toy.V, found: done ? run.measure() : null });
      if (!done) setTimeout(turn, 0);
    };
    turn();
  };
}

/** The text of a worker that serves: the functions above in their own words, so that it also starts from `file://`. */
export const workerText = () => `${[random, normal, start, adam, rate, drawer, lossOf, benchRun, serve].join("\n")}\nserve(self);\n`;
