// What stands in the inputs of a surface, and what is kept of it when the surface is drawn anew.

/** By block_id and action_id: what was typed, or the value of the option that is chosen. */
export function entered(root) {
  const found = {};
  for (const node of root.querySelectorAll("[data-block]")) {
    if (node.matches("input, textarea, select")) (found[node.dataset.block] ??= {})[node.dataset.action] = node.value;
  }
  return found;
}

/** The same, of what the sandbox keeps as state.values. */
export function kept(values) {
  const found = {};
  for (const [block, actions] of Object.entries(values ?? {}))
    for (const [action, state] of Object.entries(actions)) (found[block] ??= {})[action] = state.selected_option?.value ?? state.value ?? "";
  return found;
}

/** Draws a surface anew without taking the keyboard away from whoever uses it. */
export function redrawn(root, draw) {
  const held = root.contains(document.activeElement) ? document.activeElement : null;
  draw();
  if (held === null || root.contains(document.activeElement)) return;
  const alike = [...root.querySelectorAll("[data-action]")].filter((one) => one.dataset.action === held.dataset.action);
  const same = alike.find((one) => one.dataset.block === held.dataset.block && one.textContent === held.textContent);
  (same ?? alike[0] ?? root).focus({ preventScroll: true });
}
