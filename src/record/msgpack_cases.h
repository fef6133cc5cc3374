/*
 * msgpack_cases: the cases of the public msgpack-test-suite, and every format's first and last
 * number: what a value is, and its encodings, the shortest first. For the tests.
 */
#ifndef LEAT_RECORD_MSGPACK_CASES_H
#define LEAT_RECORD_MSGPACK_CASES_H

struct msgpack_case {
    const char *value;        /* As leat_text_append_msgpack prints it, with its type before it. */
    const char *encodings[9]; /* In hex. */
};

/* clang-format off */
static const struct msgpack_case msgpack_cases[] = {
    {"nil null", {"c0"}},
    {"bool false", {"c2"}},
    {"bool true", {"c3"}},

    {"uint 0", {"00", "cc00", "cd0000", "ce00000000", "cf0000000000000000",
                "d000", "d10000", "d200000000", "d30000000000000000"}},
    {"uint 1", {"01", "cc01", "cd0001", "ce00000001", "cf0000000000000001",
                "d001", "d10001", "d200000001", "d30000000000000001"}},
    {"uint 127", {"7f", "cc7f", "cd007f", "ce0000007f", "cf000000000000007f",
                  "d07f", "d1007f", "d20000007f", "d3000000000000007f"}},
    {"uint 128", {"cc80", "cd0080", "ce00000080", "cf0000000000000080",
                  "d10080", "d200000080", "d30000000000000080"}},
    {"uint 255", {"ccff", "cd00ff", "ce000000ff", "cf00000000000000ff",
                  "d100ff", "d2000000ff", "d300000000000000ff"}},
    {"uint 256", {"cd0100", "ce00000100", "cf0000000000000100",
                  "d10100", "d200000100", "d30000000000000100"}},
    {"uint 32767", {"cd7fff", "ce00007fff", "cf0000000000007fff",
                    "d17fff", "d200007fff", "d30000000000007fff"}},
    {"uint 65535", {"cdffff", "ce0000ffff", "cf000000000000ffff",
                    "d20000ffff", "d3000000000000ffff"}},
    {"uint 65536", {"ce00010000", "cf0000000000010000", "d200010000", "d30000000000010000"}},
    {"uint 2147483647", {"ce7fffffff", "cf000000007fffffff", "d27fffffff", "d3000000007fffffff"}},
    {"uint 2147483648", {"ce80000000", "cf0000000080000000", "d30000000080000000"}},
    {"uint 4294967295", {"ceffffffff", "cf00000000ffffffff", "d300000000ffffffff"}},
    {"uint 4294967296", {"cf0000000100000000", "d30000000100000000"}},
    {"uint 281474976710656", {"cf0001000000000000", "d30001000000000000"}},
    {"uint 9223372036854775807", {"cf7fffffffffffffff", "d37fffffffffffffff"}},
    {"uint 9223372036854775808", {"cf8000000000000000"}},
    {"uint 18446744073709551615", {"cfffffffffffffffff"}},

    {"int -1", {"ff", "d0ff", "d1ffff", "d2ffffffff", "d3ffffffffffffffff"}},
    {"int -32", {"e0", "d0e0", "d1ffe0", "d2ffffffe0", "d3ffffffffffffffe0"}},
    {"int -33", {"d0df", "d1ffdf", "d2ffffffdf", "d3ffffffffffffffdf"}},
    {"int -127", {"d081", "d1ff81", "d2ffffff81", "d3ffffffffffffff81"}},
    {"int -128", {"d080", "d1ff80", "d2ffffff80", "d3ffffffffffffff80"}},
    {"int -129", {"d1ff7f", "d2ffffff7f", "d3ffffffffffffff7f"}},
    {"int -256", {"d1ff00", "d2ffffff00", "d3ffffffffffffff00"}},
    {"int -32768", {"d18000", "d2ffff8000", "d3ffffffffffff8000"}},
    {"int -32769", {"d2ffff7fff", "d3ffffffffffff7fff"}},
    {"int -65536", {"d2ffff0000", "d3ffffffffffff0000"}},
    {"int -2147483648", {"d280000000", "d3ffffffff80000000"}},
    {"int -2147483649", {"d3ffffffff7fffffff"}},
    {"int -4294967296", {"d3ffffffff00000000"}},
    {"int -9223372036854775808", {"d38000000000000000"}},

    {"float 0.0", {"cb0000000000000000", "ca00000000"}},
    {"float -0.0", {"cb8000000000000000", "ca80000000"}},
    {"float 1.0", {"cb3ff0000000000000", "ca3f800000"}},
    {"float 0.5", {"cb3fe0000000000000", "ca3f000000"}},
    {"float -0.5", {"cbbfe0000000000000", "cabf000000"}},
    {"float -32768.0", {"cbc0e0000000000000", "cac7000000"}},
    {"float 0.1", {"cb3fb999999999999a"}},
    {"float 0.10000000149011612", {"cb3fb99999a0000000", "ca3dcccccd"}},
    {"float 1.7976931348623157e+308", {"cb7fefffffffffffff"}},
    {"float 5e-324", {"cb0000000000000001"}},
    {"float null", {"cb7ff0000000000000", "ca7f800000"}}, /* Infinity; JSON has none. */

    {"string \"\"", {"a0", "d900", "da0000", "db00000000"}},
    {"string \"a\"", {"a161", "d90161", "da000161", "db0000000161"}},
    {"string \"1234567890123456789012345678901\"",
     {"bf31323334353637383930313233343536373839303132333435363738393031",
      "d91f31323334353637383930313233343536373839303132333435363738393031",
      "da001f31323334353637383930313233343536373839303132333435363738393031"}},
    {"string \"12345678901234567890123456789012\"",
     {"d9203132333435363738393031323334353637383930313233343536373839303132",
      "da00203132333435363738393031323334353637383930313233343536373839303132",
      "db000000203132333435363738393031323334353637383930313233343536373839303132"}},
    {"string \"\xd0\x9a\xd0\xb8\"", {"a4d09ad0b8", "d904d09ad0b8"}},
    {"string \"\xe3\x81\xb2\"", {"a3e381b2", "d903e381b2"}},
    {"string \"\xe2\x9d\xa4\xf0\x9f\x8d\xba\"", {"a7e29da4f09f8dba", "d907e29da4f09f8dba"}},

    {"binary \"base64:\"", {"c400", "c50000", "c600000000"}},
    {"binary \"base64:AQ==\"", {"c40101", "c5000101", "c60000000101"}},
    {"binary \"base64:AP8=\"", {"c40200ff", "c5000200ff", "c60000000200ff"}},

    {"array []", {"90", "dc0000", "dd00000000"}},
    {"array [1]", {"9101", "dc000101", "dd0000000101"}},
    {"array [\"a\"]", {"91a161", "dc0001a161", "dd00000001a161"}},
    {"array [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]",
     {"9f0102030405060708090a0b0c0d0e0f", "dc000f0102030405060708090a0b0c0d0e0f",
      "dd0000000f0102030405060708090a0b0c0d0e0f"}},
    {"array [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]",
     {"dc00100102030405060708090a0b0c0d0e0f10", "dd000000100102030405060708090a0b0c0d0e0f10"}},
    {"map {}", {"80", "de0000", "df00000000"}},
    {"map {\"a\":1}", {"81a16101", "de0001a16101", "df00000001a16101"}},
    {"map {\"a\":\"A\"}", {"81a161a141", "de0001a161a141", "df00000001a161a141"}},
    {"array [[]]", {"9190", "dc000190"}},
    {"array [{}]", {"9180", "dc000180"}},
    {"map {\"a\":{}}", {"81a16180", "de0001a16180"}},
    {"map {\"a\":[]}", {"81a16190", "de0001a16190"}},

    {"timestamp 1514862245.000000000", {"d6ff5a4af6a5"}},
    {"timestamp 1514862245.678901234", {"d7ffa1dcd7c85a4af6a5"}},
    {"timestamp 2147483647.999999999", {"d7ffee6b27fc7fffffff"}},
    {"timestamp 2147483648.000000000", {"d6ff80000000"}},
    {"timestamp 2147483648.000000001", {"d7ff0000000480000000"}},
    {"timestamp 4294967295.000000000", {"d6ffffffffff"}},
    {"timestamp 4294967295.999999999", {"d7ffee6b27fcffffffff"}},
    {"timestamp 4294967296.000000000", {"d7ff0000000100000000"}},
    {"timestamp 17179869183.999999999", {"d7ffee6b27ffffffffff"}},
    {"timestamp 17179869184.000000000", {"c70cff000000000000000400000000"}},
    {"timestamp -1.000000000", {"c70cff00000000ffffffffffffffff"}},
    {"timestamp -1.999999999", {"c70cff3b9ac9ffffffffffffffffff"}},
    {"timestamp 0.000000000", {"d6ff00000000"}},
    {"timestamp 0.000000001", {"d7ff0000000400000000"}},
    {"timestamp 1.000000000", {"d6ff00000001"}},
    {"timestamp -2208988801.999999999", {"c70cff3b9ac9ffffffffff7c55817f"}},
    {"timestamp -2208988800.000000000", {"c70cff00000000ffffffff7c558180"}},
    {"timestamp -62167219200.000000000", {"c70cff00000000fffffff1868b8400"}},
    {"timestamp 253402300799.999999999", {"c70cff3b9ac9ff0000003afff4417f"}},

    {"ext 1 \"base64:EA==\"", {"d40110", "c7010110", "c800010110", "c9000000010110"}},
    {"ext 2 \"base64:ICE=\"", {"d5022021", "c702022021", "c80002022021"}},
    {"ext 3 \"base64:MDEyMw==\"", {"d60330313233", "c7040330313233"}},
    {"ext 4 \"base64:QEFCQ0RFRkc=\"", {"d7044041424344454647", "c708044041424344454647"}},
    {"ext 5 \"base64:UFFSU1RVVldYWVpbXF1eXw==\"",
     {"d805505152535455565758595a5b5c5d5e5f", "c71005505152535455565758595a5b5c5d5e5f"}},
    {"ext 6 \"base64:\"", {"c70006", "c8000006", "c90000000006"}},
    {"ext 7 \"base64:cHFy\"", {"c70307707172", "c8000307707172", "c90000000307707172"}},
    {"ext -128 \"base64:AQ==\"", {"d48001", "c7018001"}},
};
/* clang-format on */

#endif
