/** Points of a curve, in arrays that grow, and what is needed to draw them. */

/** A curve: as many `y` as `x`, which rise. Both are views that the next `add` may leave behind. */
export class Points {
    #x = new Float64Array(64);
    #y = new Float64Array(64);
    #length = 0;

    get length() { return this.#length; }
    get x() { return this.#x.subarray(0, this.#length); }
    get y() { return this.#y.subarray(0, this.#length); }
    get last() { return this.#length === 0 ? undefined : this.#y[this.#length - 1]; }

    add(x, y) {
        if (this.#length === this.#x.length) {
            this.#x = doubled(this.#x);
            this.#y = doubled(this.#y);
        }
        this.#x[this.#length] = x;
        this.#y[this.#length] = y;
        this.#length += 1;
    }

    /** Drops the points behind `x`. */
    cut(x) {
        while (this.#length > 0 && this.#x[this.#length - 1] > x) this.#length -= 1;
    }
}

function doubled(array) {
    const larger = new Float64Array(2 * array.length);
    larger.set(array);
    return larger;
}

/** Two curves as one, sorted by x. */
export function merged(one, other) {
    if (other.length === 0) return one;
    const all = new Points();
    const [left, right] = [one, other].map(({ x, y }) => ({ x, y, at: 0 }));
    while (left.at < left.x.length || right.at < right.x.length) {
        const isLeft = right.at === right.x.length || (left.at < left.x.length && left.x[left.at] <= right.x[right.at]);
        const from = isLeft ? left : right;
        all.add(from.x[from.at], from.y[from.at]);
        from.at += 1;
    }
    return all;
}

/** The y of an exponential moving average, without the pull of its start; gaps stay gaps. */
export function smoothed(y, weight) {
    if (weight === 0) return y;
    let sum = 0;
    let share = 0;
    return y.map((value) => {
        if (!Number.isFinite(value)) return value;
        sum = weight * sum + (1 - weight) * value;
        share = weight * share + (1 - weight);
        return sum / share;
    });
}

/** How many of `values`, which rise, are less than `value`. */
export function below(values, value) {
    let [low, high] = [0, values.length];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (values[middle] < value) low = middle + 1; else high = middle;
    }
    return low;
}

/** From which place to which `x` are between two. */
export function inside(x, [low, high]) {
    let last = below(x, high);
    while (x[last] === high) last += 1;
    return [below(x, low), last];
}

/** The same with one neighbour on each side, so that lines run to the edge. */
export function within(x, range) {
    const [first, last] = inside(x, range);
    return [Math.max(0, first - 1), Math.min(x.length, last + 1)];
}

/**
 * The places from `first` to `last` that are drawn: at most about four a column, its first, least, greatest and
 * last, which draw the same line.
 */
export function thinned(x, y, [first, last], columns) {
    const all = (from, to) => Array.from({ length: to - from }, (_, index) => from + index);
    if (last - first <= 4 * columns) return all(first, last);
    const width = (x[last - 1] - x[first]) / columns || 1;
    const kept = [];
    let start = first;
    while (start < last) {
        const edge = x[first] + width * (Math.floor((x[start] - x[first]) / width) + 1);
        let [end, least, greatest] = [start + 1, start, start];
        while (end < last && x[end] < edge) {
            if (y[end] < y[least] || Number.isNaN(y[least])) least = end;
            if (y[end] > y[greatest] || Number.isNaN(y[greatest])) greatest = end;
            end += 1;
        }
        if (end - start <= 4) kept.push(...all(start, end));
        else kept.push(...[...new Set([start, least, greatest, end - 1])].sort((a, b) => a - b));
        start = end;
    }
    return kept;
}

/** The x of several curves that is nearest to one; null of none. */
export function nearest(curves, wanted) {
    let best = null;
    for (const { x } of curves) {
        const place = below(x, wanted);
        for (const each of [x[place - 1], x[place]]) {
            if (each !== undefined && (best === null || Math.abs(each - wanted) < Math.abs(best - wanted))) best = each;
        }
    }
    return best;
}

/** The x of several curves that follows (`step` 1) or precedes (−1) one; that itself where none does. */
export function beside(curves, from, step) {
    let best = null;
    for (const { x } of curves) {
        let place = below(x, from);
        if (step < 0) place -= 1;
        else while (x[place] === from) place += 1;
        const each = x[place];
        if (each !== undefined && (best === null || (each - best) * step < 0)) best = each;
    }
    return best ?? from;
}
