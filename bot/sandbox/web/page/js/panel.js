// The right side: what the loyalty engine's stand-in is made to do, and what arrives at it.

import { fill, h } from "./dom.js";
import { clockWithSeconds, dayAndTime } from "./moment.js";

export class Panel {
  constructor(page) {
    this.page = page;
    this.root = document.getElementById("panel");
    this.switch = document.getElementById("panel-switch");
    this.switch.addEventListener("click", () => this.turn(this.root.hidden));
    this.turn(localStorage.getItem("panel") !== "closed");
    this.drawn = false;
  }

  turn(open) {
    this.root.hidden = !open;
    this.switch.setAttribute("aria-expanded", String(open));
    document.getElementById("app").classList.toggle("narrow", !open);
    localStorage.setItem("panel", open ? "open" : "closed");
  }

  draw({ engine }) {
    if (!this.drawn) this.build(engine);
    this.fault.value = engine.fault;
    this.scope.value = engine.scope;
    this.root.classList.toggle("faulty", engine.fault !== "none");
    this.ahead = engine.ahead;
    this.tick();
    this.drawCalls(engine.calls);
  }

  build({ faults, scopes }) {
    this.drawn = true;
    const option = (one) => h("option", { value: one.value }, one.words);
    const onchange = () => this.page.desk.change("fault", { fault: this.fault.value, scope: this.scope.value });
    this.fault = h("select", { id: "fault", onchange }, faults.map(option));
    this.scope = h("select", { id: "scope", onchange }, scopes.map(option));
    fill(
      this.root,
      h("h2", { id: "panel-title" }, "Engine"),
      h("section", {}, [
        h("label", { for: "fault" }, "Fault"), this.fault,
        h("label", { for: "scope" }, "Which calls"), this.scope,
      ]),
      this.clock(),
      this.till(),
      this.calls(),
    );
    setInterval(() => this.tick(), 1000);
  }

  clock() {
    this.time = h("time", {});
    this.moved = h("span", { role: "status" });
    const button = (words, hours) =>
      h("button", { type: "button", class: "button", onclick: () => this.page.desk.change("clock", { hours }) }, words);
    return h("section", { "aria-labelledby": "clock-title" }, [
      h("h3", { id: "clock-title" }, "Clock"),
      h("p", {}, [this.time, " ", this.moved]),
      h("div", { class: "row" }, [button("+1 hour", 1), button("+1 day", 24), button("Reset", null)]),
    ]);
  }

  tick() {
    const text = dayAndTime(this.page.now() / 1000);
    if (this.time.textContent !== text) this.time.textContent = text;
    const moved = this.ahead ? `(${inWords(this.ahead)} ahead)` : "";
    if (this.moved.textContent !== moved) this.moved.textContent = moved;
  }

  till() {
    const code = h("input", { id: "till-code", type: "text", autocomplete: "off" });
    const bill = h("input", { id: "till-bill", type: "text", autocomplete: "off", value: "MG-1" });
    const said = h("p", { role: "status", class: "hint" });
    const onsubmit = async (event) => {
      event.preventDefault();
      said.textContent = (await this.page.desk.change("till", { code: code.value, bill: bill.value })) ?? "";
    };
    return h("section", { "aria-labelledby": "till-title" }, [
      h("h3", { id: "till-title" }, "Till in a shop"),
      h("form", { onsubmit }, [
        h("div", { class: "pair" }, [
          h("div", {}, [h("label", { for: "till-code" }, "Coupon code"), code]),
          h("div", {}, [h("label", { for: "till-bill" }, "Bill"), bill]),
        ]),
        h("button", { type: "submit", class: "button" }, "Use it at the till"),
        said,
      ]),
    ]);
  }

  calls() {
    this.rows = h("tbody");
    return h("section", { class: "calls", "aria-labelledby": "calls-title" }, [
      h("h3", { id: "calls-title" }, "Calls that arrived"),
      h("div", { class: "scrolls", tabindex: "0", role: "group", "aria-labelledby": "calls-title" },
        h("table", {}, [
          h("thead", {}, h("tr", {}, ["Call", "Status", "Time"].map((one) => h("th", { scope: "col" }, one)))),
          this.rows,
        ])),
    ]);
  }

  drawCalls(calls) {
    const shown = JSON.stringify(calls);
    if (shown === this.shown) return;
    this.shown = shown;
    fill(this.rows, [...calls].reverse().map((call) =>
      h("tr", { class: call.status === 200 ? null : "bad" }, [
        h("td", { title: call.query }, [h("span", { class: "method" }, call.method), " ", call.path]),
        h("td", {}, call.status ? String(call.status) : "none"),
        h("td", {}, [clockWithSeconds(call.at), call.ms !== null && h("span", { class: "took" }, `${call.ms} ms`)]),
      ])));
  }
}

function inWords(seconds) {
  const hours = Math.round(seconds / 3600);
  const [days, rest] = [Math.trunc(hours / 24), hours % 24];
  return [days && `${days} d`, rest && `${rest} h`].filter(Boolean).join(" ");
}
