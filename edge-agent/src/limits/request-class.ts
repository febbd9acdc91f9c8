import type { IncomingHttpHeaders } from 'node:http';

/** What clients call the requests that nobody sits and waits for. */
const background: ReadonlySet<unknown> = new Set(['auxiliary', 'compaction', 'compact', 'workflow', 'subagent', 'background']);
const longestHeader = 8_000;

/** Does a person wait for this request? Clients that say nothing are taken to mean so. */
export function isUrgent(headers: IncomingHttpHeaders): boolean {
  return !background.has(headers['x-claude-code-request-class']) && !background.has(codexKind(headers['x-codex-turn-metadata']));
}

function codexKind(metadata: string | string[] | undefined): unknown {
  if (typeof metadata !== 'string' || metadata.length > longestHeader) return undefined;
  try {
    const turn: unknown = JSON.parse(metadata);
    return typeof turn === 'object' && turn !== null ? Reflect.get(turn, 'request_kind') : undefined;
  } catch {
    return undefined;
  }
}
