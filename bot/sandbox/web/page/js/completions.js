// What can be typed after a slash, as the manifest declares it.

import { fill, h } from "./dom.js";

export class Completions {
  constructor(field) {
    this.field = field;
    this.root = h("ul", { class: "completions", id: "completions", role: "listbox", "aria-label": "Slash commands", hidden: true });
    this.hint = h("p", { class: "usage", id: "usage", hidden: true });
    this.offers = [];
    this.place = 0;
    field.setAttribute("aria-controls", "completions");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-describedby", "usage");
  }

  get open() {
    return !this.root.hidden;
  }

  /** Offers what begins like the text; once a command is typed whole, its hint stays in sight. */
  update(commands) {
    const text = this.field.value;
    const whole = commands.find((one) => text.startsWith(`${one.name} `));
    this.offers = /^\/\S*$/.test(text) ? commands.filter((one) => one.name.startsWith(text)) : [];
    this.place = 0;
    this.hint.hidden = !whole;
    fill(this.hint, whole && [h("code", {}, whole.name), " ", whole.hint]);
    this.draw();
  }

  draw() {
    this.root.hidden = this.offers.length === 0;
    fill(this.root, this.offers.map((one, place) =>
      h("li", { role: "option", id: `completion-${place}`, "aria-selected": String(place === this.place), onpointerdown: (event) => this.choose(event, place) }, [
        h("span", { class: "usage" }, [h("strong", {}, one.name), " ", one.hint]),
        h("small", {}, one.description),
      ])));
    if (this.open) this.field.setAttribute("aria-activedescendant", `completion-${this.place}`);
    else this.field.removeAttribute("aria-activedescendant");
  }

  choose(event, place) {
    event.preventDefault();
    this.place = place;
    this.complete();
  }

  move(step) {
    this.place = (this.place + step + this.offers.length) % this.offers.length;
    this.draw();
  }

  complete() {
    this.field.value = `${this.offers[this.place].name} `;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
    this.field.focus();
  }

  close() {
    this.offers = [];
    this.draw();
  }
}
