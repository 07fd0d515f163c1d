/** The filters, functions, tests and tags that Cerb has beside Twig's own, with its output. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TemplateError } from '../../../server/templates/template-error.ts';
import { renderBot } from './rendering.ts';

const data = {
  lines: 'one\r\n\r\n  two \n> three\rfour',
  list: [3, 1, 2, 2],
  big: [9007199254740993n, 9007199254740992n],
  row: { b: 2, a: 1 },
  rows: [{ id: 7, n: 'Ann' }, { id: 8, n: 'Bob' }, { x: 1 }],
  html: '<html><head><title>T</title></head><body><h1>Hi</h1><p>a &amp; <b>b</b><br>c</p><ul><li>x<li>y</ul><script>no()</script><a href="https://e.test/">here</a></body></html>',
};

function table(title: string, cases: [string, string][]): void {
  describe(title, () => {
    for (const [template, expected] of cases)
      it(`${template} gives ${JSON.stringify(expected)}`, () =>
        assert.equal(renderBot(template, data), expected));
  });
}

table('texts are cut, searched and laid out', [
  ['{{ "a"|append("b", ", ") }}|{{ "a, "|append("b", ", ") }}|{{ ""|append("b", ", ") }}', 'a, b|a, b|b'],
  ['{{ "a.."|append("c", "-", ".") }}|{{ nope|append("x") }}', 'a-c|x'],
  ['{{ lines|split_crlf|json_encode }}', '["one","two","> three","four"]'],
  ['{{ "a, b ,,c"|split_csv|json_encode }}', '["a","b","c"]'],
  ['{{ lines|strip_lines(">")|json_encode }}', '"one\\r\\n\\r\\n  two \\r\\nfour"'],
  ['{{ "# a\n// b\nc"|strip_lines(["#", "//"]) }}', 'c'],
  ['{{ "a\nb"|indent("  ") }}|{{ "a\nb"|indent("> ", 1) }}', '  a\n  b|a\n> b'],
  ['{{ "aa bb cc"|quote(7) }}|{{ "x"|quote }}', '> aa bb\n> cc|> x'],
  ['{{ "Ça va? 100% \'it\'s\' (ok)."|permalink }} {{ "a b"|permalink("_") }}', 'Ca-va-100-its-(ok). a_b'],
  ['{{ "Hello World"|str_pos("World") }} {{ "x"|str_pos("y") }} {{ "aXa"|str_pos("x", 0, true) }}', '6 -1 1'],
  ['{{ "Hello World"|str_sub(6, 11) }} {{ "añb"|str_sub(1, 2) }} {{ "abc"|str_sub(-2, 0) }}', 'World ñ bc'],
  ['{{ "ab"|repeat(3) }}{{ "x"|repeat(0) }}', 'ababab'],
  ['{{ "The Café, no. 9!"|tokenize|join("|") }}', 'the|café|no|9'],
  [
    '{{ "abcdef"|truncate(3) }} {{ "ab cd ef"|truncate(4, true) }} {{ "abc"|truncate(9) }}',
    'abc... ab cd... abc',
  ],
  ['{{ "abcdef"|truncate(2, false, "") }}', 'ab'],
  ['{{ "&lt;b&gt; &eacute;&#39;&#x41;&hellip;&nope;&Omega;"|unescape }}', "<b> é'A…&nope;Ω"],
  ['{{ html|html_to_text }}', 'Hi\n\na & b\nc\n\n* x\n* y\n\nhere <https://e.test/>'],
  ['{{ "<!-- x --><p>a</p><style>p{}"|html_to_text }}', 'a'],
]);

table('regular expressions are read as PHP reads them', [
  ['{{ "order #123 of 9"|regexp("/#(\\\\d+)/", 1) }}|{{ "x"|regexp("#y#") }}', '123|'],
  ['{{ "Key: Value"|regexp("~^(?<k>\\\\w+):\\\\s*(.*)$~i", "k") }}', 'Key'],
  ['{{ "Key: Value"|regexp("~^(?P<k>\\\\w+):\\\\s*(.*)$~i", 2) }}', 'Value'],
  ['{{ "a\nb"|regexp("/a.b/s") == "a\nb" }}{{ "ab\n" matches "/b$/" }}{{ "ab\n" matches "/b$/D" }}', '11'],
  ['{{ "a1-b2"|regexp("{[[:alpha:]]2}") }} {{ "a]b"|regexp("/[]]./") }}', 'b2 ]b'],
  ['{{ "a b"|regexp("/a \\\\h # blank\n b/x") }}', 'a b'],
  ['{{ regexp_match_all("/(\\\\w)=(\\\\d)/", "a=1 b=2", 1)|json_encode }}', '["a","b"]'],
  [
    '{{ regexp_match_all("/\\\\d/", "1 2")|json_encode }}{{ regexp_match_all("/x/", "y")|json_encode }}',
    '[["1","2"]][]',
  ],
]);

table('numbers are told, converted and summed up', [
  [
    '{{ 123456789|bytes_pretty }} {{ "1234"|bytes_pretty(2) }} {{ 12|bytes_pretty }} {{ "-5e12"|bytes_pretty }}',
    '123 MB 1.23 KB 12 bytes -5 TB',
  ],
  [
    '{{ 3661|secs_pretty }}|{{ 90061|secs_pretty(2) }}|{{ 0|secs_pretty }}|{{ "x"|secs_pretty }}',
    '1 hour, 1 min, 1 sec|1 day, 1 hour|0 secs|',
  ],
  [
    '{{ "ff"|base_convert(16, 10) }} {{ 255|base_convert(10, 2) }} {{ "ffffffffffffffff"|base_convert(16, 10) }}',
    '255 11111111 18446744073709551615',
  ],
  [
    '{{ list|stat("mean") }} {{ list|stat("median") }} {{ list|stat("mode") }} {{ list|stat("sum") }} {{ list|stat("count") }} {{ list|stat("max") }}{{ list|stat("min") }}',
    '2 2 2 8 4 31',
  ],
  ['{{ list|stat("varp") }} {{ list|stat("stdevs", 3) }} {{ []|stat("mean") }}', '0.5 0.816 0'],
  [
    '{{ "%05d|%-5s|%5.2f|%x|%%|%2$s|%\'*6d|%+d"|format(42, "ab", 3.14159, 255, 7, 8) }}',
    '00042|ab   | 3.14|ff|%|ab|*****7|+8',
  ],
  [
    '{{ 3600|date_pretty(true) }} {{ (-60)|date_pretty(true) }} {{ 1768478400|date_pretty }} {{ 1768471200|date_pretty }} {{ ""|date_pretty }}',
    '+1 hour -1 min just now 2 hours ago ',
  ],
]);

table('structured texts are read and written', [
  ['{{ [["a", "b c"], ["q\\"x", 1]]|csv }}', 'a,"b c"\n"q""x",1\n'],
  ['{{ "a,\\"b,\\nc\\",d\\r\\n1,2,\\n"|parse_csv|json_encode }}', '[["a","b,\\nc","d"],["1","2",""]]'],
  ['{{ "a;b"|parse_csv(";")|first|join("|") }}', 'a|b'],
  [
    '{{ "https://me:pw@api.e.test:8443/a/b?x=1#f"|parse_url|json_encode(64) }}',
    '{"scheme":"https","host":"api.e.test","port":8443,"user":"me","pass":"pw","path":"/a/b","query":"x=1","fragment":"f"}',
  ],
  ['{{ "/only/path"|parse_url|json_encode(64) }}', '{"path":"/only/path"}'],
  [
    '{{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.1 Safari/537.36 Edg/120.0.2"|parse_user_agent|join(" ") }}',
    'Windows Edge 120.0.2',
  ],
  [
    '{{ "Tester/2.1 (x)"|parse_user_agent|json_encode }}',
    '{"platform":null,"browser":"Tester","version":"2.1"}',
  ],
  ['{{ "a?b>é"|base64url_encode }} {{ "YT9iPsOp"|base64url_decode }}', 'YT9iPsOp a?b>é'],
  [
    '{{ "a%20b+c"|url_decode }} {{ "a=1&b[]=x+y&b[]=z&c[d]=%C3%A9"|url_decode("json") }}',
    'a b+c {"a":"1","b":["x y","z"],"c":{"d":"\\u00e9"}}',
  ],
  ['{{ row|values|join }}{{ [1, 2, 3]|batch(2, "-")|json_encode }}', '21[[1,2],[3,"-"]]'],
]);

table('functions over lists', [
  [
    '{{ array_column(rows, "n")|join("|") }} {{ array_column(rows, "n", "id")|json_encode }}',
    'Ann|Bob {"7":"Ann","8":"Bob"}',
  ],
  [
    '{{ array_combine(["a", "b"], [1, 2])|json_encode }}{{ array_fill_keys(["a"], 0)|json_encode }}',
    '{"a":1,"b":2}{"a":0}',
  ],
  ['{{ array_unique(list)|join }}{{ array_values(row)|join }}{{ array_sum(["1", 2, "x"]) }}', '312213'],
  ['{{ array_intersect([1, 2, 3], [2, 9])|join }}{{ array_diff(row, [1])|json_encode }}', '2{"b":2}'],
  ['{{ array_count_values(list)|json_encode }}{{ array_sort_keys(row)|keys|join }}', '{"3":1,"1":1,"2":2}ab'],
  ['{{ array_matches(["ab", "cd", "ax"], ["a*"])|join(",") }}', 'ab,ax'],
  ['{{ array_extract_keys(rows, ["id"])|json_encode }}', '[{"id":7},{"id":8},{"id":null}]'],
  [
    '{{ dict_unset({a: {b: 1, c: 2}}, "a.b")|json_encode }}{{ jsonpath_set({}, "a.b[]", 1)|json_encode }}',
    '{"a":{"c":2}}{"a":{"b":[1]}}',
  ],
  [
    '{{ clamp_int(5, 1, 3) }}{{ clamp_float("0.5", 1) }}{{ clamp_int("9007199254740993") }}',
    '319007199254740993',
  ],
  [
    '{{ validate_email("a@b.test") ? "y" : "n" }}{{ validate_email("a b") ? "y" : "n" }}{{ validate_number("1.5") ? "y" : "n" }}',
    'yny',
  ],
  ['{{ "Foo-1" is pattern("foo-*") ? "y" : "n" }}{{ "x" is pattern("a", "b*") ? "y" : "n" }}', 'yn'],
  ['{{ "abc" is prefixed("x", "ab") ? "y" : "n" }}{{ "abc" is suffixed("c") ? "y" : "n" }}', 'yy'],
  [
    '{{ attribute(row, "a") }}{{ cycle(["x", "y"], 3) }}{{ list|shuffle|length }}'.replace(
      'list|shuffle',
      'shuffle(list)',
    ),
    '1y4',
  ],
]);

table('blocks', [
  ['{% filter upper %}a{% endfilter %}{%- filter lower|repeat(2) -%} B {%- endfilter -%}', 'Abb'],
  ['{% verbatim %}{% filter x %}{% endverbatim %}', '{% filter x %}'],
]);

describe('ids above 2^53', () => {
  const cases: [string, string][] = [
    ['{{ big|stat("max") }} {{ big|stat("sum") }}', '9007199254740993 18014398509481985'],
    [
      '{{ array_sum(big) }} {{ array_unique(big)|length }} {{ array_diff(big, ["9007199254740992"])|join }}',
      '18014398509481985 2 9007199254740993',
    ],
    ['{{ "9007199254740993" in big ? "y" : "n" }}{{ "9007199254740994" in big ? "y" : "n" }}', 'yn'],
    ['{{ big|sort|json_encode }}{{ max(big) }}', '[9007199254740992,9007199254740993]9007199254740993'],
    ['{{ "%d %s"|format(big[0], big[0]) }}', '9007199254740993 9007199254740993'],
    [
      '{% for k, v in {a: big[0]} %}{{ {id: v}|json_encode|json_pretty }}{% endfor %}',
      '{\n    "id": 9007199254740993\n}',
    ],
    ['{{ dict_set({}, "id", big[0])|url_encode }}', 'id=9007199254740993'],
  ];
  for (const [template, expected] of cases)
    it(`stay exact in ${template}`, () => assert.equal(renderBot(template, data), expected));
});

describe('what Cerb has and templates here do not', () => {
  const refused: [string, RegExp][] = [
    ['{{ x|cerb_translate }}', /filter "cerb_translate" is not available here: .*write the words/],
    ['{{ x|markdown_to_html }}', /filter "markdown_to_html" is not available here: no HTML/],
    ['{{ x|context_name }}', /filter "context_name" is not available here: it reads records/],
    ['{{ x|kata_encode }}', /filter "kata_encode" .*json_encode/],
    ['{{ x|image_info }}', /filter "image_info"/],
    ['{{ cerb_has_priv("a") }}', /function "cerb_has_priv" .*decided by the hub/],
    ['{{ cerb_record_writeable("a", 1) }}', /function "cerb_record_writeable" .*decided by the hub/],
    ['{{ cerb_avatar_image("a", 1) }}', /function "cerb_avatar_image" .*no pictures/],
    ['{{ xml_decode("<a/>") }}', /function "xml_decode" is not available here: XML/],
    ['{{ xml_xpath(x, "//a") }}', /function "xml_xpath" is not available here: XML/],
    ['{{ x is record type("ticket") }}', /test "record type" .*reads records/],
    ['{% spaceless %}{% endspaceless %}', /tag "spaceless" .*\{%-/],
    ['{{ "x"|hash_hmac("k", "sha256", true) }}', /hash_hmac.*hexadecimal/],
    ['{{ "x"|regexp("/(?>a)b/") }}', /only PCRE knows/],
    ['{{ "x"|regexp("/a++/") }}', /only PCRE knows/],
    ['{{ "x"|regexp("/(/") }}', /no regular expression/],
    ['{{ "x"|regexp("abc") }}', /delimiters/],
    ['{{ "x"|regexp("/a/e") }}', /flags "e"/],
    ['{{ "%1000000000d"|format(1) }}', /widths up to/],
    ['{{ "%d %d"|format(1) }}', /fewer values/],
    ['{{ "x"|repeat(99999999) }}', /too long/],
    ['{{ [1]|stat("nope") }}', /stat.*knows count/],
    ['{{ "1"|base_convert(10, 99) }}', /bases from 2 to 36/],
    ['{{ [1]|batch(0) }}', /at least 1/],
  ];
  for (const [template, message] of refused)
    it(`${template} is refused with its reason`, () => {
      const isExpected = (error: unknown) => error instanceof TemplateError && message.test(error.message);
      assert.throws(() => renderBot(template, data), isExpected);
    });
});
