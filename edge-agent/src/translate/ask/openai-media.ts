import { type Media, NotTranslatable } from '../request/turns.ts';

/** Bytes as a data URL, or the address. */
export function urlOf({ mimeType, base64, url }: Media): string {
  return base64 === null ? (url ?? '') : `data:${mimeType};base64,${base64}`;
}

export function isText({ mimeType, base64 }: Media): boolean {
  return base64 !== null && (mimeType.startsWith('text/') || mimeType === 'application/json');
}

export function textOfMedia({ base64 }: Media): string {
  return Buffer.from(base64 ?? '', 'base64').toString('utf8');
}

export function isPdf({ mimeType }: Media): boolean {
  return mimeType === 'application/pdf';
}

/** What `input_audio` calls it. */
export function audioFormat({ mimeType, base64 }: Media): string | undefined {
  if (base64 === null) return undefined;
  if (mimeType === 'audio/wav' || mimeType === 'audio/x-wav') return 'wav';
  return mimeType === 'audio/mp3' || mimeType === 'audio/mpeg' ? 'mp3' : undefined;
}

export function refuseMedia({ mimeType, url }: Media, target: string): never {
  const where = url === null ? '' : ' at an address';
  throw new NotTranslatable(
    `A file of type ${mimeType}${where}`,
    target,
    'Send pictures, PDF documents or text, with their bytes.',
  );
}
