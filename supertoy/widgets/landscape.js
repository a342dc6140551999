/* The loss over two weights, as colours with contour lines, and a point to drag. */
import { digits, h, picture, s, set } from "./drawing.js";
import { handle, whereIn } from "./motion.js";

/* cividis: perceptually even, the same to colour-blind readers. */
const CIVIDIS = [[0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56]];

/** The colour [r, g, b] of a share in [0, 1]. */
export function cividis(share) {
  const at = Math.min(1, Math.max(0, share)) * (CIVIDIS.length - 1);
  const low = Math.min(CIVIDIS.length - 2, Math.floor(at));
  return CIVIDIS[low].map((v, i) => Math.round(v + (at - low) * (CIVIDIS[low + 1][i] - v)));
}

const SHADES = Array.from({ length: 256 }, (_, i) => cividis((i + 0.5) / 256));
const [SIZE, CELLS, STEP] = [280, 200, 0.02]; // of the picture, of its colours along a side, and what an arrow key moves
const TOP = 1.2; // the value that is lightest

/** The colours: `show(value)` draws value(f₁, f₂) for f in ±reach, with a light line at every eighth of the way up. */
function colors(reach) {
  const canvas = h("canvas", { width: CELLS, height: CELLS, class: "st-field-colors", "aria-hidden": "true" });
  const values = new Float64Array(CELLS * CELLS);
  const show = (value) => {
    const context = canvas.getContext("2d");
    const image = context.createImageData(CELLS, CELLS);
    const at = (k) => ((2 * k + 1) / CELLS - 1) * reach;
    for (let r = 0; r < CELLS; r += 1) for (let c = 0; c < CELLS; c += 1) values[r * CELLS + c] = (value(at(c), -at(r)) / TOP) * 8;
    for (let k = 0; k < values.length; k += 1) {
      const v = values[k];
      const level = Math.round(v);
      // A line one cell wide: how far the level is from here, in cells, as the slope has it.
      const slope = Math.hypot(v - values[k % CELLS ? k - 1 : k + 1], v - values[k < CELLS ? k + CELLS : k - CELLS]);
      const light = level > 0 && level < 8 && slope > 0 ? 0.45 * Math.max(0, 1 - Math.abs(v - level) / slope) : 0;
      const color = SHADES[Math.min(255, Math.max(0, Math.floor(v * 32))) || 0];
      for (let part = 0; part < 3; part += 1) image.data[4 * k + part] = color[part] + light * (255 - color[part]);
      image.data[4 * k + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  };
  return { canvas, show };
}

/** Axes over the colours, with a tick at ±1. */
function axes(x, y) {
  return [
    s("line", { x1: 0, x2: SIZE, y1: SIZE / 2, y2: SIZE / 2, class: "st-white" }),
    s("line", { y1: 0, y2: SIZE, x1: SIZE / 2, x2: SIZE / 2, class: "st-white" }),
    ...[-1, 1].flatMap((f) => [
      s("path", { d: `M${x(f)},${y(0) - 4}v8M${x(0) - 4},${y(f)}h8`, class: "st-white" }),
      s("text", { x: x(f) + 10 * f, y: y(0) + 12, class: "st-tick st-on-colors" }, digits(f, 0)),
      s("text", { x: x(0) - 12, y: y(f) - 9 * f, class: "st-tick st-on-colors" }, digits(f, 0)),
    ]),
    s("text", { x: SIZE - 12, y: SIZE / 2 - 10, class: "st-on-colors" }, "f₁"),
    s("text", { x: SIZE / 2 + 14, y: 12, class: "st-on-colors" }, "f₂"),
  ];
}

/** A mouse or pen takes hold of `grip` anywhere. A finger may be about to scroll: it taps, or drags the point itself. */
function takeHold(svg, grip, moveTo) {
  set(svg, {
    pointerdown(event) {
      if (event.pointerType === "touch" || event.button) return;
      moveTo(...whereIn(svg, event));
      grip.node.dispatchEvent(new PointerEvent("pointerdown", { pointerId: event.pointerId }));
      event.preventDefault();
    },
    click(event) {
      if (event.pointerType === "touch" && !grip.node.contains(event.target)) moveTo(...whereIn(svg, event));
    },
  });
}

/** The loss of f₁ and f₂ in ±reach, with a point to drag, and marks: `onMove({f1, f2})` has hundredths as the reader moves it.
 *
 * `show(value)` draws the function, `point(f1, f2, text)` moves the point, `marks([[f1, f2], …])` draws crosses;
 * `curve(points)` is a path through [[f1, f2], …] for `layer`, a place for more.
 */
export function landscape({ reach, onMove, caption }) {
  const { canvas, show } = colors(reach);
  const view = picture(SIZE, SIZE, "Loss over f₁ and f₂", { live: true, caption, className: "st-landscape" });
  view.node.prepend(h("div", { class: "st-overlay" }, canvas, view.svg));
  const x = (f) => ((f / reach + 1) / 2) * SIZE;
  const y = (f) => ((1 - f / reach) / 2) * SIZE;
  const keep = (f) => Math.min(reach, Math.max(-reach, Math.round(f * 100) / 100));
  const layer = s("g", {});
  const crosses = s("g", {});
  view.svg.append(...axes(x, y), layer, crosses);
  let now = [0, 0];
  const move = (f1, f2) => {
    now = [keep(f1), keep(f2)]; // at once, for keys that come faster than frames
    onMove({ f1: now[0], f2: now[1] });
  };
  const moveTo = (px, py) => move(((2 * px) / SIZE - 1) * reach, (1 - (2 * py) / SIZE) * reach);
  const onKey = (dx, dy) => move(now[0] + dx * STEP, now[1] + dy * STEP);
  const grip = handle(view.svg, { label: "the weights (f₁, f₂), arrow keys move them", min: -reach, max: reach, color: "#fff", onMove: moveTo, onKey });
  takeHold(view.svg, grip, moveTo);
  return {
    ...view,
    layer,
    x,
    y,
    show,
    point(f1, f2, text) {
      now = [f1, f2];
      grip.at(x(f1), y(f2));
      grip.tell(f1, text);
    },
    marks(points) {
      crosses.replaceChildren(...points.map(([f1, f2]) => s("path", { d: `M${x(f1) - 5},${y(f2)}h10m-5,-5v10`, class: "st-mark" })));
    },
    curve: (points) => points.map(([f1, f2], i) => `${i ? "L" : "M"}${x(f1).toFixed(1)},${y(f2).toFixed(1)}`).join(""),
  };
}
