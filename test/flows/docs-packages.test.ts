/** Imports the examples of docs/packages.md into a whole hub, and undoes them: each does what the page says. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fromRoot } from '../../server/root.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const page = readFileSync(fromRoot('docs', 'packages.md'), 'utf8');
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, example = '']) => example);
let hub: TestHub;

before(async () => {
  hub = await startTestHub();
});
after(() => hub.close());

for (const example of examples) {
  test(`the example '${JSON.parse(example).package.name}' imports, and is undone`, async () => {
    const planned = await hub.api('POST', '/packages/plan', { package: example });
    assert.equal(planned.status, 200, planned.text);
    const plan = planned.body;
    assert.deepEqual([plan.unsupported, plan.warnings], [[], []]);
    const prompts = Object.fromEntries(await Promise.all(plan.prompts.map(answer)));
    const { status, body } = await hub.api('POST', '/packages/import', { package: example, prompts });
    assert.equal(status, 201, JSON.stringify(body));
    assert.deepEqual(body.warnings, []);
    const undone = await hub.api('POST', `/imports/${body.import_id}/undo`, {});
    assert.equal(undone.status, 200, undone.text);
  });
}

interface Asked {
  key: string;
  type: string;
  params: { options?: Record<string, string>; multiple?: boolean; context?: string };
}

/** Something that fits: the first option, a record that is here, or a text. */
async function answer({ key, type, params }: Asked): Promise<[string, string | string[]]> {
  if (type === 'picklist') {
    const [first = ''] = Object.values(params.options ?? {});
    return [key, params.multiple ? [first] : first];
  }
  return [key, type === 'chooser' ? await accountId() : 'answer'];
}

async function accountId(): Promise<string> {
  const { body: service } = await hub.api('POST', '/connected-services', {
    name: 'Basic',
    extension_id: 'cerb.service.provider.http.basic',
    params: { base_url: 'https://api.example.com/' },
  });
  const { body } = await hub.api('POST', '/connected-accounts', { name: 'Basic', service_id: service.id });
  return body.id;
}
