/** The dashboard: which page is shown, the theme, the token, and whether the server is there. */

import { askForTokensBy } from "./api.js";
import { element } from "./dom.js";
import { followJobs } from "./feed.js";
import { faultNotice } from "./parts.js";
import { askForToken } from "./token.js";
import { offerThemes } from "./themes.js";
import * as jobs from "./jobs.js";
import * as job from "./job.js";
import * as models from "./models.js";
import * as model from "./model.js";
import * as datasets from "./datasets.js";
import * as dataset from "./dataset.js";
import * as fit from "./fit.js";

const LISTS = { jobs, models, datasets, new: fit };
const ITEMS = { jobs: job, models: model, datasets: dataset };

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
    const page = name ? ITEMS[section] : LISTS[section || "jobs"];
    for (const link of document.querySelectorAll("[data-section]")) {
        const isHere = link.dataset.section === (section || "jobs");
        if (isHere) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    }
    const place = element("div", {});
    main.replaceChildren(place);
    try {
        if (page === undefined) throw new Error(`There is no page '${path}'.`);
        const title = await page.show(place, { name, query: new URLSearchParams(query) }, signal);
        if (!signal.aborted) document.title = `${title ?? heading()} · fitd`;
    } catch (error) {
        if (!signal.aborted) place.replaceChildren(element("h1", {}, "This page cannot be shown"), faultNotice(error));
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
askForTokensBy(askForToken);
offerThemes(document.getElementById("theme"));
window.addEventListener("hashchange", () => navigate());
followJobs(tellConnection);
navigate({ isFirst: true });
