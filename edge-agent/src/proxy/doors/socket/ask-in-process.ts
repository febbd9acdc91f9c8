import { IncomingMessage, ServerResponse } from 'node:http';
import { AnswerPipe, type AnswerSink } from './answer-pipe.ts';

/** A POST that arrived in another way than as a request of HTTP. */
export interface InProcessRequest {
  readonly target: string;
  /** Flat list of names and values, without those of a body. */
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string | undefined;
  readonly body: Buffer;
}

export type Take = (request: IncomingMessage, response: ServerResponse) => void;

export interface InProcessCall {
  /** Resolves once nothing more comes; false: the answer broke off. */
  readonly ended: Promise<boolean>;
  /** The caller hung up. */
  hangUp(): void;
}

/** Puts a request before the same door as those of HTTP, so that it is let in, served and booked like any other. */
export function askInProcess(take: Take, asked: InProcessRequest, sink: AnswerSink): InProcessCall {
  const pipe = new AnswerPipe(asked.remoteAddress, sink);
  const request = new IncomingMessage(pipe);
  request.method = 'POST';
  request.url = asked.target;
  request.httpVersion = '1.1';
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  request.rawHeaders = [
    ...asked.rawHeaders,
    ...['content-type', 'application/json', 'content-length', String(asked.body.length), 'accept', 'text/event-stream'],
  ];
  request.headers = headersOf(request.rawHeaders);
  const response = new ServerResponse(request);
  response.useChunkedEncodingByDefault = false;
  response.assignSocket(pipe);
  const ended = new Promise<boolean>((resolve) => {
    response.once('close', () => resolve(response.writableFinished));
    response.once('finish', () => pipe.destroy());
  });
  take(request, response);
  request.push(asked.body);
  request.push(null);
  request.complete = true;
  return { ended, hangUp: () => pipe.destroy() };
}

function headersOf(rawHeaders: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    headers[(rawHeaders[at] ?? '').toLowerCase()] ??= rawHeaders[at + 1] ?? '';
  return headers;
}
