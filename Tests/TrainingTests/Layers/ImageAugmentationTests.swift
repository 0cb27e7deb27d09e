import Foundation
import Kernels
import Protocol
import Testing
import Training

/// What is done to images, held against what Keras does with the same matrices and draws.
@Suite struct ImageAugmentationTests {
    /// What `Fixtures/Keras/images.py` wrote: 24 images of 5 by 4 with two channels.
    private let members: [String: [Float]]
    private let image = ImagePlanes(planes: 1, height: 5, width: 4, inner: 2)

    init() throws {
        let file = [UInt8](try Data(contentsOf: KerasCase.folder.appending(path: "images.npz")))
        let members = try file.withUnsafeBytes { try NPZReader($0).load() }
        self.members = Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.array.floats) })
    }

    private func member(_ name: String) throws -> [Float] { try #require(members[name]) }

    private func expect(_ got: [Float], _ want: [Float], _ what: String, tolerance: Float = 2e-5) {
        #expect(got.count == want.count)
        let worst = zip(got, want).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= tolerance, "\(what)")
    }

    private func matrix(_ name: String, _ index: Int) throws -> ImageTransform {
        let numbers = try member(name).dropFirst(8 * index).prefix(8).map { $0 }
        return ImageTransform(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
    }

    @Test(arguments: ImageSampling.Fill.allCases, [true, false])
    func transformationsAreKeras(_ fill: ImageSampling.Fill, _ isBilinear: Bool) throws {
        let x = try member("x")
        let sampling = ImageSampling(fill: fill, isBilinear: isBilinear, value: 0.7)
        let row = ImagePlanes(planes: 1, height: 1, width: 4, inner: 2)
        for (name, form) in [("image", image), ("row", row)] {
            var y = [Float](repeating: .nan, count: 24 * form.count)
            for index in 0..<24 {
                let transform = try matrix("matrices", index)
                x.withUnsafeBufferPointer { x in
                    y.withUnsafeMutableBufferPointer { y in
                        guard let x = x.baseAddress, let y = y.baseAddress else { return }
                        transformImage(
                            x + index * image.count, form, by: transform, sampling, to: y + index * form.count
                        )
                    }
                }
            }
            let key = "\(name)/\(fill)/\(isBilinear ? "bilinear" : "nearest")"
            // A coordinate's last bit moves a value by as much as the coordinate is large.
            expect(y, try member(key), key, tolerance: 1e-4)
        }
    }

    @Test func matricesAreKeras() throws {
        let draws = try member("draws")
        for index in 0..<24 {
            let (first, second) = (draws[2 * index], draws[2 * index + 1])
            let moves: [(ImageMovement, String, Float, Float)] = [
                (.rotation, "rotation", 180 * first, 0), (.zoom, "zoom", 1 + 0.9 * first, 1 + 0.9 * second),
                (.translation, "translation", first, second),
            ]
            for (movement, name, first, second) in moves {
                let got = movement.transform(first, second, height: 5, width: 4)
                let want = try matrix(name, index)
                expect(
                    [got.a0, got.a1, got.a2, got.b0, got.b1, got.b2],
                    [want.a0, want.a1, want.a2, want.b0, want.b1, want.b2], name, tolerance: 2e-6)
            }
        }
    }

    @Test(arguments: ["channels_last", "channels_first"]) func colorsAreKeras(_ format: String) throws {
        let (x, factors) = (try member("x"), try member("factors"))
        let form =
            format == "channels_last" ? image : ImagePlanes(planes: 5, height: 4, width: 2, inner: 1)
        let range: (low: Float, high: Float) = (-1, 1)
        let count = form.count
        var (contrast, contrastGradient) = (x, x)
        var (brightness, brightnessGradient) = (x, x)
        for row in 0..<24 {
            let place = row * count..<(row + 1) * count
            let source = Array(x[place])
            // The output's gradient is the images in the other order.
            let slope = Array(x[(23 - row) * count..<(24 - row) * count])
            var means = [Float](repeating: 0, count: form.planes * form.inner)
            var (y, dx) = (source, source)
            channelMeans(source, form, to: &means)
            adjustContrast(source, form, means: means, factor: factors[row], range: range, to: &y)
            adjustContrastBackward(
                slope, source, form, means: means, factor: factors[row], range: range, to: &dx)
            contrast.replaceSubrange(place, with: y)
            contrastGradient.replaceSubrange(place, with: dx)
            adjustBrightness(source, delta: factors[row] - 1, range: range, to: &y, count: count)
            adjustBrightnessBackward(
                slope, source, delta: factors[row] - 1, range: range, to: &dx, count: count)
            brightness.replaceSubrange(place, with: y)
            brightnessGradient.replaceSubrange(place, with: dx)
        }
        expect(contrast, try member("RandomContrast/\(format)"), "contrast")
        expect(contrastGradient, try member("RandomContrast/\(format)/gradient"), "contrast's gradient")
        expect(brightness, try member("RandomBrightness/\(format)"), "brightness")
        expect(brightnessGradient, try member("RandomBrightness/\(format)/gradient"), "brightness's gradient")
    }

    /// In training, images that are not larger than the window both ways are not cut at random.
    @Test(arguments: [[5, 4], [6, 6], [3, 4], [4, 9], [9, 2]]) func smallImagesAreCroppedAsKeras(
        _ size: [Int]
    )
        throws
    {
        let layer = try LayerExample(
            "RandomCrop", ["height": .integer(Int64(size[0])), "width": .integer(Int64(size[1]))]
        ).makeLayer()
        let trial = try LayerTrial(layer, shape: [24, 5, 4, 2])
        expect(
            trial.forward(try member("x"), rows: 24), try member("crop/\(size[0])/\(size[1])"), "\(size)")
    }

    /// Without training the middle is cut out, of the window's aspect ratio.
    @Test func cropsTheMiddleInPrediction() throws {
        let layer = try LayerExample("RandomCrop", ["height": 2, "width": 2]).makeLayer()
        let same = try LayerTrial(layer, shape: [1, 2, 4, 1], isTraining: false)
        #expect(same.forward([1, 2, 3, 4, 5, 6, 7, 8], rows: 1) == [2, 3, 6, 7])
        let half = try LayerTrial(layer, shape: [1, 4, 4, 1], isTraining: false)
        #expect(half.forward((0..<16).map(Float.init), rows: 1) == [2.5, 4.5, 10.5, 12.5])
    }

    static let faults: [(String, JSONObject, String, String)] = [
        ("RandomFlip", ["mode": "diagonal"], "/mode", "Known: horizontal"),
        ("RandomRotation", ["factor": 1.5], "/factor", "from -1 to 1"),
        ("RandomRotation", ["factor": [0.1, 0.2, 0.3]], "/factor", "a number or a pair"),
        ("RandomRotation", ["factor": 0.1, "fill_mode": "mirror"], "/fill_mode", "cannot be 'mirror'"),
        ("RandomRotation", [:], "/factor", "needs the argument"),
        ("RandomZoom", ["height_factor": [-1, 0.5]], "/height_factor", "above -1"),
        (
            "RandomZoom", ["height_factor": 0.1, "interpolation": "cubic"], "/interpolation",
            "nearest, bilinear"
        ),
        ("RandomTranslation", ["height_factor": 0.1, "width_factor": 2], "/width_factor", "from -1 to 1"),
        ("RandomContrast", ["factor": -0.1], "/factor", "from 0 to 1"),
        (
            "RandomContrast", ["factor": 0.1, "value_range": [1, 0]], "/value_range", "lowest and the highest"
        ),
        ("RandomBrightness", ["factor": 0.1, "value_range": 255], "/value_range", "a pair"),
        ("RandomCrop", ["height": 0, "width": 3], "/height", "from 1"),
    ]

    @Test(arguments: faults) func faultsTellTheirPlace(
        _ className: String, _ config: JSONObject, _ pointer: String, _ part: String
    ) throws {
        var config = config
        config["input_shape"] = [8, 8, 3]
        let problem = try #require(throws: Problem.self) {
            try Sequential(
                ModelDefinition(reading: [
                    "layers": [["class_name": .string(className), "config": .object(config)]]
                ]))
        }
        #expect(
            problem.errors.contains {
                $0.pointer.description == "/layers/0/config\(pointer)" && $0.detail.contains(part)
            }, "\(problem.errors.map { "\($0.pointer): \($0.detail)" })")
    }

    @Test func imagesHaveFourAxes() throws {
        let problem = try #require(throws: Problem.self) {
            try Sequential(
                ModelDefinition(reading: [
                    "layers": [["class_name": "RandomFlip", "config": ["input_shape": [8, 8]]]]
                ]))
        }
        #expect(problem.detail.contains("4 dimensions with the batch"))
    }
}
