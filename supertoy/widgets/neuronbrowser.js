/* NeuronBrowser: the words that excite each neuron most; search by word or by number. */
import { bind } from "./bind.js";
import { button, root, row, select } from "./controls.js";
import { BLUE, digits, GREEN, GREY, h, ORANGE, PURPLE, set } from "./drawing.js";

const COLORS_OF_GROUPS = [ORANGE, BLUE, GREEN, PURPLE];
const MOST = 60; // results in the list
const letter = (group) => String.fromCharCode(65 + group);

/** The records, from the columns that a page holds (`_packed` in Python) or as Jupyter sends them. */
export function unpack(neurons) {
  if (Array.isArray(neurons)) return neurons;
  const words = neurons.words.split("\n");
  let at = 0;
  return neurons.ids.map((id, i) => {
    const end = at + neurons.sizes[i];
    let total = 0;
    const record = {
      id,
      words: words.slice(at, end),
      values: neurons.steps.slice(at, end).map((step) => (total -= step) / 100),
      groups: [...neurons.groups.slice(at, end)].map((name) => (name === "." ? -1 : name.charCodeAt(0) - 65)),
    };
    at = end;
    return neurons.counts[i] < 0 ? record : { ...record, count: neurons.counts[i] };
  });
}

/** The neurons that a query is about: that number, or all with a word that begins so; the strongest come first. */
export function search(neurons, query) {
  const text = query.trim().toLowerCase();
  if (text === "") return neurons;
  if (/^\d+$/.test(text)) return neurons.filter(({ id }) => id === Number(text));
  return neurons
    .map((neuron) => ({ neuron, at: neuron.words.findIndex((word) => word.toLowerCase().startsWith(text)) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => other.neuron.values[other.at] - one.neuron.values[one.at])
    .map(({ neuron }) => neuron);
}

/** How many groups of related words the rule found, and what it makes of the neuron. */
export function verdict({ groups, count }) {
  const seen = new Set(groups.filter((g) => g >= 0)).size;
  const all = count ?? seen;
  const says = all > 1 ? `${all} groups: polysemantic by the rule` : ["no group: the rule sees no meaning", "one group: the rule has nothing to object"][all];
  return all > seen ? `${says} (${seen} of them among the words shown)` : says;
}

/** The words of a neuron as bars, under its number. */
function words() {
  const list = h("ol", { class: "st-words", role: "list" }); // without marks, Safari takes it for no list
  const title = h("p", { class: "st-title" });
  const item = (word, value, group, most) => {
    const bar = h("span", { class: "st-bar", "aria-hidden": "true" });
    bar.style.width = `${Math.max(0, (value / most) * 100)}%`;
    bar.style.background = group < 0 ? GREY : COLORS_OF_GROUPS[group % 4];
    const tag = group < 0 ? "" : `group ${letter(group)}`;
    return h("li", {}, h("span", { class: "st-word" }, word), h("span", { class: "st-gauge" }, bar), h("span", { class: "st-number" }, digits(value)), h("span", { class: "st-tag" }, tag));
  };
  return {
    nodes: [title, list],
    show(neuron) {
      title.textContent = neuron ? `Neuron ${neuron.id}` : "";
      if (!neuron) return list.replaceChildren();
      const most = Math.max(...neuron.values, 1e-9);
      list.replaceChildren(...neuron.words.map((word, i) => item(word, neuron.values[i], neuron.groups[i], most)));
      set(list, { "aria-label": `Words that excite neuron ${neuron.id}, the strongest first` });
    },
  };
}

/** A field to search in. */
function searchField({ label, placeholder, value, onInput }) {
  const input = h("input", { type: "search", placeholder, input: () => onInput(input.value) });
  input.value = value;
  return {
    node: h("label", { class: "st-field" }, h("span", {}, label), input),
    set value(v) {
      if (input.value !== v) input.value = v;
    },
  };
}

/** The neurons that were found, to choose one of: those around it where there are many. */
function results(onInput) {
  const list = select({ label: "neuron", options: [["", "–"]], value: "", onInput: (id) => onInput(Number(id)) });
  return {
    node: list.node,
    show(found, neuron) {
      const near = Math.max(0, Math.min(found.length - MOST, found.indexOf(neuron) - MOST / 2));
      const some = found.slice(near, near + MOST);
      if (neuron && !some.includes(neuron)) some.unshift(neuron);
      list.input.replaceChildren(...some.map(({ id, words: of }) => h("option", { value: id }, `${id}: ${of.slice(0, 3).join(", ")}`)));
      if (neuron) list.value = String(neuron.id);
    },
  };
}

/** The news: what fits the search, and what the rule makes of the neuron. */
function news(all, found, query, neuron) {
  if (!found.length) return `No neuron here has a word that begins with “${query}” among its strongest, or that number. Shown: neuron ${neuron.id}.`;
  const among = query.trim() ? `${found.length} of ${all.length} neurons fit the search. ` : `${all.length} neurons. `;
  return `${among}Neuron ${neuron.id}: ${verdict(neuron)}.`;
}

/** @type {import("@anywidget/types").Render} */
export function render({ model, el }) {
  const ui = root(el, "Neuron browser", "Which words excite a neuron? Search for a word, or leaf through.");
  const view = words();
  ui.views.append(h("div", { class: "st-view st-full" }, ...view.nodes));
  const bound = bind(model, ui, ([name]) => {
    if (name === "neurons") neurons = unpack(get("neurons"));
    const found = search(neurons, get("query"));
    if (name === "query" && found.length && !found.some(({ id }) => id === get("selected"))) bound.put({ selected: found[0].id });
    const neuron = neurons.find(({ id }) => id === get("selected")) ?? neurons[0];
    list.show(found, neuron);
    view.show(neuron);
    if (neuron) ui.say(news(neurons, found, get("query"), neuron));
    else ui.say("No neurons were given: set the trait neurons, as chapter 1 does.", true);
  });
  const { get } = bound;
  let neurons = unpack(get("neurons"));
  const choose = (id) => bound.change({ selected: id });
  const list = results(choose);
  const pick = (place) => () => {
    const found = search(neurons, get("query"));
    if (found.length) choose(found[place(found, found.findIndex(({ id }) => id === get("selected")))].id);
  };
  const step = (by) => pick((found, at) => (at < 0 ? 0 : (at + by + found.length) % found.length));
  ui.controls.append(
    bound.add(searchField)("query", { label: "search", placeholder: "a word or a number" }),
    list.node,
    row(button("Previous", step(-1)), button("Next", step(1)), button("Random", pick((found) => Math.floor(Math.random() * found.length)))),
  );
  bound.watch(["neurons", "selected"]);
  bound.start();
  return bound.end;
}
