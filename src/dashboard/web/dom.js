// Builds elements. Text only ever becomes text: there is no way in here to turn a string into markup.

// h("p", {class: "quiet", onclick: f}, "text", child, [children])
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

// Text read out but not seen.
export function aloud(text) {
  return h("span", { class: "aloud" }, text);
}

// A bar's length as a custom property, set by script: the page's policy allows no style attributes.
export function with_share(element, share) {
  element.style.setProperty("--share", String(Math.max(0, Math.min(1, share || 0))));
  return element;
}

let last_id = 0;
export function new_id(prefix) {
  last_id += 1;
  return `${prefix}-${last_id}`;
}
