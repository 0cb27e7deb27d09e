import Protocol
import Testing
import Training

@Suite("Faults in expressions point into the text and say what is right")
struct ExpressionFaultTests {
    /// The detail of the fault that an expression over y_true and y_pred has.
    private func detail(_ text: String, at pointer: JSONPointer = .root) throws -> String {
        let problem = try #require(throws: Problem.self) {
            _ = try Expression(parsing: text, at: pointer).program(inputs: [
                ExpressionInput("y_true", shape: [nil, 3]), ExpressionInput("y_pred", shape: [nil, 3]),
                ExpressionInput("wide", shape: [nil, 4]), ExpressionInput("step", shape: []),
            ])
        }
        #expect(problem.kind == .unprocessable)
        let fault = try #require(problem.errors.first)
        #expect(fault.pointer == pointer)
        return fault.detail
    }

    @Test("The place is underlined") func place() throws {
        let pointer = JSONPointer.root.appending("metrics").appending(1).appending("expression")
        let detail = try detail("1 + K.maen(y_pred)", at: pointer)
        #expect(
            detail == """
                Character 5: there is no function 'K.maen'; did you mean 'K.mean'?
                    1 + K.maen(y_pred)
                        ^~~~~~
                """)
    }

    @Test(
        "What is said",
        arguments: [
            ("", "empty"), ("   ", "empty"), ("y_pred +", "ends too soon"), ("(y_pred", "')' is missing"),
            ("y_pred)", "')' does not belong here"), ("y_pred y_true", "'y_true' does not belong here"),
            ("y_pred 3", "operator or a comma is missing"), ("1 +* 2", "'*' does not belong"),
            ("y_perd", "did you mean 'y_pred'?"), ("z", "Known here: step, wide, y_pred, y_true"),
            ("K.mean(y_pred, axes=1)", "did you mean 'axis'?"),
            ("K.mean(y_pred, axis=1, axis=0)", "given twice"), ("K.mean()", "needs 'x'"),
            ("K.mean(y_pred, 1, True, 4)", "at most 3 arguments"),
            ("K.mean(axis=1, y_pred)", "positional arguments come before"),
            ("K.mean(y_pred, axis=2)", "axis 2 is outside of -2…1"),
            ("K.mean(y_pred, axis=(0, -2))", "named twice"),
            ("K.mean(y_pred, axis='x')", "an axis is a whole number"),
            ("y_pred + wide", "(batch, 3) and (batch, 4) do not broadcast"),
            ("y_pred @ wide", "a matrix product needs 3"), ("K.mean", "is a function; call it"),
            ("y_pred.mean()", "no methods here; write mean(y_pred)"), ("y_pred.dtype", "no attributes"),
            ("(y_pred).shape", "no attributes or methods"), ("tf.square(y_pred)", "write square(…)"),
            ("lambda x: x", "without 'lambda"), ("a and b", "logical_and"), ("not y_pred", "logical_not"),
            ("0 < y_pred < 1", "comparisons do not chain"), ("y_pred = 1", "== compares"),
            ("K.cast(y_pred, 'float64')", "'float32', 'int32', 'int64' and 'bool'"),
            ("y_pred[3:]", "the batch is taken whole"), ("y_pred[:, 3]", "outside of axis 1"),
            ("y_pred[:, 2:1]", "takes nothing"), ("y_pred[:, 0, 0]", "too many"),
            ("y_pred[..., ...]", "stands once"), ("y_pred[:, ::0]", "does not step by 0"),
            ("y_pred[y_true]", "where() selects"), ("1 / 0", "divides by zero"),
            ("y_pred * (2 // 0)", "divides by zero"), ("12_3_4x", "is not a number"),
            ("0x10", "is not a number"),
            ("1e", "is not a number"), ("012", "do not start with 0"), ("9223372036854775808", "64 bits"),
            ("9223372036854775807 + 1", "64 bits"), ("3 ** 99", "64 bits"),
            ("(-8.0) ** 0.5", "fractional power"),
            ("'abc", "not closed"), ("'a\\n'", "no escapes"), ("y_pred $ 2", "'$' has no meaning"),
            ("y_pred × 2", "'×' has no meaning"), ("(y_pred, y_true)", "a list holds numbers"),
            ("'float32'", "not a string"), ("None", "not None"), ("[[1, 2], [3]]", "differ in length"),
            ("[]", "empty list"), ("~y_pred", "needs booleans"), ("y_pred & y_true", "need booleans"),
            ("(y_pred > 0) - (y_true > 0)", "booleans are not subtracted"),
            ("K.clip(y_pred, 0)", "needs 'max_value'"), ("K.relu(y_pred, alpha=y_true)", "a plain number"),
            ("K.mean(y_pred, keepdims=None)", "True or False"), ("1 if y_pred > 0 else 2", "write where"),
            ("1 if step > 0", "'else' is missing"), ("ops.reshape(y_pred, (2, 2))", "does not become"),
            ("ops.reshape(y_pred, (5, 3))", "write -1"), ("ops.squeeze(y_pred, 1)", "is 3, not 1"),
            ("K.flatten(ops.matmul(y_pred, ops.transpose(y_pred)))", "grow with the batch"),
            ("ops.one_hot(y_pred, 0)", "at least one class"), ("math.log(-1)", "has no value"),
            ("K.concatenate([y_pred, K.sum(y_pred)])", "do not fit together"),
            ("K.categorical_crossentropy(y_pred, wide)", "the same shape"),
            ("for x in y", "loops are not part"), ("import os", "nothing is imported"),
            ("__import__('os')", "there is no function"), ("K.mean(y_pred)(1)", "no attributes or methods"),
            ("( )", "empty list"), ("K.mean( ( ) )", "empty list"), ("y_pred.shape[2]", "no such element"),
            ("y_pred.shape['a']", "no such element"), ("ops.ones((0, 3))", "whole numbers above 0"),
            ("ops.ones((-1, 3))", "whole numbers above 0"), ("ops.ones(y_pred)", "whole numbers above 0"),
            ("ops.tile(y_pred, (1, 0))", "at least once"),
            ("ops.tile(y_pred, 1.5)", "a whole number for each"),
            ("ops.repeat(y_pred, 0)", "at least once"), ("K.repeat(K.sum(y_pred, 0), 2)", "two axes"),
            ("ops.repeat(ops.repeat(y_pred, 9000000000000000000), 9)", "too large"),
            ("ops.moveaxis(y_pred, (0, 1), 0)", "one place"), ("ops.norm(y_pred, ord=2)", "along one axis"),
            ("ops.reshape(y_pred, (y_pred.shape[0], 2))", "does not become"),
        ])
    func says(_ text: String, _ part: String) throws {
        let detail = try detail(text)
        #expect(detail.contains(part), "\(detail)")
        #expect(detail.contains("\n    "))
    }

    @Test("Long texts are cut around the place") func longText() throws {
        let detail = try detail(String(repeating: "y_pred + ", count: 100) + "y_perd")
        let lines = detail.split(separator: "\n")
        #expect(lines[0].hasPrefix("Character 901: the name 'y_perd' is not known"))
        #expect(lines[1].count < 70 && lines[1].hasSuffix("y_perd"))
        #expect(lines[2].count == lines[1].count)
        #expect(lines[2].hasSuffix("^~~~~~"))
    }

    @Test("A fault in the branch that is not taken is none") func deadBranch() throws {
        let schedule = try Expression(parsing: "1 / epoch if epoch > 0 else 2")
        #expect(try schedule.evaluate(["epoch": 0]) == 2)
        #expect(try schedule.evaluate(["epoch": 4]) == 0.25)
    }
}
