/** A call of Amp to its own servers: no model answers it. */
export interface AmpCall {
  /** `internal` for `/api/internal?getUserInfo`; short and from a fixed list. */
  readonly area: AmpArea;
  /** As received, query and all; it starts with `/api/`. */
  readonly target: string;
  /** What is called: `getUserInfo`, else ''. From the caller, so for logs only, and only when it looks like a name. */
  readonly method: string;
}

export type AmpArea = (typeof areas)[number];

const areas = ['internal', 'telemetry', 'attachments', 'threads', 'thread-actors'] as const;
const longestTarget = 4_096;

/** Amp keeps nothing of a path in its base URL, so these stand at the root or nowhere. */
export function findAmpCall(target: string): AmpCall | undefined {
  if (!target.startsWith('/api/') || target.length > longestTarget) return undefined;
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  const area = areas.find((name) => path === `/api/${name}` || path.startsWith(`/api/${name}/`));
  if (area === undefined || !isPlain(path)) return undefined;
  return { area, target, method: area === 'internal' ? methodIn(target, question) : '' };
}

/** No segment that a server could take for a way out of `/api/…`, in clear or percent-encoded. */
function isPlain(path: string): boolean {
  const lower = path.toLowerCase();
  return !['//', '/.', '\\', '%2e', '%2f', '%5c', '#'].some((odd) => lower.includes(odd));
}

function methodIn(target: string, question: number): string {
  if (question === -1) return '';
  const end = target.indexOf('&', question);
  const name = target.slice(question + 1, end === -1 ? undefined : end);
  return /^[A-Za-z0-9]{1,60}$/.test(name) ? name : '';
}
