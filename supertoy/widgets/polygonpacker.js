/* PolygonPacker: directions in the plane to drag, and which of n one-hot features are read back exactly. */
import { gram, polygon, random, reconstruct } from "./numerics.js";
import { button, choice, COLORS, digits, h, handle, later, plane, root, row, s, set, short, slider, watcher } from "./ui.js";

const MOST = 12; // features, as in Python
const LONGEST = 10;
const EXACT = 1e-9; // an answer this close is one
const ROOM = 1.15; // from the longest arrow to the edge of the picture
const degrees = (x, y) => ((Math.atan2(y, x) * 180) / Math.PI + 360) % 360;
const polar = (length, angle) => [length * Math.cos((angle * Math.PI) / 180), length * Math.sin((angle * Math.PI) / 180)];
const lossText = (v) => (v < EXACT ? "0" : short(v));
const errorText = (v) => (v < EXACT ? "0" : v < 0.005 ? "< 0.01" : digits(v, v < 10 ? 2 : 1));
const marginText = (v) => (Number.isFinite(v) ? digits(v, Math.abs(v - 1) < 0.005 && v < 1 - EXACT ? 4 : 2) : "—");

/** Directions that n one-hot features come back from: a regular n-gon with r² = 1/(1 − cos(2π/n)), a pair, or one. */
export function regular(n) {
  return polygon(n, n < 3 ? 1 : Math.sqrt(1 / (1 - Math.cos((2 * Math.PI) / n))));
}

/** The same lengths at equal angles, in the same order around. */
export function spread(tips) {
  const order = tips.map((_, j) => j).sort((i, j) => degrees(...tips[i]) - degrees(...tips[j]));
  const first = degrees(...tips[order[0]]);
  const found = [];
  order.forEach((j, place) => {
    found[j] = polar(Math.hypot(...tips[j]), first + (360 * place) / tips.length);
  });
  return found;
}

/** The toy x̂ = ReLU(WᵀW x + b) with these directions; rules for b: "own", b_j = 1 − ‖W_j‖²; "zero"; "shared". */
export function packing(tips, rule, shared = 0) {
  const given = { own: ([x, y]) => 1 - x * x - y * y, zero: () => 0, shared: () => shared };
  const W = Float64Array.from([0, 1].flatMap((k) => tips.map((tip) => tip[k])));
  return { m: 2, n: tips.length, W, b: Float64Array.from(tips, given[rule]), relu: true };
}

/** What comes of the inputs e_1, …, e_n: the loss L, which come back, and for each feature j
 *
 * its `margin` min_k W_j·(W_j − W_k), what output j says at e_j (`own`), at which other inputs it is `heard`, its squared
 * error over all inputs, and whether it is `exact`.
 */
export function judge(toy) {
  const { n } = toy;
  const G = gram(toy);
  const all = [...Array(n).keys()];
  const answers = all.map((k) => reconstruct(toy, all.map((i) => (i === k ? 1 : 0))));
  const off = (j, k) => answers[k][j] - (j === k ? 1 : 0);
  const features = all.map((j) => {
    const others = all.filter((k) => k !== j);
    const heard = others.filter((k) => answers[k][j] > EXACT);
    return {
      margin: Math.min(...others.map((k) => G[j * n + j] - G[j * n + k])),
      length: Math.sqrt(G[j * n + j]),
      bias: toy.b[j],
      own: answers[j][j],
      heard,
      error: all.reduce((sum, k) => sum + off(j, k) ** 2, 0),
      exact: Math.abs(off(j, j)) < EXACT && heard.length === 0,
    };
  });
  const back = all.filter((k) => all.every((j) => Math.abs(off(j, k)) < EXACT));
  return { features, back, loss: features.reduce((sum, f) => sum + f.error, 0) / n };
}

const list = (numbers) => (numbers.length < 2 ? numbers.join("") : `${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`);

/** The news in a sentence or three. */
export function verdict({ features, back, loss }) {
  const n = features.length;
  const lengths = features.map((f) => f.length);
  const [least, most] = [Math.min(...lengths), Math.max(...lengths, EXACT)];
  const same = most - least < 1e-6 ? " All are equally long." : ` The shortest is ${digits(least / most)} of the longest.`;
  const ratio = n > 1 ? same : "";
  if (back.length === n) return n > 1 ? `Loss 0: all ${n} inputs come back exactly.${ratio}` : "Loss 0: the one input comes back exactly; there is no other to be taken for it.";
  const wrong = features.flatMap((f, j) => {
    const said = [];
    if (Math.abs(f.own - 1) >= EXACT) said.push(`says ${digits(f.own)} at its own input`);
    if (f.heard.length) said.push(`also answers to input${f.heard.length > 1 ? "s" : ""} ${list(f.heard.map((k) => k + 1))}`);
    return said.length ? [`output ${j + 1} ${said.join(" and ")}`] : [];
  });
  const more = wrong.length > 2 ? `; ${wrong.length - 2} more outputs are wrong somewhere` : "";
  const first = wrong.slice(0, 2).join("; ");
  return `Loss ${lossText(loss)}: ${back.length} of ${n} inputs come back exactly. ${first[0].toUpperCase()}${first.slice(1)}${more}.${ratio}`;
}

/** The line W_j·h = −b_j inside the square of half width `reach`: its ends, or null if it lies outside (or W_j is 0). */
export function border([x, y], bias, reach) {
  const square = x * x + y * y;
  if (square < 1e-12) return null;
  const foot = [(-bias * x) / square, (-bias * y) / square];
  let [from, to] = [-Infinity, Infinity];
  for (const [at, along] of [[foot[0], -y], [foot[1], x]]) {
    const ends = [(-reach - at) / along, (reach - at) / along];
    if (along !== 0) [from, to] = [Math.max(from, Math.min(...ends)), Math.min(to, Math.max(...ends))];
    else if (Math.abs(at) > reach) return null;
  }
  return from < to ? [from, to].map((t) => [foot[0] - t * y, foot[1] + t * x]) : null;
}

export function render({ model, el }) {
  const ui = root(el, "Polygon packer", "Drag the tips: each feature needs room for itself. Which inputs come back exactly?");
  const get = (name) => model.get(name);
  const map = plane({ label: "Directions of the features", size: 320, live: true, caption: "" });
  map.node.classList.add("st-half", "st-stage");
  const caption = map.node.querySelector("figcaption");
  const lines = Array.from({ length: MOST }, (_, j) => s("path", { class: "st-line st-dashed", stroke: COLORS[j % COLORS.length] }));
  map.svg.append(...lines);
  map.arrows(Array(MOST).fill([0, 0])); // before the handles, which must lie on top
  const names = [...map.svg.querySelectorAll(".st-name")];
  const body = h("tbody");
  const third = h("th", { scope: "col" }); // what is not the same in every row
  const heads = ["j", "‖Wⱼ‖", "margin", "heard at", "error"].map((text) => h("th", { scope: "col" }, text));
  heads.splice(2, 0, third);
  const table = h("table", { class: "st-packed" }, h("caption", {}, "How each feature is read back"), h("thead", {}, h("tr", {}, ...heads)), body);
  const legend = "✓: exact at every input. Margin: the least Wⱼ·(Wⱼ − Wₖ). Heard at: the wrong inputs that output j answers to. Error: its squared errors over all inputs; L is their sum over n.";
  ui.views.append(map.node, h("div", { class: "st-view st-half st-answers" }, table, h("p", { class: "st-reading" }, legend)));

  let mine = false;
  let picked = 0; // whose border is shown
  let draws = 0; // of random directions
  const put = (values) => {
    mine = true;
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    mine = false;
    model.save_changes();
  };
  const tips = () => {
    const [xs = [], ys = []] = get("W");
    return xs.length ? xs.map((x, j) => [x, ys[j]]) : regular(get("n_features"));
  };
  const longest = (of) => Math.max(...of.map((tip) => Math.hypot(...tip)));
  const fit = () => {
    const now = tips();
    map.reach = Math.max(2 * longest(regular(now.length)), ROOM * longest(now));
  };
  const arrange = (now) => put({ W: [0, 1].map((k) => now.map((tip) => tip[k])) });
  const place = (j, length, angle) => {
    const now = tips();
    now[j] = polar(Math.min(LONGEST, Math.max(0.01, Math.round(length * 100) / 100)), angle);
    picked = j;
    arrange(now);
  };
  const grips = Array.from({ length: MOST }, (_, j) =>
    handle(map.svg, {
      label: `feature ${j + 1}: left and right turn it, up and down change its length`,
      min: 0,
      max: 360,
      radius: 6,
      color: COLORS[j % COLORS.length],
      // The scale of the picture stays as it is under the pointer.
      onMove(px, py) {
        const [x, y] = [map.unx(px), map.uny(py)];
        place(j, Math.min(Math.hypot(x, y), map.reach / ROOM), Math.round(2 * degrees(x, y)) / 2);
        show();
      },
      onKey(turn, stretch) {
        const [x, y] = tips()[j];
        const angle = degrees(x, y);
        place(j, Math.hypot(x, y) + stretch / 100, turn ? Math.round(angle) + turn : angle);
        fit();
        show();
      },
    }),
  );
  grips.forEach(({ node }, j) => set(node, { focus: () => pick(j) }));
  const pick = (j) => {
    picked = j;
    draw();
  };

  const cells = (f, j) => {
    const said = [digits(f.length), digits(get("bias") === "own" ? f.bias : f.own), marginText(f.margin), f.heard.map((k) => k + 1).join(", ") || "–", errorText(f.error)];
    return h("tr", { class: f.exact ? "" : "st-wrong" }, h("th", { scope: "row", "aria-label": `feature ${j + 1}, ${f.exact ? "exact" : "wrong"}` }, `${j + 1} ${f.exact ? "✓" : "✗"}`), ...said.map((text) => h("td", {}, text)));
  };
  const draw = later(() => {
    const now = tips();
    const toy = packing(now, get("bias"), get("b"));
    const found = judge(toy);
    picked = Math.min(picked, now.length - 1);
    map.arrows(now, { names: found.features.map((f, j) => `${j + 1} ${f.exact ? "✓" : "✗"}`), gap: 19 });
    found.features.forEach((f, j) => names[j].classList.toggle("st-wrong", !f.exact));
    lines.forEach((line, j) => {
      const shown = j < now.length && (j === picked || found.features[j].heard.length > 0);
      const ends = shown && border(now[j], toy.b[j], map.reach);
      set(line, { d: ends ? ends.map(([x, y], i) => `${i ? "L" : "M"}${map.x(x).toFixed(1)},${map.y(y).toFixed(1)}`).join("") : "" });
      line.style.strokeWidth = j === picked ? 2.4 : 1.1;
    });
    grips.forEach((grip, j) => {
      if (j >= now.length) return grip.node.remove();
      if (!grip.node.parentNode) map.svg.append(grip.node);
      const f = found.features[j];
      const angle = degrees(...now[j]);
      grip.at(map.x(now[j][0]), map.y(now[j][1]));
      grip.tell(angle, `${digits(angle, angle % 1 > 0.05 && angle % 1 < 0.95 ? 1 : 0)} degrees, length ${digits(f.length)}, margin ${marginText(f.margin)}, ${f.exact ? "exact" : "wrong"}`);
    });
    third.textContent = get("bias") === "own" ? "bⱼ" : "x̂ⱼ at eⱼ";
    body.replaceChildren(...found.features.map(cells));
    const more = found.features.some((f, j) => j !== picked && f.heard.length) ? ", thin: those of features that fail" : "";
    caption.textContent = `dashed: the border W·h = −b of feature ${picked + 1}${more}. An output answers to every tip on its feature’s side`;
    const news = verdict(found);
    set(map.svg, { "aria-label": `Directions of ${now.length} feature${now.length > 1 ? "s" : ""} in the plane. ${news}` });
    tell(news);
  });
  // The words wait until the hand rests, so that a screen reader isn't told of every place on the way.
  let resting = 0;
  const tell = (news) => {
    clearTimeout(resting);
    resting = setTimeout(() => ui.say(news), 150);
  };

  const control = {
    n_features: slider({ label: "features n", min: 1, max: MOST, step: 1, value: get("n_features"), format: (v) => digits(v, 0), onInput: (v) => change({ n_features: v, W: [] }) }),
    scale: slider({
      label: "scale: the longest ‖Wⱼ‖",
      min: 0.1,
      max: LONGEST,
      log: true,
      value: 1,
      onInput(v) {
        const now = tips();
        const factor = v / Math.max(EXACT, longest(now));
        arrange(now.map((tip) => tip.map((value) => Math.min(LONGEST, Math.max(-LONGEST, factor * value)))));
        follow();
      },
    }),
    bias: choice({
      label: "bias bⱼ",
      options: [["own", "1 − ‖Wⱼ‖², its own"], ["shared", "one for all"], ["zero", "0"]],
      value: get("bias"),
      onInput(bias) {
        // What is shared starts where the features' own are, so that a regular polygon stays exact.
        const own = packing(tips(), "own").b;
        const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
        change(bias === "shared" ? { bias, b: Math.max(-99, mean) } : { bias });
      },
    }),
    b: slider({ label: "shared bias b", min: -10, max: 2, step: 0.01, value: get("b"), onInput: (v) => change({ b: Math.round(v * 100) / 100 }) }),
  };
  const change = (values) => {
    put(values);
    follow();
  };
  const show = () => {
    control.scale.value = longest(tips());
    draw();
  };
  const follow = () => {
    const now = tips();
    control.n_features.value = now.length;
    for (const name of ["bias", "b"]) control[name].value = get(name);
    set(control.b.input, { disabled: get("bias") !== "shared" });
    fit();
    show();
  };
  const scatter = () => {
    const n = tips().length;
    const draw01 = random((draws += 1));
    const radius = longest(regular(n));
    arrange(Array.from({ length: n }, () => polar(Math.round(radius * (70 + 90 * draw01())) / 100, Math.round(360 * draw01()))));
    follow();
  };
  ui.controls.append(
    set(row(
      button("Regular polygon", () => change({ W: [] })),
      button("Spread evenly", () => {
        arrange(spread(tips()));
        follow();
      }),
      button("Random", scatter),
    ), { class: "st-row st-across" }),
    control.n_features.node,
    control.scale.node,
    control.b.node,
    set(control.bias.node, { class: "st-choice st-across" }),
  );

  const watch = watcher(model);
  watch.watch(["bias", "b"], () => mine || follow());
  watch.watch(["n_features"], () => {
    if (mine) return;
    if (tips().length !== get("n_features")) put({ W: [] });
    follow();
  });
  watch.watch(["W"], () => {
    if (mine) return;
    if (tips().length !== get("n_features")) put({ n_features: tips().length });
    follow();
  });
  follow();
  return () => {
    watch.end();
    draw.cancel();
    clearTimeout(resting);
  };
}
