/* The expected loss of a small model, by quadrature. Its tests are those of `numerics.js`. */
import { gram } from "./numerics.js";

/** Nodes and weights of Gauss–Legendre quadrature on [0, 1], by Newton's method on the Legendre polynomials. */
export function legendre(order) {
  const nodes = [];
  const weights = [];
  for (let i = 0; i < order; i += 1) {
    let x = -Math.cos((Math.PI * (i + 0.75)) / (order + 0.5));
    let slope = 1;
    for (let pass = 0; pass < 50; pass += 1) {
      let [previous, value] = [1, x];
      for (let k = 2; k <= order; k += 1) [previous, value] = [value, ((2 * k - 1) * x * value - (k - 1) * previous) / k];
      if (order === 1) [previous, value] = [1, x];
      slope = (order * (x * value - previous)) / (x * x - 1);
      const move = value / slope;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    nodes.push((x + 1) / 2);
    weights.push(1 / ((1 - x * x) * slope * slope));
  }
  return { nodes, weights };
}

const choose = (n, k) => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);

/** Calls visit(active, x, weight) for every segment of the package's quadrature: active[0] runs over [0, 1]. */
function segments(n, budget, visit) {
  const x = new Float64Array(n);
  for (let set = 1; set < 2 ** n; set += 1) {
    const active = [...Array(n).keys()].filter((i) => (set >> i) & 1);
    const K = active.length;
    const order = Math.min(16, Math.max(2, Math.floor((budget / choose(n, K)) ** (1 / Math.max(1, K - 1)) + 1e-9)));
    const { nodes, weights } = legendre(order);
    const place = (depth, weight) => {
      if (depth === K) {
        visit(active, x, weight);
        return;
      }
      for (let q = 0; q < order; q += 1) {
        x[active[depth]] = nodes[q];
        place(depth + 1, weight * weights[q]);
      }
    };
    x.fill(0);
    place(1, 1);
  }
}

/** The expected loss at density p: the closed form along one active feature, Gauss–Legendre over the others (n ≤ 8). */
export function expectedLoss(model, density, importance, { budget = 4096 } = {}) {
  const { n, b, relu } = model;
  const G = gram(model);
  const p = typeof density === "number" ? new Float64Array(n).fill(density) : density;
  let loss = 0;
  const nothing = p.reduce((all, q) => all * (1 - q), 1);
  for (let j = 0; j < n; j += 1) loss += nothing * importance[j] * (relu ? Math.max(0, b[j]) : b[j]) ** 2;
  segments(n, budget, (active, x, weight) => {
    let chance = weight;
    for (let i = 0; i < n; i += 1) chance *= active.includes(i) ? p[i] : 1 - p[i];
    if (chance === 0) return;
    const along = active[0];
    for (let j = 0; j < n; j += 1) {
      let z = b[j];
      for (const i of active) if (i !== along) z += G[j * n + i] * x[i];
      const target = j === along ? 0 : x[j];
      loss += chance * importance[j] * lineLoss(G[j * n + along], z, j === along ? 1 : 0, target, relu);
    }
  });
  return loss;
}

/** ∫₀¹ (s t + c − σ(g t + z))² dt in closed form. */
function lineLoss(g, z, s, c, relu) {
  const whole = c * c + c * s + (s * s) / 3;
  let low = 0;
  let high = 1;
  if (relu) {
    if (g === 0) {
      if (z <= 0) return whole;
    } else {
      const root = Math.min(1, Math.max(0, -z / g));
      if (g > 0) low = root;
      else high = root;
    }
  }
  const m0 = high - low;
  const m1 = (high ** 2 - low ** 2) / 2;
  const m2 = (high ** 3 - low ** 3) / 3;
  return whole + z * (z - 2 * c) * m0 + 2 * (g * (z - c) - s * z) * m1 + g * (g - 2 * s) * m2;
}
