import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const firstRun = z.object({
  admin_email: z.string().optional(),
  admin_password: z.string().optional(),
  demo_key: z.string().optional(),
});
export type FirstRun = z.infer<typeof firstRun>;

/**
 * What the control plane has to say once, at the first start: the generated password and the demo key. Reading it
 * removes it, so neither stays on the disk in clear.
 */
export function takeFirstRun(dataDir: string): FirstRun | undefined {
  const path = join(dataDir, 'first-run.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const told = firstRun.parse(JSON.parse(text));
  rmSync(path);
  return told;
}
