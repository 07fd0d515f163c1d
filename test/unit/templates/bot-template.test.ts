import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TemplateError } from '../../../server/templates/template-error.ts';
import { botSyntax, checkTemplateShape, scanTemplate } from '../../../server/templates/template-scan.ts';
import { toTemplateValue } from '../../../server/templates/template-value.ts';
import { renderBot } from './rendering.ts';

describe('bot templates', () => {
  const cases: [string, string][] = [
    [
      '{# See: https://api.example/docs #}\nhttps://api.example/find?q={{ q|url_encode }}',
      'https://api.example/find?q=a%20b',
    ],
    ['{% set params = {\n\t"to": q,\n\t"body": "x" ~ n,\n} %}\n{{ params|url_encode }}', 'to=a%20b&body=x1'],
    ['{% if n == 1 %}one{% elseif n == 2 %}two{% else %}many{% endif %}', 'one'],
    ['a\r\nb', 'a\nb'],
    [
      '{% for k, v in {x: 1, y: 2} %}{{ k }}={{ v }}{{ loop.last ? "" : "&" }}{% else %}none{% endfor %}',
      'x=1&y=2',
    ],
    ['{% apply upper %}a{{ q }}{% endapply %}{% set z %}<{{ n }}>{% endset %}{{ z }}', 'AA B<1>'],
    [
      '{% verbatim %}{{ q }}{% endverbatim %}{% with {q: "w"} %}{{ q }}{% endwith %}{% do 1 %}{{ "#{q}!" }}',
      '{{ q }}wa b!',
    ],
    ['{{ response.items.0.id_str }}', '9007199254740993'],
  ];
  const context = { q: 'a b', n: 1, response: { items: [{ id_str: '9007199254740993' }] } };
  for (const [template, expected] of cases)
    it(`render ${JSON.stringify(template)}`, () => assert.equal(renderBot(template, context), expected));

  it('tell the line of a fault', () => {
    const at = (template: string): number | undefined => {
      try {
        renderBot(template);
      } catch (error) {
        if (error instanceof TemplateError) return error.line;
      }
      return undefined;
    };
    assert.deepEqual(
      ['a\n{{ x', 'a\n\n{{ 1 / 0 }}', '{% if %}', '\n{{ x.y() }}', '{% nope %}'].map(at),
      [2, 3, 1, 2, 1],
    );
  });
});

describe('escapes from the sandbox', () => {
  const secret = 'nothing of this may be reached';
  const context = { o: { a: 1 }, list: [1], text: 's', n: 1, nested: { list: [{ b: 1 }] } };
  const harmless = [
    '{{ o.constructor }}{{ o.__proto__ }}{{ o.prototype }}{{ o["constructor"] }}{{ o["__proto__"] }}',
    '{{ list.constructor }}{{ list.length }}{{ list["push"] }}{{ list.__proto__ }}',
    '{{ text.constructor }}{{ text.length }}{{ n.toString }}{{ n.constructor }}',
    '{{ o.constructor.constructor }}{{ o.toString }}{{ o.valueOf }}{{ o.hasOwnProperty }}',
    '{{ _self }}{{ _charset }}',
    '{{ attribute(o, "constructor") }}{{ attribute(o, "get", ["a"]) }}{{ attribute(list, "constructor") }}',
    '{% set x = o %}{{ x.get }}{{ x.set }}{{ x.size }}{{ x.entries }}',
    '{% for i in [1] %}{{ loop.constructor }}{{ loop.parent.constructor }}{{ loop.get }}{% endfor %}',
    '{{ dict_set(o, "__proto__.polluted", 1).polluted }}{{ dict_set({}, "constructor.prototype.p", 1).p }}',
    '{{ {"__proto__": {"p": 1}}.p }}{{ o|merge({"__proto__": {"p": 1}}).p }}',
    '{{ array_column(list, "constructor")|join }}{{ array_column([o], "__proto__")|join }}',
    '{{ attribute(attribute(o, "constructor"), "constructor") }}{{ attribute(text, "length") }}',
    '{{ dict_unset(o, "__proto__.toString").toString }}{{ jsonpath_set({}, "__proto__.p", 1).p }}',
    '{{ "x"|regexp("/(x)/", "constructor") }}{{ "x"|regexp("/(?<a>x)/", "__proto__") }}',
    '{{ "a[__proto__][p]=1"|url_decode("json")|json_decode|column("p")|join }}',
    '{{ array_combine(["__proto__"], [{p: 1}]).p }}{{ array_fill_keys(["__proto__"], {p: 1}).p }}',
    '{{ "constructor"|unescape|str_sub(0, 0) }}{{ "&constructor;&__proto__;"|unescape|replace({"&constructor;": "", "&__proto__;": ""}) }}',
    `{{ '{"constructor":{"prototype":{"p":1}}}'|json_decode.p }}`.replace(
      '|json_decode.p',
      '|json_decode|column("p")|join',
    ),
  ];
  for (const template of harmless)
    it(`${template} gives nothing`, () => {
      assert.equal(renderBot(template, { ...context, secret }), '');
      assert.equal(
        Object.hasOwn(Object.prototype, 'p') || Object.hasOwn(Object.prototype, 'polluted'),
        false,
      );
    });

  const refused = [
    '{{ o.constructor("return 1")() }}',
    '{{ o.constructor("return 1") }}',
    '{{ o.get("a") }}',
    '{{ list.push(1) }}',
    '{{ text.toUpperCase() }}',
    '{{ _self.template }}',
    '{{ list|map(i => i.constructor)|join }}',
    '{{ list|filter(i => i)|join }}',
    '{{ list|reduce((a, b) => a, 0) }}',
    '{{ list|sort((a, b) => 0)|join }}',
    '{{ list has some i => i }}',
    '{{ list has every i => i }}',
    '{{ list|find(i => i) }}',
    '{{ list|map("system")|join }}',
    '{{ ["id"]|filter("system")|join }}',
    '{{ _context|filter((v, k) => v)|join }}',
    '{{ [1]|batch(1, i => i)|length }}',
    '{{ "x"|regexp("/x/e") }}',
    '{{ "mean"|stat("constructor") }}',
    '{{ xml_decode("<!DOCTYPE a [<!ENTITY x SYSTEM \'file:///etc/passwd\'>]><a>&x;</a>") }}',
    '{{ cerb_file_url(1) }}',
    '{{ parent() }}',
    '{% from "x" import y %}',
    '{% sandbox %}{% include "x" %}{% endsandbox %}',
    '{% apply map(i => i) %}x{% endapply %}',
    '{% filter source %}x{% endfilter %}',
    '{{ o?.constructor("x") }}',
    '{{ attribute(o, "get", ["a"], "method").constructor() }}',
    '{{ [...list]|join }}',
    '{{ source("/etc/hostname") }}',
    '{{ include("x") }}',
    '{% include "x" %}',
    '{% import "x" as y %}',
    '{% extends "x" %}',
    '{% embed "x" %}{% endembed %}',
    '{% use "x" %}',
    '{% macro m() %}{% endmacro %}',
    '{% block b %}{% endblock %}',
    '{{ block("b") }}',
    '{{ constant("PHP_VERSION") }}',
    '{{ n is constant("PHP_VERSION") }}',
    '{{ template_from_string("x") }}',
    '{{ dump() }}',
    '{% autoescape %}{% endautoescape %}',
    '{% flush %}',
    '{% deprecated "x" %}',
    '{% line 7 %}',
    '{{ "x"|convert_encoding("a", "b") }}',
    '{{ "%1000000000d"|format(1) }}',
  ];
  for (const template of refused)
    it(`${template} is refused`, () => assert.throws(() => renderBot(template, context), TemplateError));
});

describe('limits of bot templates', () => {
  const full = 65_536;
  const bombs: [string, string][] = [
    ['brackets', `{{ ${'('.repeat(30_000)}1${')'.repeat(30_000)} }}`],
    ['lists in lists', `{{ ${'['.repeat(30_000)}${']'.repeat(30_000)} }}`],
    ['signs', `{{ ${'-'.repeat(60_000)}1 }}`],
    ['choices', `{{ ${'a?b:'.repeat(16_000)}c }}`],
    ['blocks', '{% if 1 %}'.repeat(6_000)],
    ['members', `{{ [${'1,'.repeat(32_000)}1] }}`],
    ['filters', `{{ a${'|upper'.repeat(10_000)} }}`],
    ['operators', `{{ a${'~a'.repeat(32_000)} }}`],
    ['tags', '{{a}}'.repeat(13_000)],
    ['blanks in a comment', `{# x${' '.repeat(65_000)}x#}`],
    ['too many characters', 'x'.repeat(full + 1)],
  ];
  for (const [name, template] of bombs)
    it(`a template full of ${name} is refused before it is parsed`, () => {
      // The shape alone, found by one pass, refuses it; no parser was asked.
      assert.throws(() => checkTemplateShape(template, scanTemplate(template, botSyntax)), TemplateError);
      assert.throws(() => renderBot(template), TemplateError);
    });

  const growth: [string, string][] = [
    ['texts', `{% set x = "aaaaaaaaaaaaaaaa" %}${'{% set x = x ~ x %}'.repeat(60)}`],
    ['lists', `{% set x = [1,2,3,4] %}${'{% set x = x|merge(x) %}'.repeat(60)}`],
    ['replacements', `{% set x = "a" %}${'{% set x = x|replace({a: "aaaaaaaaaaaaaaaaaaaa"}) %}'.repeat(20)}`],
    ['ranges', '{{ range(1, 100000000)|length }}'],
    ['output', '{% for i in 1..9999 %}{% for j in 1..99 %}xxxxxxxxxxxxxxxx{% endfor %}{% endfor %}'],
  ];
  for (const [name, template] of growth)
    it(`growing ${name} are stopped`, () => {
      assert.throws(() => renderBot(template), /too long|too much|members|longer than/);
    });

  it('text without tags may be as long as a template may be', () => {
    assert.equal(renderBot('x'.repeat(full)).length, full);
  });
});

describe('the context of templates', () => {
  class Thing {
    a = 1;
  }
  const refused: [string, unknown][] = [
    ['a function', () => 1],
    ['an instance', new Thing()],
    ['a date', new Date(0)],
    [
      'a getter',
      {
        get a() {
          return 1;
        },
      },
    ],
    ['a symbol', Symbol('x')],
    ['bytes', new Uint8Array(1)],
  ];
  for (const [name, value] of refused)
    it(`refuses ${name} wherever it lies`, () => {
      assert.throws(() => renderBot('{{ x }}', { x: [{ y: value }] }), /"x\.0\.y/);
    });

  it('is a copy: nothing a template does reaches the caller', () => {
    const dict = { a: [1] };
    assert.equal(renderBot('{% set d = dict_set(d, "a", 2) %}{{ d.a }}', { d: dict }), '2');
    assert.deepEqual(dict, { a: [1] });
  });

  it('has limits of depth and size', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200; i++) deep = [deep];
    assert.throws(() => toTemplateValue(deep), /nested deeper/);
    assert.throws(() => toTemplateValue('x'.repeat(17 * 1024 * 1024)), /16 MB/);
  });
});
