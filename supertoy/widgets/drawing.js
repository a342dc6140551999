/* What the widgets draw with: elements, numbers for people, and the pictures that several of them show. */

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

/** One, two and three. */
export const list = (parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`);

/** Three significant digits, for numbers of any size. */
export function short(value) {
  if (!Number.isFinite(value)) return "—";
  const size = Math.abs(value);
  if (size >= 1000) return digits(value, 0);
  if (size >= 1e-4 || size === 0) return digits(value, size === 0 ? 2 : Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(size)))));
  return value.toExponential(1).replace(/-/g, "−");
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

/** A place along an axis for a value, from where its `range()` begins to where it ends, and `back`. */
function scale(range, log, from, to) {
  const flat = log ? Math.log : (v) => v;
  const ends = () => range().map(flat);
  const place = (value) => {
    const [low, high] = ends();
    return from + ((flat(value) - low) / (high - low || 1)) * (to - from);
  };
  place.back = (pixel) => {
    const [low, high] = ends();
    const value = low + ((pixel - from) / (to - from)) * (high - low);
    return log ? Math.exp(value) : value;
  };
  return place;
}

/** A chart with axes. `chart.axes({x: [lo, hi], y: [lo, hi]})` sets the ranges; then x(), y() give places for data. */
export function chart({ label, width = 280, height = 230, xLabel, yLabel, xLog = false, yLog = false, live = false, caption = null }) {
  const view = picture(width, height, label, { live, caption, className: "st-chart" });
  const { left, right, top, bottom } = { left: 52, right: width - 12, top: 10, bottom: height - 34 };
  const frame = s("g", {});
  const plot = s("g", {});
  view.svg.append(frame, plot);
  const range = { x: [0, 1], y: [0, 1] };
  const x = scale(() => range.x, xLog, left, right);
  const y = scale(() => range.y, yLog, bottom, top);
  let drawn = "";
  return {
    ...view,
    plot,
    box: { left, right, top, bottom },
    x,
    y,
    range,
    axes(ranges) {
      Object.assign(range, ranges);
      const key = JSON.stringify(range);
      if (key === drawn) return;
      drawn = key;
      const middle = (top + bottom) / 2;
      const parts = [
        s("line", { x1: left, x2: right, y1: bottom, y2: bottom, class: "st-axis" }),
        s("line", { x1: left, x2: left, y1: top, y2: bottom, class: "st-axis" }),
        s("text", { x: (left + right) / 2, y: height - 7, class: "st-label" }, xLabel),
        s("text", { x: 11, y: middle, class: "st-label", transform: `rotate(-90 11 ${middle})` }, yLabel),
      ];
      for (const t of ticks(range.x, xLog)) parts.push(s("text", { x: x(t), y: bottom + 11, class: "st-tick" }, tickText(t)));
      for (const t of ticks(range.y, yLog)) {
        parts.push(s("line", { x1: left, x2: right, y1: y(t), y2: y(t), class: "st-grid" }));
        parts.push(s("text", { x: left - 5, y: y(t), class: "st-tick st-end" }, tickText(t)));
      }
      frame.replaceChildren(...parts);
    },
    /** A path through data points [[x, y], …]; points that are not finite break it. */
    path(points) {
      let pen = "M";
      const steps = points.map(([px, py]) => {
        const there = Number.isFinite(px) && Number.isFinite(py) && !(yLog && py <= 0);
        const step = there ? `${pen}${x(px).toFixed(1)},${y(py).toFixed(1)}` : "";
        pen = there ? "L" : "M";
        return step;
      });
      return steps.join("");
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
