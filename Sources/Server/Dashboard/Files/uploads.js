/** The part of the form that takes files to the server. */

import { upload } from "./api.js";
import { curl, quoted } from "./curl.js";
import { announce, element } from "./dom.js";
import { bytes, shape } from "./format.js";
import { faultNotice } from "./parts.js";

const HEAD = 64 * 1024;

/** A list of files to upload; `done(dataset)` is called for each, and `commands` are what curl would do. */
export class Uploads {
    #list = element("ul", { class: "uploads" });
    #done;
    #button;
    #waiting = [];
    commands = [];

    constructor(done) {
        this.#done = done;
        const input = element("input", {
            type: "file", multiple: true, id: "files", accept: ".npy,.npz,.csv,.safetensors,.json",
            onchange: () => { this.#choose([...input.files]); input.value = ""; },
        });
        this.#button = element("button", { type: "button", hidden: true, onclick: () => this.#send() }, "Upload");
        const zone = element("div", {
            class: "drop",
            ondragover: (event) => { event.preventDefault(); zone.classList.add("over"); },
            ondragleave: () => zone.classList.remove("over"),
            ondrop: (event) => {
                event.preventDefault();
                zone.classList.remove("over");
                this.#choose([...event.dataTransfer.files]);
            },
        }, element("label", { for: "files" }, "Choose files, or drop them here"), input,
        element("p", { class: "faint" }, ".npy, .npz, CSV with a header row, safetensors or JSON"));
        this.node = element("div", {}, zone, this.#list, this.#button);
    }

    async #choose(files) {
        for (const file of files) {
            const name = element("input", { value: nameFor(file), required: true, "aria-label": `Name of the dataset from ${file.name}`, maxlength: "128" });
            const bar = element("progress", { max: "1", value: "0", hidden: true, "aria-label": `Upload of ${file.name}` });
            const label = file.name.endsWith(".csv") ? await labelChoice(file) : null;
            const outcome = element("div", { class: "faint" });
            const node = element("li", {}, element("span", {}, `${file.name}, ${bytes(file.size)}`),
                element("label", {}, "as ", name), label && element("label", {}, "with the targets in ", label), bar, outcome);
            this.#list.append(node);
            this.#waiting.push({ file, name, bar, label, outcome });
        }
        this.#button.hidden = this.#waiting.length === 0;
    }

    async #send() {
        this.#button.disabled = true;
        const failed = [];
        for (const each of this.#waiting) {
            if (!await this.#sendOne(each)) failed.push(each);
        }
        this.#waiting = failed;
        this.#button.disabled = false;
        this.#button.hidden = failed.length === 0;
    }

    async #sendOne({ file, name, bar, label, outcome }) {
        const query = label?.value ? `?label=${encodeURIComponent(label.value)}` : "";
        const path = `/v1/datasets/${encodeURIComponent(name.value)}${query}`;
        bar.hidden = false;
        try {
            const dataset = await upload(path, file, (share) => { bar.value = share; });
            const arrays = dataset.arrays.map((array) => `${array.name} ${array.dtype} ${shape(array.shape)}`).join(", ");
            outcome.textContent = `Uploaded: ${arrays}`;
            announce(`${file.name} is uploaded`);
            name.readOnly = true;
            const type = file.name.endsWith(".csv") ? " -H 'Content-Type: text/csv'" : file.name.endsWith(".json") ? " -H 'Content-Type: application/json'" : "";
            this.commands.push(curl(path, `${type} -T ${quoted(file.name)}`));
            this.#done(dataset);
            return true;
        } catch (error) {
            outcome.replaceChildren(faultNotice(error));
            return false;
        } finally {
            bar.hidden = true;
        }
    }
}

/** A choice among a CSV file's columns; the last one is the likeliest target. */
async function labelChoice(file) {
    const [head] = (await file.slice(0, HEAD).text()).split(/\r?\n/, 1);
    const columns = head.split(",").map((text) => text.trim().replace(/^"(.*)"$/, "$1"));
    const options = columns.map((text, index) => element("option", { selected: index === columns.length - 1 }, text));
    return element("select", {}, ...options, element("option", { value: "" }, "no column: one array a column"));
}

function nameFor(file) {
    const stem = file.name.replace(/\.[^.]*$/, "").replaceAll(/[^A-Za-z0-9._-]/g, "-").replace(/^[^A-Za-z0-9]+/, "");
    return (stem || "data").slice(0, 128);
}
