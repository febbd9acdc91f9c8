import { brotliDecompressSync, inflateSync, unzipSync, zstdDecompressSync } from 'node:zlib';

const maxOutputLength = 1024 * 1024;
const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: (body) => unzipSync(body, { maxOutputLength }),
  'x-gzip': (body) => unzipSync(body, { maxOutputLength }),
  deflate: (body) => inflateSync(body, { maxOutputLength }),
  br: (body) => brotliDecompressSync(body, { maxOutputLength }),
  zstd: (body) => zstdDecompressSync(body, { maxOutputLength }),
};

/** A short body without its content encoding; empty where it cannot be read. Only for errors, which are rare and small. */
export function decodeBody(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || encoding === '' || encoding === 'identity') return body;
  const decode = decoders[encoding.trim().toLowerCase()];
  try {
    return decode?.(body) ?? Buffer.alloc(0);
  } catch {
    return Buffer.alloc(0);
  }
}
