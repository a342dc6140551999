/* The valley of two features in one dimension without a bias: where it is least, and where gradient descent ends. */
import { digits, short } from "./drawing.js";
import { normal, random } from "./numerics.js";
import { pair } from "./onehot.js";

const ROLL = { rate: 0.02, most: 2000, flat: 1e-6 };
export const lossText = (v) => (v < 1e-9 ? "0" : short(v));

/** The valley: how far out the loss is least at an angle θ, and what it is there.
 *
 * Along a ray f = r (c, s) the loss is a parabola in q = r²: L = ½[I₁ + I₂ − 2Aq + Bq²], A = I₁c² + I₂s²,
 * B = I₁c⁴ + I₂s⁴ + (I₁ + I₂)c²s², the last term only where interference reaches the output. So q = A/B.
 */
export function valley(angle, { relu, importance: [first, second] }) {
  const [c, d] = [Math.cos(angle) ** 2, Math.sin(angle) ** 2];
  const shared = relu && Math.cos(angle) * Math.sin(angle) < 0 ? 0 : (first + second) * c * d;
  const A = first * c + second * d;
  const B = first * c * c + second * d * d + shared;
  return { radius: Math.sqrt(A / B), loss: (first + second - (A * A) / B) / 2 };
}

/** The lowest points, none if they are a whole ring (linear, equal importance), and the loss there. */
export function minima({ relu, importance: [first, second] }) {
  if (relu) return { points: [[1, -1], [-1, 1]], loss: 0 };
  const loss = Math.min(first, second) / 2;
  if (first === second) return { points: [], loss };
  return { points: first > second ? [[1, 0], [-1, 0]] : [[0, 1], [0, -1]], loss };
}

/** Plain gradient descent from f: every point it visits, until the slope is gone or the steps are used up. */
export function descend(start, options, { rate, most, flat } = ROLL) {
  const one = pair(options);
  let [f1, f2] = start;
  const path = [[f1, f2]];
  let loss = one.loss(f1, f2);
  while (path.length <= most && Math.hypot(...one.slope) > flat) {
    f1 -= rate * one.slope[0];
    f2 -= rate * one.slope[1];
    path.push([f1, f2]);
    loss = one.loss(f1, f2);
  }
  return { path, end: [f1, f2], loss, slope: Math.hypot(...one.slope), steps: path.length - 1 };
}

/** Starts f ~ N(0, 0.6²), as far out as the picture goes. */
export function randomStarts(count, seed, reach) {
  const draw = normal(random(seed));
  const next = () => Math.min(reach, Math.max(-reach, 0.6 * draw()));
  return Array.from({ length: count }, () => [next(), next()]);
}

/** What an end is: "pair", "first" or "second" (that feature alone), "arc" (a place on the ring), or "sliding". */
export function kind({ end: [f1, f2], slope }, { relu, importance: [first, second] }) {
  const near = (x, y) => Math.hypot(Math.abs(f1) - x, Math.abs(f2) - y) < 0.02;
  if (relu && f1 * f2 < 0 && near(1, 1)) return "pair";
  if (first === second && Math.abs(Math.hypot(f1, f2) - 1) < 0.01) return "arc";
  if (first > second && near(1, 0)) return "first"; // the other corner is a saddle
  if (second > first && near(0, 1)) return "second";
  return slope > ROLL.flat ? "sliding" : "flat";
}

const words = ({ relu, importance: [first, second] }) => ({
  pair: "in an antipodal pair, L = 0",
  arc: `on the ${relu ? "arcs" : "ring"}, each at a place of its own, L = ${digits(first / 2)}`,
  first: `at (±1, 0): feature 1 kept, L = ${short(second / 2)}`,
  second: `at (0, ±1): feature 2 kept, L = ${short(first / 2)}`,
  sliding: `still on their way after ${ROLL.most.toLocaleString("en")} steps`,
  flat: "on a saddle, where the slope is 0",
});

/** Where runs ended, in words. */
export function census(runs, options) {
  const counts = new Map();
  for (const run of runs) counts.set(kind(run, options), (counts.get(kind(run, options)) ?? 0) + 1);
  const text = words(options);
  const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${count} ${text[name]}`);
  return `Of ${runs.length} random starts: ${parts.join("; ")}.`;
}

/** How one run ended, in words. */
export function verdict(run, options) {
  const at = `(${run.end.map((v) => digits(v)).join(", ")})`;
  if (run.steps === 0) return `The slope is 0 at ${at}, where the loss is ${lossText(run.loss)}: nothing rolls from here.`;
  const name = kind(run, options);
  const steps = `${run.steps.toLocaleString("en")} step${run.steps > 1 ? "s" : ""}`;
  if (name === "sliding") return `After ${steps} at ${at}, loss ${lossText(run.loss)}, and still on its way: the slope is ${short(run.slope)}. Roll on.`;
  const kinds = { pair: "the antipodal pair", arc: options.relu ? "an arc of the ring" : "a point of the ring", first: "feature 1 kept, feature 2 dropped", second: "feature 2 kept, feature 1 dropped", flat: "a saddle, without slope" };
  return `Down in ${steps}, at ${at}: ${kinds[name]}, loss ${lossText(run.loss)}.`;
}
