import Protocol
import Testing

/// What `csv.DictWriter` and Keras's CSVLogger make of figures, as CPython 3.11 and Keras 3.15 wrote them.
@Suite struct EpochTableTests {
    @Test func columnsAreThoseOfTheFirstEpoch() {
        var table = EpochTable()
        #expect(
            table.row(3, ["loss": 0.5, "acc": 1]) == "epoch,acc,loss,val_acc,val_loss\r\n3,1.0,0.5,NA,NA\r\n")
        #expect(table.row(4, ["loss": 0.25, "val_loss": 0.125, "late": 1]) == "4,NA,0.25,NA,0.125\r\n")
    }

    @Test func aTableGoesOnBehindItsHeader() {
        var table = EpochTable(separator: ";", names: ["loss"])
        #expect(table.row(1, ["loss": 0.5]) == "1;0.5\r\n")
    }

    static let numbers: [(JSONValue, String)] = [
        (0.0, "0.0"), (-0.0, "-0.0"), (7, "7.0"), (0.1, "0.1"), (0.0001, "0.0001"), (0.00001, "1e-05"),
        (123456789.123, "123456789.123"), (9007199254740994, "9007199254740994.0"),
        (-9999999999999998, "-9999999999999998.0"), (1e16, "1e+16"), (1e22, "1e+22"), ("NaN", "nan"),
        ("Infinity", "inf"), ("-Infinity", "-inf"), (0.30000000000000004, "0.30000000000000004"),
    ]

    @Test(arguments: numbers) func numbersAreWrittenAsPythonDoes(_ value: JSONValue, _ text: String) {
        var table = EpochTable(names: ["loss"])
        #expect(table.row(0, ["loss": value]) == "0,\(text)\r\n")
    }

    @Test func whatHoldsTheSeparatorOrQuotesIsQuoted() {
        var table = EpochTable()
        #expect(table.row(0, ["val_f,1": [0.5, 1]]) == "epoch,\"val_f,1\"\r\n0,\"\"\"[0.5, 1.0]\"\"\"\r\n")
        var lines = EpochTable(separator: "s")
        #expect(lines.row(0, ["val_\"a\"": 1, "loss": 2]).hasPrefix("epochs\"loss\"s\"val_\"\"a\"\"\"\r\n"))
    }
}
