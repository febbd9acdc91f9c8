/** Path segments (still percent-encoded) and the query string of a request target. */
export interface Target {
  readonly segments: readonly string[];
  readonly search: string;
  /** True when the credential came as `?key=`, which only Google's clients do. */
  readonly hasKey: boolean;
}

/** Names under which a client's own credential may stand in the query; none of them goes upstream. */
const credentialParameters = new Set(['key', '$key', 'access_token']);

/** Undefined for targets that could be read in two ways: absolute form, `//`, `\`, dot segments, also percent-encoded. */
export function readTarget(target: string): Target | undefined {
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  if (!path.startsWith('/') || target.includes('#') || target.includes('\\') || path.includes('//')) return undefined;
  const segments = path.slice(1).split('/');
  for (const segment of segments) {
    if (!segment.includes('%') && !segment.startsWith('.')) continue;
    const plain = decodePart(segment);
    if (plain === undefined || plain === '.' || plain === '..' || hasControl(plain) || plain.includes('\\')) return undefined;
  }
  if (question === -1) return { segments, search: '', hasKey: false };
  const query = target.slice(question + 1);
  return { segments, search: withoutCredentials(query), hasKey: query.split('&').some((part) => part.startsWith('key=')) };
}

/** Undefined when the percent-encoding is broken. */
export function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

function withoutCredentials(query: string): string {
  const kept = query.split('&').filter((parameter) => {
    const name = parameter.split('=', 1)[0] ?? '';
    return !credentialParameters.has(decodePart(name) ?? name);
  });
  const search = kept.join('&');
  return search === '' ? '' : `?${search}`;
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true;
  return false;
}
