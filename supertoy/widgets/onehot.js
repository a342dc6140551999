/* Two features in one dimension, one of them active: the loss of W = (f₁, f₂) and its slope, for the widgets about it. */
import { gradient, reconstruct, workspace } from "./numerics.js";

const INPUTS = Float64Array.of(1, 0, 0, 1); // e₁ and e₂, a row each

/** The toy x̂ = σ(WᵀW x + b) with W = (f₁, f₂), to be moved about.
 *
 * `loss(f1, f2, b1, b2)` is L = ½ Σ_k Σ_j I_j (x_j − x̂_j)² over x = e_k; it leaves ∂L/∂f in `slope`.
 */
export function pair({ relu, importance = [1, 1] }) {
  const toy = { m: 1, n: 2, relu, W: new Float64Array(2), b: new Float64Array(2) };
  const work = workspace(toy);
  return {
    toy,
    slope: work.W,
    loss(f1, f2, b1 = 0, b2 = 0) {
      [toy.W[0], toy.W[1], toy.b[0], toy.b[1]] = [f1, f2, b1, b2];
      return gradient(toy, INPUTS, importance, work);
    },
    /** h and x̂ for an input, and the squared error. */
    answer(x) {
      const found = reconstruct(toy, x);
      const error = (x[0] - found[0]) ** 2 + (x[1] - found[1]) ** 2;
      return { x, h: toy.W[0] * x[0] + toy.W[1] * x[1], found, error };
    },
  };
}

/** b_j = 1 − f_j², the only bias with which feature j is read back at its full strength. */
export const tied = (f) => f.map((v) => 1 - v * v);
