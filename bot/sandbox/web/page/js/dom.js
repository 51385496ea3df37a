// Builds elements. Text only ever becomes text: nothing on this page reads markup.

/** What a link may point to; anything else is no link. */
const LINKS = /^(https?:|mailto:|tel:|#)/i;

/**
 * An element with its attributes, listeners (`onclick` and the like) and children. `null` and `false` leave an
 * attribute or a child out.
 */
export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) attach(made, name, value);
  made.append(...children.flat(Infinity).filter(present));
  return made;
}

function attach(node, name, value) {
  if (!present(value)) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name !== "href" || LINKS.test(value)) node.setAttribute(name, value === true ? "" : value);
}

function present(value) {
  return value !== null && value !== undefined && value !== false;
}

/** Puts this element in the place of what stands in `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren(...children.flat(Infinity).filter(present));
}

let made = 0;

/** An id that nothing else on the page has. */
export function fresh(word) {
  made += 1;
  return `${word}-${made}`;
}
