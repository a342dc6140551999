// All rules of the standard, of accessibility and of documents, but for what the theme's own scripts and styles need.
export default {
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y", "html-validate:document"],
  rules: {
    // The theme finds its sidebar as div.bd-sidebar and its parts' captions as p.caption: they have roles instead.
    "prefer-native-element": ["error", { exclude: ["navigation", "heading", "search"] }],
    // The theme's search field is one line, sent with Enter as all search fields are; its icon is no button.
    "wcag/h32": "off",
    // The pages' own scripts and styles come from the pages' own place; others would need a digest.
    "require-sri": ["error", { target: "crossorigin" }],
  },
};
