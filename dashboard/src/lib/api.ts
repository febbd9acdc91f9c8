/** A call that the control plane refused. `code` is the key of the translated sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly requestId: string;

  constructor(status: number, code: string, message: string, requestId: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.requestId = requestId;
  }
}

const deadlineMs = 40_000;

/** Calls `/api/v1` with the session cookie and gives `data` of the envelope; throws ApiError otherwise. */
export async function api<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`/api/v1${path}`, {
    method,
    credentials: 'same-origin',
    signal: AbortSignal.timeout(deadlineMs),
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch((cause: unknown) => {
    throw new ApiError(0, 'unreachable', String(cause), '');
  });
  const text = await answer.text();
  const envelope = parse(text);
  if (answer.ok && envelope?.success) return envelope.data as T;
  const error = envelope?.error;
  throw new ApiError(answer.status, error?.code ?? 'unreadable', error?.message ?? answer.statusText, error?.request_id ?? '');
}

interface Envelope {
  success?: boolean;
  data?: unknown;
  error?: { code: string; message: string; request_id: string };
}

function parse(text: string): Envelope | undefined {
  try {
    return JSON.parse(text) as Envelope;
  } catch {
    return undefined;
  }
}
