/* Makes a form of each question (book/_ext/predict.py), and keeps what answers it back until the reader has answered or asks. */
(() => {
  "use strict";
  const SVG = "http://www.w3.org/2000/svg";
  const boxes = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".predict")]);
  if (!boxes.length) return;

  const make = (name, attributes = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const button = (text, action) => {
    const node = make("button", { type: "button", class: "predict-button" }, text);
    node.addEventListener("click", action);
    return node;
  };
  const say = (value) => `${+value.toPrecision(4)}`.replace("-", "−");

  /* What follows the box, up to the end of its section, the next question, or a widget and its task. */
  const answered = (box) => {
    const found = [];
    for (let node = box.nextElementSibling; node && !/^(SECTION|H\d)$/.test(node.tagName); node = node.nextElementSibling) {
      const task = [...node.querySelectorAll("strong")].some((strong) => strong.textContent === "Find");
      if (task || node.classList.contains("predict") || node.querySelector(".supertoy-widget")) break;
      found.push(node);
    }
    return found;
  };

  /* Each kind gives the nodes of its form, what the reader says (nothing yet: null), and how the answer stands beside it. */
  const KINDS = {
    number(box, answer) {
      const unit = box.dataset.unit || "";
      const input = /** @type {HTMLInputElement} */ (make("input", { type: "text", inputmode: "decimal", size: "7", autocomplete: "off" }));
      const label = make("label", {}, "Your answer: ", input, ` ${unit}`);
      const read = () => {
        const text = input.value.trim().replace(",", ".").replace("−", "-");
        const value = text.endsWith("%") ? parseFloat(text) / 100 : Number(text);
        return text && Number.isFinite(value) ? value : null;
      };
      const close = (value) => Math.abs(value - answer[0]) <= Number(box.dataset.tolerance || 0);
      const show = (value) => {
        input.disabled = true;
        const own = value === null ? "" : `You said ${say(value)}${close(value) ? ", close enough" : ""}. `;
        return `${own}Answer: ${say(answer[0])} ${unit}`.trim() + ".";
      };
      return { nodes: [label], read, show };
    },

    choice(box, answer) {
      const items = [...box.querySelectorAll("li")];
      items[0].parentElement.classList.add("predict-choice");
      const inputs = items.map((item) => {
        const input = /** @type {HTMLInputElement} */ (make("input", { type: "radio", name: box.dataset.name }));
        const within = item.firstElementChild && item.firstElementChild.tagName === "P" ? item.firstElementChild : item;
        within.replaceChildren(make("label", {}, input, " ", ...within.childNodes));
        return input;
      });
      const read = () => (inputs.some((input) => input.checked) ? inputs.findIndex((input) => input.checked) : null);
      const show = (value) => {
        inputs.forEach((input) => (input.disabled = true));
        items[answer[0] - 1].classList.add("predict-right");
        return value === null ? "The answer is marked." : value === answer[0] - 1 ? "So it is." : "It is the one that is marked.";
      };
      return { nodes: [], read, show };
    },

    order(box, answer) {
      const list = box.querySelector("ul, ol");
      const items = [...list.children];
      const texts = items.map((item) => item.textContent.trim());
      const move = (item, by) => {
        const place = [...list.children].indexOf(item) + by;
        const other = list.children[place];
        if (!other) return;
        if (by < 0) other.before(item);
        else other.after(item);
      };
      const keys = items.map((item, i) => {
        const up = button("↑", () => (move(item, -1), up.focus())), down = button("↓", () => (move(item, 1), down.focus()));
        up.setAttribute("aria-label", `Move up: ${texts[i]}`);
        down.setAttribute("aria-label", `Move down: ${texts[i]}`);
        item.prepend(up, down, " ");
        return [up, down];
      });
      list.classList.add("predict-order");
      const read = () => [...list.children].map((item) => items.indexOf(item));
      const show = (value) => {
        keys.flat().forEach((key) => key.remove());
        const right = answer.map((i) => items[i - 1]);
        const hits = value && value.filter((own, i) => items[own] === right[i]).length;
        items.forEach((item) => {
          const own = value ? ` (you: ${value.indexOf(items.indexOf(item)) + 1})` : "";
          item.append(make("span", { class: "predict-own" }, own));
        });
        list.append(...right);
        return value === null ? "In the order that was computed." : `In the order that was computed: ${hits} of ${items.length} were in their place.`;
      };
      return { nodes: [], read, show };
    },

    curve(box, answer) {
      const x = JSON.parse(box.dataset.x), [low, high] = JSON.parse(box.dataset.ylim || "[0, 1]");
      const width = 360, height = 200, left = 46, bottom = 40, top = 10, right = 12;
      const at = (i) => left + ((x[i] - x[0]) / (x[x.length - 1] - x[0])) * (width - left - right);
      const up = (y) => height - bottom - ((y - low) / (high - low)) * (height - bottom - top);
      const own = x.map(() => (low + high) / 2);
      let touched = false, done = false;
      const draw = (name, attributes, ...children) => {
        const node = document.createElementNS(SVG, name);
        for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, `${value}`);
        node.append(...children);
        return node;
      };
      const points = (values) => values.map((y, i) => `${at(i)},${up(y)}`).join(" ");
      const line = draw("polyline", { class: "predict-line" });
      const dots = x.map((value, i) => draw("circle", { r: 9, cx: at(i), class: "predict-dot", tabindex: 0, role: "slider", "aria-label": `${box.dataset.ylabel || "y"} at ${box.dataset.xlabel || "x"} = ${value}`, "aria-valuemin": low, "aria-valuemax": high }));
      const ticks = x.map((value, i) => draw("text", { x: at(i), y: height - bottom + 16, "text-anchor": "middle" }, say(value)));
      const axis = [
        draw("path", { d: `M${left},${top}V${height - bottom}H${width - right}`, class: "predict-axis" }),
        draw("text", { x: left - 6, y: up(low), "text-anchor": "end" }, say(low)),
        draw("text", { x: left - 6, y: up(high) + 9, "text-anchor": "end" }, say(high)),
        draw("text", { x: (left + width) / 2, y: height - 6, "text-anchor": "middle" }, box.dataset.xlabel || ""),
        draw("text", { x: 12, y: height / 2 - 10, "text-anchor": "middle", transform: `rotate(-90 12 ${height / 2 - 10})` }, box.dataset.ylabel || ""),
      ];
      const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, class: "predict-curve", role: "group", "aria-label": "Draw the curve: move each dot" }, ...axis, ...ticks, line, ...dots);
      const place = (i, y) => {
        if (done) return;
        own[i] = Math.min(high, Math.max(low, y));
        dots[i].setAttribute("cy", `${up(own[i])}`);
        dots[i].setAttribute("aria-valuenow", say(own[i]));
        line.setAttribute("points", points(own));
      };
      own.forEach((y, i) => place(i, y));
      dots.forEach((dot, i) => {
        dot.addEventListener("pointerdown", (event) => dot.setPointerCapture(event.pointerId));
        dot.addEventListener("pointermove", (event) => {
          if (!dot.hasPointerCapture(event.pointerId)) return;
          const box = svg.getBoundingClientRect();
          touched = true;
          place(i, low + ((height - bottom - ((event.clientY - box.top) / box.height) * height) / (height - bottom - top)) * (high - low));
        });
        dot.addEventListener("keydown", (event) => {
          const by = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 5, PageDown: -5 }[event.key];
          if (!by) return;
          event.preventDefault();
          touched = true;
          place(i, own[i] + (by * (high - low)) / 40);
        });
      });
      const read = () => (touched ? own : null);
      const show = (value) => {
        done = true;
        dots.forEach((dot) => dot.removeAttribute("tabindex"));
        svg.append(draw("polyline", { points: points(answer), class: "predict-true" }));
        return value === null ? "Dashed: what was computed." : "Dashed: what was computed, over yours.";
      };
      return { nodes: [svg], read, show };
    },
  };

  const all = boxes.map((box) => {
    const hidden = answered(box);
    const kind = KINDS[box.dataset.kind](box, JSON.parse(box.dataset.answer));
    const result = make("p", { class: "predict-result", role: "status" });
    let open = false;
    const reveal = (value) => {
      if (open) return;
      open = true;
      result.textContent = kind.show(value);
      keys.remove();
      hidden.forEach((node) => node.removeAttribute("hidden"));
      dispatchEvent(new Event("resize")); // what was hidden could not be measured
    };
    const commit = button("Commit", () => {
      const value = kind.read();
      if (value === null) result.textContent = "Answer first, or ask for it.";
      else reveal(value);
    });
    const keys = make("p", { class: "predict-keys" }, commit, " ", button("Show the answer", () => reveal(null)));
    box.append(...kind.nodes, keys, result);
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && /** @type {HTMLInputElement} */ (event.target).type === "text") commit.click();
    });
    hidden.forEach((node) => {
      node.setAttribute("hidden", "until-found");
      node.addEventListener("beforematch", () => reveal(null));
    });
    return { reveal, hidden };
  });

  const switchAll = button("Show all answers", () => {
    all.forEach((one) => one.reveal(null));
    place.remove();
  });
  const line = document.querySelector("p.reading-time");
  const place = make("span", {}, line ? " · " : "", switchAll);
  if (line) line.append(place);
  else boxes[0].before(make("p", { class: "reading-time" }, place));

  const follow = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const one = target && all.find(({ hidden }) => hidden.some((node) => node.contains(target)));
    if (!one) return;
    one.reveal(null);
    target.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();
})();
