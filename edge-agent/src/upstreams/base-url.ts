/** Where an account answers: what undici needs to reach it, and the path that its base URL brings along. */
export interface BaseUrl {
  readonly origin: string;
  readonly path: string;
}

const read = new Map<string, BaseUrl | undefined>();
const readAtMost = 10_000;

/** Undefined for what no request can go to: another scheme, a user name, a query or a fragment. Remembers its answers. */
export function findBaseUrl(text: string): BaseUrl | undefined {
  const known = read.get(text);
  if (known || read.has(text)) return known;
  if (read.size >= readAtMost) read.clear();
  const base = parse(text);
  read.set(text, base);
  return base;
}

function parse(text: string): BaseUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  if (url.username || url.password || url.search || url.hash) return undefined;
  return { origin: url.origin, path: url.pathname.endsWith('/') ? url.pathname.slice(0, -1) : url.pathname };
}
