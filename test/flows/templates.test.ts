import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, describe, it } from 'node:test';
import { createBotStage } from '../../server/templates/bot-stage.ts';
import { TemplateError } from '../../server/templates/template-error.ts';

const endless = '{% for i in 1..100000 %}{% for j in 1..100000 %}{% set q = i %}{% endfor %}{% endfor %}';

describe('the bot stage', () => {
  const stage = createBotStage({ now: () => Date.UTC(2026, 0, 15), workers: 2 });
  after(() => stage.close());

  it('renders quick templates and loops alike', async () => {
    assert.equal(await stage.render('{{ "now"|date("Y-m-d") }} {{ q|upper }}', { q: 'x' }), '2026-01-15 X');
    assert.equal(
      await stage.render('{% for i in list %}{{ i.id }};{% endfor %}', { list: [{ id: 9007199254740993n }] }),
      '9007199254740993;',
    );
    assert.equal(await stage.render('{{ _context|keys|join }}{{ (1..2)|join }}', { a: 1, b: 2 }), 'ab12');
  });

  it('passes faults on from its threads, with their line', async () => {
    const isExpected = (error: unknown) =>
      error instanceof TemplateError && error.line === 2 && /divides by zero/.test(error.message);
    await assert.rejects(stage.render('\n{% for i in [0] %}{{ 1 / i }}{% endfor %}', {}), isExpected);
  });

  it('ends a range of 1e8 with a clear sentence', async () => {
    await assert.rejects(
      stage.render('{% for i in 1..100000000 %}x{% endfor %}', {}),
      /more than 100000 members/,
    );
  });

  it('kills a render that does not end, while the main thread goes on, and then serves again', async () => {
    await stage.render('{{ (1..2)|join }}', {});
    let beats = 0;
    const beat = setInterval(() => beats++, 5);
    const renders = [1, 2, 3].map(() => stage.render(endless, {}, { timeoutMs: 150 }));
    const quick = stage.render('{{ 1 + 1 }}', {});
    assert.equal(await quick, '2');
    for (const result of await Promise.allSettled(renders)) {
      assert.equal(result.status, 'rejected');
      assert.match(String(result.reason), /did not end within 150 ms/);
    }
    clearInterval(beat);
    assert.ok(beats > 3, 'the main thread went on');
    assert.equal(await stage.render('{% for i in 1..3 %}{{ i }}{% endfor %}', {}), '123');
  });

  it('survives a template that eats memory', async () => {
    const hungry =
      '{% set x = [1] %}{% for i in 1..60 %}{% set x = [x, x|json_encode, (1..100000)] %}{% endfor %}';
    await assert.rejects(stage.render(hungry, {}), TemplateError);
    assert.equal(await stage.render('{{ (1..2)|join }}', {}), '12');
  });

  it('keeps outputs under their limit', async () => {
    await assert.rejects(
      stage.render('{{ x }}', { x: 'é'.repeat(60) }, { maxOutputBytes: 100 }),
      /longer than 100 bytes/,
    );
    await assert.rejects(
      stage.render('{% for i in 1..99 %}{{ x }}{% endfor %}', { x: 'ab' }, { maxOutputBytes: 100 }),
      /longer than 100/,
    );
  });

  it('leaves heavy work without loops to the threads', async () => {
    const list = Array.from({ length: 20_000 }, (_, i) => `item ${i}`);
    assert.equal(await stage.render('{{ list|sort|sort|sort|last }}', { list }), 'item 9999');
  });

  it('checks a template without rendering it', () => {
    assert.equal(stage.check('{{ a|upper }}'), undefined);
    assert.deepEqual(stage.check('a\n{{ a|nope }}'), {
      message: 'The filter "nope" is not available here.',
      line: 2,
    });
  });

  it('refuses work after it was closed', async () => {
    const own = createBotStage();
    const refused = assert.rejects(own.render(endless, {}), /stopp/);
    await own.close();
    await refused;
    await assert.rejects(own.render('{{ (1..2)|join }}', {}), /stopping/);
  });

  it('uses its threads again and again without piling up listeners', async () => {
    const warnings: string[] = [];
    const note = (warning: Error) => warnings.push(warning.message);
    process.on('warning', note);
    for (let i = 0; i < 30; i++) assert.equal(await stage.render('{{ (1..n)|join }}', { n: 2 }), '12');
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });

  it('does not keep a process alive by idle threads', () => {
    const program = `
      import { createBotStage } from ${JSON.stringify(new URL('../../server/templates/bot-stage.ts', import.meta.url).href)};
      createBotStage().render('{{ (1..3)|join }}', {}).then(console.log);`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', program];
    const ended = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
    assert.equal(ended.stdout, '123\n', ended.stderr);
    assert.equal(ended.status, 0);
  });
});
