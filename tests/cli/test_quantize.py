"""`bitfront quantize`: an independent implementation's numbers, as arguments and piped."""
import json

import numpy as np

import harness

# value, width, frac_width, signed, expected
KNOWN = [
    ("0.125", 4, 2, True, 0.0), ("0.375", 4, 2, True, 0.5), ("1.9", 4, 2, True, 1.75),
    ("-2.1", 4, 2, True, -2.0), ("0.625", 4, 2, True, 0.5), ("-0.3", 4, 2, True, -0.25),
    ("100", 4, -2, True, 28.0), ("-1.5", 4, 2, False, 0.0), ("9", 4, 2, False, 3.75),
    ("inf", 8, 4, True, 7.9375), ("-inf", 8, 4, True, -8.0),
]


def row_means(x, kept):
    """Mean magnitude of each row over what is kept; 0 where nothing is."""
    sums = np.where(kept, np.abs(x.astype(np.float64)), 0).sum(axis=1, keepdims=True)
    return (sums / np.maximum(kept.sum(axis=1, keepdims=True), 1)).astype(np.float32)


def scaled_binary(x):
    return np.where(x > 0, row_means(x, np.ones_like(x, bool)), np.float32(0))


def ternary(x, is_scaled):
    threshold = np.float32(0.75) * row_means(x, np.ones_like(x, bool))
    scale = row_means(x, np.abs(x) > threshold) if is_scaled else np.float32(1)
    return np.where(np.abs(x) > threshold, np.sign(x) * scale, np.float32(0))


class Quantize(harness.Case):
    def quantize(self, settings, values, **how):
        """Last words of the lines; their numbers must be those of the values."""
        done = self.require("quantize", *settings, *values, **how)
        return [line.split()[-1] for line in done.out.splitlines()]

    def settings(self, case):
        """The words for a case of the vectors."""
        def written(value):
            text = "NA" if value is None else str(value).lower()
            return text.replace(" ", "")

        words = [case["quantizer"], *(f"{k}={written(v)}" for k, v in case["params"].items())]
        if case["role"] != "vector":
            rows, columns = ([1] + case["shape"])[-2:]
            words += [f"tensor={case['role']}", f"shape={rows},{columns}"]
        return words

    def test_known_values(self):
        for value, width, frac_width, is_signed, expected in KNOWN:
            with self.subTest(value):
                settings = ["integer", f"width={width}", f"frac_width={frac_width}",
                            f"is_signed={str(is_signed).lower()}"]
                self.assertEqual(self.quantize(settings, [value]), [f"{expected:.9g}"])

    def test_nan_stays_nan(self):
        done = self.quantize(["integer", "width=8", "frac_width=NA"], ["nan"])
        self.assertTrue(np.isnan(float(done[0])))

    def test_fixed_is_integer(self):
        values = ["-3.7", "0.26", "12"]
        self.assertEqual(self.quantize(["fixed", "width=6", "frac_width=2"], values),
                         self.quantize(["integer", "width=6", "frac_width=2"], values))

    def test_blank_lines_and_spaces_in_the_pipe(self):
        self.assertEqual(self.quantize(["integer", "width=4", "frac_width=2"], ["-"],
                                       stdin="0.375\n\n  -2.1 \r\n1e0"), ["0.5", "-2", "1"])

    def facts(self, *words):
        """What standard error says of a format, by name; the name itself is under ""."""
        lines = self.require("quantize", *words, "1").err.splitlines()
        found = {"": lines[0]}
        for line in lines[1:]:
            found.update([line.split(maxsplit=1)])
        return found

    def test_golden_vectors(self):
        with open(harness.shared_file("quantizer_vectors_dev.json"), encoding="utf-8") as file:
            cases = json.load(file)
        self.assertEqual(len(cases), 41)
        for case in cases:
            with self.subTest(case["id"], **case["params"]):
                values = [f"{value:.9g}" for value in case["input"]]
                expected = np.array(case["output"], dtype=np.float32)
                settings = self.settings(case)
                piped = self.quantize(settings, ["-"], stdin="\n".join(values) + "\n")
                if case["role"] == "vector":
                    self.assertEqual(self.quantize(settings, values), piped)
                got = np.array([float(word) for word in piped], dtype=np.float32)
                np.testing.assert_array_equal(got, expected)

    def test_rows_have_scales_of_their_own(self):
        """Against numpy, with means in double precision on both sides."""
        rng = np.random.default_rng(7)
        for shape in ((5, 16), (3, 7), (1, 1), (4, 1)):
            x = (rng.standard_normal(shape) * rng.choice([0.01, 1, 40], shape)).astype(np.float32)
            words = [f"{value:.9g}" for value in x.ravel()]
            for settings, expected in (
                    (["binary", "bipolar=false"], scaled_binary(x)),
                    (["ternary"], ternary(x, False)),
                    (["ternary", "scaling_factor=true"], ternary(x, True))):
                with self.subTest(settings, shape=shape):
                    size = f"shape={shape[0]},{shape[1]}"
                    got = self.quantize([*settings, size], words)
                    np.testing.assert_array_equal(np.array(got, np.float32), expected.ravel())

    def test_one_line_a_value_and_the_format_beside(self):
        done = self.require("quantize", "integer", "width=4", "frac_width=2", "0.375", "-2.1")
        self.assertEqual(done.out, "0.375 0.5\n-2.1 -2\n")
        self.assertIn("ap_fixed<4,2,AP_RND_CONV,AP_SAT>", done.err)
        facts = self.facts("integer", "width=4", "frac_width=2")
        self.assertEqual(facts, {"": "integer", "bits": "4", "levels": "16", "lowest": "-2",
                                 "highest": "1.75", "smallest_positive": "0.25", "step": "0.25",
                                 "hls": "ap_fixed<4,2,AP_RND_CONV,AP_SAT>"})
        facts = self.facts("fixed", "width=8", "frac_width=NA", "is_signed=false")
        self.assertEqual((facts["lowest"], facts["highest"]), ("0", "15.9375"))
        self.assertEqual(facts["hls"], "ap_ufixed<8,4,AP_RND_CONV,AP_SAT>")

    def test_facts_of_floats_are_those_of_the_8_bit_ones(self):
        # E4M3 with its exponents for numbers alone: 8 exponents above 1, up to 1.875.
        facts = self.facts("minifloat_ieee", "width=8", "exponent_width=4")
        self.assertEqual((facts["highest"], facts["exponent_bias"], facts["mantissa_bits"]),
                         ("480", "7", "3"))
        self.assertEqual((facts["smallest_normal"], facts["smallest_positive"]),
                         ("0.015625", "0.001953125"))
        self.assertEqual(self.facts("log", "width=4", "exponent_bias=3")["levels"], "16")
        facts = self.facts("block_fp", "width=6", "exponent_width=8", "block_size=4")
        self.assertEqual((facts["levels"], facts["shared_bits"]), ("63", "8"))
        self.assertEqual(self.facts("binary", "bipolar=false"),
                         {"": "binary", "bits": "1", "shared_bits": "32", "levels": "2"})

    def test_json_holds_values_and_facts(self):
        done = self.require("quantize", "log", "width=4", "--json", "0.3", "-5")
        document = json.loads(done.out)
        self.assertEqual(done.err, "")
        self.assertEqual(document["format"], "log")
        self.assertEqual([pair["quantised"] for pair in document["values"]], [0.25, -4])
        self.assertEqual(document["facts"]["lowest_exponent"], -3)
        self.assertIsNone(document["hls"])

    def test_data_are_a_batch(self):
        # The row of zeros takes the bias of the other: 7 - log2(8) = 4; alone it would be 7.
        row, other = ["0", "0"], ["4", "8"]
        words = ["block_log", "width=4", "exponent_bias_width=8", "block_size=2", "tensor=data_in"]
        batch = self.quantize(words + ["shape=2,2"], row + other)
        self.assertEqual([float(value) for value in batch], [0.0625, 0.0625, 4, 8])
        self.assertEqual([float(value) for value in self.quantize(words, row)], [2 ** -7] * 2)

    def test_lines_are_read_whole(self):
        settings = ["integer", "width=8", "frac_width=4"]
        long = "0.3" + "0" * 300
        self.assertEqual(self.quantize(settings, ["-"], stdin=f" 1.5\t\r\n\n{long}\n-2"),
                         self.quantize(settings, ["1.5", long, "-2"]))
        for line in ("1.5 2.5", "1.5 # a remark"):
            done = harness.run([harness.BITFRONT, "quantize", *settings, "-"], stdin=f"1\n{line}\n")
            self.assertEqual((done.code, done.out), (2, ""), done)
            self.assertIn(f"line 2: '{line}' is no number", done.err)

    def test_refusals(self):
        for words, *named in (
                (["lutnet", "1"], "lutnet", "look-up tables"),
                (["binary_residual", "1"], "binary_residual"), (["logicnets", "1"], "pruned"),
                (["binary", "bipolar=2", "1"], "bipolar", "true or false"),
                (["binary", "stochastic=true", "bipolar=false", "1"], "stochastic"),
                (["integer", "width=true", "1"], "width", "whole number"),
                (["integer", "width=[4,4]", "1"], "width", "whole number"),
                (["block_fp", "width=8", "block_size=[0,4]", "1"], "extent 0"),
                (["block_fp", "width=8", "block_size=[4", "1"], "block_size"),
                (["block_fp", "width=8", "block_size=4,,4", "1"], "block_size"),
                (["ternary", "shape=2,2", "1", "2", "3"], "3 values", "2 rows"),
                (["ternary", "shape=0,3", "1"], "shape"), (["ternary", "shape=3", "1"], "shape"),
                (["ternary", "shape=99999999999999999999,1", "1"], "shape"),
                (["ternary", "shape=4294967296,4294967296", "1"], "do not fill"),
                (["ternary", "tensor=biases", "1"], "biases", "data_in"),
                (["ternary", "tensor=bias", "shape=2,1", "1", "2"], "bias", "one row"),
                (["integer", "width=4", "width=5", "1"], "width", "twice"),
                (["integer", "width=4", "--jsn", "1"], "--jsn")):
            with self.subTest(" ".join(words)):
                self.refuse(["quantize", *words], 2, *named)


if __name__ == "__main__":
    harness.main()
