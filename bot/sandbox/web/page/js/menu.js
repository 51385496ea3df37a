// The menu of a message: arrow keys move, Enter chooses, Escape closes.

import { fill, h } from "./dom.js";

const menu = document.getElementById("menu");
let opener = null;

/** `items` have a name, a description and what is done when they are chosen. */
export function openMenu(button, items) {
  opener = button;
  fill(menu, items.map(({ name, description, choose }) =>
    h("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => { close(true); choose(); } }, [
      h("span", {}, name),
      h("small", {}, description),
    ])));
  menu.hidden = false;
  const under = button.getBoundingClientRect();
  const top = Math.min(under.bottom + 4, window.innerHeight - menu.offsetHeight - 8);
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(8, under.right - menu.offsetWidth)}px`;
  button.setAttribute("aria-expanded", "true");
  menu.firstElementChild?.focus();
}

function close(back) {
  if (menu.hidden) return;
  menu.hidden = true;
  opener?.setAttribute("aria-expanded", "false");
  if (back) opener?.focus();
}

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

menu.addEventListener("keydown", (event) => {
  const items = [...menu.children];
  const place = items.indexOf(document.activeElement);
  if (event.key === "Escape" || event.key === "Tab") close(true);
  else if (event.key in STEPS) items.at((place + STEPS[event.key]) % items.length).focus();
  else return;
  event.preventDefault();
});
document.addEventListener("pointerdown", (event) => {
  if (!menu.contains(event.target)) close(false);
});
