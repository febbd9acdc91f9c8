import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Refused } from '../../../console-client.ts';
import { readBooks } from '../../checker/node-rows.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import { askOnce } from '../../stack/callers.ts';
import { eventually } from '../../stack/program.ts';
import { lacksNetworkNamespaces } from '../../stack/real-wire.ts';
import type { Stack } from '../../stack/stack.ts';
import { readConfig } from '../disk/changed-config.ts';

const nameServer = '127.0.0.77';
const inside = '127.0.0.2';

/** Nothing that a tenant or a manager writes makes a node connect to where it must not, nor does a name that changes its mind. */
export const forgedAddresses: Scenario = {
  id: 'G-29',
  title: 'SSRF: forbidden addresses in every spelling, and a name that turns inwards',
  everyday: false,
  lacks: () =>
    spawnSync('unshare', ['-m', 'true']).status === 0
      ? lacksNetworkNamespaces()
      : 'a resolver of its own for one program needs Linux, root and unshare',
  mutations: [
    {
      name: 'what a name means is not looked at when a socket opens',
      file: 'edge-agent/src/upstreams/connect.ts',
      find: 'if (!verdict.ok || !first)',
      replace: 'if (!first)',
    },
    {
      name: 'an address that is written as one is not looked at',
      file: 'edge-agent/src/upstreams/connect.ts',
      find: 'if (isIP(host) !== 0 && !mayDial',
      replace: 'if (isIP(host) === 1 && !mayDial',
    },
    {
      name: 'what leads to this machine itself is nothing special',
      file: 'shared-protocol/src/address-rules.ts',
      find: '    if (isInside(address, allowed)) continue;',
      replace:
        '    if (isInside(address, allowed) || address.value === 0n || address.value === 1n || text.startsWith("127.")) continue;',
    },
  ],
  run: async (stage) => {
    const names = await serveNames(stage);
    const resolver = join(stage.folder, 'resolv.conf');
    writeFileSync(resolver, `nameserver ${nameServer}\noptions timeout:1 attempts:1\n`);
    const under = ['unshare', '-m', 'sh', '-c', `mount --bind ${resolver} /etc/resolv.conf && exec "$0" "$@"`];
    // Only the wire to the provider is allowed; everything else here must not be reached, this machine itself included.
    const allowed = { CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '10.231.0.0/16' };
    const stack = await stage.open({ nodeEnv: allowed, nodeRun: () => ({ under }), realWires: true });
    names.allowed = (stack.realWire?.host ?? '').split('.').map(Number);
    let connections = 0;
    const trap = createServer((_, response) => response.end('caught'));
    trap.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => trap.listen(0, '::', resolve));
    stage.atEnd(async () => void trap.close());
    const port = (trap.address() as { port: number }).port;

    await askConsole(stage, stack, port);
    const spellings = [
      inside,
      '2130706434',
      '0x7f000002',
      '0177.0.0.2',
      `[::ffff:${inside}]`,
      '[::ffff:7f00:2]',
      '[::1]',
      '0.0.0.0',
      'localhost.',
      '169.254.169.254',
      '10.0.0.1',
      'turns-inwards.test',
      'inside.test',
    ];
    for (const host of spellings) {
      await stack.centre
        .sql`UPDATE carpool_upstreams SET base_url = ${`http://${host}:${port}`} WHERE group_id = ${stack.groupId}`;
      for (let again = 0; again < 2 && stage.wrong.length < 3; again += 1)
        await isRefused(stage, stack, `http://${host}:${port}`).catch((error: Error) => stage.expect(false, error.message));
    }
    const asked = names.asked();
    stage.expect(asked > 0, 'no name was looked up: what names lead to was not tried');
    stage.expect(connections === 0, `${connections} connections went to an address that is forbidden`);
    await stack.centre
      .sql`UPDATE carpool_upstreams SET base_url = ${stack.realWire?.url ?? ''} WHERE group_id = ${stack.groupId}`;
    await judge(stage, stack);
    Object.assign(stage.figures, { spellings: spellings.length, connections, 'names asked': asked });
  },
};

/** A node that has the address says in its books that it may not go there. It is asked again while the account rests. */
async function isRefused(stage: Stage, stack: Stack, address: string): Promise<void> {
  const { node } = stack;
  await eventually(() => {
    const held = [...readConfig(node.dataDir)].some(([name, text]) => name.includes(' upstream ') && text.includes(address));
    if (!held) throw new Error(`an account at ${address} did not reach the node`);
  }, 10_000);
  await eventually(
    async () => {
      const line = await askOnce({ node: node.url, key: stack.key.secret, rid: stack.nextRid(), timeoutMs: 20_000 });
      const { status, body, requestId } = line;
      stage.expect(!body.includes('caught') && status !== 200, `an account at ${address} was answered: ${status} ${body}`);
      const rows = readBooks(node.dataDir).flatMap((book) => book.rows);
      const said = rows.filter((row) => row.requestId === requestId).map(({ errorType }) => errorType);
      if (!said.includes('address_refused'))
        throw new Error(`to ${address} the books say ${said}; the caller heard ${status} ${body}`);
    },
    8_000,
    300,
  );
}

/** The console takes none of them either. */
async function askConsole(stage: Stage, stack: Stack, port: number): Promise<void> {
  for (const host of [
    `[::ffff:${'10.0.0.1'}]`,
    '169.254.169.254',
    '10.0.0.1',
    '0xa000001',
    '192.168.1.1',
    '100.100.100.200',
    '[fd00:ec2::254]',
    '0.0.0.0',
  ]) {
    const account = {
      service_name: 'claude',
      name: host,
      auth_type: 'api_key',
      credential: 'sk-none',
      base_url: `http://${host}:${port}`,
    };
    const said = await stack.client
      .call('POST', `/carpool/groups/${stack.groupId}/upstream-accounts`, account)
      .catch((error: unknown) => error);
    stage.expect(
      said instanceof Refused && said.status < 500,
      `the console takes an account at ${host}: ${JSON.stringify(said)}`,
    );
  }
}

/** Answers `turns-inwards.test` with the allowed address first and a forbidden one after, `inside.test` and `localhost` with a forbidden one. */
async function serveNames(stage: Stage): Promise<{ allowed: number[]; asked: () => number }> {
  let asked = 0;
  const names = { allowed: [203, 0, 113, 7], asked: () => asked };
  const turned = new Map<string, number>();
  const server = createSocket('udp4');
  server.on('message', (question, from) => {
    const labels: string[] = [];
    let at = 12;
    while ((question[at] ?? 0) > 0) {
      const length = question[at] ?? 0;
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += length + 1;
    }
    const name = labels.join('.').toLowerCase();
    const type = question.readUInt16BE(at + 1);
    if (!name.endsWith('.test') && name !== 'localhost') return;
    asked += name.endsWith('.test') ? 1 : 0;
    const times = (turned.get(name) ?? 0) + (type === 1 ? 1 : 0);
    turned.set(name, times);
    const address = name.startsWith('turns') && times === 1 ? names.allowed : [127, 0, 0, 2];
    const header = Buffer.from([question[0] ?? 0, question[1] ?? 0, 0x81, 0x80, 0, 1, 0, type === 1 ? 1 : 0, 0, 0, 0, 0]);
    const answer = type === 1 ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address]) : Buffer.alloc(0);
    server.send(Buffer.concat([header, question.subarray(12, at + 5), answer]), from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.bind(53, nameServer, resolve);
  });
  stage.atEnd(async () => void server.close());
  return names;
}
