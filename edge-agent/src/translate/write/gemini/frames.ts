import type { AnswerToTranslate, JsonObject } from '../../translation.ts';

/** How the chunks of an answer stand in its bytes. */
export interface Frames {
  readonly contentType: string;
  chunk(document: JsonObject): string;
  /** The last document: a chunk, or an error in its place. */
  end(document: JsonObject): string;
}

/** Events with `alt=sse`, else a JSON array of chunks; one document where no stream was asked for. */
export function framesFor({ stream, endpoint }: Pick<AnswerToTranslate, 'stream' | 'endpoint'>): Frames {
  if (!stream) return body;
  return new URLSearchParams(endpoint.search).get('alt') === 'sse' ? events : array();
}

const body: Frames = {
  contentType: 'application/json; charset=UTF-8',
  chunk: () => '',
  end: (document) => JSON.stringify(document),
};

const events: Frames = { contentType: 'text/event-stream', chunk: eventOf, end: eventOf };

function eventOf(document: JsonObject): string {
  return `data: ${JSON.stringify(document)}\r\n\r\n`;
}

function array(): Frames {
  let isOpen = false;
  const chunk = (document: JsonObject): string => {
    const before = isOpen ? ',\r\n' : '[';
    isOpen = true;
    return before + JSON.stringify(document);
  };
  return { contentType: body.contentType, chunk, end: (document) => `${chunk(document)}\n]\n` };
}
