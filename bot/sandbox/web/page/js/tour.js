// Leads a newcomer through the stories. Each step prepares itself at one click; what comes next, the person presses.

import { fill, h } from "./dom.js";
import { STORIES } from "./stories.js";

export class Tour {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("tour");
    this.switch = document.getElementById("tour-switch");
    this.switch.addEventListener("click", () => this.turn(this.root.hidden));
    this.step = Math.min(Number(sessionStorage.getItem("tour-step")) || 0, STORIES.length - 1);
    this.turn(localStorage.getItem("tour") !== "closed");
    this.draw();
  }

  turn(open) {
    this.root.hidden = !open;
    this.switch.setAttribute("aria-expanded", String(open));
    localStorage.setItem("tour", open ? "open" : "closed");
  }

  go(step) {
    this.step = step;
    sessionStorage.setItem("tour-step", String(step));
    this.draw();
    this.title.focus();
  }

  draw() {
    const story = STORIES[this.step];
    this.title = h("h2", { id: "tour-title", tabindex: "-1" }, `${this.step + 1} of ${STORIES.length}: ${story.title}`);
    const button = (words, onclick, more = {}) => h("button", { type: "button", class: "button", onclick, ...more }, words);
    const last = this.step === STORIES.length - 1;
    fill(
      this.root,
      h("div", { class: "words" }, [this.title, h("p", {}, story.scene), h("p", {}, story.then)]),
      h("div", { class: "row" }, [
        button(story.button, () => this.page.prepare(story.prepares), { class: "button primary" }),
        this.step > 0 && button("Back", () => this.go(this.step - 1)),
        last ? button("Finish", () => this.finish()) : button("Next", () => this.go(this.step + 1)),
      ]),
      h("button", { type: "button", class: "cross", "aria-label": "Close the tour", onclick: () => this.close() }, "×"),
    );
  }

  /** Begins at the first step when it is opened again. */
  finish() {
    this.go(0);
    this.close();
  }

  close() {
    this.turn(false);
    this.page.composer.focus();
  }
}
