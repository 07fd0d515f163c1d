import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { renderPackageText } from '../../../server/templates/package-stage.ts';
import { TemplateError } from '../../../server/templates/template-error.ts';
import { renderBot } from './rendering.ts';

function render(text: string, scope: Record<string, unknown> = {}, insideBotTemplate = false): string {
  return renderPackageText(text, scope, { insideBotTemplate }).text;
}

describe('package templates', () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ['plain {{ bot }} {% if a %}', {}, 'plain {{ bot }} {% if a %}'],
    ['{{{a}}}', { a: 'x' }, 'x'],
    ['{{{ uid.svc }}}', { uid: { svc: '01ABC' } }, '01ABC'],
    ['{{{uid.b}}}/{{{uid.a}}}/{{{uid.a|lower}}}', { uid: { a: 'A', b: 'B' } }, 'B/A/a'],
    ["{{% set uid = {'a': 'mine'} %}}{{{uid.a}}}", { uid: { a: 'A' } }, 'mine'],
    [
      'https://q.{{{region}}}.example/{{path|url_encode}}',
      { region: 'eu-1' },
      'https://q.eu-1.example/{{path|url_encode}}',
    ],
    ['{{{a|lower}}}-{{{ a|sha1|length }}}', { a: 'Q' }, 'q-40'],
    ["{{% if m == 'test' %}}1{{% endif %}}", { m: 'test' }, '1'],
    ["{{% if m == 'test' %}}1{{% else %}}0{{% endif %}}", { m: 'live' }, '0'],
    ['{{# note {{{a}}} #}}\nx', { a: '1' }, 'x'],
    ['a {{{- a -}}} b', { a: '1' }, 'a1b'],
    ['{{% for i in 1..3 %}}\n{{{i}}};{{% endfor %}}', {}, '1;2;3;'],
    ['{{{ "#{a} }}} {{b}}" }}}', { a: '1' }, '#{a} }}} {{b}}'],
    ["{{{ {'k': 'v'}.k }}}", {}, 'v'],
    ['{{{a}}}{{{b}}}', { a: '{{', b: 'x}}' }, '{{x}}'],
    ['one\r\ntwo {{{a}}}', { a: 'x\r\ny' }, 'one\ntwo x\r\ny'],
  ];
  for (const [text, scope, expected] of cases)
    it(`renders ${JSON.stringify(text)}`, () => assert.equal(render(text, scope), expected));

  it('keeps an answer character for character where the field is no bot template', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (answer) => render('<{{{a}}}>', { a: answer }) === `<${answer}>`,
      ),
    );
  });

  it('names what is not in scope, and renders it as nothing', () => {
    const text = '{{{behavior_19}}}/{{{uid.gone}}}/{{{uid.here}}}/{{{x|default("d")}}}';
    const result = renderPackageText(text, { uid: { here: '1' } }, { insideBotTemplate: true });
    assert.deepEqual(result, { text: '//1/d', unknown: ['behavior_19', 'uid.gone'] });
  });

  it('does not name what the template sets or loops over itself', () => {
    const text =
      '{{% set a = 1 %}}{{% for k, v in {q: 2} %}}{{{a}}}{{{k}}}{{{v}}}{{{loop.index}}}{{% endfor %}}';
    assert.deepEqual(renderPackageText(text, {}, { insideBotTemplate: false }), {
      text: '1q21',
      unknown: [],
    });
  });

  const faults: [string, RegExp, number][] = [
    ['a\n{{{ x', /"\{\{\{" is not closed/, 2],
    ['a\nb\n{{{ x|nope }}}', /The filter "nope" is not available/, 3],
    ['{{% include "a" %}}', /The tag "include"/, 1],
    ['\n{{% if %}}', /Unexpected token/, 2],
    ['{{{ random(5) }}}', /Chance is not available/, 1],
    ['{{{ deep }}}', /An object cannot be printed/, 1],
    ['{{% set a %}}x{{% endset %}}', /takes "= value" only/, 1],
    ['{{{ "#{{ a }}" }}}', /Interpolation/, 1],
  ];
  for (const [text, message, line] of faults)
    it(`refuses ${JSON.stringify(text)} with a line`, () => {
      const isExpected = (error: unknown) =>
        error instanceof TemplateError && message.test(error.message) && error.line === line;
      assert.throws(() => render(text, { deep: { a: '1' } }), isExpected);
    });

  it('prints a list of answers with commas', () => {
    assert.equal(render('{{{ many }}}', { many: ['a', 'b'] }), 'a,b');
    assert.equal(render('{{{ many|join(" ") }}}', { many: ['a', 'b'] }), 'a b');
  });

  it('ends a loop that does too much', () => {
    const text = '{{% for i in 1..1000 %}}{{% for j in 1..1000 %}}x{{% endfor %}}{{% endfor %}}';
    assert.throws(() => render(text), /takes too much work|output is longer/);
  });
});

describe('answers inside bot templates', () => {
  it('stay readable where they are plain', () => {
    const scope = { a: 'My App', n: '42', uid: { b: '01ABC' } };
    assert.equal(
      render('Hi {{{a}}}, {{{uid.b}}} {{ x + {{{n}}} }}', scope, true),
      'Hi My App, 01ABC {{ x + 42 }}',
    );
  });

  it('are never live code, while the package’s own text is', () => {
    const scope = { a: '{{ secret }}' };
    const text = render('{{{a}}}{{ greeting }}{{{ "{{ greeting }}" }}}', scope, true);
    assert.equal(renderBot(text, { secret: 'S', greeting: 'hi' }), '{{ secret }}hihi');
  });

  it('are refused where they cannot be kept', () => {
    assert.throws(
      () => render('{% verbatim %}{{{a}}}{% endverbatim %}', { a: '{% endverbatim %}' }, true),
      /verbatim/,
    );
    assert.throws(() => render('{{ var_{{{a}}} }}', { a: 'x-y' }, true), /in the middle of a name/);
    assert.throws(() => render('{{ "\\{{{a}}}" }}', { a: 'n' }, true), /after a backslash/);
    assert.equal(render('{{ var_{{{a}}}.b }}', { a: 'x1' }, true), '{{ var_x1.b }}');
  });

  const frames: [string, (q: string, r: string) => string][] = [
    ['a{{{q}}}b', (q) => `a${q}b`],
    ['{{{q}}}{{{r}}}', (q, r) => q + r],
    ['{{{q}}}\n', (q) => `${q}\n`],
    ['{# {{{q}}} #}\n{{{q}}}', (q) => q],
    ['{% set v = {{{q}}} %}\n{{{r}}}{{ v }}', (q, r) => r + q],
    ['{% if 1 %}\n{{{q}}}{% endif %}\n', (q) => q],
    ['{%- if 1 -%} {{{q}}} {%- endif -%}', (q) => q],
    ['{{ "[{{{q}}}]" }}{{ \'[{{{r}}}]\' }}', (q, r) => `[${q}][${r}]`],
    ['{{ "{{{q}}}" ~ {{{r}}} }}', (q, r) => q + r],
    ['{{-{{{q}}}-}}', (q) => q],
    ['{{ "a#{ {{{q}}} }b" }}', (q) => `a${q}b`],
    ['{ {{{- q }}}{ x }}', (q) => `{${q}{ x }}`],
    ['{{ {"k": {{{q}}}}["k"] }}}', (q) => `${q}}`],
    ['{{% if q %}}{{ "{{{q}}}" }}{{% endif %}}', (q) => (q === '0' ? '' : q)],
    ['{{ f is empty ? {{{q}}} : 1 }}', (q) => q],
  ];
  const special = fc.constantFrom(
    '"',
    "'",
    '\\',
    '\n',
    '\r\n',
    '{{',
    '}}',
    '{%',
    '%}',
    '{#',
    '#}',
    '#{',
    '{',
    '}',
    '-',
    ' ',
    'n',
    '0',
    '7',
    '|',
    '$1',
    '\u2028',
  );
  const answer = fc.oneof(
    fc.array(special).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
    fc.nat().map(String),
  );
  for (const [frame, expected] of frames)
    it(`come back unchanged from ${JSON.stringify(frame)}`, () => {
      fc.assert(
        fc.property(answer, answer, (q, r) => {
          assert.equal(renderBot(render(frame, { q, r }, true)), expected(q, r));
        }),
        { numRuns: 60 },
      );
    });
});
