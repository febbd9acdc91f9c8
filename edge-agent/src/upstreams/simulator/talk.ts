/** What the simulated provider says to one request, whatever the dialect. */
export interface Talk {
  readonly id: string;
  readonly model: string;
  /** One piece is one token. */
  readonly pieces: readonly string[];
  readonly inputTokens: number;
  readonly cutShort: boolean;
}

/** How one dialect writes a talk down. */
export interface Voice {
  readonly whole: (talk: Talk) => unknown;
  readonly frames: (talk: Talk) => Iterable<string>;
  readonly count: (talk: Talk) => unknown;
  readonly error: (status: number, message: string) => unknown;
}

/** What the caller wants to see go wrong: "simulate 529" in the prompt is answered with 529, "simulate cut" breaks the stream. */
export interface Asked {
  readonly talk: Talk;
  readonly fault: number | 'cut' | null;
}

const sentence =
  'This is a simulated answer: no model was asked and no provider will charge for it. ' +
  'The node received, forwarded, metered and booked it like any other. Add an account of your own to get real answers.';

/** The same request always gets the same talk. `requestBytes` stands for what a real tokenizer would count. */
export function hear(body: unknown, model: string, requestBytes: number, number: number): Asked {
  const prompt = textsIn(body).at(-1) ?? '';
  const pieces = `${sentence} Your words began with: ${prompt.slice(0, 60)}`.match(/\S+\s*/g) ?? [];
  const limit = outputLimit(body);
  const wanted = /simulate (\d{3}|cut)\b/.exec(prompt)?.[1];
  return {
    talk: {
      id: `sim${String(number).padStart(6, '0')}`,
      model,
      pieces: pieces.slice(0, limit),
      inputTokens: Math.ceil(requestBytes / 4),
      cutShort: pieces.length > limit,
    },
    fault: wanted === undefined ? null : wanted === 'cut' ? 'cut' : Number(wanted),
  };
}

function textsIn(value: unknown, found: string[] = [], isText = false): string[] {
  if (typeof value === 'string') {
    if (isText) found.push(value);
  } else if (Array.isArray(value)) {
    for (const item of value) textsIn(item, found, isText);
  } else if (value !== null && typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) {
      textsIn(item, found, ['text', 'content', 'input', 'messages', 'contents', 'parts'].includes(name));
    }
  }
  return found;
}

function outputLimit(body: unknown): number {
  const fields = body !== null && typeof body === 'object' ? (body as Record<string, unknown>) : {};
  const gemini = (fields['generationConfig'] ?? {}) as Record<string, unknown>;
  const limit = [fields['max_tokens'], fields['max_completion_tokens'], fields['max_output_tokens'], gemini['maxOutputTokens']];
  return limit.find((value): value is number => typeof value === 'number' && value > 0) ?? 4_096;
}
