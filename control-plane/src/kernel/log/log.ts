import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import { isSecretName, scrub } from './redact.ts';

export type Logger = Pino;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Structured logs, one JSON object a line, secrets taken out by the name of the field and by their shape. */
export function newLogger(level: LogLevel = 'info', destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { program: 'control-plane' },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }), log: redactFields },
    hooks: { logMethod },
  };
  return destination ? pino(options, destination) : pino(options);
}

function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return redact(fields) as Record<string, unknown>;
}

function logMethod(this: Logger, args: Parameters<Pino['info']>, method: Pino['info']): void {
  const scrubbed = args.map((arg) => (typeof arg === 'string' ? scrub(arg) : arg)) as Parameters<Pino['info']>;
  method.apply(this, scrubbed);
}

const maxDepth = 6;

/** A copy without secrets; errors become plain objects, deep or circular parts are cut. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrub(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return value;
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (depth >= maxDepth) return '[deeper]';
  if (Array.isArray(value)) return value.map((entry) => redact(entry, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries(value)) {
    copy[name] = isSecretName(name) && entry !== null && entry !== undefined ? '[redacted]' : redact(entry, depth + 1);
  }
  return copy;
}

// Drizzle puts the SQL and its parameters in `query` and `params`; only code, message and stack are kept.
function redactError(error: Error, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = { type: error.name, message: scrub(firstLine(error.message)) };
  if ('code' in error) copy['code'] = error.code;
  if (error.stack) copy['stack'] = scrub(stackFrames(error.stack));
  if (error.cause !== undefined && depth < maxDepth) copy['cause'] = redact(error.cause, depth + 1);
  return copy;
}

function firstLine(message: string): string {
  return message.startsWith('Failed query') ? 'Failed query' : message;
}

function stackFrames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 12)
    .join('\n');
}
