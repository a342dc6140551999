/* What the widgets share: controls, pictures and motion. Plain DOM, no ids, colours from the page's own ink. */

export const COLORS = ["#2f7fc1", "#d9730d", "#1a936f", "#a65fb5", "#cf4446", "#7d8590", "#1690a3", "#c7528f"];
/** Of overlaps above 0: lighter than the end of matplotlib's PuOr, so that it shows on dark pages too. */
const VIOLET = "#7a5bb5";
export const [BLUE, ORANGE, GREEN, PURPLE, RED, GREY] = COLORS;

/** An HTML element with attributes (functions are listeners) and children (text or nodes). */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element, likewise. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  set(element, attributes);
  element.append(...children);
  return element;
}

/** Sets attributes; those that are false, null or undefined are removed. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === false || value === null || value === undefined) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
  }
  return element;
}

/** Numbers for people: so many digits after the point, a true minus sign, no −0. */
export function digits(value, count = 2) {
  const text = Math.abs(value).toFixed(count);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** Three significant digits, for numbers of any size. */
export function short(value) {
  if (!Number.isFinite(value)) return "—";
  const size = Math.abs(value);
  if (size >= 1000) return digits(value, 0);
  if (size >= 1e-4 || size === 0) return digits(value, size === 0 ? 2 : Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(size)))));
  return value.toExponential(1).replace(/-/g, "−");
}

/** The widget's root: a labelled group with places for pictures, controls and one line of news. */
export function root(el, name, help) {
  const views = h("div", { class: "st-views" });
  const controls = h("div", { class: "st-controls" });
  const status = h("p", { class: "st-status", role: "status" });
  const node = h("div", { class: "st-root", role: "group", "aria-label": name, "data-widget": name.toLowerCase().replace(/\W/g, "") });
  // JupyterLab takes arrow keys for its cells unless the element in focus itself asks for them.
  node.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  node.append(h("p", { class: "st-help" }, help), views, controls, status);
  el.classList.add("supertoy");
  el.append(node);
  return {
    node,
    views,
    controls,
    /** Says something to everybody; `urgent` marks what went wrong. */
    say(text, urgent = false) {
      if (status.textContent !== text) status.textContent = text;
      status.classList.toggle("st-urgent", urgent);
    },
  };
}

/** A labelled range input. With `log`, it moves on a logarithmic scale. `control.value = v` moves it without `onInput`. */
export function slider({ label, min, max, step, value, format = digits, log = false, onInput }) {
  const to = log ? Math.log : (v) => v;
  const from = log ? Math.exp : (v) => v;
  const snap = (v) => Math.min(max, Math.max(min, log ? Number(v.toPrecision(3)) : Math.round((v - min) / step) * step + min));
  const output = h("span", { class: "st-value", "aria-hidden": "true" }); // not <output>: the label would name that
  const input = h("input", {
    type: "range",
    min: to(min),
    max: to(max),
    step: log ? (to(max) - to(min)) / 200 : step,
    input() {
      current = snap(from(Number(input.value)));
      show();
      onInput(current);
    },
  });
  let current = value;
  function show() {
    output.textContent = format(current);
    input.setAttribute("aria-valuetext", format(current));
  }
  input.value = to(value);
  show();
  const node = h("label", { class: "st-slider" }, h("span", {}, label), output, input);
  return {
    node,
    input,
    get value() {
      return current;
    },
    set value(v) {
      current = v;
      input.value = to(v);
      show();
    },
  };
}

/** A labelled field for a whole number; what is not one is refused with a message. */
export function field({ label, min, max, value, onInput, say }) {
  const rule = `${label} must be a whole number from ${min} to ${max.toLocaleString("en")}`;
  const input = h("input", {
    type: "number",
    min,
    max,
    step: 1,
    inputmode: "numeric",
    change() {
      const typed = input.value === "" ? NaN : Number(input.value);
      const good = Number.isInteger(typed) && typed >= min && typed <= max;
      set(input, { "aria-invalid": good ? "false" : "true" });
      if (good) onInput(typed);
      else say(`${rule}, got ${input.value === "" ? "no number" : input.value}.`, true);
    },
  });
  input.value = value;
  const node = h("label", { class: "st-field" }, h("span", {}, label), input);
  return {
    node,
    input,
    set value(v) {
      input.value = v;
      set(input, { "aria-invalid": "false" });
    },
  };
}

/** One of a few options, as a row of radio buttons. Options are [value, text] pairs. */
export function choice({ label, options, value, onInput }) {
  const group = `st-${Math.random().toString(36).slice(2)}`;
  const inputs = options.map(([name]) =>
    h("input", { type: "radio", name: group, value: name, change: () => onInput(name) }),
  );
  const labels = options.map(([, text], i) => h("label", {}, inputs[i], h("span", {}, text)));
  const node = h("fieldset", { class: "st-choice" }, h("legend", {}, label), ...labels);
  const control = {
    node,
    set value(v) {
      inputs.forEach((input) => {
        input.checked = input.value === String(v);
      });
    },
  };
  control.value = value;
  return control;
}

/** A labelled check box. */
export function toggle({ label, value, onInput }) {
  const input = h("input", { type: "checkbox", change: () => onInput(input.checked) });
  input.checked = value;
  return {
    node: h("label", { class: "st-toggle" }, input, h("span", {}, label)),
    set value(v) {
      input.checked = v;
    },
  };
}

/** Controls side by side. */
export function row(...parts) {
  return h("div", { class: "st-row" }, ...parts);
}

/** A push button. */
export function button(text, click) {
  return h("button", { type: "button", class: "st-button", click }, text);
}

/** A drop-down list. Options are [value, text] pairs. */
export function select({ label, options, value, onInput }) {
  const input = h("select", { change: () => onInput(input.value) }, ...options.map(([v, text]) => h("option", { value: v }, text)));
  input.value = value;
  return {
    node: h("label", { class: "st-field" }, h("span", {}, label), input),
    input,
    set value(v) {
      input.value = v;
    },
  };
}

/** Listeners on traits that end with the view: `watch(["W", "b"], callback)`; `end()` takes them off. */
export function watcher(model) {
  const ends = [];
  return {
    watch(names, callback) {
      for (const name of names) {
        model.on(`change:${name}`, callback);
        ends.push(() => model.off(`change:${name}`, callback));
      }
    },
    also(end) {
      ends.push(end);
    },
    end() {
      for (const end of ends) end();
    },
  };
}

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
    end() {
      wanted = false;
      turn();
      observer.disconnect();
      document.removeEventListener("visibilitychange", turn);
    },
  };
}

/** An SVG picture in a figure of its own: `role="img"` with a label, or a group where there is something to grab. */
export function picture(width, height, label, { live = false, caption = null, className = "" } = {}) {
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, role: live ? "group" : "img", "aria-label": label });
  const node = h("figure", { class: `st-view ${className}` }, svg);
  if (caption !== null) node.append(h("figcaption", {}, caption));
  return { node, svg };
}

/** A plane for directions: axes, the unit circle, and numbered arrows. `reach` is the half width in the arrows' units. */
export function plane({ label, size = 260, reach = 1.5, live = false, caption = null }) {
  const view = picture(size, size, label, { live, caption, className: "st-plane" });
  const middle = size / 2;
  const circle = s("circle", { cx: middle, cy: middle, class: "st-guide", fill: "none" });
  view.svg.append(
    s("line", { x1: 0, x2: size, y1: middle, y2: middle, class: "st-grid" }),
    s("line", { y1: 0, y2: size, x1: middle, x2: middle, class: "st-grid" }),
    circle,
  );
  const arrows = [];
  const space = {
    ...view,
    size,
    get reach() {
      return reach;
    },
    set reach(value) {
      reach = value;
      circle.setAttribute("r", middle / reach);
    },
    x: (value) => middle + (value / reach) * middle,
    y: (value) => middle - (value / reach) * middle,
    unx: (pixel) => ((pixel - middle) / middle) * reach,
    uny: (pixel) => ((middle - pixel) / middle) * reach,
    /** Draws arrows to [[x, y], …]; names and colours are those of the features unless given; `gap` is from tip to name. */
    arrows(tips, { names = null, colors = COLORS, gap = 11 } = {}) {
      while (arrows.length < tips.length) {
        const arrow = { line: s("line", { class: "st-arrow" }), head: s("path", {}), name: s("text", { class: "st-name" }) };
        arrows.push(arrow);
        view.svg.append(arrow.line, arrow.head, arrow.name);
      }
      arrows.forEach((arrow, i) => {
        const shown = i < tips.length && Math.hypot(...tips[i]) > 1e-3;
        for (const part of Object.values(arrow)) part.style.display = shown ? "" : "none";
        if (shown) place(arrow, tips[i], colors[i % colors.length], names ? names[i] : i + 1, gap);
      });
    },
  };
  function place({ line, head, name }, [tx, ty], color, text, gap) {
    const [x, y] = [space.x(tx), space.y(ty)];
    const angle = Math.atan2(y - middle, x - middle);
    const point = (back, side) => `${x - back * Math.cos(angle) - side * Math.sin(angle)},${y - back * Math.sin(angle) + side * Math.cos(angle)}`;
    set(line, { x1: middle, y1: middle, x2: x - 6 * Math.cos(angle), y2: y - 6 * Math.sin(angle), stroke: color });
    set(head, { d: `M${x},${y}L${point(9, 4.5)}L${point(9, -4.5)}Z`, fill: color });
    const keep = (v) => Math.min(size - 8, Math.max(8, v));
    set(name, { x: keep(x + gap * Math.cos(angle)), y: keep(y + gap * Math.sin(angle)) });
    if (name.textContent !== String(text)) name.textContent = text;
  }
  space.reach = reach;
  return space;
}

/** A square heat map of values in ±limit: purple above 0, orange below (as `plot_gram`), the page's own colour at 0. */
export function heatmap({ label, size = 260, caption = null }) {
  const view = picture(size, size, label, { caption, className: "st-heatmap" });
  let cells = [];
  return {
    ...view,
    show(values, n, limit = 1) {
      const inner = size - 22;
      const side = inner / n;
      if (cells.length !== n * n) {
        view.svg.replaceChildren();
        cells = Array.from({ length: n * n }, (_, at) =>
          s("rect", { x: 20 + (at % n) * side, y: Math.floor(at / n) * side, width: side, height: side, class: "st-cell" }),
        );
        view.svg.append(...cells);
        for (let i = 0; i < n; i += 1) {
          view.svg.append(
            s("text", { x: 20 + (i + 0.5) * side, y: size - 7, class: "st-tick" }, i + 1),
            s("text", { x: 9, y: (i + 0.5) * side, class: "st-tick" }, i + 1),
          );
        }
      }
      cells.forEach((cell, at) => {
        const strength = Math.min(1, Math.abs(values[at]) / limit);
        set(cell, { fill: values[at] < 0 ? ORANGE : VIOLET, "fill-opacity": strength.toFixed(3) });
      });
    },
  };
}

/** A chart with axes. `chart.axes({x: [lo, hi], y: [lo, hi]})` sets the ranges; then x(), y() give places for data. */
export function chart({ label, width = 280, height = 230, xLabel, yLabel, xLog = false, yLog = false, live = false, caption = null }) {
  const view = picture(width, height, label, { live, caption, className: "st-chart" });
  const box = { left: 52, right: width - 12, top: 10, bottom: height - 34 };
  const frame = s("g", {});
  const plot = s("g", {});
  view.svg.append(frame, plot);
  const range = { x: [0, 1], y: [0, 1] };
  const scale = (axis, log, from, to) => (value) => {
    const [low, high] = range[axis].map((v) => (log ? Math.log(v) : v));
    const at = ((log ? Math.log(value) : value) - low) / (high - low || 1);
    return from + at * (to - from);
  };
  const x = scale("x", xLog, box.left, box.right);
  const y = scale("y", yLog, box.bottom, box.top);
  let drawn = "";
  return {
    ...view,
    plot,
    box,
    x,
    y,
    range,
    /** The data value under a place in the picture. */
    unx(pixel) {
      const [low, high] = range.x.map((v) => (xLog ? Math.log(v) : v));
      const value = low + ((pixel - box.left) / (box.right - box.left)) * (high - low);
      return xLog ? Math.exp(value) : value;
    },
    axes(ranges) {
      Object.assign(range, ranges);
      const key = JSON.stringify(range);
      if (key === drawn) return;
      drawn = key;
      const parts = [
        s("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, class: "st-axis" }),
        s("line", { x1: box.left, x2: box.left, y1: box.top, y2: box.bottom, class: "st-axis" }),
        s("text", { x: (box.left + box.right) / 2, y: height - 7, class: "st-label" }, xLabel),
        s("text", { x: 11, y: (box.top + box.bottom) / 2, class: "st-label", transform: `rotate(-90 11 ${(box.top + box.bottom) / 2})` }, yLabel),
      ];
      for (const t of ticks(range.x, xLog)) parts.push(s("text", { x: x(t), y: box.bottom + 11, class: "st-tick" }, tickText(t)));
      for (const t of ticks(range.y, yLog)) {
        parts.push(s("line", { x1: box.left, x2: box.right, y1: y(t), y2: y(t), class: "st-grid" }));
        parts.push(s("text", { x: box.left - 5, y: y(t), class: "st-tick st-end" }, tickText(t)));
      }
      frame.replaceChildren(...parts);
    },
    /** A path through data points [[x, y], …]; points that are not finite break it. */
    path(points) {
      let pen = "M";
      return points
        .map(([px, py]) => {
          if (!Number.isFinite(px) || !Number.isFinite(py) || (yLog && py <= 0)) {
            pen = "M";
            return "";
          }
          const step = `${pen}${x(px).toFixed(1)},${y(py).toFixed(1)}`;
          pen = "L";
          return step;
        })
        .join("");
    },
  };
}

const tickText = (t) => (Math.abs(t) >= 1e5 || (t !== 0 && Math.abs(t) < 1e-3) ? t.toExponential(0).replace("e+", "e").replace(/-/g, "−") : String(Number(t.toPrecision(4))).replace("-", "−"));

/** Round numbers inside a range: about four, or the decades (with 2s and 5s where there are few). */
export function ticks(range, log = false) {
  const [low, high] = range[0] < range[1] ? range : [range[1], range[0]]; // an axis may run down
  const found = [];
  if (log) {
    for (const parts of [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 8]]) {
      found.length = 0;
      for (let decade = Math.floor(Math.log10(low)); decade <= Math.ceil(Math.log10(high)); decade += 1) {
        for (const part of parts) {
          const value = part * 10 ** decade;
          if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
        }
      }
      if (found.length >= 3) break;
    }
    return found.filter((_, i) => i % Math.ceil(found.length / 6) === 0);
  }
  const rough = (high - low) / 4 || 1;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * unit).find((k) => k >= rough * (1 - 1e-9));
  for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-9; t += step) found.push(Number(t.toPrecision(12)));
  return found;
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

/* cividis: perceptually even, the same to colour-blind readers. */
const CIVIDIS = [[0, 34, 78], [18, 53, 112], [59, 73, 108], [87, 93, 109], [112, 113, 115], [138, 134, 120], [165, 156, 116], [195, 179, 105], [225, 204, 85], [254, 232, 56]];

/** The colour [r, g, b] of a share in [0, 1]. */
export function cividis(share) {
  const at = Math.min(1, Math.max(0, share)) * (CIVIDIS.length - 1);
  const low = Math.min(CIVIDIS.length - 2, Math.floor(at));
  return CIVIDIS[low].map((v, i) => Math.round(v + (at - low) * (CIVIDIS[low + 1][i] - v)));
}

/** A function over a square, as colours with contour lines, a point to drag, and marks.
 *
 * `show(value)` draws value(f₁, f₂) for f in ±reach, colours from 0 (dark) to `top`, a line at every eighth of it;
 * `point(f1, f2)` moves the point; `marks([[f1, f2], …])` draws crosses; `curve(points)` is a path
 * through [[f1, f2], …] for `layer`, a place for more. `onMove(f1, f2)` is called as the reader moves the point.
 */
export function landscape({ label, pointLabel, reach = 1.6, top = 1.2, size = 280, cells = 200, step = 0.02, xLabel = "f₁", yLabel = "f₂", onMove, caption = null }) {
  const canvas = h("canvas", { width: cells, height: cells, class: "st-field-colors", "aria-hidden": "true" });
  const view = picture(size, size, label, { live: true, caption, className: "st-landscape" });
  view.node.prepend(h("div", { class: "st-overlay" }, canvas, view.svg));
  const x = (f) => ((f / reach + 1) / 2) * size;
  const y = (f) => ((1 - f / reach) / 2) * size;
  const keep = (f) => Math.min(reach, Math.max(-reach, f));
  const back = (px, py) => [keep(((2 * px) / size - 1) * reach), keep((1 - (2 * py) / size) * reach)];
  const layer = s("g", {});
  const crosses = s("g", {});
  view.svg.append(
    s("line", { x1: 0, x2: size, y1: size / 2, y2: size / 2, class: "st-white" }),
    s("line", { y1: 0, y2: size, x1: size / 2, x2: size / 2, class: "st-white" }),
    ...[-1, 1].flatMap((f) => [
      s("path", { d: `M${x(f)},${y(0) - 4}v8M${x(0) - 4},${y(f)}h8`, class: "st-white" }),
      s("text", { x: x(f) + 10 * f, y: y(0) + 12, class: "st-tick st-on-colors" }, digits(f, 0)),
      s("text", { x: x(0) - 12, y: y(f) - 9 * f, class: "st-tick st-on-colors" }, digits(f, 0)),
    ]),
    s("text", { x: size - 12, y: size / 2 - 10, class: "st-on-colors" }, xLabel),
    s("text", { x: size / 2 + 14, y: 12, class: "st-on-colors" }, yLabel),
    layer,
    crosses,
  );
  let now = [0, 0];
  const move = (f1, f2) => {
    now = [f1, f2]; // at once, for keys that come faster than frames
    onMove(f1, f2);
  };
  const grip = handle(view.svg, {
    label: pointLabel,
    min: -reach,
    max: reach,
    color: "#fff",
    onMove: (px, py) => move(...back(px, py)),
    onKey: (dx, dy) => move(keep(now[0] + dx * step), keep(now[1] + dy * step)),
  });
  set(view.svg, {
    // A mouse or pen takes hold anywhere. A finger may be about to scroll: it taps, or drags the point itself.
    pointerdown(event) {
      if (event.pointerType === "touch" || event.button) return;
      move(...back(...whereIn(view.svg, event)));
      grip.node.dispatchEvent(new PointerEvent("pointerdown", { pointerId: event.pointerId }));
      event.preventDefault();
    },
    click(event) {
      if (event.pointerType === "touch" && !grip.node.contains(event.target)) move(...back(...whereIn(view.svg, event)));
    },
  });
  const values = new Float64Array(cells * cells);
  return {
    ...view,
    layer,
    x,
    y,
    show(value) {
      const context = canvas.getContext("2d");
      const image = context.createImageData(cells, cells);
      const at = (k) => ((2 * k + 1) / cells - 1) * reach;
      for (let r = 0; r < cells; r += 1) for (let c = 0; c < cells; c += 1) values[r * cells + c] = (value(at(c), -at(r)) / top) * 8;
      for (let k = 0; k < values.length; k += 1) {
        const v = values[k];
        const level = Math.round(v);
        // A line one cell wide: how far the level is from here, in cells, as the slope has it.
        const slope = Math.hypot(v - values[k % cells ? k - 1 : k + 1], v - values[k < cells ? k + cells : k - cells]);
        const light = level > 0 && level < 8 && slope > 0 ? 0.45 * Math.max(0, 1 - Math.abs(v - level) / slope) : 0;
        const color = SHADES[Math.min(255, Math.max(0, Math.floor(v * 32))) || 0];
        for (let part = 0; part < 3; part += 1) image.data[4 * k + part] = color[part] + light * (255 - color[part]);
        image.data[4 * k + 3] = 255;
      }
      context.putImageData(image, 0, 0);
    },
    point(f1, f2, text) {
      now = [f1, f2];
      grip.at(x(f1), y(f2));
      grip.tell(f1, text ?? `${xLabel} ${digits(f1)}, ${yLabel} ${digits(f2)}`);
    },
    marks(points) {
      crosses.replaceChildren(...points.map(([f1, f2]) => s("path", { d: `M${x(f1) - 5},${y(f2)}h10m-5,-5v10`, class: "st-mark" })));
    },
    curve: (points) => points.map(([f1, f2], i) => `${i ? "L" : "M"}${x(f1).toFixed(1)},${y(f2).toFixed(1)}`).join(""),
  };
}

const SHADES = Array.from({ length: 256 }, (_, i) => cividis((i + 0.5) / 256));
