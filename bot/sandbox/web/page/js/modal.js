// The modal on top of this person's stack, shown as a dialog.

import { blocks } from "./blocks.js";
import { fill, h } from "./dom.js";
import { entered, kept, redrawn } from "./entered.js";

export class Modal {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("modal");
    this.view = null;
    this.shown = "";
    this.opener = null;
    this.root.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.close();
    });
    // A browser may close a dialog in spite of that.
    this.root.addEventListener("close", () => this.view && this.close());
  }

  draw(view) {
    const now = JSON.stringify([view, this.page.ahead]);
    if (now === this.shown) return;
    this.shown = now;
    const before = this.view;
    this.view = view;
    if (!view) this.leave();
    else this.show(view, before?.id === view.id ? entered(this.root) : {});
  }

  show(view, typed) {
    const opening = !this.root.open;
    if (opening) this.opener = document.activeElement;
    const before = this.focused()?.dataset.block;
    redrawn(this.root, () => fill(this.root, this.content(view, typed)));
    const wanted = this.focused();
    if (opening) {
      this.root.showModal();
      (wanted ?? this.root.querySelector(".view [data-action]") ?? this.root.querySelector("h2")).focus();
    } else if (wanted && wanted.dataset.block !== before) wanted.focus();
    this.root.querySelector("[aria-invalid=true]")?.scrollIntoView({ block: "center" });
  }

  /** The input that gets the keyboard when the view is loaded (docs.slack.dev: focus_on_load). */
  focused() {
    return this.root.querySelector("[data-focus]");
  }

  leave() {
    if (!this.root.open) return;
    this.root.close();
    fill(this.root);
    if (this.opener?.isConnected) this.opener.focus();
    else this.page.composer.focus();
  }

  content(view, typed) {
    const submit = view.submit && h("button", { class: "button primary", type: "submit" }, view.submit);
    return h("form", { novalidate: true, onsubmit: (event) => this.submit(event) }, [
      h("header", {}, [
        h("h2", { id: "modal-title", tabindex: "-1" }, view.title),
        h("button", { type: "button", class: "cross", "aria-label": "Dismiss", onclick: () => this.close() }, "×"),
      ]),
      h("div", { class: "view", "aria-live": "polite", tabindex: "0" }, [
        view.trouble && h("p", { class: "error", role: "alert" }, view.trouble),
        blocks(view.blocks, this.scene(view, typed)),
      ]),
      h("footer", { class: "ends" }, [
        h("button", { type: "button", class: "button", onclick: () => this.close() }, view.close),
        submit,
      ]),
    ]);
  }

  scene(view, typed) {
    const values = kept(view.values);
    return {
      ...this.page.scene(),
      errors: view.errors,
      given: (block, action) => typed[block]?.[action] ?? values[block]?.[action] ?? "",
      use: (block, element, chosen) =>
        this.page.use({ view: view.id }, block, element, chosen, entered(this.root)),
      again: () => this.again(),
    };
  }

  again() {
    this.shown = "";
    this.draw(this.view);
  }

  async submit(event) {
    event.preventDefault();
    const button = event.submitter ?? this.root.querySelector("[type=submit]");
    if (!button || button.disabled) return;
    button.disabled = true;
    await this.page.desk.act("submit", { view: this.view.id, values: entered(this.root) });
    button.disabled = false;
  }

  close() {
    if (this.view) this.page.desk.act("close", { view: this.view.id });
  }
}
