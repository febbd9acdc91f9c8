import { describe, expect, it } from 'vitest';
import { addressPolicy } from '../../../test/carpool-factories.ts';
import { checkBaseUrl } from './base-url.ts';

const hosts = {
  'api.example.com': ['8.8.8.8', '2606:4700::1111'],
  'half.example.com': ['8.8.8.8', '10.0.0.1'],
  'metadata.example.com': ['169.254.169.254'],
  'proxy.office.example': ['10.1.2.3'],
};
const check = (text: string, service = 'claude') =>
  checkBaseUrl(addressPolicy(hosts, '10.1.0.0/16', '127.0.0.1/32'), service, text);

describe('checkBaseUrl', () => {
  it.each([
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com/', 'https://api.example.com'],
    ['https://API.example.com:8443/a/b//', 'https://api.example.com:8443/a/b'],
    ['https://nowhere.example.com', 'https://nowhere.example.com'],
    ['https://8.8.8.8', 'https://8.8.8.8'],
    ['https://[2606:4700::1111]/x', 'https://[2606:4700::1111]/x'],
    ['http://proxy.office.example/v1', 'http://proxy.office.example/v1'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://2130706433:1', 'http://127.0.0.1:1'],
  ])('accepts %s as %s', async (text, stored) => {
    expect(await check(text)).toBe(stored);
  });

  it.each([
    ['http://api.example.com', 'base_url_not_allowed'],
    ['https://half.example.com', 'base_url_not_allowed'],
    ['https://metadata.example.com', 'base_url_not_allowed'],
    ['https://169.254.169.254', 'base_url_not_allowed'],
    ['https://127.0.0.2', 'base_url_not_allowed'],
    ['https://0x7f.2', 'base_url_not_allowed'],
    ['https://[::1]', 'base_url_not_allowed'],
    ['https://[::ffff:10.9.0.1]', 'base_url_not_allowed'],
    ['https://[fd00:ec2::254]', 'base_url_not_allowed'],
    ['https://localhost', 'base_url_not_allowed'],
    ['https://localhost.', 'base_url_not_allowed'],
    ['https://metadata.google.internal', 'base_url_not_allowed'],
    ['http://nowhere.example.com', 'base_url_not_allowed'],
    ['ftp://api.example.com', 'base_url_not_allowed'],
    ['file:///etc/passwd', 'base_url_not_allowed'],
    ['simulator://local', 'base_url_not_allowed'],
    ['https://user@api.example.com', 'base_url_malformed'],
    ['https://:pass@api.example.com', 'base_url_malformed'],
    ['https://api.example.com?x=1', 'base_url_malformed'],
    ['https://api.example.com/?', 'base_url_malformed'],
    ['https://api.example.com#', 'base_url_malformed'],
    ['api.example.com', 'base_url_malformed'],
    ['', 'base_url_malformed'],
  ])('refuses %s', async (text, code) => {
    await expect(check(text)).rejects.toMatchObject({ status: 400, code });
  });

  it('lets the simulator, and nothing else, be served by the node itself', async () => {
    expect(await check('simulator://local', 'simulator')).toBe('simulator://local');
    await expect(check('simulator://elsewhere', 'simulator')).rejects.toMatchObject({ code: 'base_url_not_allowed' });
  });
});
