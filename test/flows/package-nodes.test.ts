/** The section behavior_nodes: nodes for behaviors of the same package, and for those that are here. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { HubError } from '../../server/errors.ts';
import { importAnswer, planAnswer } from '../../server/packages/api.ts';
import { importPackage, planPackage } from '../../server/packages/import.ts';
import type { LibraryPagesDeps } from '../../server/packages/library-pages.ts';
import { commandLine } from '../../server/people/actor.ts';
import { withDatabases } from '../support/databases.ts';
import { importDeps } from '../support/packages.ts';
import { birdPackage } from '../support/updates.ts';

const prompts = { secret: 's', key: 'k' };

withDatabases((database) => {
  describe(`nodes that packages add on ${database.name}`, () => {
    let db: Knex;
    let deps: LibraryPagesDeps;
    let behaviorId: string;
    before(async () => {
      db = await database.open();
      deps = importDeps(db);
      const entry = await importPackage(deps, { actor: commandLine, package: birdPackage('Birds'), prompts });
      behaviorId = entry.records.find(({ uid }) => uid === 'behavior')?.id ?? '';
    });

    const nodePackage = (name: string, nodes: object[], more: object = {}) => ({
      package: {
        name,
        configure: {
          prompts: [
            {
              type: 'chooser',
              key: 'behavior_id',
              label: 'Behavior',
              params: { context: 'behavior', single: true },
            },
          ],
        },
      },
      behavior_nodes: nodes.map((node, index) => ({
        uid: `node_${index}`,
        behavior_id: '{{{behavior_id}}}',
        parent_id: '0',
        type: 'action',
        title: `Added ${index}`,
        status: 'live',
        params: { actions: [{ action: '_set_custom_var', var: 'x', value: '{{_http_response.body}}' }] },
        ...node,
      })),
      ...more,
    });
    const request = (body: object, more: object = {}) => ({
      actor: commandLine,
      package: { ...body },
      prompts: { behavior_id: behaviorId },
      ...more,
    });
    const titles = async () => {
      const nodes = (await deps.recordTypes[3]?.describe(db, behaviorId))?.fields.nodes as {
        title: string;
      }[];
      return nodes.map(({ title }) => title);
    };

    test('a node for a behavior that is here comes behind its nodes, and the behavior is told as modified', async () => {
      const body = nodePackage('Node', [{}]);
      const plan = planAnswer(await planPackage(deps, request(body)));
      assert.deepEqual(
        (plan.records as { uid: string; action: string }[]).map(({ uid, action }) => [uid, action]),
        [['node_0', 'update']],
      );
      const entry = await importPackage(deps, request(body));
      assert.deepEqual(await titles(), ['Call', 'Added 0']);
      assert.deepEqual(importAnswer(entry).records_modified, {
        'cerberusweb.contexts.behavior': { node_0: { id: behaviorId, label: 'Find' } },
      });
    });

    test('an update adds what is new in the package, and nothing twice', async () => {
      const body = nodePackage('Node', [{}, {}]);
      await importPackage(deps, request(body, { mode: 'update' }));
      assert.deepEqual(await titles(), ['Call', 'Added 0', 'Added 1']);
    });

    test('a behavior is named by its uri, or by the uid that an earlier import gave it', async () => {
      const body = nodePackage('By uid', [{ behavior_id: 'behavior', title: 'By uid' }]);
      await importPackage(deps, request(body));
      assert.equal((await titles()).at(-1), 'By uid');
    });

    test('a node for a behavior of the same package is part of it from the start', async () => {
      const bot = {
        uid: 'b',
        name: 'B',
        owner: { context: 'app', id: 0 },
        is_disabled: false,
        params: {},
        behaviors: [
          {
            uid: 'own',
            title: 'Own',
            is_disabled: false,
            is_private: false,
            priority: 50,
            event: { key: 'event.macro.bot' },
            nodes: [],
          },
        ],
      };
      const body = nodePackage('Own', [{ behavior_id: '{{{uid.own}}}' }, { behavior_id: '{{{uid.own}}}' }], {
        bots: [bot],
      });
      const entry = await importPackage(deps, request(body));
      assert.deepEqual(
        entry.records.map(({ uid }) => uid),
        ['b', 'own'],
      );
      const made = entry.records.find(({ uid }) => uid === 'own');
      const described = await deps.recordTypes[3]?.describe(db, made?.id ?? '');
      assert.equal((described?.fields.nodes as unknown[] | undefined)?.length, 2);
    });

    test('faults of a node are told where it stands in the package', async () => {
      const cases: [object, string][] = [
        [{ status: 'asleep' }, '/behavior_nodes/0/status'],
        [{ params: { actions: 'none' } }, '/behavior_nodes/0/params/actions'],
        [{ parent_id: 'No such node' }, '/behavior_nodes/0/parent_id'],
        [{ behavior_id: 'nobody' }, '/behavior_nodes/0/behavior_id'],
      ];
      for (const [node, path] of cases) {
        const refused = await planPackage(deps, request(nodePackage('Faulty', [node]))).catch(
          (error: unknown) => error,
        );
        assert.ok(refused instanceof HubError);
        const faults = refused.extra.faults as { path: string }[];
        assert.deepEqual(
          faults.map((fault) => fault.path),
          [path],
        );
      }
    });

    test('a node waits for the answer that names its behavior', async () => {
      const plan = planAnswer(await planPackage(deps, request(nodePackage('Waits', [{}]), { prompts: {} })));
      assert.deepEqual(
        (plan.prompts as { missing: boolean }[]).map(({ missing }) => missing),
        [true],
      );
    });
  });
});
