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


class Quantize(harness.Case):
    def quantize(self, settings, values, **how):
        """Last words of the lines; their numbers must be those of the values."""
        done = self.require("quantize", *settings, *values, **how)
        return [line.split()[-1] for line in done.out.splitlines()]

    def settings(self, params):
        pairs = {**params, "is_signed": str(params.get("is_signed", True)).lower()}
        return ["integer"] + [f"{key}={'NA' if value is None else value}"
                              for key, value in pairs.items()]

    def test_known_values(self):
        for value, width, frac_width, is_signed, expected in KNOWN:
            with self.subTest(value):
                settings = self.settings({"width": width, "frac_width": frac_width,
                                          "is_signed": is_signed})
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

    def test_golden_vectors(self):
        with open(harness.shared_file("quantizer_vectors_dev.json"), encoding="utf-8") as file:
            cases = [case for case in json.load(file) if case["quantizer"] == "integer"]
        self.assertGreater(len(cases), 10)
        for case in cases:
            with self.subTest(case["id"], **case["params"]):
                values = [f"{value:.9g}" for value in case["input"]]
                expected = np.array(case["output"], dtype=np.float32)
                settings = self.settings(case["params"])
                piped = self.quantize(settings, ["-"], stdin="\n".join(values) + "\n")
                self.assertEqual(self.quantize(settings, values), piped)
                got = np.array([float(word) for word in piped], dtype=np.float32)
                np.testing.assert_array_equal(got, expected)


if __name__ == "__main__":
    harness.main()
