import type { IncomingMessage } from 'node:http';
import type { Refusal } from '@aicarpool/shared-protocol';
import type { RawData, WebSocket } from 'ws';
import type { Limits } from '../../intake/limits.ts';
import type { Load } from '../../intake/load.ts';
import { AnswerFrames } from './answer-frames.ts';
import { askInProcess, type InProcessCall, type Take } from './ask-in-process.ts';
import { Conversation, type ConversationRoom } from './conversation.ts';
import { preparedFrames, readClientFrame, refusalFrame, unknownResponseFrame } from './frames.ts';

const waitingAtMost = 4;
const idleMs = 900_000;
const farewellMs = 1_000;
const goingAway = 1001;

const noText: Refusal = { code: 'body_malformed', message: 'a frame must be text' };
const oneByOne: Refusal = { code: 'too_many_at_once', message: 'this connection serves one request after the other' };
const full: Refusal = { code: 'node_busy', message: 'this node holds as many request bodies as it can', retryAfterSeconds: 1 };

export interface LineParts {
  readonly socket: WebSocket;
  /** The request that became this line. */
  readonly upgrade: IncomingMessage;
  readonly room: ConversationRoom;
  readonly take: Take;
  readonly load: Pick<Load, 'bufferedBytes'>;
  readonly limits: Pick<Limits, 'bufferedBytes'>;
  readonly nowMs: () => number;
}

/** One WebSocket of a caller: his requests one after the other, each served as a POST of its own. */
export class SocketLine {
  readonly #parts: LineParts;
  readonly #conversation: Conversation;
  readonly #rawHeaders: readonly string[];
  readonly #waiting: string[] = [];
  #call: InProcessCall | undefined;
  #busy = false;
  #usedAtMs: number;
  #answersPings = true;
  #closingAtMs: number | undefined;

  constructor(parts: LineParts) {
    this.#parts = parts;
    this.#conversation = new Conversation(parts.room);
    this.#rawHeaders = headersForRequests(parts.upgrade.rawHeaders);
    this.#usedAtMs = parts.nowMs();
    const { socket } = parts;
    socket.on('message', (data, isBinary) => this.#hear(data, isBinary));
    socket.on('pong', () => {
      this.#answersPings = true;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const text of this.#waiting.splice(0)) parts.load.bufferedBytes -= text.length;
      this.#conversation.forget();
      this.#call?.hangUp();
    });
  }

  /** Now and then: is anybody there still, and does he want anything? */
  beat(): void {
    const { socket, nowMs } = this.#parts;
    if (!this.#answersPings) socket.terminate();
    else if (!this.#busy && nowMs() - this.#usedAtMs > idleMs) socket.close(1000, 'idle');
    else {
      this.#answersPings = false;
      socket.ping();
    }
  }

  /** The node shuts down: a running answer may finish, nothing new begins. Called again and again. */
  leave(): void {
    if (this.#busy) return;
    const { socket, nowMs } = this.#parts;
    this.#closingAtMs ??= nowMs();
    if (nowMs() - this.#closingAtMs > farewellMs) socket.terminate();
    else socket.close(goingAway, 'this node is being shut down');
  }

  #hear(data: RawData, isBinary: boolean): void {
    const text = data.toString();
    const refusal = isBinary ? noText : this.#whyNotWaiting(text);
    if (refusal) {
      this.#say(refusalFrame(refusal));
      return;
    }
    this.#waiting.push(text);
    this.#parts.load.bufferedBytes += text.length;
    if (!this.#busy) void this.#serveWaiting();
  }

  #whyNotWaiting(text: string): Refusal | undefined {
    const { load, limits } = this.#parts;
    if (this.#waiting.length >= waitingAtMost) return oneByOne;
    return load.bufferedBytes + text.length > limits.bufferedBytes ? full : undefined;
  }

  async #serveWaiting(): Promise<void> {
    this.#busy = true;
    for (let text = this.#waiting.shift(); text !== undefined; text = this.#waiting.shift()) {
      this.#parts.load.bufferedBytes -= text.length;
      await this.#serve(text);
    }
    this.#busy = false;
    this.#usedAtMs = this.#parts.nowMs();
  }

  async #serve(text: string): Promise<void> {
    const frame = readClientFrame(text);
    if (!frame.ok) return this.#say(refusalFrame(frame.refusal));
    const resolved = this.#conversation.resolve(frame.asked);
    if (!resolved.ok) return this.#say(unknownResponseFrame(frame.asked['previous_response_id']));
    if (!frame.generates) {
      const { responseId, frames } = preparedFrames(frame.asked['model']);
      this.#conversation.keep(responseId, resolved.input, []);
      for (const each of frames) this.#say(each);
      return;
    }
    const { upgrade, take } = this.#parts;
    const body = Buffer.from(JSON.stringify(resolved.body));
    const answer = new AnswerFrames((words, sent) => this.#say(words, sent));
    const { remoteAddress } = upgrade.socket;
    const asked = { target: upgrade.url ?? '', rawHeaders: this.#rawHeaders, remoteAddress, body };
    this.#call = askInProcess(take, asked, answer);
    const complete = await this.#call.ended;
    this.#call = undefined;
    answer.end(complete);
    if (answer.responseId !== undefined) this.#conversation.keep(answer.responseId, resolved.input, answer.output);
  }

  #say(frame: string, sent?: () => void): void {
    this.#parts.socket.send(frame, () => sent?.());
  }
}

/** What the caller said of himself when he opened the line, without what only concerned the opening. */
function headersForRequests(rawHeaders: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    const opens = name === 'connection' || name === 'upgrade' || name.startsWith('sec-websocket-');
    const ofBody = ['content-length', 'content-type', 'content-encoding', 'transfer-encoding', 'accept', 'expect'].includes(name);
    const isBeta = name === 'openai-beta' && value.startsWith('responses_websockets=');
    if (!opens && !ofBody && !isBeta) out.push(name, value);
  }
  return out;
}
