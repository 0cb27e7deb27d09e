/** The list of jobs, live. */

import { commands, element, table } from "./dom.js";
import { moment } from "./format.js";
import { chip, emptyState, faultNotice, lastLoss, progressBar, runtime, setChip, setText } from "./parts.js";
import { firstSteps } from "./curl.js";
import { hasOlder, loadOlder, watchJobs } from "./feed.js";

const HEADINGS = [
    { text: "Compare", class: "narrow" }, "Job", "State", "Progress", { text: "Loss", class: "number wide" },
    { text: "Time", class: "number wide" }, { text: "Asked for", class: "wide" },
];
/** The most jobs that are compared: each that runs takes one of a browser's six connections. */
export const MOST_COMPARED = 4;

/** Shows the page; it follows the jobs until `signal` aborts. */
export function show(main, _, signal) {
    const rows = new Map();
    const chosen = new Set();
    const compare = element("a", { class: "button", href: "#/jobs", hidden: true }, "Compare");
    const list = table("Jobs, newest first", HEADINGS, []);
    const body = list.querySelector("tbody");
    const content = element("div", {});
    const older = element("button", { type: "button", hidden: true, onclick: () => showOlder() }, "Older jobs");
    const listing = [list, element("p", {}, older)];
    main.replaceChildren(element("div", { class: "title" }, element("h1", {}, "Jobs"), compare), content);

    function choose(id, isChosen) {
        if (isChosen) chosen.add(id); else chosen.delete(id);
        const [first, ...others] = chosen;
        compare.hidden = chosen.size < 2;
        compare.textContent = `Compare ${chosen.size}`;
        compare.href = `#/jobs/${first}?with=${others.join(",")}`;
        for (const row of rows.values()) row.limit(chosen.size >= MOST_COMPARED);
    }

    async function showOlder() {
        older.disabled = true;
        try {
            await loadOlder();
        } catch (error) {
            content.append(faultNotice(error));
        } finally {
            older.disabled = false;
        }
    }

    watchJobs((jobs) => {
        if (jobs.length === 0) return content.replaceChildren(nothingYet());
        if (list.parentNode !== content) content.replaceChildren(...listing);
        older.hidden = !hasOlder();
        const current = new Set(jobs.map((job) => job.id));
        for (const [id, row] of rows) {
            if (current.has(id)) continue;
            row.node.remove();
            rows.delete(id);
        }
        jobs.forEach((job, index) => {
            if (!rows.has(job.id)) rows.set(job.id, makeRow(job, choose));
            const row = rows.get(job.id);
            row.update(job);
            if (body.children[index] !== row.node) body.insertBefore(row.node, body.children[index] ?? null);
        });
    }, signal);
}

function makeRow(job, choose) {
    const state = chip(job.status);
    const bar = progressBar();
    const loss = element("td", { class: "number wide" });
    const time = element("td", { class: "number wide" });
    const box = element("input", {
        type: "checkbox", "aria-label": `Compare the fit of ${job.model} of ${moment(job.created_at)}`,
        onchange: () => choose(job.id, box.checked),
    });
    const node = element("tr", {},
        element("td", { class: "narrow" }, job.type === "fit" ? box : null),
        element("th", { scope: "row" },
            element("a", { href: `#/jobs/${job.id}` }, job.model), " ",
            element("span", { class: "faint" }, job.type)),
        element("td", {}, state),
        element("td", {}, bar.node),
        loss, time,
        element("td", { class: "faint wide" }, moment(job.created_at)));
    return {
        node,
        limit(isFull) { box.disabled = isFull && !box.checked; },
        update(now) {
            setChip(state, now.status);
            bar.update(now);
            setText(loss, lastLoss(now));
            setText(time, runtime(now));
        },
    };
}

function nothingYet() {
    return emptyState("No jobs yet",
        "A job appears here when a model is compiled or fitted. Start one by the form, or from a terminal:",
        commands(firstSteps()), element("a", { class: "button", href: "#/new" }, "New fit"));
}
