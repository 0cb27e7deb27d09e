/** A first model for some data: a guess to begin with, from the shapes and the targets. */

const HIDDEN = 32;
const MOST_CLASSES = 1000;

/** `{ definition, loss, metrics }` for samples and targets, `{ dtype, shape }`, and a summary of the targets. */
export function suggestion(samples, targets, { low, high, isWhole }) {
    const output = outputFor(targets, low, high, isWhole);
    const input = samples.shape.length <= 2 ? { input_dim: samples.shape[1] ?? 1 } : null;
    const first = { class_name: "Dense", units: HIDDEN, activation: "relu", ...input };
    const flat = input === null ? [{ class_name: "Flatten", input_shape: samples.shape.slice(1) }] : [];
    return { definition: { layers: [...flat, first, output.layer] }, loss: output.loss, metrics: output.metrics };
}

function outputFor({ shape }, low, high, isWhole) {
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    const dense = (units, activation) => ({ class_name: "Dense", units, ...(activation ? { activation } : {}) });
    if (isWhole && low >= 0 && high <= 1) {
        return width === 1
            ? { layer: dense(1, "sigmoid"), loss: "binary_crossentropy", metrics: ["accuracy"] }
            : { layer: dense(width, "softmax"), loss: "categorical_crossentropy", metrics: ["accuracy"] };
    }
    if (isWhole && low >= 0 && high < MOST_CLASSES && width === 1) {
        return { layer: dense(high + 1, "softmax"), loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] };
    }
    return { layer: dense(width), loss: "mean_squared_error", metrics: ["mean_absolute_error"] };
}
