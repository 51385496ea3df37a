// The table block: its first row is its head.

import { h } from "./dom.js";
import { richText } from "./richtext.js";

export function table(block, scene) {
  const [head, ...rows] = block.rows;
  const settings = block.column_settings ?? [];
  const look = (column) => `${settings[column]?.align ?? "left"}${settings[column]?.is_wrapped ? " wrapped" : ""}`;
  const cells = (row, tag, more) =>
    row.map((one, column) => h(tag, { class: look(column), ...more }, cell(one, scene)));
  return h(
    "div",
    // What scrolls must be reachable by keyboard.
    { class: "scrolls", tabindex: "0", role: "group", "aria-label": "Table" },
    h("table", {}, [
      h("thead", {}, h("tr", {}, cells(head, "th", { scope: "col" }))),
      h("tbody", {}, rows.map((row) => h("tr", {}, cells(row, "td", {})))),
    ]),
  );
}

function cell(one, scene) {
  return one.type === "rich_text" ? richText(one, scene) : one.text;
}
