/** Bytes that stand in a URL, `data:image/png;base64,…`; undefined for all other URLs. */
export function findDataUrl(url: string): { readonly mimeType: string; readonly base64: string } | undefined {
  if (!url.startsWith('data:')) return undefined;
  const comma = url.indexOf(',');
  if (comma === -1) return undefined;
  const [mimeType = '', ...settings] = url.slice(5, comma).split(';');
  const data = url.slice(comma + 1);
  const base64 = settings.includes('base64') ? data : Buffer.from(decoded(data), 'utf8').toString('base64');
  return { mimeType: mimeType === '' ? 'text/plain' : mimeType, base64 };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const types: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/plain',
  csv: 'text/plain',
  json: 'text/plain',
  mp3: 'audio/mp3',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
};

/** By the end of a path or file name; undefined where that says nothing. */
export function findMimeType(name: string): string | undefined {
  const path = name.split(/[?#]/, 1)[0] ?? '';
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return Object.hasOwn(types, extension) ? types[extension] : undefined;
}
