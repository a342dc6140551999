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
