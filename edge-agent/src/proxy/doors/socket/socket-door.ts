import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { readEndpoint } from '../../../dialects/index.ts';
import type { Agent } from '../../agent.ts';
import { authenticate } from '../../authenticate.ts';
import { findRequestFault } from '../../intake/check-request.ts';
import type { Take } from './ask-in-process.ts';
import { ConversationRoom } from './conversation.ts';
import { SocketLine } from './socket-line.ts';

const linesAtMost = 1_000;
/** Lines carry what is new in a conversation; whoever has more to say says it over HTTP. */
const frameBytesAtMost = 16 * 1024 * 1024;
const rememberedBytes = 256 * 1024 * 1024;
const beatMs = 30_000;

/** The WebSockets of a node. Callers whose wish is not granted stay with HTTP, where they are told why. */
export class SocketDoor {
  readonly #agent: Agent;
  readonly #take: Take;
  readonly #room: ConversationRoom;
  readonly #server: WebSocketServer;
  readonly #lines = new Set<SocketLine>();
  readonly #beat: NodeJS.Timeout;

  constructor(agent: Agent, take: Take) {
    this.#agent = agent;
    this.#take = take;
    this.#room = new ConversationRoom(rememberedBytes, agent.limits.bodyBytes);
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: Math.min(agent.limits.bodyBytes, frameBytesAtMost),
      perMessageDeflate: false,
    });
    this.#beat = setInterval(() => {
      for (const line of this.#lines) line.beat();
    }, beatMs);
    this.#beat.unref();
  }

  /** The Responses API alone is spoken over WebSocket, and only with a key that is let in. */
  readonly opensTo = (request: IncomingMessage): boolean => {
    const { method, url = '', headers } = request;
    if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket') return false;
    if (this.#agent.load.draining || this.#lines.size >= linesAtMost || findRequestFault(request)) return false;
    const reading = readEndpoint('POST', url, headers);
    if (!reading.ok || reading.endpoint.nativePath !== '/v1/responses') return false;
    const snapshot = this.#agent.snapshots.pin();
    return snapshot !== undefined && authenticate(snapshot, { request }, this.#agent.nowMs()).ok;
  };

  open(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    request.socket.setTimeout(0);
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      const { nowMs, load, limits } = this.#agent;
      const line = new SocketLine({ socket, upgrade: request, room: this.#room, take: this.#take, nowMs, load, limits });
      this.#lines.add(line);
      socket.once('close', () => this.#lines.delete(line));
    });
  }

  /** While the node shuts down: called again until no line is left. */
  leave(): void {
    for (const line of this.#lines) line.leave();
  }

  close(): void {
    clearInterval(this.#beat);
    for (const socket of this.#server.clients) socket.terminate();
  }
}
