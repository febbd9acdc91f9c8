import { describe, expect, it } from 'vitest';
import { parseRows } from './parse-rows.ts';

const csv = (...lines: string[]) => parseRows({ format: 'csv', content: lines.join('\n') });

describe('parseRows', () => {
  it('reads CSV with quotes, a byte order mark, empty cells and columns in any order', () => {
    const rows = csv(
      '\ufeffcredential, Name,service_name,priority,weight,base_url',
      'sk-ant-one,"Main, ""first""",claude,3,,',
      'sk-ant-two,Second,claude,,50,https://api.example.com',
    );
    expect(rows.map(({ row, wish }) => [row, wish])).toMatchObject([
      [1, { name: 'Main, "first"', service_name: 'claude', credential: 'sk-ant-one', priority: 3, weight: 100 }],
      [2, { name: 'Second', priority: 1, weight: 50, base_url: 'https://api.example.com' }],
    ]);
  });

  it('says for each row what is wrong, by field', () => {
    const rows = csv(
      'service_name,name,credential,priority,status',
      'claude,,sk-canary-1,high,active',
      'claude,Good,sk-canary-2,1,active',
      'claude,Bad,sk-canary-3,1,asleep',
      'claude,Long,sk-canary-4,1,active,sk-canary-5',
    );
    expect(rows.map(({ errors }) => errors.map(({ field }) => field))).toEqual([['name', 'priority'], [], ['status'], [null]]);
    expect(JSON.stringify(rows.map(({ errors }) => errors))).not.toContain('canary');
  });

  it('reads JSON, and flags fields that it does not know without repeating them', () => {
    const content = JSON.stringify([
      { service_name: 'claude', name: 'A', credential: { api_key: 'sk-ant-one' } },
      { service_name: 'claude', name: 'B', credential: 'sk', 'sk-canary': 1 },
      7,
    ]);
    const rows = parseRows({ format: 'json', content });
    expect(rows.map(({ errors }) => errors.map(({ code }) => code))).toEqual([[], ['field_unknown'], ['row_malformed']]);
    expect(JSON.stringify(rows.map(({ errors }) => errors))).not.toContain('canary');
  });

  it('never repeats what cannot be read: the secret may stand anywhere', () => {
    const wrong = [
      () => csv('sk-canary,Main,claude', 'sk-canary,Second,claude'),
      () => csv('service_name,name,credential', 'claude,Main,"sk-canary'),
      () => csv('service_name,name,credential', 'claude,Main,sk"canary'),
      () => parseRows({ format: 'json', content: '{"sk-canary"' }),
      () => parseRows({ format: 'json', content: '{"sk": "canary"}' }),
      () => csv('service_name,name,credential'),
    ];
    for (const attempt of wrong) {
      expect(attempt).toThrow(expect.objectContaining({ status: 400, message: expect.not.stringContaining('canary') }));
    }
  });

  it('takes a thousand rows and not one more', () => {
    const rows = Array.from({ length: 1000 }, (_, at) => `claude,N${at},sk-${at}`);
    expect(csv('service_name,name,credential', ...rows)).toHaveLength(1000);
    expect(() => csv('service_name,name,credential', ...rows, 'claude,More,sk')).toThrow(/1000 rows/);
  });
});
