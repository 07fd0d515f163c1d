import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJson } from '../../../server/json.ts';
import { TemplateError } from '../../../server/templates/template-error.ts';
import { renderBot } from './rendering.ts';

const data = {
  text: "a!b'(c)*d é/~",
  list: [3, 1, 2],
  dict: { To: '+1 2', n: { a: [1, true] }, gone: null },
  five: '5',
  yes: true,
  html: `<a href="x">'&</a>`,
  people: [{ n: 'Ann' }, { n: 'Bob' }],
};

function table(title: string, cases: [string, string][]): void {
  describe(title, () => {
    for (const [template, expected] of cases)
      it(`${template} gives ${JSON.stringify(expected)}`, () =>
        assert.equal(renderBot(template, data), expected));
  });
}

table('values print, compare and calculate as in PHP', [
  ["{{ yes ~ '' }}{{ not yes }}|{{ null }}", '1|'],
  ['{{ five + 1 }} {{ five * "2" }} {{ 7 // 2 }} {{ 10 / 4 }} {{ -7 % 3 }} {{ 2 ** 3 }}', '6 10 3 2.5 -1 8'],
  ['{{ 0.1 + 0.2 }} {{ 1000000 * 1000000 * 1000000 * 1000000 }} {{ 1 / 3 }}', '0.3 1.0E+24 0.33333333333333'],
  ['{{ list }}', 'Array'],
  ['{{ five == 5 }}{{ "abc" == 0 }}|{{ "1e1" == 10 }}|{{ null == false }}|{{ "a" < "b" }}', '1|1|1|1'],
  ['{{ "0" ? "y" : "n" }}{{ "" ? "y" : "n" }}{{ [] ? "y" : "n" }}{{ "0.0" ? "y" : "n" }}', 'nnny'],
  ['{{ "5" in [5] }}{{ "b" in "abc" }}{{ 9 not in list }}', '111'],
  ['{{ "Hello" starts with "He" }}{{ "Hello" ends with "lo" }}{{ "Hello" matches "/^h/i" }}', '111'],
  ['{{ 1 <=> 2 }} {{ 5 b-and 4 }} {{ 5 b-or 2 }}', '-1 4 7'],
  ['{{ nope.a.b }}|{{ nope ?? "d" }}|{{ nope.a|default("e") }}|{{ ""|default("f") }}', '|d|e|f'],
  ['{{ list.1 }}{{ list[0] }}{{ people.1.n }}{{ dict["To"] }}', '13Bob+1 2'],
]);

table('text filters', [
  [
    '{{ "äB"|upper }}{{ "ÄB"|lower }}{{ "hELLO wORLD"|capitalize }}{{ "o\'neil smith"|title }}',
    "ÄBäbHello worldO'neil Smith",
  ],
  ['{{ "  x "|trim }}{{ "--x--"|trim("-") }}{{ "xx1"|trim("x", "left") }}', 'xx1'],
  ['{{ "I like this"|replace({"this": "tea", "I": "we", "like this": "go"}) }}', 'we go'],
  ['{{ "a\nb"|nl2br }}', 'a<br />\nb'],
  ['{{ html|escape }}{{ html|e("html") }}', '&lt;a href=&quot;x&quot;&gt;&#039;&amp;&lt;/a&gt;'.repeat(2)],
  ['{{ "a b-c_1"|alphanum }} {{ "a b-c"|alphanum("-", "_") }}', 'abc1 a_b-c'],
  [
    '{{ 1234567.891|number_format }} {{ 1234.5|number_format(2, ",", ".") }} {{ -0.4|number_format }}',
    '1,234,568 1.234,50 0',
  ],
  [
    '{{ "<b>x</b>"|striptags }}{{ "abcdef"[1:2] }}{{ "abc"|length }}{{ "abc"|first }}{{ "abc"|reverse }}',
    'xbc3acba',
  ],
  ['{{ "Ann B <Ann@X.org>, bob@y.org"|parse_emails|keys|join("|") }}', 'ann@x.org|bob@y.org'],
]);

table('list filters and functions', [
  [
    '{{ list|sort|join("-") }} {{ list|first }}{{ list|last }} {{ list|length }} {{ list|reverse|join }}',
    '1-2-3 32 3 213',
  ],
  [
    '{{ ["a","b","c"]|join(", ", " and ") }} {{ dict|keys|join(",") }} {{ people|column("n")|join }}',
    'a, b and c To,n,gone AnnBob',
  ],
  ['{{ "a,b,c"|split(",", 2)|json_encode }} {{ "abc"|split("")|length }}', '["a","b,c"] 3'],
  ['{{ [1]|merge([2])|json_encode }} {{ {a: 1}|merge({a: 2, b: 3})|json_encode }}', '[1,2] {"a":2,"b":3}'],
  [
    '{{ 2.5|round }} {{ 1.005|round(2) }} {{ 2.1|round(0, "ceil") }} {{ (-3)|abs }} {{ 1234|round(-2) }}',
    '3 1.01 3 3 1200',
  ],
  [
    '{{ dict_set(dict, "n.b", 7).n|json_encode }} {{ dict_set({}, "a.b[]", 1)|json_encode }}',
    '{"a":[1,true],"b":7} {"a":{"b":[1]}}',
  ],
  [
    '{{ array_diff([1, 2, 3], [2])|join }} {{ range(1, 7, 3)|join(",") }} {{ ("a".."c")|join }} {{ (3..1)|join }}',
    '13 1,4,7 abc 321',
  ],
  [
    '{{ max(1, 5, 3) }}{{ min([4, 2]) }}{{ random(9) }}{{ random(["x", "y"]) }}{{ random_string(4) }}{{ shuffle(list)|length }}',
    '529y99993',
  ],
  ['{% if [] is empty and "0" is not empty and list is iterable and "1.5" is numeric %}ok{% endif %}', 'ok'],
]);

table('filters that encode', [
  ['{{ text|url_encode }}', 'a%21b%27%28c%29%2Ad%20%C3%A9%2F~'],
  ['{{ dict|url_encode }}', 'To=%2B1%202&n%5Ba%5D%5B0%5D=1&n%5Ba%5D%5B1%5D=1'],
  ['{{ "a%20b+c%C3%A9"|url_decode }}', 'a b+cé'],
  [
    '{{ {u: "http://é"}|json_encode }}{{ [1.5, true, null, "a\\"b"]|json_encode }}',
    '{"u":"http:\\/\\/\\u00e9"}[1.5,true,null,"a\\"b"]',
  ],
  [
    `{{ '{"a":[],"b":{"c":"x/y"}}'|json_pretty }}`,
    '{\n    "a": [],\n    "b": {\n        "c": "x/y"\n    }\n}',
  ],
  ['{{ list|json_pretty }}|{{ "no json"|json_pretty }}', '|null'],
  [
    `{{ '{"a":{"b":1}}'|json_decode.a.b }}{{ json_decode('[7]')|first }}`.replace(
      '|json_decode.a.b',
      '|json_decode|json_encode',
    ),
    '{"a":{"b":1}}7',
  ],
  ['{{ "é"|base64_encode }} {{ "w6k="|base64_decode }}', 'w6k= é'],
  ['{{ "a"|md5 }}', '0cc175b9c0f1b6a831c399e269772661'],
  ['{{ "abc"|sha1 }}', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  [
    '{{ "what do ya want for nothing?"|hash_hmac("Jefe") }}',
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
]);

table('dates', [
  [
    '{{ 0|date("Y-m-d H:i:s") }} {{ "0"|date("c") }} {{ 86400|date("D, j M y \\\\a\\\\t g:i A") }}',
    '1970-01-01 00:00:00 1970-01-01T00:00:00+00:00 Fri, 2 Jan 70 at 12:00 AM',
  ],
  ['{{ "now"|date("c") }} {{ date()|date("U") }}', '2026-01-15T12:00:00+00:00 1768478400'],
  ['{{ "-490184 seconds"|date("U") }}', '1767988216'],
  [
    '{{ "tomorrow"|date("Y-m-d H:i") }} {{ "next friday 8am"|date("D Y-m-d H:i") }}',
    '2026-01-16 00:00 Fri 2026-01-16 08:00',
  ],
  [
    '{{ "last day of next month"|date("Y-m-d") }} {{ "+1 week 2 days"|date("Y-m-d H") }}',
    '2026-02-28 2026-01-24 12',
  ],
  ['{{ "Mon Sep 24 03:35:21 +0000 2012"|date("c") }}', '2012-09-24T03:35:21+00:00'],
  [
    '{{ "2012-09-24T03:35:21.000Z"|date("U") }} {{ "Mon, 24 Sep 2012 05:35:21 +0200"|date("U") }}',
    '1348457721 1348457721',
  ],
  [
    '{{ "2026-07-01 12:00"|date_modify("-1 month")|date("Y-m-d") }} {{ date("2026-02-01") > date("2026-01-01") }}',
    '2026-06-01 1',
  ],
  ['{{ 1751371200|date("H:i T P e I", "Europe/Berlin") }}', '14:00 +02:00 +02:00 Europe/Berlin 1'],
  ['{{ "2026-01-01"|date("N jS z W t L o", "UTC") }}', '4 1st 0 01 31 0 2026'],
  [
    '{{ "-5 minutes"|date_pretty }} {{ "now"|date_pretty }} {{ "+2 days"|date_pretty }}',
    '5 mins ago just now 2 days',
  ],
]);

describe('ids above 2^53', () => {
  const context = {
    body: '{"id":9007199254740993,"n":[9007199254740993]}',
    data: parseJson('{"id":9007199254740993}'),
  };
  const cases: [string, string][] = [
    [
      '{{ body|json_pretty }}',
      '{\n    "id": 9007199254740993,\n    "n": [\n        9007199254740993\n    ]\n}',
    ],
    ['{{ data|json_encode|json_pretty }}', '{\n    "id": 9007199254740993\n}'],
    ['{{ data.id }}{{ data.id ~ "" }}', '90071992547409939007199254740993'],
    ['{% for i in json_decode(body).n %}{{ i }}{% endfor %}', '9007199254740993'],
    [
      '{{ data.id == "9007199254740993" }}|{{ data.id == "9007199254740992" }}|{{ data.id > "9007199254740992" }}',
      '1||1',
    ],
    [
      '{{ data.id + 1 }} {{ data|url_encode }} {{ data.id|number_format }}',
      '9007199254740994 id=9007199254740993 9,007,199,254,740,993',
    ],
  ];
  for (const [template, expected] of cases)
    it(`stay exact in ${template}`, () => assert.equal(renderBot(template, context), expected));

  it('are refused as bare digits of a template, which the parser would round', () => {
    assert.throws(() => renderBot('{{ 9007199254740993 }}'), /must be written in quotes/);
  });
});

describe('what is not there', () => {
  const faults: [string, RegExp][] = [
    ['{{ x|cerb_translate }}', /The filter "cerb_translate" is not available here/],
    ['{{ cerb_avatar_url(1) }}', /The function "cerb_avatar_url"/],
    ['{{ xml_decode(x) }}', /The function "xml_decode"/],
    ['{{ x is record type("ticket") }}', /The test "record type"/],
    ['{{ "x"|date }}', /"x" cannot be read as a date/],
    ['{{ 1 / 0 }}', /divides by zero/],
    ['{{ "a" + 1 }}', /"a" cannot be used as a number/],
    ['{{ x|escape("nope") }}', /escaping "nope"/],
    ['{{ 0|date("c", "Mars/Base") }}', /"Mars\/Base" is no time zone/],
  ];
  for (const [template, message] of faults)
    it(`${template} says so, with its line`, () => {
      const isExpected = (error: unknown) =>
        error instanceof TemplateError && message.test(error.message) && error.line === 2;
      assert.throws(() => renderBot(`\n${template}`), isExpected);
    });
});
