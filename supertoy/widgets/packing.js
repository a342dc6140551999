/* One-hot features in the plane: where they have to be, and which of them are read back exactly. */
import { digits, list, short } from "./drawing.js";
import { gram, polygon, reconstruct } from "./numerics.js";

export const EXACT = 1e-9; // an answer this close is one
export const degrees = (x, y) => ((Math.atan2(y, x) * 180) / Math.PI + 360) % 360;
export const polar = (length, angle) => [length * Math.cos((angle * Math.PI) / 180), length * Math.sin((angle * Math.PI) / 180)];
const lossText = (v) => (v < EXACT ? "0" : short(v));

/** Directions that n one-hot features come back from: a regular n-gon with r² = 1/(1 − cos(2π/n)), a pair, or one. */
export function regular(n) {
  return polygon(n, n < 3 ? 1 : Math.sqrt(1 / (1 - Math.cos((2 * Math.PI) / n))));
}

/** The same lengths at equal angles, in the same order around. */
export function spread(tips) {
  const order = tips.map((_, j) => j).sort((i, j) => degrees(...tips[i]) - degrees(...tips[j]));
  const first = degrees(...tips[order[0]]);
  const found = [];
  order.forEach((j, place) => {
    found[j] = polar(Math.hypot(...tips[j]), first + (360 * place) / tips.length);
  });
  return found;
}

/** The toy x̂ = ReLU(WᵀW x + b) with these directions; rules for b: "own", b_j = 1 − ‖W_j‖²; "zero"; "shared". */
export function packing(tips, rule, shared = 0) {
  const given = { own: ([x, y]) => 1 - x * x - y * y, zero: () => 0, shared: () => shared };
  const W = Float64Array.from([0, 1].flatMap((k) => tips.map((tip) => tip[k])));
  return { m: 2, n: tips.length, W, b: Float64Array.from(tips, given[rule]), relu: true };
}

/** What comes of the inputs e_1, …, e_n: the loss L, which come back, and for each feature j
 *
 * its `margin` min_k W_j·(W_j − W_k), what output j says at e_j (`own`), at which other inputs it is `heard`, its squared
 * error over all inputs, and whether it is `exact`.
 */
export function judge(toy) {
  const { n } = toy;
  const G = gram(toy);
  const all = [...Array(n).keys()];
  const answers = all.map((k) => reconstruct(toy, all.map((i) => (i === k ? 1 : 0))));
  const off = (j, k) => answers[k][j] - (j === k ? 1 : 0);
  const features = all.map((j) => {
    const others = all.filter((k) => k !== j);
    const heard = others.filter((k) => answers[k][j] > EXACT);
    return {
      margin: Math.min(...others.map((k) => G[j * n + j] - G[j * n + k])),
      length: Math.sqrt(G[j * n + j]),
      bias: toy.b[j],
      own: answers[j][j],
      heard,
      error: all.reduce((sum, k) => sum + off(j, k) ** 2, 0),
      exact: Math.abs(off(j, j)) < EXACT && heard.length === 0,
    };
  });
  const back = all.filter((k) => all.every((j) => Math.abs(off(j, k)) < EXACT));
  return { features, back, loss: features.reduce((sum, f) => sum + f.error, 0) / n };
}

/** The line W_j·h = −b_j inside the square of half width `reach`: its ends, or null if it lies outside (or W_j is 0). */
export function border([x, y], bias, reach) {
  const square = x * x + y * y;
  if (square < 1e-12) return null;
  const foot = [(-bias * x) / square, (-bias * y) / square];
  let [from, to] = [-Infinity, Infinity];
  for (const [at, along] of [[foot[0], -y], [foot[1], x]]) {
    const ends = [(-reach - at) / along, (reach - at) / along];
    if (along !== 0) [from, to] = [Math.max(from, Math.min(...ends)), Math.min(to, Math.max(...ends))];
    else if (Math.abs(at) > reach) return null;
  }
  return from < to ? [from, to].map((t) => [foot[0] - t * y, foot[1] + t * x]) : null;
}

/** The news in a sentence or three. */
export function verdict({ features, back, loss }) {
  const n = features.length;
  const lengths = features.map((f) => f.length);
  const [least, most] = [Math.min(...lengths), Math.max(...lengths, EXACT)];
  const same = most - least < 1e-6 ? " All are equally long." : ` The shortest is ${digits(least / most)} of the longest.`;
  const ratio = n > 1 ? same : "";
  if (back.length === n) return n > 1 ? `Loss 0: all ${n} inputs come back exactly.${ratio}` : "Loss 0: the one input comes back exactly; there is no other to be taken for it.";
  const wrong = features.flatMap((f, j) => {
    const said = [];
    if (Math.abs(f.own - 1) >= EXACT) said.push(`says ${digits(f.own)} at its own input`);
    if (f.heard.length) said.push(`also answers to input${f.heard.length > 1 ? "s" : ""} ${list(f.heard.map((k) => k + 1))}`);
    return said.length ? [`output ${j + 1} ${said.join(" and ")}`] : [];
  });
  const more = wrong.length > 2 ? `; ${wrong.length - 2} more outputs are wrong somewhere` : "";
  const first = wrong.slice(0, 2).join("; ");
  return `Loss ${lossText(loss)}: ${back.length} of ${n} inputs come back exactly. ${first[0].toUpperCase()}${first.slice(1)}${more}.${ratio}`;
}
