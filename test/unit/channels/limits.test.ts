import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Button, ChannelLimits, Outgoing } from '../../../server/channels/channel.ts';
import {
  type Answers,
  afterInbound,
  checkContent,
  decideSend,
  matchAnswer,
  type ReplyPolicy,
  withNumberedButtons,
} from '../../../server/channels/limits.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);

const limits: ChannelLimits = {
  messagesPerDay: 1000,
  answersPerMessage: 5,
  answerWindowMs: day,
  maxTextLength: 10_000,
  maxButtons: 20,
  maxButtonLabelLength: 36,
  maxButtonPayloadLength: 1000,
  maxPostLength: 280,
};

const measure = ({ text }: Outgoing) => [...text].length;

function direct(text: string, buttons: Button[] = []): Outgoing {
  return { kind: 'direct', to: '4002', text, buttons };
}

function buttons(count: number, change: Partial<Button> = {}): Button[] {
  return Array.from({ length: count }, (_, index) => ({
    label: `Choice ${index}`,
    payload: `p:${index}`,
    ...change,
  }));
}

function codeOf(outgoing: Outgoing): string | undefined {
  return checkContent(outgoing, limits, measure)?.code;
}

test('every length is allowed at its limit and refused one beyond', () => {
  const table: [string, (n: number) => Outgoing, number, string][] = [
    ['text of a message', (n) => direct('x'.repeat(n)), 10_000, 'too_long'],
    ['text of a post', (n) => ({ kind: 'post', text: 'x'.repeat(n), inReplyTo: null }), 280, 'too_long'],
    ['buttons', (n) => direct('hi', buttons(n)), 20, 'too_many_buttons'],
    ['label', (n) => direct('hi', buttons(1, { label: 'x'.repeat(n) })), 36, 'bad_button'],
    ['label of emoji', (n) => direct('hi', buttons(1, { label: '👍'.repeat(n) })), 36, 'bad_button'],
    ['payload', (n) => direct('hi', buttons(1, { payload: 'x'.repeat(n) })), 1000, 'bad_button'],
  ];
  for (const [what, build, limit, code] of table) {
    assert.equal(codeOf(build(limit)), undefined, `${what} at ${limit}`);
    assert.equal(codeOf(build(limit + 1)), code, `${what} at ${limit + 1}`);
  }
});

test('a refusal of content names both numbers', () => {
  const problem = checkContent(direct('x'.repeat(10_001)), limits, measure);
  assert.equal(problem?.message, 'The text counts 10,001 characters; a message holds at most 10,000.');
  const button = checkContent(direct('hi', buttons(1, { label: 'x'.repeat(37) })), limits, measure);
  assert.equal(button?.message, 'Button 1 has a label of 37 characters; at most 36 are allowed.');
});

test('blank text is refused, with buttons too', () => {
  for (const text of ['', ' ', '\n\t ']) {
    assert.equal(codeOf(direct(text, buttons(1))), 'empty');
    assert.equal(codeOf({ kind: 'post', text, inReplyTo: null }), 'empty');
  }
});

test('a label is no link and not blank', () => {
  for (const label of ['http://x.y', 'see https://x.y', 'HTTP://X.Y', 'www.example.com', '', '  ']) {
    assert.equal(codeOf(direct('hi', buttons(1, { label }))), 'bad_button', label);
  }
  assert.equal(codeOf(direct('hi', buttons(1, { label: 'Awww. Thanks / http' }))), undefined);
});

test('posts carry no buttons to check', () => {
  assert.equal(codeOf({ kind: 'post', text: 'hi', inReplyTo: '1' }), undefined);
});

/** A channel with one conversation on a virtual clock. */
function virtualChannel(policy: ReplyPolicy, changed: Partial<ChannelLimits> = {}) {
  const own = { ...limits, ...changed };
  const counted: number[] = [];
  let answers: Answers = { left: 0, until: null };
  return {
    own,
    counted,
    receive(now: number) {
      answers = afterInbound(own, now);
    },
    decide(now: number, kind: Outgoing['kind'] = 'direct') {
      const lastOfDay = counted.at(-own.messagesPerDay) ?? null;
      return decideSend({ kind, policy, limits: own, answers, lastOfDay, now });
    },
    send(now: number, kind: Outgoing['kind'] = 'direct') {
      const decision = this.decide(now, kind);
      if (decision.kind === 'send') {
        if (kind === 'direct') answers = { ...answers, left: Math.max(0, answers.left - 1) };
        if (decision.isCounted) counted.push(now);
      }
      return decision;
    },
  };
}

test('the thousandth message of a day goes, the next waits until the first is a day old', () => {
  const channel = virtualChannel('strict');
  for (let n = 0; n < 1000; n++) {
    assert.equal(channel.send(start + n).kind, 'send', `message ${n + 1}`);
  }
  const held = channel.send(start + hour);
  assert.equal(held.kind === 'hold' && held.reason, 'day');
  assert.equal(held.kind === 'hold' && held.until, start + day);
  assert.equal(channel.decide(start + day - 1).kind, 'hold');
  assert.equal(channel.send(start + day).kind, 'send');
  assert.equal(channel.send(start + day).kind, 'hold', 'one place was freed, not more');
  assert.equal(channel.send(start + day + 1).kind, 'send');
});

test('strictly, five answers go to a received message and the sixth waits for the next', () => {
  const channel = virtualChannel('strict');
  channel.receive(start);
  for (let n = 1; n <= 5; n++) {
    assert.deepEqual(channel.send(start + n), { kind: 'send', isCounted: true }, `answer ${n}`);
  }
  const held = channel.send(start + 6);
  assert.equal(held.kind === 'hold' && held.reason, 'answers');
  assert.equal(held.kind === 'hold' && held.until, null);
  assert.equal(channel.decide(start + 3 * day).kind, 'hold', 'no time lets it go');
  channel.receive(start + 4 * day);
  for (let n = 1; n <= 5; n++) assert.equal(channel.send(start + 4 * day + n).kind, 'send');
  assert.equal(channel.send(start + 4 * day + 6).kind, 'hold');
});

test('strictly, answers left over may still go days later', () => {
  const channel = virtualChannel('strict');
  channel.receive(start);
  channel.send(start + 1);
  assert.deepEqual(channel.send(start + 3 * day), { kind: 'send', isCounted: true });
});

test('adaptively, five answers are free and the sixth goes and counts', () => {
  const channel = virtualChannel('adaptive');
  channel.receive(start);
  for (let n = 1; n <= 5; n++) {
    assert.deepEqual(channel.send(start + n), { kind: 'send', isCounted: false }, `answer ${n}`);
  }
  assert.deepEqual(channel.send(start + 6), { kind: 'send', isCounted: true });
  assert.deepEqual(channel.counted, [start + 6]);
});

test('adaptively, answers are free for 24 hours to the millisecond', () => {
  const channel = virtualChannel('adaptive');
  channel.receive(start);
  assert.deepEqual(channel.send(start + day - 1), { kind: 'send', isCounted: false });
  assert.deepEqual(channel.send(start + day), { kind: 'send', isCounted: true });
});

test('adaptively, free answers go even when the day is used up, others wait', () => {
  const channel = virtualChannel('adaptive', { messagesPerDay: 1, answersPerMessage: 1 });
  assert.deepEqual(channel.send(start), { kind: 'send', isCounted: true }, 'nobody wrote first');
  channel.receive(start + 1);
  assert.deepEqual(channel.send(start + 2), { kind: 'send', isCounted: false });
  const held = channel.send(start + 3);
  assert.equal(held.kind === 'hold' && held.until, start + day);
});

test('under both policies a message to someone who never wrote goes and counts', () => {
  for (const policy of ['strict', 'adaptive'] as const) {
    assert.deepEqual(virtualChannel(policy).send(start), { kind: 'send', isCounted: true });
  }
});

test('posts neither wait nor count', () => {
  const channel = virtualChannel('strict', { messagesPerDay: 1 });
  channel.send(start);
  assert.deepEqual(channel.send(start + 1, 'post'), { kind: 'send', isCounted: false });
});

const step = fc.record({
  what: fc.constantFrom('send', 'receive'),
  wait: fc.integer({ min: 0, max: 8 * hour }),
});

test('whatever happens, no rolling day counts more than its messages, and what is held goes when it was told', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<ReplyPolicy>('strict', 'adaptive'),
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      (policy, messagesPerDay, steps) => {
        const channel = virtualChannel(policy, { messagesPerDay, answersPerMessage: 2 });
        let now = start;
        for (const { what, wait } of steps) {
          now += wait;
          if (what === 'receive') {
            channel.receive(now);
            continue;
          }
          const decision = channel.send(now);
          if (decision.kind === 'hold' && decision.until !== null) {
            assert.ok(decision.until > now);
            assert.equal(channel.decide(decision.until - 1).kind, 'hold');
            assert.equal(channel.decide(decision.until).kind, 'send');
          }
          const inDay = channel.counted.filter((at) => at > now - day).length;
          assert.ok(inDay <= messagesPerDay, `${inDay} of ${messagesPerDay}`);
        }
      },
    ),
  );
});

test('strictly, never more answers than allowed stand between two received messages', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(step, { maxLength: 60 }),
      (answersPerMessage, steps) => {
        const channel = virtualChannel('strict', { answersPerMessage });
        let now = start;
        channel.receive(now);
        let sent = 0;
        for (const { what, wait } of steps) {
          now += wait;
          if (what === 'receive') {
            channel.receive(now);
            sent = 0;
          } else if (channel.send(now).kind === 'send') sent++;
          assert.ok(sent <= answersPerMessage);
        }
      },
    ),
  );
});

const menu: Button[] = [
  { label: 'Delivery', payload: 't:delivery' },
  { label: 'Refund, please', payload: 't:refund' },
  { label: 'ÉTÉ', payload: 't:summer' },
];

test('buttons become numbered lines below the text', () => {
  assert.equal(
    withNumberedButtons('What is it about?', menu),
    'What is it about?\n\n1. Delivery\n2. Refund, please\n3. ÉTÉ',
  );
  assert.equal(withNumberedButtons('Just text', []), 'Just text');
});

test('an answer means a button by its number or its label, whatever the case', () => {
  const table: [string, string | undefined][] = [
    ['1', 't:delivery'],
    [' 2. ', 't:refund'],
    ['(3)', 't:summer'],
    ['#1', 't:delivery'],
    ['delivery', 't:delivery'],
    ['REFUND,  please', 't:refund'],
    ['e\u0301te\u0301', 't:summer'],
    ['0', undefined],
    ['4', undefined],
    ['1 of them', undefined],
    ['Deliver', undefined],
    ['', undefined],
  ];
  for (const [answer, payload] of table) assert.equal(matchAnswer(answer, menu), payload, answer);
});

test('where labels are numbers the label is meant', () => {
  const marks = ['5', '4', '3'].map((label) => ({ label, payload: `mark:${label}` }));
  assert.equal(matchAnswer('3', marks), 'mark:3');
  assert.equal(matchAnswer('1', marks), 'mark:5', 'a number that is no label is a place');
});

test('each button is found by its number and by its label', () => {
  const label = fc.stringMatching(/^[A-Za-z]{1,36}$/).map((text) => text.toLowerCase());
  fc.assert(
    fc.property(fc.uniqueArray(label, { minLength: 1, maxLength: 20 }), (labels) => {
      const list = labels.map((one, index) => ({ label: one, payload: `p:${index}` }));
      for (const [index, { payload }] of list.entries()) {
        assert.equal(matchAnswer(String(index + 1), list), payload);
        assert.equal(matchAnswer(list[index]?.label.toUpperCase() ?? '', list), payload);
      }
    }),
  );
});
