import { describe, expect, it } from 'vitest';
import { readTable } from './read-table.ts';

describe('readTable', () => {
  it("reads a usage export of Anthropic's console", () => {
    const text =
      'usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,' +
      'usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count\n' +
      '2026-11-03,claude-opus-5,team,Default,standard,≤ 200k,100,20,3,1000,40,0\n';
    expect(readTable(text)).toEqual({
      format: 'anthropic_usage',
      rows: [{ date: '2026-11-03', model: 'claude-opus-5', tokens: 1163, costNanoUsd: null }],
    });
  });

  it('reads its cost export, one line a kind of token', () => {
    const text = 'usage_date_utc,model,token_type,cost_usd\n2026-11-03,Claude Haiku 4.5,input_no_cache,0.05\n';
    expect(readTable(text)).toEqual({
      format: 'anthropic_cost',
      rows: [{ date: '2026-11-03', model: 'Claude Haiku 4.5', tokens: null, costNanoUsd: 50_000_000 }],
    });
  });

  it("reads usage and cost exports of OpenAI's console", () => {
    const usage =
      'start_time,start_time_iso,model,input_tokens,output_tokens,input_cached_tokens,num_model_requests\n1793664000,,gpt-5,1000,200,50,5\n';
    expect(readTable(usage)).toEqual({
      format: 'openai_usage',
      rows: [{ date: '2026-11-03', model: 'gpt-5', tokens: 1200, costNanoUsd: null }],
    });
    const cost = 'start_time_iso,amount_value,amount_currency\n2026-11-03T00:00:00+00:00,1.25,usd\n';
    expect(readTable(cost)).toEqual({
      format: 'openai_cost',
      rows: [{ date: '2026-11-03', model: '', tokens: null, costNanoUsd: 1_250_000_000 }],
    });
  });

  it('reads a plain table with a byte order mark, quotes and thousands', () => {
    const text = '\uFEFF"date","model","input_tokens","cost_usd"\r\n"2026-11-03","m","1,000","$0.10"\r\n';
    expect(readTable(text)).toEqual({
      format: 'plain',
      rows: [{ date: '2026-11-03', model: 'm', tokens: 1000, costNanoUsd: 100_000_000 }],
    });
  });

  it.each([
    ['2026-11-03 00:30:00', '2026-11-03'],
    ['2026/11/3', '2026-11-03'],
    ['11/3/2026', '2026-11-03'],
    ['2026-11-03T23:59:59.999Z', '2026-11-03'],
    ['2026-11-03 00:30:00 UTC', '2026-11-03'],
    ['2026-11-03T00:30:00+08:00', '2026-11-02'],
    ['1793664000', '2026-11-03'],
  ])('takes %s for a day of UTC wherever the server stands', (text, date) => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Asia/Shanghai';
    try {
      expect(readTable(`date,cost_usd\n${text},1\n`).rows[0]?.date).toBe(date);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });

  it.each([
    ['what is no table', '\u0000', 'export_'],
    ['a day that no month has', 'date,cost_usd\n2026-02-31,1\n', 'line 2'],
    ['a year of five digits', 'date,cost_usd\n+012345-01-01T00:00:00Z,1\n', 'line 2'],
    ['a table without lines', 'date,model,cost_usd\n', 'export_empty'],
    ['columns that nobody knows', 'a,b\n1,2\n', 'export_unknown'],
    ['a table of dates alone', 'date,model\n2026-11-03,m\n', 'export_empty'],
    ['a day that is none', 'date,cost_usd\nsoon,1\n', 'line 2'],
    ['a count that is none', 'date,input_tokens\n2026-11-03,1.5\n', 'line 2'],
    ['a count below zero', 'date,input_tokens\n2026-11-03,-1\n', 'line 2'],
    ['a line that is broken', 'date,cost_usd\n"2026-11-03,1\n', 'export_malformed'],
  ])('refuses %s, and says where', (_, text, hint) => {
    let refused: unknown;
    try {
      readTable(text);
    } catch (error) {
      refused = error;
    }
    expect(`${(refused as { code: string }).code} ${(refused as Error).message}`).toContain(hint);
  });
});
