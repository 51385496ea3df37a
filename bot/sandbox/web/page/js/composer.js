// Where people write: Enter sends what is typed, Shift+Enter begins a new line, Tab completes a slash command.

import { Completions } from "./completions.js";
import { h } from "./dom.js";

export class Composer {
  /** `send` takes what was written; a thread's composer completes nothing, as no command works there. */
  constructor(page, { id, completes, send }) {
    this.page = page;
    this.send = send;
    this.field = h("textarea", { id, rows: "1", autocomplete: "off", spellcheck: "false", onkeydown: (event) => this.key(event), oninput: () => this.typed() });
    this.completions = completes ? new Completions(this.field) : null;
    const button = h("button", { type: "submit", class: "send", "aria-label": "Post message", title: "Post message" }, "➤");
    const onsubmit = (event) => {
      event.preventDefault();
      this.sends();
    };
    this.root = h("form", { class: "composer", onsubmit }, [this.completions?.root, this.completions?.hint, h("div", { class: "box" }, [this.field, button])]);
  }

  /** Says where what is written goes. */
  label(words) {
    this.field.setAttribute("aria-label", words);
    this.field.setAttribute("placeholder", words);
  }

  focus() {
    this.field.focus();
  }

  set text(text) {
    this.field.value = text;
    this.typed();
  }

  get text() {
    return this.field.value;
  }

  typed() {
    this.completions?.update(this.page.state.app.commands);
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 160)}px`;
  }

  key(event) {
    const list = this.completions?.open ? this.completions : null;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.sends();
    else if (list && event.key === "Tab" && !event.shiftKey) list.complete();
    else if (list && event.key === "ArrowDown") list.move(1);
    else if (list && event.key === "ArrowUp") list.move(-1);
    else if (list && event.key === "Escape") list.close();
    else return;
    event.preventDefault();
  }

  sends() {
    const text = this.field.value.trim();
    this.text = "";
    if (text) this.send(text);
  }
}
