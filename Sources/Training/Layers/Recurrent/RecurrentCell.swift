import Protocol

/// What an RNN does at each step, as a layer of its own that stands inside the RNN: LSTMCell, GRUCell, SimpleRNNCell.
///
/// A cell's output is the first of its new states.
protocol RecurrentCell: Layer {
    /// The sizes of the states, the output's first.
    var stateSizes: [Int] { get }
    /// The object that runs the cell over whole sequences.
    func makeSequence(_ site: CellSite) throws -> CellSequence
}

extension RecurrentCell {
    /// Refuses activations that change the shape of a gate, `[batch, units]`.
    func checkActivations() throws {
        let gate = Shape([nil, stateSizes[0]])
        for argument in ["activation", "recurrent_activation"] where configuration.has(argument) {
            let activation = configuration.activation(argument)
            guard activation.form != .glu, try activation.outputShape(for: gate) == gate else {
                throw ShapeError(
                    "\(name) cannot use \(activation.name), which changes the shape of its gates.")
            }
        }
    }

    func outputShape(for input: Shape) throws -> Shape {
        throw ShapeError(
            "\(name) is a cell, the step of a recurrent layer; put it into one: RNN with this cell.")
    }

    func makeOperation(_ site: Site) throws -> Operation {
        throw ShapeError("\(name) is a cell, the step of a recurrent layer.")
    }
}

/// Where a cell is built: buffers for `steps` steps of up to `rows` samples, step after step.
struct CellSite {
    let site: Site
    let steps: Int
    let rows: Int
    let features: Int
    /// The layer's input in steps, or the outputs of the cell before, which begin with those before the first step.
    let source: UnsafePointer<Float>
    let followsCell: Bool
    /// Where the gradient of the input goes; nil when nothing asks for it.
    let inputGradient: UnsafeMutablePointer<Float>?
    let weights: [WeightSlot]
    /// The states before the first step, `[rows, size]` each; empty when they are zero.
    let initialStates: [UnsafeMutablePointer<Float>]
    /// Which rows count at a step, `[steps, rows, maskPlaces]`; nil when all do.
    let mask: UnsafePointer<UInt8>?
    /// How many places of a row are masked each by themselves: 1, or the positions of an image.
    let maskPlaces: Int
    /// Tells the cell's random numbers from those of other cells of the layer.
    let index: Int

    /// `[steps, rows, features]`, packed for the rows at hand.
    func input(rows: Int) -> UnsafePointer<Float> { source + (followsCell ? rows * features : 0) }
}

/// A cell's work over whole sequences.
///
/// Masked rows keep their states. `outputs` holds the output state of every step and is what the layer gives.
class CellSequence {
    /// The output states, `[steps + 1, rows, size]`: the first are those before the first step.
    let outputs: UnsafeMutablePointer<Float>
    /// Where the layer puts the gradient of `outputs` after each step, `[steps, rows, size]`; nil without training.
    let outputGradient: UnsafeMutablePointer<Float>?
    let place: CellSite
    let units: Int

    init(_ place: CellSite, units: Int) throws {
        self.place = place
        self.units = units
        outputs = try place.site.buffer((place.steps + 1) * place.rows * units)
        outputGradient = place.site.isTraining ? try place.site.buffer(place.steps * place.rows * units) : nil
    }

    /// Runs over all steps.
    func forward(_ step: Step) {}

    /// Goes back over all steps. With `lastOnly` the gradient stands at the last step alone.
    func backward(_ step: Step, lastOnly: Bool) {}

    /// Copies the states after the last step to `states`.
    func keepStates(_ step: Step, in states: [UnsafeMutablePointer<Float>]) {}

    /// The output states before a step.
    func output(before index: Int, rows: Int) -> UnsafeMutablePointer<Float> {
        outputs + index * rows * units
    }
}
