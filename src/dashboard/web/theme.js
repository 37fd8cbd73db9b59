// Light, dark, or as the system has it. The choice stays in this browser.
import { h } from "/dom.js";

const CHOICES = ["system", "light", "dark"];
const LABELS = { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" };
const SIGNS = { system: "◐", light: "☀", dark: "☾" };
const dark_system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();

let choice = CHOICES.includes(stored()) ? stored() : "system";

function stored() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}

export function start_theme(button) {
  const apply = () => {
    document.documentElement.dataset.theme = choice === "system" ? (dark_system.matches ? "dark" : "light") : choice;
    button.setAttribute("aria-label", `${LABELS[choice]}. Change it`);
    button.title = LABELS[choice];
    button.replaceChildren(h("span", { "aria-hidden": "true" }, SIGNS[choice]));
    for (const listener of listeners) listener();
  };
  button.addEventListener("click", () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // A browser that keeps nothing still changes the page.
    }
    apply();
  });
  dark_system.addEventListener("change", apply);
  apply();
}

export function on_theme_change(listener) {
  listeners.add(listener);
}

// Colours for the canvas, from the same custom properties the style sheet uses.
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
