/* PolytopeViewer: directions in space, the share of a dimension that each has, and the name of the solid they make. */
import { dimensionality } from "./numerics.js";
import { angles, neighbours, space, tipsOf, toyOf, turnedBy } from "./space.js";
import { button, COLORS, digits, h, later, picture, root, row, s, select, set, slider, still, ticker, toggle, watcher } from "./ui.js";

const TOLERANCE = 0.05; // of `name_polytope`
const SPIN = 24; // degrees per second
const FIELD = { width: 330, height: 300, left: 34, right: 296, top: 12, bottom: 214, bar: 258 };

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

export function render({ model, el }) {
  const ui = root(el, "Polytope viewer", "Turn it, then bend it: drag the picture, or focus it and use the arrow keys.");
  const get = (name) => model.get(name);
  const view = space({ label: "Directions in space", caption: "directions Wᵢ, neighbours joined; dashed: length 1", onTurn: (more, up) => turn(turnedBy(yaw, get("pitch"), more, up)) });
  const shares = picture(FIELD.width, FIELD.height, "Shares of a dimension", { caption: "share of a dimension Dᵢ of each corner; below, their sum", className: "st-chart st-half" });
  view.node.classList.add("st-half");
  const [found, added] = [h("p", { class: "st-reading" }), h("p", { class: "st-reading" })];
  view.node.append(found);
  shares.node.append(added);
  ui.views.append(view.node, shares.node);

  let [mine, yaw, last] = [false, get("yaw"), null];
  let now = null; // what is drawn, worked out when the corners change
  const put = (values) => {
    mine = true;
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    mine = false;
    model.save_changes();
  };
  const solids = get("solids");
  const tenth = (v) => Math.round(v * 10) / 10;
  const work = () => {
    const name = get("name");
    const P = name === "custom" ? get("W") : solids[name];
    if (!P?.[0]?.length) return null;
    const W = bent(P, get("pushes")[get("seed")], get("bend"));
    const tips = tipsOf(W);
    const D = [...dimensionality(toyOf(W))];
    const sum = D.reduce((a, v) => a + v, 0);
    return { W, D, sum, tips, n: D.length, m: W.length, rank: rank(W), pairs: neighbours(tips), angles: angles(tips), as: recognise(W, solids), longest: Math.max(...tips.map((tip) => Math.hypot(...tip))) };
  };
  const angleText = () => {
    if (!now.angles.length) return "no two directions, so no angle";
    const [i, j, least] = now.angles[0];
    const as = now.angles.filter((found) => found[2] < least + 0.05).length;
    const where = as > 1 ? `${as} pairs` : `corners ${i + 1} and ${j + 1}`;
    return `least angle ${digits(least, 1)}° (${where}), greatest ${digits(now.angles.at(-1)[2], 1)}°`;
  };
  const nameText = () => {
    if (now.as.name !== "unnamed") return `Recognised as: ${now.as.name}`;
    return `Recognised as: unnamed${now.as.nearest ? ` (nearest: ${now.as.nearest})` : ""}`;
  };
  const offText = () => (now.as.nearest ? `; off by ${digits(now.as.off, 3)}, named below ${TOLERANCE}` : "");
  const sumText = () => `ΣDᵢ = ${digits(now.sum, 3)} of at most rank W = ${now.rank}`;

  const bars = s("g", {});
  const guides = s("g", {});
  const total = s("g", {});
  shares.svg.append(guides, bars, total);
  const y = (share) => FIELD.bottom - share * (FIELD.bottom - FIELD.top);
  const ruler = () => {
    const close = { "⅖": -4, "⅜": 5 }; // these two are close
    const parts = Object.entries(get("lines")).flatMap(([name, share]) => [
      s("line", { x1: FIELD.left, x2: FIELD.right, y1: y(share), y2: y(share), class: share ? "st-guide" : "st-axis" }),
      s("text", { x: FIELD.right + 13, y: y(share) + (close[name] ?? 0), class: "st-tick" }, name),
    ]);
    guides.replaceChildren(...parts, s("text", { x: 14, y: y(0.5), class: "st-label" }, "Dᵢ"));
  };
  const drawShares = () => {
    const { D, n } = now;
    const step = (FIELD.right - FIELD.left) / n;
    const wide = Math.min(26, step * 0.6);
    const parts = D.flatMap((share, i) => {
      const x = FIELD.left + (i + 0.5) * step;
      const color = COLORS[i % COLORS.length];
      return [
        s("rect", { x: x - wide / 2, width: wide, y: y(share), height: y(0) - y(share), fill: color, "fill-opacity": 0.45 }),
        s("circle", { cx: x, cy: y(share), r: 5, fill: color }),
        s("text", { x, y: FIELD.bottom + 12, class: "st-tick" }, i + 1),
      ];
    });
    bars.replaceChildren(...parts);
    const unit = (FIELD.right - FIELD.left) / Math.max(now.m, 1);
    let at = FIELD.left;
    const pieces = D.map((share, i) => {
      const piece = s("rect", { x: at, y: FIELD.bar - 9, width: share * unit, height: 18, fill: COLORS[i % COLORS.length], "fill-opacity": 0.75, class: "st-cell" });
      at += share * unit;
      return piece;
    });
    const marks = Array.from({ length: now.m + 1 }, (_, k) => [
      s("line", { x1: FIELD.left + k * unit, x2: FIELD.left + k * unit, y1: FIELD.bar - 14, y2: FIELD.bar + 14, class: k === now.rank ? "st-limit" : "st-axis" }),
      s("text", { x: FIELD.left + k * unit, y: FIELD.bar + 24, class: "st-tick" }, k),
    ]).flat();
    total.replaceChildren(s("text", { x: 14, y: FIELD.bar, class: "st-label" }, "ΣDᵢ"), ...pieces, ...marks);
    set(shares.svg, { "aria-label": `Shares of a dimension: ${D.map((v, i) => `corner ${i + 1} ${digits(v, 3)}`).join(", ")}. ${sumText()}.` });
  };
  const drawSpace = () => {
    if (!now) return;
    view.show(now.tips, now.pairs, { yaw, pitch: get("pitch"), reach: Math.max(1.35, now.longest * 1.15) });
  };
  const describe = () => {
    if (!now) return;
    set(view.svg, { "aria-label": `${now.n} direction${now.n > 1 ? "s" : ""} in space, ${nameText().toLowerCase()}, seen from yaw ${digits(yaw, 0)} and pitch ${digits(get("pitch"), 0)} degrees; ${angleText()}. Arrow keys turn it.` });
    ui.say(`${nameText()}${offText()}. ${sumText()}; ${angleText()}.`);
  };
  let changed = true;
  const draw = later(() => {
    if (changed) {
      now = work();
      changed = false;
      if (now) {
        drawShares();
        found.textContent = `${nameText()}${offText()}`;
        added.textContent = sumText();
      } else {
        for (const part of [bars, total]) part.replaceChildren();
        view.show([], [], { yaw, pitch: get("pitch") });
        for (const part of [found, added]) part.textContent = "";
        ui.say("There are no directions to show yet: W is empty. Set it from Python, or choose a solid.", true);
      }
    }
    drawSpace();
  });
  let resting = 0;
  const tell = () => {
    clearTimeout(resting);
    resting = setTimeout(describe, 200);
  };

  const loop = ticker(ui.node, (time) => {
    if (still()) return halt();
    yaw = turnedBy(yaw, 0, (SPIN * Math.min(100, time - (last ?? time))) / 1000, 0).yaw;
    last = time;
    control.yaw.value = yaw;
    drawSpace();
  });
  const label = () => {
    spin.textContent = loop.running ? "Stop" : "Spin";
  };
  const halt = () => {
    loop.stop();
    put({ spin: false, yaw: Math.round(yaw) });
    label();
    tell();
  };
  const go = () => {
    if (still()) {
      put({ spin: false });
      clearTimeout(resting);
      ui.say("Your system asks for reduced motion, so it does not spin. Turn it with the sliders, by dragging or with the arrow keys.");
      return;
    }
    last = null;
    loop.start();
    label();
  };
  const spin = button("Spin", () => {
    if (loop.running) return halt();
    put({ spin: true });
    go();
  });
  /* The reader's own turn ends the spin: they have taken hold of it. */
  const turn = (to) => {
    if (loop.running) {
      loop.stop();
      label();
    }
    yaw = to.yaw;
    put({ spin: false, yaw: tenth(to.yaw), pitch: tenth(to.pitch) });
    for (const name of ["yaw", "pitch"]) control[name].value = get(name);
    draw();
    tell();
  };
  const change = (values) => {
    put(values);
    follow();
  };
  const degrees = (v) => `${digits(v, 0)}°`;
  const options = Object.keys(solids).map((name) => [name, name]);
  if (get("name") === "custom" || get("W").length) options.push(["custom", "custom (W from Python)"]);
  const control = {
    name: select({ label: "solid", options, value: get("name"), onInput: (v) => change({ name: v }) }),
    bend: slider({ label: "bend (times a push)", min: 0, max: 1, step: 0.01, value: get("bend"), onInput: (v) => change({ bend: Math.round(v * 100) / 100 }) }),
    yaw: slider({ label: "yaw", min: -180, max: 180, step: 1, value: get("yaw"), format: degrees, onInput: (v) => turn({ yaw: v, pitch: get("pitch") }) }),
    pitch: slider({ label: "pitch", min: -90, max: 90, step: 1, value: get("pitch"), format: degrees, onInput: (v) => turn({ yaw, pitch: v }) }),
  };
  const another = button("Another push", () => change({ seed: (get("seed") + 1) % get("pushes").length }));
  const mended = button("Unbend", () => change({ bend: 0 }));
  const follow = () => {
    for (const name of ["name", "bend", "pitch"]) control[name].value = get(name);
    if (!loop.running) control.yaw.value = yaw;
    changed = true;
    draw();
    tell();
  };
  ui.controls.append(...["name", "bend", "yaw", "pitch"].map((name) => control[name].node), row(another, mended, spin));

  const watch = watcher(model);
  watch.watch(["yaw"], () => {
    if (!mine) yaw = get("yaw");
  });
  watch.watch(["name", "W", "bend", "seed", "pitch", "yaw"], () => {
    if (mine) return;
    if (!loop.running) yaw = get("yaw");
    if (get("name") === "custom" && options.at(-1)[0] !== "custom") {
      options.push(["custom", "custom (W from Python)"]);
      control.name.input.append(h("option", { value: "custom" }, options.at(-1)[1]));
    }
    follow();
  });
  watch.watch(["spin"], () => {
    if (mine || get("spin") === loop.running) return;
    (get("spin") ? go : halt)();
  });
  ruler();
  follow();
  if (get("spin")) go();
  return () => {
    watch.end();
    loop.end();
    draw.cancel();
    clearTimeout(resting);
  };
}
