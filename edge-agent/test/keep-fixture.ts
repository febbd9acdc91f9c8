import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SyncAnswer, syncAnswer } from '@aicarpool/shared-protocol';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { openLog } from '../src/observe/log.ts';
import { type OpenConfig, openKeep } from '../src/snapshot/open-keep.ts';
import type { SealingIdentity } from '../src/snapshot/secrets.ts';
import { CenterIdentity } from './center-identity.ts';
import type { ConfigSource } from './config-source.ts';

const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

export async function newSealingPair() {
  const pair = await suite.GenerateKeyPair(true);
  const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  return {
    privateKey: base64url(await suite.SerializePrivateKey(pair.privateKey)),
    publicKey: base64url(await suite.SerializePublicKey(pair.publicKey)),
  };
}

export interface KeepFixture {
  dataDir: string;
  readonly publicKey: string;
  readonly nodeId: string;
  /** Signs what the source says, on its way to the node. */
  readonly center: CenterIdentity;
  readonly identity: SealingIdentity;
  /** All clocks, moved by the test; `upMs` is the machine's. */
  readonly clock: { wallMs: number; monotonicMs: number; upMs: number };
  open(build?: string, nodeId?: string): Promise<OpenConfig>;
  /** As if the process had died this moment: the disk as it is, and nothing else, for the next `open`. */
  crash(): void;
  remove(): void;
}

/** A data folder and a node's identity; a test opens and closes the config in it as often as it likes. */
export async function keepFixture(): Promise<KeepFixture> {
  const newDir = () => mkdtempSync(join(tmpdir(), 'carpool-keep-'));
  const dirs: string[] = [];
  const { privateKey, publicKey } = await newSealingPair();
  const clock = { wallMs: Date.parse('2026-11-21T00:00:00Z'), monotonicMs: 1000, upMs: 7_000 };
  const nodeId = 'nod_test';
  const boot = { id: 'boot-1', upMs: () => clock.upMs };
  const clocks = { nowMs: () => clock.wallMs, monotonicMs: () => clock.monotonicMs, boot };
  const log = openLog({ level: 'silent' });
  const identity = { nodeId, privateKey, publicKey };
  const center = new CenterIdentity(nodeId);
  const fixture: KeepFixture = {
    dataDir: newDir(),
    publicKey,
    nodeId,
    identity,
    center,
    clock,
    open: async (build = 'test', as = nodeId) => {
      const signers = center.signers();
      const options = { dataDir: fixture.dataDir, identity: { ...identity, nodeId: as }, signers, clocks, build, log };
      return sealing(await openKeep(options), center, as);
    },
    crash: () => {
      dirs.push(fixture.dataDir);
      const next = newDir();
      cpSync(fixture.dataDir, next, { recursive: true });
      fixture.dataDir = next;
    },
    remove: () => {
      for (const dir of [...dirs, fixture.dataDir]) rmSync(dir, { recursive: true, force: true });
    },
  };
  return fixture;
}

/** One round of question and answer; repeats while the node has something to tell or to ask. */
export async function sync(config: OpenConfig, source: ConfigSource, clock: KeepFixture['clock']): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    const sent = { ...clock };
    const question = await config.keep.question(1);
    const { changed } = await config.keep.take(JSON.parse(JSON.stringify(source.answer(question))), sent);
    if (!changed) return;
  }
}

/** What a test hands over without a signature is signed for the newest question, as the control plane would. */
function sealing(config: OpenConfig, center: CenterIdentity, nodeId: string): OpenConfig {
  const { keep } = config;
  const [question, take] = [keep.question.bind(keep), keep.take.bind(keep)];
  let nonce = '';
  const honest: Pick<typeof keep, 'question' | 'take'> = {
    question: async (sessionNo) => {
      const asked = await question(sessionNo);
      nonce = asked.nonce ?? '';
      return asked;
    },
    take: (raw, sent) => take(syncAnswer.safeParse(raw).data?.seal ? raw : center.seal(raw as SyncAnswer, nonce, nodeId), sent),
  };
  Object.assign(keep, honest);
  return config;
}
