/* A recorded run: what is wrong with it, and what there is at one moment. */
import { digits, short } from "./drawing.js";
import { dimensionality } from "./numerics.js";
import { angles, tipsOf, toyOf } from "./space.js";

const STORED = 0.5; // a feature longer than this counts as stored
const OPPOSITE = 160; // degrees from which two directions count as opposite

/** D_i at each record of a run, W of shape (records, m, n). */
export const sharesOver = (W) => W.map((one) => [...dimensionality(toyOf(one))]);

/** The record whose place is nearest to a pixel. */
export function nearest(places, pixel) {
  let best = 0;
  places.forEach((place, k) => {
    if (Math.abs(place - pixel) < Math.abs(places[best] - pixel)) best = k;
  });
  return best;
}

/** What is wrong with a run, or null: as Python's rules, for while its traits arrive one by one. */
export function wrong({ steps, loss, W, groups = [] }) {
  if (!steps.length) return "There is no run to show yet: set steps, loss and W from Python.";
  if (loss.length !== steps.length || W.length !== steps.length) return `A run needs steps, loss and W for the same moments, got ${steps.length}, ${loss.length} and ${W.length}.`;
  const [m, n] = [W[0].length, W[0][0]?.length ?? 0];
  if ((m !== 2 && m !== 3) || n < 1) return `W must have shape (records, 2 or 3, n), got (${W.length}, ${m}, ${n}).`;
  if (groups.length && groups.length !== n) return `groups must name one for each of ${n} features, got ${groups.length}.`;
  return null;
}

/** What there is at one moment, in words. */
export function moment({ steps, loss, W, D }, k) {
  const tips = tipsOf(W[k]);
  const stored = tips.flatMap((tip, i) => (Math.hypot(...tip) > STORED ? [i + 1] : []));
  const facing = angles(tips, STORED).filter((found) => found[2] > OPPOSITE);
  const parts = [
    `Step ${steps[k].toLocaleString("en")}: loss ${short(loss[k])}`,
    stored.length ? `features longer than ½: ${stored.join(", ")}` : "no feature longer than ½",
  ];
  if (facing.length) parts.push(`opposite each other: ${facing.map(([i, j]) => `${i + 1}–${j + 1}`).sort().join(", ")}`);
  return `${parts.join("; ")}. Shares Dᵢ: ${D[k].map((v) => digits(v)).join(", ")}.`;
}
