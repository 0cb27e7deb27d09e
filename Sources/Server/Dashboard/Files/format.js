/** Values in words and figures. */

const NUMBER = new Intl.NumberFormat("en");
const COMPACT = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
const SIZES = ["B", "kB", "MB", "GB", "TB"];

/** The number that JSON said, which may be one of the strings "NaN", "Infinity" and "-Infinity". */
export function numeric(value) {
    if (typeof value === "number") return value;
    return typeof value === "string" ? Number(value) : NaN;
}

/** A count with separators. */
export function count(value) {
    return NUMBER.format(value);
}

/** A measured number, in as many digits as tell. */
export function figure(value) {
    if (Number.isNaN(value)) return "NaN";
    if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e15 || size < 1e-4) return signed(value.toExponential(2).replace(/\.?0+e\+?/, "e"));
    if (size >= 1e5) return signed(COMPACT.format(value));
    return signed(value.toFixed(size >= 100 ? 1 : 4).replace(/\.?0+$/, ""));
}

function signed(text) {
    return text.replaceAll("-", "−");
}

/** A size in decimal units. */
export function bytes(value) {
    let unit = 0;
    while (value >= 1000 && unit < SIZES.length - 1) {
        value /= 1000;
        unit += 1;
    }
    return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${SIZES[unit]}`;
}

/** Seconds, to the precision that matters. */
export function duration(seconds) {
    if (seconds < 0.001) return "under 1 ms";
    if (seconds < 1) return `${Math.round(1000 * seconds)} ms`;
    if (seconds < 10) return `${seconds.toFixed(1)} s`;
    const whole = Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
    const hours = Math.floor(whole / 3600);
    if (hours < 48) return `${hours} h ${Math.floor((whole % 3600) / 60)} min`;
    return `${Math.floor(hours / 24)} days ${hours % 24} h`;
}

/** A moment, as short as it is clear. */
export function moment(text) {
    const date = new Date(text);
    const isToday = date.toDateString() === new Date().toDateString();
    return isToday
        ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" })
        : date.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

/** A shape as Keras prints one: `(None, 28, 28)`. */
export function shape(sizes) {
    if (sizes === null) return "not yet known";
    const parts = sizes.map((size) => (size === null ? "None" : String(size)));
    return `(${parts.join(", ")}${parts.length === 1 ? "," : ""})`;
}

/** An object of Keras's as it would be written: `RMSprop(learning_rate=0.01)`. */
export function kerasObject(value) {
    if (value === null || value === undefined) return "none";
    if (typeof value === "string") return value;
    if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(kerasObject).join(", ");
    if (typeof value !== "object") return String(value);
    if (value.expression !== undefined) return `${value.name ?? "expression"}: ${value.expression}`;
    if (value.class_name === undefined) {
        return Object.entries(value).map(([name, each]) => `${name}=${kerasObject(each)}`).join(", ");
    }
    return `${value.class_name}(${value.config ? kerasObject(value.config) : ""})`;
}
