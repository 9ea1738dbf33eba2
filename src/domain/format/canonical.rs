//! The canonical form of a JSON value: RFC 8785, the JSON Canonicalization Scheme (JCS).
//!
//! Keys are sorted by their UTF-16 code units, numbers and strings are written as ECMAScript's `JSON.stringify` writes
//! them, and there is no white space. Natively `serde_json_canonicalizer` writes it. At the edge JavaScript does
//! (`items.js` of the package), since its own serialization is what the RFC is defined by: nothing that converts
//! numbers or sorts goes into the Wasm.

use std::cmp::Ordering;

use serde::Serialize;

/// The canonical form of a value.
///
/// # Errors
///
/// What JSON cannot write: a map whose keys are not strings, or a number that is not finite.
pub fn to_canonical<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json_canonicalizer::to_string(value)
}

/// The order of names in RFC 8785, section 3.2.3. It differs from the order of bytes only where surrogates meet U+E000
/// and above.
pub(crate) fn utf16_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn canonical(text: &str) -> String {
        to_canonical(&serde_json::from_str::<Value>(text).unwrap()).unwrap()
    }

    #[test]
    fn rfc_8785_section_3_2_2_the_sample_object() {
        let input = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical(input), expected);
    }

    #[test]
    fn rfc_8785_section_3_2_3_keys_in_utf_16_order() {
        let input = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
            "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        let expected = ["Carriage Return", "One", "Control", "Latin Small", "Euro Sign", "Emoji", "Hebrew Letter"];
        let written = canonical(input);
        let places: Vec<_> = expected.iter().map(|name| written.find(name).unwrap()).collect();
        assert!(places.is_sorted(), "{written}");
    }

    #[test]
    fn rfc_8785_appendix_b_numbers() {
        for (bits, expected) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(to_canonical(&f64::from_bits(bits)).unwrap(), expected, "{bits:x}");
        }
        assert!(to_canonical(&f64::NAN).is_err());
        assert!(to_canonical(&f64::INFINITY).is_err());
    }

    #[test]
    fn an_integer_that_is_no_double_is_written_as_ecmascript_would() {
        assert_eq!(canonical("9007199254740993"), "9007199254740992");
        assert_eq!(canonical("18446744073709551615"), "18446744073709552000");
        assert_eq!(canonical("-0"), "0");
        assert_eq!(canonical("-9007199254740993"), "-9007199254740992");
        for integer in ["9007199254740991", "-9007199254740991", "1", "-1", "0"] {
            assert_eq!(canonical(integer), integer);
        }
    }
}
