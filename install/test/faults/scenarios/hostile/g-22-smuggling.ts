import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { sayRaw } from '../../stack/raw-caller.ts';

const body = JSON.stringify({
  model: 'claude-sonnet-4-5',
  max_tokens: 8,
  messages: [{ role: 'user', content: 'rid:smuggled out:5' }],
});

/** Heads that two programs may read differently. `refused`: with 4xx; `once`: it is one request, and one goes upstream. */
function corpus(key: string): readonly { name: string; raw: string; want: 'refused' | 'once' | 'never two' }[] {
  const head = (...lines: string[]) => `POST /v1/messages HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
  const auth = `x-api-key: ${key}`;
  const json = 'content-type: application/json';
  const length = `content-length: ${body.length}`;
  const chunked = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const te = 'transfer-encoding: chunked';
  const second = `POST /v1/messages HTTP/1.1\r\nhost: a\r\n${auth}\r\n${json}\r\n${length}\r\n\r\n${body}`;
  const refuse = (name: string, raw: string) => ({ name, raw, want: 'refused' as const });
  return [
    { name: 'a plain request', raw: head('host: a', auth, json, length, 'connection: close') + body, want: 'once' },
    { name: 'a chunked request', raw: head('host: a', auth, json, te, 'connection: close') + chunked, want: 'once' },
    refuse('length and chunks', head('host: a', auth, json, length, te) + chunked),
    refuse('length that ends early, then chunks', head('host: a', auth, json, 'content-length: 4', te) + chunked + second),
    refuse('two lengths', head('host: a', auth, json, length, 'content-length: 5') + body),
    refuse('two lengths in one', head('host: a', auth, json, `content-length: ${body.length}, 5`) + body),
    refuse('chunked, identity', head('host: a', auth, json, 'transfer-encoding: chunked, identity') + chunked),
    refuse('unknown coding', head('host: a', auth, json, 'transfer-encoding: xchunked') + chunked),
    refuse('space before the colon', head('host: a', auth, json, `content-length : ${body.length}`) + body),
    refuse('folded line', head('host: a', auth, json, 'x-a: b\r\n c', length) + body),
    refuse('bare line feeds', (head('host: a', auth, json, length) + body).replaceAll('\r\n', '\n')),
    refuse('bare carriage return', head('host: a', auth, json, 'x-a: b\rc: d', length) + body),
    refuse('NUL in a header', head('host: a', auth, json, 'x-a: b\0c', length) + body),
    refuse('chunk size in hex notation', `${head('host: a', auth, json, te)}0x${chunked}`),
    refuse('chunks with line feeds only', head('host: a', auth, json, te) + chunked.replaceAll('\r\n', '\n')),
    refuse('no host', head(auth, json, length) + body),
    refuse('negative length', head('host: a', auth, json, 'content-length: -1') + body),
    refuse('length with a plus', head('host: a', auth, json, `content-length: +${body.length}`) + body),
    refuse('two hosts', head('host: a', 'host: b', auth, json, length) + body),
    refuse('two keys in one header name', head('host: a', auth, `x-api-key: other`, json, length) + body),
    refuse(
      'two authorizations',
      head('host: a', `authorization: Bearer ${key}`, 'authorization: Bearer other', json, length) + body,
    ),
    refuse('chunks in HTTP/1.0', (head('host: a', auth, json, te) + chunked).replace('HTTP/1.1', 'HTTP/1.0')),
    refuse(
      'an address as target',
      (head('host: a', auth, json, length) + body).replace('/v1/messages', 'http://evil.example/v1/messages'),
    ),
    refuse('headers of 40 kB', head('host: a', auth, json, `x-a: ${'b'.repeat(40_000)}`, length) + body),
    {
      name: '200 headers',
      raw: head('host: a', auth, json, ...Array.from({ length: 200 }, (_, at) => `x-${at}: 1`), length) + body,
      want: 'never two',
    },
  ];
}

/** Requests that a proxy and what stands behind it may read differently are refused, or are exactly one request upstream. */
export const smuggling: Scenario = {
  id: 'G-22',
  title: 'smuggling and header corpus on raw sockets',
  everyday: true,
  mutations: [
    {
      name: 'two hosts pass',
      file: 'edge-agent/src/proxy/intake/check-request.ts',
      find: 'if (hosts > 1)',
      replace: 'if (hosts > 9)',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    const billed = () => stack.provider.bill.length;
    const cases = corpus(stack.key.secret);
    for (const { name, raw, want } of cases) {
      const before = billed();
      const said = await sayRaw(stack.node.port, raw, 1_500);
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1] ?? 0);
      const answers = said.split(/^HTTP\/1\.1 /m).length - 1;
      const upstream = billed() - before;
      if (want === 'once')
        stage.expect(
          status === 200 && upstream === 1,
          `${name}: ${status}, ${upstream} requests upstream; 200 and one are right`,
        );
      else if (want === 'never two')
        stage.expect(upstream <= 1 && answers <= 1, `${name}: ${upstream} requests upstream, ${answers} answers`);
      else
        stage.expect(
          upstream === 0 && answers <= 1 && ((status >= 400 && status < 500) || status === 0),
          `${name}: ${status}, ${upstream} requests upstream, ${answers} answers`,
        );
    }
    const pipelined = `POST /v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: ${stack.key.secret}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const before = billed();
    await sayRaw(stack.node.port, pipelined.repeat(3), 2_000);
    stage.expect(billed() - before <= 3, `three requests in one piece became ${billed() - before}`);
    const line = await stack.ask();
    stage.expect(line.status === 200, `after all this the node answers ${line.status}`);
    await judge(stage, stack);
    stage.figures['heads'] = cases.length;
  },
};
