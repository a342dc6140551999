/* The toy's numerics for the page: what `supertoy` computes with torch, for one small model, in plain numbers.
 *
 * A model is {m, n, W, b, relu}: W row by row in a Float64Array (W[k * n + i] is the k-th coordinate of feature i's
 * direction), b of length n. Inputs are rows of a flat array. Tested against the Python package in tests/test_numerics.py.
 */

/** Random numbers in [0, 1) from a 32-bit seed (mulberry32): the same run for the same seed in every browser. */
export function random(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Normally distributed numbers, two from each pair of uniform ones (Box and Muller). */
export function normal(uniform) {
  let spare = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** A model at a random start, W_ki ~ N(0, 1/n), b = 0. */
export function start(m, n, { relu = true, seed = 0 } = {}) {
  const draw = normal(random(seed));
  return { m, n, relu, W: Float64Array.from({ length: m * n }, () => draw() / Math.sqrt(n)), b: new Float64Array(n) };
}

/** x_i = max(0, 1 − u_i/p): sparse inputs of density p (a number, or one for each feature), written into x. */
export function sample(x, n, density, uniform) {
  for (let i = 0; i < x.length; i += 1) {
    const p = typeof density === "number" ? density : density[i % n];
    x[i] = Math.max(0, 1 - uniform() / p);
  }
  return x;
}

/** The corners [[x, y], …] of a regular n-gon around 0, the first at (radius, 0). As `theory.polygon`. */
export function polygon(n, radius = 1) {
  return Array.from({ length: n }, (_, i) => [radius * Math.cos((2 * Math.PI * i) / n), radius * Math.sin((2 * Math.PI * i) / n)]);
}

/** All dot products W_i·W_j, row by row, n × n. */
export function gram({ m, n, W }) {
  const G = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1) {
    for (let j = i; j < n; j += 1) {
      let dot = 0;
      for (let k = 0; k < m; k += 1) dot += W[k * n + i] * W[k * n + j];
      G[i * n + j] = dot;
      G[j * n + i] = dot;
    }
  }
  return G;
}

/** D_i = ‖W_i‖² / Σ_j (Ŵ_i·W_j)², the share of a dimension that each feature has; 0 where W_i = 0. */
export function dimensionality(model) {
  const { n } = model;
  const G = gram(model);
  return Float64Array.from({ length: n }, (_, i) => {
    let shared = 0;
    for (let j = 0; j < n; j += 1) shared += G[i * n + j] ** 2;
    return shared > 0 ? G[i * n + i] ** 2 / shared : 0;
  });
}

/** The reconstruction σ(WᵀW x + b) of one input. */
export function reconstruct({ m, n, W, b, relu }, x) {
  const z = Float64Array.from(b);
  for (let k = 0; k < m; k += 1) {
    let h = 0;
    for (let i = 0; i < n; i += 1) h += W[k * n + i] * x[i];
    for (let i = 0; i < n; i += 1) z[i] += W[k * n + i] * h;
  }
  return relu ? z.map((v) => Math.max(0, v)) : z;
}

/** Room for `gradient`, to be kept from step to step. */
export function workspace({ m, n }) {
  return { h: new Float64Array(m), e: new Float64Array(n), back: new Float64Array(m), W: new Float64Array(m * n), b: new Float64Array(n) };
}

/** The loss Σ_p weight_p Σ_i I_i (x_i − x̂_i)² over rows of x, its gradient left in work.W and work.b.
 *
 * With z = WᵀWx + b and e = (x̂ − x) I 1[z > 0]: ∂L/∂b = 2 Σ e and ∂L/∂W = 2 Σ (h eᵀ + (W e) xᵀ).
 */
export function gradient({ m, n, W, b, relu }, x, importance, work, weight = null) {
  const points = x.length / n;
  const { h, e, back, W: dW, b: db } = work;
  dW.fill(0);
  db.fill(0);
  let loss = 0;
  for (let p = 0; p < points; p += 1) {
    const at = p * n;
    const share = weight === null ? 1 / points : weight[p];
    for (let k = 0; k < m; k += 1) {
      let sum = 0;
      for (let i = 0; i < n; i += 1) sum += W[k * n + i] * x[at + i];
      h[k] = sum;
      back[k] = 0;
    }
    let moved = false;
    for (let i = 0; i < n; i += 1) {
      let z = b[i];
      for (let k = 0; k < m; k += 1) z += W[k * n + i] * h[k];
      const on = !relu || z > 0;
      const error = (on ? z : 0) - x[at + i];
      loss += share * importance[i] * error * error;
      e[i] = on ? 2 * share * importance[i] * error : 0;
      if (e[i] !== 0) {
        moved = true;
        db[i] += e[i];
        for (let k = 0; k < m; k += 1) {
          dW[k * n + i] += h[k] * e[i];
          back[k] += W[k * n + i] * e[i];
        }
      }
    }
    if (!moved) continue;
    for (let i = 0; i < n; i += 1) {
      if (x[at + i] === 0) continue;
      for (let k = 0; k < m; k += 1) dW[k * n + i] += back[k] * x[at + i];
    }
  }
  return loss;
}

/** Adam's update of a list of arrays: `adam(size)` gives step(values, gradients, rate). */
export function adam(size, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {}) {
  const first = new Float64Array(size);
  const second = new Float64Array(size);
  let count = 0;
  return (values, gradients, rate) => {
    count += 1;
    const scale1 = 1 - beta1 ** count;
    const scale2 = Math.sqrt(1 - beta2 ** count);
    let at = 0;
    values.forEach((array, part) => {
      const slope = gradients[part];
      for (let i = 0; i < array.length; i += 1, at += 1) {
        first[at] += (1 - beta1) * (slope[i] - first[at]);
        second[at] = beta2 * second[at] + (1 - beta2) * slope[i] * slope[i];
        array[i] -= ((rate / scale1) * first[at]) / (Math.sqrt(second[at]) / scale2 + epsilon);
      }
    });
  };
}

/** The rate at a step: a straight rise over the warm-up, then half a cosine down to 0. As `TrainConfig.rate`. */
export function rate(step, { steps, lr, warmup }) {
  const rise = Math.max(1, warmup * steps);
  if (step + 1 < rise) return (lr * (step + 1)) / rise;
  return lr * 0.5 * (1 + Math.cos((Math.PI * (step + 1 - rise)) / (steps + 1 - rise)));
}

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
