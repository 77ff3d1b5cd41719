import { describe, expect, it } from 'vitest';
import { filterOf, filterParameters, fits, isFiltering, NO_FILTER } from './list-filter.ts';
import { summaryOf } from './panel.testing.ts';

describe('a filter of the list', () => {
  it('is in an address as it was, and what does not filter is not', () => {
    const filter = {
      statuses: ['running', 'failed'] as const,
      text: 'a & b=c',
      needsAnswer: true,
    };
    const query = `?${new URLSearchParams(filterParameters(filter))}`;
    expect(query).toBe('?status=running%2Cfailed&q=a+%26+b%3Dc&needsAnswer=true');
    expect(filterOf(query)).toEqual(filter);
    expect(filterParameters(NO_FILTER)).toEqual([]);
    expect(filterOf('?graph=G')).toEqual(NO_FILTER);
    expect(isFiltering(NO_FILTER)).toBe(false);
  });

  it('passes over what an address says that it does not know', () => {
    expect(filterOf('?status=failed,gone,running&needsAnswer=yes')).toEqual({
      statuses: ['running', 'failed'],
      text: '',
      needsAnswer: false,
    });
  });

  it.each([
    [{ statuses: ['running'] as const }, false],
    [{ statuses: ['running', 'completed'] as const }, true],
    [{ text: 'TITLE of' }, true],
    [{ text: 'ÉTÉ' }, false],
    [{ text: 'S1' }, true],
    [{ text: 'other' }, false],
    [{ needsAnswer: true }, false],
  ])('with %j fits or not as on the server', (change, expected) => {
    const row = summaryOf('s1', { title: 'Title of été' });
    expect(fits({ ...NO_FILTER, ...change }, row)).toBe(expected);
  });

  it('counts open prompts', () => {
    const row = summaryOf('s1', { openPromptCount: 1 });
    expect(fits({ ...NO_FILTER, needsAnswer: true }, row)).toBe(true);
  });
});
