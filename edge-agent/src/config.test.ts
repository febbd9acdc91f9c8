import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ConfigError, parseAddress, readConfig } from './config.ts';

test('reads its own variables and passes over those of the control plane', () => {
  const config = readConfig({
    CARPOOL_EDGE_DATA_DIR: '/var/lib/edge',
    CARPOOL_EDGE_LISTEN: '0.0.0.0:9000',
    CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '10.0.0.0/8, fd00::/8',
    CARPOOL_METRICS_LISTEN: '[::1]:9100',
    CARPOOL_ADMIN_PASSWORD: 'of no concern',
    PATH: '/bin',
  });
  expect(config).toMatchObject({ dataDir: '/var/lib/edge', listen: { host: '0.0.0.0', port: 9000 } });
  expect(config.metricsListen).toEqual({ host: '::1', port: 9100 });
  expect(config.allowedUpstreams.map(({ family, prefix }) => [family, prefix])).toEqual([
    [4, 8],
    [6, 8],
  ]);
  expect(JSON.stringify(config, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
    'of no concern',
  );
});

test('stops at a variable that nobody knows, and says which one was meant', () => {
  expect(() => readConfig({ CARPOOL_EDGE_DATADIR: 'x' })).toThrow('Did you mean CARPOOL_EDGE_DATA_DIR?');
  expect(() => readConfig({ CARPOOL_SOMETHING_ELSE_ENTIRELY: 'x' })).toThrow(/is not known\. Unset it/);
});

test('an empty variable is as good as none', () => {
  expect(readConfig({ CARPOOL_EDGE_LISTEN: '', CARPOOL_EDGE_DATA_DIR: ' ' })).toMatchObject({
    listen: undefined,
    dataDir: undefined,
  });
});

test('refuses addresses and blocks that are none', () => {
  for (const bad of ['8082', 'host', 'a b:1', '::1:80', '1.2.3.4:99999', 'http://x:1']) {
    expect(() => parseAddress(bad, '--listen'), bad).toThrow(ConfigError);
  }
  expect(parseAddress(':8082', '--listen')).toEqual({ host: '127.0.0.1', port: 8082 });
  expect(() => readConfig({ CARPOOL_ALLOW_PRIVATE_UPSTREAMS: '10.0.0.0/99' })).toThrow('10.0.0.0/99');
});

test('env.example names exactly the variables that are known', () => {
  const names = (text: string) => [...new Set(text.match(/\bCARPOOL_[A-Z_]*[A-Z]\b/g))].sort();
  const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
  expect(names(read('../env.example'))).toEqual(names(read('config.ts')));
});

test('takes the place of the node in degrees, and nothing else', () => {
  expect(readConfig({ CARPOOL_EDGE_LOCATION: '35.7, -139.7' }).location).toEqual({ latitude: 35.7, longitude: -139.7 });
  for (const bad of ['Tokyo', '35.7', '35.7,', ',1', '91,0', '0,181', '1,2,3']) {
    expect(() => readConfig({ CARPOOL_EDGE_LOCATION: bad }), bad).toThrow(ConfigError);
  }
});
