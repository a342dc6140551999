/* PolytopeViewer: directions in space, the share of a dimension that each has, and the name of the solid they make. */
import { bind } from "./bind.js";
import { button, root, row } from "./controls.js";
import { COLORS, digits, h, picture, s, set } from "./drawing.js";
import { still } from "./motion.js";
import { dimensionality } from "./numerics.js";
import { bent, rank, recognise, TOLERANCE } from "./solids.js";
import { angles, neighbours, space, tipsOf, toyOf, turnedBy } from "./space.js";

const SPIN = 24; // degrees per second
const FIELD = { width: 330, height: 300, left: 34, right: 296, top: 12, bottom: 214, bar: 258 };

/** All that is said and drawn of these corners; null if there are none. */
function work({ P, push, bend, solids }) {
  if (!P?.[0]?.length) return null;
  const W = bent(P, push, bend);
  const tips = tipsOf(W);
  const D = [...dimensionality(toyOf(W))];
  const sum = D.reduce((a, v) => a + v, 0);
  const now = { D, tips, n: D.length, m: W.length, rank: rank(W), pairs: neighbours(tips), as: recognise(W, solids), longest: Math.max(...tips.map((tip) => Math.hypot(...tip))) };
  const { name, nearest, off } = now.as;
  return {
    ...now,
    name: `Recognised as: ${name}${name === "unnamed" && nearest ? ` (nearest: ${nearest})` : ""}`,
    off: nearest ? `; off by ${digits(off, 3)}, named below ${TOLERANCE}` : "",
    sum: `ΣDᵢ = ${digits(sum, 3)} of at most rank W = ${now.rank}`,
    angle: angleText(angles(tips)),
  };
}

function angleText(found) {
  if (!found.length) return "no two directions, so no angle";
  const [i, j, least] = found[0];
  const as = found.filter((one) => one[2] < least + 0.05).length;
  const where = as > 1 ? `${as} pairs` : `corners ${i + 1} and ${j + 1}`;
  return `least angle ${digits(least, 1)}° (${where}), greatest ${digits(found.at(-1)[2], 1)}°`;
}

/** The shares D_i over the named ones, and below them their sum over the rank. */
function shares(named) {
  const view = picture(FIELD.width, FIELD.height, "Shares of a dimension", { caption: "share of a dimension Dᵢ of each corner; below, their sum", className: "st-chart st-half" });
  const [guides, bars, total] = [s("g", {}), s("g", {}), s("g", {})];
  view.svg.append(guides, bars, total);
  const y = (share) => FIELD.bottom - share * (FIELD.bottom - FIELD.top);
  const close = { "⅖": -4, "⅜": 5 }; // these two are close
  const lines = Object.entries(named).flatMap(([name, share]) => [
    s("line", { x1: FIELD.left, x2: FIELD.right, y1: y(share), y2: y(share), class: share ? "st-guide" : "st-axis" }),
    s("text", { x: FIELD.right + 13, y: y(share) + (close[name] ?? 0), class: "st-tick" }, name),
  ]);
  guides.replaceChildren(...lines, s("text", { x: 14, y: y(0.5), class: "st-label" }, "Dᵢ"));
  const bar = (share, i, step) => {
    const wide = Math.min(26, step * 0.6);
    const x = FIELD.left + (i + 0.5) * step;
    const fill = COLORS[i % COLORS.length];
    return [
      s("rect", { x: x - wide / 2, width: wide, y: y(share), height: y(0) - y(share), fill, "fill-opacity": 0.45 }),
      s("circle", { cx: x, cy: y(share), r: 5, fill }),
      s("text", { x, y: FIELD.bottom + 12, class: "st-tick" }, i + 1),
    ];
  };
  const mark = (x, k, end) => [
    s("line", { x1: x, x2: x, y1: FIELD.bar - 14, y2: FIELD.bar + 14, class: end ? "st-limit" : "st-axis" }),
    s("text", { x, y: FIELD.bar + 24, class: "st-tick" }, k),
  ];
  return {
    node: view.node,
    clear: () => [bars, total].forEach((part) => part.replaceChildren()),
    show({ D, n, m, rank: r, sum }) {
      bars.replaceChildren(...D.flatMap((share, i) => bar(share, i, (FIELD.right - FIELD.left) / n)));
      const unit = (FIELD.right - FIELD.left) / Math.max(m, 1);
      let at = FIELD.left;
      const pieces = D.map((share, i) => {
        const piece = s("rect", { x: at, y: FIELD.bar - 9, width: share * unit, height: 18, fill: COLORS[i % COLORS.length], "fill-opacity": 0.75, class: "st-cell" });
        at += share * unit;
        return piece;
      });
      const marks = Array.from({ length: m + 1 }, (_, k) => mark(FIELD.left + k * unit, k, k === r)).flat();
      total.replaceChildren(s("text", { x: 14, y: FIELD.bar, class: "st-label" }, "ΣDᵢ"), ...pieces, ...marks);
      set(view.svg, { "aria-label": `Shares of a dimension: ${D.map((v, i) => `corner ${i + 1} ${digits(v, 3)}`).join(", ")}. ${sum}.` });
    },
  };
}

/** Both pictures and their words; `yaw` is where it is seen from, finer than the tenths of a degree that the trait keeps. */
function stage({ ui, bound, onTurn }) {
  const { get } = bound;
  const [solids, pushes] = [get("solids"), get("pushes")];
  let [now, changed] = [null, true]; // what is drawn, worked out when the corners change
  const view = space({ label: "Directions in space", caption: "directions Wᵢ, neighbours joined; dashed: length 1", onTurn: (more, up) => onTurn(turnedBy(self.yaw, get("pitch"), more, up)) });
  const bars = shares(get("lines"));
  view.node.classList.add("st-half");
  const [found, added] = [h("p", { class: "st-reading" }), h("p", { class: "st-reading" })];
  view.node.append(found);
  bars.node.append(added);
  ui.views.append(view.node, bars.node);
  const look = () => {
    const name = get("name");
    now = work({ P: name === "custom" ? get("W") : solids[name], push: pushes[get("seed")], bend: get("bend"), solids });
    found.textContent = now ? `${now.name}${now.off}` : "";
    added.textContent = now ? now.sum : "";
    if (now) return bars.show(now);
    bars.clear();
    view.show([], [], { yaw: self.yaw, pitch: get("pitch") });
    ui.say("There are no directions to show yet: W is empty. Set it from Python, or choose a solid.", true);
  };
  const self = {
    yaw: get("yaw"),
    sketch: () => now && view.show(now.tips, now.pairs, { yaw: self.yaw, pitch: get("pitch"), reach: Math.max(1.35, now.longest * 1.15) }),
    draw: bound.frame(() => {
      if (changed) look();
      changed = false;
      self.sketch();
    }),
    tell: bound.rest(() => {
      if (!now) return;
      set(view.svg, { "aria-label": `${now.n} direction${now.n > 1 ? "s" : ""} in space, ${now.name.toLowerCase()}, seen from yaw ${digits(self.yaw, 0)} and pitch ${digits(get("pitch"), 0)} degrees; ${now.angle}. Arrow keys turn it.` });
      ui.say(`${now.name}${now.off}. ${now.sum}; ${now.angle}.`);
    }, 200),
    follow() {
      changed = true;
      self.draw();
      self.tell();
    },
  };
  return self;
}

/** The solids to choose from; W's own entry comes when there is one. */
function chooser(bound) {
  const { get, ranges, controls } = bound;
  const custom = ["custom", "custom (W from Python)"];
  const options = ranges.name.options.filter((name) => name !== "custom").map((name) => [name, name]);
  const there = get("name") === "custom" || get("W").length;
  const node = bound.select("name", { label: "solid", options: there ? [...options, custom] : options });
  const offer = () => {
    const { input } = controls.name;
    if (input.lastChild.value !== "custom") input.append(h("option", { value: "custom" }, custom[1]));
  };
  return { node, offer };
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Polytope viewer", "Turn it, then bend it: drag the picture, or focus it and use the arrow keys.");
  const bound = bind(model, ui, ([name]) => {
    if (name === "yaw") view.yaw = get("yaw");
    if (get("name") === "custom") solids.offer();
    view.follow();
  });
  const { get, put, change } = bound;
  const tenth = (v) => Math.round(v * 10) / 10;
  /* The reader's own turn ends the spin: they have taken hold of it. */
  const turn = ({ yaw, pitch }) => {
    spin.stop();
    view.yaw = yaw;
    put({ yaw: tenth(yaw), pitch: tenth(pitch) });
    bound.refresh();
    view.draw();
    view.tell();
  };
  const view = stage({ ui, bound, onTurn: turn });
  const spin = bound.player("spin", ["Spin", "Stop"], {
    begin() {
      if (!still()) return true;
      view.tell.cancel();
      ui.say("Your system asks for reduced motion, so it does not spin. Turn it with the sliders, by dragging or with the arrow keys.");
      return false;
    },
    frame(elapsed) {
      if (still()) return spin.halt();
      view.yaw = turnedBy(view.yaw, 0, (SPIN * elapsed) / 1000, 0).yaw;
      bound.controls.yaw.value = view.yaw;
      view.sketch();
    },
    ended() {
      put({ yaw: Math.round(view.yaw) });
      view.tell();
    },
  });
  const degrees = (v) => `${digits(v, 0)}°`;
  const solids = chooser(bound);
  ui.controls.append(
    solids.node,
    bound.slider("bend", { label: "bend (times a push)" }),
    bound.slider("yaw", { label: "yaw", format: degrees, onInput: (yaw) => turn({ yaw, pitch: get("pitch") }) }),
    bound.slider("pitch", { label: "pitch", format: degrees, onInput: (pitch) => turn({ yaw: view.yaw, pitch }) }),
    row(
      button("Another push", () => change({ seed: (get("seed") + 1) % get("pushes").length })),
      button("Unbend", () => change({ bend: 0 })),
      spin.button,
    ),
  );
  bound.watch(["W", "seed"]);
  bound.start();
  spin.follow();
  return bound.end;
}
