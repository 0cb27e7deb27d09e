/** Asks for the token of a server that wants one. */

import { element } from "./dom.js";

/** Answers with what the user gives; `isRefused` when the last one was not taken. */
export function askForToken(isRefused) {
    return new Promise((resolve) => {
        const input = element("input", {
            type: "password", required: true, autocomplete: "off", name: "token", "aria-describedby": "token-why",
        });
        const dialog = element("dialog", { "aria-labelledby": "token-title", oncancel: (event) => event.preventDefault() },
            element("form", {
                class: "form", onsubmit: (event) => {
                    event.preventDefault();
                    dialog.remove();
                    resolve(input.value.trim());
                },
            },
            element("h2", { id: "token-title" }, "This server asks for a token"),
            element("p", { id: "token-why" }, isRefused
                ? "That token is not known here. Try another one."
                : "It stands in the file that the server was started with, --token-file. It is kept until this tab is closed."),
            element("label", { class: "field" }, element("span", {}, "Token"), input),
            element("button", { type: "submit", class: "button" }, "Continue")));
        document.body.append(dialog);
        dialog.showModal();
    });
}
