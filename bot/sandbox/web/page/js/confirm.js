// The question some controls put before they do anything (docs.slack.dev: confirmation dialog).

import { fill, h } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** Resolves to whether the person confirmed; Escape is a no. */
export function ask(confirm, scene) {
  const dialog = document.getElementById("confirm");
  const before = document.activeElement;
  const answer = (value) => () => dialog.close(value);
  const kind = confirm.style === "danger" ? "danger" : "primary";
  fill(
    dialog,
    h("h2", { id: "confirm-title" }, confirm.title.text),
    h("div", { class: "words" }, textObject(confirm.text, scene)),
    h("div", { class: "ends" }, [
      h("button", { type: "button", class: "button", onclick: answer("no") }, confirm.deny.text),
      h("button", { type: "button", class: `button ${kind}`, onclick: answer("yes") }, confirm.confirm.text),
    ]),
  );
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => {
      before?.focus();
      resolve(dialog.returnValue === "yes");
    };
    dialog.addEventListener("close", closed, { once: true });
  });
}
