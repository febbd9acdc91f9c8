import type { ServerResponse } from 'node:http';

/** What the scripted model does once: says something in pieces, and may end with the call of a tool. */
export interface Turn {
  readonly pieces: readonly string[];
  readonly call?: ToolCall;
  /** Waited for behind each piece, so that piece n+1 leaves only once somebody has seen piece n. */
  readonly afterPiece?: (at: number) => Promise<void>;
  /** Silence behind the first piece in which the provider sends its own keep-alives. */
  readonly keepAlives?: number;
  /** The stream breaks with an error event behind the first piece; only where the caller asked for a stream. */
  readonly breaks?: true;
}

export type ToolCall =
  | { readonly name: string; readonly input: Readonly<Record<string, unknown>> }
  /** A tool of Codex that takes plain text. */
  | { readonly name: string; readonly text: string; readonly namespace?: string };

/** One request as the model sees it, whatever API it came by. */
export interface Asked {
  readonly model: string;
  readonly stream: boolean;
  /** Everything that tools gave back so far, as it stands in the body. */
  readonly toolResults: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Provider {
  /** Undefined: not a path of this API. */
  read(method: string, url: string, body: Buffer): Asked | 'count' | undefined;
  count(response: ServerResponse): void;
  play(turn: Turn, asked: Asked, response: ServerResponse): Promise<void>;
}

export const usage = { input: 321, output: 45 };

export const keepAliveEveryMs = 150;

export const pause = (forMs: number) => new Promise<void>((resolve) => setTimeout(resolve, forMs));

export type Fields = Record<string, unknown>;

/** Items of a list that may be no list, each with its fields. */
export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter((one): one is Fields => typeof one === 'object' && one !== null) : [];
}

export const fieldsOf = (body: Buffer): Fields => JSON.parse(body.toString('utf8')) as Fields;

export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  const text = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Writes one piece after the other as the turn says; `write` says how a piece looks on the line. */
export async function sayPieces(turn: Turn, write: (text: string) => void, keepAlive: () => void): Promise<void> {
  for (const [at, text] of turn.pieces.entries()) {
    write(text);
    await turn.afterPiece?.(at);
    if (at > 0) continue;
    for (let sent = 0; sent < (turn.keepAlives ?? 0); sent += 1) {
      await pause(keepAliveEveryMs);
      keepAlive();
    }
  }
}
