/** Builders of elements. Text becomes text nodes, never markup: names come from clients. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An HTML element. Attributes that are null or false are left out; `on…` are listeners.
 * Children are nodes or text; null and false are left out.
 */
export function element(tag, attributes = {}, ...children) {
    return furnish(document.createElement(tag), attributes, children);
}

/** An SVG element, furnished like an HTML one. */
export function drawing(tag, attributes = {}, ...children) {
    return furnish(document.createElementNS(SVG, tag), attributes, children);
}

/** Makes some children the only ones of a node. */
export function fill(node, ...children) {
    node.replaceChildren(...present(children));
}

function furnish(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined || value === false) continue;
        if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
        else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...present(children));
    return node;
}

function present(children) {
    return children.flat().filter((child) => child !== null && child !== undefined && child !== false);
}

/** A table with a caption for screen readers, in a box that scrolls sideways alone. */
export function table(caption, headings, rows) {
    const heads = headings.map((heading) =>
        element("th", { scope: "col", class: heading.class }, heading.text ?? heading));
    return element("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
        element("table", {},
            element("caption", { class: "unseen" }, caption),
            element("thead", {}, element("tr", {}, heads)),
            element("tbody", {}, rows)));
}

/** A list of terms and what is said of them. */
export function facts(pairs) {
    return element("dl", { class: "facts" },
        pairs.filter(Boolean).map(([term, value]) =>
            element("div", {}, element("dt", {}, term), element("dd", {}, value))));
}

/** Says something to those who listen to the page. */
export function announce(text) {
    document.getElementById("announcements").textContent = text;
}

/** Commands to copy. */
export function commands(text) {
    const code = element("code", {}, text);
    const button = element("button", {
        class: "quiet copy", type: "button",
        onclick: async () => {
            await navigator.clipboard?.writeText(code.textContent);
            announce("Copied");
            button.textContent = "Copied";
            setTimeout(() => { button.textContent = "Copy"; }, 1500);
        },
    }, "Copy");
    const copies = window.isSecureContext ? button : null;
    return element("div", { class: "commands" },
        element("pre", { tabindex: "0", "aria-label": "Commands" }, code), copies);
}
