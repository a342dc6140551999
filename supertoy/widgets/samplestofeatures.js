/* SamplesToFeatures: what two hidden dimensions hold, the samples or the features, as there are more samples. */
import { bind } from "./bind.js";
import { root } from "./controls.js";
import { BLUE, chart, digits, GREEN, GREY, ORANGE, picture, RED, s, set, short } from "./drawing.js";

const BAD = 2; // an error above this is drawn in red: twice that of an answer of nothing to an input of length 1
const FEW = 60; // so many points get a line from the origin
const SIZE = 260;
const FAR = 3; // times the rim: what lies farther out is drawn at the edge

/** A share for people. */
export function percent(share) {
  if (share > 0 && share < 0.001) return "under 0.1 %";
  return `${digits(100 * share, share > 0 && share < 0.01 ? 1 : 0)} %`;
}

/** How many of the new inputs that are drawn have an error above 2, and how many of these lie beyond the rim. */
export function countBad({ new: inputs, rim }) {
  const bad = inputs.filter(([, , error]) => error > BAD);
  return [bad.length, bad.filter(([x, y]) => Math.hypot(x, y) > rim).length];
}

/** What there is at one number of samples, in words. */
export function told(run, shown) {
  const { samples, train, mean, median, worst, beyond, paid } = run;
  const parts = [
    `T = ${samples.toLocaleString("en")} samples: training loss ${short(train)}`,
    `on new inputs mean ${short(mean)}, median ${short(median)}, and the worst 1 % pay ${percent(worst)}`,
  ];
  if (shown !== "samples") {
    const [bad, out] = countBad(run);
    parts.push(`${percent(beyond)} lie beyond the rim and pay ${percent(paid)}; of the ${run.new.length} drawn, ${bad} have an error above 2, ${out} of them beyond the rim`);
  }
  return `${parts.join("; ")}.`;
}

const farthest = (points) => Math.max(0, ...points.map(([x, y]) => Math.hypot(x, y)));

/** Half the width of a picture that shows the rim and all of these points, or those up to three times as far out. */
export const reachOf = (rim, ...clouds) => 1.1 * Math.max(1e-3, rim, Math.min(FAR * rim, farthest(clouds.flat())));

/** Where a point is drawn: in its place, or at the edge in its direction, in parts of the half width. */
export function placed([x, y], reach) {
  const shrink = Math.min(1 / reach, 0.97 / Math.max(1e-9, Math.hypot(x, y)));
  return [x * shrink, y * shrink];
}

/** Points in the plane, with lines from the origin where they are few, and a dashed circle. */
function cloud({ caption }) {
  const view = picture(SIZE, SIZE, caption, { caption });
  const half = SIZE / 2;
  const [lines, dots] = [s("g", {}), s("g", {})];
  const rim = s("circle", { cx: half, cy: half, class: "st-guide" });
  view.svg.append(s("line", { x1: 0, x2: SIZE, y1: half, y2: half, class: "st-grid" }), s("line", { y1: 0, y2: SIZE, x1: half, x2: half, class: "st-grid" }), rim, lines, dots);
  return {
    node: view.node,
    svg: view.svg,
    say: (text) => (view.node.querySelector("figcaption").textContent = text),
    show(points, { reach, colorOf, radius, rayed }) {
      const place = (point) => {
        const [x, y] = placed(point, reach);
        return [half + x * half, half - y * half].map((v) => v.toFixed(1));
      };
      set(rim, { r: radius ? (radius / reach) * half : 0 });
      dots.replaceChildren(...points.map((point) => s("circle", { cx: place(point)[0], cy: place(point)[1], r: 3, fill: colorOf(point), "fill-opacity": 0.8 })));
      lines.replaceChildren(...(rayed ? points : []).map((point) => s("line", { x1: half, y1: half, x2: place(point)[0], y2: place(point)[1], stroke: colorOf(point), "stroke-width": 1.2 })));
    },
  };
}

/** Losses over T, with a line where we are. */
function losses(runs) {
  const caption = "loss: new inputs, mean (red) and median (dashed); samples (green)";
  const view = chart({ label: "Losses over the number of samples", xLabel: "samples T", yLabel: "loss", xLog: true, yLog: true, caption });
  const cursor = s("line", { y1: view.box.top, y2: view.box.bottom, class: "st-cursor" });
  const floor = 0.1;
  const curves = [["mean", RED, ""], ["median", "currentColor", "st-dashed"], ["train", GREEN, ""]];
  const top = Math.max(2, ...runs.map((run) => run.mean));
  const T = runs.map((run) => run.samples);
  view.axes({ x: [T[0] / 1.1, Math.max(T.at(-1), 2 * T[0]) * 1.1], y: [floor, 1.3 * top] });
  for (const [name, stroke, more] of curves) {
    const points = runs.map((run) => [run.samples, Math.max(floor, run[name])]);
    view.plot.append(s("path", { class: `st-line ${more}`, stroke, d: view.path(points) }));
    if (name !== "median") view.plot.append(...points.map(([x, y]) => s("circle", { cx: view.x(x), cy: view.y(y), r: 3, fill: stroke })));
  }
  view.plot.append(cursor);
  return {
    node: view.node,
    show(run) {
      set(cursor, { x1: view.x(run.samples), x2: view.x(run.samples) });
      set(view.svg, { "aria-label": `Losses over the number of samples, from ${T[0]} to ${T.at(-1).toLocaleString("en")}. ${told(run, "samples")}` });
    },
  };
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Samples to features", "Move the slider: how many samples was the toy trained on?");
  const bound = bind(model, ui, (names) => (names.includes("runs") ? build() : draw()));
  const { get } = bound;
  const states = cloud({ caption: "hidden states" });
  const features = cloud({ caption: "features Wᵢ" });
  const at = () => get("runs")[Math.min(get("position"), get("runs").length - 1)];
  let curve = null;
  const draw = bound.frame(() => {
    const [run, shown] = [at(), get("shown")];
    const fresh = shown !== "samples";
    const points = fresh ? run.new : run.hidden;
    const reach = reachOf(run.rim, points, run.features);
    states.show(points, { reach, radius: run.rim, rayed: !fresh && points.length <= FEW, colorOf: (point) => (fresh ? (point[2] > BAD ? RED : GREY) : BLUE) });
    features.show(run.features, { reach, radius: 0, rayed: true, colorOf: () => ORANGE });
    const of = fresh ? `${points.length} new inputs` : points.length < run.samples ? `${points.length} of the samples` : "the samples";
    const cut = fresh && farthest(points) > FAR * run.rim ? "; those beyond three rims at the edge" : "";
    states.say(`${of}${fresh ? " (red: error above 2)" : ""}; dashed: the rim, the farthest sample${cut}`);
    features.say(`directions Wᵢ of the ${run.features.length} longest features`);
    set(states.svg, { "aria-label": `Hidden states of ${of}, up to ${short(farthest(points))} from the origin; the farthest sample is at ${short(run.rim)}. ${told(run, shown)}` });
    set(features.svg, { "aria-label": `Directions of the ${run.features.length} longest features, the first of length ${short(farthest(run.features))}.` });
    curve.show(run);
    ui.say(told(run, shown));
  });
  const build = () => {
    const runs = get("runs");
    curve = losses(runs);
    ui.views.replaceChildren(curve.node, states.node, features.node);
    const [last, old] = [runs.length - 1, bound.controls.position];
    const format = (k) => `T = ${runs[Math.min(last, Math.round(k))].samples.toLocaleString("en")}`;
    const node = bound.slider("position", { label: "number of samples", max: last, format });
    if (old) old.node.replaceWith(node);
    else ui.controls.prepend(node);
    draw();
  };
  build();
  ui.controls.append(bound.choice("shown", { label: "hidden states of" }));
  bound.watch(["runs"]);
  return bound.end;
}
