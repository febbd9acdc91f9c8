import { connect, type Socket } from 'node:net';
import { judgeBeside } from '../../checker/left-waiting.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { eventually, pause } from '../../stack/program.ts';

/** Sockets that say little, slowly, or nothing at all. Callers beside them notice nothing. */
export const slowCallers: Scenario = {
  id: 'G-21',
  title: 'slowloris, slow bodies, idle connections: cut in time, others are served',
  everyday: false,
  mutations: [
    {
      name: 'heads may take for ever',
      file: 'edge-agent/src/proxy/listen.ts',
      find: 'headersTimeout: 15_000',
      replace: 'headersTimeout: 110_000',
    },
    {
      name: 'while one body comes slowly nobody else is served',
      file: 'edge-agent/src/proxy/pipeline.ts',
      find: '  const reading = await readClearBody(agent, call);',
      replace: `  const line = globalThis as { before?: Promise<unknown> };
  while (line.before) await line.before;
  const one = readClearBody(agent, call);
  line.before = one.finally(() => { delete line.before; });
  const reading = await one;`,
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    const calmAtMs = Date.now();
    const callers = stack.call({ callers: 4, restMs: 10 });
    await pause(1_500);
    const calmSpan = { fromMs: calmAtMs, toMs: Date.now() };
    const filesBefore = stack.node.vitals?.sockets ?? 0;
    const count = stage.pick(1_000, 9_000, 400);
    const idle = await openAll(stack.node.port, count, '');
    const headers = await openAll(stack.node.port, count / 4, 'POST /v1/messages HTTP/1.1\r\nhost: a\r\n');
    const bodies = await openAll(
      stack.node.port,
      count / 4,
      `POST /v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: ${stack.key.secret}\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{`,
    );
    const drip = setInterval(() => {
      for (const socket of headers) if (!socket.destroyed) socket.write('x-a: b\r\n');
      for (const socket of bodies) if (!socket.destroyed) socket.write(' ');
    }, 1_000);
    const fromMs = Date.now();
    let answered = 0;
    for (const socket of bodies) socket.once('data', (piece: Buffer) => (answered += piece.includes(' 408 ') ? 1 : 0));
    // Heads get 15 s, bodies 10 s until they must come at 1 KiB/s; both are looked at every 5 s.
    await eventually(
      () => {
        const left = headers.filter(({ destroyed }) => !destroyed).length;
        if (left > 0) throw new Error(`${left} of ${headers.length} callers with an endless head are still connected`);
        if (answered < bodies.length) throw new Error(`${bodies.length - answered} callers with a slow body were not refused`);
      },
      40_000,
      200,
    ).catch((error: Error) => stage.expect(false, error.message));
    clearInterval(drip);
    const slowSpan = { fromMs, toMs: Date.now() };
    for (const socket of [...idle, ...headers, ...bodies]) socket.destroy();
    await judge(stage, stack);
    const waits = judgeBeside(stage, callers, { calm: calmSpan, during: slowSpan, whom: 'them', rank: 0.5 });
    const { calmMs: calm, besideMs: crowded } = waits;
    stage.expect(crowded < 4 * calm + 50, `beside them others wait ${crowded} ms in place of ${calm}`);
    await eventually(() => {
      const now = stack.node.vitals?.sockets ?? 0;
      if (now > filesBefore + 20) throw new Error(`U6: ${now} sockets are open; ${filesBefore} were`);
    }, 15_000).catch((error: Error) => stage.expect(false, error.message));
    Object.assign(stage.figures, {
      'idle sockets': idle.length,
      'slow sockets': headers.length + bodies.length,
      'median ms': `${calm} → ${crowded}`,
      'others beside': waits.ended,
    });
  },
};

async function openAll(port: number, count: number, first: string): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let at = 0; at < count; at += 1) {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.on('data', () => undefined);
    if (first !== '') socket.write(first);
    sockets.push(socket);
    if (at % 100 === 99) await pause(20);
  }
  return sockets;
}
