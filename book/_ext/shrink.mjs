// What the pages carry, made smaller: node shrink.mjs svg|css, JSON on standard input and output.
// svg: a list of drawings, each of which comes back as it looks, with shorter numbers and fewer elements.
// css: {css, used}: a style sheet, and the names of classes, ids and elements that pages and scripts know; the rest is dropped.
import { readFileSync } from "node:fs";
import { minify } from "csso";
import { optimize } from "svgo";

const SVG = {
  floatPrecision: 2, // a hundredth of a point
  js2svg: { pretty: false },
  plugins: [
    {
      name: "preset-default",
      params: {
        overrides: {
          convertColors: false, // inline_figures.py looks for them
          cleanupIds: { minify: false, force: true }, // their one <style> names none
        },
      },
    },
  ],
};

const [, , kind] = process.argv;
const input = JSON.parse(readFileSync(0, "utf8"));
const output =
  kind === "svg"
    ? input.map((svg) => optimize(svg, SVG).data)
    : minify(input.css, { usage: input.used, comments: false, restructure: false }).css;
process.stdout.write(JSON.stringify(output));
