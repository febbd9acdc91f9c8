import { describe, expect, it } from 'vitest';
import { memberField, memberProxiesIn } from './member-proxies-form.ts';

describe('proxies of single members', () => {
  it('are set, replaced and taken away; those that are not shown stay', () => {
    const fields = new FormData();
    fields.set(memberField('usr_new'), 'prx_1');
    fields.set(memberField('usr_gone'), '');
    fields.set('sticky', 'on');
    expect(memberProxiesIn(fields, { usr_gone: 'prx_1', usr_hidden: 'prx_2' })).toEqual({
      usr_new: 'prx_1',
      usr_hidden: 'prx_2',
    });
  });
});
