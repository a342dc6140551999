/* Directions in space: turned, projected and drawn with depth. Nearer things are thicker and stronger. */
import { COLORS, picture, s, set } from "./drawing.js";
import { hold } from "./motion.js";

const EYE = 5; // how far the reader is from the middle of the picture, in half widths of it
const ON_TOP = 1e6; // corners and their names are not crossed by lines
const SLACK = 6; // pixels before a finger's direction counts
const wrapped = (degrees) => ((((degrees + 180) % 360) + 360) % 360) - 180;

/** The columns of W (m ≤ 3 rows) as points [x, y, z]; missing coordinates are 0. */
export const tipsOf = (W) => (W[0] ?? []).map((_, i) => [0, 1, 2].map((k) => W[k]?.[i] ?? 0));

/** Rows of numbers as one of numerics.js' models, of which only the weights matter. */
export const toyOf = (W) => ({ m: W.length, n: W[0].length, W: Float64Array.from(W.flat()) });

/** [right, up, towards the reader] after a turn by yaw about the upright axis, then by pitch about the level one. */
export function turned([x, y, z], yaw, pitch) {
  const [a, b] = [(yaw * Math.PI) / 180, (pitch * Math.PI) / 180];
  const [right, deep] = [Math.cos(a) * x + Math.sin(a) * z, Math.cos(a) * z - Math.sin(a) * x];
  return [right, Math.cos(b) * y - Math.sin(b) * deep, Math.sin(b) * y + Math.cos(b) * deep];
}

/** A turn by so many degrees more: yaw goes around, pitch stops at the poles. */
export const turnedBy = (yaw, pitch, more, up) => ({ yaw: wrapped(yaw + more), pitch: Math.min(90, Math.max(-90, pitch + up)) });

const unit = (tip) => {
  const length = Math.hypot(...tip);
  return length > 1e-9 ? tip.map((v) => v / length) : [0, 0, 0];
};
const dot = (a, b) => a.reduce((sum, v, k) => sum + v * b[k], 0);

/** Pairs with no third direction between them: none in the cap of directions that has the pair as a diameter.
 *
 * For unit vectors, k is in the cap of i and j where k·(i + j) ≥ 1 + i·j. These are the edges of the named solids, and
 * the pairs that a solid keeps while it bends. Directions shorter than `least` take no part.
 */
export function neighbours(tips, least = 1e-9) {
  const units = tips.map(unit);
  const there = [...units.keys()].filter((i) => Math.hypot(...tips[i]) > least);
  const pairs = [];
  for (const i of there) {
    for (const j of there) {
      if (j <= i) continue;
      const both = units[i].map((v, k) => v + units[j][k]);
      const reach = 1 + dot(units[i], units[j]) - 1e-9;
      if (!there.some((k) => k !== i && k !== j && dot(units[k], both) >= reach)) pairs.push([i, j]);
    }
  }
  return pairs;
}

/** All angles between two directions, in degrees: [i, j, angle], smallest first. */
export function angles(tips, least = 1e-9) {
  const units = tips.map(unit);
  const found = [];
  for (let i = 0; i < tips.length; i += 1) {
    for (let j = i + 1; j < tips.length; j += 1) {
      if (Math.min(Math.hypot(...tips[i]), Math.hypot(...tips[j])) <= least) continue;
      found.push([i, j, (Math.acos(Math.min(1, Math.max(-1, dot(units[i], units[j])))) * 180) / Math.PI]);
    }
  }
  return found.sort((a, b) => a[2] - b[2]);
}

/** Calls onMove(event, dx, dy) while a pointer is held on `node`. A finger that sets out up or down is left to scroll.
 *
 * @param {(event: PointerEvent) => void} [onDown]
 */
export function drags(node, onMove, onDown = () => {}) {
  let [x, y, sure] = [0, 0, false];
  const down = (event) => {
    [x, y, sure] = [event.clientX, event.clientY, event.pointerType !== "touch"];
    onDown(event);
  };
  const letGo = hold(node, down, (event) => {
    const step = [event.clientX - x, event.clientY - y];
    if (!sure && Math.hypot(...step) < SLACK) return;
    if (!sure && Math.abs(step[1]) > Math.abs(step[0])) return letGo();
    sure = true;
    [x, y] = [event.clientX, event.clientY];
    onMove(event, ...step);
  });
}

/** How a scene is drawn: `line`, `corner` and `name` put parts into it, `end` shows them, the nearest in front. */
function scenery(scene) {
  const pools = { line: [], circle: [], text: [] };
  let [parts, order] = [[], ""];
  const take = (tag, at, className, z, attributes) => {
    pools[tag][at] ??= s(tag, { class: className });
    set(pools[tag][at], attributes);
    parts.push([z, pools[tag][at]]);
    return pools[tag][at];
  };
  return {
    line: (z, attributes) => take("line", parts.length, "st-round", z, attributes),
    corner: (i, z, attributes) => take("circle", i, "st-dot", ON_TOP + z, attributes),
    name(i, z, attributes) {
      const node = take("text", i, "st-name", 2 * ON_TOP + z, attributes);
      if (node.textContent !== String(i + 1)) node.textContent = String(i + 1);
    },
    end(lines) {
      const sorted = parts.map(([z], k) => [z, k]).sort((a, b) => a[0] - b[0]);
      const key = sorted.map((part) => part[1]).join(",") + lines;
      if (key !== order) scene.replaceChildren(...sorted.map((part) => parts[part[1]][1]));
      [parts, order] = [[], key];
    },
  };
}

/** A view of directions in space, turned by dragging or with the arrow keys: `onTurn(degrees, degrees)` asks for it.
 *
 * `show(tips, pairs, {yaw, pitch, colors, reach})` draws arrows to the tips and lines between pairs of them.
 */
export function space({ label, size = 300, caption = null, onTurn }) {
  const view = picture(size, size, label, { live: true, caption, className: "st-space st-stage" });
  const middle = size / 2;
  const ball = s("circle", { cx: middle, cy: middle, class: "st-guide" });
  const scene = s("g", { "aria-hidden": "true" });
  view.svg.append(ball, scene);
  turnable(view.svg, onTurn);
  const draw = scenery(scene);
  return {
    ...view,
    show(tips, pairs, { yaw, pitch, colors = COLORS, reach = 1.4 }) {
      const scale = middle / reach;
      const zoom = (z) => (scale * EYE) / (EYE - z / reach);
      const points = tips.map((tip) => turned(tip, yaw, pitch));
      const at = (p) => [middle + zoom(p[2]) * p[0], middle - zoom(p[2]) * p[1]];
      const near = (z) => 0.5 + 0.5 * Math.min(1, Math.max(-1, z / Math.min(reach, 1.2)));
      const line = (a, b, stroke, thin, thick) => {
        const z = (a[2] + b[2]) / 2;
        const [[x1, y1], [x2, y2]] = [at(a), at(b)];
        draw.line(z, { x1, y1, x2, y2, stroke, "stroke-width": (thin + (thick - thin) * near(z)).toFixed(2), "stroke-opacity": (0.3 + 0.7 * near(z)).toFixed(2) });
      };
      const color = (i) => colors[i % colors.length];
      for (const [i, j] of pairs) line(points[i], points[j], "currentColor", 0.6, 2.6);
      points.forEach((p, i) => line([0, 0, 0], p, color(i), 1.4, 3.2));
      points.forEach((p, i) => {
        const [x, y] = at(p);
        const opacity = (0.7 + 0.3 * near(p[2])).toFixed(2);
        draw.corner(i, p[2], { cx: x, cy: y, r: (3.5 + 3.5 * near(p[2])).toFixed(2), fill: color(i), "fill-opacity": opacity });
        const far = Math.hypot(x - middle, y - middle);
        const [ux, uy] = far > 12 ? [(x - middle) / far, (y - middle) / far] : [0.7, -0.7];
        draw.name(i, p[2], { x: x + 15 * ux, y: y + 15 * uy, "fill-opacity": opacity, display: Math.hypot(...tips[i]) > 0.05 * reach ? null : "none" });
      });
      set(ball, { r: scale });
      draw.end(pairs.length);
    },
  };
}

/** A picture in focus turns with the arrow keys, and under a pointer that drags. */
function turnable(svg, onTurn) {
  set(svg, {
    tabindex: 0,
    keydown(event) {
      const far = event.shiftKey ? 15 : 5;
      const step = { ArrowRight: [far, 0], ArrowLeft: [-far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key];
      if (!step) return;
      event.preventDefault();
      onTurn(...step);
    },
  });
  drags(
    svg,
    (_, dx, dy) => {
      const degrees = 200 / svg.getBoundingClientRect().width;
      onTurn(dx * degrees, dy * degrees);
    },
    (event) => event.pointerType !== "mouse" || (event.preventDefault(), svg.focus({ preventScroll: true })),
  );
}
