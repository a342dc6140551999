/* The solid that directions make: its eigenvalues, rank and name. */
import { dimensionality } from "./numerics.js";
import { toyOf } from "./space.js";

export const TOLERANCE = 0.05; // of `name_polytope`

/** Eigenvalues of a small symmetric matrix, largest first, by Jacobi's rotations. */
export function eigenvalues(matrix) {
  const A = matrix.map((line) => [...line]);
  const n = A.length;
  for (let sweep = 0; sweep < 30; sweep += 1) {
    let off = 0;
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) {
        if (A[p][q] === 0) continue;
        off += A[p][q] ** 2;
        // The angle that makes A[p][q] zero: tan 2θ = 2 A[p][q] / (A[q][q] − A[p][p]).
        const ratio = (A[q][q] - A[p][p]) / (2 * A[p][q]);
        const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(ratio * ratio + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const d = t * c;
        for (let k = 0; k < n; k += 1) [A[k][p], A[k][q]] = [c * A[k][p] - d * A[k][q], d * A[k][p] + c * A[k][q]];
        for (let k = 0; k < n; k += 1) [A[p][k], A[q][k]] = [c * A[p][k] - d * A[q][k], d * A[p][k] + c * A[q][k]];
      }
    }
    if (off < 1e-28) break;
  }
  return A.map((line, i) => line[i]).sort((a, b) => b - a);
}

/** F = W Wᵀ, m × m: its eigenvalues are those of WᵀW that are not 0. */
export const frame = (W) => W.map((a) => W.map((b) => a.reduce((sum, v, i) => sum + v * b[i], 0)));

/** The rank of W. */
export function rank(W) {
  const values = eigenvalues(frame(W));
  return values.filter((v) => v > 1e-12 * values[0]).length;
}

const normalized = (W) => {
  const lengths = W[0].map((_, i) => Math.hypot(...W.map((line) => line[i])));
  return W.map((line) => line.map((v, i) => (lengths[i] > 1e-12 ? v / lengths[i] : 0)));
};

/** What `name_polytope` compares: D_i of the unit directions, the Gram spectrum over n, the length of the mean. */
export function signature(W) {
  const U = normalized(W);
  const n = U[0].length;
  const shares = [...dimensionality(toyOf(U))].sort((a, b) => a - b);
  const spectrum = new Float64Array(n);
  spectrum.set(eigenvalues(frame(U)).slice(0, n).map((v) => v / n));
  const mean = Math.hypot(...U.map((line) => line.reduce((sum, v) => sum + v, 0) / n));
  return [...shares, ...spectrum, mean];
}

/** The solid whose signature is nearest, and how far it is off; named only below the tolerance. */
export function recognise(W, solids) {
  const mine = signature(W);
  let [name, off] = ["unnamed", Infinity];
  for (const [known, corners] of Object.entries(solids)) {
    if (corners[0].length !== W[0].length) continue;
    const far = Math.max(...signature(corners).map((v, k) => Math.abs(v - mine[k])));
    if (far < off) [name, off] = [known, far];
  }
  return { name: off < TOLERANCE ? name : "unnamed", nearest: off < Infinity ? name : null, off };
}

/** The corners P + bend · E, E a push drawn beforehand for up to three dimensions and twelve corners. */
export const bent = (P, push, bend) => P.map((line, k) => line.map((v, i) => v + bend * push[k][i]));
