import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

/** The built dashboard: files with a hash in their name are kept for a year, every other page is asked for anew. */
export function staticFiles(folder: string): Hono | undefined {
  const page = join(folder, 'index.html');
  if (!existsSync(page)) return undefined;
  const app = new Hono();
  app.use(
    '*',
    serveStatic({
      root: folder,
      precompressed: true,
      onFound: (path, c) => {
        c.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    }),
  );
  app.get('*', async (c, next) => {
    if (c.req.path.startsWith('/api/') || c.req.path.startsWith('/assets/')) return await next();
    return c.html(await readFile(page, 'utf8'), 200, { 'cache-control': 'no-cache' });
  });
  return app;
}
