import { connect } from 'node:net';
import { judgeBeside } from '../../checker/left-waiting.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { pause } from '../../stack/program.ts';
import { streamEnd, streamStart, streamText } from '../../stack/provider.ts';

/** Providers that think long and drip, callers that do not read. Those beside them do not feel it, and memory stays bounded. */
export const slowSides: Scenario = {
  id: 'G-14',
  title: 'slow providers and callers that do not read: others unaffected, memory bounded',
  everyday: false,
  mutations: [
    {
      name: 'nobody waits for a caller who does not read',
      file: 'edge-agent/src/proxy/relay/outlet.ts',
      find: '    this.#valve?.pause();\n',
      replace: '',
    },
    {
      name: 'who comes after a slow stream waits for it',
      file: 'edge-agent/src/proxy/pipeline.ts',
      find: '    await answer(agent, call, caller, question);',
      replace: `    const line = globalThis as { before?: Promise<unknown> };
    while (line.before) await line.before;
    const answering = answer(agent, call, caller, question);
    if (request.facts.stream) line.before = Promise.race([answering, new Promise((done) => setTimeout(done, 5_000))]).finally(() => { delete line.before; });
    await answering;`,
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    stack.provider.behave = async (ask, response, bill) => {
      if (ask.text.includes('drip')) {
        const line = bill();
        response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': `up_${ask.rid}` });
        for (const byte of Buffer.from(streamStart(ask) + streamText('slow') + streamEnd(5))) {
          if (response.destroyed) return true;
          response.write(Buffer.of(byte));
          await pause(5);
        }
        line.output = 5;
        line.finished = true;
        response.end();
        return true;
      }
      if (!ask.text.includes('flood')) return false;
      const line = bill();
      response.writeHead(200, { 'content-type': 'text/event-stream', 'request-id': `up_${ask.rid}` });
      response.write(streamStart(ask));
      const piece = streamText('x'.repeat(60_000));
      for (let at = 0; at < 400 && !response.destroyed; at += 1) {
        line.output += 5;
        if (!response.write(piece)) await new Promise((resolve) => setTimeout(resolve, 5));
        while (response.writableLength > 4_000_000 && !response.destroyed) await pause(50);
      }
      if (!response.destroyed) response.end(streamEnd(line.output));
      return true;
    };
    const calmAtMs = Date.now();
    const others = stack.call({ callers: 4, restMs: 10, streams: 0 });
    await pause(2_000);
    const calmSpan = { fromMs: calmAtMs, toMs: Date.now() };
    const rssBefore = stack.node.vitals?.rssMb ?? 0;
    const drips = stack.call({ callers: 30, restMs: 10, streams: 1, text: 'drip', output: () => 5, timeoutMs: 60_000 });
    const stalled = Array.from({ length: stage.pick(40, 200, 20) }, () =>
      askAndStall(stack.node.port, stack.key.secret, stack.nextRid()),
    );
    await pause(1_000);
    const slowSpan = { fromMs: Date.now(), toMs: 0 };
    await pause(stage.pick(10_000, 120_000, 4_000));
    slowSpan.toMs = Date.now();
    const rss = stack.node.vitals?.rssMb ?? 0;
    for (const socket of stalled) socket.destroy();
    await judge(stage, stack);
    const waits = judgeBeside(stage, others, { calm: calmSpan, during: slowSpan, whom: 'slow ones', rank: 0.99 });
    const { calmMs: calm, besideMs: crowded } = waits;
    stage.expect(
      crowded < 2 * calm + 50,
      `beside slow ones the slowest of a hundred others took ${crowded} ms in place of ${calm}`,
    );
    // 256 KiB a stream and what sockets hold.
    stage.expect(
      rss - rssBefore < 100 + stalled.length * 2,
      `memory grew from ${Math.round(rssBefore)} to ${Math.round(rss)} MB`,
    );
    stage.expect(drips.ended > 0, 'no stream that came byte by byte ended');
    Object.assign(stage.figures, {
      'others p99 ms': `${calm} → ${crowded}`,
      'others beside': waits.ended,
      'RSS MB': `${Math.round(rssBefore)} → ${Math.round(rss)}`,
      'byte by byte': drips.ended,
    });
  },
};

function askAndStall(port: number, key: string, rid: string) {
  const body = JSON.stringify({
    model: 'claude-sonnet-4-5',
    max_tokens: 64,
    stream: true,
    messages: [{ role: 'user', content: `rid:${rid} out:60 flood` }],
  });
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return socket;
}
