/* Two features in one dimension: the expected loss in closed form, its minima, and which phase they are. */

/** D_k(g, z) = ∫₀¹ R_k(g t + z) dt with R_k(z) = ReLU(z)^k / k!, written so that nothing cancels as g → 0. */
function mean(k, g, z) {
  const [A, B] = [Math.max(0, g + z), Math.max(0, z)];
  const share = A > 0 && B > 0 ? 1 : A === B ? 0 : (A - B) / g;
  let [sum, factorial] = [0, 1];
  for (let i = 0; i <= k; i += 1) {
    sum += A ** i * B ** (k - i);
    factorial *= i + 1;
  }
  return (share * sum) / factorial;
}

/** M_k(a, z) = ∫₀¹ x R_k(a x + z) dx for k = 1, 2 and a ≥ 0, likewise. */
function moment(k, a, z) {
  if (z >= 0) return k === 1 ? a / 3 + z / 2 : (a * a) / 8 + (a * z) / 3 + (z * z) / 4;
  if (a + z <= 0) return 0;
  const low = -z / a;
  const high = 1 - low;
  return k === 1 ? a * ((low * high ** 2) / 2 + high ** 3 / 3) : (a * a * ((low * high ** 3) / 3 + high ** 4 / 4)) / 2;
}

/** ∫₀¹ f(g t + z) dt, where F' = f: by F, or where that would cancel, by three points of Gauss. */
function over(g, z, f, F) {
  if (Math.abs(g) > 1e-4) return (F(g + z) - F(z)) / g;
  return (5 * f(z + 0.1127016653792583 * g) + 8 * f(z + 0.5 * g) + 5 * f(z + 0.8872983346207417 * g)) / 18;
}

/** The expected loss of x̂ = ReLU(wᵀw x + b), n = 2, m = 1, in closed form: `theory.two_in_one_loss`, also where w → 0. */
export function closedLoss([w1, w2, b1, b2], p, r) {
  const c = w1 * w2;
  let total = 0;
  for (const [w, b, weight] of [[w1, b1, 1], [w2, b2, r]]) {
    const a = w * w;
    const none = Math.max(0, b) ** 2;
    const alone = 1 / 3 - 2 * moment(1, a, b) + 2 * mean(2, a, b);
    const reached = 2 * mean(2, c, b);
    const [wide, narrow] = a > Math.abs(c) ? [a, c] : [c, a];
    const square = 2 * over(wide, b, (z) => mean(2, narrow, z), (z) => mean(3, narrow, z));
    const both = 1 / 3 - 2 * over(c, b, (z) => moment(1, a, z), (z) => moment(2, a, z)) + square;
    total += weight * ((1 - p) ** 2 * none + p * (1 - p) * (alone + reached) + p * p * both);
  }
  return total;
}

/** The minimum near a start: BFGS with central differences; `{x, loss}`. */
export function descend(f, start, steps = 80) {
  const n = start.length;
  let x = [...start];
  let loss = f(x);
  const slope = (at) => at.map((_, i) => {
    const moved = (by) => f(at.map((v, j) => (i === j ? v + by : v)));
    return (moved(1e-5) - moved(-1e-5)) / 2e-5;
  });
  let g = slope(x);
  /** @type {number[][]} */
  let H = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  for (let step = 0; step < steps; step += 1) {
    let way = H.map((line) => -line.reduce((a, v, j) => a + v * g[j], 0));
    let down = way.reduce((a, v, i) => a + v * g[i], 0);
    if (down >= 0) {
      H = H.map((line, i) => line.map((_, j) => (i === j ? 1 : 0)));
      way = g.map((v) => -v);
      down = -g.reduce((a, v) => a + v * v, 0);
    }
    let size = Math.min(1, 0.5 / Math.hypot(...way));
    let next = null;
    while (size > 1e-9) {
      const tried = x.map((v, i) => v + size * way[i]);
      const found = f(tried);
      if (found <= loss + 1e-4 * size * down) {
        next = [tried, found];
        break;
      }
      size /= 2;
    }
    if (!next) break;
    const gain = loss - next[1];
    const gNew = slope(next[0]);
    const d = next[0].map((v, i) => v - x[i]);
    const y = gNew.map((v, i) => v - g[i]);
    const dy = d.reduce((a, v, i) => a + v * y[i], 0);
    [x, loss] = next;
    g = gNew;
    if (dy > 1e-14) {
      const Hy = H.map((line) => line.reduce((a, v, j) => a + v * y[j], 0));
      const yHy = y.reduce((a, v, i) => a + v * Hy[i], 0);
      H = H.map((line, i) => line.map((v, j) => v + ((1 + yHy / dy) * d[i] * d[j]) / dy - (Hy[i] * d[j] + d[i] * Hy[j]) / dy));
    }
    if (gain < 1e-13 && Math.hypot(...g) < 1e-6) break;
  }
  return { x, loss };
}

const variance = (p) => p / 3 - (p * p) / 4;

/** Dropping the less important feature: W = (1, 0), b = (0, p/2), or the other way round. Exact. */
export function dropped(p, r) {
  return r <= 1 ? { x: [1, 0, 0, p / 2], loss: r * variance(p) } : { x: [0, 1, p / 2, 0], loss: variance(p) };
}

const mirrored = ([w1, w2, b1, b2]) => [w2, w1, b2, b1];

/** The number of a solution's phase, as chapter 8 counts them: the shorter length over the longer one decides. */
export function phase(x) {
  const [w1, w2] = x;
  const ratio = Math.min(Math.abs(w1), Math.abs(w2)) / Math.max(Math.abs(w1), Math.abs(w2));
  if (ratio <= 0.05) return Math.abs(w1) > Math.abs(w2) ? 0 : 2;
  if (w1 * w2 > 0) return 4;
  return ratio > 0.6 ? 1 : 3;
}

/** The minima at density p and importance r: the antipodal pair (null where there is none), the best other one, the best. */
export function optimum(p, r) {
  const f = (x) => closedLoss(x, p, r);
  const turn = (x) => (r > 1 ? mirrored(x) : x);
  const starts = [[0.95, -0.95, p / 4, p / 4], turn([1, -0.3, 0.1, p / 2]), turn([1, 0.15, 0, p / 2]), [0.75, 0.7, 0.05, 0.05]];
  const found = starts.map((start) => descend(f, start));
  const least = (some) => some.reduce((a, b) => (b.loss < a.loss - 1e-12 ? b : a));
  const pairs = found.filter(({ x }) => phase(x) === 1);
  const pair = pairs.length ? least(pairs) : null;
  const other = least([dropped(p, r), ...found.filter(({ x }) => phase(x) !== 1)]);
  return { pair, other, best: pair && pair.loss <= other.loss ? pair : other };
}

/** Where the best phase changes between two densities, to 0.0005: [the density, the phase below it, the phase above it]. */
export function change(low, high, r) {
  const at = (p) => phase(optimum(p, r).best.x);
  const below = at(low);
  while (high - low > 5e-4) {
    const middle = (low + high) / 2;
    if (at(middle) === below) low = middle;
    else high = middle;
  }
  return [(low + high) / 2, below, at(high)];
}

/** The density at which the pair and dropping cost the same with fixed weights, p = 4s/(2 + 5s) with s = min(r, 1/r). */
export function border(r) {
  const s = Math.min(r, 1 / r);
  return (4 * s) / (2 + 5 * s);
}
