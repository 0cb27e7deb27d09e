/** The dashboard: which page is shown, the theme, the token, and whether the server is there. */

import { askForTokensBy } from "./api.js";
import { element } from "./dom.js";
import { followJobs } from "./feed.js";
import { faultNotice } from "./parts.js";
import { offerThemes } from "./themes.js";
import * as jobs from "./jobs.js";

/** The pages by section. All but the first view come when they are asked for, or when there is nothing else to do. */
const LISTS = {
    jobs: () => jobs, models: () => import("./models.js"), datasets: () => import("./datasets.js"),
    new: () => import("./fit.js"),
};
const ITEMS = {
    jobs: () => import("./job.js"), models: () => import("./model.js"), datasets: () => import("./dataset.js"),
};
/** Milliseconds that the first view has for itself. */
const HEAD_START = 500;

const main = document.getElementById("main");
const connection = document.getElementById("connection");
let leaving = new AbortController();

/** Shows the page that the address names: `#/jobs`, `#/jobs/{id}?with={id}`, `#/models/{name}`, `#/new`. */
async function navigate({ isFirst = false } = {}) {
    leaving.abort();
    leaving = new AbortController();
    const { signal } = leaving;
    const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    const [section = "jobs", name] = path.split("/").map(decodeURIComponent);
    const load = name ? ITEMS[section] : LISTS[section || "jobs"];
    for (const link of document.querySelectorAll("[data-section]")) {
        const isHere = link.dataset.section === (section || "jobs");
        if (isHere) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    }
    const place = element("div", {});
    try {
        if (load === undefined) throw new Error(`There is no page '${path}'.`);
        const page = await load();
        if (signal.aborted) return;
        main.replaceChildren(place);
        const title = await page.show(place, { name, query: new URLSearchParams(query) }, signal);
        if (!signal.aborted) document.title = `${title ?? heading()} · fitd`;
    } catch (error) {
        if (!signal.aborted) main.replaceChildren(element("h1", {}, "This page cannot be shown"), faultNotice(error));
    }
    if (!isFirst && !signal.aborted) main.focus({ preventScroll: true });
}

function heading() {
    return main.querySelector("h1")?.textContent ?? "fitd";
}

function tellConnection(error) {
    connection.textContent = error === null ? "" : "No connection; trying again";
}

// The address names the page, so that the link cannot lead by it.
document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
});
askForTokensBy(async (isRefused) => (await import("./token.js")).askForToken(isRefused));
offerThemes(document.getElementById("theme"));
window.addEventListener("hashchange", () => navigate());
followJobs(tellConnection);
await navigate({ isFirst: true });
// What is missing then is asked for again by the page that needs it.
setTimeout(() => { for (const load of [...Object.values(ITEMS), ...Object.values(LISTS)]) load().catch?.(() => {}); }, HEAD_START);
