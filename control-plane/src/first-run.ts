import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDemo, ensureServices } from './carpool/index.ts';
import type { Config, Secrets } from './config.ts';
import { ensureCentralRegistration } from './fleet/index.ts';
import { createFirstAdmin } from './identity/index.ts';
import { asSystem, type Ctx } from './kernel/index.ts';

/** What is said once. `install/run` reads `<data>/first-run.json`, shows it and removes it. */
interface FirstRun {
  admin_email?: string;
  admin_password?: string | undefined;
  demo_key?: string;
}

/** What every start sees to and the first one does: services with prices, the admin, the demo, a token for the node beside us. */
export async function completeInstallation(ctx: Ctx, config: Config, secrets: Secrets): Promise<void> {
  const system = asSystem(ctx, 'first-run');
  const admin = { email: config.adminEmail, password: secrets.adminPassword };
  const adminId = await createFirstAdmin(system, admin, ({ email, generatedPassword }) =>
    tell(config, { admin_email: email, admin_password: generatedPassword }),
  );
  await ensureServices(system);
  if (config.demo !== false) {
    const demo = await ensureDemo(system, adminId);
    if (demo) await tell(config, { demo_key: demo.apiKey });
  }
  const token = await ensureCentralRegistration(system, config.publicUrl);
  if (token) await writePrivate(join(config.dataDir, 'central-node', 'registration-token'), `${token}\n`);
}

async function tell(config: Config, news: FirstRun): Promise<void> {
  const path = join(config.dataDir, 'first-run.json');
  const told = JSON.parse(await readFile(path, 'utf8').catch(() => '{}')) as FirstRun;
  await writePrivate(path, JSON.stringify({ ...told, ...news }));
}

async function writePrivate(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o711 });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
