/** Chat portals: off until switched on, framed by listed sites alone, no cookies, limits, and runs that act as the bot. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { visitorLimits } from '../../server/chats/visitors.ts';
import { act, makeTalks, say, type Talks, textOf } from '../support/chats.ts';
import { withDatabases } from '../support/databases.ts';
import { password, startTestHub, type TestHub } from '../support/hub.ts';
import { createVisitor, signedIn, type Visitor } from '../support/visitor.ts';

const chatPortal = { event: { key: 'event.message.chat.portal' } };

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let ada: Visitor;
  let talks: Talks;
  let id = '';
  let address = '';
  before(async () => {
    hub = await startTestHub({
      database: await database.create(),
      env: { COUNTERSIGN_TRUST_PROXY: '127.0.0.1' },
    });
    ada = await signedIn(hub.url, 'ada@example.com', password);
    talks = await makeTalks(hub);
    await ada.get('/setup/portals/new');
    const made = await ada.post('/setup/portals/new', { name: 'Help & more', bot: talks.botId, sites: '' });
    assert.equal(made.status, 303, made.text);
    id = made.headers.get('location')?.split('/').at(-1) ?? '';
    const card = await ada.get(`/setup/portals/${id}`);
    address = /data-copy-value>http[^<]*(\/chat\/[A-Za-z0-9_-]{24})</.exec(card.text)?.[1] ?? '';
    assert.notEqual(address, '');
  });
  after(() => hub.close());

  async function edit(fields: Record<string, string>): Promise<number> {
    const form = { name: 'Help & more', bot: talks.botId, sites: '', interaction: '', ...fields };
    return (await ada.post(`/setup/portals/${id}/edit`, form)).status;
  }

  /** As the script of the page asks, from an address of its own. */
  async function ask(
    path: string,
    { token = '', body, ip = '203.0.113.1', ...headers }: Record<string, string> = {},
  ) {
    const answer = await fetch(`${hub.url}${address}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        Accept: 'text/html',
        'X-Forwarded-For': ip,
        ...(token && { 'X-Chat-Token': token }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: new URLSearchParams(body) }),
    });
    const html = await answer.text();
    assert.deepEqual(answer.headers.getSetCookie(), [], `${path} sets no cookie`);
    const given = /data-token="([^"]+)"/.exec(html)?.[1] ?? token;
    return { status: answer.status, headers: answer.headers, html, said: textOf(html), token: given };
  }

  test(`${on}: a portal is off until an admin switches it on, and its card says so`, async () => {
    assert.equal((await ask('')).status, 404);
    assert.equal((await ask('/begin', { body: '' })).status, 404);
    assert.match((await ada.get(`/setup/portals/${id}`)).text, /This portal is off/);
    assert.equal(await edit({ is_enabled: 'yes' }), 303);
    assert.match((await ada.get(`/setup/portals/${id}`)).text, /Visitors find the chat closed/);
    const page = await ask('');
    assert.equal(page.status, 200);
    assert.match(page.html, /The chat is closed at the moment/);
    assert.equal((await ask('/begin', { body: '' })).status, 409);
  });

  test(`${on}: only sites on its list may frame it, and by its policy nothing but its own files is loaded`, async () => {
    const policy = async () => (await ask('')).headers.get('content-security-policy') ?? '';
    assert.match(await policy(), /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/);
    assert.equal(
      await edit({ is_enabled: 'yes', sites: 'https://www.example.com/\nhttps://shop.example:8443' }),
      303,
    );
    assert.match(await policy(), /frame-ancestors https:\/\/www\.example\.com https:\/\/shop\.example:8443$/);
    for (const site of [
      'https://*.example.com',
      'http://www.example.com',
      "https://a.example; script-src 'unsafe-inline'",
      'https://a.example/path',
      '*',
    ]) {
      assert.equal(await edit({ is_enabled: 'yes', sites: site }), 400, site);
    }
    const card = await ada.get(`/setup/portals/${id}`);
    assert.match(
      card.text,
      /&lt;iframe src&#x3D;&quot;http[^&]*\/chat\/[^&]*&quot; title&#x3D;&quot;Help &amp;#38; more&quot;/,
    );
    const pages = await ada.get('/');
    assert.match(pages.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  });

  test(`${on}: a visitor talks with the bot, named by a token that is in its page alone`, async () => {
    await talks.behavior(
      [
        act(
          'Ask',
          say('Hello from {{portal_name}}'),
          { action: 'prompt_text' },
          say('You wrote {{message}}'),
        ),
      ],
      chatPortal,
    );
    const begun = await ask('/begin', { body: '' });
    assert.equal(begun.status, 200, begun.html);
    assert.match(begun.token, /^[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(begun.said, ['Hello from Help &amp; more']);
    const { token } = begun;
    const said = await ask('/say', { token, body: 'turn=0&text=%3Ci%3Ehi' });
    assert.deepEqual(said.said.slice(1), ['&lt;i&gt;hi', 'You wrote &lt;i&gt;hi']);
    assert.doesNotMatch(said.html, /data-token|name="csrf"/);
    assert.deepEqual((await ask('/talk', { token })).said, said.said);
    const again = await ask('/say', { token, body: 'turn=0&text=late' });
    assert.equal(again.status, 409);
    assert.equal((await ask('/talk', { token: 'x'.repeat(43) })).status, 404);
    assert.equal((await ask('/talk')).status, 404);
    assert.ok(!hub.log().includes(token));
  });

  test(`${on}: a signed-in browser is a stranger here too: its cookies are not looked at`, async () => {
    const answer = await ada.get(address);
    assert.equal(answer.status, 200);
    assert.deepEqual(ada.setCookies, []);
    assert.doesNotMatch(answer.text, /Ada/);
    const stranger = createVisitor(hub.url);
    await stranger.get(address);
    assert.equal(stranger.cookies.size, 0);
  });

  test(`${on}: other pages begin no conversation in a visitor's browser`, async () => {
    const cross = await ask('/begin', { body: '', 'Sec-Fetch-Site': 'cross-site' });
    assert.equal(cross.status, 403);
    assert.equal((await ask('/begin', { body: '', 'Sec-Fetch-Site': 'same-origin' })).status, 200);
  });

  test(`${on}: strangers are not told why a bot failed`, async () => {
    const behavior = await talks.behavior(
      [act('Fail', { action: '_run_subroutine', subroutine: 'secret inner name' })],
      { ...chatPortal, priority: 1 },
    );
    const failed = await ask('/begin', { body: '' });
    assert.match(failed.said[0] ?? '', /could not go on\. Please try again later/);
    assert.doesNotMatch(failed.html, /secret inner name/);
    await hub.api('DELETE', `/behaviors/${behavior}`);
  });

  test(`${on}: an address begins so many conversations in a while, and says so many things; others go on`, async () => {
    const ip = '203.0.113.9';
    for (let at = 0; at < visitorLimits.begun.limit; at++) {
      assert.equal((await ask('/begin', { ip, body: '' })).status, 200);
    }
    const refused = await ask('/begin', { ip, body: '' });
    assert.equal(refused.status, 429);
    assert.match(refused.html, /^That was too much at once\. Wait \d+ seconds/);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    assert.equal((await ask('/begin', { ip: '203.0.113.10', body: '' })).status, 200);
    hub.clock.offsetMs += visitorLimits.begun.windowMs + 1000;
    assert.equal((await ask('/begin', { ip, body: '' })).status, 200);
  });

  test(`${on}: a conversation takes so many messages a minute, whichever address they come from`, async () => {
    const { token } = await ask('/begin', { body: '' });
    let status = 200;
    let turn = 0;
    for (; status === 200 && turn < 100; turn++) {
      ({ status } = await ask('/say', { token, ip: `198.51.100.${turn}`, body: `turn=${turn}&text=x` }));
    }
    assert.equal(status, 429);
    assert.equal(turn, visitorLimits.inChat.limit + 1);
  });

  test(`${on}: what is too long is refused, as a message and as a request`, async () => {
    const { token } = await ask('/begin', { ip: '203.0.113.20', body: '' });
    const long = await ask('/say', { token, body: `turn=0&text=${'x'.repeat(4001)}` });
    assert.equal(long.status, 400);
    assert.match(long.html, /at most 4000 characters/);
    const huge = await fetch(`${hub.url}${address}/say`, {
      method: 'POST',
      headers: { 'X-Chat-Token': token, Accept: 'text/plain' },
      body: 'x'.repeat(100_000),
    });
    assert.equal(huge.status, 413);
  });

  test(`${on}: a conversation is gone a day after its last message`, async () => {
    const { token } = await ask('/begin', { ip: '203.0.113.30', body: '' });
    hub.clock.offsetMs += 25 * 60 * 60_000;
    assert.equal((await ask('/talk', { token })).status, 404);
    await hub.hub.runJobs();
    ada = await signedIn(hub.url, 'ada@example.com', password);
    assert.equal((await ask('/begin', { ip: '203.0.113.30', body: '' })).status, 200);
  });

  test(`${on}: a portal with an interaction runs the behavior that takes it`, async () => {
    await talks.behavior([act('Take', say('Taking {{interaction}}'))], {
      event: { key: 'event.interaction.chat.portal' },
    });
    assert.equal(await edit({ is_enabled: 'yes', interaction: 'order.track' }), 303);
    const begun = await ask('/begin', { body: '' });
    assert.deepEqual(begun.said, ['Taking order.track']);
    assert.match(begun.html, /data-state="ended"/);
  });

  test(`${on}: portals are for admins, belong to their bot, and go with it`, async () => {
    const link = await hub.hub.addWorker({ email: `bea-${on}@example.com`, isAdmin: false });
    const bea = createVisitor(hub.url);
    await bea.get(link);
    const form = { email: `bea-${on}@example.com`, name: 'Bea', password, password_again: password };
    await bea.post(new URL(link).pathname, form);
    assert.equal((await bea.get('/setup/portals')).status, 403);
    const used = await hub.api('DELETE', `/bots/${talks.botId}`);
    assert.equal(used.status, 409);
    assert.ok(used.body.error.by.some(({ label }: { label: string }) => label === 'Help & more'));
    await ada.post(`/setup/portals/${id}/delete`);
    assert.equal((await ask('')).status, 404);
  });
});
