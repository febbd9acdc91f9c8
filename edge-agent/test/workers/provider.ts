import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What every answer costs. */
export const tokensEach = 15;

/** A provider that answers after `waitMs`, knows how many requests it works on, and writes its own bill. */
export class Provider {
  waitMs = 0;
  status = 200;
  inside = 0;
  most = 0;
  asked = 0;
  /** Request ids of answers that left it whole. */
  readonly billed = new Set<string>();
  readonly #server: Server = createServer((request, response) => {
    this.asked += 1;
    this.inside += 1;
    this.most = Math.max(this.most, this.inside);
    const id = `req_${this.asked}`;
    const { status } = this;
    response.once('finish', () => status === 200 && this.billed.add(id));
    response.once('close', () => {
      this.inside -= 1;
    });
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.once('end', () => {
      setTimeout(() => {
        const streams = body.includes('"stream":true');
        const type = streams && status === 200 ? 'text/event-stream' : 'application/json';
        response.writeHead(status, { 'content-type': type, 'request-id': id });
        response.end(streams && status === 200 ? eventsOf(id) : JSON.stringify(messageOf(id)));
      }, this.waitMs);
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const usage = { input_tokens: 10, output_tokens: 5 };

function messageOf(id: string) {
  const head = { id, type: 'message', role: 'assistant', model: 'claude-sonnet-4-5' };
  return { ...head, content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn', stop_sequence: null, usage };
}

function eventsOf(id: string): string {
  const message = { ...messageOf(id), content: [], stop_reason: null, usage: { input_tokens: 10, output_tokens: 1 } };
  const events = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hi' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}
