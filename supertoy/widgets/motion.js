/* Frames, loops and rests, and what a pointer or the arrow keys move. */
import { s, set } from "./drawing.js";

/** Calls `work` at the next frame, once however often it was asked for. */
export function later(work) {
  let asked = 0;
  const ask = () => {
    if (!asked) {
      asked = requestAnimationFrame((now) => {
        asked = 0;
        work(now);
      });
    }
  };
  ask.cancel = () => cancelAnimationFrame(asked);
  return ask;
}

/** Calls `work` once it has not been asked for a while: words wait until the hand rests, so that a screen reader isn't told
 * of every place on the way.
 */
export function resting(work, wait = 150) {
  let timer = 0;
  const ask = (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
  ask.cancel = () => clearTimeout(timer);
  return ask;
}

export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** A loop of frames that runs only while it is wanted, on screen and in a visible tab. */
export function ticker(node, frame) {
  let wanted = false;
  let seen = true;
  let handle = 0;
  const turn = () => {
    const run = wanted && seen && !document.hidden;
    if (run && !handle) handle = requestAnimationFrame(loop);
    if (!run && handle) {
      cancelAnimationFrame(handle);
      handle = 0;
    }
  };
  const loop = (now) => {
    handle = requestAnimationFrame(loop);
    frame(now);
  };
  const observer = new IntersectionObserver(([entry]) => {
    seen = entry.isIntersecting;
    turn();
  });
  observer.observe(node);
  document.addEventListener("visibilitychange", turn);
  return {
    get running() {
      return wanted;
    },
    start() {
      wanted = true;
      turn();
    },
    stop() {
      wanted = false;
      turn();
    },
    cancel() {
      wanted = false;
      turn();
      observer.disconnect();
      document.removeEventListener("visibilitychange", turn);
    },
  };
}

/** Where a pointer is, in the coordinates of an SVG picture. */
export function whereIn(svg, event) {
  const box = svg.getBoundingClientRect();
  const { width, height } = svg.viewBox.baseVal;
  return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
}

/** Calls onDown(event) when a pointer is pressed on `node` and onMove(event) as it moves, until it lets go.
 *
 * One pointer at a time: a second finger changes nothing. Returns a function that lets go.
 */
export function hold(node, onDown, onMove) {
  let held = null;
  const drop = (event) => {
    if (event.pointerId === held) held = null;
  };
  set(node, {
    pointerdown(event) {
      if (event.button || held !== null) return;
      held = event.pointerId;
      try {
        node.setPointerCapture(held);
      } catch {
        // the pointer is already gone: moves over the node still count
      }
      onDown(event);
    },
    pointermove(event) {
      if (event.pointerId === held) onMove(event);
    },
    pointerup: drop,
    pointercancel: drop,
    lostpointercapture: drop,
  });
  return () => {
    held = null;
  };
}

/** Something in a picture to be moved by mouse, touch or the arrow keys: a `slider` to screen readers.
 *
 * `onMove(x, y)` is called with a place in the picture, `onKey(dx, dy)` with steps (right and up are positive; Page keys and
 * Shift take ten at once). `tell(value, text)` names where it is.
 */
export function handle(svg, { label, min, max, color, onMove, onKey, radius = 7 }) {
  const node = s("g", { class: "st-handle", tabindex: 0, role: "slider", "aria-label": label, "aria-valuemin": min, "aria-valuemax": max });
  const dots = [s("circle", { r: 22, class: "st-reach" }), s("circle", { r: radius, fill: color, class: "st-dot" })];
  node.append(...dots);
  svg.append(node);
  const grab = (event) => {
    node.focus({ preventScroll: true });
    event.preventDefault();
    event.stopPropagation();
  };
  hold(node, grab, (event) => onMove(...whereIn(svg, event)));
  set(node, {
    touchstart: (event) => event.preventDefault(), // or the page scrolls: browsers ignore touch-action on a <g>
    keydown(event) {
      const many = event.shiftKey ? 10 : 1;
      const step = { ArrowRight: [many, 0], ArrowLeft: [-many, 0], ArrowUp: [0, many], ArrowDown: [0, -many], PageUp: [0, 10], PageDown: [0, -10] }[event.key];
      if (!step) return;
      event.preventDefault();
      onKey(...step);
    },
  });
  return {
    node,
    at(x, y) {
      for (const dot of dots) set(dot, { cx: x, cy: y });
    },
    tell(value, text) {
      set(node, { "aria-valuenow": Number(value.toFixed(3)), "aria-valuetext": text });
    },
  };
}
