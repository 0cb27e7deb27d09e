/** Scales from values to pixels, and the ticks along them. */

/** A scale of `domain` onto `range`; `log` for a logarithmic one of positive values. */
export function scale([low, high], [start, end], log = false) {
    const bend = log ? Math.log10 : (value) => value;
    const [first, last] = [bend(low), bend(high)];
    const stretch = last === first ? 0 : (end - start) / (last - first);
    const at = (value) => start + (bend(value) - first) * stretch;
    at.inverse = (pixel) => {
        const value = stretch === 0 ? first : first + (pixel - start) / stretch;
        return log ? 10 ** value : value;
    };
    return at;
}

/** About `wanted` round values between two, or the powers of ten (and halves between few) on a log scale. */
export function ticks([low, high], wanted, log = false) {
    if (log) return logTicks(low, high, wanted);
    if (!(high > low)) return [low];
    const rough = (high - low) / wanted;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    const found = [];
    for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index += 1) {
        found.push(Number((index * step).toPrecision(12)));
    }
    return found;
}

function logTicks(low, high, wanted) {
    const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const stride = Math.max(1, Math.ceil((last - first) / wanted));
    const factors = last - first <= 1 ? [1, 2, 3, 5, 7] : last - first <= 3 ? [1, 2, 5] : [1];
    const found = [];
    for (let power = first; power <= last; power += stride) {
        for (const factor of factors) {
            const value = Number(`${factor}e${power}`);
            if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
        }
    }
    return found.length > 1 ? found : ticks([low, high], wanted);
}

/** The least and the greatest of what is in some arrays, a little apart when they are one; null of none. */
export function extent(arrays, log = false) {
    let [low, high] = [Infinity, -Infinity];
    for (const values of arrays) {
        for (let index = 0; index < values.length; index += 1) {
            const value = values[index];
            if (!Number.isFinite(value) || (log && value <= 0)) continue;
            if (value < low) low = value;
            if (value > high) high = value;
        }
    }
    if (low > high) return null;
    if (low < high) return [low, high];
    const margin = low === 0 ? 1 : Math.abs(low) * 0.1;
    return [low - margin, high + margin];
}
