import { expect, test } from 'vitest';
import { placesOf } from './places.ts';

test.each([
  ['127.0.0.1', 'http://127.0.0.1:8080', 'http://127.0.0.1:8081', '127.0.0.1:8081'],
  ['0.0.0.0', 'http://127.0.0.1:8080', 'http://127.0.0.1:8081', '0.0.0.0:8081'],
  ['::', 'http://127.0.0.1:8080', 'http://127.0.0.1:8081', '[::]:8081'],
  ['::1', 'http://[::1]:8080', 'http://[::1]:8081', '[::1]:8081'],
])('finds its own programs when they listen on %s', (host, consoleUrl, nodeUrl, nodeListen) => {
  expect(placesOf({ host, port: 8080, centralNodePort: 8081 })).toEqual({ consoleUrl, nodeUrl, nodeListen });
});
