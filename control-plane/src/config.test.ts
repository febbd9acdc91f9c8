import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { knownVariables, readEnv, readMasterKey, toConfig, toSecrets } from './config.ts';

const example = readFileSync(new URL('../env.example', import.meta.url), 'utf8');

test('knows exactly the variables of env.example', () => {
  const named = [...example.matchAll(/^#([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual([...knownVariables].sort());
});

test('has the defaults that env.example shows', () => {
  const shown = Object.fromEntries(
    [...example.matchAll(/^#([A-Z][A-Z0-9_]+)=(.+)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  expect(toConfig(readEnv(shown))).toEqual(toConfig(readEnv({})));
});

test('stops at an unknown variable and suggests the one that was meant', () => {
  expect(() => readEnv({ CARPOOL_DATADIR: '/x' })).toThrow(
    'there is no variable CARPOOL_DATADIR: did you mean CARPOOL_DATA_DIR?',
  );
  expect(() => readEnv({ CARPOOL_EDGE_LISTN: 'x' })).toThrow('did you mean CARPOOL_EDGE_LISTEN?');
});

test('leaves variables of the node and of others alone', () => {
  expect(readEnv({ CARPOOL_EDGE_DATA_DIR: '/x', CARPOOL_EDGE_LISTEN: '127.0.0.1:1', HOME: '/root', CARPOOL_PORT: '' })).toEqual(
    {},
  );
});

test('says what is wrong with a value, without showing it', () => {
  expect(() => readEnv({ CARPOOL_PORT: 'http' })).toThrow(/CARPOOL_PORT/);
  expect(() => readEnv({ CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '10.0.0.0/8, ten' })).toThrow('ten is not a CIDR');
  expect(() => readEnv({ CARPOOL_ADMIN_PASSWORD: 'short' })).toThrow(/CARPOOL_ADMIN_PASSWORD/);
  expect(() => readEnv({ CARPOOL_ADMIN_PASSWORD: 'short' })).not.toThrow(/short/);
});

test('works the public address out from host and port, and takes a slash off a given one', () => {
  expect(toConfig(readEnv({ CARPOOL_HOST: '0.0.0.0', CARPOOL_PORT: '9000' })).publicUrl).toBe('http://localhost:9000');
  expect(toConfig(readEnv({ CARPOOL_PUBLIC_URL: 'https://pool.example/' })).publicUrl).toBe('https://pool.example');
});

test('keeps secrets out of the settings that are logged', () => {
  const env = readEnv({
    CARPOOL_ADMIN_PASSWORD: 'correct horse',
    DATABASE_URL: 'postgres://u:pw@db/x',
    CARPOOL_MASTER_KEY: 'ab'.repeat(32),
  });
  expect(JSON.stringify(toConfig(env))).not.toMatch(/horse|pw|abab/);
  expect(toSecrets(env)).toMatchObject({ adminPassword: 'correct horse', databaseUrl: 'postgres://u:pw@db/x' });
});

test('takes 32 bytes as master key, in hex, base64 or base64url, and nothing else', () => {
  const key = Buffer.alloc(32, 0xfb);
  for (const text of [key.toString('hex'), key.toString('base64'), `${key.toString('base64url')}\n`]) {
    expect(readMasterKey(text)).toEqual(key);
  }
  expect(() => readMasterKey('secret')).toThrow(/32 random bytes/);
});
